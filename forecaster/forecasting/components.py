"""The fitted components of a forecaster: networks or the volatility of prices, a ridge regression, and their forecasts.

There are W windows of h steps. Points are values, (W, h); offsets are the quantiles of a forecast less its median,
(W, h, Q), in the units of the scaled series.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.blend import about_blend, has_zeros
from forecaster.forecasting.holdout import FINE_TUNED, NETWORK, PRETRAINED, RIDGE
from forecaster.forecasting.methods.ensemble import ensemble_output
from forecaster.forecasting.methods.level_windows import level_windows
from forecaster.forecasting.methods.reach import reach_of
from forecaster.forecasting.methods.zero_shot import forecast_windows
from forecaster.forecasting.pretrained.level_network import networks_of, shipped_networks
from forecaster.forecasting.uncertainty.calibration import normal_offsets
from forecaster.series.windows import Origins, at_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.methods.fine_tuning import LevelNetworks
    from forecaster.forecasting.methods.reach import Reach
    from forecaster.forecasting.methods.ridge import Ridge
    from forecaster.forecasting.prices.volatility import Volatility
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.transforms import Transform
    from forecaster.series.windows import Windows


class Forecasts(NamedTuple):
    """Forecasts of W windows by method: points, (W, h) each, and the offsets of those that answer quantiles."""

    points: dict[str, Floats]
    offsets: dict[str, Floats]

    def at_steps(self, steps: Ints | None) -> Forecasts:
        """Return the forecasts at these steps of each window, (W, h), or all if None."""
        return Forecasts(*({name: at_steps(each, steps) for name, each in found.items()} for found in self))


@dataclass(frozen=True)
class FittedComponents:
    """What was trained on the same rows: weights of networks, each (P,), or a volatility; and a ridge regression.

    `levels` are the pretrained networks where something was trained; where nothing was, the recipe says all of them.
    """

    weights: tuple[NDArray[np.float32], ...]
    volatility: Volatility | None
    ridge: Ridge | None
    levels: LevelNetworks | None = None

    def take(self, chosen: Sequence[int]) -> FittedComponents:
        """Return the components of the series with these numbers, in this order."""
        if self.levels is None and self.volatility is None:
            return self
        levels = None if self.levels is None else self.levels.take(chosen)
        volatility = None if self.volatility is None else self.volatility.take(chosen)
        return replace(self, levels=levels, volatility=volatility)

    def without_drift(self, series: Bools) -> FittedComponents:
        """Return the components without the drift of these of the series, (N,), if they predict volatility."""
        if self.volatility is None:
            return self
        return replace(self, volatility=replace(self.volatility, slope=np.where(series, 0, self.volatility.slope)))

    def forecast(  # noqa: PLR0913, PLR0917 - what to forecast, and what is known of it
        self,
        recipe: Recipe,
        windows: Windows,
        panel: Panel,
        horizon_exponent: float,
        horizon: int | None = None,
        reach: Reach | None = None,
    ) -> Forecasts:
        """Return the points of each component by name, and the offsets of `horizon` steps; None: as in the recipe.

        The windows are cut from the panel. Networks without quantiles have errors ~ step^horizon_exponent. Networks of
        one's own answer the steps of the recipe at most; pretrained ones give points of all steps, too. Points lie
        within the `reach` of the windows, which is measured if it is None.
        """
        steps = horizon or recipe.horizon
        found = Forecasts({}, {})
        if self.volatility is not None:
            moves = self.volatility.moves.windows(panel, Origins(windows.series, windows.last))
            change = self.volatility.point(moves, recipe.horizon) - moves.x[moves.last, None]
            # as a factor of the last value: without a drift the point is this value to the last digit
            found.points[NETWORK] = panel.values[windows.last][:, None] * np.exp(change)
            time = self.volatility.moves.time_ahead(panel, moves, steps)
            found.offsets[NETWORK] = self.volatility.offsets(moves, time)
        elif self.weights:
            output = ensemble_output(recipe, self.weights, windows)
            median, offsets = _median_and_offsets(recipe, windows, output, horizon_exponent)
            found.points[NETWORK] = windows.values(median)
            if recipe.architecture.quantiles > 1 or not recipe.pretrained:
                found.offsets[NETWORK] = offsets[:, :steps]
        if recipe.pretrained:
            self._add_level_networks(found, recipe, windows, panel, steps)
        if self.ridge is not None:
            found.points[RIDGE] = windows.values(self.ridge.output(windows))
        if self.volatility is None:
            reach = reach or reach_of(windows, panel, max(steps, recipe.horizon))
            for name, point in found.points.items():
                found.points[name] = reach.clip_points(point)
        return found

    def _add_level_networks(
        self, found: Forecasts, recipe: Recipe, windows: Windows, panel: Panel, horizon: int
    ) -> None:
        """Add the forecasts of pretrained networks, and of those that were trained further."""
        transform, series = windows.scaling.transform, windows.series[:, None]
        own = transform if self.levels is None else self.levels.transform
        seen = level_windows(panel, own, Origins(windows.series, windows.last), recipe.season)
        networks = {PRETRAINED: shipped_networks(recipe.pretrained)}
        if self.levels is not None and self.levels.tuned:
            networks[FINE_TUNED] = networks_of(np.stack(self.levels.tuned))
        for name, of_method in networks.items():
            median, offsets = forecast_windows(seen, of_method, horizon)
            point = own.inverse(median, series)
            found.points[name] = point
            if self.levels is not None:
                # quantiles are the same in other units
                quantiles = own.inverse(median[..., None] + offsets, series[..., None])
                offsets = transform.forward(quantiles, series[..., None]) - transform.forward(point, series)[..., None]
            found.offsets[name] = offsets


def quantiles_about(found: Forecasts, blend: Blend, point: Floats, transform: Transform, series: Ints) -> Floats:
    """Return the offsets of the blended point, (W, h), of windows of these series: (W, h, Q)."""
    offsets = {
        name: about_blend(each, point, found.points[name], transform, series)
        if name in {PRETRAINED, FINE_TUNED}
        else each
        for name, each in found.offsets.items()
    }
    mixed = blend.mix_quantiles(offsets)
    if PRETRAINED in offsets:
        # of series with zeros a tuned network learns that the next value is zero, and hardly any other
        zeros = has_zeros(transform)[series]
        mixed[zeros] = offsets[PRETRAINED][zeros]
    return mixed


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
