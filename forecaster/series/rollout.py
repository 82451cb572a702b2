"""Windows that go on: what was forecast from them becomes the latest that they know."""

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
    """Windows that grow by what is forecast from them, in room of their own; their scales stay as they are.

    Attributes:
        windows: The windows that end with the latest forecast, W of them.

    """

    def __init__(self, windows: Windows, horizon: int) -> None:
        """Copy the windows, with room for `horizon` forecasts."""
        rows, mask = rows_of(windows.start, windows.last, windows.lookback)
        length, count = rows.shape
        self._x = np.concatenate([windows.x[rows].T, np.zeros((count, horizon))], axis=1)  # (W, L + 1 + h)
        self._length, self._made = length, 0
        begin = np.arange(count) * self._x.shape[1]
        self.windows = replace(
            windows,
            x=self._x.reshape(-1),
            start=begin + mask.argmax(axis=0),
            stop=begin + self._x.shape[1],
            last=begin + length - 1,
            covariates=windows.covariates and windows.covariates.along(rows, horizon),
        )

    def append(self, output: NDArray[Any]) -> None:
        """Take the scaled outputs of the windows, (O, W), for the values that follow."""
        end = self._length + self._made
        room = self._x[:, end : end + len(output)]
        steps = room.shape[1]
        room[:] = self._x[:, [end - 1]] + self.windows.scale[:, None] * output[:steps].T
        self._made += steps
        self.windows = replace(self.windows, last=self.windows.last + steps)

    @property
    def output(self) -> Floats:
        """The scaled outputs so far for the windows as they were, (steps, W)."""
        now = self._length - 1
        ahead = self._x[:, now + 1 : now + 1 + self._made] - self._x[:, [now]]
        output: Floats = (ahead / self.windows.scale[:, None]).T
        return output
