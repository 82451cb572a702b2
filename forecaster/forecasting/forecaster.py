"""The forecaster: an ensemble of recurrent networks, a baseline beside it, and calibrated intervals.

`fit` works on three parts of each series, in order of time: every member trains on the training rows and finds its
number of passes by the validation rows; trained anew on both, it is judged on the calibration rows, which set the
blend and the widths of the intervals; at last it is trained on everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.elapsed import elapsed, moments_to
from forecaster.data.split import check_room, split
from forecaster.data.windows import ends, make_windows
from forecaster.forecasting.baselines import Known, known, steps_ahead
from forecaster.forecasting.blend import blend_points, choose, interval_scores
from forecaster.forecasting.ensemble import CALIBRATED, ensemble_output, train_members, window_sets
from forecaster.forecasting.holdout import hold_out
from forecaster.forecasting.intervals import calibrate
from forecaster.forecasting.model import DIRECT, HELD, RECURSIVE, ROUNDING, Forecast
from forecaster.forecasting.recipe import derive
from forecaster.spec import COLUMNS, LEVELS, Specification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats, Scaling
    from forecaster.data.windows import Windows
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.ensemble import Member
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.intervals import Scores
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
        members: The networks.
        blend: The baseline and the weight of the networks' mean.
        slope: Mean change in a step of each series, (N,), for the drift baseline.
        scores: Calibration of the intervals, in units of each window's scale.
        reach: Where steps are unequal, how far ahead the networks learned, in typical steps; else None.

    """

    recipe: Recipe
    scaling: Scaling
    members: tuple[Member, ...]
    blend: Blend
    slope: Floats
    scores: Scores
    reach: float | None = None

    @property
    def tail_rows(self) -> int:
        """Rows at the end of a series that prediction looks at."""
        return max(self.scaling.steps(self.recipe.lookback) + 1, self.recipe.season)

    def take(self, chosen: Sequence[int]) -> FittedForecaster:
        """Return the forecaster of the series with these numbers, in this order."""
        spread = self.scaling.spread[list(chosen)]
        return replace(self, scaling=replace(self.scaling, spread=spread), slope=self.slope[list(chosen)])

    def predict(self, panel: Panel, horizon: int, ds: NDArray[Any] | None = None) -> Forecast:
        """Forecast the `horizon` steps after the end of each series: direct, then rolled forward.

        Where steps are unequal, forecast the time stamps `ds`, (N, horizon), or the next typical steps; what lies
        further ahead than the networks learned is held at the furthest moment that they did.
        The panel holds the fitted series in their order, or later states of them; only their tails are looked at.
        """
        tail = panel.tail(self.tail_rows)
        if self.reach is None:
            ahead, point = steps_ahead(horizon), self._at_steps(tail, horizon)
            far = np.broadcast_to(ahead > self.recipe.architecture.outputs, point.shape)
        else:
            ahead = moments_to(tail, tail.future(horizon) if ds is None else ds)
            far = ahead > self.reach
            point = self._at_moments(tail, np.minimum(ahead, self.reach))
        scale = self._windows(tail.values, tail.indptr).scale[:, None]
        centre = self.scaling.transform(point)
        least = ROUNDING if self.scaling.log else ROUNDING * np.abs(point)
        width = {level: np.maximum(scale * self.scores.width(level, ahead), least) for level in LEVELS}
        return Forecast(
            point,
            {level: self.scaling.invert(centre - width[level]) for level in LEVELS},
            {level: self.scaling.invert(centre + width[level]) for level in LEVELS},
            np.where(far, RECURSIVE if self.reach is None else HELD, np.array(DIRECT, dtype=object)),
        )

    def _windows(
        self, values: Floats, indptr: NDArray[np.int64], time: Floats | None = None, moments: Floats | None = None
    ) -> Windows:
        """Return the last window of each series."""
        x = self.scaling.transform(values)
        return make_windows(x, indptr, self.scaling, self.recipe.lookback, ends(indptr), time, moments)

    def _network(self, windows: Windows) -> Floats:
        """Return the networks' mean forecast for each window, (W, h)."""
        return windows.values(ensemble_output(self.recipe, [member.weights for member in self.members], windows))

    def _at_steps(self, tail: Panel, horizon: int) -> Floats:
        """Return the point forecasts of the next steps, (N, horizon)."""
        at = Known(tail.values, tail.indptr[:-1], tail.last, self.slope)
        path = self.blend.baseline_path(at, self.recipe, steps_ahead(horizon))
        for begin in range(0, horizon if self.blend.weight > 0 else 0, self.recipe.horizon):
            # the forecasts so far count as known values
            grown = [np.append(tail.values[tail.slice(i)], path[i, :begin]) for i in range(len(tail))]
            indptr = tail.indptr + begin * np.arange(len(tail) + 1)
            network = self._network(self._windows(np.concatenate(grown), indptr))
            block = slice(begin, begin + self.recipe.horizon)
            path[:, block] = self.blend.mix(network[:, : horizon - begin], path[:, block])
        return path

    def _at_moments(self, tail: Panel, ahead: Floats) -> Floats:
        """Return the point forecasts at distances of `ahead` typical steps, (N, horizon)."""
        at = Known(tail.values, tail.indptr[:-1], tail.last, self.slope)
        path, horizon = self.blend.baseline_path(at, self.recipe, ahead), self.recipe.horizon
        for begin in range(0, ahead.shape[1] if self.blend.weight > 0 else 0, horizon):
            block = slice(begin, begin + horizon)
            asked = ahead[:, block]
            # the networks answer a fixed number of moments: what is missing repeats the last one
            filled = np.pad(asked, ((0, 0), (0, horizon - asked.shape[1])), mode="edge")
            network = self._network(self._windows(tail.values, tail.indptr, elapsed(tail), filled))
            path[:, block] = self.blend.mix(network[:, : asked.shape[1]], path[:, block])
        return path


