"""Effects in words: one line that names the days learned, the strongest first, and the names of each step's days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.forecasting.effects.day_table import days_and_times
from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.forecasting.effects.effects import Effects
    from forecaster.forecasting.effects.named_days import NamedDay

MOST_NAMED = 8
"""Named days that the line shows; the others are counted."""


def describe_effects(effects: Effects) -> str:
    """Return what was learned in one line, such as `year; 2 days: 25 December (-38 %), the last Monday of May (-9 %)`.

    A date has the effect that it has on most weekdays: the median over seven years.
    """
    parts = []
    if effects.year.any() or effects.profile_year.any():
        parts.append("year")
    if effects.weekday_year.any():
        parts.append("weekdays within the year")
    if effects.month.any():
        parts.append("day of the month")
    if effects.named:
        sizes = typical_effects(effects)
        order = np.argsort(-np.abs(sizes), kind="stable")
        names = [f"{_name(effects.named[i])} ({_size(sizes[i], log=effects.log)})" for i in order[:MOST_NAMED].tolist()]
        more = len(order) - MOST_NAMED
        count = f"{len(order)} day{'s' if len(order) > 1 else ''}"
        parts.append(f"{count}: {', '.join(names)}{f' and {more} more' if more > 0 else ''}")
    if effects.zero_days:
        names = [_name(day) for day in effects.zero_days[:MOST_NAMED]]
        more = len(effects.zero_days) - MOST_NAMED
        parts.append(f"zero on {', '.join(names)}{f' and {more} more' if more > 0 else ''}")
    return "; ".join(parts)


def typical_effects(effects: Effects) -> list[float]:
    """Return the effect of each named day on the level, R of them: the median over its days of seven years."""
    first = np.datetime64("2000-01-01", "D").astype(np.int64)
    sizes = []
    for number, day in enumerate(effects.named):
        dates = np.array(day.dates, np.int64) if day.rule is None else day.days(int(first), int(first) + 7 * 365)
        sizes.append(float(np.median(effects.named_effects(dates, [number])[0])))
    return sizes


def names_of_days(effects: Effects, ds: NDArray[Any]) -> NDArray[Any]:
    """Return the names of the named days on which time stamps, (h,), are, and None for those on other days.

    Days that share a date are separated by commas. A Monday or Friday that has a share of the effect of a date is named
    after it.
    """
    names = np.full(len(ds), None, object)
    days, _ = days_and_times(ds, effects.clock, daily=effects.daily)
    if not len(days):
        return names
    first, last = int(days.min()), int(days.max())
    dated = [(day.describe(), day.days(first, last)) for day in effects.zero_days]
    for day, (*_, monday, friday, _) in zip(effects.named, effects.coefficients.tolist(), strict=True):
        mondays, fridays = day.observances(first, last)
        dated.append((day.describe(), day.days(first, last)))
        dated += [(f"the Monday after {day.describe()}", mondays)] if monday else []
        dated += [(f"the Friday before {day.describe()}", fridays)] if friday else []
    for name, dates in dated:
        for step in np.flatnonzero(np.isin(days, dates)).tolist():
            names[step] = f"{names[step]}, {name}" if names[step] else name
    return names


def _name(day: NamedDay) -> str:
    return shown(day.describe()) if day.rule is None else day.describe()


def _size(effect: float, *, log: bool) -> str:
    """Return an effect in percent where it is the logarithm of a factor, else in units of the series."""
    return f"{100 * np.expm1(effect):+.0f} %" if log else f"{effect:+.3g}"
