"""Roll windows forward: append what was forecast from them, so that the next forecast reads it as known values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.series.windows import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.windows import Windows


class Rollout:
    """Windows that grow by their own forecasts, in arrays of their own; their scales stay as they are.

    Attributes:
        windows: The windows that end with the latest forecast, W of them.

    """

    def __init__(self, windows: Windows, horizon: int) -> None:
        """Copy the windows and allocate space for `horizon` forecasts after each."""
        rows, mask = rows_of(windows.start, windows.last, windows.lookback)
        known, count = rows.shape
        self._x = np.concatenate([windows.x[rows].T, np.zeros((count, horizon))], axis=1)  # (W, L + 1 + horizon)
        self._known, self._appended = known, 0
        begin = np.arange(count) * self._x.shape[1]
        self.windows = replace(
            windows,
            x=self._x.reshape(-1),
            start=begin + mask.argmax(axis=0),
            stop=begin + self._x.shape[1],
            last=begin + known - 1,
            covariates=windows.covariates and windows.covariates.for_rollout(rows, horizon),
        )

    def append(self, output: NDArray[Any]) -> None:
        """Append the scaled outputs of the windows, (O, W), as the values that follow; drop those past the horizon."""
        end = self._known + self._appended
        free = self._x[:, end : end + len(output)]
        steps = free.shape[1]
        free[:] = self._x[:, [end - 1]] + self.windows.scale[:, None] * output[:steps].T
        self._appended += steps
        self.windows = replace(self.windows, last=self.windows.last + steps)

    @property
    def output(self) -> Floats:
        """The scaled outputs so far, as those of the windows before any forecast, (steps, W)."""
        last = self._known - 1
        appended: Floats = self._x[:, last + 1 : last + 1 + self._appended] - self._x[:, [last]]
        return (appended / self.windows.scale[:, None]).T
