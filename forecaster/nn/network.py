"""The network: layers in a row, and a linear skip from the window to the output.

    e_t = relu(W_e [x_t; 1])                 embedding of each step's input; e_t = x_t without one
    h   = layer_N(... layer_1(e))            recurrent layers, see forecaster.nn.stack

    many-to-one, one-to-one        y   = W_o [h_T; 1] + W_s x        one output, after the last step; for more
                                                                     quantiles, W_s is the same for each; with a
                                                                     dense layer before, relu(W_m [h_T; 1]) for h_T;
                                                                     with context, [h_T; c] for h_T
    many-to-many                   y_t = W_o [h_t; 1] + W_s x_t      an output after every step
    encoder-decoder, one-to-many   y   = decode(states) + W_s x      see forecaster.nn.decoder
    unequal steps                  y   = answer(h_T, lead times)     see forecaster.nn.continuous_time

The head and the skip start at zero, so the output of an untrained network is zero. Training improves on the forecast
that zero stands for in the caller's scaling, such as the last value. Letters and layout: docs/notation.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.nn.architecture import shapes
from forecaster.nn.continuous_time import AnswerWorkspace, ObserverWorkspace, answer, observe
from forecaster.nn.decoder import DecoderWorkspace, decode
from forecaster.nn.dense import DenseWorkspace, dense
from forecaster.nn.layer import last_output
from forecaster.nn.parameters import Parameters
from forecaster.nn.stack import StackWorkspace, stack
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.decoder import TrainingContext
    from forecaster.nn.parameters import Array
    from forecaster.nn.workspace import CellWorkspace

    Result = tuple[Array, Callable[[Array], Array | None]]


class EncoderCells(NamedTuple):
    """The memory of one layer of the encoder, in one direction.

    Attributes:
        layer: Number of the layer, from 0.
        direction: 0 forward, 1 reverse.
        cells: One workspace for all steps, or with unequal steps one for each step.

    """

    layer: int
    direction: int
    cells: list[CellWorkspace]


class NetworkInputs(NamedTuple):
    """Everything that a network reads for a batch of B windows; the caller fills every array that is there.

    Attributes:
        window: The windows, (T, S, B).
        lead_times: The times from the last step to each output, (O, B); None where steps are equal.
        context: Values known for each window as a whole, (C, B); None where C is 0.

    """

    window: Array
    lead_times: Array | None = None
    context: Array | None = None


class NetworkWorkspace(Workspace):
    """Memory for batches of B windows; the gradient vector lives here too.

    Attributes:
        batch: B.
        inputs: Arrays for the inputs of a batch, which the caller fills.
        dcontext: The gradient of the context, (C, B), after `backprop`; None before it, and where C is 0.
        gradient: The gradient of every parameter, in the layout of the parameters.

    """

    def __init__(
        self, architecture: Architecture, B: int, dtype: DTypeLike = np.float32, *, wants_dx: bool = False
    ) -> None:
        """Allocate the workspaces of all layers; `wants_dx` asks for the gradient of the window."""
        super().__init__()
        a = self.architecture = architecture
        self.batch, self.wants_dx = B, wants_dx
        self.inputs = NetworkInputs(
            window=np.zeros((a.steps, a.inputs, B), dtype),
            lead_times=np.zeros((a.outputs, B), dtype) if a.irregular else None,
            context=np.zeros((a.context, B), dtype) if a.context else None,
        )
        self.gradient = Parameters(shapes(a), dtype)
        self.dcontext: Array | None = None
        if a.irregular:
            self.observer = ObserverWorkspace(a.encoder, a.steps, B, self.gradient, wants_dx=wants_dx)
            self.answer = AnswerWorkspace(a.hidden, a.outputs, B, self.gradient)
            return
        self.embedding: DenseWorkspace | None = None
        if a.embedding:
            dW = self.gradient.part("embedding")
            self.embedding = DenseWorkspace(a.steps, B, dW, relu=True, dropout=a.dropout, wants_dx=wants_dx)
        self.encoder = StackWorkspace(a.encoder, a.steps, B, self.gradient, wants_dx=wants_dx or a.embedding > 0)
        if a.decodes:
            self.decoder = DecoderWorkspace(a.decoder, a.outputs, B, self.gradient)
        else:
            steps = a.steps if a.every_step else 1
            self.before_head: DenseWorkspace | None = None
            if a.head:
                dW = self.gradient.part("before_head")
                self.before_head = DenseWorkspace(1, B, dW, relu=True, dropout=a.dropout, wants_dx=True)
            self.head = DenseWorkspace(steps, B, self.gradient.part("head"), wants_dx=True)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the outputs: (O, B), or (T, O, B) with an output at every step."""
        a = self.architecture
        return (a.steps, a.outputs, self.batch) if a.every_step else (a.outputs, self.batch)

    @property
    def target_shape(self) -> tuple[int, ...]:
        """The shape of the targets: that of the outputs, but once for all quantiles."""
        *steps, outputs, batch = self.output_shape
        return (*steps, outputs // self.architecture.quantiles, batch)

    @property
    def encoder_cells(self) -> list[EncoderCells]:
        """The memory of the cells that read the window, by layer and direction."""
        if self.architecture.irregular:
            steps = self.observer.steps
            return [
                EncoderCells(n, 0, [step.layers[n].cells[0] for step in steps]) for n in range(self.architecture.layers)
            ]
        return [
            EncoderCells(n, direction, [cell])
            for n, layer in enumerate(self.encoder.layers)
            for direction, cell in enumerate(layer.cells)
        ]


def network(W: Parameters, x: Array, ws: NetworkWorkspace, training: TrainingContext | None = None) -> Result:
    """Forecast from a batch of windows.

    Args:
        W: The parameters, see `shapes`.
        x: Windows, (T, S, B), time first; they must not change before `backprop`.
        ws: Memory for these sizes; `ws.inputs` holds the lead times and the context, where the network reads them.
        training: What only training knows: chance for dropout, and the truth for a decoder; None to forecast.

    Returns:
        y, (O, B), or (T, O, B) with an output at every step, a view until the next call on `ws`; and `backprop(dy)`,
        which takes the gradient of y, fills `ws.gradient`, and returns the gradient of x, (T, S, B), if the workspace
        wants it. Call it once.

    """
    use = ws.begin()
    a = ws.architecture
    run = _run_unequal_steps if a.irregular else _run_equal_steps
    y, back = run(W, x, ws, training)

    def backprop(dy: Array) -> Array | None:
        ws.claim(use)
        ws.gradient.vector[:] = 0
        return back(dy)

    return y, backprop


def _run_equal_steps(W: Parameters, x: Array, ws: NetworkWorkspace, training: TrainingContext | None) -> Result:
    """Run the network over equal steps."""
    a, e, rng = ws.architecture, x, training.rng if training else None
    embed_back: Callable[[Any], Array | None] = lambda de: de  # noqa: E731 - no layer, no change
    if ws.embedding is not None:
        e, embed_back = dense(W.part("embedding"), x, ws.embedding, rng)
    h, stack_back = stack(W, e, ws.encoder, rng=rng)
    skip, skip_back = _linear_skip(W, x, ws)
    if a.decodes:
        y, decode_back = decode(W, ws.encoder.ends, skip, ws.decoder, training)
    else:
        top = h if a.every_step else last_output(h, bidirectional=a.bidirectional)[None]
        if ws.inputs.context is not None:
            top = np.concatenate([top, ws.inputs.context[None]], axis=1)
        before_back: Callable[[Any], Array | None] = lambda dtop: dtop  # noqa: E731 - no layer, no change
        if ws.before_head is not None:
            top, before_back = dense(W.part("before_head"), top, ws.before_head, rng)
        y, head_back = dense(W.part("head"), top, ws.head)
        y = y if a.every_step else y[0]
        _by_quantile(y, a)[:] += skip

    def backprop(dy: Array) -> Array | None:
        if a.decodes:
            ds, dends = decode_back(dy)
            de = stack_back(np.zeros_like(dends[-1][0]), dends)
        else:
            ds = _by_quantile(dy, a).sum(axis=0)
            dh: Any = before_back(head_back(dy if a.every_step else dy[None]))
            if ws.inputs.context is not None:
                dh, (ws.dcontext,) = np.split(dh, [a.encoder.width], axis=1)
            # only the last state feeds the head: the top layer takes its gradient alone
            de = stack_back(dh if a.every_step else dh[0])
        return _sum_of_gradients(embed_back(de), skip_back(ds))

    return y, backprop


def _by_quantile(y: Array, a: Architecture) -> Array:
    """Return outputs, (O, B), as (Q, O / Q, B), so that the skip reaches each quantile."""
    return y.reshape(a.quantiles, -1, *y.shape[1:]) if y.ndim == 2 else y[None]


def _run_unequal_steps(W: Parameters, x: Array, ws: NetworkWorkspace, training: TrainingContext | None) -> Result:
    """Run the network over unequal steps."""
    h, observe_back = observe(W, x, ws.observer, training.rng if training else None)
    skip, skip_back = _linear_skip(W, x, ws)
    y, answer_back = answer(W, h, np.asarray(ws.inputs.lead_times), skip, ws.answer)

    def backprop(dy: Array) -> Array | None:
        dh, ds = answer_back(dy)
        return _sum_of_gradients(observe_back(dh), skip_back(ds))

    return y, backprop


def _linear_skip(
    W: Parameters, x: Array, ws: NetworkWorkspace
) -> tuple[Array | float, Callable[[Array], Array | None]]:
    """Return the output of the linear skip, 0 without one, and its `backprop`, which returns the gradient of x."""
    if not ws.architecture.skip:
        return 0.0, lambda _: None
    weights, dW = W["skip.W"], ws.gradient["skip.W"]
    seen = x if ws.architecture.every_step else x.reshape(-1, x.shape[-1])

    def backprop(ds: Array) -> Array | None:
        # dW_s = ds x', summed over the steps where each has an output
        shares = np.matmul(ds, seen.swapaxes(-1, -2))
        dW[:] = shares.sum(axis=0) if shares.ndim == 3 else shares
        return np.matmul(weights.T, ds).reshape(x.shape) if ws.wants_dx else None

    return np.matmul(weights, seen), backprop


def _sum_of_gradients(one: Array | None, other: Array | None) -> Array | None:
    """Return the sum of two gradients, of which either may be None."""
    return one if other is None else other if one is None else one + other
