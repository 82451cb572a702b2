"""The choices for everything but plain prices: a network of the series themselves, sized by season, horizon and rows.

Here a rule takes the panel and what is decided already, and returns a value with its reason in words.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import counted
from forecaster.forecasting.defaults import rules
from forecaster.forecasting.defaults.choices import architecture_of
from forecaster.forecasting.recipe import inputs_per_step
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import MANY_TO_ONE, ONE_STEP, ONE_TO_ONE
from forecaster.series.scaling import LEVEL, RETURNS

if TYPE_CHECKING:
    from forecaster.forecasting.defaults.choices import DecisionLog, ForecastTask
    from forecaster.nn.architecture import Architecture
    from forecaster.series.panel import Panel
    from forecaster.spec import Specification

SHORTEST_STEP = 6
"""Values that a network with one recurrent step sees at least: fewer show no trend."""
SHORTEST_LOOKBACK, LARGEST_SHARE = 6, 0.6
"""Values that any window has at least, and its largest share of a typical series. Longer windows leave too few of them
to learn from: a share of 0.8 was 3 % worse on quarterly series."""
LOOKBACK_SEASONS, LOOKBACK_HORIZONS = 2, 6
"""A window reaches back over as many seasons, so that each phase is seen twice, or over as many horizons."""
USUAL_STEPS, FEWEST_STEPS, MOST_STEPS = 12, 4, 14
"""Recurrent steps that a window is cut into: about, at least and at most. So few train fast and forget little: one step
for each value was 2 % worse and took five times as long."""
LONG_SEASON, FEWEST_SEASONS, FEWEST_WINDOWS = 24, 20, 2000
"""Training windows end a whole number of seasons apart if the season has so many steps, series have so many seasons and
their latest ten horizons so many such windows. A stride of a week made errors 6 to 9 % larger; a stride of a day helped
with 8,000 windows and did not with 300, however long the few series were."""
WHOLE_SEASONS = frozenset({5, 7})
"""Seasons that stay in one segment: a week of business days or of days is prime."""
WEEK, STEPS_IN_A_DAY = 7, frozenset({24, 48, 96, 144, 288})
"""Days in a week, and seasons that are a day: of hours, half-hours, and 15, 10 and 5 minutes."""
QUANTILE_ROWS = 500
"""Rows from which the network answers quantiles: of fewer, held-out errors say more than what it could learn."""
LARGE_ROWS, LARGE_HIDDEN, SMALL_HIDDEN = 2000, 64, 32
"""Rows from which the network has more hidden units, and the units. 32 units lose a few percent on large panels and
little on small ones; 128 took two to three times as long and gained nothing."""
FEW_SERIES, FAST_RATE, SLOW_RATE = 20, 4e-3, 1e-3
"""Series below which training takes the slow rate. By validation, the slow rate was 2 to 5 % worse on panels of many
series, and the fast one 3 % worse on a few long series."""
MEMBERS = {"quick": 2, "standard": 4, "best": 8}
"""Networks by effort: even numbers, as networks come in pairs that see windows differently, see `member_view`."""
MEMBERS_BESIDE_TUNED = {"quick": 2, "standard": 2, "best": 4}
"""Networks beside a fine-tuned one, which makes the blend steadier already: two more changed its errors by .2 %."""
EPOCHS, BATCH = 20, 64
"""Epochs, so that progress shows and early stopping has where to stop, and windows in an update."""
UPDATE_FACTOR = {"quick": 0.5, "standard": 1.0, "best": 2.0}
"""Updates by effort: twice the updates were better on large panels, half of them cost little on small ones."""
UPDATES_PER_ROOT, FEWEST_UPDATES, MOST_UPDATES = 5, 400, 3000
"""All updates of a network are so many times the square root of the rows, within these bounds: this comes within 1 % of
numbers of updates that were picked by hand for each data set."""
BLOCKS, CONTEXT = 24, 128
"""Blocks of the horizon over which the network sees means of what is known ahead, and numbers in all, at most.
Chosen by hand: the numbers are as many as the head of the larger network has units."""
LONGEST_IRREGULAR = 30
"""Unequal steps seen at most. Each is a recurrent step of its own, and training takes as long as there are steps."""


def choose_level_network(task: ForecastTask, log: DecisionLog) -> Architecture:
    """Choose the network that forecasts values, and its training.

    Only a plain network in level mode has what was added to reach the accuracy of large panels: quantiles, a dense
    layer before the outputs, the scale of the window as an input, and training windows at the phase of the forecast.
    """
    panel, requested, season, horizon = task.panel, task.requested, task.season, task.horizon
    full = task.plain and task.mode == LEVEL
    segment, lookback = window_sizes(panel, requested, season, horizon)
    steps = lookback // segment
    reach = f"{lookback / season:.3g} times the season" if season > 1 else "enough recent steps to see a trend"
    log.choose("lookback", requested.lookback, (lookback, reach))
    log.choose("segment", requested.segment, (segment, rules.segment_reason(steps, segment)))
    log.choose("stride", None, window_stride(panel, season, horizon) if full else rules.EVERY_STEP)
    log.choose("arch", None if requested.arch == MANY_TO_ONE else requested.arch, rules.LAST_STEP)
    hidden = log.choose("hidden", requested.hidden, hidden_units(panel))
    quantiles = log.choose("quantiles", None, quantile_count(panel, full=full))
    count = (MEMBERS_BESIDE_TUNED if task.beside_tuned else MEMBERS)[requested.effort]
    why = f"effort {requested.effort}: the mean of {count} networks is steadier than one"
    log.choose("members", requested.members, (count, why))
    stopping = log.choose("early_stopping", requested.early_stopping, rules.early_stopping(task.mode))
    epochs = log.choose("epochs", requested.epochs, (EPOCHS, "early stopping ends sooner" if stopping else "usual"))
    log.choose("batch", requested.batch, (BATCH, "usual"))
    log.choose("updates", requested.updates, updates_in_epoch(panel, epochs, requested.effort))
    log.choose("rate", None, peak_learning_rate(panel, task.mode))
    return architecture_of(
        requested,
        inputs=2 if requested.irregular else inputs_per_step(segment, task.covariates) + full,
        steps=steps,
        outputs=1 if requested.arch == ONE_TO_ONE else horizon * quantiles,
        hidden=hidden,
        embedding=hidden if segment > 1 or full else 0,
        quantiles=quantiles,
        head=2 * hidden if full else 0,
    )


def window_sizes(panel: Panel, requested: Specification, season: int, horizon: int) -> tuple[int, int]:
    """Return segment and lookback.

    The lookback is two seasons, six horizons or, for seasons of a day, a week, whichever is longest, but at most 60 %
    of a typical series. It is cut into 4 to 14 segments: a segment is a day, a week of days, or else the divisor of the
    season that is nearest to a twelfth of the lookback and of which 14 reach two seasons. A network with one recurrent
    step takes the least number of whole seasons that has six values. Each unequal step is a recurrent step.
    """
    of_days = season in STEPS_IN_A_DAY and rules.calendar_of(panel).kind in {"intraday", "integer"}
    reach = max(LOOKBACK_SEASONS * season, LOOKBACK_HORIZONS * horizon, WEEK * season if of_days else 0)
    longest = int(LARGEST_SHARE * rules.typical_length(panel))
    length = requested.lookback or max(SHORTEST_LOOKBACK, min(longest, reach))
    if requested.arch in ONE_STEP:
        once = requested.lookback or requested.segment or season * ceil(SHORTEST_STEP / season)
        return once, once
    if requested.irregular:
        return 1, requested.lookback or min(length, LONGEST_IRREGULAR)
    whole = of_days or season in WHOLE_SEASONS
    segment = requested.segment or segment_length(length, season, requested.lookback, whole=whole)
    return segment, requested.lookback or segment * int(np.clip(round(length / segment), FEWEST_STEPS, MOST_STEPS))


def segment_length(length: int, season: int, lookback: int | None, *, whole: bool) -> int:
    """Return the segment of a window of about `length` values: a `whole` season, or the divisor nearest to a twelfth.

    A requested lookback is cut into its own divisors instead of those of the season.
    """
    if lookback:
        divided, least = lookback, 1.0
    elif whole:
        return season
    else:
        divided, least = season, min(length, LOOKBACK_SEASONS * season) / MOST_STEPS
    divisors = [s for s in range(1, divided + 1) if divided % s == 0 and s >= least]
    return min(divisors, key=lambda s: abs(s - length / USUAL_STEPS))


def window_stride(panel: Panel, season: int, horizon: int) -> tuple[int, str]:
    """Train on windows that end at the phase of the season at which the forecast begins, where these are enough."""
    if season < LONG_SEASON:
        return rules.EVERY_STEP
    windows = np.minimum(panel.lengths, rules.RECENT * horizon) // season
    if np.median(panel.lengths) < FEWEST_SEASONS * season or windows.sum() < FEWEST_WINDOWS:
        return 1, "training windows end at every step: too few end where the forecast begins"
    return season, "training windows end at the phase of the season at which the forecast begins"


def hidden_units(panel: Panel) -> tuple[int, str]:
    """Give more units to more data."""
    rows = len(panel.values)
    return (LARGE_HIDDEN, f"{rows:,} rows are many") if rows >= LARGE_ROWS else (SMALL_HIDDEN, f"{rows:,} rows are few")


def quantile_count(panel: Panel, *, full: bool) -> tuple[int, str]:
    """Let a full network learn the quantiles of what may come, where it has enough to learn them from."""
    if not full:
        return 1, "the network forecasts the median; intervals come from its errors"
    if len(panel.values) < QUANTILE_ROWS:
        return 1, "few rows: the network forecasts the median, intervals come from its errors"
    return len(TAUS), "the network forecasts the median and the quantiles around it"


def updates_in_epoch(panel: Panel, epochs: int, effort: str) -> tuple[int, str]:
    """Return the updates of an epoch, so that 20 epochs make 5 sqrt(rows) updates, 400 to 3,000."""
    usual = np.clip(UPDATES_PER_ROOT * np.sqrt(len(panel.values)), FEWEST_UPDATES, MOST_UPDATES)
    each = int(UPDATE_FACTOR[effort] * usual) // EPOCHS
    return each, f"{each * epochs:,} in {counted(epochs, 'epoch')}"


def peak_learning_rate(panel: Panel, mode: str) -> tuple[float, str]:
    """Learn slowly where there is little to learn."""
    if mode == RETURNS:
        return SLOW_RATE, "small steps: prices are mostly noise"
    if len(panel) < FEW_SERIES:
        return SLOW_RATE, "small steps: a few series hold little variety"
    return FAST_RATE, "large steps: many series hold much to learn"


def context_size(columns: int, horizon: int) -> int:
    """Return the numbers that the network sees of so many columns known ahead: means over blocks of the horizon."""
    return columns * max(1, min(BLOCKS, horizon, CONTEXT // max(columns, 1)))
