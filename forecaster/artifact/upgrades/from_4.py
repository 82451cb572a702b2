"""What schema 4 had under other names: schema 5 uses the terms of forecasting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.refusal import refusal

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

KEYS = {
    "style": "time_style",
    "usual": "usual_spread",
    "growth": "horizon_exponent",
    "trusting": "uses_own_quantiles",
    "reach": "furthest_lead_time",
    "passes": "volatility_epochs",
}
"""New names of the keys of `meta`."""
RECIPE_KEYS = {"aligned": "stride", "recent": "recent_rows"}
"""New names of the keys of the recipe, and of the decisions about these."""
PREFIXES = {"unit_": "transform_", "column_": "covariate_", "move_": "volatility_"}
"""New prefixes of the names of arrays."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 5 that means the same.

    Raises:
        ModelRefusedError: A key or an array has a name that schema 4 did not have.

    """
    _refuse_later_names(meta.keys() & set(KEYS.values()), "content")
    new = {KEYS.get(key, key): value for key, value in meta.items()}
    if type(new.get("recipe")) is dict:
        _refuse_later_names(new["recipe"].keys() & set(RECIPE_KEYS.values()), "recipe")
        new["recipe"] = {RECIPE_KEYS.get(key, key): value for key, value in new["recipe"].items()}
    if type(new.get("decisions")) is list:
        new["decisions"] = [_decision_renamed(each) for each in new["decisions"]]
    _refuse_later_names({name for name in arrays if name.startswith(tuple(PREFIXES.values()))}, "arrays")
    return new, {_array_name(name): array for name, array in arrays.items()}


def _refuse_later_names(found: set[str], where: str) -> None:
    """Refuse a file in which something has a name of a later schema already."""
    if found:
        raise refusal(f"its {where} has the name {min(found)}, which its schema does not have")


def _decision_renamed(decision: Any) -> Any:
    """Return a decision with the new name of what it decides."""
    if type(decision) is not dict or type(decision.get("name")) is not str:
        return decision
    return decision | {"name": RECIPE_KEYS.get(decision["name"], decision["name"])}


def _array_name(name: str) -> str:
    """Return the new name of an array."""
    old = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    return PREFIXES.get(old, "") + name.removeprefix(old)
