"""The memory of one layer for one batch shape, allocated once and used at every step of training.

A layer is a function `y, backprop = layer(W, x, ws)`. What backward needs stands in the workspace, so what
forward returned is a view until the next call on the same workspace, and `backprop` may be called once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from forecaster.nn.parameters import Array

    State = tuple[Array, ...]
    """What a recurrent cell carries from step to step, each (H, B): (h,), or (h, c) for the LSTM."""


FLAT = 0.95
"""|tanh(a)| beyond which its slope is less than a tenth of its largest, as a sigmoid's beyond 0.975 and below 0.025."""


class Workspace:
    """Count the uses of the memory, so that a stale `backprop` is an error and not a wrong gradient."""

    def __init__(self) -> None:
        """Begin with no use."""
        self._use = 0

    def begin(self) -> int:
        """Note that forward fills the memory, and return the number of this use."""
        self._use += 1
        return self._use

    def claim(self, use: int) -> None:
        """Note that backward consumes the memory of forward number `use`.

        Raises:
            RuntimeError: Forward has run again since, or backward already has.

        """
        if use != self._use:
            raise RuntimeError("backprop was called twice, or after another forward on the same workspace")
        self._use += 1


class CellWorkspace(Workspace, ABC):
    """What the recurrent cells have in common: the buffer z, the states in it, and their gradient.

    What Python costs beside NumPy is spent here once: views of single steps, and numbers as arrays without axes. For
    the same reason the cells call `np.dot`, which starts faster than `np.matmul`, where no factor is part of a matrix.

    Attributes:
        end: The state after the last step, a view.
        dstart: The gradient of the state before the first step, after `backprop`, if that state was given.
        flow: Norm of the gradient of h_t at each step, (T,), noted by `backprop` if `watch` was called; else None.
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
        self.one, self.half = np.array(1, dtype), np.array(0.5, dtype)
        self.dh = np.empty((H, B), dtype)  # (H, B) gradient of h_t
        self.dx = np.empty((T, I, B), dtype) if wants_dx else None  # (T, I, B)
        self.flow: Array | None = None
        self.memory_flow: Array | None = None
        self._dh_out: Array | None = None  # (T, H, B) gradient of every state from outside, if there is one

    @abstractmethod
    def saturation(self) -> dict[str, float]:
        """Return the share of activations after forward at which a nonlinearity is nearly flat, by gate or `state`."""

    def watch(self) -> None:
        """Ask `backprop` to note how large the gradient of each state is."""
        self.flow, self.memory_flow = np.zeros(len(self.h)), np.zeros(len(self.h))

    def load(self, x: Array, start: State | None) -> int:
        """Take the inputs and the state before the first step (None for zeros); return the number of this use."""
        self.x[:] = x
        self.z[0, : len(self.dh)] = 0 if start is None else start[0]
        return self.begin()

    def receive(self, dh_out: Array) -> Array:
        """Take the gradient of the last state, (H, B), or of every state, (T, H, B); return that of the last one."""
        self._dh_out = dh_out if dh_out.ndim == 3 else None
        self.dh[:] = dh_out if self._dh_out is None else 0
        self.arrive(len(self.h) - 1)
        return self.dh

    def arrive(self, t: int) -> None:
        """Complete the gradient of h_t, which came back through time, by what comes from outside."""
        if t >= 0 and self._dh_out is not None:
            self.dh += self._dh_out[t]
        if t >= 0 and self.flow is not None:
            self.flow[t] = np.linalg.norm(self.dh)
