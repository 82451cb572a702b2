"""The effects of the calendar on each series of a panel, and their form in a model file.

Series are N, forecasts (N, horizon) or (N, samples, horizon); named days that series share are stored once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.blas import one_thread
from forecaster.calendars.country_holidays import holiday_dates, parse_codes
from forecaster.forecasting.effects.describe import describe_effects
from forecaster.forecasting.effects.effects import Effects
from forecaster.forecasting.effects.fit import fit_effects
from forecaster.forecasting.effects.named_days import NamedDay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats
    from forecaster.series.panel import Panel

MOST_DIFFERENT_DAYS = 100_000
"""Different named days of a model file at most."""


@dataclass(frozen=True, eq=False)
class PanelEffects:
    """The effects on each series of a panel.

    Attributes:
        series: Those of each series, N of them; None where the data confirm none.

    """

    series: tuple[Effects | None, ...]

    @property
    def found(self) -> bool:
        """Whether any series has effects."""
        return any(effects is not None for effects in self.series)

    def remove(self, panel: Panel) -> Panel:
        """Return the panel with the effects removed from its values."""
        if not self.found:
            return panel
        values = panel.values.copy()
        for i, effects in enumerate(self.series):
            if effects is not None:
                rows = panel.slice(i)
                values[rows] = effects.remove(values[rows], panel.ds[rows])
        return replace(panel, values=values)

    def restore(self, values: Floats, ds: NDArray[Any]) -> Floats:
        """Return forecasts, (N, h), with the effects of their dates, whose time stamps are (N, h)."""
        if not self.found:
            return values
        restored = values.astype(np.float64)
        for effects, rows in self._rows_of_effects():
            restored[rows] = effects.restore(restored[rows], ds[rows])
        return restored

    def restore_paths(self, paths: Floats, ds: NDArray[Any], rngs: Sequence[np.random.Generator]) -> Floats:
        """Return sample paths, (N, count, h), with the effects of their dates, (N, h), and what named days vary."""
        restored = paths.astype(np.float64)
        for i, effects in enumerate(self.series):
            if effects is not None:
                restored[i] = effects.vary(effects.restore(restored[i], ds[i]), ds[i], rngs[i])
        return restored

    def widen(self, ends: Floats, points: Floats, ds: NDArray[Any], level: float) -> Floats:
        """Return the low or high ends of intervals, (N, h), further from their points on named days.

        Args:
            ends: The ends, effects restored.
            points: The points, (N, h), effects restored.
            ds: Their time stamps, (N, h).
            level: Nominal coverage of the intervals in percent.

        """
        if not self.found:
            return ends
        quantile = NormalDist().inv_cdf(0.5 + level / 200)
        widened = ends.astype(np.float64)
        for effects, rows in self._rows_of_effects():
            widened[rows] = effects.widen(ends[rows], points[rows], ds[rows], quantile)
        return widened

    def _rows_of_effects(self) -> Iterator[tuple[Effects, list[int]]]:
        """Yield each of the effects with the numbers of its series: windows of one series share them."""
        rows: dict[int, list[int]] = {}
        for i, effects in enumerate(self.series):
            rows.setdefault(id(effects), []).append(i)
        for numbers in rows.values():
            effects = self.series[numbers[0]]
            if effects is not None:
                yield effects, numbers

    def take(self, chosen: Sequence[int]) -> Self:
        """Return the effects on the series with these numbers, in this order."""
        return type(self)(tuple(self.series[i] for i in chosen))

    def describe_all(self) -> tuple[str, str]:
        """Return how many series have effects, and what was learned of the one with most of them, in words."""
        found = [(len(each.named) + len(each.zero_days), -i) for i, each in enumerate(self.series) if each is not None]
        count = "learned" if len(self.series) == 1 else f"{len(found)} of {len(self.series)} series"
        return count, self.describe(-max(found)[1])

    def describe(self, i: int) -> str:
        """Return the effects on series `i` in one line."""
        effects = self.series[i]
        return describe_effects(effects) if effects else "none"

    def to_dict(self) -> dict[str, Any]:
        """Return what is no number as builtins: the different named days, and the effects on each series or None."""
        found = [each for each in self.series if each is not None]
        named = list(dict.fromkeys(day for each in found for day in (*each.named, *each.zero_days)))
        places = {day: place for place, day in enumerate(named)}
        return {
            "named": [day.to_dict() for day in named],
            "series": [each and each.to_dict(places) for each in self.series],
        }

    def numbers(self) -> Floats:
        """Return the numbers of all series one after the other, (count,)."""
        return np.concatenate([np.empty(0), *(each.numbers() for each in self.series if each is not None)])

    @classmethod
    def count_numbers(cls, data: dict[str, Any]) -> int:
        """Return how many numbers belong to the effects that `data` describes.

        Raises:
            KeyError, TypeError, ValueError: They are none.

        """
        return sum(Effects.count_numbers(each) for each in data["series"] if each is not None)

    @classmethod
    def from_dict(cls, data: dict[str, Any], numbers: Floats) -> Self:
        """Rebuild the effects from what `to_dict` and `numbers` returned.

        Raises:
            KeyError, TypeError, ValueError: They are none.

        """
        if set(data) != {"named", "series"} or any(type(part) is not list for part in data.values()):
            raise TypeError("effects are a list of named days and a list of series")
        if len(data["named"]) > MOST_DIFFERENT_DAYS or numbers.ndim != 1:
            raise ValueError("effects have too many named days, or numbers of another shape")
        named = [NamedDay.from_dict(each) for each in data["named"]]
        series: list[Effects | None] = []
        start = 0
        for each in data["series"]:
            if each is None:
                series.append(None)
                continue
            count = Effects.count_numbers(each)
            series.append(Effects.from_dict(each, named, numbers[start : start + count]))
            start += count
        if start != len(numbers):
            raise ValueError("effects have too many numbers")
        return cls(tuple(series))


def listed_days(holidays: str | None, panel: Panel) -> tuple[NamedDay, ...]:
    """Return the holidays of the countries that a user names, with their dates in the years of a panel and after it.

    Raises:
        UsageError: A code is none, or the package holidays is not installed or does not know it.

    """
    if holidays is None or panel.ds.dtype.kind != "M":
        return ()
    ends = (panel.ds.min(), panel.ds.max())
    first, last = (int(end.astype("datetime64[D]").astype(np.int64)) for end in ends)
    found = holiday_dates(parse_codes(holidays), first, last)
    return tuple(NamedDay(name=name, dates=dates) for name, dates in found)


def no_effects(count: int) -> PanelEffects:
    """Return the effects of `count` series that have none."""
    return PanelEffects((None,) * count)


def fit_effects_of_panel(
    panel: Panel, *, skipped: Bools | None = None, listed: Sequence[NamedDay] = ()
) -> PanelEffects:
    """Learn the effects on each series of a panel.

    Series of equal days share the columns of the regression. Too short ones are skipped at once.

    Args:
        panel: The series, on the steps of their calendars.
        skipped: Which series have no effects whatever their rows show, (N,); None for no series.
        listed: Named days that the user requested, with their dates.

    """
    if panel.ds.dtype.kind != "M":
        return no_effects(len(panel))
    series: list[Effects | None] = []
    with one_thread():  # on matrices as small as these, threads mostly wait for each other
        for i, calendar in enumerate(panel.calendars):
            rows = panel.slice(i)
            seen = None if panel.observed is None else panel.observed[rows]
            left_out = skipped is not None and bool(skipped[i])
            ds, values = panel.ds[rows], panel.values[rows]
            fit = None if left_out else fit_effects(ds, values, calendar, observed=seen, listed=listed)
            series.append(fit)
    return PanelEffects(tuple(series))
