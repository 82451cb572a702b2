"""The fitted components of a forecaster: networks or the volatility of prices, a ridge regression, and their forecasts.

There are W windows of h steps. Points are values, (W, h); offsets are the quantiles of a forecast less its median,
(W, h, Q), in the units of the scaled series.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.holdout import NETWORK, PRETRAINED, RIDGE
from forecaster.forecasting.methods.baselines import steps_ahead
from forecaster.forecasting.methods.ensemble import ensemble_output
from forecaster.forecasting.methods.zero_shot import forecast_windows
from forecaster.forecasting.uncertainty.calibration import normal_offsets
from forecaster.series.windows import Origins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats
    from forecaster.forecasting.methods.ridge import Ridge
    from forecaster.forecasting.prices.volatility import Volatility
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Windows


@dataclass(frozen=True)
class FittedComponents:
    """What was trained on the same rows: weights of networks, each (P,), or a volatility; and a ridge regression."""

    weights: tuple[NDArray[np.float32], ...]
    volatility: Volatility | None
    ridge: Ridge | None

    def take(self, chosen: Sequence[int]) -> FittedComponents:
        """Return the components of the series with these numbers, in this order."""
        return self if self.volatility is None else replace(self, volatility=self.volatility.take(chosen))

    def without_drift(self, series: Bools) -> FittedComponents:
        """Return the components without the drift of these of the series, (N,), if they predict volatility."""
        if self.volatility is None:
            return self
        return replace(self, volatility=replace(self.volatility, slope=np.where(series, 0, self.volatility.slope)))

    def forecast(
        self, recipe: Recipe, windows: Windows, panel: Panel, horizon_exponent: float, horizon: int | None = None
    ) -> tuple[dict[str, Floats], Floats]:
        """Return the points of each component by name, and the offsets of `horizon` steps; None: as in the recipe.

        The windows are cut from the panel. Networks without quantiles, and steps beyond those that networks answer,
        have errors ~ step^horizon_exponent. With nothing trained, there are as many points as offsets.
        """
        if recipe.zero_shot:
            median, offsets = forecast_windows(recipe, windows, panel, horizon or recipe.horizon)
            point = windows.scaling.transform.inverse(median, windows.series[:, None])
            return {PRETRAINED: point}, offsets
        if self.volatility is not None:
            moves = self.volatility.moves.windows(windows.x, panel.indptr, Origins(windows.series, windows.last))
            change = self.volatility.point(moves, recipe.horizon) - windows.location[:, None]
            # as a factor of the last value: without a drift the point is this value to the last digit
            points = {NETWORK: panel.values[windows.last][:, None] * np.exp(change)}
            offsets = self.volatility.offsets(moves, horizon or recipe.horizon)
        else:
            output = ensemble_output(recipe, self.weights, windows)
            median, offsets = _median_and_offsets(recipe, windows, output, horizon_exponent)
            points = {NETWORK: windows.values(median)}
            offsets = _extended_offsets(offsets, horizon or recipe.horizon, horizon_exponent)
        if self.ridge is not None:
            points[RIDGE] = windows.values(self.ridge.output(windows))
        return points, offsets


def _median_and_offsets(recipe: Recipe, windows: Windows, output: Floats, exponent: float) -> tuple[Floats, Floats]:
    """Return the median, (h, W), of the scaled outputs of networks, (Q h, W), and their offsets, (W, h, Q).

    A network may answer quantiles in the wrong order: they are sorted (Chernozhukov, Fernandez-Val & Galichon 2010).
    """
    Q = recipe.architecture.quantiles
    quantiles = np.sort(output.reshape(Q, recipe.horizon, -1), axis=0)
    median = quantiles[Q // 2]
    if Q > 1:
        return median, ((quantiles - median) * windows.scale).transpose(2, 1, 0)
    return median, normal_offsets(windows.scale, windows.lead_times_of(slice(None), recipe.horizon), exponent)


def _extended_offsets(offsets: Floats, horizon: int, horizon_exponent: float) -> Floats:
    """Return offsets, (W, h, Q), of `horizon` steps: after step h those of step h times (step / h)^horizon_exponent."""
    h = offsets.shape[1]
    beyond = steps_ahead(horizon)[h:, None] / h
    return np.concatenate([offsets[:, :horizon], offsets[:, -1:] * beyond**horizon_exponent], axis=1)
