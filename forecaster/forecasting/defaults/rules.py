"""The rules: every default, derived from the data by a small function that also says why.

A rule takes the panel and what is decided already, and returns a value with its reason in words.
"""

from __future__ import annotations

from math import ceil, gcd
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.calendar import ROWWISE
from forecaster.errors import counted
from forecaster.forecasting.defaults.patterns import dominant_season, looks_like_prices, steadier_in_plain_units
from forecaster.forecasting.prices import features
from forecaster.forecasting.recipe import inputs
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import ONE_STEP
from forecaster.series.scaling import LEVEL, RETURNS

if TYPE_CHECKING:
    from forecaster.calendars.calendar import Calendar
    from forecaster.series.panel import Panel
    from forecaster.spec import Specification

SEASONS = {"daily": 7, "weekly": 52, "monthly": 12, "quarterly": 4, "yearly": 1}
HORIZONS = {"daily": 7, "weekly": 13, "monthly": 12, "quarterly": 8, "yearly": 6}
SHORTEST_STEP = 6
"""Values that a network with one recurrent step sees at least."""
SEGMENTS, FEWEST, MOST = 12, 4, 14
"""Recurrent steps that a window is cut into, about, at least and at most."""
LONG_SEASON, SEASONS_ALIGNED, ALIGNED = 24, 20, 2000
"""Training windows are aligned to a season of so many steps and more, if series have so many seasons and their latest
ten horizons so many such windows: few series, however long, show too few of them."""
WHOLE = frozenset({5, 7})
"""Seasons without divisors of use: a week of days or of business days."""
WEEK, DAYS = 7, frozenset({24, 48, 96, 144, 288})
"""Days in a week, and steps in a day that are a season."""
RECENT, WINDOWS = 10, 100_000
"""Training starts forecasts in the latest ten horizons of each series, or further back for so many windows."""
QUANTILE_ROWS, FEW_SERIES = 500, 20
BLOCKS, CONTEXT = 24, 128
"""Blocks of the horizon over which the network sees means of what is known ahead, and numbers in all, at most."""
LONGEST_IRREGULAR = 30
"""Unequal steps seen at most: each is a recurrent step of its own."""


def calendar_of(panel: Panel) -> Calendar:
    """Return the calendar of the longest series."""
    return panel.calendars[int(np.argmax(panel.lengths))]


def typical(panel: Panel) -> int:
    """Return the 75th percentile of the lengths."""
    return int(np.percentile(panel.lengths, 75))


def season(panel: Panel, early: Panel) -> tuple[int, str]:
    """Take the season that people give such steps, or the strongest repetition of integer steps."""
    calendar = calendar_of(panel)
    if panel.irregular or calendar.kind in ROWWISE:
        return 1, "unequal steps have none"
    if calendar.kind == "integer":
        season = dominant_season(early)
        return season, f"the strongest repetition, every {season} steps" if season > 1 else "no repetition stands out"
    if calendar.kind == "intraday":
        season, word = calendar.per_day, "steps in a day"
    elif calendar.kind == "daily":
        season, word = calendar.per_week, "steps in a week"
    else:
        season, word = SEASONS[calendar.kind], f"steps in a {'year' if calendar.kind != 'yearly' else 'step'}"
    if 2 * season > typical(panel):
        return 1, f"a season of {season} {word} needs two whole seasons of data"
    return season, word


