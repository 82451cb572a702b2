"""How the forecast and the baselines did on the calibration rows, which none of them was fitted on.

W windows of h steps, series by series, oldest first; windows at one distance to the end of their series are one cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

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
from forecaster.series.windows import Origins, make_windows
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.split import Split
    from forecaster.series.transforms import Transform
    from forecaster.series.windows import Windows

    Ends = tuple[Floats, Floats]

NETWORK, RIDGE = "network", "ridge"
LEARNED = (NETWORK, RIDGE)
"""Names of what is learned before it is blended, beside those of the baselines."""
ROUNDING, TINY = 1e-9, 1e-300
"""An error counts as at least this share of the values, and as more than zero, so that it has a logarithm."""


class Quantiles(NamedTuple):
    """What the blend says of its errors, and what came of it.

    Attributes:
        offsets: Its quantiles less its point, (W, h, Q), in the units of the scaled series.
        scores: Normal scores of its errors.
        earlier: The same of a baseline at windows before the calibration rows, or None if those count that the
            quantiles imply.

    """

    offsets: Floats
    scores: HeldOutScores
    earlier: HeldOutScores | None


@dataclass(frozen=True)
class Spread:
    """What intervals around held-out forecasts are made of.

    Attributes:
        blend: What the blend says of its errors.
        units: Its units.
        scale: Scale of each window in values, for the baselines, (W,).
        ahead: How far ahead each value lies, in typical steps, (W, h).
        alike: Whether all steps are calibrated together, as where they are unequal.

    """

    blend: Quantiles
    transform: Transform
    scale: Floats
    ahead: Floats
    pools_steps: bool

    def halves(self) -> tuple[Ints, Ints]:
        """Return the windows of the earlier half of the cutoffs, and those of the later."""
        in_time = np.argsort(self.blend.scores.cutoff, kind="stable")
        return in_time[: len(in_time) // 2], in_time[len(in_time) // 2 :]

    def around_blend(self, point: Floats, series: Ints, levels: Sequence[int]) -> list[Ends]:
        """Return the intervals of later windows of these series around their points, (V, h)."""
        known, judged = self.halves()
        scores = calibrate(self.blend.scores.take(known), self.blend.earlier, pools_steps=self.pools_steps)
        offsets, of = self.blend.offsets[judged], series[:, None]
        errors = [scores.interval(level, offsets) for level in levels]
        centre = self.transform.forward(point, of)
        return [(self.transform.back(centre + low, of), self.transform.back(centre + high, of)) for low, high in errors]

    def around_baseline(self, point: Floats, error: Floats, levels: Sequence[int]) -> list[Ends]:
        """Return the intervals of later windows around a baseline's points, (V, h), from errors of all, (W, h).

        These are the intervals of `forecaster.forecasting.methods.baselines.Baseline`: normal scores are error / width.
        """
        known, judged = self.halves()
        size = np.abs(error[known]) / self.scale[known, None]
        width = self.scale[:, None] * self.ahead ** fit_horizon_exponent(size, self.ahead[known])
        sample = HeldOutScores(error[known] / width[known], self.blend.scores.cutoff[known])
        scores = calibrate_alone(sample, pools_steps=self.pools_steps)
        reach = [scores.half_width(level, point.shape[1]) * width[judged] for level in levels]
        return [(point - half, point + half) for half in reach]


class Intervals(NamedTuple):
    """Intervals of a method on the later half of the cutoffs, from its errors on the earlier half.

    Attributes:
        rows: The windows of the later half, (V,).
        ends: Both ends of the interval of each level, (V, h) each, in values.

    """

    rows: Ints
    ends: dict[int, Ends]


@dataclass(frozen=True)
class Holdout:
    """Forecasts and what came.

    Attributes:
        actual: Values that came, (W, h).
        forecasts: Forecasts by method, each (W, h); the blend as delivered is `forecast`.
        series: Number of each window's series, (W,).
        distance: Steps from each window's cutoff to the end of its series, (W,).
        denominator: Mean absolute seasonal change of each window's series before the calibration rows, (W,).
        spread: What intervals are made of, once there is a blend.

    """

    actual: Floats
    forecasts: dict[str, Floats]
    series: Ints
    distance: Ints
    denominator: Floats
    spread: Spread | None = None

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
    def later(self) -> int:
        """Values that intervals are judged by: those of the later half of the windows."""
        windows, steps = self.actual.shape
        return int((windows - windows // 2) * steps)

    def losses(self, method: str) -> Floats:
        """Return the mean scaled absolute error of a method at each cutoff, (cutoffs,), in order of time."""
        error = (np.abs(self.actual - self.forecasts[method]) / self.denominator[:, None]).mean(axis=1)
        _, cutoff = np.unique(-self.distance, return_inverse=True)
        return np.bincount(cutoff, error) / np.bincount(cutoff)

    def intervals(self, method: str, levels: Sequence[int]) -> Intervals | None:
        """Return the intervals of the blend or a baseline; None of others, and where a half has too few values."""
        spread, forecast = self.spread, self.forecasts[method]
        if spread is None or method in LEARNED or len(forecast) // 2 * forecast.shape[1] < ENOUGH:
            return None
        _, rows = spread.halves()
        if method == COLUMNS.model:
            ends = spread.around_blend(forecast[rows], self.series[rows], levels)
        else:
            ends = spread.around_baseline(forecast[rows], self.actual - forecast, levels)
        least = ROUNDING * np.abs(forecast[rows])
        return Intervals(
            rows, {level: (low - least, high + least) for level, (low, high) in zip(levels, ends, strict=True)}
        )

    def independent(self) -> int:
        """Return the windows that do not overlap."""
        return HeldOutScores(self.actual, -self.distance).independent()

    def typical_error(self, method: str) -> float:
        """Return the geometric mean over the series of a method's mean absolute error: no single series rules it."""
        error = np.abs(self.actual - self.forecasts[method]).mean(axis=1)
        size = np.abs(self.actual).mean(axis=1)
        count = np.bincount(self.series)
        per_series = np.bincount(self.series, error + ROUNDING * size + TINY)[count > 0] / count[count > 0]
        return float(np.exp(np.log(per_series).mean()))

    def unproven(self, series: int) -> Bools:
        """Return which of so many series the network does not forecast better than their last value, (N,).

        Better is what passes the gate of `forecaster.forecasting.uncertainty.significance` at one series' own cutoffs.
        """
        ours, theirs = (np.abs(self.actual - self.forecasts[m]).mean(axis=1) for m in (NETWORK, baselines.LAST_VALUE))
        gain = np.where(np.isclose(ours, theirs, rtol=ROUNDING, atol=0), 0.0, theirs - ours)
        unproven = np.ones(series, dtype=bool)
        for i in np.unique(self.series[gain != 0]):
            comparison = diebold_mariano(gain[self.series == i], self.overlap)
            unproven[i] = comparison is None or comparison.statistic <= GATE
        return unproven

    def ratio(self, one: str, other: str) -> float:
        """Return the typical error of one method over that of another."""
        return self.typical_error(one) / self.typical_error(other)

    def best(self, methods: tuple[str, ...]) -> str:
        """Return the method of the lowest typical error, the first of equals."""
        return min(methods, key=self.typical_error)


