"""The effects of the year, of the month and of named days on one series: removed from it, restored to its forecasts.

Effects are in units of the series, or in logarithms where they are factors. They do not hold level, trend and weekday
pattern: these are the methods' own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.daylight_saving import SUMMERS, WALL
from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.units import DAY, WEEK
from forecaster.forecasting.effects import design
from forecaster.forecasting.effects.day_table import MOST_SLOTS, days_and_times
from forecaster.forecasting.effects.selection import MOST_NAMED_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.effects.named_days import NamedDay

LARGEST_FACTOR = 20.0
"""Logarithm of the largest factor: far beyond any series, and its exponential is still far from the largest number."""
LARGEST_NUMBER = 1e200
"""Largest coefficient in a model file: sums of a few of them, times shares, stay finite."""
LARGEST_SHARE = 100.0
"""Largest share of Sunday's level or profile in a model file; those that are learned are rarely above 1."""
COEFFICIENTS = 6
"""Numbers of a named day: its effect, its shares of Sunday's level and of Sunday's profile, those of the two
observances, and its spread, the standard deviation of what is expected of the day beyond that of other days."""
SPREAD = COEFFICIENTS - 1
"""Place of the spread among them."""
LEAST_SHARE = 0.05
"""Share of a value that is 0 or more which is left at least where effects are added: more is no effect of a day."""
REPLACING_WEEKS = (-1, -2, -3, -4, 1, 2, 3, 4)
"""Weeks from a zero day to the day whose value stands for it: the weekday is the same. 1 January is a week after 25
December, so more than one week is tried."""
YEAR_SIZE, WEEKDAY_SIZE = 2 * design.PAIRS, 12 * design.WEEKDAY_PAIRS
PROFILE_SIZE = 2 * design.PROFILE_PAIRS


