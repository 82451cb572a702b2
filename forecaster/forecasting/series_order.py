"""The order in which training sees the series of a panel: that of their names.

Windows are drawn, spread and summed in the order of the series. So the same series in another order, of a file or of
files on a command line, would give other networks. Results come in the order of the files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Ints
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.holdout import Holdout
    from forecaster.series.panel import Panel


def in_order_of_names(panel: Panel) -> Panel:
    """Return a panel with its series in the order of their names, which no locale changes."""
    numbers = _numbers_by_name(panel)
    return panel if numbers == sorted(numbers) else panel.take(numbers)


def in_order_of_panel(fitted: FittedForecaster, holdout: Holdout, panel: Panel) -> tuple[FittedForecaster, Holdout]:
    """Return what was trained on a panel in the order of names, with the series in the order of the panel itself."""
    numbers = _numbers_by_name(panel)
    if numbers == sorted(numbers):
        return fitted, holdout
    places: Ints = np.array(numbers)
    return fitted.take(np.argsort(places).tolist()), replace(holdout, series=places[holdout.series])


def panel_in_order(panel: Panel, ids: Sequence[str]) -> Panel:
    """Return a panel with its series in the order of these names, which are those of all its series."""
    if panel.ids == tuple(ids):
        return panel
    numbers = {name: i for i, name in enumerate(panel.ids)}
    return panel.take([numbers[name] for name in ids])


def _numbers_by_name(panel: Panel) -> list[int]:
    """Return the numbers of the series of a panel, (N,), in the order of their names."""
    return sorted(range(len(panel)), key=panel.ids.__getitem__)
