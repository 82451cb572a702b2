"""The fitted forecaster: what a model file holds, and what predicts.

Point forecasts are blended in values. Intervals are the forecast's own quantiles in the units of the scaled series,
made wider or narrower by the errors on held-out rows and on rows that came after training.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.forecasting.blend import clip_to_limits
from forecaster.forecasting.components import Forecasts, quantiles_about
from forecaster.forecasting.drawn import draw_next_steps
from forecaster.forecasting.far_values import read_without_far_values
from forecaster.forecasting.holdout import scaled_errors
from forecaster.forecasting.kept_rows import needed_rows
from forecaster.forecasting.method import DIRECT, HELD, RECURSIVE, ROUNDING, TINY, ZERO_SHOT, Forecast
from forecaster.forecasting.methods.baselines import BASELINES, THETA, History, forecast_baseline, steps_ahead
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.forecasting.methods.own_past import DOUBTED
from forecaster.forecasting.methods.reach import reach_of, unbounded
from forecaster.forecasting.methods.window_sets import cut_windows
from forecaster.forecasting.prices.variance_time import time_after_end
from forecaster.forecasting.uncertainty.calibration import (
    MOST,
    ROLLING,
    HeldOutScores,
    evenly_spread_in_groups,
    intervals_of_series,
    normal_offsets,
    normal_scores,
    update_of_series,
)
from forecaster.forecasting.uncertainty.growth import growth_factors
from forecaster.forecasting.uncertainty.sampling import generators_of_series, sample_paths
from forecaster.forecasting.views import read_panel, requested_steps, restore_forecast, restore_paths
from forecaster.nn.architecture import ONE_TO_ONE
from forecaster.series.elapsed import lead_times_to
from forecaster.series.grid_steps import rows_after
from forecaster.series.windows import Origins, ends, judged_steps, origins
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.components import FittedComponents
    from forecaster.forecasting.effects.panel_effects import PanelEffects
    from forecaster.forecasting.methods.ensemble import Member
    from forecaster.forecasting.methods.reach import Reach
    from forecaster.forecasting.recipe import Recipe
    from forecaster.forecasting.uncertainty.calibration import Calibration
    from forecaster.series.limits import Limits
    from forecaster.series.panel import Panel
    from forecaster.series.scaling import Scaling

MOST_PRETRAINED = 100
"""Windows in newer rows that update the intervals at most where pretrained networks forecast them: a quarter of a
second. Chosen by hand; without them the number is that of `MOST`. The series of training share them equally, so that a
series has as many whichever others have newer rows."""


@dataclass(frozen=True)
class FittedForecaster:
    """Everything that prediction needs; this is what a model file holds.

    Attributes:
        recipe, scaling: What was decided before training, and how values become inputs.
        members, components: Records of the networks' training, and what was trained.
        blend: The weight of each method in the point forecast.
        slope: Mean change in a step of each series, (N,), for the drift baseline.
        horizon_exponent: b of errors ~ step^b within the trained horizon.
        calibration: Calibration of the intervals.
        end: Time stamp of the last row of each series in training, (N,).
        furthest_lead_time: Where steps are unequal, how far ahead the networks learned, in typical steps; else None.
        drawn: What is drawn of each series in place of its forecast, (N,), as `methods.bootstrap` says.
        effects: Effects of the year and of named days on each series, which methods do not read.
        trained_series: Number of series in training.
        at_end: Forecasts of the steps after the rows that were fitted, where these are known already, as with nothing
            trained; not in model files.

    """

    recipe: Recipe
    scaling: Scaling
    members: tuple[Member, ...]
    components: FittedComponents
    blend: Blend
    slope: Floats
    horizon_exponent: float
    calibration: Calibration
    end: NDArray[Any]
    drawn: Ints
    effects: PanelEffects
    trained_series: int
    furthest_lead_time: float | None = None
    at_end: Forecasts | None = field(default=None, compare=False)
    growth: Floats | None = None

    @property
    def kept_rows(self) -> int:
        """Rows at the end of a series that a forecast needs."""
        return needed_rows(
            self.recipe,
            theta=bool(self.blend.weight_of(THETA)),
            drawn=bool((self.drawn != NONE).any()),
            volatility=self.components.volatility is not None,
        )

    def _steps_at_once(self, horizon: int) -> int:
        """Return how many of the next steps are forecast at once: all of them where nothing was trained."""
        return max(1, horizon) if self.recipe.zero_shot else self.recipe.horizon

    @property
    def tail_rows(self) -> int:
        """Rows at the end of a series that prediction looks at: newer ones also calibrate the intervals."""
        calibrates = not (self.recipe.irregular or self.recipe.zero_shot)
        return self.kept_rows + (ROLLING + self.recipe.horizon if calibrates else 0)

    def take(self, chosen: Sequence[int]) -> FittedForecaster:
        """Return the forecaster of the series with these numbers, in this order."""
        rows = list(chosen)
        scaling, components = self.scaling.take(chosen), self.components.take(chosen)
        at_end = self.at_end and Forecasts(
            *({name: each[rows] for name, each in found.items()} for found in self.at_end)
        )
        alone = replace(self, scaling=scaling, components=components, at_end=at_end)
        return replace(
            alone, slope=self.slope[rows], end=self.end[rows], drawn=self.drawn[rows], effects=self.effects.take(rows)
        )

    def with_limits(self, limits: Limits) -> FittedForecaster:
        """Return the forecaster with other limits of all values."""
        minimum, maximum = (limit if isfinite(limit) else None for limit in (limits.minimum, limits.maximum))
        recipe = replace(self.recipe, minimum=minimum, maximum=maximum)
        return replace(self, recipe=recipe, scaling=self.scaling.with_limits(limits), at_end=None)

    def predict(
        self, panel: Panel, horizon: int, ds: NDArray[Any] | None = None, levels: Sequence[float] = LEVELS
    ) -> Forecast:
        """Forecast the `horizon` steps after the end of each series: direct, then rolled forward.

        With `ds`, (N, horizon), forecast the rows at these time stamps; prices are forecast row by row whatever they
        are. Where steps are unequal, the forecast beyond the furthest lead time that the networks learned stays what it
        is there.
        The panel holds the fitted series in their order, or later states of them; only their tails are looked at.
        """
        steps = requested_steps(panel, self.recipe, horizon, ds)
        if steps is None:
            return self._predict_rows(self.read(panel), horizon, ds, levels)
        forecast = self._predict_rows(self.read(panel), int(steps.max()) + 1, None, levels).at_steps(steps)
        return restore_forecast(forecast, self.effects, self.recipe, panel.future(horizon) if ds is None else ds)

    def read(self, panel: Panel) -> Panel:
        """Return the tail of a panel as methods read it."""
        return read_panel(panel.tail(self.tail_rows), self.recipe, self.effects)

    def _predict_rows(self, tail: Panel, horizon: int, ds: NDArray[Any] | None, levels: Sequence[float]) -> Forecast:
        """Forecast the rows after a panel as methods read it, or those at `ds` where steps are unequal."""
        seen, far, left = read_without_far_values(tail, self.recipe, self.drawn)
        reach = self._reach(seen, horizon)
        point, offsets, beyond = self._point_and_offsets(seen, horizon, ds, reach)
        calibrations, transform, series = self._updated_calibrations(tail), self.scaling.transform, np.arange(len(tail))
        centre = transform.forward(point, series[:, None])
        least = transform.forward(point + ROUNDING * np.abs(point), series[:, None]) - centre
        low, high = {}, {}
        for level in levels:
            below, above = intervals_of_series(calibrations, level, offsets)
            low[level], high[level] = reach.clip_ends(
                transform.inverse(centre + np.minimum(below, -least), series[:, None]),
                transform.inverse(centre + np.maximum(above, least), series[:, None]),
                point,
            )
        for number, each in draw_next_steps(tail, self.drawn, self.recipe).items():
            drawn = each.predict(horizon, levels)
            point[number] = drawn.point
            for level in levels:
                low[level][number], high[level][number] = drawn.low[level], drawn.high[level]
        for level in levels:
            # what may be right after all lies within all intervals
            low[level] = np.fmin(low[level], np.fmin(far, left)[:, None])
            high[level] = np.fmax(high[level], np.fmax(far, left)[:, None])
        direct = ZERO_SHOT if self.recipe.trains_nothing else DIRECT
        strategy = np.where(beyond, RECURSIVE if self.furthest_lead_time is None else HELD, np.array(direct, object))
        return Forecast(point, low, high, strategy)

    def sample_paths(self, panel: Panel, horizon: int, count: int, seed: int, ds: NDArray[Any] | None = None) -> Floats:
        """Draw `count` paths of the same steps, (count, N, horizon), which fill the same intervals.

        The chance of a series follows from the seed and its name, so it does not depend on the series before it.
        """
        steps, rngs = requested_steps(panel, self.recipe, horizon, ds), generators_of_series(panel.ids, seed)
        if steps is None:
            return self._sample_rows(self.read(panel), horizon, count, rngs, ds)
        paths = self._sample_rows(self.read(panel), int(steps.max()) + 1, count, rngs, None)
        paths = np.take_along_axis(paths, steps[None], axis=2)
        return restore_paths(paths, self.effects, self.recipe, panel.future(horizon) if ds is None else ds, rngs)

    def _sample_rows(
        self, tail: Panel, horizon: int, count: int, rngs: Sequence[np.random.Generator], ds: NDArray[Any] | None
    ) -> Floats:
        """Draw paths of the rows after a panel as methods read it, (count, N, horizon)."""
        seen, far, _ = read_without_far_values(tail, self.recipe, self.drawn)
        reach = self._reach(seen, horizon)
        point, offsets, _ = self._point_and_offsets(seen, horizon, ds, reach)
        transform, series = self.scaling.transform, np.arange(len(tail))[:, None]
        time, volatility = None, self.components.volatility
        if volatility is not None:
            time = time_after_end(tail, volatility.moves.close_variance, horizon)[:, 1:]
        errors = sample_paths(self._updated_calibrations(tail), offsets, count, rngs, time)
        paths = transform.inverse(transform.forward(point, series) + errors, series)
        paths = reach.clip_paths(paths)
        for i in np.flatnonzero(np.isfinite(far)).tolist():
            right = rngs[i].random(count) > DOUBTED
            # around a small value paths vary less, so that they stay on its side of zero
            size = np.minimum(np.abs(far[i]) / np.maximum(np.abs(point[i]), TINY), 1)
            paths[right, i] = far[i] + (paths[right, i] - point[i]) * size
        paths = transform.limits.clip(paths)
        for number, each in draw_next_steps(tail, self.drawn, self.recipe).items():
            paths[:, number] = each.sample_paths(count, horizon, rngs[number])
        return paths

    def _point_and_offsets(
        self, tail: Panel, horizon: int, ds: NDArray[Any] | None, reach: Reach
    ) -> tuple[Floats, Floats, Bools]:
        """Return points, (N, h), their offsets, (N, h, Q), and which lie beyond the trained horizon, (N, h).

        `reach` is that of the next steps.
        """
        if self.furthest_lead_time is None:
            since = self.steps_since_phase(tail)
            seen = tail.cut(np.zeros_like(since), tail.lengths - since)
            # where no series has rows that wait for the next cutoff, it is the reach from the cutoff, too
            point, offsets = self.roll_forward(seen, horizon + int(since.max()), None if since.any() else reach)
            steps = since[:, None] + np.arange(horizon)
            direct = 1 if self.recipe.architecture.arch == ONE_TO_ONE else self._steps_at_once(horizon)
            point = np.take_along_axis(point, steps, axis=1)
            return point, np.take_along_axis(offsets, steps[..., None], axis=1), steps >= direct
        ahead = lead_times_to(tail, tail.future(horizon) if ds is None else ds)
        windows = cut_windows(self.recipe, self.scaling, tail, ends(tail.indptr))
        offsets, furthest = normal_offsets(windows.scale, ahead, self.horizon_exponent), self.furthest_lead_time
        return self._forecast_lead_times(tail, np.minimum(ahead, furthest)), offsets, ahead > furthest

    def steps_since_phase(self, tail: Panel) -> Ints:
        """Return the rows of each series, (N,), since the last cutoff at the phase of the season of training.

        The forecast is made from that cutoff: the networks have seen windows that end at this phase only.
        """
        return rows_after(tail, self.end, self.recipe.stride) % self.recipe.stride

    def _updated_calibrations(self, tail: Panel) -> Sequence[Calibration]:
        """Return the calibration of each series, N of them, with the errors of its own forecasts since training."""
        recipe, first = self.recipe, tail.lengths - rows_after(tail, self.end, self.recipe.stride)
        series, last = origins(tail.indptr, recipe.horizon, shortest=recipe.shortest_window, first=first)
        since = last + 1 - tail.indptr[series] - first[series]
        usable = (since % recipe.stride == 0) & (last > tail.last[series] - recipe.horizon - ROLLING)
        usable &= self.drawn[series] == NONE
        rows = np.flatnonzero(usable)
        most = (MOST_PRETRAINED if recipe.pretrained else MOST) // self.trained_series
        rows = rows[evenly_spread_in_groups(series[rows], max(1, most))]
        chosen = Origins(series[rows], last[rows]).only_observed(tail.observed, recipe.horizon)
        if recipe.irregular or not len(chosen.last):
            return [self.calibration] * len(tail)
        windows = cut_windows(recipe, self.scaling, tail, chosen)
        judged = judged_steps(tail.observed, windows.last, recipe.horizon)
        found = self.components.forecast(recipe, windows, tail, self.horizon_exponent).at_steps(judged)
        history = History(tail.values, windows.start, windows.last, self.slope[windows.series])
        baselines = Forecasts(self._baselines(history, steps_ahead(recipe.horizon)), {}).at_steps(judged)
        point = self.blend.mix(found.points | baselines.points)
        point = clip_to_limits(point, tail.values[windows.last], self.scaling, windows.series)
        offsets = quantiles_about(found, self.blend, point, self.scaling.transform, windows.series)
        since = windows.last + 1 - windows.start - first[windows.series]
        newer = HeldOutScores(normal_scores(scaled_errors(tail, windows, point), offsets), since)
        return update_of_series(self.calibration, newer, windows.series, len(tail))

    def roll_forward(self, tail: Panel, horizon: int, reach: Reach | None = None) -> tuple[Floats, Floats]:
        """Return the point forecasts of the next steps, (N, horizon), and their offsets, (N, horizon, Q).

        Points lie within the `reach` of the rows, which is measured if it is None.
        """
        history, h = History(tail.values, tail.indptr[:-1], tail.last, self.slope), self._steps_at_once(horizon)
        known = self._known_at_end(tail, horizon)
        baselines = self._baselines(history, steps_ahead(horizon), known.points if known else ())
        answered = horizon if self.growth is None else min(h, horizon)
        point, quantiles, ds = np.empty((len(tail), horizon)), Forecasts({}, {}), tail.future(horizon)
        reach = reach or self._reach(tail, horizon)
        for begin in range(0, horizon, h):
            # beyond the trained horizon the forecasts so far take the place of values
            grown = tail.append_rows(ds[:, :begin], point[:, :begin])
            windows = cut_windows(self.recipe, self.scaling, grown, ends(grown.indptr), hold_last=False)
            # the first block answers the offsets of all steps, or of those that are extended
            steps, within = (h, None) if begin else (answered, reach)
            found = known or self.components.forecast(self.recipe, windows, grown, self.horizon_exponent, steps, within)
            quantiles = quantiles if begin else found
            block = slice(begin, begin + h)
            parts = {name: each[:, : min(h, horizon - begin)] for name, each in found.points.items()}
            mixed = self._blended(parts | {name: each[:, block] for name, each in baselines.items()}, tail)
            # what is rolled forward stays within the reach of the rows, not of the forecasts before
            point[:, block] = mixed
            point[:, : begin + h] = reach.clip_points(point[:, : begin + h])
        series = np.arange(len(tail))
        offsets = quantiles_about(quantiles, self.blend, point[:, :answered], self.scaling.transform, series)
        if self.growth is not None:
            beyond = growth_factors(self.growth, answered, horizon)[:, None]
            offsets = np.concatenate([offsets, offsets[:, -1:] * beyond], axis=1)
        return point, offsets

    def _reach(self, tail: Panel, horizon: int) -> Reach:
        """Return the reach of forecasts of the next steps, of all that are trained; unequal steps have no bounds."""
        steps = max(horizon, self.recipe.horizon)
        if self.recipe.irregular:
            return unbounded(tail, steps)
        return reach_of(cut_windows(self.recipe, self.scaling, tail, ends(tail.indptr), hold_last=False), tail, steps)

    def _known_at_end(self, tail: Panel, horizon: int) -> Forecasts | None:
        """Return forecasts of the next steps if these rows were fitted and their forecast is known."""
        if self.at_end is None or horizon > self.recipe.horizon or not np.array_equal(tail.ds[tail.last], self.end):
            return None
        return Forecasts(*({name: each[:, :horizon] for name, each in found.items()} for found in self.at_end))

    def _forecast_lead_times(self, tail: Panel, ahead: Floats) -> Floats:
        """Return the point forecasts at distances of `ahead` typical steps, (N, horizon)."""
        history, h = History(tail.values, tail.indptr[:-1], tail.last, self.slope), self.recipe.horizon
        baselines, point = self._baselines(history, ahead), np.empty(ahead.shape)
        for begin in range(0, ahead.shape[1], h):
            block = slice(begin, begin + h)
            requested = ahead[:, block]
            # the networks answer a fixed number of lead times: the last requested one fills up the rest
            filled = np.pad(requested, ((0, 0), (0, h - requested.shape[1])), mode="edge")
            windows = cut_windows(self.recipe, self.scaling, tail, ends(tail.indptr), lead_times=filled)
            found = self.components.forecast(self.recipe, windows, tail, self.horizon_exponent)
            parts = {name: each[:, : requested.shape[1]] for name, each in found.points.items()}
            point[:, block] = self._blended(parts | {name: each[:, block] for name, each in baselines.items()}, tail)
        return point

    def _baselines(self, history: History, ahead: Floats, known: Collection[str] = ()) -> dict[str, Floats]:
        """Return the forecasts of the baselines in the blend that are not `known`, each (N, h)."""
        names = [name for name in self.blend.weights if name in BASELINES and name not in known]
        return {name: forecast_baseline(name, history, ahead, self.recipe.season) for name in names}

    def _blended(self, forecasts: Mapping[str, Floats], tail: Panel) -> Floats:
        """Return the blend of forecasts of every series, (N, h) by name."""
        return clip_to_limits(self.blend.mix(forecasts), tail.values[tail.last], self.scaling, np.arange(len(tail)))
