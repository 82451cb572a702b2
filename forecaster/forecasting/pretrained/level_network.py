"""The pretrained level network: one network that forecasts any series from its own rows, with nothing trained on them.

It learned from simulated series alone (`level_training`). For each step ahead it answers how much it trusts each of K
candidates, the forecasts of classical methods, and how far each quantile is from their mixture:

    w = softmax(a),    quantile_q = last + season + scale (sum over k of w_k candidate_k + b_q)

An untrained network, whose answers are zero, forecasts the mean of the candidates. A mixture alone would combine
forecasts as Montero-Manso et al. (2020) do; with the b it can be better than all of them. Several networks of one make
are averaged.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.blas import one_thread
from forecaster.forecasting.pretrained.level_inputs import CANDIDATES, CONTEXT, HORIZON, INPUTS, STEPS
from forecaster.forecasting.pretrained.weights import load_weights
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import Architecture, shapes
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.pretrained.level_inputs import LevelInputs
    from forecaster.nn.parameters import Array

HIDDEN, EMBEDDING, HEAD = 128, 64, 256
"""Units of the recurrent layer, and of the dense layers before and after it."""
ARCHITECTURE = Architecture(
    inputs=INPUTS,
    steps=STEPS,
    outputs=HORIZON * (len(TAUS) + CANDIDATES),
    hidden=HIDDEN,
    embedding=EMBEDDING,
    skip=False,
    head=HEAD,
    context=CONTEXT,
)
BATCHES = (2, 8, 16)
"""Series that are forecast at once, in double precision: the least of these that holds all, or else 16 at a time. The
rounding of a forecast does not depend on which it is, nor on the series beside it; for a single series, products of
matrices are rounded otherwise. More would be faster for thousands of series, and slower for a few."""


def networks_of(weights: NDArray[np.floating]) -> tuple[Parameters, ...]:
    """Return networks in double precision whose parameters are the rows of `weights`, (K, P)."""
    networks = tuple(Parameters(shapes(ARCHITECTURE), np.float64) for _ in weights)
    for parameters, vector in zip(networks, weights, strict=True):
        parameters.load(vector)
    return networks


@cache
def shipped_networks(digest: str) -> tuple[Parameters, ...]:
    """Return the networks of the file of weights with this SHA-256.

    Raises:
        ModelRefusedError: This version of the package does not have them, or the file is damaged.

    """
    return networks_of(load_weights(digest))


class _Memory(threading.local):
    """The memory of the network, once for each thread: to get it from the system for each forecast takes milliseconds.

    Attributes:
        workspaces: Memory for batches of windows by their size, 5 MB for the largest.

    """

    def __init__(self) -> None:
        self.workspaces: dict[int, NetworkWorkspace] = {}

    def workspace(self, batch: int) -> NetworkWorkspace:
        """Return the memory for batches of this size."""
        if batch not in self.workspaces:
            self.workspaces[batch] = NetworkWorkspace(ARCHITECTURE, batch, np.float64)
        return self.workspaces[batch]


_MEMORY = _Memory()


def forecast_quantiles(inputs: LevelInputs, networks: Sequence[Parameters]) -> Floats:
    """Return the quantiles of each of the `HORIZON` steps ahead, (Q, h, N), rising along Q, in the units of the grid.

    The answers of the networks are averaged.
    """
    N = inputs.window.shape[-1]
    quantiles = np.zeros((len(TAUS), HORIZON, N))
    batch = next((size for size in BATCHES if size >= N), BATCHES[-1])
    ws = _MEMORY.workspace(batch)
    with one_thread():
        for parameters in networks:
            for begin in range(0, N, batch):
                part = np.arange(begin, begin + batch).clip(max=N - 1)
                ws.inputs.window[:] = inputs.window[:, :, part]
                ws.inputs.context[:] = inputs.context[:, part]  # type: ignore[index]  # the network has a context
                answer, _ = network(parameters, ws.inputs.window, ws)
                relative = read_answer(answer, inputs.candidates[:, :, part]).quantiles
                quantiles[:, :, begin : begin + batch] += relative[:, :, : N - begin] / len(networks)
    rising: Floats = inputs.last + inputs.season + inputs.scale * np.sort(quantiles, axis=0)
    return rising


class Answer(NamedTuple):
    """The network's answer for B series: weights of the candidates, (K, h, B), and quantiles, (Q, h, B)."""

    weights: Array
    quantiles: Array


def read_answer(answer: Array, candidates: Array) -> Answer:
    """Return what the outputs of the network, (O, B), say of candidates, (K, h, B)."""
    of_quantiles, of_candidates = np.split(answer.reshape(-1, *candidates.shape[1:]), [len(TAUS)])
    weights = np.exp(of_candidates - of_candidates.max(axis=0))
    weights /= weights.sum(axis=0)
    return Answer(weights, (weights * candidates).sum(axis=0) + of_quantiles)
