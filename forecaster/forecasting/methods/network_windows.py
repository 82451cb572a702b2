"""Windows as the networks read them: the bridge from `forecaster.series.windows` to `forecaster.nn.fit`.

A network reads T steps. Each step takes, in this order,

    L / T values of the target
    L / T values of each covariate, then its level
    the time since the step before, where steps are unequal; else the relative scale of the window, or 0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.series.windows import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.nn.network import NetworkInputs
    from forecaster.series.windows import Windows


@dataclass(frozen=True)
class NetworkWindows:
    """Windows as one network reads them.

    With `scale_feature` it reads the relative scale of a window too, and windows of a large scale train it more.
    """

    windows: Windows
    scale_feature: bool = False

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.windows)

    def inputs(self, chosen: Ints, inputs: NetworkInputs) -> None:
        """Write the windows numbered `chosen`, (B,), to the arrays of `inputs` that are there."""
        self._steps(chosen, inputs.window)
        if inputs.lead_times is not None:
            inputs.lead_times[...] = self.windows.lead_times_of(chosen, len(inputs.lead_times)).T
        if inputs.context is not None:
            inputs.context[...] = self._context(chosen, len(inputs.context))

    def targets(self, chosen: Ints, y: NDArray[Any]) -> None:
        """Write the scaled targets of the windows numbered `chosen` to y, (h, B), or (T, h, B) for every step."""
        self.windows.targets(chosen, y)

    @property
    def sample_weights(self) -> Floats | None:
        """How much each window counts in training, (W,): the root of its relative scale; None for all alike."""
        if not self.scale_feature:
            return None
        # in the units of the data the scaled errors of a quiet window are smaller; the root goes half the way to these
        return np.exp(self.windows.relative_scale(np.arange(len(self))) / 2)

    def _steps(self, chosen: Ints, x: NDArray[Any]) -> None:
        """Write what the network reads step by step to x, (T, S, B)."""
        windows = self.windows
        end = values = windows.lookback // len(x)
        windows.scaled_values(chosen, x[:, :values])
        for column in windows.past_covariates(chosen, windows.lookback):
            x[:, end : end + values] = column[:-1].reshape(len(x), values, -1)
            x[:, end + values] = column[-1]
            end += values + 1
        if windows.time is not None:
            rows, _ = rows_of(windows.start[chosen], windows.last[chosen], windows.lookback)
            x[:, 1] = np.diff(windows.time[rows], axis=0)
        elif x.shape[1] > end:
            x[:, end] = windows.relative_scale(chosen) if self.scale_feature else 0

    def _context(self, chosen: Ints, rows: int) -> Floats:
        """Return the future covariates as means over blocks of steps, (rows, B), A rows for each block."""
        v = self.windows.future_covariates(chosen)
        blocks = np.array_split(np.arange(v.shape[1]), rows // len(v))
        first, size = (np.array([figure(block) for block in blocks]) for figure in (min, len))
        means: Floats = np.add.reduceat(v, first, axis=1) / size[:, None]
        return means.reshape(rows, -1)
