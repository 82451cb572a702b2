"""When a series has rows: its step, its open hours and its holidays, learned from its own time stamps.

A calendar continues a series so that no row falls on a closed day; of unequal steps it knows the median one. Time
stamps are `datetime64[us]` or, for series that only count their steps, int64; inside, time is whole seconds or day
numbers since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.data.closures import learn_holidays
from forecaster.data.holidays import MOST_HOLIDAYS, Holiday, closed_days, weekday_of
from forecaster.data.months import Anchor, learn_anchor, month_of
from forecaster.data.quoting import shown
from forecaster.data.week import DAY, NAMES, WEEK, Week, attend, learn_week, most_frequent
from forecaster.errors import InputRefusedError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

INTEGER, INTRADAY, DAILY, WEEKLY = "integer", "intraday", "daily", "weekly"
MONTHLY, QUARTERLY, YEARLY = "monthly", "quarterly", "yearly"
IRREGULAR, IRREGULAR_INTEGER = "irregular", "irregular integer"
UNEQUAL = (IRREGULAR, IRREGULAR_INTEGER)
COUNTED = (INTEGER, IRREGULAR_INTEGER)
SECONDS = {INTRADAY: 1, DAILY: DAY, WEEKLY: WEEK, IRREGULAR: 1}
MONTHS = (MONTHLY, QUARTERLY, YEARLY)
KINDS = (*COUNTED, *SECONDS, *MONTHS)
UNITS = (("day", DAY), ("hour", 3600), ("minute", 60), ("second", 1))
LARGEST_STEP = {INTEGER: 2**53, IRREGULAR_INTEGER: 2**53, INTRADAY: DAY, IRREGULAR: 1000 * 366 * DAY}
LARGEST_OTHER_STEP = 10_000
ABSENT_SHARE, ABSENT_ANYWAY = 0.2, 2  # a few rows may lack in the shortest series
HOLIDAY_SHARE = 0.1
SHORTEST_MONTH = 27 * DAY


@dataclass(frozen=True)
class Calendar:
    """The rhythm of a series.

    Attributes:
        kind: `integer`, `intraday`, `daily`, `weekly`, `monthly`, `quarterly` or `yearly`; of unequal steps `irregular`
            or `irregular integer`.
        step: Distance of two rows: seconds when intraday, days when daily, weeks when weekly (1 nearly always), and
            months when monthly, quarterly (3) or yearly (12); the median one, in seconds or counts, of unequal steps.
        week: Open slots of intraday and daily series; None when they never close.
        anchor: Day of the month of monthly, quarterly and yearly series.
        weekday: Weekday of weekly series, Monday = 0.
        holidays: Rules for the days on which an open week closes.

    """

    kind: str
    step: int = 1
    week: Week | None = None
    anchor: Anchor | None = None
    weekday: int = 0
    holidays: tuple[Holiday, ...] = ()

    @property
    def irregular(self) -> bool:
        """Whether steps are unequal."""
        return self.kind in UNEQUAL

    @property
    def per_day(self) -> int:
        """Open slots of a day; 1 unless intraday."""
        if self.kind != INTRADAY:
            return 1
        return self.week.per_day if self.week else max(1, DAY // self.step)

    @property
    def per_week(self) -> int:
        """Open slots of a week: 5 on business days, 7 on all days, 168 each hour; 1 for weeks and longer steps."""
        if self.kind not in {INTRADAY, DAILY}:
            return 1
        return len(self.week.slots) if self.week else max(1, WEEK // (self.step * SECONDS[self.kind]))

    @classmethod
    def learn(cls, ds: NDArray[Any], name: str = "") -> Self:
        """Learn the calendar of strictly rising time stamps, (n,), of the series `name`.

        Raises:
            InputRefusedError: The rows follow no regular step, more than 20 % of the expected ones are absent, or two
                rows fall into one second.

        """
        if ds.dtype.kind == "i":
            return cls._learn_counted(ds, name)
        seconds = _seconds(ds, name)
        gaps = np.diff(seconds)
        days = seconds // DAY
        # One row a day is daily at whatever hour it is written: daylight saving moves midnight in many files.
        if len(gaps) and (np.median(gaps) < DAY - 4 * 3600 or (np.diff(days) == 0).any()):
            return cls._learn_slots(INTRADAY, ds, seconds, name)
        if len(gaps) and np.median(gaps) >= SHORTEST_MONTH and (calendar := cls._learn_months(ds, days, name)):
            return calendar
        usual = _usual_days(days)
        if usual % 7 == 0:
            return cls._learn_weeks(ds, days, usual // 7, name)
        if usual > 1 and (np.diff(days) == usual).mean() > 1 - ABSENT_SHARE:
            _check(ds, usual * DAY, _on_grid(days, usual), name)
            return cls(DAILY, usual)
        return cls._learn_slots(DAILY, ds, days * DAY, name)

    @classmethod
    def learn_irregular(cls, ds: NDArray[Any], name: str = "") -> Self:
        """Learn the median step of strictly rising time stamps, (n,), of the series `name`, whatever their distances.

        A single row is taken for one of days, or of counts one apart.

        Raises:
            InputRefusedError: Two rows fall into one second.

        """
        if ds.dtype.kind == "i":
            return cls(IRREGULAR_INTEGER, _median_gap(ds, alone=1))
        return cls(IRREGULAR, _median_gap(_seconds(ds, name), alone=DAY))

    @classmethod
    def _learn_counted(cls, ds: Integers, name: str) -> Self:
        step = most_frequent(np.diff(ds)) if len(ds) > 1 else 1
        _check(ds, step, _on_grid(ds, step), name)
        return cls(INTEGER, step)

    @classmethod
    def _learn_slots(cls, kind: str, ds: NDArray[Any], seconds: Integers, name: str) -> Self:
        step = DAY if kind == DAILY else most_frequent(np.diff(seconds))
        if DAY % step:
            _check(ds, step, _on_grid(seconds, step), name)
            return cls(kind, step)
        week = learn_week(seconds, step)
        if not week.open:
            raise _irregular(ds, step, "the times of day differ from week to week", name)
        days = attend(seconds, week)
        # A day that closed only once is a holiday only if such days are few and the week is not open throughout.
        few = days.record.closed.sum() <= HOLIDAY_SHARE * days.record.seen.sum() and not days.expected.all()
        holidays = learn_holidays(days.record, 1 if few else 2) if days.record.closed.any() else ()
        absent, expected = days.absent(closed_days(holidays, days.first, days.first + len(days.present)))
        _check(ds, step, (absent, expected, days.astray), name)
        always = not holidays and len(week.slots) == WEEK // step
        return cls(kind, 1 if kind == DAILY else step, None if always else week, holidays=holidays)

    @classmethod
    def _learn_weeks(cls, ds: NDArray[Any], days: Integers, step: int, name: str) -> Self:
        weekday = most_frequent(weekday_of(days))
        _check(ds, step * WEEK, _on_grid(_week_of(days, weekday), step), name)
        return cls(WEEKLY, step, weekday=weekday)

    @classmethod
    def _learn_months(cls, ds: NDArray[Any], days: Integers, name: str) -> Self | None:
        """Return None where the rows are rather a number of weeks or days apart."""
        months, gaps = month_of(days), np.diff(days)
        anchor, fits_all = learn_anchor(days)
        weeks = len(gaps) > 1 and gaps[0] % 7 == 0 and (gaps == gaps[0]).all()
        if (np.diff(months) == 0).any() or (weeks and not fits_all):
            return None
        step = most_frequent(np.diff(months))
        _check(ds, step * 30 * DAY, _on_grid(months, step), name)
        kind = YEARLY if step % 12 == 0 else QUARTERLY if step == 3 else MONTHLY
        return cls(kind, step, anchor=anchor)

    def future(self, last: Any, horizon: int) -> NDArray[Any]:
        """Return the `horizon` open time stamps after `last`, a NumPy scalar; (horizon,), in the type of `last`."""
        steps = np.arange(1, horizon + 1) * self.step
        if self.kind in COUNTED:
            return np.asarray(last + steps)
        last = np.datetime64(last, "us")
        day = int(last.astype("datetime64[D]").astype(np.int64))
        if self.week:
            return self._open_slots(self.week, last, horizon)
        if self.anchor:
            return _at(self.anchor.days(month_of(np.array([day])) + steps), last)
        if self.kind == WEEKLY:
            return _at((_week_of(np.int64(day), self.weekday) + steps) * 7 + self.weekday - 3, last)
        return np.asarray(last + steps * np.timedelta64(SECONDS[self.kind], "s"))

    def _open_slots(self, week: Week, last: Any, horizon: int) -> NDArray[Any]:
        """Return the open slots after `last` that fall on no holiday."""
        second = int(last.astype("datetime64[s]").astype(np.int64))
        count, slots = horizon, np.empty(0, np.int64)
        while len(slots) < horizon:
            count += horizon - len(slots) + week.per_day
            slots = week.after(second, count)
            closed = closed_days(self.holidays, int(slots[0]) // DAY, int(slots[-1]) // DAY)
            slots = slots[~np.isin(slots // DAY, closed)]
        slots = slots[:horizon]
        return _at(slots // DAY, last) if self.kind == DAILY else slots.astype("datetime64[s]").astype("datetime64[us]")

    def describe(self) -> str:
        """Return the calendar in words: `business days Monday to Friday, 9 holidays a year learned`."""
        text = _every(self.kind, self.step)
        if self.week and self.kind == DAILY:
            days = self.week.describe()
            text = f"business days {days}" if len(self.week.slots) < 7 else "every day"
        elif self.week:
            text += f", {self.week.describe()}, {self.per_week} rows a week"
        elif self.anchor:
            text += f", on {self.anchor.describe()} of the month"
        elif self.kind == WEEKLY:
            text += f", on {NAMES[self.weekday]}"
        holidays = "holiday" if len(self.holidays) == 1 else "holidays"
        return text + (f", {len(self.holidays)} {holidays} a year learned" if self.holidays else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the calendar as builtins."""
        return {
            "kind": self.kind,
            "step": self.step,
            "week": self.week and self.week.to_dict(),
            "anchor": self.anchor and self.anchor.to_dict(),
            "weekday": self.weekday,
            "holidays": [holiday.to_dict() for holiday in self.holidays],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a calendar and check every field.

        Raises:
            KeyError: A field is absent.
            TypeError: A field is of the wrong type.
            ValueError: A field is out of bounds, or fields contradict each other.

        """
        kind, step, weekday, holidays = (data[name] for name in ("kind", "step", "weekday", "holidays"))
        if set(data) != set(cls.__dataclass_fields__) or type(step) is not int or type(weekday) is not int:
            raise TypeError("a calendar has other fields")
        if kind not in KINDS or not 1 <= step <= LARGEST_STEP.get(kind, LARGEST_OTHER_STEP):
            raise ValueError(f"there is no calendar of step {step} {kind}")
        if not 0 <= weekday <= 6 or len(holidays) > MOST_HOLIDAYS:
            raise ValueError("a field of the calendar is out of bounds")
        week = None if data["week"] is None else Week.from_dict(data["week"])
        anchor = None if data["anchor"] is None else Anchor.from_dict(data["anchor"])
        calendar = cls(kind, step, week, anchor, weekday, tuple(Holiday.from_dict(rule) for rule in holidays))
        if not calendar._agrees():
            raise ValueError("the fields of the calendar contradict each other")
        return calendar

    def _agrees(self) -> bool:
        """Return whether the fields suit the kind."""
        if (self.kind in MONTHS) != (self.anchor is not None):
            return False
        if self.week is None:
            return not self.holidays
        return (self.kind, self.week.step) in {(DAILY, self.step * DAY), (INTRADAY, self.step)}


def write_time(stamp: Any) -> str:
    """Return a time stamp as a user would write it, without a midnight."""
    if not isinstance(stamp, np.datetime64):
        return str(stamp)
    return str(np.datetime_as_string(stamp, unit="auto")).replace("T", " ")


def _seconds(ds: NDArray[Any], name: str) -> Integers:
    """Return rising time stamps in whole seconds; refuse two rows in one second."""
    seconds = ds.astype("datetime64[s]").astype(np.int64)
    same = np.flatnonzero(np.diff(seconds) == 0)
    if len(same):
        first, second = (write_time(stamp) for stamp in ds[same[0] : same[0] + 2])
        what = f"there are rows less than a second apart: {first} is followed by {second}"
        raise InputRefusedError(what, "keep one row for each second", Place(series=shown(name)))
    return seconds


def _median_gap(times: Integers, alone: int) -> int:
    """Return the median distance of rising times in whole units; `alone` where there is one time only."""
    return int(np.median(np.diff(times))) if len(times) > 1 else alone


def _usual_days(days: Integers) -> int:
    """Return the distance of most rows in days; Friday to Monday counts as one where nothing contradicts it."""
    gaps = np.diff(days)
    if not len(gaps) or ((gaps == 3) & (weekday_of(days[:-1]) == 4)).all():
        return 1
    # The middle of the distances is a week still where a holiday moved one row in three.
    middle = int(np.sort(gaps)[len(gaps) // 2])
    return middle if middle % 7 == 0 else most_frequent(gaps)


def _week_of(days: Any, weekday: int) -> Any:
    """Return the number of the week whose `weekday` is at most three days away."""
    return (days + 3 - weekday + 3) // 7


def _at(days: Integers, last: Any) -> NDArray[Any]:
    """Return day numbers as time stamps at the time of day of `last`."""
    return np.asarray(days.astype("datetime64[D]") + (last - last.astype("datetime64[D]")))


def _on_grid(values: Integers, step: int) -> tuple[int, int, int]:
    """Return how many steps have no value, how many there are, and how many values lie between two steps."""
    places, rest = np.divmod(values - values[0], step)
    expected = int(places[-1]) + 1
    fitting = len(np.unique(places[rest == 0]))
    return expected - fitting, expected, len(values) - fitting


def _check(ds: NDArray[Any], step: int, counts: tuple[int, int, int], name: str) -> None:
    """Refuse a series that lacks too many of its expected rows, or has too many astray between its steps."""
    absent, expected, astray = counts
    if absent > max(ABSENT_ANYWAY, ABSENT_SHARE * expected):
        raise _irregular(ds, step, f"{absent} of {expected} expected rows are absent", name)
    if astray > max(ABSENT_ANYWAY, ABSENT_SHARE * len(ds)):
        raise _irregular(ds, step, f"{astray} of {len(ds)} rows fall between the steps", name)


def _irregular(ds: NDArray[Any], step: int, reason: str, name: str) -> InputRefusedError:
    """Return the error; it shows the two neighbours whose distance is farthest from the step."""
    gaps = np.diff(ds).astype(np.int64)
    usual = step * (1 if ds.dtype.kind == "i" else 1_000_000)
    i = int(np.argmax(np.abs(np.log(gaps / usual))))
    return InputRefusedError(
        f"the rows follow no regular step: {reason}, and {write_time(ds[i])} is followed by {write_time(ds[i + 1])}",
        "fill the gaps, bring the rows to one step, or train on unequal steps with --irregular",
        Place(series=shown(name)),
    )


def _every(kind: str, step: int) -> str:
    """Return a step in words."""
    if kind in UNEQUAL:
        return f"unequal steps, {_length(step) if kind == IRREGULAR else step} in the median"
    if kind == INTRADAY:
        unit, size = next((unit, size) for unit, size in UNITS[1:] if step % size == 0)
        return f"every {unit}" if step == size else f"every {step // size} {unit}s"
    unit = {INTEGER: "step", DAILY: "day", WEEKLY: "week"}.get(kind, "month")
    if kind == YEARLY:
        step, unit = step // 12, "year"
    if kind == QUARTERLY:
        step, unit = 1, "quarter"
    return f"every {unit}" if step == 1 else f"every {step} {unit}s"


def _length(seconds: int) -> str:
    """Return a length of time in words, in the largest unit that it fills."""
    unit, size = next((unit, size) for unit, size in UNITS if seconds >= size)
    count = round(seconds / size, 1)
    return f"1 {unit}" if count == 1 else f"{count:.10g} {unit}s"
