"""The network: layers in a row, and a linear skip from the window to the output.

    e_t = relu(W_e [x_t; 1])                 embedding of each step's input, where there is one
    h   = cell_N(... cell_1(e))              recurrent layers
    y   = W_o [h_T; 1] + W_s x               head on the last hidden state, plus the skip

The head and the skip start at zero, so an untrained network answers zero: whatever the caller's scaling makes of
zero is the forecast to be improved on. Letters and layout: docs/notation.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.nn import dense as dense_layer
from forecaster.nn import gru as gru_cell
from forecaster.nn import initialise
from forecaster.nn import lstm as lstm_cell
from forecaster.nn import rnn as rnn_cell
from forecaster.nn.dense import DenseWorkspace, dense
from forecaster.nn.gru import GRUWorkspace, gru
from forecaster.nn.lstm import LSTMWorkspace, lstm
from forecaster.nn.parameters import Parameters, count
from forecaster.nn.rnn import RNNWorkspace, rnn
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike

    from forecaster.nn.parameters import Array

CELLS = ("rnn", "gru", "lstm")
ACTIVATIONS = ("tanh", "relu")


@dataclass(frozen=True)
class Architecture:
    """The sizes of a network.

    Attributes:
        inputs: Values fed at each step, S.
        steps: Recurrent steps, T.
        outputs: Values forecast, O.
        hidden: Hidden units of each recurrent layer, H.
        layers: Recurrent layers, N.
        cell: `rnn`, `gru` or `lstm`.
        activation: `tanh` or `relu`; only the rnn cell has a choice.
        embedding: Units of the dense layer on each step's input; 0 for none.
        skip: Whether the window also reaches the output by a linear map.

    """

    inputs: int
    steps: int
    outputs: int
    hidden: int
    layers: int = 1
    cell: str = "gru"
    activation: str = "tanh"
    embedding: int = 0
    skip: bool = True

    def __post_init__(self) -> None:
        """Refuse names that are not known.

        Raises:
            ValueError: The cell or the activation does not exist.

        """
        if self.cell not in CELLS or self.activation not in ACTIVATIONS:
            raise ValueError(f"no cell {self.cell!r} with activation {self.activation!r}")

    def cell_inputs(self, layer: int) -> int:
        """Return the inputs of recurrent layer `layer`, counted from 0."""
        return self.hidden if layer else self.embedding or self.inputs


def shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the shape of every parameter by name."""
    a = architecture
    cell_shapes = {"rnn": rnn_cell.shapes, "gru": gru_cell.shapes, "lstm": lstm_cell.shapes}[a.cell]
    parts = {"embedding": dense_layer.shapes(a.inputs, a.embedding)} if a.embedding else {}
    parts |= {f"layer{n}": cell_shapes(a.cell_inputs(n), a.hidden) for n in range(a.layers)}
    parts |= {"head": dense_layer.shapes(a.hidden, a.outputs)}
    parts |= {"skip": {"W": (a.outputs, a.steps * a.inputs)}} if a.skip else {}
    return {f"{part}.{name}": shape for part, arrays in parts.items() for name, shape in arrays.items()}


def parameter_count(**sizes: Any) -> int:
    """Return the number of parameters of `Architecture(**sizes)`."""
    return count(shapes(Architecture(**sizes)))


def initial_parameters(
    architecture: Architecture, rng: np.random.Generator, dtype: DTypeLike = np.float32
) -> Parameters:
    """Return fresh parameters: see `forecaster.nn.initialise`; head and skip are zero."""
    a = architecture
    parameters = Parameters(shapes(a), dtype)
    if a.embedding:
        parameters["embedding.W"][:, :-1] = initialise.glorot(a.embedding, a.inputs, rng)
    for n in range(a.layers):
        W = parameters.part(f"layer{n}")
        initialise.fill_cell(W, a.hidden, rng)
        if a.cell == "lstm":
            initialise.remember(W, a.hidden)
    return parameters


class NetworkWorkspace(Workspace):
    """Memory for batches of B windows; the gradient vector lives here too.

    Attributes:
        batch: B.
        window: Room for a batch of windows, (T, S, B), for the caller to fill.
        gradient: The gradient of every parameter, in the layout of the parameters.

    """

    def __init__(
        self, architecture: Architecture, B: int, dtype: DTypeLike = np.float32, *, wants_dx: bool = False
    ) -> None:
        """Allocate the workspaces of all layers; `wants_dx` asks for the gradient of the window."""
        super().__init__()
        a = self.architecture = architecture
        self.batch = B
        self.window = np.zeros((a.steps, a.inputs, B), dtype)
        self.gradient = Parameters(shapes(a), dtype)
        self.embedding: DenseWorkspace | None = None
        if a.embedding:
            dW = self.gradient.part("embedding")
            self.embedding = DenseWorkspace(a.steps, B, dW, relu=True, wants_dx=wants_dx)
        self.layers = [self._cell(n, wants_dx=wants_dx or n > 0 or a.embedding > 0) for n in range(a.layers)]
        self.head = DenseWorkspace(1, B, self.gradient.part("head"), wants_dx=True)

    def _cell(self, n: int, *, wants_dx: bool) -> Any:
        """Allocate the workspace of recurrent layer `n`."""
        a, sizes = self.architecture, (self.architecture.steps, self.batch, self.gradient.part(f"layer{n}"))
        if a.cell == "rnn":
            return RNNWorkspace(*sizes, activation=a.activation, wants_dx=wants_dx)
        return (GRUWorkspace if a.cell == "gru" else LSTMWorkspace)(*sizes, wants_dx=wants_dx)


def network(W: Parameters, x: Array, ws: NetworkWorkspace) -> tuple[Array, Callable[[Array], Array | None]]:
    """Forecast from a batch of windows.

    Args:
        W: The parameters, see `shapes`.
        x: Windows, (T, S, B), time first.
        ws: Memory for these sizes.

    Returns:
        y, (O, B), a view until the next call on `ws`; and `backprop(dy)`, which takes the gradient of y, (O, B), fills
        `ws.gradient`, and returns the gradient of x, (T, S, B), if the workspace wants it. Call it once.

    """
    use = ws.begin()
    cells: dict[str, Callable[..., Any]] = {"rnn": rnn, "gru": gru, "lstm": lstm}
    cell = cells[ws.architecture.cell]
    way_back = []
    h = x
    if ws.embedding is not None:
        h, back = dense(W.part("embedding"), h, ws.embedding)
        way_back.append(back)
    for n, layer in enumerate(ws.layers):
        h, back = cell(W.part(f"layer{n}"), h, layer)
        way_back.append(back)
    y, head_back = dense(W.part("head"), h[-1:], ws.head)
    window = x.reshape(-1, x.shape[-1])
    if ws.architecture.skip:
        y[0] += W["skip.W"] @ window

    def backprop(dy: Array) -> Any:
        ws.claim(use)
        ws.gradient.vector[:] = 0
        # only the last state feeds the head: the top layer takes its gradient alone
        dh: Any = head_back(dy[None])
        dh = dh[0]
        for back in reversed(way_back):
            dh = back(dh)
        if not ws.architecture.skip:
            return dh
        np.matmul(dy, window.T, out=ws.gradient["skip.W"])
        return None if dh is None else dh + (W["skip.W"].T @ dy).reshape(x.shape)

    return y[0], backprop
