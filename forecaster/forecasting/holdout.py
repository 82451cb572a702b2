"""Forecasts of the held-out rows, the calibration windows, by methods that were not fitted on them, and their errors.

There are W windows of h steps, series by series, oldest first. Windows at the same distance to the end of their series
have the same cutoff. Points are scored on all windows. Intervals are made from the errors at the earlier half of the
cutoffs and scored at the later half.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.forecasting.method import ROUNDING, TINY
from forecaster.forecasting.methods import baselines
from forecaster.forecasting.uncertainty.calibration import (
    ENOUGH,
    HeldOutScores,
    calibrate,
    calibrate_alone,
    fit_horizon_exponent,
)
from forecaster.forecasting.uncertainty.significance import GATE, diebold_mariano
from forecaster.series.scaling import RETURNS, fit_scaling, mean_change
from forecaster.series.windows import Origins, actual_values, at_steps, judged_rows, judged_steps, make_windows
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.effects.panel_effects import PanelEffects
    from forecaster.forecasting.methods.bootstrap import QuantileForecast
    from forecaster.forecasting.methods.reach import Reach
    from forecaster.forecasting.recipe import Recipe
    from forecaster.forecasting.views import Views
    from forecaster.series.panel import Panel
    from forecaster.series.transforms import Transform
    from forecaster.series.windows import Windows

    Ends = tuple[Floats, Floats]

NETWORK, RIDGE, PRETRAINED, FINE_TUNED = "network", "ridge", "pretrained_network", "fine_tuned_network"
LEARNED = (NETWORK, RIDGE, PRETRAINED, FINE_TUNED)
"""Names of the methods that learned, and that the blend may use; the others are baselines."""


@dataclass(frozen=True)
class IntervalInputs:
    """What the intervals around held-out forecasts are made from.

    Attributes:
        offsets: Quantiles of the blend minus its point, (W, h, Q), in transformed values.
        scores, earlier: Normal scores of its errors, and of a baseline's at windows before, as in `calibrate`.
        transform: Transform of the values in which these errors are.
        scale: Scale of each window in values, for the baselines, (W,).
        lead_times: Lead time of each value, in typical steps, (W, h).
        pools_steps: Whether all steps are calibrated together, as where they are unequal.
        reach: What bounds the ends; None for nothing.
        drawn: Forecasts that are drawn from a series' past instead, by number of the window.

    """

    offsets: Floats
    scores: HeldOutScores
    earlier: HeldOutScores | None
    transform: Transform
    scale: Floats
    lead_times: Floats
    pools_steps: bool
    reach: Reach | None = None
    drawn: Mapping[int, QuantileForecast] = field(default_factory=dict)

    def halves(self) -> tuple[Ints, Ints]:
        """Return the windows of the earlier half of the cutoffs, and those of the later."""
        in_time = np.argsort(self.scores.cutoff, kind="stable")
        return in_time[: len(in_time) // 2], in_time[len(in_time) // 2 :]

    def around_blend(self, point: Floats, series: Ints, levels: Sequence[int]) -> list[Ends]:
        """Return the intervals of the later windows, which are of these series, around their points, (V, h)."""
        earlier, later = self.halves()
        others = earlier[~np.isin(earlier, list(self.drawn))]
        calibrating = self.scores.take(others if len(others) else earlier)
        scores = calibrate(calibrating, self.earlier, pools_steps=self.pools_steps)
        of = series[:, None]
        centre = self.transform.forward(point, of)
        drawn = [(place, self.drawn[number]) for place, number in enumerate(later.tolist()) if number in self.drawn]
        ends = []
        for level in levels:
            errors = scores.interval(level, self.offsets[later])
            low, high = (self.transform.inverse(centre + error, of) for error in errors)
            if self.reach is not None:
                low, high = self.reach.take(later).clip_ends(low, high, point)
            for place, forecast in drawn:
                low[place], high[place] = forecast.low[level], forecast.high[level]
            ends.append((low, high))
        return ends

    def around_baseline(self, point: Floats, error: Floats, levels: Sequence[int]) -> list[Ends]:
        """Return the intervals of the later windows around a baseline's points, (V, h), from the errors of all, (W, h).

        The method is that of `forecaster.forecasting.methods.baselines.Baseline`: a normal score is an error / width.
        """
        earlier, later = self.halves()
        size = np.abs(error[earlier]) / self.scale[earlier, None]
        width = self.scale[:, None] * self.lead_times ** fit_horizon_exponent(size, self.lead_times[earlier])
        sample = HeldOutScores(error[earlier] / width[earlier], self.scores.cutoff[earlier])
        scores = calibrate_alone(sample, pools_steps=self.pools_steps)
        half_widths = [scores.half_width(level, point.shape[1]) * width[later] for level in levels]
        return [(point - half, point + half) for half in half_widths]


class HoldoutIntervals(NamedTuple):
    """The windows of the later half, (V,), and a method's intervals there: both ends, (V, h) in values, by level."""

    rows: Ints
    ends: dict[int, Ends]


