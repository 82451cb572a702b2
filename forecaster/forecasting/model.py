"""What every forecasting method looks like, the network and the baselines alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from forecaster.data.panel import Panel

DIRECT, RECURSIVE, HELD = "direct", "recursive", "held"
ROUNDING = 1e-9
"""Share of a value to which no forecast is sure: the least half-width of an interval."""


@dataclass(frozen=True)
class Forecast:
    """Forecasts of N series for the next h steps.

    Attributes:
        point: Point forecasts, (N, h), in the units of the data.
        low: Lower ends of the intervals, by level in percent, each (N, h).
        high: Upper ends of the intervals, by level in percent, each (N, h).
        strategy: How each step was made, (N, h): `direct`; `recursive` beyond the trained horizon; `held`, where steps
            are unequal, at what the network says of the furthest moment that it learned.

    """

    point: NDArray[np.float64]
    low: dict[int, NDArray[np.float64]]
    high: dict[int, NDArray[np.float64]]
    strategy: NDArray[np.object_]


class Fitted(Protocol):
    """A method that has seen a history."""

    def predict(self, panel: Panel, horizon: int, ds: NDArray[Any] | None = None) -> Forecast:
        """Forecast the `horizon` steps that follow the end of each series of `panel`.

        The panel is the fitted one or a later state of the same series. Where its steps are unequal, the time stamps
        `ds`, (N, horizon), say which moments are meant.
        """
        ...


class Model(Protocol):
    """A method that can be fitted.

    Attributes:
        name: Its column in output frames.

    """

    @property
    def name(self) -> str:
        """The method's column in output frames."""
        ...

    def fit(self, panel: Panel) -> Fitted:
        """Learn from every observation of `panel`, and from nothing else."""
        ...
