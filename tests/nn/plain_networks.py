"""Every architecture as a textbook writes it, one step after the other, on the steps of the plain cells.

Batch first: a sequence is a list of T arrays (B, features), a state is a tuple of (B, H), a forecast is (B, O). Only
the names and the layout of the parameters are the package's. Chance is drawn in the order in which the package draws
it: for a decoder first which of its inputs are the truth, then the masks of dropout layer by layer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from types import ModuleType

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.decoder import Lesson
    from forecaster.nn.parameters import Array, Parameters
    from forecaster.nn.stack import Stack
    from forecaster.nn.workspace import State

    Sequence = list[Array]


def network(
    cells: ModuleType, a: Architecture, W: Parameters, x: Array, ahead: Array | None = None, lesson: Lesson | None = None
) -> Array:
    """Return the forecasts, (B, O), or (T, B, O) with an output at every step, for windows x, (T, B, S).

    `cells` is the module of the plain cells, `ahead`, (B, O), says which moments are asked for.
    """
    window = np.concatenate(list(x), axis=1)
    rng = lesson.rng if lesson else None
    if a.irregular:
        return unequal(cells, a, W, list(x), ahead, skip(W, window))
    e = [np.maximum(dense(W, "embedding", x_t), 0) for x_t in x] if a.embedding else list(x)
    forced = drawn(a, lesson)
    h, ends = stack(cells, a.encoder, W, e, [zeros(a.encoder, len(window))] * a.layers, rng)
    if a.arch == "many-to-many":
        return np.stack([dense(W, "head", h_t) + skip(W, x_t) for h_t, x_t in zip(h, x, strict=True)])
    if a.arch in {"encoder-decoder", "one-to-many"}:
        return decode(cells, a, W, ends, skip(W, window), forced, lesson)
    last = np.hstack([h[-1][:, : a.hidden], h[0][:, a.hidden :]]) if a.bidirectional else h[-1]
    return dense(W, "head", last) + skip(W, window)


def dense(W: Parameters, part: str, x: Array) -> Array:
    weights = W[f"{part}.W"]
    return x @ weights[:, :-1].T + weights[:, -1]


def skip(W: Parameters, x: Array) -> Array | float:
    return x @ W["skip.W"].T if "skip.W" in W.views else 0.0
