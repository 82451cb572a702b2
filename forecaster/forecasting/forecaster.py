"""The forecaster: recurrent networks, baselines beside them, and calibrated intervals.

`fit` works on parts of each series, in order of time: what is learned from the earlier rows is judged on the latest
ones, the calibration rows, which set the blend and the widths of the intervals; at last everything is learned anew from
all rows. How prices move is `forecaster.forecasting.volatility`'s to say; all else is the networks'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.elapsed import elapsed, moments_to
from forecaster.data.split import check_room, split
from forecaster.data.volatility import MEMORY
from forecaster.data.windows import ends, make_windows
from forecaster.forecasting.baselines import BASELINES, NAIVE, THETA, Known, known, path, steps_ahead
from forecaster.forecasting.blend import above, choose
from forecaster.forecasting.budget import processes, within
from forecaster.forecasting.calibration import Sample, calibrate, growth_of, normal_offsets, normal_scores
from forecaster.forecasting.ensemble import CALIBRATED, train_members, window_sets
from forecaster.forecasting.holdout import RIDGE, hold_out
from forecaster.forecasting.learned import Learned
from forecaster.forecasting.model import DIRECT, HELD, RECURSIVE, ROUNDING, Forecast
from forecaster.forecasting.recipe import derive
from forecaster.forecasting.ridge import fit_ridge
from forecaster.forecasting.sampling import sample_paths
from forecaster.forecasting.theta import looked_at
from forecaster.forecasting.volatility import fit_volatility
from forecaster.spec import COLUMNS, LEVELS, Specification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats, Scaling
    from forecaster.data.split import Split
    from forecaster.data.windows import Windows
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.calibration import Scores
    from forecaster.forecasting.ensemble import Member, Sets
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.recipe import Recipe
    from forecaster.spec import Progress

    Watch = Callable[[Progress], None]

SEEN = 0.9
"""Share of the windows whose targets tell how far ahead a network learned."""


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
    learned: Learned
    blend: Blend
    slope: Floats
    growth: float
    scores: Scores
    end: NDArray[Any]
    reach: float | None = None

    @property
    def tail_rows(self) -> int:
        """Rows at the end of a series that prediction looks at."""
        season = self.recipe.season
        rows = max(self.scaling.steps(self.recipe.lookback) + 1, season)
        rows = max(rows, looked_at(season)) if self.blend.of(THETA) else rows
        rows = max(rows, MEMORY + 1) if self.learned.volatility else rows
        return rows + self.recipe.aligned - 1

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
        point, offsets, far = self._outlook(panel.tail(self.tail_rows), horizon, ds)
        units, series = self.scaling.units, np.arange(len(panel))[:, None]
        centre = units.forward(point, series)
        least = units.forward(point + ROUNDING * np.abs(point), series) - centre
        errors = {level: self.scores.interval(level, offsets) for level in levels}
        return Forecast(
            point,
            {level: units.back(centre + np.minimum(low, -least), series) for level, (low, _) in errors.items()},
            {level: units.back(centre + np.maximum(high, least), series) for level, (_, high) in errors.items()},
            np.where(far, RECURSIVE if self.reach is None else HELD, np.array(DIRECT, dtype=object)),
        )

    def sample_paths(
        self, panel: Panel, horizon: int, count: int, rng: np.random.Generator, ds: NDArray[Any] | None = None
    ) -> Floats:
        """Draw `count` paths of the same steps, (count, N, horizon), each step of which lies as its intervals say."""
        point, offsets, _ = self._outlook(panel.tail(self.tail_rows), horizon, ds)
        units, series = self.scaling.units, np.arange(len(panel))[:, None]
        errors = sample_paths(self.scores, offsets, count, rng)
        return units.back(units.forward(point, series) + errors, series)

    def _outlook(self, tail: Panel, horizon: int, ds: NDArray[Any] | None) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return the points, (N, h), their offsets, (N, h, Q), and what lies beyond what was learned, (N, h)."""
        if self.reach is None:
            late = self._late(tail)
            kept = tail.cut(np.zeros_like(late), tail.lengths - late)
            point, offsets = self._at_steps(kept, horizon + int(late.max()))
            steps = late[:, None] + np.arange(horizon)
            point = np.take_along_axis(point, steps, axis=1)
            return point, np.take_along_axis(offsets, steps[..., None], axis=1), steps >= self.recipe.reaches
        ahead = moments_to(tail, tail.future(horizon) if ds is None else ds)
        windows = self._windows(tail.values, tail.indptr)
        offsets = normal_offsets(windows.scale, ahead, self.growth)
        return self._at_moments(tail, np.minimum(ahead, self.reach)), offsets, ahead > self.reach

    def _late(self, tail: Panel) -> NDArray[np.int64]:
        """Return the rows of each series, (N,), since the last cutoff at the phase that the networks were trained at.

        The forecast is made from that cutoff: the networks know no other phase of the season.
        """
        newer = (tail.ds > np.repeat(self.end, tail.lengths)).astype(np.int64)
        late: NDArray[np.int64] = np.add.reduceat(newer, tail.indptr[:-1]) % self.recipe.aligned
        return late

    def _windows(
        self, values: Floats, indptr: NDArray[np.int64], time: Floats | None = None, moments: Floats | None = None
    ) -> Windows:
        """Return the last window of each series."""
        x = self.scaling.units.forward(values, np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)))
        return make_windows(x, indptr, self.scaling, self.recipe.lookback, ends(indptr), time, moments)

    def _at_steps(self, tail: Panel, horizon: int) -> tuple[Floats, Floats]:
        """Return the point forecasts of the next steps, (N, horizon), and their offsets, (N, horizon, Q)."""
        at, h = Known(tail.values, tail.indptr[:-1], tail.last, self.slope), self.recipe.horizon
        paths = self._baselines(at, steps_ahead(horizon))
        point = np.empty((len(tail), horizon))
        offsets = np.empty(0)
        for begin in range(0, horizon, h):
            # the forecasts so far count as known values
            grown = [np.append(tail.values[tail.slice(i)], point[i, :begin]) for i in range(len(tail))]
            indptr = tail.indptr + begin * np.arange(len(tail) + 1)
            windows = self._windows(np.concatenate(grown), indptr)
            made, ahead = self.learned.forecast(self.recipe, windows, indptr, self.growth, horizon)
            offsets = offsets if begin else ahead
            block = slice(begin, begin + h)
            parts = {name: values[:, : horizon - begin] for name, values in made.items()}
            point[:, block] = self._mix(parts | {name: values[:, block] for name, values in paths.items()}, tail)
        return point, offsets

    def _at_moments(self, tail: Panel, ahead: Floats) -> Floats:
        """Return the point forecasts at distances of `ahead` typical steps, (N, horizon)."""
        at, h = Known(tail.values, tail.indptr[:-1], tail.last, self.slope), self.recipe.horizon
        paths, point = self._baselines(at, ahead), np.empty(ahead.shape)
        for begin in range(0, ahead.shape[1], h):
            block = slice(begin, begin + h)
            asked = ahead[:, block]
            # the networks answer a fixed number of moments: what is missing repeats the last one
            filled = np.pad(asked, ((0, 0), (0, h - asked.shape[1])), mode="edge")
            windows = self._windows(tail.values, tail.indptr, elapsed(tail), filled)
            made, _ = self.learned.forecast(self.recipe, windows, tail.indptr, self.growth)
            parts = {name: values[:, : asked.shape[1]] for name, values in made.items()}
            point[:, block] = self._mix(parts | {name: values[:, block] for name, values in paths.items()}, tail)
        return point

    def _baselines(self, at: Known, ahead: Floats) -> dict[str, Floats]:
        """Return the paths of the baselines in the blend, each (N, h)."""
        names = [name for name in self.blend.weights if name in BASELINES]
        return {name: path(name, at, ahead, self.recipe.season) for name in names}

    def _mix(self, forecasts: Mapping[str, Floats], tail: Panel) -> Floats:
        """Return the blend of forecasts of every series, (N, h) by name."""
        return above(self.blend.mix(forecasts), tail.values[tail.last], self.scaling, np.arange(len(tail)))


