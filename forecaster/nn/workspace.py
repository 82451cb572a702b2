"""The memory of one layer for one batch shape, allocated once and used at every step of training.

A layer is a function `y, backprop = layer(W, x, ws)`. What backward needs stands in the workspace, so what
forward returned is a view until the next call on the same workspace, and `backprop` may be called once.
"""

from __future__ import annotations


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