def hold_out(panel: Panel, parts: Split, recipe: Recipe, windows: Windows, learned: Mapping[str, Floats]) -> Holdout:
    """Judge what was learned, forecasts of the calibration windows of a panel, (W, h), by name; add the baselines."""
    series = windows.series
    at = baselines.history_of(panel.values, windows.start, windows.last, windows.time)
    ahead = windows.lead_times_of(slice(None), recipe.horizon)
    names = baselines.NAIVE if recipe.irregular else baselines.BASELINES
    forecasts = {**learned} | {name: baselines.forecast_baseline(name, at, ahead, recipe.season) for name in names}
    past = parts.validation.panel
    denominator = np.array([mean_change(past.values[past.slice(i)], recipe.season) for i in range(len(past))])
    actual = panel.values[windows.last[:, None] + np.arange(1, recipe.horizon + 1)]
    return Holdout(actual, forecasts, series, panel.last[series] - windows.last, denominator[series])


def spread_of(panel: Panel, parts: Split, windows: Windows, blend: Quantiles) -> Spread:
    """Return what intervals of the blend and of the baselines are made of, for the calibration windows of a panel."""
    scaling = fit_scaling(parts.validation.panel, RETURNS, log=False)
    chosen = Origins(windows.series, windows.last)
    scale = make_windows(panel.values, panel.indptr, scaling, baselines.SCALE_STEPS, chosen).scale
    ahead = windows.lead_times_of(slice(None), blend.offsets.shape[1])
    return Spread(blend, windows.scaling.transform, scale, ahead, panel.irregular)