def far_seen(windows: Windows, horizon: int) -> float:
    """Return how far ahead nine of ten windows have their last target at most, in typical steps."""
    return float(np.quantile(windows.moments_of(slice(None), horizon)[:, -1], SEEN))


@dataclass(frozen=True)
class Forecaster:
    """The forecaster as a model.

    Attributes:
        specification: What the user asked for.
        jobs: Processes for the networks; None for as many as pay.
        watch: Called with the progress of training; it does not change the result.

    """

    specification: Specification = Specification()  # noqa: RUF009 - frozen, so sharing it is safe
    jobs: int | None = None
    watch: Watch | None = None

    @property
    def name(self) -> str:
        """The forecaster's column in output frames."""
        return COLUMNS.model

    def fit(self, panel: Panel) -> FittedForecaster:
        """Train on every row of `panel`.

        Raises:
            InputRefusedError: The series are too short for the horizon, or training did not stay finite.

        """
        return self.fit_and_judge(panel)[0]

    def fit_and_judge(self, panel: Panel) -> tuple[FittedForecaster, Holdout]:
        """Train on every row of `panel`; return also how the network did on rows held out before that."""
        recipe = derive(panel, self.specification)
        stopping = recipe.early_stopping
        parts = split(panel, recipe.horizon, recipe.shortest, validated=stopping, aligned=recipe.aligned)
        check_room(parts, recipe.horizon, recipe.shortest, validated=stopping)
        sets = window_sets(panel, parts, recipe)
        if self.specification.time_limit is not None and not recipe.moves:
            recipe = within(recipe, sets, self.specification.time_limit, self.jobs)
        members, judged, final = self._learn(panel, parts, recipe, sets)
        windows = sets.calibration
        made, offsets = judged.forecast(recipe, windows, panel.indptr, growth=0.5)
        holdout = hold_out(panel, parts, recipe, windows, made)
        blend = choose(holdout, recipe)
        point = above(blend.mix(holdout.forecasts), panel.values[windows.last], windows.scaling, windows.series)
        error, ahead = errors_of(panel, windows, point), windows.moments_of(slice(None), recipe.horizon)
        growth = growth_of(np.abs(error) / windows.scale[:, None], ahead)
        earlier = None
        if recipe.architecture.quantiles == 1 and not recipe.moves:
            offsets = normal_offsets(windows.scale, ahead, growth)
            earlier = self._earlier(parts.validation.panel, sets.earlier, recipe, holdout.best(NAIVE), growth)
        sample = Sample(normal_scores(error, offsets), -holdout.distance)
        slope = known(panel.values, panel.indptr[:-1], panel.last, elapsed(panel)).slope
        fitted = FittedForecaster(
            recipe=recipe,
            scaling=sets.everything.scaling,
            members=members,
            learned=final if blend.of(RIDGE) else replace(final, ridge=None),
            blend=blend,
            slope=slope,
            growth=growth,
            end=panel.ds[panel.last],
            scores=calibrate(sample, earlier, alike=recipe.irregular),
            reach=far_seen(sets.everything, recipe.horizon) if recipe.irregular else None,
        )
        forecasts = {COLUMNS.model: point, **holdout.forecasts}
        return fitted, replace(holdout, forecasts=forecasts, scores=sample, earlier=earlier)

    def _learn(
        self, panel: Panel, parts: Split, recipe: Recipe, sets: Sets
    ) -> tuple[tuple[Member, ...], Learned, Learned]:
        """Return the records of training, what was learned without the calibration rows, and what from all rows."""
        ridges = [
            fit_ridge(windows, recipe.horizon) if recipe.linear else None for windows in (sets.earlier, sets.everything)
        ]
        if not recipe.moves:
            trained = train_members(recipe, sets, processes(recipe, self.jobs), self.watch)
            early, late = tuple(vector for _, vector in trained), tuple(member.weights for member, _ in trained)
            members = tuple(member for member, _ in trained)
            return members, Learned(early, None, ridges[0]), Learned(late, None, ridges[1])
        first, second = parts.training.panel, parts.validation.panel
        judged, final = (
            fit_volatility(*panels, horizon=recipe.horizon, seed=recipe.seed)
            for panels in ((first, second), (second, panel))
        )
        return (), Learned((), judged, ridges[0]), Learned((), final, ridges[1])

    @staticmethod
    def _earlier(panel: Panel, windows: Windows, recipe: Recipe, baseline: str, growth: float) -> Sample:
        """Return the normal scores of a baseline at windows before the calibration rows."""
        windows = windows.take(np.flatnonzero(windows.last + recipe.horizon < windows.stop)).some(CALIBRATED)
        ahead = windows.moments_of(slice(None), recipe.horizon)
        at = known(panel.values, windows.start, windows.last, windows.time)
        point = path(baseline, at, ahead, recipe.season)
        point = above(point, panel.values[windows.last], windows.scaling, windows.series)
        scores = normal_scores(errors_of(panel, windows, point), normal_offsets(windows.scale, ahead, growth))
        return Sample(scores, windows.last - panel.last[windows.series])


def errors_of(panel: Panel, windows: Windows, point: Floats) -> Floats:
    """Return the errors of forecasts, (W, h), in x, for windows of a panel whose targets are known."""
    units, series = windows.scaling.units, windows.series[:, None]
    actual = panel.values[windows.last[:, None] + np.arange(1, point.shape[1] + 1)]
    return units.forward(actual, series) - units.forward(point, series)
