"""The forecasts of simple methods from the same rows, for a user who wants to see them in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.forecasting.methods.baselines import BASELINES, NAIVE, Baseline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel


def forecast_other_methods(panel: Panel, horizon: int, season: int, ds: NDArray[Any]) -> dict[str, Floats]:
    """Return the point forecasts of simple methods by their names, (N, horizon) each, in the units of the data.

    Args:
        panel: The rows that are known: a method that looks at all rows, as the drift does, sees these.
        horizon: Steps.
        season: Steps in a season.
        ds: Time stamps of the steps, (N, horizon).

    Raises:
        InputRefusedError: No series has two rows.

    """
    names = NAIVE if panel.irregular else BASELINES
    methods = {name: Baseline(name, horizon, season).fit(panel) for name in names}
    return {name: method.predict(panel, horizon, ds, ()).point for name, method in methods.items()}