@dataclass(frozen=True)
class WindowEffects:
    """The effects of the calendar on held-out windows.

    Attributes:
        effects: Those on each window, W of them.
        ds: Time stamps of the windows, (W, h).

    """

    effects: PanelEffects
    ds: NDArray[Any]

    def restore_intervals(self, found: HoldoutIntervals, points: Floats) -> HoldoutIntervals:
        """Return intervals of some windows with the effects of their dates, wider on named days.

        The points are those of all windows, (W, h), effects restored.
        """
        rows = found.rows
        effects, ds, points = self.effects.take(rows.tolist()), self.ds[rows], points[rows]

        def restore(ends: Floats, level: int) -> Floats:
            return effects.widen(effects.restore(ends, ds), points, ds, level)

        ends = {level: (restore(low, level), restore(high, level)) for level, (low, high) in found.ends.items()}
        return HoldoutIntervals(rows, ends)


@dataclass(frozen=True)
class Holdout:
    """Forecasts of the held-out windows by several methods, with the actual values.

    Attributes:
        actual: Actual values, (W, h).
        forecasts: Forecasts by method, each (W, h); the blend as delivered is `forecast`.
        series, distance: Number of each window's series, and steps from the cutoff to the end of that, (W,) each.
        denominator: Mean absolute seasonal change of each window's series before the calibration rows, (W,).
        mean_square: Mean squared change of each window's series if it is rare demand, else 0, (W,); None for no such.
        interval_inputs: What intervals are made from, once there is a blend.
        as_read: The same without the effects of the calendar, as methods read and forecast them; None for no effects.
        effects: The effects on the windows; None for no effects.

    """

    actual: Floats
    forecasts: dict[str, Floats]
    series: Ints
    distance: Ints
    denominator: Floats
    mean_square: Floats | None = None
    interval_inputs: IntervalInputs | None = None
    as_read: Holdout | None = None
    effects: WindowEffects | None = None

    def delivered(self, point: Floats, mean_square: Floats | None) -> Holdout:
        """Return these forecasts with the delivered ones, (W, h), in front, and the mean squares of rare demand."""
        return replace(self, forecasts={COLUMNS.model: point, **self.forecasts}, mean_square=mean_square)

    def without(self, series: Bools) -> Holdout:
        """Return the windows of the other series than these, (N,); all of them if there is no other."""
        rows = np.flatnonzero(~series[self.series])
        if len(rows) in {0, len(self.series)}:
            return self
        forecasts = {name: each[rows] for name, each in self.forecasts.items()}
        return Holdout(self.actual[rows], forecasts, self.series[rows], self.distance[rows], self.denominator[rows])

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines among the methods."""
        return tuple(name for name in baselines.BASELINES if name in self.forecasts)

    @property
    def overlap(self) -> int:
        """Later cutoffs that a forecast reaches beyond."""
        apart = np.diff(np.unique(self.distance)).min(initial=self.actual.shape[1])
        return int(-(-self.actual.shape[1] // apart)) - 1

    @property
    def values_with_intervals(self) -> int:
        """Number of values that intervals are scored on: those of the later half of the windows."""
        return int(self.actual.size - len(self.actual) // 2 * self.actual.shape[1])

    def losses(self, method: str) -> Floats:
        """Return the mean scaled absolute error of a method at each cutoff, (cutoffs,), in order of time."""
        _, cutoff = np.unique(-self.distance, return_inverse=True)
        return np.bincount(cutoff, self.window_losses(method)) / np.bincount(cutoff)

    def window_losses(self, method: str) -> Floats:
        """Return the mean scaled absolute error of a method in each window, (W,).

        Of rare demand it is the mean scaled squared error, whose root is the RMSSE: absolute errors would be least for
        a forecast of nothing.
        """
        error = np.abs(self.actual - self.forecasts[method])
        losses: Floats = (error / self.denominator[:, None]).mean(axis=1)
        if self.mean_square is None:
            return losses
        squared = (error**2).mean(axis=1) / np.maximum(self.mean_square, TINY)
        return np.where(self.mean_square > 0, squared, losses)

    def intervals(self, method: str, levels: Sequence[int]) -> HoldoutIntervals | None:
        """Return the intervals of the blend or a baseline; None for other methods, and if a half has too few values."""
        if self.as_read is not None and self.effects is not None:
            found = self.as_read.intervals(method, levels)
            return found and self.effects.restore_intervals(found, self.forecasts[method])
        inputs, forecast = self.interval_inputs, self.forecasts[method]
        if inputs is None or method in LEARNED or len(forecast) // 2 * forecast.shape[1] < ENOUGH:
            return None
        _, rows = inputs.halves()
        point = forecast[rows]
        if method == COLUMNS.model:
            ends = inputs.around_blend(point, self.series[rows], levels)
        else:
            ends = inputs.around_baseline(point, self.actual - forecast, levels)
        least = ROUNDING * np.abs(point)
        wider = [(low - least, high + least) for low, high in ends]
        return HoldoutIntervals(rows, dict(zip(levels, wider, strict=True)))

    def independent_windows(self) -> int:
        """Return the number of windows that do not overlap."""
        return HeldOutScores(self.actual, -self.distance).independent()

    def typical_error(self, method: str) -> float:
        """Return the geometric mean over the series of a method's mean absolute error, which no series dominates."""
        error = np.abs(self.actual - self.forecasts[method]).mean(axis=1)
        size = np.abs(self.actual).mean(axis=1)
        count = np.bincount(self.series)
        per_series = np.bincount(self.series, error + ROUNDING * size + TINY)[count > 0] / count[count > 0]
        return float(np.exp(np.log(per_series).mean()))

    def not_better_than_last_value(self, series: int) -> Bools:
        """Return for which of N = `series` series the network is not better than their last value, (N,).

        It is better if it passes the gate of `forecaster.forecasting.uncertainty.significance` at the series' cutoffs.
        """
        ours, theirs = (np.abs(self.actual - self.forecasts[m]).mean(axis=1) for m in (NETWORK, baselines.LAST_VALUE))
        gain = np.where(np.isclose(ours, theirs, rtol=ROUNDING, atol=0), 0.0, theirs - ours)
        not_better = np.ones(series, dtype=bool)
        for i in np.unique(self.series[gain != 0]):
            comparison = diebold_mariano(gain[self.series == i], self.overlap)
            not_better[i] = comparison is None or comparison.statistic <= GATE
        return not_better

    def best(self, methods: tuple[str, ...]) -> str:
        """Return the method with the lowest typical error, the first of equals."""
        return min(methods, key=self.typical_error)