def horizon(panel: Panel, season: int) -> tuple[int, str]:
    """Take the usual reach of such steps, at most a sixth of a typical series."""
    calendar = calendar_of(panel)
    if panel.irregular or calendar.kind in {"integer", *ROWWISE}:
        usual = season if season > 1 else 10
    elif calendar.kind == "intraday":
        usual = min(calendar.per_day, 48)
    else:
        usual = calendar.per_week if calendar.kind == "daily" else HORIZONS[calendar.kind]
    most = max(1, int(np.median(panel.lengths)) // 6)
    if usual > most:
        return most, "a sixth of a typical series"
    kind = "unequal" if panel.irregular or calendar.kind in ROWWISE else calendar.kind
    return usual, "one season" if usual == season else f"usual for {kind} steps"


def mode(panel: Panel, early: Panel, season: int) -> tuple[str, str]:
    """See one-step changes where they are all there is to see, else the level."""
    if (panel.values <= 0).any():
        return LEVEL, "values of zero or less cannot be prices"
    price, why = looks_like_prices(early, season)
    return (RETURNS, why) if price else (LEVEL, why)


def log(panel: Panel, early: Panel, mode: str) -> tuple[bool, str]:
    """Take logarithms of positive values, unless their plain changes are the steadier ones."""
    if mode == RETURNS and (panel.values > 0).all():
        return True, "every price is positive"
    if steadier_in_plain_units(early):
        return False, "changes keep their size while the level moves"
    if (panel.values > 0).all():
        return True, "every value is positive: changes are relative"
    if (panel.values >= 0).all():
        return True, "some values are zero: such series are moved up by a tenth of their mean, or stay plain"
    return True, "some values are negative: in series that have them, only distances far from the median shrink"


def window(
    panel: Panel, asked: Specification, season: int, horizon: int, *, predicts_volatility: bool
) -> tuple[int, int]:
    """Return segment and lookback.

    The lookback is two seasons, six horizons or of daily seasons a week, whichever is most, but at most 60 % of a
    typical series. It is cut into 4 to 14 segments: each a day, a week of days, or else the divisor of the season
    nearest to a twelfth of it of which 14 reach two seasons. With one recurrent step it is the least number of seasons
    that has six steps. Unequal steps stand alone. Of prices it is what the network was pretrained on.
    """
    if predicts_volatility:
        segment = asked.segment or (asked.lookback and gcd(asked.lookback, features.SEGMENT)) or features.SEGMENT
        return segment, asked.lookback or segment * features.SEGMENTS
    days = WEEK * season if season in DAYS and calendar_of(panel).kind in {"intraday", "integer"} else 0
    reach = max(2 * season, 6 * horizon, days)
    length = asked.lookback or max(6, min(int(0.6 * typical(panel)), reach))
    whole, least = (asked.lookback, 1) if asked.lookback else (season, min(length, 2 * season) / MOST)
    divisors = [s for s in range(1, whole + 1) if whole % s == 0 and s >= least]
    alone = days > 0 or season in WHOLE
    usual = season if alone and not asked.lookback else min(divisors, key=lambda s: abs(s - length / SEGMENTS))
    segment = asked.segment or (1 if asked.irregular else usual)
    if asked.arch in ONE_STEP:
        once = asked.lookback or asked.segment or season * ceil(SHORTEST_STEP / season)
        return once, once
    if asked.irregular and not asked.lookback:
        return 1, min(length, LONGEST_IRREGULAR)
    return segment, asked.lookback or segment * int(np.clip(round(length / segment), FEWEST, MOST))


def lookback_reason(lookback: int, season: int, *, predicts_volatility: bool) -> str:
    """Say what a lookback is good for."""
    if predicts_volatility:
        return "recent changes tell how much the price moves now"
    return f"{lookback / season:.3g} times the season" if season > 1 else "enough recent steps to see a trend"


def segment_reason(steps: int, segment: int) -> str:
    """Say what the network reads."""
    return f"{counted(steps, 'recurrent step')} of {counted(segment, 'value')}"


def stride(panel: Panel, season: int, horizon: int, *, usable: bool) -> tuple[int, str]:
    """Train on windows that end at the phase of the season at which the forecast begins, where these are enough."""
    if not usable or season < LONG_SEASON:
        return 1, "training windows end at every step"
    windows = np.minimum(panel.lengths, RECENT * horizon) // season
    if np.median(panel.lengths) < SEASONS_ALIGNED * season or windows.sum() < ALIGNED:
        return 1, "training windows end at every step: too few end where the forecast begins"
    return season, "training windows end at the phase of the season at which the forecast begins"


def recent_rows(panel: Panel, horizon: int) -> int:
    """Return the latest steps of each series in which training starts forecasts: the world changes."""
    return max(RECENT * horizon, WINDOWS // len(panel))


def network_inputs(
    segment: int, columns: int, *, irregular: bool, predicts_volatility: bool, scale_feature: bool
) -> int:
    """Return all the numbers that a recurrent step takes."""
    if irregular:
        return 2  # a value and the time since the one before
    return 2 * segment + features.STATICS if predicts_volatility else inputs(segment, columns) + scale_feature


def context(columns: int, horizon: int) -> int:
    """Return the numbers that the network sees of so many columns known ahead: means over blocks of the horizon."""
    return columns * max(1, min(BLOCKS, horizon, CONTEXT // max(columns, 1)))


def hidden(panel: Panel, *, predicts_volatility: bool) -> tuple[int, str]:
    """Give more units to more data."""
    if predicts_volatility:
        return features.HIDDEN, "as in the pretrained network"
    rows = len(panel.values)
    return (64, f"{rows:,} rows are many") if rows >= 2000 else (32, f"{rows:,} rows are few")


def quantiles(panel: Panel, *, usable: bool, predicts_volatility: bool) -> tuple[int, str]:
    """Let the network learn the quantiles of what may come, where it has enough to learn them from."""
    if predicts_volatility:
        return 1, "the network answers how far prices move; the quantiles are those of earlier moves of that size"
    if not usable:
        return 1, "the network answers the median; intervals come from its errors"
    if len(panel.values) < QUANTILE_ROWS:
        return 1, "few rows: the network answers the median, intervals come from its errors"
    return len(TAUS), "the network answers the median and the quantiles around it"


def members(effort: str, *, predicts_volatility: bool) -> tuple[int, str]:
    """Average networks that see the windows differently, see `ensemble.member_view`."""
    if predicts_volatility:
        return (3, "effort best: the mean of three networks") if effort == "best" else (1, "pretrained networks agree")
    count = {"quick": 2, "standard": 4, "best": 8}[effort]
    return count, f"effort {effort}: the mean of {count} networks is steadier than one"


def early_stopping(mode: str) -> tuple[bool, str]:
    """Let prices stop training, as what is learned of them beyond a little is noise."""
    if mode == RETURNS:
        return True, "prices are mostly noise: training ends when later rows are not forecast better"
    return False, "the learning rate falls to zero over all epochs, and every row is trained on"


def epochs(*, early_stopping: bool, predicts_volatility: bool) -> tuple[int, str]:
    """Make twenty passes, or over prices a few."""
    if predicts_volatility:
        return 8, "the pretrained network has little left to learn"
    return 20, "early stopping ends sooner" if early_stopping else "usual"


def batch(*, predicts_volatility: bool) -> tuple[int, str]:
    """Take more windows at once where there is more noise."""
    return (128, "prices are noisy") if predicts_volatility else (64, "usual")


def updates(panel: Panel, epochs: int, effort: str, batch: int | None) -> tuple[int, str]:
    """Return the updates of a pass, so that 20 passes make 5 sqrt(rows) updates, 400 to 3,000.

    With the `batch` of prices given, as many as see every row once, 300 at most.
    """
    if batch is not None:
        return max(1, min(300, len(panel.values) // batch)), "an epoch sees every row, or many"
    factor = {"quick": 0.5, "standard": 1.0, "best": 2.0}[effort]
    total = int(factor * np.clip(5 * np.sqrt(len(panel.values)), 400, 3000))
    return total // 20, f"{total // 20 * epochs:,} in {counted(epochs, 'epoch')}"


def rate(panel: Panel, mode: str, *, predicts_volatility: bool) -> tuple[float, str]:
    """Learn slowly where there is little to learn."""
    if predicts_volatility:
        return 5e-4, "small steps: the start is good"
    if mode == RETURNS:
        return 1e-3, "small steps: prices are mostly noise"
    if len(panel) < FEW_SERIES:
        return 1e-3, "small steps: few series tell the same again and again"
    return 4e-3, "large steps: many series have much to tell"
