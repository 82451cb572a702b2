"""The protocol of every forecasting method, the networks' and the baselines', and the record of their forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from forecaster.series.windows import at_steps
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.series.panel import Panel

DIRECT, RECURSIVE, HELD, ZERO_SHOT, NEW_SERIES = "direct", "recursive", "held", "zero-shot", "new-series"
ROUNDING = 1e-9
"""Differences below this share of a value are rounding: least half-width of an interval, and errors that are equal."""
TINY = 1e-300
"""Floor of errors, norms and variances that may be zero, before a logarithm or a division; far from underflow."""


@dataclass(frozen=True)
class Forecast:
    """Forecasts of N series for the next h steps.

    Attributes:
        point: Point forecasts, (N, h), in the units of the data.
        low, high: Ends of the intervals, by level in percent, each (N, h).
        strategy: How each step was made, (N, h): `direct`; `recursive` beyond the trained horizon; `held`, where steps
            are unequal, at the forecast for the furthest lead time that the network learned; `zero-shot` where nothing
            was trained, and `new-series` of a series that training did not see.

    """

    point: Floats
    low: dict[float, Floats]
    high: dict[float, Floats]
    strategy: NDArray[np.object_]

    def at_steps(self, steps: Ints) -> Forecast:
        """Return the forecasts of these steps of each series, (N, k), counted from 0."""
        low, high = ({level: at_steps(each, steps) for level, each in ends.items()} for ends in (self.low, self.high))
        strategy = np.take_along_axis(self.strategy, steps, axis=1)
        return Forecast(at_steps(self.point, steps), low, high, strategy)


class FittedMethod(Protocol):
    """A method that was fitted to a history."""

    @property
    def tail_rows(self) -> int | None:
        """Rows at the end of a series that prediction looks at; None for all."""

    def predict(
        self, panel: Panel, horizon: int, ds: NDArray[Any] | None = None, levels: Sequence[float] = LEVELS
    ) -> Forecast:
        """Forecast the `horizon` steps that follow the end of each series of `panel`, with intervals at `levels`.

        The panel is the fitted one or a later state of the same series; the last `tail_rows` rows of it are enough.
        With `ds`, (N, horizon), they are the rows at these rising time stamps, where the method counts steps by time.
        """


class Method(Protocol):
    """A method that can be fitted."""

    @property
    def name(self) -> str:
        """The method's column in output frames."""

    def fit(self, panel: Panel) -> FittedMethod:
        """Fit the method to every row of `panel`, and to nothing else."""
