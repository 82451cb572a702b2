"""The decoder, the second half of an encoder-decoder: it writes the forecast step by step (Sutskever et al. 2014).

    h_k = stack(v_k, h_{k-1})            from the encoder's states
    v_k = y_{k-1}                        its own forecast; v_1 = 0 stands for the last known value
    y_k = W_o [h_k; 1] + s_k             s_k is the output of the linear skip for step k

The decoder reads its own forecasts. In training it reads the targets instead at a share of the steps, which falls to
zero: scheduled sampling (Bengio et al. 2015). So it learns first from right inputs, and then from those of a forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.nn.stack import StackWorkspace, stack
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.nn.layer import Stack
    from forecaster.nn.parameters import Array, Parameters
    from forecaster.nn.workspace import State

FORCED = 0.5
"""Share of the updates during which the truth is fed at all: half, so that training ends as forecasting goes. Chosen by
hand."""


class TrainingContext(NamedTuple):
    """What only training knows.

    Attributes:
        rng: Random numbers for dropout and for which inputs of the decoder are the truth.
        target: The targets, of the shape of the outputs; NaN where one is not known.
        forced: Share of the decoder's inputs that are targets.

    """

    rng: np.random.Generator
    target: Array
    forced: float


def forced_share(step: int, total: int) -> float:
    """Return the share of inputs that are targets at update `step` of `total`: it falls linearly from 1 to 0."""
    return max(0.0, 1 - step / (FORCED * total))


class DecoderWorkspace(Workspace):
    """Memory for O steps of B sequences."""

    def __init__(self, sizes: Stack, O: int, B: int, gradient: Parameters) -> None:
        """Allocate everything; `gradient` collects the gradients of the parameters, `head.W` among them."""
        super().__init__()
        dtype = gradient.vector.dtype
        self.steps = [StackWorkspace(sizes, 1, B, gradient, wants_dx=True) for _ in range(O)]
        self.dW = gradient["head.W"]  # (1, width+1)
        self.y = np.empty((O, B), dtype)  # (O, B)
        self.dy = np.empty((O, B), dtype)  # (O, B) gradient of y, with the part that came back through later steps
        self.own = np.ones((O, B), dtype)  # (O, B) 0 where the next step is fed with the truth


def decode(
    W: Parameters,
    starts: Sequence[State],
    skip: Array | float,
    ws: DecoderWorkspace,
    training: TrainingContext | None = None,
) -> tuple[Array, Callable[[Array], tuple[Array, list[State]]]]:
    """Write the forecast.

    Args:
        W: The parameters of the network.
        starts: The encoder's last state, one a layer.
        skip: s, (O, B), or 0.
        ws: Memory for these sizes.
        training: What only training knows; None to forecast.

    Returns:
        y, (O, B), a view until the next call on `ws`; and `backprop(dy)`, which adds to the gradient of the parameters
        and returns that of s, (O, B), and those of `starts`.

    """
    use = ws.begin()
    head, backprops, tops = W["head.W"], [], []
    rng = training.rng if training else None
    truth = _draw_fed_targets(ws, training)
    ws.y[:] = skip
    fed = np.zeros_like(ws.y[:1])
    for k, step in enumerate(ws.steps):
        h, back = stack(W, fed[None], step, starts, rng)
        # y_k = W_o [h_k; 1] + s_k
        ws.y[k] += (head[:, :-1] @ h[0] + head[:, -1:])[0]
        # v_{k+1} = y_k, or the truth
        fed = ws.own[k : k + 1] * ws.y[k] + truth[k]
        starts = step.ends
        backprops.append(back)
        tops.append(h[0])

    def backprop(dy: Array) -> tuple[Array, list[State]]:
        ws.claim(use)
        ws.dy[:] = dy
        dstarts: list[State] | None = None
        for k in reversed(range(len(backprops))):
            # dW_o += dy_k [h_k; 1]';  dh_k = W_o' dy_k, and what comes from step k + 1
            ws.dW[:, :-1] += ws.dy[k : k + 1] @ tops[k].T
            ws.dW[:, -1] += ws.dy[k].sum()
            dfed = backprops[k](head[:, :-1].T @ ws.dy[k : k + 1], dstarts)
            dstarts = ws.steps[k].dstarts
            if k and dfed is not None:
                # dy_{k-1} += dv_k, where step k read the forecast
                ws.dy[k - 1] += ws.own[k - 1] * dfed[0, 0]
        return ws.dy, dstarts or []

    return ws.y, backprop


def _draw_fed_targets(ws: DecoderWorkspace, training: TrainingContext | None) -> Array:
    """Draw at which steps the target is fed; return it there and zero elsewhere, (O, B)."""
    if training is None or not training.forced:
        ws.own[:] = 1
        return np.zeros_like(ws.y)
    forced = (training.rng.random(ws.y.shape) < training.forced) & np.isfinite(training.target)
    ws.own[:] = ~forced
    return np.where(forced, training.target, 0).astype(ws.y.dtype)
