"""Periods of the calendar, from minutes to years, to which the rows of a log are added up or averaged.

A period is known by its first moment: a week by its Monday, a quarter by the first day of its first month. Time stamps
are `datetime64[us]`, (n,); the number of a period counts from the one in which 1970 begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.units import DAY, EPOCH_WEEKDAY, HOUR, MICROSECONDS, MINUTE, WEEK
from forecaster.errors import UsageError, counted
from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints

WORDS = {
    "minute": ("minutes", "min", "mins"),
    "hour": ("hours", "h", "hourly"),
    "day": ("days", "d", "daily"),
    "week": ("weeks", "w", "weekly"),
    "month": ("months", "monthly"),
    "quarter": ("quarters", "q", "quarterly"),
    "year": ("years", "y", "yearly"),
}
"""The units of periods, and how else they may be called."""
SECONDS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
SPELLING = re.compile(r"([1-9][0-9]{0,3})?[ -]?([a-z]+)")
PRICE_NAMES = ("close", "adj close", "price", "rate", "bid", "ask")
"""Names of columns of prices, in small letters."""
USUAL = ("hour", "day", "week", "month", "quarter", "year")
"""Periods that are offered, shortest first."""
FILLED = 0.5
"""Share of the periods between the first and the last row that have rows, for a period to be offered. Chosen by hand:
with fewer, most values would be zeros."""
FEWEST_PERIODS = 3
"""Periods that make a series which can be forecast."""
EVENT_SHARE = 0.1
"""Share of the rows that repeat a time, from which on they are events rather than faults. Chosen by hand."""
COMMON_GAP = 0.5
"""Share of the distances between distinct times that are equal where rows have a step. Chosen by hand: of daily rows
with weekends and of hourly rows with nights more are, of events by chance fewer."""
FEWEST_TIMES = 5
"""Distinct times that show the step of a file: that five random days are all Mondays has a chance of 1 in 2,401."""


class Period(NamedTuple):
    """A period: its name, and its length in seconds, or in months where it has some."""

    name: str
    seconds: int = 0
    months: int = 0

    def numbers(self, ds: NDArray[Any]) -> Ints:
        """Return the number of the period in which each time stamp lies, (n,)."""
        if self.months:
            return ds.astype("datetime64[M]").astype(np.int64) // self.months
        return (ds.astype("datetime64[us]").astype(np.int64) // MICROSECONDS + self._shift) // self.seconds

    def starts(self, numbers: Ints) -> NDArray[Any]:
        """Return the first moments of periods, (n,)."""
        if self.months:
            return (numbers * self.months).astype("datetime64[M]").astype("datetime64[us]")
        return (numbers * self.seconds - self._shift).astype("datetime64[s]").astype("datetime64[us]")

    @property
    def whole_days(self) -> bool:
        """Whether each period begins at midnight."""
        return bool(self.months) or self.seconds % DAY == 0

    @property
    def option(self) -> str:
        """The period as it is typed behind `--every`."""
        return self.name.replace(" ", "")

    @property
    def first_day(self) -> str:
        """What a period is named after, in words."""
        if self.seconds == WEEK:
            return "Monday"
        return "first day" if self.months else "date" if self.seconds == DAY else "beginning"

    def counted(self, count: int) -> str:
        """Return a number of periods in words: `1 week`, `31 days`, `96 periods of 15 minutes`."""
        if self.name in WORDS:
            return counted(count, self.name)
        return self.name if count == 1 else f"{count} periods of {self.name}"

    @property
    def _shift(self) -> int:
        """Seconds from the first moment of the period in which 1970 begins to that of 1970."""
        return EPOCH_WEEKDAY * DAY if self.seconds == WEEK else 0


def parse_period(text: str) -> Period:
    """Return the period that a user names, as `day`, `monthly`, `6 hours` or `15min`.

    Raises:
        UsageError: It is none, or several of it make no day or no year.

    """
    remedy = "write minute, hour, day, week, month, quarter or year, or several minutes, hours or months, such as 15min"
    spelt = SPELLING.fullmatch(text.strip().lower())
    unit = next((unit for unit, others in WORDS.items() if spelt and spelt[2] in {unit, *others}), None)
    if spelt is None or unit is None:
        raise UsageError(f"--every '{shown(text)}' is not a period", remedy)
    count = int(spelt[1] or 1)
    name = unit if count == 1 else f"{count} {unit}s"
    if unit in MONTHS and 12 % (months := count * MONTHS[unit]) == 0:
        return Period(name, months=months)
    if unit in SECONDS and (count == 1 or DAY % (count * SECONDS[unit]) == 0):
        return Period(name, seconds=count * SECONDS[unit])
    whole = "a year" if unit in MONTHS else "a day"
    raise UsageError(f"--every '{shown(text)}' cannot be used: {name} do not divide {whole}", remedy)


def step_of_times(ds: NDArray[Any]) -> Period | None:
    """Return the longest period of which distinct time stamps, (n,), all lie at the same place; None for seconds.

    Rows on Mondays are those of a week, rows at midnight those of a day, the last days of months those of a month.
    """
    if len(ds) < FEWEST_TIMES:
        return None
    days = ds.astype("datetime64[D]")
    seconds = ds.astype("datetime64[us]").astype(np.int64) // MICROSECONDS
    if (ds == days).all():
        if _in_one_place_of_months(days):
            months = np.unique(days.astype("datetime64[M]").astype(np.int64) % 12)
            units = {1: "year", 4: "quarter"}
            return parse_period(units.get(len(months) if _evenly_spread(months) else 0, "month"))
        return parse_period("week" if len(np.unique((days.astype(np.int64) + EPOCH_WEEKDAY) % 7)) == 1 else "day")
    steps = (HOUR, 30 * MINUTE, 15 * MINUTE, 10 * MINUTE, 5 * MINUTE, MINUTE)
    step = next((step for step in steps if len(np.unique(seconds % step)) == 1), None)
    if step is None:
        return None
    return parse_period("hour" if step == HOUR else f"{step // MINUTE}min")


def _in_one_place_of_months(days: NDArray[Any]) -> bool:
    """Return whether distinct days, (n,), are the same day of their months, or all the last one."""
    following = (days + 1).astype("datetime64[M]") != days.astype("datetime64[M]")
    of_month = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    return bool(following.all() or len(np.unique(of_month)) == 1)


def _evenly_spread(months: Ints) -> bool:
    """Return whether months of the year, (m,), are equally far from each other."""
    gaps: Bools = np.diff(np.append(months, months[0] + 12)) == 12 // len(months)
    return bool(gaps.all())


def longer(one: Period, other: Period) -> bool:
    """Return whether one period is longer than another."""
    months, seconds = one.months - other.months, one.seconds - other.seconds
    return months > 0 if one.months or other.months else seconds > 0


def look_like_events(ds: NDArray[Any]) -> bool:
    """Return whether rows at `ds`, (n,), in any order, are events: many share a time, or no distance is usual."""
    if ds.dtype.kind != "M" or len(ds) < FEWEST_TIMES:
        return False
    times = np.unique(ds)
    if len(ds) - len(times) >= EVENT_SHARE * len(ds):
        return True
    step = step_of_times(times)
    if len(times) <= FEWEST_TIMES or (step is not None and step.months):
        return False
    gaps = np.unique(np.diff(times).astype(np.int64), return_counts=True)[1]
    return bool(gaps.max() < COMMON_GAP * gaps.sum())


def aggregation_advice(ds: NDArray[Any], name: str = "") -> str:
    """Return the advice to aggregate rows at `ds`, (n,), as it is typed; empty where they hardly are events.

    Prices, which the `name` of the column shows, are not added up.
    """
    if not look_like_events(ds):
        return ""
    if name.strip().lower() in PRICE_NAMES:
        return f"if each row is a trade, use {last_of_period(ds)}"
    every = f"--every {suitable_period(ds)}"
    return f"if each row is an event, use {every} --agg sum; if it is a reading, use {every} --agg mean"


def last_of_period(ds: NDArray[Any]) -> str:
    """Return the options that keep the last row of a period that suits rows at `ds`, (n,)."""
    return f"--every {suitable_period(ds)} --agg last"


def suitable_period(ds: NDArray[Any]) -> str:
    """Return the shortest usual period that most of the time between the rows at `ds`, (n,), is filled with."""
    step = step_of_times(np.unique(ds))
    for name in USUAL:
        period = parse_period(name)
        if step is not None and longer(step, period):
            continue
        numbers = np.unique(period.numbers(ds))
        whole = int(numbers[-1] - numbers[0]) + 1
        if len(numbers) >= FILLED * whole:
            return name if whole >= FEWEST_PERIODS else USUAL[max(0, USUAL.index(name) - 1)]
    return USUAL[-1]
