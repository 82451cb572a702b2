"""Series and a method whose forecasts are known beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.method import Forecast
from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shifted:
    """The last value plus `shift`, with half-widths of 1 and 2; it keeps the panels that it was shown."""

    name: str
    shift: float = 0.0
    tail_rows: int | None = None
    fitted_on: list[Panel] = field(default_factory=list)
    predicted_from: list[Panel] = field(default_factory=list)

    def fit(self, panel: Panel) -> Shifted:
        self.fitted_on.append(panel)
        return self

    def predict(self, panel: Panel, horizon: int, _ds: object = None) -> Forecast:
        self.predicted_from.append(panel)
        return around_point(np.repeat(panel.values[panel.last] + self.shift, horizon).reshape(-1, horizon))


def around_point(point: NDArray[np.float64]) -> Forecast:
    halves = {80: 1.0, 95: 2.0}
    return Forecast(
        point,
        {level: point - half for level, half in halves.items()},
        {level: point + half for level, half in halves.items()},
        np.full(point.shape, "direct", dtype=object),
    )


def random_walks(*lengths: int, seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    return panel_from_series(
        (f"s{i}", np.arange(n), 100.0 + rng.normal(size=n).cumsum()) for i, n in enumerate(lengths)
    )


@pytest.fixture
def around() -> Callable[..., Forecast]:
    """Return a function that makes a forecast of a point forecast, with half-widths of 1 and 2."""
    return around_point


@pytest.fixture
def shifted() -> type[Shifted]:
    """Return the class of a method that forecasts the last value plus a shift."""
    return Shifted


@pytest.fixture
def walks() -> Callable[..., Panel]:
    """Return a function that makes random walks of given lengths."""
    return random_walks
