"""What was learned from some rows, and what it says of windows: networks or the volatility of prices, and a ridge.

W windows of h steps. Points are values, (W, h); offsets are the quantiles of what may come less the median, (W, h, Q),
in the units of the scaled series.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.holdout import NETWORK, RIDGE
from forecaster.forecasting.methods.baselines import steps_ahead
from forecaster.forecasting.methods.ensemble import ensemble_output
from forecaster.forecasting.uncertainty.calibration import normal_offsets
from forecaster.series.windows import Origins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.methods.ridge import Ridge
    from forecaster.forecasting.prices.volatility import Volatility
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.windows import Windows


@dataclass(frozen=True)
class FittedComponents:
    """What was learned.

    Attributes:
        weights: Parameters of each network, (P,).
        volatility: How prices move, in place of the networks; else None.
        ridge: The regression on the window, if there is one.

    """

    weights: tuple[NDArray[np.float32], ...]
    volatility: Volatility | None
    ridge: Ridge | None

    def take(self, chosen: Sequence[int]) -> FittedComponents:
        """Return what was learned of the series with these numbers, in this order."""
        return self if self.volatility is None else replace(self, volatility=self.volatility.take(chosen))

    def without_drift(self, series: Bools) -> FittedComponents:
        """Return what was learned without the drift of these of the series, (N,), if prices have one."""
        if self.volatility is None:
            return self
        return replace(self, volatility=replace(self.volatility, slope=np.where(series, 0, self.volatility.slope)))

    def forecast(
        self,
        recipe: Recipe,
        windows: Windows,
        known: tuple[Floats, Ints],
        horizon_exponent: float,
        horizon: int | None = None,
    ) -> tuple[dict[str, Floats], Floats]:
        """Return the points of each method by name, and the offsets of `horizon` steps, else of those of the recipe.

        Args:
            recipe: What was decided.
            windows: The windows.
            known: The values that the windows are of, (n,), and where each series begins in them, (N + 1,).
            growth: b of errors ~ step^b, for networks without quantiles and beyond what networks answer.
            horizon: Steps of the offsets.

        """
        if self.volatility is not None:
            values, indptr = known
            moves = self.volatility.windows(windows.x, indptr, Origins(windows.series, windows.last))
            change = self.volatility.point(moves, recipe.horizon) - windows.location[:, None]
            # without a drift it is the last value to the last digit
            made = {NETWORK: values[windows.last][:, None] * np.exp(change)}
            offsets = self.volatility.offsets(moves, horizon or recipe.horizon)
        else:
            median, offsets = _by_networks(
                recipe, windows, ensemble_output(recipe, self.weights, windows), horizon_exponent
            )
            made = {NETWORK: windows.values(median)}
            offsets = _grown(offsets, horizon or recipe.horizon, horizon_exponent)
        if self.ridge is not None:
            made[RIDGE] = windows.values(self.ridge.output(windows))
        return made, offsets


def _by_networks(recipe: Recipe, windows: Windows, output: Floats, horizon_exponent: float) -> tuple[Floats, Floats]:
    """Return the median of scaled answers, (Q h, W), as (h, W), and the offsets, (W, h, Q).

    A network may answer quantiles in the wrong order: they are sorted (Chernozhukov, Fernandez-Val & Galichon 2010).
    """
    Q = recipe.architecture.quantiles
    quantiles = np.sort(output.reshape(Q, recipe.horizon, -1), axis=0)
    median = quantiles[Q // 2]
    if Q > 1:
        return median, ((quantiles - median) * windows.scale).transpose(2, 1, 0)
    return median, normal_offsets(windows.scale, windows.lead_times_of(slice(None), recipe.horizon), horizon_exponent)


def _grown(offsets: Floats, horizon: int, horizon_exponent: float) -> Floats:
    """Return offsets, (W, h, Q), of `horizon` steps: behind step h those of step h times (step / h)^growth."""
    h = offsets.shape[1]
    beyond = steps_ahead(horizon)[h:, None] / h
    grown: Floats = np.concatenate([offsets[:, :horizon], offsets[:, -1:] * beyond**horizon_exponent], axis=1)
    return grown
