"""Recurrent layers in a row, with dropout between them and residual connections where sizes agree.

    y = cell(x)                          or both directions of it, see forecaster.nn.bidirectional
    y = y + x                            residual, where x and y have as many features (He et al. 2016)
    y = y * m / (1 - p)                  dropout on the way to the next layer, in training (Srivastava et al. 2014)

A network is stacks: one that reads the window, and for some architectures a second one that writes the forecast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.nn import gru as gru_cell
from forecaster.nn import initialise
from forecaster.nn import lstm as lstm_cell
from forecaster.nn import rnn as rnn_cell
from forecaster.nn.bidirectional import BidirectionalWorkspace, bidirectional
from forecaster.nn.gru import GRUWorkspace, gru
from forecaster.nn.lstm import LSTMWorkspace, lstm
from forecaster.nn.rnn import RNNWorkspace, rnn
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.nn.parameters import Array, Parameters, Views
    from forecaster.nn.workspace import CellWorkspace, State


class Cell(NamedTuple):
    """The three parts of a cell's module."""

    shapes: Callable[[int, int], dict[str, tuple[int, ...]]]
    workspace: Callable[..., CellWorkspace]
    run: Callable[..., Any]


CELLS = {
    "rnn": Cell(rnn_cell.shapes, RNNWorkspace, rnn),
    "gru": Cell(gru_cell.shapes, GRUWorkspace, gru),
    "lstm": Cell(lstm_cell.shapes, LSTMWorkspace, lstm),
}
ACTIVATIONS = ("tanh", "relu")


@dataclass(frozen=True)
class Stack:
    """The sizes of recurrent layers in a row.

    Attributes:
        name: What the names of its parameters begin with.
        inputs: Inputs of the first layer at each step, I.
        hidden: Hidden units of each layer and direction, H.
        layers: Layers, N.
        cell: `rnn`, `gru` or `lstm`.
        activation: `tanh` or `relu`; only the rnn cell has a choice.
        bidirectional: Whether each layer reads both ways; it then has 2H outputs.
        dropout: Share of a layer's outputs that training hides from the next layer, p.
        residual: Whether a layer adds its input to its output where both have the same size.

    """

    name: str
    inputs: int
    hidden: int
    layers: int
    cell: str
    activation: str = "tanh"
    bidirectional: bool = False
    dropout: float = 0.0
    residual: bool = False

    @property
    def width(self) -> int:
        """Outputs of each layer."""
        return 2 * self.hidden if self.bidirectional else self.hidden

    def inputs_of(self, n: int) -> int:
        """Return the inputs of layer n, counted from 0."""
        return self.width if n else self.inputs

    def parts(self, n: int) -> list[str]:
        """Return the names of layer n's parameters: one set a direction."""
        return [f"{self.name}{n}", f"{self.name}{n}_reverse"][: 1 + self.bidirectional]


def shapes(stack: Stack) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return the shape of every parameter by part and name."""
    cell = CELLS[stack.cell]
    return {part: cell.shapes(stack.inputs_of(n), stack.hidden) for n in range(stack.layers) for part in stack.parts(n)}


def fill(W: Parameters, stack: Stack, rng: np.random.Generator) -> None:
    """Write starting values: see `forecaster.nn.initialise`."""
    for n in range(stack.layers):
        for part in stack.parts(n):
            initialise.fill_cell(W.part(part), stack.hidden, rng)
            if stack.cell == "lstm":
                initialise.remember(W.part(part), stack.hidden)


class LayerWorkspace(Workspace):
    """Memory for T steps of B sequences in layer n of a stack.

    Attributes:
        cells: The memory of the cell, one a direction.

    """

    def __init__(  # noqa: PLR0913 - two sizes of the batch beside the layer and its gradient
        self, stack: Stack, n: int, T: int, B: int, gradient: Parameters, *, wants_dx: bool
    ) -> None:
        """Allocate everything; `gradient` collects the gradients of the parameters."""
        super().__init__()
        self.parts, self.run = stack.parts(n), CELLS[stack.cell].run
        kind = {"activation": stack.activation} if stack.cell == "rnn" else {}
        make = CELLS[stack.cell].workspace
        self.cells: list[CellWorkspace] = [
            make(T, B, gradient.part(part), wants_dx=wants_dx, **kind) for part in self.parts
        ]
        self.both = BidirectionalWorkspace(*self.cells) if stack.bidirectional else None
        shape, dtype = (T, stack.width, B), gradient.vector.dtype
        residual = stack.residual and stack.inputs_of(n) == stack.width
        self.sum = np.empty(shape, dtype) if residual else None  # (T, width, B) cell(x) + x
        self.dropout = stack.dropout if n < stack.layers - 1 else 0.0
        self.mask = np.empty(shape, dtype) if self.dropout else None  # (T, width, B) m / (1 - p)

    @property
    def end(self) -> State:
        """The cell's state after the last step."""
        cell: CellWorkspace | BidirectionalWorkspace = self.both or self.cells[0]
        return cell.end

    @property
    def dstart(self) -> State:
        """The gradient of the state before the first step, after `backprop`, if that state was given."""
        return self.cells[0].dstart


