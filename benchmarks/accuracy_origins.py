"""Rolling origins over the last part of a series, and the forecasts made from them.

Arrays are (n,) for n origins, quantiles (n, Q).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

SHARE = 0.3
"""The end of each series that is forecast."""
STEP = 5
"""Most rows from one origin to the next."""


@dataclass(frozen=True)
class Origins:
    """The last origins of a series of `rows` rows from which `horizon` steps ahead an actual value exists."""

    rows: int
    horizon: int

    @property
    def step(self) -> int:
        """Rows from one origin to the next."""
        return min(self.horizon, STEP)

    @property
    def count(self) -> int:
        """Origins in the last part of the series."""
        return int(SHARE * self.rows - self.horizon) // self.step + 1

    @property
    def refit(self) -> int:
        """Origins from the first fit to the second, which is in their middle."""
        return -(-self.count // 2)

    @property
    def options(self) -> tuple[str, ...]:
        """These origins as options of `forecast evaluate`."""
        folds = ("--folds", str(self.count), "--step", str(self.step), "--refit", str(self.refit))
        return ("--horizon", str(self.horizon), *folds)

    @property
    def known(self) -> NDArray[np.int64]:
        """Rows up to each origin, oldest first, (n,)."""
        return self.rows - self.horizon - self.step * np.arange(self.count)[::-1]

    @property
    def fitted(self) -> NDArray[np.int64]:
        """Rows up to the fit that each origin is forecast with, (n,)."""
        return self.known[np.arange(self.count) // self.refit * self.refit]


@dataclass(frozen=True)
class Backtest:
    """Forecasts of one series at the last step of the horizon.

    Attributes:
        name: The series.
        origins: The rows from which it was forecast.
        history: All its values.
        point: Forecasts, (n,).
        low, high: Ends of the intervals by level in percent, each (n,).

    """

    name: str
    origins: Origins
    history: Values
    point: Values
    low: Mapping[int, Values]
    high: Mapping[int, Values]

    @property
    def last(self) -> Values:
        """The last value before each origin, (n,)."""
        return self.history[self.origins.known - 1]

    @property
    def actual(self) -> Values:
        """The actual values, (n,)."""
        return self.history[self.origins.known - 1 + self.origins.horizon]

    @property
    def taus(self) -> tuple[float, ...]:
        """The probabilities of the ends of the intervals and of the point, rising, (Q,)."""
        tails = sorted((100 - level) / 200 for level in self.low)
        return (*tails, 0.5, *(1 - tail for tail in reversed(tails)))

    @property
    def quantiles(self) -> Values:
        """The forecasts at these probabilities, (n, Q)."""
        widest_first = sorted(self.low, reverse=True)
        low, high = ([side[level] for level in widest_first] for side in (self.low, self.high))
        return np.column_stack([*low, self.point, *reversed(high)])
