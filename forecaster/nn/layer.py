"""One recurrent layer: a cell in one or both directions, then a residual connection and dropout.

    y = cell(x)                          or both directions of it, see forecaster.nn.bidirectional
    y = y + x                            residual, where x and y have as many features (He et al. 2016)
    y = y * m / (1 - p)                  dropout on the way to the next layer, in training (Srivastava et al. 2014)

m is 1 with probability 1 - p, else 0. Letters and layout: docs/notation.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.nn import gru as gru_cell
from forecaster.nn import lstm as lstm_cell
from forecaster.nn import rnn as rnn_cell
from forecaster.nn.bidirectional import BidirectionalWorkspace, bidirectional
from forecaster.nn.gru import GRUWorkspace, gru
from forecaster.nn.lstm import LSTMWorkspace, lstm
from forecaster.nn.rnn import RNNWorkspace, rnn
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Parameters, Views
    from forecaster.nn.workspace import CellWorkspace, State


class Cell(NamedTuple):
    """The parts of a cell's module: its parameters, its memory, and the cell itself."""

    shapes: Callable[[int, int], dict[str, tuple[int, ...]]]
    workspace: Callable[..., CellWorkspace]
    forward: Callable[..., Any]


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


class LayerWorkspace(Workspace):
    """Memory for T steps of B sequences in layer n of a stack.

    Attributes:
        cells: The memory of the cell, one a direction.

    """

    def __init__(self, sizes: Stack, n: int, T: int, B: int, gradient: Parameters, *, wants_dx: bool) -> None:  # noqa: PLR0913 - sizes
        """Allocate everything; `gradient` collects the gradients of the parameters."""
        super().__init__()
        self.parts, self.forward = sizes.parts(n), CELLS[sizes.cell].forward
        kind = {"activation": sizes.activation} if sizes.cell == "rnn" else {}
        make = CELLS[sizes.cell].workspace
        self.cells: list[CellWorkspace] = [
            make(T, B, gradient.part(part), wants_dx=wants_dx, **kind) for part in self.parts
        ]
        self.both = BidirectionalWorkspace(*self.cells) if sizes.bidirectional else None
        shape, dtype = (T, sizes.width, B), gradient.vector.dtype
        residual = sizes.residual and sizes.inputs_of(n) == sizes.width
        self.sum = np.empty(shape, dtype) if residual else None  # (T, width, B) cell(x) + x
        self.dropout = sizes.dropout if n < sizes.layers - 1 else 0.0
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


def last_output(y: Array, *, bidirectional: bool) -> Array:
    """Return a layer's output after it has read all steps, (width, B), from its outputs, (T, width, B).

    The reverse direction reads the first step last.
    """
    H = y.shape[1] // 2
    output: Array = np.concatenate([y[-1, :H], y[0, H:]]) if bidirectional else y[-1]
    return output


def add_to_last(dy: Array, dlast: Array, *, bidirectional: bool) -> Array:
    """Add the gradient of `last_output`, (width, B), to dy, which is that of `last_output` or of all outputs."""
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
        start: The cell's state before the first step, for one direction only; None for zeros.
        rng: Random numbers for the dropout of training; None for no dropout.

    Returns:
        y, (T, width, B), a view until the next call on `ws`; and `backprop(dy, dend=None)`, which takes the gradient of
        `last_output(y)`, (width, B), or of y, (T, width, B), and that of `ws.end`, and returns that of x, (T, I, B), if
        the workspace wants it.

    """
    use = ws.begin()
    weights: list[Views] = [W.part(part) for part in ws.parts]
    both = ws.both is not None
    if ws.both:
        y, back = bidirectional(ws.forward, (weights[0], weights[1]), x, ws.both)
    else:
        y, back = ws.forward(weights[0], x, ws.cells[0], start)
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