def last(y: Array, *, bidirectional: bool) -> Array:
    """Return what a layer's outputs, (T, width, B), say after it has read everything, (width, B)."""
    H = y.shape[1] // 2
    known: Array = np.concatenate([y[-1, :H], y[0, H:]]) if bidirectional else y[-1]
    return known


def add_to_last(dy: Array, dlast: Array, *, bidirectional: bool) -> Array:
    """Return dy, of `last`'s result or of all outputs, with the gradient of `last`'s result, (width, B), added."""
    if dy.ndim == 2:
        return dy + dlast
    H = dy.shape[1] // 2 if bidirectional else dy.shape[1]
    total = dy.copy()
    total[-1, :H] += dlast[:H]
    total[0, H:] += dlast[H:]
    return total


def layer(
    W: Parameters, x: Array, ws: LayerWorkspace, start: State | None = None, rng: np.random.Generator | None = None
) -> tuple[Array, Callable[..., Array | None]]:
    """Run one layer over a batch of sequences.

    Args:
        W: The parameters of the network.
        x: Inputs, (T, I, B).
        ws: Memory for these sizes.
        start: The cell's state before the first step, not for both directions; None for zeros.
        rng: Chance for the dropout of training; None leaves it out.

    Returns:
        y, (T, width, B), a view until the next call on `ws`; and `backprop(dy, dend=None)`, which takes the gradient of
        `last(y)`, (width, B), or of y, (T, width, B), and that of `ws.end`, and returns that of x, (T, I, B), if the
        workspace wants it.

    """
    use = ws.begin()
    weights: list[Views] = [W.part(part) for part in ws.parts]
    both = ws.both is not None
    if ws.both:
        y, back = bidirectional(ws.run, (weights[0], weights[1]), x, ws.both)
    else:
        y, back = ws.run(weights[0], x, ws.cells[0], start)
    if ws.sum is not None:
        y = np.add(y, x, out=ws.sum)
    mask = None if rng is None else ws.mask
    if rng is not None and mask is not None:
        mask[:] = (rng.random(mask.shape, np.float32) >= ws.dropout) / (1 - ws.dropout)
        y = y * mask

    def backprop(dy: Array, dend: State | None = None) -> Array | None:
        ws.claim(use)
        if mask is not None:
            dy = dy * mask
        dh = dy if dend is None else add_to_last(dy, dend[0], bidirectional=both)
        dx: Array | None = back(dh, *(dend or ())[1:])
        if dx is not None and ws.sum is not None:
            dx = dx + dy if dy.ndim == 3 else add_to_last(dx, dy, bidirectional=both)
        return dx

    return y, backprop


class StackWorkspace(Workspace):
    """Memory for T steps of B sequences in all layers; the gradients of the parameters collect in `gradient`."""

    def __init__(self, stack: Stack, T: int, B: int, gradient: Parameters, *, wants_dx: bool = False) -> None:
        """Allocate the layers' memory; `wants_dx` asks for the gradient of the input."""
        super().__init__()
        self.layers = [
            LayerWorkspace(stack, n, T, B, gradient, wants_dx=wants_dx or n > 0) for n in range(stack.layers)
        ]

    @property
    def ends(self) -> list[State]:
        """The state of each layer after the last step."""
        return [layer.end for layer in self.layers]

    @property
    def dstarts(self) -> list[State]:
        """The gradients of the states before the first step, after `backprop`, if those states were given."""
        return [layer.dstart for layer in self.layers]


def run(
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
        rng: Chance for the dropout of training; None leaves it out.

    Returns:
        y of the top layer, (T, width, B), and `backprop(dy, dends=None)`: as those of `layer`, with a state a layer.

    """
    use = ws.begin()
    way_back = []
    for n, each in enumerate(ws.layers):
        x, back = layer(W, x, each, starts[n] if starts else None, rng)
        way_back.append(back)

    def backprop(dy: Array, dends: Sequence[State] | None = None) -> Array | None:
        ws.claim(use)
        gradient: Any = dy
        for n in reversed(range(len(way_back))):
            gradient = way_back[n](gradient, dends[n] if dends else None)
        return gradient  # type: ignore[no-any-return]  # None only below the first layer

    return x, backprop
