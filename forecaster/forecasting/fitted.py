"""A forecaster that has learned: what a model file holds, and what predicts.

Baselines and blends are made of values; intervals are the forecast's own quantiles in the units of the scaled series,
stretched by what held-out rows, and rows that came since, say of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.calendar import write_time
from forecaster.errors import Code, InputRefusedError, Place
from forecaster.forecasting.blend import clip_positive
from forecaster.forecasting.method import DIRECT, HELD, RECURSIVE, ROUNDING, Forecast
from forecaster.forecasting.methods.baselines import BASELINES, THETA, History, forecast_baseline, steps_ahead
from forecaster.forecasting.methods.theta import looked_at
from forecaster.forecasting.methods.window_sets import cut_windows
from forecaster.forecasting.prices.features import MEMORY
from forecaster.forecasting.uncertainty.calibration import MOST, ROLLING, Sample, evenly, normal_offsets, normal_scores
from forecaster.forecasting.uncertainty.sampling import sample_paths
from forecaster.series.elapsed import lead_times_to
from forecaster.series.windows import Origins, ends, origins
from forecaster.spec import LEVELS
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.calendars.calendar import Calendar
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.components import FittedComponents
    from forecaster.forecasting.methods.ensemble import Member
    from forecaster.forecasting.recipe import Recipe
    from forecaster.forecasting.uncertainty.calibration import Scores
    from forecaster.series.panel import Panel
    from forecaster.series.scaling import Scaling
    from forecaster.series.windows import Windows


@dataclass(frozen=True)
class FittedForecaster:
    """Everything that prediction needs; this is what a model file holds.

    Attributes:
        recipe: What was decided.
        scaling: How values become inputs.
        members: Records of the networks' training.
        learned: The networks and what is beside them.
        blend: What the point forecast is made of.
        slope: Mean change in a step of each series, (N,), for the drift baseline.
        growth: b of errors ~ step^b.
        scores: Calibration of the intervals.
        end: Time stamp of the last row of each series that was learned from, (N,).
        reach: Where steps are unequal, how far ahead the networks learned, in typical steps; else None.

    """

    recipe: Recipe
    scaling: Scaling
    members: tuple[Member, ...]
    learned: FittedComponents
    blend: Blend
    slope: Floats
    horizon_exponent: float
    scores: Scores
    end: NDArray[Any]
    furthest_lead_time: float | None = None

    @property
    def kept_rows(self) -> int:
        """Rows at the end of a series that a forecast follows from."""
        season = self.recipe.season
        rows = max(self.scaling.steps(self.recipe.lookback) + 1, season)
        rows = max(rows, looked_at(season)) if self.blend.of(THETA) else rows
        rows = max(rows, MEMORY + 1) if self.learned.volatility else rows
        return rows + self.recipe.stride - 1

    @property
    def tail_rows(self) -> int:
        """Rows at the end of a series that prediction looks at: newer ones tell how well the intervals hold."""
        return self.kept_rows + (0 if self.recipe.irregular else ROLLING + self.recipe.horizon)

    def take(self, chosen: Sequence[int]) -> FittedForecaster:
        """Return the forecaster of the series with these numbers, in this order."""
        rows = list(chosen)
        scaling, learned = self.scaling.take(chosen), self.learned.take(chosen)
        return replace(self, scaling=scaling, slope=self.slope[rows], end=self.end[rows], learned=learned)

    def predict(
        self, panel: Panel, horizon: int, ds: NDArray[Any] | None = None, levels: Sequence[float] = LEVELS
    ) -> Forecast:
        """Forecast the `horizon` steps after the end of each series: direct, then rolled forward.

        Where steps are unequal, forecast the time stamps `ds`, (N, horizon), or the next typical steps; what lies
        further ahead than the networks learned is held at the furthest moment that they did.
        The panel holds the fitted series in their order, or later states of them; only their tails are looked at.
        """
        tail = panel.tail(self.tail_rows)
        point, offsets, far = self._outlook(tail, horizon, ds)
        scores, transform, series = self._calibration(tail), self.scaling.transform, np.arange(len(panel))[:, None]
        centre = transform.forward(point, series)
        least = transform.forward(point + ROUNDING * np.abs(point), series) - centre
        errors = {level: scores.interval(level, offsets) for level in levels}
        low = {
            level: transform.inverse(centre + np.minimum(below, -least), series) for level, (below, _) in errors.items()
        }
        high = {
            level: transform.inverse(centre + np.maximum(beyond, least), series)
            for level, (_, beyond) in errors.items()
        }
        return Forecast(
            point,
            # at zero, where no half-width is left, rounding must not put the point outside
            {level: np.minimum(end, point) for level, end in low.items()},
            {level: np.maximum(end, point) for level, end in high.items()},
            np.where(far, RECURSIVE if self.furthest_lead_time is None else HELD, np.array(DIRECT, dtype=object)),
        )

    def sample_paths(
        self, panel: Panel, horizon: int, count: int, rng: np.random.Generator, ds: NDArray[Any] | None = None
    ) -> Floats:
        """Draw `count` paths of the same steps, (count, N, horizon), each step of which lies as its intervals say."""
        tail = panel.tail(self.tail_rows)
        point, offsets, _ = self._outlook(tail, horizon, ds)
        transform, series = self.scaling.transform, np.arange(len(panel))[:, None]
        errors = sample_paths(self._calibration(tail), offsets, count, rng)
        return transform.inverse(transform.forward(point, series) + errors, series)

    def _outlook(self, tail: Panel, horizon: int, ds: NDArray[Any] | None) -> tuple[Floats, Floats, Bools]:
        """Return the points, (N, h), their offsets, (N, h, Q), and what lies beyond what was learned, (N, h)."""
        if self.furthest_lead_time is None:
            check_known(tail, horizon)
            late = self.late(tail)
            kept = tail.cut(np.zeros_like(late), tail.lengths - late)
            point, offsets = self._at_steps(kept, horizon + int(late.max()))
            steps = late[:, None] + np.arange(horizon)
            point = np.take_along_axis(point, steps, axis=1)
            return point, np.take_along_axis(offsets, steps[..., None], axis=1), steps >= self.recipe.reaches
        ahead = lead_times_to(tail, tail.future(horizon) if ds is None else ds)
        windows = cut_windows(self.recipe, self.scaling, tail, ends(tail.indptr))
        offsets = normal_offsets(windows.scale, ahead, self.horizon_exponent)
        return (
            self._at_lead_times(tail, np.minimum(ahead, self.furthest_lead_time)),
            offsets,
            ahead > self.furthest_lead_time,
        )

    def _newer(self, tail: Panel) -> Ints:
        """Return the rows of each series that came after those learned from, (N,), in the tail and before it."""
        newer = np.add.reduceat((tail.ds > np.repeat(self.end, tail.lengths)).astype(np.int64), tail.indptr[:-1])
        if self.recipe.stride > 1:  # else it does not matter how many came before the tail
            begin = tail.ds[tail.indptr[:-1]]
            between = zip(tail.calendars, self.end, begin, strict=True)
            newer += [steps_between(*each) if each[2] > each[1] else 0 for each in between]
        return newer

    def late(self, tail: Panel) -> Ints:
        """Return the rows of each series, (N,), since the last cutoff at the phase that the networks were trained at.

        The forecast is made from that cutoff: the networks know no other phase of the season.
        """
        late: Ints = self._newer(tail) % self.recipe.stride
        return late

    def _calibration(self, tail: Panel) -> Scores:
        """Return the calibration with what newer rows say of the forecasts before them."""
        recipe, first = self.recipe, tail.lengths - self._newer(tail)
        series, last = origins(tail.indptr, recipe.horizon, shortest=recipe.shortest, first=first)
        since = last + 1 - tail.indptr[series] - first[series]
        kept = (since % recipe.stride == 0) & (last > tail.last[series] - recipe.horizon - ROLLING)
        if recipe.irregular or not kept.any():
            return self.scores
        rows = np.flatnonzero(kept)
        rows = rows[evenly(len(rows), MOST)]
        chosen = Origins(series[rows], last[rows])
        windows = cut_windows(recipe, self.scaling, tail, chosen)
        made, offsets = self.learned.forecast(recipe, windows, (tail.values, tail.indptr), self.horizon_exponent)
        at = History(tail.values, windows.start, windows.last, self.slope[chosen.series])
        point = self.blend.mix(made | self._baselines(at, steps_ahead(recipe.horizon)))
        point = clip_positive(point, tail.values[windows.last], self.scaling, windows.series)
        return self.scores.updated(Sample(normal_scores(errors_of(tail, windows, point), offsets), since[rows]))

    def _at_steps(self, tail: Panel, horizon: int) -> tuple[Floats, Floats]:
        """Return the point forecasts of the next steps, (N, horizon), and their offsets, (N, horizon, Q)."""
        at, h = History(tail.values, tail.indptr[:-1], tail.last, self.slope), self.recipe.horizon
        paths = self._baselines(at, steps_ahead(horizon))
        point, offsets, ds = np.empty((len(tail), horizon)), np.empty(0), tail.future(horizon)
        for begin in range(0, horizon, h):
            # the forecasts so far count as known values
            grown = tail.append_rows(ds[:, :begin], point[:, :begin])
            windows = cut_windows(self.recipe, self.scaling, grown, ends(grown.indptr), hold_last=False)
            known = grown.values, grown.indptr
            made, ahead = self.learned.forecast(self.recipe, windows, known, self.horizon_exponent, horizon)
            offsets = offsets if begin else ahead
            block = slice(begin, begin + h)
            parts = {name: values[:, : horizon - begin] for name, values in made.items()}
            point[:, block] = self._mix(parts | {name: values[:, block] for name, values in paths.items()}, tail)
        return point, offsets

    def _at_lead_times(self, tail: Panel, ahead: Floats) -> Floats:
        """Return the point forecasts at distances of `ahead` typical steps, (N, horizon)."""
        at, h = History(tail.values, tail.indptr[:-1], tail.last, self.slope), self.recipe.horizon
        paths, point = self._baselines(at, ahead), np.empty(ahead.shape)
        for begin in range(0, ahead.shape[1], h):
            block = slice(begin, begin + h)
            asked = ahead[:, block]
            # the networks answer a fixed number of moments: what is missing repeats the last one
            filled = np.pad(asked, ((0, 0), (0, h - asked.shape[1])), mode="edge")
            windows = cut_windows(self.recipe, self.scaling, tail, ends(tail.indptr), lead_times=filled)
            made, _ = self.learned.forecast(self.recipe, windows, (tail.values, tail.indptr), self.horizon_exponent)
            parts = {name: values[:, : asked.shape[1]] for name, values in made.items()}
            point[:, block] = self._mix(parts | {name: values[:, block] for name, values in paths.items()}, tail)
        return point

    def _baselines(self, at: History, ahead: Floats) -> dict[str, Floats]:
        """Return the paths of the baselines in the blend, each (N, h)."""
        names = [name for name in self.blend.weights if name in BASELINES]
        return {name: forecast_baseline(name, at, ahead, self.recipe.season) for name in names}

    def _mix(self, forecasts: Mapping[str, Floats], tail: Panel) -> Floats:
        """Return the blend of forecasts of every series, (N, h) by name."""
        return clip_positive(self.blend.mix(forecasts), tail.values[tail.last], self.scaling, np.arange(len(tail)))


def check_known(panel: Panel, horizon: int) -> None:
    """Refuse to forecast further than the known columns go.

    Raises:
        InputRefusedError: With the first time stamp that lacks a value.

    """
    if panel.covariates is None or not panel.covariates.known:
        return
    behind = panel.covariates.known_steps(panel.lengths)
    i = int(behind.argmin())
    if behind[i] < horizon:
        first = panel.calendars[i].future(panel.ds[panel.last[i]], horizon)[behind[i]]
        place = Place(column=", ".join(map(shown, panel.covariates.known)), series=panel.ids[i])
        what = f"the value for {write_time(first)} is missing, which the forecast needs"
        remedy = "give it with --known FILE" + (f", or ask for --horizon {behind[i]}" if behind[i] else "")
        raise InputRefusedError(what, remedy, place, code=Code.MISSING)


def steps_between(calendar: Calendar, end: Any, begin: Any) -> int:
    """Return how many steps of a calendar lie after the time stamp `end` and before `begin`."""
    count = 1
    while (steps := calendar.future(end, count))[-1] < begin:
        count *= 2
    return int(np.searchsorted(steps, begin))


def errors_of(panel: Panel, windows: Windows, point: Floats) -> Floats:
    """Return the errors of forecasts, (W, h), in x, for windows of a panel whose targets are known."""
    transform, series = windows.scaling.transform, windows.series[:, None]
    actual = panel.values[windows.last[:, None] + np.arange(1, point.shape[1] + 1)]
    return transform.forward(actual, series) - transform.forward(point, series)
