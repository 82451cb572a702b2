"""Whether anything is trained: on a few rows a pretrained network forecasts better than one trained on them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import counted
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.forecasting.methods.own_past import bootstrap_kinds
from forecaster.forecasting.pretrained.level_inputs import HORIZON, LOOKBACK, SEGMENT, STEPS
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.pretrained.weights import LEVELS
from forecaster.series.scaling import LEVEL, RETURNS
from forecaster.spec import Specification

if TYPE_CHECKING:
    from typing import Any

    from forecaster.arrays import Bools
    from forecaster.series.panel import Panel

FEWEST_ROWS = 3
"""Rows that a series needs to be forecast at all: two changes, so that their mean says something."""
LONGEST_SEASON = 168
"""The longest season of the simulated series: the hours of a week."""
FEW_PRICES = 120
"""Rows of the longest series of prices below which their volatility is not learned: the pretrained network of levels
forecasts an interval from fewer."""
LONG, MANY = 1000, 12_000
"""Rows of the longest series, and of all series together, from which training pays.

On last horizons of training files, the pretrained network was 5 to 7 % better than one trained on a single series of
400 to 960 rows, and as good at 1,500.
"""
MANY_SERIES, MANY_SEASONAL_SERIES = 20, 60
"""Series without and with a season from which the pretrained network is trained further. On last horizons of training
files, 20 and 60 yearly series taught it how trends go on: errors were 10 and 7 % smaller. Of quarterly and monthly
series, 20 made them 3 % larger, 60 changed nothing, and 200 made them 3 % smaller.
"""
DRAWN = "mostly one value, or mostly unchanged: what comes next is drawn from the past of each such series"
"""Why series are drawn from their past, in words."""
TUNED, OWN = "fine-tuned", "trained"
BOTH = f"{TUNED} and {OWN}"
"""Names of the methods that train."""
OWN_ROWS = 500
"""Rows of a typical series from which networks of one's own see more than the pretrained one, whose past is short. On
last horizons of training files, networks of one's own beside the fine-tuned one doubled the time on short yearly,
quarterly and monthly series, and changed the errors of the blend by -2.5, -.5 and .1 %, less than another seed does."""
TUNED_NETWORKS = {"quick": 1, "standard": 1, "best": 3}
"""Networks that are trained further, by effort."""
TUNING_UPDATES_PER_ROOT, FEWEST_TUNING_UPDATES, MOST_TUNING_UPDATES = 3, 100, 2000
"""Updates of fine-tuning: this factor times the square root of the rows, within these bounds. On last horizons of
training files, 100 were best for 1,900 rows, 300 for 6,600, 600 for 31,000 and 2,000 for 340,000; with few rows, twice
as many made errors up to 4 % larger."""
TUNING_FACTOR = {"quick": 0.5, "standard": 1.0, "best": 1.0}
NOT_TRAINING = frozenset(
    {"horizon", "season", "minimum", "maximum", "holidays", "mode", "effort", "time_limit", "seed", "zero_shot"}
)
"""Options of training that say nothing about a network of one's own."""


def wants_own_network(requested: Specification) -> set[str]:
    """Return the options that were given and say how a network is trained on the user's rows."""
    usual, names = Specification(), {field.name for field in fields(Specification)}
    return {name for name in names - NOT_TRAINING if getattr(requested, name) != getattr(usual, name)}


def option_of(name: str) -> str:
    """Return a field of the specification as the option that the user gave."""
    return "--no-all-rows" if name == "all_rows" else f"--{name.replace('_', '-')}"


def draws_from_past(requested: Specification) -> bool:
    """Return whether series may be drawn from their past: not where a network of one's own is requested."""
    return not (requested.zero_shot is False or wants_own_network(requested))


def series_to_draw(panel: Panel, requested: Specification, season: int) -> Bools:
    """Return which series mostly repeat a value or stand still, so that they are drawn from their past, (N,)."""
    drawn: Bools = bootstrap_kinds(panel, season) != NONE
    return drawn if draws_from_past(requested) else np.zeros_like(drawn)


