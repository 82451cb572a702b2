"""Every architecture as a textbook writes it, one step after the other, on the steps of the plain cells.

Batch first: a sequence is a list of T arrays (B, features), a state is a tuple of arrays (B, H), a forecast is (B, O).
Only the names and the layout of the parameters are the package's, and the order in which chance is drawn: the masks of
dropout from the embedding upwards, which inputs of the decoder are the truth, the masks of each of its steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.decoder import TrainingContext
    from forecaster.nn.layer import Stack
    from forecaster.nn.parameters import Array, Parameters, Views
    from forecaster.nn.workspace import State

    Sequence = list[Array]


def network(
    cells: ModuleType,
    a: Architecture,
    W: Parameters,
    x: Array,
    *,
    training: TrainingContext | None,
    lead_times: Array | None = None,
    context: Array | None = None,
) -> Array:
    """Return the forecasts, (B, O), or (T, B, O) with an output at every step, for windows x, (T, B, S).

    `cells` is the module of the plain cells; `lead_times`, (B, O), are the times that the forecasts are for, and
    `context`, (B, C), is known for each window as a whole.
    """
    window = np.concatenate(list(x), axis=1)
    if a.irregular:
        rng = training.rng if training else None
        return unequal(cells, a, W, list(x), lead_times, rng=rng) + lead_times * skip(W, window)
    rng = training.rng if training else None
    e = rectified(W, "embedding", list(x), a.dropout, rng) if a.embedding else list(x)
    h, ends = stack(cells, a.encoder, W, e, [nothing(a.encoder, len(window))] * a.layers, rng=rng)
    if a.arch == "many-to-many":
        return np.stack([dense(W, "head", h_t) + skip(W, x_t) for h_t, x_t in zip(h, x, strict=True)])
    if a.arch in {"encoder-decoder", "one-to-many"}:
        return decode(cells, a, W, ends, skip=skip(W, window) * np.ones((1, a.outputs)), training=training)
    last = np.hstack([h[-1][:, : a.hidden], h[0][:, a.hidden :]]) if a.bidirectional else h[-1]
    if context is not None:
        last = np.hstack([last, context])
    if a.head:
        (last,) = rectified(W, "before_head", [last], a.dropout, rng)
    # the outputs of one quantile stand together, and all quantiles share the skip
    shared = skip(W, window) * np.ones((1, a.outputs // a.quantiles))
    return dense(W, "head", last) + np.hstack([shared] * a.quantiles)


def rectified(W: Parameters, part: str, x: Sequence, dropout: float, rng: np.random.Generator | None) -> Sequence:
    """Return the outputs of a dense layer with a relu, of which training drops a part."""
    y = [np.maximum(dense(W, part, x_t), 0) for x_t in x]
    return dropped(y, dropout, rng) if dropout and rng else y


def dropped(y: Sequence, dropout: float, rng: np.random.Generator) -> Sequence:
    """Return a sequence of which a share is zero, and the rest as much larger."""
    kept = rng.random((len(y), *y[0].T.shape), np.float32) >= dropout
    return [y_t * kept_t.T / (1 - dropout) for y_t, kept_t in zip(y, kept, strict=True)]


def dense(W: Parameters, part: str, x: Array) -> Array:
    weights = W[f"{part}.W"]
    return x @ weights[:, :-1].T + weights[:, -1]


def skip(W: Parameters, x: Array) -> Array:
    return x @ W["skip.W"].T if "skip.W" in W.views else np.zeros((len(x), 1))


def nothing(stack: Stack, B: int) -> State:
    """Return the state of a cell that has read nothing."""
    return (np.zeros((B, stack.hidden)),) * (2 if stack.cell == "lstm" else 1)


def stack(
    cells: ModuleType, s: Stack, W: Parameters, x: Sequence, starts: list[State], *, rng: np.random.Generator | None
) -> tuple[Sequence, list[State]]:
    """Return the outputs of the top layer and the last state of every layer."""
    step = getattr(cells, f"rnn_{s.activation}_step" if s.cell == "rnn" else f"{s.cell}_step")
    ends = []
    for n, start in enumerate(starts):
        y, end = read(step, W.part(f"{s.name}{n}"), x, start)
        if s.bidirectional:
            back, back_end = read(step, W.part(f"{s.name}{n}_reverse"), x[::-1], start)
            y = [np.hstack(pair) for pair in zip(y, back[::-1], strict=True)]
            end = tuple(np.hstack(pair) for pair in zip(end, back_end, strict=True))
        if s.residual and x[0].shape == y[0].shape:
            y = [y_t + x_t for y_t, x_t in zip(y, x, strict=True)]
        if s.dropout and rng and n < s.layers - 1:
            y = dropped(y, s.dropout, rng)
        ends.append(end)
        x = y
    return x, ends


def read(step: Callable[..., tuple[State, object]], W: Views, x: Sequence, state: State) -> tuple[Sequence, State]:
    """Return h after every step of one cell, and its last state."""
    h = []
    for x_t in x:
        state, _ = step(W, x_t, state)
        h.append(state[0])
    return h, state


def decode(
    cells: ModuleType,
    a: Architecture,
    W: Parameters,
    states: list[State],
    *,
    skip: Array,
    training: TrainingContext | None,
) -> Array:
    rng = training.rng if training else None
    truth = np.full((len(states[0][0]), a.outputs), np.nan)
    if training and training.forced:
        chance = training.rng.random(truth.T.shape).T
        truth[chance < training.forced] = training.target.T[chance < training.forced]
    fed, y = np.zeros((len(truth), 1)), []
    for k in range(a.outputs):
        (h,), states = stack(cells, a.decoder, W, [fed], states, rng=rng)
        y.append(dense(W, "head", h) + skip[:, [k]])
        fed = np.where(np.isnan(truth[:, [k]]), y[k], truth[:, [k]])
    return np.hstack(y)


def unequal(
    cells: ModuleType, a: Architecture, W: Parameters, x: Sequence, ahead: Array, *, rng: np.random.Generator | None
) -> Array:
    """Return what is answered at each moment, (B, O), without the skip's share."""
    states = [nothing(a.encoder, len(ahead))] * a.layers
    for x_t in x:
        left = [np.exp(-rates(W, f"decay{n}") * x_t[:, -1:]) for n in range(a.layers)]
        states = [tuple(left_n * part for part in state) for left_n, state in zip(left, states, strict=True)]
        (h,), states = stack(cells, a.encoder, W, [x_t], states, rng=rng)
    y = []
    for d in ahead.T:
        faded = np.exp(-rates(W, "query") * d[:, None]) * h
        query = np.tanh(np.hstack([faded, np.ones((len(d), 1)), d[:, None]]) @ W["query.W"].T)
        y.append(dense(W, "head", query))
    return np.hstack(y)


def rates(W: Parameters, part: str) -> Array:
    """Return how fast each unit forgets, (1, H)."""
    return 0.05 * np.exp(W[f"{part}.w"].T)
