"""A recurrent layer that reads the window both ways (Schuster & Paliwal 1997).

    y_t = [f_t; r_t],   f = cell(x_1 ... x_T),   r = cell(x_T ... x_1), reversed in time

Each direction has parameters of its own. After the whole window, the output of the layer is [f_T; r_1], the last state
of each direction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Views
    from forecaster.nn.workspace import CellWorkspace, State


class BidirectionalWorkspace(Workspace):
    """Memory for both directions, which have H units each.

    Attributes:
        end: The last state of both directions, each (2H, B), forward first; new arrays after each forward.

    """

    end: State

    def __init__(self, forward: CellWorkspace, reverse: CellWorkspace) -> None:
        """Allocate the output for two directions of equal size."""
        super().__init__()
        self.forward, self.reverse = forward, reverse
        T, H, B = forward.h.shape
        self.y = np.empty((T, 2 * H, B), forward.h.dtype)  # (T, 2H, B)
        self.dx = None if forward.dx is None else np.empty_like(forward.dx)  # (T, I, B)


def bidirectional(
    cell: Callable[..., Any], W: tuple[Views, Views], x: Array, ws: BidirectionalWorkspace
) -> tuple[Array, Callable[..., Array | None]]:
    """Run a cell over a batch of sequences in both directions, from zero states.

    Args:
        cell: `rnn`, `gru` or `lstm`.
        W: The parameters of the forward and of the reverse direction.
        x: Inputs, (T, I, B).
        ws: Memory for these sizes.

    Returns:
        y, (T, 2H, B), a view until the next call on `ws`; and `backprop(dy, *dc)`, which takes the gradient of the last
        states, (2H, B), or of every y, (T, 2H, B), and for the LSTM that of the last memories, (2H, B), adds to the
        gradient of the parameters, and returns the gradient of x, (T, I, B), if the workspace wants it.

    """
    use = ws.begin()
    H = ws.forward.h.shape[1]
    f, forward_back = cell(W[0], x, ws.forward)
    r, reverse_back = cell(W[1], x[::-1], ws.reverse)
    ws.y[:, :H], ws.y[:, H:] = f, r[::-1]
    ws.end = tuple(np.concatenate(parts) for parts in zip(ws.forward.end, ws.reverse.end, strict=True))

    def backprop(dy: Array, *dc: Array) -> Array | None:
        ws.claim(use)
        df, dr = (dy[:, :H], dy[::-1, H:]) if dy.ndim == 3 else (dy[:H], dy[H:])
        dx_forward = forward_back(df, *[part[:H] for part in dc])
        dx_reverse = reverse_back(dr, *[part[H:] for part in dc])
        if ws.dx is not None:
            np.add(dx_forward, dx_reverse[::-1], out=ws.dx)
        return ws.dx

    return ws.y, backprop