def reason_for_zero_shot(  # noqa: PLR0913 - each argument is one reason, or why there is none
    panel: Panel, requested: Specification, mode: str, season: int, *, trainable: bool, all_drawn: bool
) -> str:
    """Return why nothing is trained, in words; empty where something is.

    `trainable` says whether the rows are enough for training at all, `all_drawn` whether every series is drawn from its
    past.
    """
    rows, longest = len(panel.values), int(panel.lengths.max())
    columns, reason = panel.covariates is not None, ""
    if requested.zero_shot is False or wants_own_network(requested):
        return reason
    if requested.zero_shot and mode == LEVEL:
        reason = "as requested"
    elif not trainable:
        without = ", and the other columns are not used" if columns else ""
        reason = f"{counted(longest, 'row')} are too few to train on: the pretrained network forecasts them{without}"
    elif all_drawn and mode == LEVEL and not columns:
        reason = "every series is drawn from its own past"
    elif too_few_prices(panel, requested, mode):
        reason = f"{longest} prices are too few to learn from"
    elif mode == LEVEL and not columns and _are_few(len(panel), rows, longest, season):
        few = f"{counted(rows, 'row')} are few"
        reason = f"{few}: the pretrained network is usually better than one that is trained on them"
    return reason


def too_few_prices(panel: Panel, requested: Specification, mode: str) -> bool:
    """Return whether prices have too few rows to learn from how far they move, unless something else is requested."""
    asked = requested.zero_shot is False or bool(wants_own_network(requested)) or panel.covariates is not None
    return mode == RETURNS and int(panel.lengths.max()) < FEW_PRICES and not asked


def _are_few(series: int, rows: int, longest: int, season: int) -> bool:
    """Return whether a network trained on these series and rows would be no better than the pretrained one."""
    few = longest < LONG and rows < MANY and season <= LONGEST_SEASON
    return few and series < series_to_tune_on(season)


def series_to_tune_on(season: int) -> int:
    """Return the number of series of a season from which the pretrained network is trained further."""
    return MANY_SEASONAL_SERIES if season > 1 else MANY_SERIES


def choose_training(panel: Panel, requested: Specification, mode: str, season: int, horizon: int) -> tuple[str, str]:
    """Decide whether pretrained networks are trained further, networks of one's own are trained, or both; say why."""
    if reason := _reason_for_own_alone(panel, requested, mode, season, horizon):
        return OWN, reason
    if np.percentile(panel.lengths, 75) < OWN_ROWS:
        return TUNED, f"{len(panel):,} series show the pretrained network how they continue"
    return BOTH, f"{counted(len(panel.values), 'row')} are enough to train networks, and to tune the pretrained one"


def _reason_for_own_alone(panel: Panel, requested: Specification, mode: str, season: int, horizon: int) -> str:
    """Return why no pretrained network is trained further, in words; empty where one is."""
    reason, rows = "", counted(len(panel.values), "row")
    if options := wants_own_network(requested):
        reason = f"{option_of(min(options))} is for a network that is trained"
    elif mode != LEVEL:
        reason = f"{rows} are enough to learn how far prices move"
    elif panel.covariates is not None:
        reason = "the pretrained network cannot use other columns"
    elif season > LONGEST_SEASON:
        reason = f"the pretrained network cannot use a season of {season} steps"
    elif horizon > HORIZON:
        reason = f"the pretrained network forecasts {HORIZON} steps at once, not {horizon}"
    elif len(panel) < series_to_tune_on(season) and panel.lengths.max() < LONG:
        reason = "as requested" if requested.zero_shot is False else f"{rows} are enough to learn from"
    return reason


def fine_tuned_networks(requested: Specification) -> tuple[int, str]:
    """Fine-tune one network, or more at effort `best`."""
    count = TUNED_NETWORKS[requested.effort]
    return count, f"effort {requested.effort}: {counted(count, 'pretrained network')} trained further"


def tuning_updates(panel: Panel, requested: Specification) -> tuple[int, str]:
    """Take few updates: the network knows much already."""
    rows = len(panel.values)
    usual = np.clip(TUNING_UPDATES_PER_ROOT * np.sqrt(rows), FEWEST_TUNING_UPDATES, MOST_TUNING_UPDATES)
    return int(TUNING_FACTOR[requested.effort] * usual), f"{counted(rows, 'row')}: more would fit their noise"


def pretrained_sizes() -> dict[str, Any]:
    """Return the fields of a recipe without networks of its own."""
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
