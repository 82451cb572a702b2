"""How much of the network is believed, judged on the calibration rows.

    forecast = w * network + (1 - w) * baseline

Prices: no skill is the rule, so the network has to pass a gate: w = 1 - 1 / t^2 if t > 2.33, else 0, where t is its
Diebold-Mariano statistic against the best baseline, and the rest is the last value. 1 - 1 / t^2 is the positive-part
shrinkage of a mean of which t is the ratio to its standard error (James & Stein 1961).

Other series: w = B^2 / (B^2 + N^2) from the typical errors of the best baseline and of the network, as forecasts are
best combined whose errors are independent (Bates & Granger 1969).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.scaling import RETURNS
from forecaster.forecasting.baselines import BASELINES, LAST_VALUE, known, path
from forecaster.forecasting.holdout import NETWORK
from forecaster.forecasting.intervals import Sample
from forecaster.forecasting.significance import diebold_mariano

if TYPE_CHECKING:
    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats
    from forecaster.data.windows import Windows
    from forecaster.forecasting.baselines import Known
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.recipe import Recipe

FAR_WORSE = 1e6
"""Ratio of two errors from which the worse forecast counts nothing."""
GATE = 2.33
"""The one-sided 1 % point of the normal distribution."""


@dataclass(frozen=True)
class Blend:
    """A baseline and the weight of the network beside it, 0 to 1."""

    baseline: str
    weight: float

    def describe(self) -> str:
        """Say in a sentence what the point forecast is made of."""
        baseline = self.baseline.replace("_", " ")
        if self.weight == 0:
            return f"The point forecast is the {baseline}, as the network has not earned a place in it."
        mixed = f"{self.weight:.0%} network and {1 - self.weight:.0%} {baseline}"
        return f"The point forecast is {mixed}, weighed by their errors on held-out rows."

    def mix(self, network: Floats, baseline: Floats) -> Floats:
        """Return the blend of two forecasts of equal shape, in values: baselines are defined on those."""
        return self.weight * network + (1 - self.weight) * baseline

    def baseline_path(self, at: Known, recipe: Recipe, ahead: Floats) -> Floats:
        """Return the baseline's forecasts, (W, h), at distances of `ahead`, (h,) or (W, h).

        Where the network works on logarithms, a positive series stays positive: its forecasts are held above a tenth
        of the last value.
        """
        values = path(self.baseline, at, ahead, recipe.season)
        return np.maximum(values, at.x[at.last][:, None] / 10) if recipe.log else values


def choose(holdout: Holdout, mode: str, lags: int) -> Blend:
    """Weigh the network against the best baseline."""
    baseline = holdout.best(BASELINES)
    if mode == RETURNS:
        return Blend(LAST_VALUE, _gated(holdout, baseline, lags))
    ratio = holdout.typical_error(NETWORK) / holdout.typical_error(baseline)
    return Blend(baseline, 1 / (1 + min(ratio, FAR_WORSE) ** 2))


def _gated(holdout: Holdout, baseline: str, lags: int) -> float:
    """Return 1 - 1 / t^2 behind the gate."""
    comparison = diebold_mariano(holdout.losses(baseline) - holdout.losses(NETWORK), lags)
    if comparison is None or comparison.statistic <= GATE:
        return 0.0
    return 1 - comparison.statistic**-2


def blend_points(panel: Panel, recipe: Recipe, blend: Blend, windows: Windows, output: Floats | None) -> Floats:
    """Return the blend's forecasts for windows of a panel, (W, h), from the network's outputs for them, (h, W).

    Without outputs, None, they are the baseline's.
    """
    at = known(panel.values, windows.start, windows.last, windows.time)
    baseline = blend.baseline_path(at, recipe, windows.moments_of(slice(None), recipe.horizon))
    return baseline if output is None else blend.mix(windows.values(output), baseline)


def interval_scores(panel: Panel, windows: Windows, point: Floats) -> Sample:
    """Return the absolute errors of forecasts, (W, h), in x and in units of each window's scale."""
    actual = panel.values[windows.last[:, None] + np.arange(1, point.shape[1] + 1)]
    error = np.abs(windows.scaling.transform(actual) - windows.scaling.transform(point))
    return Sample(error / windows.scale[:, None], windows.moments_of(slice(None), point.shape[1]))
