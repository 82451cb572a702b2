"""Effects in words: one line that names the days learned, the strongest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.text import shown

if TYPE_CHECKING:
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
    return "; ".join(parts)


def typical_effects(effects: Effects) -> list[float]:
    """Return the effect of each named day on the level, R of them: the median over its days of seven years."""
    first = np.datetime64("2000-01-01", "D").astype(np.int64)
    sizes = []
    for number, day in enumerate(effects.named):
        dates = np.array(day.dates, np.int64) if day.rule is None else day.days(int(first), int(first) + 7 * 365)
        sizes.append(float(np.median(effects.named_effects(dates, [number])[0])))
    return sizes


def _name(day: NamedDay) -> str:
    return shown(day.describe()) if day.rule is None else day.describe()


def _size(effect: float, *, log: bool) -> str:
    """Return an effect in percent where it is the logarithm of a factor, else in units of the series."""
    return f"{100 * np.expm1(effect):+.0f} %" if log else f"{effect:+.3g}"
