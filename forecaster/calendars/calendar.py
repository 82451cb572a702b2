"""The calendar of a series: learned from its time stamps and stored as builtins.

A calendar continues a series so that no row falls on a closed day or after an early close, and names the rows that are
missing. If a series follows no schedule, its rows are counted as they come.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.arrays import Ints, among, most_frequent
from forecaster.calendars import daylight_saving
from forecaster.calendars.coverage import measure_coverage
from forecaster.calendars.date_choice import (
    DATED,
    choose_dates,
    choose_months,
    dates_suit_kind,
    named_dates,
    names_from_list,
    nearest_dates,
)
from forecaster.calendars.date_rules import rule_from_dict
from forecaster.calendars.date_search import SHORTEST_STEP
from forecaster.calendars.daylight_saving import SUMMERS, WALL, session_days
from forecaster.calendars.durations import write_time
from forecaster.calendars.exchange import CODE, require_exchange, sessions
from forecaster.calendars.half_days import HalfDay, learn_half_days
from forecaster.calendars.holiday_inference import learn_holidays, once_is_enough
from forecaster.calendars.holidays import MOST_HOLIDAYS, Holiday, weekday_of
from forecaster.calendars.months import Anchor
from forecaster.calendars.regularity import (
    GAP_SHARE,
    GAPS_ANYWAY,
    MOST_ABSENT,
    IrregularError,
    check_distinct_seconds,
    check_longest_gap,
    check_one_frequency,
    follow_steps,
    median_gap,
    usual_distance,
)
from forecaster.calendars.schedule import (
    CLOCKS,
    COUNTED,
    DAILY,
    INTEGER,
    INTRADAY,
    IRREGULAR,
    IRREGULAR_INTEGER,
    ROWS,
    ROWS_INTEGER,
    SECONDS,
    UTC,
    WEEKLY,
    Schedule,
)
from forecaster.calendars.times_of_day import find_times_of_day, learn_times_of_day
from forecaster.calendars.units import DAY, HOUR, WEEK
from forecaster.calendars.week import Week
from forecaster.calendars.week_inference import learn_week, shows_each_slot
from forecaster.errors import Code, Place, counted
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

KINDS = (*COUNTED, *SECONDS, *DATED)
LARGEST_STEP = {INTRADAY: DAY, **dict.fromkeys(COUNTED, 2**53), **dict.fromkeys((IRREGULAR, ROWS), 1000 * 366 * DAY)}
LARGEST_OTHER_STEP = 10_000
HOLIDAY_SHARE = 0.1
"""Share of closed days up to which a day that closed once may be a holiday: more are gaps. A year of business days has
about ten holidays in 260 days; the share leaves room for more. Chosen by hand."""
CLOCK_MISFIT = 0.02
"""Share of days with some of their rows from which other clocks are tried: in summer time every day is such a day, and
gaps alone are fewer. Chosen by hand."""
FEW_ROWS = 1000
"""A calendar may always expect three times as many steps as this: so few are listed at once."""
SHORTEST_MONTH = 27 * DAY
"""Least median distance of monthly rows: February has 28 days, and an hour may change in it."""


@dataclass(frozen=True)
class Calendar(Schedule):
    """A schedule that is learned and stored."""

    @classmethod
    def learn(cls, ds: NDArray[Any], name: str = "", *, exchange: str | None = None, rule: str | None = None) -> Self:
        """Learn the calendar of strictly rising time stamps, (n,), of the series `name`.

        Rows with more than one gap in five steps, or with more rows absent than present, are counted as they come,
        unless all of them are on the steps of the calendar: then half of them may be missing at random.

        Args:
            ds: The time stamps.
            name: What to call the series in an error.
            exchange: Code of the exchange whose sessions daily and intraday rows follow.
            rule: Name of the rule for dates that rows of other steps follow, as `third-friday`.

        Raises:
            IrregularError: Two rows fall into one second, a gap is longer than the span of all other rows, one
                frequency follows another, or the rows do not follow the sessions of the exchange.
            UsageError: The sessions of the exchange cannot be had, or the rows do not follow the named rule.

        """
        dated = ds.dtype.kind == "M"
        if dated:
            check_distinct_seconds(ds, name)
        check_longest_gap(ds, name)
        check_one_frequency(ds, name)
        if rule is not None:
            days, clock = session_days(_seconds(ds)) if dated else (ds[:0], WALL)
            return cls(**named_dates(days, rule, name)._asdict(), clock=clock)
        calendar = cls._learn_dates(ds) if dated else cls._learn_counted(ds)
        if exchange is not None:
            return calendar.with_exchange(exchange, ds, name)
        return calendar if calendar.fits(ds) else cls(ROWS if dated else ROWS_INTEGER, median_gap(ds))

    @classmethod
    def learn_irregular(cls, ds: NDArray[Any], name: str = "") -> Self:
        """Learn the median step of strictly rising time stamps, (n,), of the series `name`, whatever their distances.

        The step of a single row is a day, or 1 for counts.

        Raises:
            IrregularError: Two rows fall into one second.

        """
        if ds.dtype.kind == "i":
            return cls(IRREGULAR_INTEGER, median_gap(ds))
        check_distinct_seconds(ds, name)
        return cls(IRREGULAR, median_gap(ds))

    @classmethod
    def _learn_counted(cls, ds: Ints) -> Self:
        """Learn the step of rows that are counted."""
        return cls(INTEGER, most_frequent(np.diff(ds)) if len(ds) > 1 else 1)

    @classmethod
    def _learn_dates(cls, ds: NDArray[Any]) -> Self:
        """Learn the calendar of rows with time stamps."""
        seconds = _seconds(ds)
        distance = np.median(np.diff(seconds)) if len(ds) > 1 else DAY
        # One row a day is daily at whatever hour it is written: daylight saving moves midnight in many files.
        if distance < DAY - 4 * HOUR or (np.diff(seconds // DAY) == 0).any():
            return cls._learn_intraday(ds, seconds)
        days, clock = session_days(seconds)
        if distance >= SHORTEST_MONTH and (fields := choose_months(days)):
            return cls(**fields._asdict(), clock=clock)
        usual = usual_distance(days)
        if usual >= SHORTEST_STEP and (np.diff(days) % usual).any() and (fields := choose_dates(days)):
            return cls(**fields._asdict(), clock=clock)
        if usual % 7 == 0:
            return cls(WEEKLY, usual // 7, weekday=most_frequent(weekday_of(days)), clock=clock)
        on_steps = not (np.diff(days) % usual).any()
        if usual > 1 and (np.diff(days) == usual).mean() > (1 / (1 + MOST_ABSENT) if on_steps else 1 - GAP_SHARE):
            return cls(DAILY, usual, clock=clock)
        return cls._learn_slots(DAILY, days * DAY, DAY, clock)

    @classmethod
    def _learn_intraday(cls, ds: NDArray[Any], seconds: Ints) -> Self:
        """Learn a step of less than a day, and the clock on which the open hours fit the file clearly best."""
        step = most_frequent(np.diff(seconds))
        if ((seconds - seconds[0]) % step).any() and (calendar := cls._learn_times_of_day(seconds)):
            return calendar
        if DAY % step:
            return cls(INTRADAY, step)
        week = learn_week(seconds, step, changes=False)
        if (calendar := cls(INTRADAY, step, week)).expects_far_more_than(ds):
            return calendar
        coverage = measure_coverage(seconds, week)
        misfits = {WALL: coverage.misfit}
        if misfits[WALL] > CLOCK_MISFIT * (coverage.present > 0).sum():
            for clock in SUMMERS:
                times = daylight_saving.to_session_clock(seconds, clock)
                week = learn_week(times, step, changes=False)
                if week.closed_at_clock_change:
                    misfits[clock] = 2 * measure_coverage(times, week).misfit
        clock = min(misfits, key=misfits.__getitem__)
        return cls._learn_slots(INTRADAY, daylight_saving.to_session_clock(seconds, clock), step, clock)

    @classmethod
    def _learn_times_of_day(cls, seconds: Ints) -> Self | None:
        """Learn the calendar of rows, (n,), at a few times of day, on the clock on which these are the fewest."""
        clocks = {clock: daylight_saving.to_session_clock(seconds, clock) for clock in (WALL, *SUMMERS)}
        clock = min(clocks, key=lambda name: len(find_times_of_day(clocks[name])))
        if (step := learn_times_of_day(clocks[clock])) is None:
            return None
        calendar = cls._learn_slots(INTRADAY, clocks[clock], step, clock)
        steady = clock not in SUMMERS or (calendar.week is not None and calendar.week.closed_at_clock_change)
        return calendar if steady else None

    @classmethod
    def _learn_slots(cls, kind: str, seconds: Ints, step: int, clock: str) -> Self:
        """Learn the open week, holidays and half days of daily or intraday rows at `seconds`, (n,)."""
        week = learn_week(seconds, step)
        coverage = measure_coverage(seconds, week)
        if coverage.contradicts_week(len(seconds), GAP_SHARE) and shows_each_slot(seconds, step):
            week = learn_week(seconds, step, changes=False, many_missing=True)
            coverage = measure_coverage(seconds, week)
        half_days = learn_half_days(coverage, week) if kind == INTRADAY else ()
        rules = [each.rule for each in half_days]
        record = coverage.day_record(rules)
        # A day that closed only once is a holiday only if such days are few and the week is not open throughout.
        few = record.closed.sum() <= HOLIDAY_SHARE * record.seen.sum() and not coverage.expected.all()
        holidays = learn_holidays(record, 2) if record.closed.any() else ()
        if few and (coverage.closes_by_the_day(rules) or once_is_enough(record, holidays)):
            holidays = learn_holidays(record, 1)
        holidays = holidays[: MOST_HOLIDAYS - len(half_days)]
        always = not (holidays or half_days or week.earlier) and len(week.slots) == WEEK // step
        size = 1 if kind == DAILY else step
        return cls(kind, size, None if always else week, holidays=holidays, half_days=half_days, clock=clock)

    def with_exchange(self, code: str, ds: NDArray[Any], name: str) -> Self:
        """Return the calendar with the sessions of an exchange, for time stamps on its own clock or in UTC.

        Raises:
            IrregularError: The rows do not follow the sessions, or the sessions are not known.
            UsageError: The sessions of the exchange cannot be had.

        """
        require_exchange(code, (self.rule_name, *self.alternatives))
        place = Place(series=shown(name))
        if (self.kind, self.step) != (DAILY, 1) and (self.kind != INTRADAY or DAY % self.step):
            what = f"the sessions of {shown(code)} are for rows of a day or less, and these are {self.describe()}"
            raise IrregularError(what, "leave --calendar out", place, code=Code.CALENDAR)
        days = ds[[0, -1]].astype("datetime64[D]")
        begins = np.datetime64(sessions(code, *days.astype(np.int64).tolist()).begins, "D")
        if days[0] < begins:
            what = f"the sessions of {code} are known from {begins}, and the rows begin on {days[0]}"
            raise IrregularError(what, "leave --calendar out, or leave out the older rows", place, code=Code.CALENDAR)
        own = WALL if self.kind == INTRADAY else self.clock
        choices = [self._at_exchange(code, clock, ds) for clock in (own, UTC)]
        outside = [each.outside(ds) for each in choices]
        best = int(len(outside[1]) < len(outside[0]))
        rows = outside[best]
        if len(rows) > GAP_SHARE * len(ds):
            first = write_time(ds[rows[0]])
            what = f"{len(rows)} of {counted(len(ds), 'row')} are not on sessions of {code}, the first at {first}"
            remedy = "name the exchange of the series, or leave --calendar out"
            raise IrregularError(what, remedy, place, code=Code.CALENDAR, row=int(rows[0]))
        return choices[best]

    def _at_exchange(self, code: str, clock: str, ds: NDArray[Any]) -> Self:
        """Return the calendar with the usual slots of the rows on a clock, and the sessions of an exchange."""
        calendar = replace(self, exchange=code, clock=clock, holidays=(), half_days=())
        times = calendar.to_session_clock(_seconds(ds))
        times = times // DAY * DAY if self.kind == DAILY else times
        return replace(calendar, week=learn_week(times, DAY if self.kind == DAILY else self.step))

    @classmethod
    def nearest_dates(cls, ds: NDArray[Any]) -> Self | None:
        """Return the calendar with a rule for dates that most of the rows with time stamps, (n,), follow, if any."""
        days, clock = session_days(_seconds(ds))
        fields = nearest_dates(days)
        return None if fields is None else cls(**fields._asdict(), clock=clock)

    def expects_far_more_than(self, ds: NDArray[Any]) -> bool:
        """Return whether there are more than three times as many usual steps as rows, (n,): too many to list."""
        first, last = (int(step) for step in self.steps(ds[[0, -1]]))
        usual = (last - first) * len(self.week.slots) // WEEK if self.week else (last - first) // self.step
        return usual > 3 * max(len(ds), FEW_ROWS)

    def fits(self, ds: NDArray[Any]) -> bool:
        """Return whether rows, (n,), follow the calendar; weeks are no steps of rows on any day with gaps."""
        if self.expects_far_more_than(ds):
            return False
        steps, expected = self.expected(ds)
        absent = ~among(expected, steps)
        on_other_days = self.on_other_days(ds)
        if self.kind == WEEKLY and 2 * len(on_other_days) > len(ds) and absent.sum() > GAPS_ANYWAY:
            return False
        return follow_steps(absent, len(ds), len(self.outside(ds)), len(on_other_days))

    def has_dates(self, ds: NDArray[Any]) -> bool:
        """Return whether rows, (n,), follow the calendar and are on its days, each on one of its own."""
        return not len(self.on_other_days(ds)) and not len(self.outside(ds)) and self.fits(ds)

    def to_dict(self) -> dict[str, Any]:
        """Return the calendar as builtins."""
        return {
            "kind": self.kind,
            "step": self.step,
            "week": self.week and self.week.to_dict(),
            "anchor": self.anchor and asdict(self.anchor),
            "dates": self.dates and self.dates.to_dict(),
            "weekday": self.weekday,
            "holidays": [asdict(holiday) for holiday in self.holidays],
            "half_days": [asdict(half_day) for half_day in self.half_days],
            "exchange": self.exchange,
            "clock": self.clock,
            "alternatives": list(self.alternatives),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a calendar and check every field.

        Raises:
            KeyError: A field is absent.
            TypeError: A field is of the wrong type.
            ValueError: A field is out of bounds, or fields contradict each other.

        """
        kind, step, weekday, exchange, clock = (data[name] for name in ("kind", "step", "weekday", "exchange", "clock"))
        if set(data) != set(cls.__dataclass_fields__) or type(step) is not int or type(weekday) is not int:
            raise TypeError("a calendar has other fields")
        if kind not in KINDS or not 1 <= step <= LARGEST_STEP.get(kind, LARGEST_OTHER_STEP):
            raise ValueError(f"there is no calendar of step {step} {kind}")
        if len(data["holidays"]) + len(data["half_days"]) > MOST_HOLIDAYS or not 0 <= weekday <= 6:
            raise ValueError("a field of the calendar is out of bounds")
        if clock not in CLOCKS or not (exchange is None or CODE.fullmatch(exchange)):
            raise ValueError("the calendar knows no such exchange or clock")
        week = None if data["week"] is None else Week.from_dict(data["week"])
        anchor = None if data["anchor"] is None else Anchor.from_dict(data["anchor"])
        dates = None if data["dates"] is None else rule_from_dict(data["dates"])
        alternatives = names_from_list(data["alternatives"])
        holidays = tuple(Holiday.from_dict(rule) for rule in data["holidays"])
        half_days = tuple(HalfDay.from_dict(rule) for rule in data["half_days"])
        calendar = cls(kind, step, week, anchor, dates, weekday, holidays, half_days, exchange, clock, alternatives)
        if not calendar._is_consistent():
            raise ValueError("the fields of the calendar contradict each other")
        return calendar

    def _is_consistent(self) -> bool:
        """Return whether the fields suit the kind."""
        fitting = dates_suit_kind(self.kind, self.step, self.anchor, self.dates, self.alternatives)
        if not fitting or (self.clock == UTC and self.exchange is None):
            return False
        if self.week is None:
            unsteady = self.clock in SUMMERS and self.kind in {INTRADAY, IRREGULAR, ROWS, *COUNTED}
            return not (self.holidays or self.half_days or self.exchange or unsteady)
        if self.exchange and (self.holidays or self.half_days):
            return False
        if self.kind == DAILY:
            return self.step == 1 and self.week.step == DAY and not self.week.phase and not self.half_days
        return (self.kind, self.week.step) == (INTRADAY, self.step) and (
            self.week.closed_at_clock_change or self.clock not in SUMMERS
        )


def _seconds(ds: NDArray[Any]) -> Ints:
    """Return time stamps in whole seconds."""
    return ds.astype("datetime64[s]").astype(np.int64)
