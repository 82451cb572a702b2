"""When a series has rows: the parts of a calendar, the time stamps that follow from them, and both in words.

Time stamps are `datetime64[us]` or, for series that only count their steps, int64. Calculations use whole seconds or
day numbers since 1970-01-01 on the clock of the sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.arrays import Ints, among
from forecaster.calendars import daylight_saving, exchange
from forecaster.calendars.date_rules import DateRule, running_numbers
from forecaster.calendars.daylight_saving import SUMMERS, WALL
from forecaster.calendars.durations import duration_in_words, seconds_in_words, step_in_words
from forecaster.calendars.half_days import HalfDay, drop_closed_slots
from forecaster.calendars.holidays import Holiday, closed_days
from forecaster.calendars.months import Anchor, month_of
from forecaster.calendars.times_of_day import describe_times_of_day
from forecaster.calendars.units import (
    DAY,
    EPOCH_WEEKDAY,
    LATEST_COUNT,
    LATEST_TIME,
    MICROSECONDS,
    WEEK,
    WEEKDAYS,
)
from forecaster.calendars.year_dates import WEEKS
from forecaster.errors import UsageError, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.calendars.week import Week

INTEGER, INTRADAY, DAILY, WEEKLY = "integer", "intraday", "daily", "weekly"
MONTHLY, QUARTERLY, YEARLY = "monthly", "quarterly", "yearly"
DATES = "dates"
IRREGULAR, IRREGULAR_INTEGER = "irregular", "irregular integer"
ROWS, ROWS_INTEGER = "rows", "rows integer"
UNEQUAL = (IRREGULAR, IRREGULAR_INTEGER)
ROWWISE = (ROWS, ROWS_INTEGER)
COUNTED = (INTEGER, IRREGULAR_INTEGER, ROWS_INTEGER)
MONTHS = (MONTHLY, QUARTERLY, YEARLY)
SECONDS = {INTRADAY: 1, DAILY: DAY, WEEKLY: WEEK, IRREGULAR: 1, ROWS: 1}
SHORTEST_MONTH = 28 * DAY
UTC = "UTC"
CLOCKS = (WALL, UTC, *SUMMERS)


@dataclass(frozen=True)
class Schedule:
    """When a series has rows.

    Attributes:
        kind: `integer`, `intraday`, `daily`, `weekly`, `monthly`, `quarterly` or `yearly`; `dates` where rows are on
            other dates that repeat every month or every year, as the 1st and the 15th; `rows` or `rows integer`
            where each row counts as a step however far it is from the next; `irregular` or `irregular integer` where
            steps are unequal and their lengths matter.
        step: Distance of two rows: seconds when intraday, days when daily, weeks when weekly (1 nearly always), and
            months when monthly, quarterly (3) or yearly (12); the median one, in seconds or counts, of unequal steps.
        week: Open slots of intraday and daily series; None when they never close.
        anchor: Day of the month of monthly, quarterly and yearly series, unless they have `dates`.
        dates: Dates that repeat without equal steps; None where steps are equal or each month has one row.
        weekday: Weekday of weekly series, Monday = 0.
        holidays: Rules for the days on which an open week closes.
        half_days: Rules for the days on which only a part of the usual slots is open.
        exchange: Code of the exchange whose sessions take the place of holidays and half days.
        clock: The clock on which sessions have the same hours all year: `wall`, that of the time stamps; `UTC`, that of
            the exchange while the time stamps are in UTC; `american`, `european` or `australian`, that of the time
            stamps plus one hour in the summers of these places.
        alternatives: Names of other rules for dates that all rows follow as well.

    """

    kind: str
    step: int = 1
    week: Week | None = None
    anchor: Anchor | None = None
    dates: DateRule | None = None
    weekday: int = 0
    holidays: tuple[Holiday, ...] = ()
    half_days: tuple[HalfDay, ...] = ()
    exchange: str | None = None
    clock: str = WALL
    alternatives: tuple[str, ...] = ()

    @property
    def irregular(self) -> bool:
        """Whether steps are unequal and their lengths matter."""
        return self.kind in UNEQUAL

    @property
    def per_day(self) -> int:
        """Steps of a day, closed ones only where they count; 1 unless intraday, and if they do not divide a day."""
        if self.kind != INTRADAY:
            return 1
        if self.week and not self.week.counts_closed_slots:
            return int(self.week.within(0, DAY).max())
        return 1 if DAY % self.step else DAY // self.step

    @property
    def per_week(self) -> int:
        """Open slots of a week: 5 on business days, 7 on all days, 168 each hour; 1 for weeks and longer steps."""
        if self.kind not in {INTRADAY, DAILY}:
            return 1
        return len(self.week.slots) if self.week else max(1, WEEK // (self.step * SECONDS[self.kind]))

    @property
    def per_year(self) -> int:
        """Steps of a year for steps of a week or more; 0 where a year is no whole number of steps."""
        if self.kind == YEARLY:
            return 1
        if self.dates:
            return self.dates.per_year
        steps = WEEKS if self.kind == WEEKLY else 12 if self.kind in MONTHS else 0
        return 0 if steps % self.step else steps // self.step

    def describe(self) -> str:
        """Return the schedule in words: `business days Monday to Friday, 9 holidays a year learned`."""
        text = "" if self.kind == DATES else self._step_in_words()
        if self.week and self.kind == DAILY:
            text = f"business days {self.week.describe()}" if len(self.week.slots) < 7 else "every day"
        elif self.week and (times := describe_times_of_day(self.week)):
            text = times if self.week.within(0, DAY).all() else f"{times}, {self.week.describe()}"
        elif self.week:
            text += f", {self.week.describe()}, {self.per_week} rows a week"
        elif self.anchor:
            text += f", on {self.anchor.describe()} of the month"
        elif self.dates:
            text = f"{text}, {self.dates.describe()}" if self.kind == YEARLY else self.dates.describe()
        elif self.kind == WEEKLY:
            text += f", on {WEEKDAYS[self.weekday]}"
        if self.exchange:
            return f"{text}, sessions of {self.exchange}" + (" in UTC" if self.clock == UTC else "")
        kinds = (len(self.holidays), "holiday"), (len(self.half_days), "half day")
        closures = [counted(count, noun) for count, noun in kinds if count]
        text += f", {' and '.join(closures)} a year learned" if closures else ""
        text += f" ({' or '.join(self.alternatives)} would fit as well)" if self.alternatives else ""
        return text + (f", an hour earlier in the {self.clock} summer" if self.clock in SUMMERS else "")

    def _step_in_words(self) -> str:
        """Return the step in words."""
        if self.kind in {*UNEQUAL, *ROWWISE}:
            middle = str(self.step) if self.kind in COUNTED else duration_in_words(self.step)
            return f"unequal steps{' counted as rows' * (self.kind in ROWWISE)}, median {middle}"
        if self.kind == INTRADAY:
            return seconds_in_words(self.step)
        units = {INTEGER: "step", DAILY: "day", WEEKLY: "week", MONTHLY: "month", QUARTERLY: "quarter", YEARLY: "year"}
        size, unit = {QUARTERLY: 3, YEARLY: 12}.get(self.kind, 1), units[self.kind]
        return step_in_words(self.step // size, unit)

    @property
    def rule_name(self) -> str:
        """The name under which `--calendar` knows the rule for dates; empty if there is none."""
        rule = self.anchor or self.dates
        return rule.name if rule else ""

    @property
    def shortest_step(self) -> int:
        """Seconds from one step to the next at least, or counts; a month has at least 28 days."""
        if self.dates:
            return max(1, 12 * SHORTEST_MONTH // self.dates.per_year)
        return self.step * (SHORTEST_MONTH if self.kind in MONTHS else SECONDS.get(self.kind, 1))

    def future(self, last: Any, horizon: int) -> NDArray[Any]:
        """Return the `horizon` open time stamps after `last`, a NumPy scalar; (horizon,), in the type of `last`.

        Raises:
            UsageError: They lie beyond the year 9999 or what 64 bits can count, or the sessions of the exchange cannot
                be had.

        """
        counts = self.kind in COUNTED
        size, most = (1, LATEST_COUNT) if counts else (MICROSECONDS, LATEST_TIME)
        begin = int(np.asarray(last).astype(np.int64))
        times = self._next_times(last, max(0, min(horizon, (most - begin) // (self.shortest_step * size))))
        if (possible := int((times.astype(np.int64) <= most).sum())) < horizon:
            what = f"step {possible + 1} of the forecast is beyond {'64 bits' if counts else 'the year 9999'}"
            raise UsageError(what, f"use --horizon {possible} or less" if possible else "leave out the latest rows")
        return times

    def _next_times(self, last: Any, horizon: int) -> NDArray[Any]:
        """Return the `horizon` open time stamps after `last`, (horizon,), whatever year it is then."""
        steps = np.arange(1, horizon + 1) * self.step
        if self.kind in COUNTED:
            return np.asarray(last + steps)
        ends = np.array([last], "datetime64[us]")
        if self.week:
            return self._time_stamps(self._open_after(self.week, int(self.steps(ends)[0]), horizon), ends)
        if self.kind in {INTRADAY, *UNEQUAL, *ROWWISE}:
            return np.asarray(ends + steps * np.timedelta64(1, "s"))
        return self._time_stamps(self.steps(ends) + steps, ends)

    def missing(self, ds: NDArray[Any]) -> NDArray[Any]:
        """Return the time stamps, (m,), rising, of the rows that are missing among rising time stamps, (n,).

        Raises:
            UsageError: The sessions of the exchange cannot be had.

        """
        if self.kind in (*UNEQUAL, *ROWWISE):
            return ds[:0]
        steps, expected = self.expected(ds)
        absent = expected[~among(expected, steps)]
        return self._time_stamps(absent, ds[np.searchsorted(steps, absent) - 1])

    def outside(self, ds: NDArray[Any]) -> Ints:
        """Return the numbers of the rows with rising time stamps, (n,), that fall on closed days or between the steps.

        Raises:
            UsageError: The sessions of the exchange cannot be had.

        """
        if self.kind in (*UNEQUAL, *ROWWISE):
            return np.empty(0, np.int64)
        steps, expected = self.expected(ds)
        outside = ~among(steps, expected)
        outside[1:] |= np.diff(steps) == 0
        return np.flatnonzero(outside)

    def on_other_days(self, ds: NDArray[Any]) -> Ints:
        """Return the numbers of the rows with rising time stamps, (n,), on another day than the schedule has for them.

        They count as rows of their week, month or date, while rows to come are expected on the day of the schedule.
        """
        if self.kind != WEEKLY and not self.anchor and not self.dates:
            return np.empty(0, np.int64)
        seconds = self.to_session_clock(ds.astype("datetime64[s]").astype(np.int64))
        return np.flatnonzero(seconds // DAY != self._days_of_steps(self.steps(ds)))

    def expected(self, ds: NDArray[Any]) -> tuple[Ints, Ints]:
        """Return the step of each row, (n,), and all steps on which rows are expected from the first to the last."""
        steps = self.steps(ds)
        if self.week is None:
            return steps, np.arange(steps[0], steps[-1] + 1, self.step)
        first, last = int(steps[0]), int(steps[-1])
        slots = self._open_slots(self.week, first // DAY, last // DAY)
        return steps, slots[slice(*np.searchsorted(slots, [first, last + 1]))]

    def steps(self, ds: NDArray[Any]) -> Ints:
        """Return the steps of rows, (n,): counts, days, weeks or months, or seconds within the day and in weeks."""
        if self.kind in COUNTED:
            return ds
        seconds = self.to_session_clock(ds.astype("datetime64[s]").astype(np.int64))
        if self.kind == INTRADAY:
            return self.week.seconds(self.week.number(seconds)) if self.week else seconds
        days = seconds // DAY
        if self.kind == WEEKLY:
            return week_number(days, self.weekday)
        if self.anchor:
            return month_of(days)
        if self.dates:
            return running_numbers(self.dates, days) * self._number_step(self.dates)
        return days * DAY if self.week else days

    def places(self, ds: NDArray[Any]) -> Ints:
        """Return the running number of the step of each row, (n,), in which holidays count as steps.

        So rows a week apart are always as many steps apart. Steps within the day count the hours in which a week is
        open, or all of them if it is closed in few: then a slot without a row is a missing row rather than a rule.
        """
        steps = self.steps(ds)
        return np.asarray((steps - steps[0]) // self.step) if self.week is None else self.week.places(steps)

    def times_at_places(self, places: Ints, ds: NDArray[Any]) -> NDArray[Any]:
        """Return the time stamps of places, (m,), counted as those of the rising `ds`, (n,), and none before them."""
        if self.kind in (*UNEQUAL, *ROWWISE):
            return ds[places]
        rows = ds[np.searchsorted(self.places(ds), places, side="right") - 1]
        if self.week is None:
            return self._time_stamps(self.steps(ds[:1])[0] + places * self.step, rows)
        first, last = self.week.number(self.steps(ds[[0, -1]])).tolist()
        return self._time_stamps(self.week.seconds_at(places, first, last), rows)

    def _time_stamps(self, steps: Ints, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the time stamps of steps, (m,); days take their time of day from `rows`, (1,) or (m,)."""
        if self.kind in COUNTED:
            return steps
        if self.kind == INTRADAY:
            return (self.to_time_stamps(steps) * MICROSECONDS).astype("datetime64[us]")
        days = self._days_of_steps(steps)
        seconds, rest = np.divmod(rows.astype(np.int64), MICROSECONDS)
        seconds = self.to_time_stamps(days * DAY + self.to_session_clock(seconds) % DAY)
        return (seconds * MICROSECONDS + rest).astype("datetime64[us]")

    def _days_of_steps(self, steps: Ints) -> Ints:
        """Return the day numbers of steps of a day or more, (m,)."""
        if self.anchor:
            return self.anchor.days(steps)
        if self.dates:
            return self.dates.days(steps // self._number_step(self.dates))
        if self.kind == WEEKLY:
            return steps * 7 + self.weekday - EPOCH_WEEKDAY
        return steps // DAY if self.week else steps

    def _number_step(self, dates: DateRule) -> int:
        """Return the step from one date of a rule to the next: 1, or in months where those are the unit."""
        return 12 // dates.per_year if self.kind in MONTHS else 1

    def _open_after(self, week: Week, last: int, horizon: int) -> Ints:
        """Return the first `horizon` open slots after the one at second `last`.

        Raises:
            UsageError: The exchange does not know sessions so far ahead.

        """
        days = 7 * (horizon // self.per_week + 2)
        while True:
            slots = self._open_slots(week, last // DAY, last // DAY + days)
            slots = slots[slots > last]
            if len(slots) >= horizon:
                return slots[:horizon]
            ahead = last // DAY + days
            if self.exchange and exchange.sessions(self.exchange, ahead - days, ahead).ends < ahead:
                what = f"the sessions of {self.exchange} are not known that far ahead"
                raise UsageError(what, "use a shorter horizon")
            days *= 2

    def _open_slots(self, week: Week, first: int, last: int) -> Ints:
        """Return the open slots from day `first` to day `last` in seconds on the clock of the sessions."""
        if self.exchange is None:
            slots = week.between(first, last)
            slots = slots[~among(slots // DAY, closed_days(self.holidays, first, last))]
            return drop_closed_slots(slots, self.half_days)
        sessions = exchange.sessions(self.exchange, first, last)
        if self.kind == DAILY:
            return sessions.between(first, last) * DAY
        return sessions.slots_in_sessions(week.between(first, last), self.step)

    def to_session_clock(self, seconds: Ints) -> Ints:
        """Return time stamps in seconds, (n,), on the clock of the sessions."""
        if self.clock == UTC and self.exchange:
            return exchange.to_local(seconds, self.exchange)
        return daylight_saving.to_session_clock(seconds, self.clock)

    def to_time_stamps(self, seconds: Ints) -> Ints:
        """Return the time stamps in seconds of times on the clock of the sessions, (n,)."""
        if self.clock == UTC and self.exchange:
            return exchange.to_utc(seconds, self.exchange)
        return daylight_saving.to_time_stamps(seconds, self.clock)


def week_number(days: Ints, weekday: int) -> Ints:
    """Return the number of the week whose `weekday` is at most three days away."""
    return (days + EPOCH_WEEKDAY - weekday + 3) // 7
