"""What schema 2 did not have: a transform for each series, quantiles, blends of more than two methods, dated scores.

A forecast was a blend of the network and one baseline. An interval was the scale of its window times the residual of a
rank. In normal scores (`forecaster.forecasting.uncertainty.calibration`) that is the same interval around a forecast
with normal offsets, if the score of each rank is its residual divided by step^growth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.refusal import refusal
from forecaster.artifact.upgrades.new_keys import add_new_keys
from forecaster.artifact.validators import number, one_of, record
from forecaster.forecasting.methods.baselines import NAIVE
from forecaster.series.transforms import LEAST, LOG, PLAIN

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {
    "specification": {"effort": "standard", "time_limit": None},
    "recipe": {"aligned": 1, "recent": 1_000_000_000},
    "network": {"quantiles": 1, "head": 0},
}
"""The new keys of each record, with the values that mean what schema 2 meant."""
REPLACED = {
    "blend": record(baseline=one_of(*NAIVE), weight=number(0, 1)),
    "growth": number(0, 1),
}
"""Checks of what the upgrade reads and replaces."""
RANKS = 199
"""Scores that replace the residuals of each step, one for each half percent: enough that no steps are pooled."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 3 that means the same.

    Raises:
        ModelRefusedError: What is replaced is not as schema 2 wrote it, or a record has a key of a later schema.

    """
    for key, check in REPLACED.items():
        check(meta.get(key), key)
    new = {**add_new_keys(meta, NEW), "usual": 1.0, "trusting": False, "passes": None}
    new["blend"] = _blend_weights(**meta["blend"])
    for key in ("specification", "recipe"):
        new[key] = _refit_renamed(new.get(key))
    log = type(new["recipe"]) is dict and new["recipe"].get("log") is True
    return new, _arrays_of_3(arrays, meta["growth"], LOG if log else PLAIN)


def _blend_weights(baseline: str, weight: float) -> dict[str, float]:
    """Return the weights of the network and the baseline, leaving out a weight of zero."""
    weights = {"network": weight, baseline: 1 - weight}
    return {method: share for method, share in weights.items() if share > 0}


def _refit_renamed(fields: Any) -> Any:
    """Return a record with `refit` under its new name; one with both names stays as it is, for the audit to refuse."""
    if type(fields) is not dict or "all_rows" in fields:
        return fields
    return {"all_rows" if key == "refit" else key: value for key, value in fields.items()}


def _arrays_of_3(arrays: Arrays, growth: float, kind: int) -> Arrays:
    """Return the arrays with a transform for every series, and with scores in place of the residuals."""
    for name, axes in (("spread", 1), ("residuals", 2)):
        if name not in arrays or arrays[name].ndim != axes:
            raise refusal(f"its array {name} is missing or of another shape")
    new, residuals, series = dict(arrays), arrays["residuals"], len(arrays["spread"])
    del new["residuals"]
    if (residuals < 0).any() or (np.diff(residuals, axis=1) < 0).any():
        raise refusal("a residual is negative, or residuals do not rise")
    size = LEAST if kind == LOG else 1.0
    units = {"unit_kind": np.full(series, kind), "unit_offset": np.zeros(series), "unit_size": np.full(series, size)}
    steps = np.arange(1, len(residuals) + 1)
    # Schema 2 did not store the cutoffs of its residuals. All get the last cutoff whose targets were known, so that
    # newer windows replace them together.
    cutoff = np.full(RANKS, -len(residuals))
    return new | units | {"held_out": _residuals_by_rank(residuals).T / steps**growth, "held_out_cutoff": cutoff}


def _residuals_by_rank(residuals: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the residual of each step, (h, R), at the rank of every half percent, (h, RANKS)."""
    count = residuals.shape[1]
    rank = -(-(count + 1) * np.arange(1, RANKS + 1) // (RANKS + 1))  # rounded up
    ranked: np.ndarray[Any, Any] = residuals[:, np.minimum(rank, count) - 1]
    return ranked
