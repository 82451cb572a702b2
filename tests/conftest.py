"""Series that many tests share, and NumPy set to raise on every numeric accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _raise_on_numeric_accidents() -> Iterator[None]:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        yield


@pytest.fixture
def panel_of() -> Callable[..., Panel]:
    """Return a function that makes a panel with integer time of the series given as keywords."""

    def make(**series: object) -> Panel:
        values = {name: np.asarray(y, dtype=np.float64) for name, y in series.items()}
        return panel_from_series((name, np.arange(len(y)), y) for name, y in values.items())

    return make
