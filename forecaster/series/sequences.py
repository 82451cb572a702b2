"""The many-to-one sequences of a panel as plain arrays: those that training learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.series.windows import origins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel


class Sequences(NamedTuple):
    """Windows x, (W, lookback), their targets y, (W, horizon), their series and their last known time stamps, (W,)."""

    x: Floats
    y: Floats
    unique_id: NDArray[Any]
    cutoff: NDArray[Any]


def sequences(panel: Panel, lookback: int, horizon: int) -> Sequences:
    """Return every full window of the panel in its own units; training scales them."""
    series, last = origins(panel.indptr, horizon, shortest=lookback)
    before, after = np.arange(1 - lookback, 1), np.arange(1, horizon + 1)
    ids = np.array(panel.ids, dtype=object)[series]
    return Sequences(panel.values[last[:, None] + before], panel.values[last[:, None] + after], ids, panel.ds[last])
