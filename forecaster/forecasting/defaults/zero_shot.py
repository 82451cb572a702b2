"""Whether anything is trained: on a few rows a pretrained network forecasts better than one trained on them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING


from forecaster.errors import counted
from forecaster.forecasting.pretrained.level_inputs import LOOKBACK, SEGMENT, STEPS
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.pretrained.weights import LEVELS
from forecaster.series.scaling import LEVEL, RETURNS
from forecaster.spec import Specification

if TYPE_CHECKING:
    from typing import Any

    from forecaster.series.panel import Panel

FEWEST_ROWS = 3
"""Rows that a series needs to be forecast at all: two changes, so that their mean says something."""
FEW_PRICES = 120
"""Rows of the longest series of prices below which their volatility is not learned: the pretrained network of levels
forecasts an interval from fewer."""
LONG, MANY = 400, 12_000
"""Rows of the longest series, and of all together, from which training pays in level mode. By validation."""
NOT_TRAINING = frozenset({"horizon", "season", "mode", "effort", "time_limit", "seed", "zero_shot"})
"""Options of training that say nothing about a network of one's own."""


def wants_own_network(requested: Specification) -> set[str]:
    """Return the options that were given and say how a network is trained on the user's rows."""
    usual, names = Specification(), {field.name for field in fields(Specification)}
    return {name for name in names - NOT_TRAINING if getattr(requested, name) != getattr(usual, name)}


def reason_for_zero_shot(panel: Panel, requested: Specification, mode: str, *, trainable: bool) -> str:
    """Return why nothing is trained, in words; empty where something is.

    `trainable` says whether the rows are enough for training at all.
    """
    rows, longest = len(panel.values), int(panel.lengths.max())
    if requested.zero_shot is False or wants_own_network(requested):
        return ""
    if requested.zero_shot and mode == LEVEL:
        return "as requested: nothing is trained"
    columns = panel.covariates is not None
    if not trainable:
        without = ", also without the other columns" if columns else ""
        return f"{counted(longest, 'row')} are too few to train on: the pretrained network needs no training{without}"
    if columns:
        return ""
    if mode == RETURNS:
        return f"{longest} prices are too few to learn from" if longest < FEW_PRICES else ""
    if longest < LONG and rows < MANY:
        return f"{counted(rows, 'row')} are few: a network that learned from simulated series forecasts them better"
    return ""


def zero_shot_sizes() -> dict[str, Any]:
    """Return the fields of a recipe that trains nothing."""
    return {
        "lookback": LOOKBACK,
        "segment": SEGMENT,
        "steps": STEPS,
        "architecture": ARCHITECTURE,
        "stride": 1,
        "members": 0,
        "epochs": 0,
        "updates": 0,
        "batch": 1,
        "rate": 0.0,
        "early_stopping": False,
        "recent_rows": 1,
        "pretrained": LEVELS,
    }
