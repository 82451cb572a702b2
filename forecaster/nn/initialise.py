"""Starting values of the parameters.

Input weights are Glorot-uniform (Glorot & Bengio 2010), which keeps the variance of activations and of gradients about
the same from layer to layer. Recurrent weights are orthogonal (Saxe et al. 2014), so that they neither shrink nor
enlarge a state. Biases are zero, except for that of the LSTM's forget gate, which is 1 (Gers et al. 2000), so that a
fresh cell remembers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array, Views


def glorot(outputs: int, inputs: int, rng: np.random.Generator) -> Array:
    """Return uniform weights, (outputs, inputs), of variance 2 / (outputs + inputs)."""
    limit = np.sqrt(6 / (outputs + inputs))
    return rng.uniform(-limit, limit, (outputs, inputs))


def orthogonal(size: int, rng: np.random.Generator) -> Array:
    """Return a random orthogonal matrix, (size, size), uniform over all of them (Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return q * np.sign(np.diag(r))


def fill_cell(W: Views, hidden: int, rng: np.random.Generator) -> None:
    """Fill the weights of a recurrent cell, each block of `hidden` rows on its own; biases stay zero."""
    for start in range(0, len(W["W"]), hidden):
        rows = W["W"][start : start + hidden]
        rows[:, :hidden] = orthogonal(hidden, rng)
        rows[:, hidden + 1 :] = glorot(hidden, rows.shape[1] - hidden - 1, rng)


def open_forget_gate(W: Views, hidden: int) -> None:
    """Set the bias of an LSTM's forget gate to 1, so that the gate starts at sigmoid(1), about 0.73."""
    W["W"][hidden : 2 * hidden, hidden] = 1
