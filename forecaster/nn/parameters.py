"""All parameters of a network in one flat vector, with a named view for each array.

Gradients and the optimiser's moments have the same layout, so an update, a clip or a copy of the whole network is one
call on one vector.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray

Array = np.ndarray[tuple[int, ...], np.dtype[np.floating]]
"""A float32 or float64 array."""

Views = dict[str, Array]
"""Arrays by name; each is a view into one flat vector."""


def count(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return how many numbers arrays of these shapes hold together."""
    return sum(prod(shape) for shape in shapes.values())


class Parameters:
    """Named views into one flat vector.

    Attributes:
        vector: Every number, (P,).
        views: The arrays by name, in the order of `shapes`; writing to a view writes to the vector.

    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: DTypeLike = np.float32) -> None:
        """Allocate zeros for arrays of the given shapes, one after the other."""
        self.vector: Array = np.zeros(count(shapes), dtype)
        self.views: Views = {}
        self._parts: dict[str, Views] = {}
        start = 0
        for name, shape in shapes.items():
            stop = start + prod(shape)
            view = self.views[name] = self.vector[start:stop].reshape(shape)
            part, _, rest = name.rpartition(".")
            self._parts.setdefault(part, {})[rest] = view
            start = stop

    def __getitem__(self, name: str) -> Array:
        """Return the view called `name`."""
        return self.views[name]

    def part(self, prefix: str) -> Views:
        """Return the views whose names are `prefix`, a dot and a name, by that name."""
        return self._parts[prefix]

    def load(self, vector: NDArray[np.floating]) -> None:
        """Copy `vector`, (P,), into the views.

        Raises:
            ValueError: The vector is not as long as the parameters.

        """
        if vector.shape != self.vector.shape:
            raise ValueError(f"the network has {self.vector.size} parameters, the vector has {vector.size}")
        self.vector[:] = vector