def holdout_with_baselines(  # noqa: PLR0913 - what to forecast, and what is known of it
    panel: Panel,
    past: Panel,
    recipe: Recipe,
    windows: Windows,
    learned: Mapping[str, Floats],
    *,
    known: Mapping[str, Floats] | None = None,
) -> Holdout:
    """Return forecasts of the held-out windows, (W, h): the `learned` ones by name, and those of the baselines.

    All are at the steps by which windows are judged, as the `learned` ones have to be.

    The errors of a series count in units of its seasonal changes in the rows of `past`. Baselines whose forecasts are
    `known` are not made again.
    """
    series, horizon, known = windows.series, next(iter(learned.values())).shape[1], known or {}
    at = baselines.history_of(panel.values, windows.start, windows.last, windows.time)
    ahead = windows.lead_times_of(slice(None), horizon)
    names = baselines.NAIVE if recipe.irregular else baselines.BASELINES
    steps = judged_steps(panel.observed, windows.last, horizon)
    made = {name: baselines.forecast_baseline(name, at, ahead, recipe.season) for name in names if name not in known}
    forecasts = {**learned} | {name: known[name] if name in known else at_steps(made[name], steps) for name in names}
    denominator = np.array([mean_change(past.values[past.slice(i)], recipe.season) for i in range(len(past))])
    actual = actual_values(panel.values, panel.observed, windows.last, horizon)
    return Holdout(actual, forecasts, series, panel.last[series] - windows.last, denominator[series])


def restore_holdout(holdout: Holdout, views: Views, windows: Windows, season: int) -> Holdout:
    """Return forecasts of held-out windows with the effects of the calendar that methods did not read."""
    effects, steps = views.judged_effects, views.steps
    if not effects.found:
        return holdout
    rows = judged_rows(steps.observed, windows.last, holdout.actual.shape[1])
    ds = steps.ds[rows]

    of_windows = WindowEffects(effects.take(windows.series.tolist()), ds)
    denominator = holdout.denominator.copy()
    for i in np.unique(windows.series).tolist():
        of_series = windows.series == i
        known = steps.values[steps.indptr[i] : windows.last[of_series].min() + 1]
        denominator[of_series] = mean_change(known, season)
    return replace(
        holdout,
        actual=steps.values[rows],
        forecasts={name: of_windows.effects.restore(each, ds) for name, each in holdout.forecasts.items()},
        denominator=denominator,
        as_read=holdout,
        effects=of_windows,
    )


def baseline_scale(panel: Panel, past: Panel, windows: Windows) -> Floats:
    """Return the scale of the baselines' errors at held-out windows of a panel, (W,), at least by rows of `past`."""
    scaling = fit_scaling(past, RETURNS, log=False)
    chosen = Origins(windows.series, windows.last)
    return make_windows(panel.values, panel.indptr, scaling, baselines.SCALE_STEPS, chosen).scale


def scaled_errors(panel: Panel, windows: Windows, point: Floats) -> Floats:
    """Return the errors of forecasts, (W, h), in the units of the scaled series, for windows with actual values.

    The forecasts are at the steps by which windows are judged.
    """
    transform, series = windows.scaling.transform, windows.series[:, None]
    actual = actual_values(panel.values, panel.observed, windows.last, point.shape[1])
    return transform.forward(actual, series) - transform.forward(point, series)
