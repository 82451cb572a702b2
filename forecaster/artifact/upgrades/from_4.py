"""Schema 5 calls things by the names of the field: the content of schema 4 under its new names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray[Any, Any]]

KEYS = {
    "style": "time_style",
    "usual": "usual_spread",
    "growth": "horizon_exponent",
    "trusting": "uses_own_quantiles",
    "reach": "furthest_lead_time",
    "passes": "volatility_epochs",
}
"""New names of keys."""
RECIPE_KEYS = {"aligned": "stride"}
"""New names of keys of the recipe, and of the decisions about them."""
PREFIXES = {"unit_": "transform_", "column_": "covariate_", "move_": "volatility_"}
"""New beginnings of the names of arrays."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 5 that means the same; what is not as schema 4 wrote it stays as it is."""
    new = _renamed(meta, KEYS)
    if type(new.get("recipe")) is dict:
        new["recipe"] = _renamed(new["recipe"], RECIPE_KEYS)
    if type(new.get("decisions")) is list:
        new["decisions"] = [_decision(each) for each in new["decisions"]]
    return new, {_array(name): array for name, array in arrays.items()}


def _renamed(fields: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return a record under new names; a record that has one of these already stays as it is."""
    if fields.keys() & set(names.values()):
        return fields
    return {names.get(key, key): value for key, value in fields.items()}


def _decision(decision: Any) -> Any:
    """Return a decision under the new name of what it decides."""
    if type(decision) is not dict or type(decision.get("name")) is not str:
        return decision
    return decision | {"name": RECIPE_KEYS.get(decision["name"], decision["name"])}


def _array(name: str) -> str:
    """Return the new name of an array."""
    prefix = next((old for old in PREFIXES if name.startswith(old)), "")
    return PREFIXES.get(prefix, "") + name.removeprefix(prefix)