def far_seen(windows: Windows, horizon: int) -> float:
    """Return how far ahead nine of ten windows have their last target at most, in typical steps."""
    return float(np.quantile(windows.moments_of(slice(None), horizon)[:, -1], SEEN))


@dataclass(frozen=True)
class Forecaster:
    """The forecaster as a model.

    Attributes:
        specification: What the user asked for.
        jobs: Processes for the members of the ensemble.
        watch: Called with the progress of training; it does not change the result.

    """

    specification: Specification = Specification()  # noqa: RUF009 - frozen, so sharing it is safe
    jobs: int = 1
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
        parts = split(panel, recipe.horizon, recipe.shortest)
        check_room(parts, recipe.horizon, recipe.shortest)
        sets = window_sets(panel, parts, recipe)
        trained = train_members(recipe, sets, self.jobs, self.watch)
        output = ensemble_output(recipe, [judged for _, judged in trained], sets.calibration)
        holdout = hold_out(panel, parts, recipe, sets.calibration, output)
        blend = choose(holdout, recipe.mode, recipe.horizon - 1)
        point = blend_points(panel, recipe, blend, sets.calibration, output)
        scores = interval_scores(panel, sets.calibration, point)
        past, before = parts.validation.panel, sets.earlier.some(CALIBRATED)
        earlier = interval_scores(past, before, blend_points(past, recipe, blend, before, None))
        slope = known(panel.values, panel.indptr[:-1], panel.last, elapsed(panel)).slope
        members = tuple(member for member, _ in trained)
        reach = far_seen(sets.everything, recipe.horizon) if recipe.irregular else None
        scaling = sets.everything.scaling
        fitted = FittedForecaster(recipe, scaling, members, blend, slope, calibrate(scores, earlier), reach)
        forecasts = {COLUMNS.model: point, **holdout.forecasts}
        return fitted, replace(holdout, forecasts=forecasts, scores=scores, earlier=earlier)
