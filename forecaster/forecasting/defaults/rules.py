"""The rules that every series shares: step, season, horizon, mode and units, each with its reason in words.

A rule takes the panel and what is decided already, and returns a value with its reason. The network's own rules are in
`levels` and `prices` beside this module.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.schedule import COUNTED, DATES, ROWWISE, UNEQUAL
from forecaster.calendars.units import DAY, EARLIEST_YEAR, LATEST_YEAR
from forecaster.calendars.year_dates import WEEKS
from forecaster.errors import counted
from forecaster.forecasting.defaults.patterns import dominant_season, looks_like_prices, steadier_in_plain_units
from forecaster.nn.architecture import MANY_TO_ONE
from forecaster.series.grid_steps import on_every_step
from forecaster.series.scaling import LEVEL, RETURNS

if TYPE_CHECKING:
    from forecaster.calendars.calendar import Calendar
    from forecaster.series.panel import Panel

FEW_IN_YEAR, PARTS_OF_YEAR = 4, 13
"""Steps of a year up to which the usual horizon is two years, as of quarters, and one year, as of months and of periods
of four weeks. With more steps, as weeks, it is a quarter of a year."""
YEARS, A_QUARTER = 6, "a quarter of a year"
"""The usual horizon of yearly rows, from the M competitions, and the reason of the horizon of other dates."""
USUAL_HORIZON, LONGEST_INTRADAY = 10, 48
"""The horizon where steps say nothing of their use, and the longest one of steps within a day: two days of hours."""
LARGEST_SHARE = 6
"""The median series has at least so many horizons: each part of the split needs one, and training needs several."""
SHARE_ROWS = 20
"""Rows of the longest series from which values between 0 and 1 are taken for shares. Chosen by hand: a few values may
lie there by chance."""
RECENT, WINDOWS = 10, 100_000
"""Training starts forecasts in the latest ten horizons of each series, or further back for so many windows. Recent rows
are most like those to come; few series need their older rows as well."""
EVERY_STEP = 1, "training windows end at every step"
"""The stride of training windows, with its reason, where no phase of a season matters."""
LAST_STEP = MANY_TO_ONE, "one output, after the last step"
"""The architecture, with its reason."""


def calendar_of(panel: Panel) -> Calendar:
    """Return the calendar of the longest series."""
    return panel.calendars[int(np.argmax(panel.lengths))]


def typical_length(panel: Panel) -> int:
    """Return the 75th percentile of the lengths: a few short series must not shorten what the long ones allow."""
    return int(np.percentile(panel.lengths, 75))


def usual_season(panel: Panel, early: Panel) -> tuple[int, str]:
    """Take the season that people give such steps, or the strongest repetition of integer steps."""
    calendar = calendar_of(panel)
    if panel.irregular or calendar.kind in ROWWISE:
        return 1, "unequal steps have none"
    if calendar.per_year == 1 or counts_years(panel):
        return 1, "yearly rows have no season within a year"
    if calendar.kind == "integer":
        season = dominant_season(on_every_step(early, 1))
        return season, f"the strongest repetition, every {season} steps" if season > 1 else "no repetition stands out"
    season, cycle = _steps_in_cycle(calendar)
    if not season:
        return 1, f"a {cycle} is not a whole number of such steps"
    if 2 * season > typical_length(panel):
        return 1, f"a season of {season} steps in a {cycle} needs two whole seasons of data"
    return season, f"steps in a {cycle}"


def counts_years(panel: Panel) -> bool:
    """Return whether steps are counted by years: whole numbers that all are years a file may have."""
    years = calendar_of(panel).kind == "integer"
    return years and bool(((panel.ds >= EARLIEST_YEAR) & (panel.ds <= LATEST_YEAR)).all())


def _steps_in_cycle(calendar: Calendar) -> tuple[int, str]:
    """Return the steps of a day, a week or a year, whichever people compare, and its name; 0 if they are not whole."""
    if calendar.kind == "intraday":
        return (0 if DAY % calendar.step else calendar.per_day), "day"
    if calendar.kind == "daily":
        return (calendar.per_week if calendar.step == 1 else 0), "week"
    return calendar.per_year, "year"


def cycle_of(season: int, calendar: Calendar) -> str:
    """Return the cycle that has `season` steps: `day`, `week` or `year`; empty where none has."""
    if season == 1 or calendar.kind in {*COUNTED, *UNEQUAL, *ROWWISE}:
        return ""
    steps, cycle = _steps_in_cycle(calendar)
    return cycle if steps == season else ""


def usual_horizon(panel: Panel, season: int) -> tuple[int, str]:
    """Take the usual horizon of such steps, at most a sixth of a typical series."""
    calendar = calendar_of(panel)
    if counts_years(panel):
        usual = YEARS
    elif panel.irregular or calendar.kind in {"integer", *ROWWISE}:
        usual = season if season > 1 else USUAL_HORIZON
    elif calendar.kind == "intraday":
        usual = USUAL_HORIZON if DAY % calendar.step else min(calendar.per_day, LONGEST_INTRADAY)
    elif calendar.kind == "daily":
        usual = calendar.per_week if calendar.step == 1 else USUAL_HORIZON
    else:
        usual = _usual_part_of_year(calendar)
    most = max(1, int(np.median(panel.lengths)) // LARGEST_SHARE)
    if usual > most:
        return most, "a sixth of a typical series"
    kind = "unequal" if panel.irregular or calendar.kind in ROWWISE else calendar.kind
    kind = "yearly" if counts_years(panel) else kind
    return usual, "one season" if usual == season else f"usual for {kind} steps" if kind != DATES else A_QUARTER


def _usual_part_of_year(calendar: Calendar) -> int:
    """Return the steps of a quarter of a year, a year or two, whichever is usual; six of yearly or longer steps."""
    steps = calendar.per_year or round((WEEKS if calendar.kind == "weekly" else 12) / calendar.step)
    if steps <= 1:
        return YEARS
    return 2 * steps if steps <= FEW_IN_YEAR else steps if steps <= PARTS_OF_YEAR else ceil(steps / 4)


def are_shares(panel: Panel) -> bool:
    """Return whether all values of all series lie between 0 and 1, as shares do, and enough rows say so.

    Equal values say nothing about limits. If series reach 1 once at most, and one does, they may have been divided by
    their largest value, and larger ones may follow.
    """
    low, high = panel.values.min(), panel.values.max()
    if panel.lengths.max() < SHARE_ROWS or not 0 <= low < high <= 1:
        return False
    ones = np.add.reduceat((panel.values == 1).astype(np.int64), panel.indptr[:-1])
    return bool(ones.max() != 1)


def returns_or_level(panel: Panel, early: Panel, season: int) -> tuple[str, str]:
    """Forecast returns where one-step changes look like noise, else the level."""
    if (panel.values <= 0).any():
        return LEVEL, "values of zero or less cannot be prices"
    price, why = looks_like_prices(early, season)
    return (RETURNS, why) if price else (LEVEL, why)


def takes_logarithms(panel: Panel, early: Panel, mode: str) -> tuple[bool, str]:
    """Take logarithms of positive values, unless their plain changes are the steadier ones."""
    if mode == RETURNS and (panel.values > 0).all():
        return True, "every price is positive"
    if steadier_in_plain_units(early):
        return False, "changes keep their size while the level moves"
    if (panel.values > 0).all():
        return True, "every value is positive: changes are relative"
    if (panel.values >= 0).all():
        return True, "some values are zero: such series are moved up by a tenth of their mean, or stay as they are"
    return True, "some values are negative: in series that have them, only distances far from the median shrink"


def segment_reason(steps: int, segment: int) -> str:
    """Say what the network reads."""
    return f"{counted(steps, 'recurrent step')} of {counted(segment, 'value')}"


def early_stopping(mode: str) -> tuple[bool, str]:
    """Stop training early on prices, as what is learned of them beyond a little is noise."""
    if mode == RETURNS:
        return True, "prices are mostly noise: training ends when later rows are not forecast better"
    return False, "the learning rate falls to zero over all epochs, and every row is trained on"
