"""The memory of a layer for one batch shape, allocated once and used at every step of training.

A layer is a function `y, backprop = layer(W, x, ws)`. The forward pass leaves in the workspace what the backward pass
needs. So its result is a view until the next call on the same workspace, and `backprop` may be called once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn.activations import Activations

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from forecaster.nn.parameters import Array

    State = tuple[Array, ...]
    """What a recurrent cell passes from step to step, each (H, B): (h,), or (h, c) for the LSTM."""


FLAT = 0.95
"""|tanh(a)| above which the slope of tanh is less than a tenth of its largest; for a sigmoid this is above 0.975 or
below 0.025."""


class Workspace:
    """Count the uses of the memory, so that a stale `backprop` is an error and not a wrong gradient."""

    def __init__(self) -> None:
        """Begin with no use."""
        self._use = 0

    def begin(self) -> int:
        """Record that the forward pass fills the memory, and return the number of this use."""
        self._use += 1
        return self._use

    def claim(self, use: int) -> None:
        """Record that the backward pass consumes the memory of use number `use`.

        Raises:
            RuntimeError: The forward pass has run again since, or the backward pass already has.

        """
        if use != self._use:
            raise RuntimeError("backprop was called twice, or after another forward on the same workspace")
        self._use += 1


class CellWorkspace(Workspace, ABC):
    """What all recurrent cells share: the buffer z, the states in it, and their gradient.

    Python's own work is done here, once, and not at every step: views of single steps, and numbers as arrays without
    axes. For the same reason the cells call `np.dot`, which starts faster than `np.matmul`, where both factors are
    whole arrays.

    Attributes:
        end: The state after the last step, a view.
        dstart: The gradient of the state before the first step, after `backprop`, if that state was given.
        flow: Norm of the gradient of h_t at each step, (T,), written by `backprop` after `record_flow`; else None.
        memory_flow: The same of c_t, where the cell has a memory; else zeros.

    """

    end: State
    dstart: State

    def __init__(self, T: int, B: int, H: int, I: int, dtype: DTypeLike, *, wants_dx: bool) -> None:  # noqa: PLR0913 - sizes
        """Allocate memory for T steps of B sequences of I inputs, and H hidden units."""
        super().__init__()
        self.z = np.zeros((T + 1, H + 1 + I, B), dtype)  # (T+1, H+1+I, B) z[t] = [h_{t-1}; 1; x_t]
        self.z[:, H] = 1
        self.x = self.z[:T, H + 1 :]  # (T, I, B) x_t
        self.h = self.z[1:, :H]  # (T, H, B) h_t
        self.z_steps, self.h_steps = list(self.z[:T]), list(self.h)
        self.one, self.activations = np.array(1, dtype), Activations(dtype, H * B)
        self.dh = np.empty((H, B), dtype)  # (H, B) gradient of h_t
        self.dx = np.empty((T, I, B), dtype) if wants_dx else None  # (T, I, B)
        self.flow: Array | None = None
        self.memory_flow: Array | None = None
        self._dh_out: Array | None = None  # (T, H, B) gradient of every state from outside, if there is one

    @abstractmethod
    def saturation(self) -> dict[str, float]:
        """Return the share of activations after forward at which a nonlinearity is nearly flat, by gate or `state`."""

    def record_flow(self) -> None:
        """Let `backprop` record the norm of the gradient of each state."""
        self.flow, self.memory_flow = np.zeros(len(self.h)), np.zeros(len(self.h))

    def begin_forward(self, x: Array, start: State | None) -> int:
        """Copy the inputs and the state before the first step (None for zeros) to z; return the number of this use."""
        self.x[:] = x
        self.z[0, : len(self.dh)] = 0 if start is None else start[0]
        return self.begin()

    def begin_backward(self, dh_out: Array) -> Array:
        """Copy the gradient of the last state, (H, B), or of every state, (T, H, B); return that of the last one."""
        self._dh_out = dh_out if dh_out.ndim == 3 else None
        self.dh[:] = dh_out if self._dh_out is None else 0
        self.complete_dh(len(self.h) - 1)
        return self.dh

    def complete_dh(self, t: int) -> None:
        """Add the gradient of h_t from outside the cell to the part in `dh` that came back through time."""
        if t >= 0 and self._dh_out is not None:
            self.dh += self._dh_out[t]
        if t >= 0 and self.flow is not None:
            self.flow[t] = np.linalg.norm(self.dh)
