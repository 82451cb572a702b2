"""Recurrent layers in a row: each reads the outputs of the one before.

A network has one stack that reads the window, and for some architectures a second one that writes the forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.nn import initialise
from forecaster.nn.layer import CELLS, LayerWorkspace, layer
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from forecaster.nn.layer import Stack
    from forecaster.nn.parameters import Array, Parameters
    from forecaster.nn.workspace import State


def stack_shapes(sizes: Stack) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return the shape of every parameter by part and name."""
    cell = CELLS[sizes.cell]
    return {part: cell.shapes(sizes.inputs_of(n), sizes.hidden) for n in range(sizes.layers) for part in sizes.parts(n)}


def fill_stack(W: Parameters, sizes: Stack, rng: np.random.Generator) -> None:
    """Write starting values: see `forecaster.nn.initialise`."""
    for n in range(sizes.layers):
        for part in sizes.parts(n):
            initialise.fill_cell(W.part(part), sizes.hidden, rng)
            if sizes.cell == "lstm":
                initialise.open_forget_gate(W.part(part), sizes.hidden)


class StackWorkspace(Workspace):
    """Memory for T steps of B sequences in all layers; the gradients of the parameters collect in `gradient`."""

    def __init__(self, sizes: Stack, T: int, B: int, gradient: Parameters, *, wants_dx: bool = False) -> None:
        """Allocate the layers' memory; `wants_dx` asks for the gradient of the input."""
        super().__init__()
        self.layers = [
            LayerWorkspace(sizes, n, T, B, gradient, wants_dx=wants_dx or n > 0) for n in range(sizes.layers)
        ]

    @property
    def ends(self) -> list[State]:
        """The state of each layer after the last step."""
        return [layer.end for layer in self.layers]

    @property
    def dstarts(self) -> list[State]:
        """The gradients of the states before the first step, after `backprop`, if those states were given."""
        return [layer.dstart for layer in self.layers]


def stack(
    W: Parameters,
    x: Array,
    ws: StackWorkspace,
    starts: Sequence[State] | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[Array, Callable[..., Array | None]]:
    """Run all layers over a batch of sequences.

    Args:
        W: The parameters of the network.
        x: Inputs, (T, I, B).
        ws: Memory for these sizes.
        starts: The state of each layer before the first step; None for zeros.
        rng: Random numbers for the dropout of training; None for no dropout.

    Returns:
        y of the top layer, (T, width, B), and `backprop(dy, dends=None)`: as for `layer`, with a state for each layer.

    """
    use = ws.begin()
    backprops = []
    for n, each in enumerate(ws.layers):
        x, back = layer(W, x, each, starts[n] if starts else None, rng)
        backprops.append(back)

    def backprop(dy: Array, dends: Sequence[State] | None = None) -> Array | None:
        ws.claim(use)
        gradient: Array | None = dy
        for n in reversed(range(len(backprops))):
            gradient = backprops[n](gradient, dends[n] if dends else None)
        return gradient

    return x, backprop