@dataclass(frozen=True, eq=False)
class Effects:
    """What the calendar adds to one series.

    Attributes:
        clock: The clock on which days begin, of `forecaster.calendars.daylight_saving`.
        daily: Whether rows are days; else they are parts of days.
        log: Whether effects are logarithms of factors.
        nonnegative: Whether all values of the series were 0 or more; then none becomes less.
        named: The named days, R of them.
        zero_days: The named days on which every value is zero; they have no other effect.
        slots: Seconds of each time of day, (H,), rising.
        year: Coefficients of the time of the year, (YEAR_SIZE,).
        weekday_year: Coefficients by which the weekdays change with the year, (WEEKDAY_SIZE,).
        month: Effect of each day of the month, (31,).
        profile_year: Coefficients by which the profile of the day changes with the year, (PROFILE_SIZE, H).
        weekdays: Usual value of each weekday and time of day, (7, H), up to a constant.
        coefficients: Numbers of each named day, (R, COEFFICIENTS).

    """

    clock: str
    daily: bool
    log: bool
    nonnegative: bool
    named: tuple[NamedDay, ...]
    zero_days: tuple[NamedDay, ...]
    slots: Ints
    year: Floats
    weekday_year: Floats
    month: Floats
    profile_year: Floats
    weekdays: Floats
    coefficients: Floats

    def remove(self, values: Floats, ds: NDArray[Any]) -> Floats:
        """Return values, of the shape of `ds`, without the effects of their dates.

        A zero day gets the value that the same time of a day some weeks before has without effects: the last that
        was open, or else the next, since methods must not see what comes.
        """
        shifted = self._shifted(values, ds, -1.0)
        missing = np.flatnonzero(self.is_zero_day(ds))
        if len(missing):
            seconds = ds.astype("datetime64[s]").astype(np.int64)
            usual = np.setdiff1d(np.arange(len(ds)), missing)
            for weeks in REPLACING_WEEKS:
                wanted = seconds[missing] + weeks * WEEK
                place = np.searchsorted(seconds[usual], wanted)
                found = place < len(usual)
                found[found] = seconds[usual[place[found]]] == wanted[found]
                shifted[missing[found]] = shifted[usual[place[found]]]
                missing = missing[~found]
        return shifted

    def restore(self, values: Floats, ds: NDArray[Any]) -> Floats:
        """Return values, (..., shape of `ds`), with the effects of their dates: points, quantiles or paths."""
        return np.where(self.is_zero_day(ds), 0.0, self._shifted(values, ds, 1.0))

    def is_zero_day(self, ds: NDArray[Any]) -> Bools:
        """Return which time stamps are on zero days, of the shape of `ds`."""
        days, _ = days_and_times(ds, self.clock, daily=self.daily)
        zero = np.zeros(len(days), np.bool_)
        if len(days):
            first, last = int(days.min()), int(days.max())
            for day in self.zero_days:
                zero |= np.isin(days, day.days(first, last))
        return zero.reshape(ds.shape)

    def _shifted(self, values: Floats, ds: NDArray[Any], sign: float) -> Floats:
        effect = sign * np.sum(list(self.parts(ds).values()), axis=0)
        largest = np.finfo(np.float64).max
        with np.errstate(over="ignore", under="ignore"):
            factor = np.exp(np.clip(effect, -LARGEST_FACTOR, LARGEST_FACTOR))
            shifted = values * factor if self.log else values + effect
        if self.nonnegative:
            # nothing positive falls to zero, which has no logarithm
            shifted = np.maximum(shifted, values * LEAST_SHARE)
        result: Floats = np.clip(shifted, -largest, largest)
        return result

    def parts(self, ds: NDArray[Any]) -> dict[str, Floats]:
        """Return the effects of the dates `ds` by what they come from, each of the shape of `ds`.

        `year` holds the yearly changes of level, weekdays and profile; `month` the day of the month; `holidays` the
        named days. Their sum is added to the series, or to its logarithm where effects are factors.
        """
        days, times = days_and_times(ds, self.clock, daily=self.daily)
        slot = np.clip(np.searchsorted(self.slots, times, side="right") - 1, 0, len(self.slots) - 1)
        if not len(days):
            return {name: np.zeros(ds.shape) for name in ("year", "month", "holidays")}
        distinct, place = np.unique(days, return_inverse=True)
        year = design.year_columns(distinct) @ self.year + design.weekday_year_columns(distinct) @ self.weekday_year
        profile = design.year_columns(distinct, design.PROFILE_PAIRS)[place] * self.profile_year.T[slot]
        constant, likeness = self.named_effects(distinct, range(len(self.named)))
        level = self.weekdays.mean(1, keepdims=True)
        unlike = (self.weekdays - level)[6] - (self.weekdays - level)
        parts = {
            "year": year[place] + profile.sum(1),
            "month": (design.month_columns(distinct) @ self.month)[place],
            "holidays": constant[place] + likeness[place] * unlike[weekday_of(days), slot],
        }
        return {name: part.reshape(ds.shape) for name, part in parts.items()}

    def named_effects(self, days: Ints, which: Sequence[int]) -> tuple[Floats, Floats]:
        """Return the effect of some named days on the level of rising days, (D,), and on their likeness to Sundays."""
        level = self.weekdays.mean(1)
        contrast = level[6] - level
        effect, likeness = np.zeros(len(days)), np.zeros(len(days))
        first, last = int(days[0]), int(days[-1])
        for number in which:
            day = self.named[number]
            constant, sunday, shape, *shares = self.coefficients[number, :SPREAD].tolist()
            dates = [day.days(first, last), *day.observances(first, last)]
            for share, each in zip((1.0, *shares), dates, strict=True):
                place = np.searchsorted(days, each)
                place = place[days[place] == each]
                effect[place] += share * (constant + sunday * contrast[weekday_of(days[place])] * day.fixed_date)
                likeness[place] += share * shape
        return effect, likeness

    def widen(self, ends: Floats, points: Floats, ds: NDArray[Any], quantile: float) -> Floats:
        """Return the ends of intervals, (..., h), further from their points on named days, which vary more than others.

        The variance of the day is added to that which the distance of the end stands for.

        Args:
            ends: The low or the high ends, effects restored.
            points: The points, effects restored.
            ds: Their time stamps, (h,).
            quantile: That of the standard normal distribution which the ends stand for, such as 1.28 for 80 %.

        """
        spread = quantile * self.spread(ds)
        wide = spread > 0
        if not wide.any():
            return ends
        if self.log:
            wide = wide & (ends > 0) & (points > 0)
            ratio = np.log(np.where(wide, ends, 1.0) / np.where(wide, points, 1.0))
            widened = points * np.exp(
                np.clip(np.copysign(np.hypot(ratio, spread), ratio), -LARGEST_FACTOR, LARGEST_FACTOR)
            )
        else:
            distance = ends - points
            widened = points + np.copysign(np.hypot(distance, spread), distance)
        if self.nonnegative:
            widened = np.maximum(widened, 0.0)
        return np.where(wide, widened, ends)

    def vary(self, paths: Floats, ds: NDArray[Any], rng: np.random.Generator) -> Floats:
        """Return sample paths, (count, h), effects restored, with the variance that named days have beyond others."""
        noise = self.spread(ds) * rng.standard_normal(paths.shape)
        varied = paths * np.exp(np.clip(noise, -LARGEST_FACTOR, LARGEST_FACTOR)) if self.log else paths + noise
        return np.maximum(varied, 0.0) if self.nonnegative else varied

    def spread(self, ds: NDArray[Any]) -> Floats:
        """Return the standard deviation that named days have beyond other days, of the shape of `ds`; else 0.

        Closed days have none.
        """
        days, _ = days_and_times(ds, self.clock, daily=self.daily)
        spread = np.zeros(len(days))
        if not len(days):
            return spread.reshape(ds.shape)
        first, last = int(days.min()), int(days.max())
        for day, (*_, monday, friday, size) in zip(self.named, self.coefficients.tolist(), strict=True):
            mondays, fridays = day.observances(first, last)
            for share, dates in ((1.0, day.days(first, last)), (monday, mondays), (friday, fridays)):
                if share > 0:
                    on = np.isin(days, dates)
                    spread[on] = np.maximum(spread[on], size)
        return np.where(self.is_zero_day(ds), 0.0, spread.reshape(ds.shape))

    def numbers(self) -> Floats:
        """Return all numbers one after the other, (count,), for a model file; `from_dict` splits them."""
        arrays = (self.year, self.weekday_year, self.month, self.profile_year, self.weekdays, self.coefficients)
        return np.concatenate([each.ravel() for each in arrays])

    def to_dict(self, places: Mapping[NamedDay, int]) -> dict[str, Any]:
        """Return what is no number as builtins; named days are their places in a table."""
        return {
            "clock": self.clock,
            "daily": self.daily,
            "log": self.log,
            "nonnegative": self.nonnegative,
            "named": [places[day] for day in self.named],
            "zero_days": [places[day] for day in self.zero_days],
            "slots": self.slots.tolist(),
        }

    @classmethod
    def count_numbers(cls, data: dict[str, Any]) -> int:
        """Return how many numbers belong to the effects that `data` describes.

        Raises:
            KeyError, TypeError, ValueError: They are none.

        """
        _check_entries(data)
        return sum(map(prod, _shapes(len(data["named"]), len(data["slots"]))))

    @classmethod
    def from_dict(cls, data: dict[str, Any], named: Sequence[NamedDay], numbers: Floats) -> Self:
        """Rebuild effects from what `to_dict` and `numbers` returned, with the table of named days.

        Raises:
            KeyError, TypeError, ValueError: They are none.

        """
        if numbers.shape != (cls.count_numbers(data),):
            raise ValueError("effects have too few or too many numbers")
        if any(place >= len(named) for place in (*data["named"], *data["zero_days"])):
            raise ValueError("a named day of the effects is not in the table")
        if not (np.abs(numbers) <= LARGEST_NUMBER).all():
            raise ValueError("a number of the effects is too large")
        shapes = _shapes(len(data["named"]), len(data["slots"]))
        parts = np.split(numbers.astype(np.float64), np.cumsum([prod(shape) for shape in shapes])[:-1])
        year, weekday_year, month, profile_year, weekdays, coefficients = (
            part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)
        )
        if (np.abs(coefficients[:, 1:3]) > LARGEST_SHARE).any() or (np.abs(coefficients[:, 3:SPREAD]) > 1).any():
            raise ValueError("a share of the effects is too large")
        if (coefficients[:, SPREAD] < 0).any():
            raise ValueError("a spread of the effects is negative")
        days, zero_days = (tuple(named[place] for place in data[name]) for name in ("named", "zero_days"))
        return cls(
            clock=data["clock"],
            daily=data["daily"],
            log=data["log"],
            nonnegative=data["nonnegative"],
            named=days,
            zero_days=zero_days,
            slots=np.array(data["slots"], np.int64),
            year=year,
            weekday_year=weekday_year,
            month=month,
            profile_year=profile_year,
            weekdays=weekdays,
            coefficients=coefficients,
        )


