"""How the network and the baselines did on the calibration rows, which none of them was fitted on.

W windows of h steps, series by series, oldest first; windows at one distance to the end of their series are one cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.scaling import mean_change
from forecaster.forecasting import baselines
from forecaster.forecasting.calibration import Sample, rolling_coverage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats
    from forecaster.data.split import Split
    from forecaster.data.windows import Windows
    from forecaster.forecasting.recipe import Recipe

NETWORK, RIDGE = "network", "ridge"
LEARNED = (NETWORK, RIDGE)
"""Names of what is learned before it is blended, beside those of the baselines."""
ROUNDING, TINY = 1e-9, 1e-300
"""An error counts as at least this share of the values, and as more than zero, so that it has a logarithm."""


@dataclass(frozen=True)
class Holdout:
    """Forecasts and what came.

    Attributes:
        actual: Values that came, (W, h).
        forecasts: Forecasts by method, each (W, h).
        series: Number of each window's series, (W,).
        distance: Steps from each window's cutoff to the end of its series, (W,).
        denominator: Mean absolute seasonal change of each window's series before the calibration rows, (W,).
        scores: Normal scores of the errors of the blend.
        earlier: The same of a baseline at windows before the calibration rows, or None if those count that the
            quantiles imply.

    """

    actual: Floats
    forecasts: dict[str, Floats]
    series: NDArray[np.int64]
    distance: NDArray[np.int64]
    denominator: Floats
    scores: Sample | None = None
    earlier: Sample | None = None

    def losses(self, method: str) -> Floats:
        """Return the mean scaled absolute error of a method at each cutoff, (cutoffs,), in order of time."""
        error = (np.abs(self.actual - self.forecasts[method]) / self.denominator[:, None]).mean(axis=1)
        _, cutoff = np.unique(-self.distance, return_inverse=True)
        return np.bincount(cutoff, error) / np.bincount(cutoff)

    def coverage(self, levels: Sequence[float]) -> tuple[dict[float, float], int]:
        """Return the coverage of the blend's intervals on the later half of the cutoffs, in percent, and its count."""
        return ({}, 0) if self.scores is None else rolling_coverage(self.scores, self.earlier, levels)

    def independent(self) -> int:
        """Return the windows that do not overlap."""
        return Sample(self.actual, -self.distance).independent()

    def typical_error(self, method: str) -> float:
        """Return the geometric mean over the series of a method's mean absolute error: no single series rules it."""
        error = np.abs(self.actual - self.forecasts[method]).mean(axis=1)
        size = np.abs(self.actual).mean(axis=1)
        count = np.bincount(self.series)
        per_series = np.bincount(self.series, error + ROUNDING * size + TINY)[count > 0] / count[count > 0]
        return float(np.exp(np.log(per_series).mean()))

    def worse_than_last_value(self, series: int) -> NDArray[np.bool_]:
        """Return which of so many series the network forecasts worse than their last value, (N,)."""
        ours, theirs = (np.abs(self.actual - self.forecasts[m]).mean(axis=1) for m in (NETWORK, baselines.LAST_VALUE))
        return np.bincount(self.series, ours - theirs, minlength=series) > 0

    def best(self, methods: tuple[str, ...]) -> str:
        """Return the method of the lowest typical error, the first of equals."""
        return min(methods, key=self.typical_error)


def hold_out(panel: Panel, parts: Split, recipe: Recipe, windows: Windows, learned: Mapping[str, Floats]) -> Holdout:
    """Judge what was learned, forecasts of the calibration windows of a panel, (W, h), by name; add the baselines."""
    series = windows.series
    at = baselines.known(panel.values, windows.start, windows.last, windows.time)
    ahead = windows.moments_of(slice(None), recipe.horizon)
    names = baselines.NAIVE if recipe.irregular else baselines.BASELINES
    forecasts = {**learned} | {name: baselines.path(name, at, ahead, recipe.season) for name in names}
    past = parts.validation.panel
    denominator = np.array([mean_change(past.values[past.slice(i)], recipe.season) for i in range(len(past))])
    actual = panel.values[windows.last[:, None] + np.arange(1, recipe.horizon + 1)]
    return Holdout(actual, forecasts, series, panel.last[series] - windows.last, denominator[series])