def _check_entries(data: dict[str, Any]) -> None:
    """Check what is no number of effects that a model file holds."""
    if type(data) is not dict or set(data) != {"clock", "daily", "log", "nonnegative", "named", "zero_days", "slots"}:
        raise TypeError("effects have seven entries")
    lists = places, zero_days, slots = data["named"], data["zero_days"], data["slots"]
    if any(type(data[name]) is not bool for name in ("daily", "log", "nonnegative")):
        raise TypeError("effects have three flags")
    if any(type(each) is not list or any(type(number) is not int for number in each) for each in lists):
        raise TypeError("effects have three lists of whole numbers")
    if data["clock"] not in (WALL, *SUMMERS) or not 1 <= len(slots) <= MOST_SLOTS:
        raise ValueError("effects have a clock and times of day")
    if any(not 0 <= slot < DAY for slot in slots) or sorted(set(slots)) != slots:
        raise ValueError("times of day rise within a day")
    if max(len(places), len(zero_days)) > MOST_NAMED_DAYS or any(place < 0 for place in (*places, *zero_days)):
        raise ValueError("effects have too many named days")


def _shapes(named: int, slots: int) -> list[tuple[int, ...]]:
    """Return the shapes of the arrays of effects from the numbers of named days and times of day."""
    return [
        (YEAR_SIZE,),
        (WEEKDAY_SIZE,),
        (design.LONGEST_MONTH,),
        (PROFILE_SIZE, slots),
        (7, slots),
        (named, COEFFICIENTS),
    ]
