"""Measure how far back a network learns: the size of dL/dh at every step, and the reasons for it.

Backpropagation multiplies the gradient by one Jacobian at each step, so over many steps it shrinks or grows like a
power (Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013). L is the loss of the forecast after the last
step; outputs at earlier steps, where there are any, are left out. docs/gradients.md explains the theory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn.losses import absolute
from forecaster.nn.network import NetworkWorkspace, network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.losses import Loss
    from forecaster.nn.network import EncoderCells
    from forecaster.nn.parameters import Array, Parameters
    from forecaster.nn.training_records import WindowSource

BATCH = 64
"""Windows in a batch: chosen by hand, a trade of memory against calls from Python."""


@dataclass(frozen=True)
class Flow:
    """How gradients flow through one recurrent layer, in one direction.

    Attributes:
        layer: Number of the layer, from 1.
        reverse: Whether it reads from the newest step to the oldest.
        norms: Norm of dL/dh by lag, (T,): lag 0 is the last step that this direction reads.
        memory: Norm of dL/dc by lag, (T,), of the LSTM; None without a memory.
        radius: Spectral radius of the recurrent weights; of the candidate's, where there are gates.
        saturation: Share of activations at which a nonlinearity is nearly flat, by gate, or `state` without gates.
        dead: Share of the units that are 0 in every step of every window; of relu alone.

    """

    layer: int
    reverse: bool
    norms: Array
    memory: Array | None
    radius: float
    saturation: dict[str, float]
    dead: float | None


def flows(
    architecture: Architecture, parameters: Parameters, source: WindowSource, *, targets: bool, loss: Loss = absolute
) -> list[Flow]:
    """Return the flow of every layer and direction over the windows of `source`, in whole batches of `BATCH` at most.

    Args:
        architecture: The sizes of the network.
        parameters: Its parameters; read only.
        source: Windows.
        targets: Whether their targets are known. Without targets, the loss is minus the mean forecast, so that every
            forecast has the same gradient.
        loss: The loss that the network was trained with.

    """
    ws = NetworkWorkspace(architecture, min(BATCH, len(source)), parameters.vector.dtype)
    tallies = [_LayerTally(part) for part in ws.encoder_cells]
    for start in range(0, len(source) - ws.batch + 1, ws.batch):
        chosen = np.arange(start, start + ws.batch)
        source.inputs(chosen, ws.inputs)
        y, backprop = network(parameters, ws.inputs.window, ws)
        for tally in tallies:
            tally.after_forward()
        dy = np.zeros_like(y)
        last, dlast = (y[-1], dy[-1]) if architecture.every_step else (y, dy)
        dlast[:] = _loss_gradient(last, source, chosen, architecture.quantiles, loss) if targets else -1 / last.size
        backprop(dy)
        for tally in tallies:
            tally.after_backward()
    return [tally.result(parameters, architecture) for tally in tallies]


def _loss_gradient(
    forecast: Array, source: WindowSource, chosen: NDArray[np.int64], quantiles: int, loss: Loss
) -> Array:
    """Return the gradient of the loss of forecasts, (O, B), whose O / Q targets are known."""
    target = np.empty((len(forecast) // quantiles, len(chosen)), forecast.dtype)
    source.targets(chosen, target)
    return loss(forecast, target)[1]


class _LayerTally:
    """The sums over all batches for one layer and direction."""

    def __init__(self, part: EncoderCells) -> None:
        self.layer, self.direction, self.cells = part
        for cell in self.cells:
            cell.record_flow()
        self.squares = np.zeros((2, sum(len(cell.h) for cell in self.cells)))
        self.alive = np.zeros(self.cells[0].h.shape[1], dtype=bool)
        self.saturation: list[dict[str, float]] = []

    def after_forward(self) -> None:
        """Read what the forward pass left in memory, before the backward pass overwrites it."""
        for cell in self.cells:
            self.alive |= (cell.h != 0).any(axis=(0, 2))
            self.saturation.append(cell.saturation())

    def after_backward(self) -> None:
        """Add the norms that the backward pass recorded."""
        self.squares += np.concatenate([(cell.flow, cell.memory_flow) for cell in self.cells], axis=1) ** 2

    def result(self, parameters: Parameters, architecture: Architecture) -> Flow:
        """Return the flow over all batches so far."""
        part = architecture.encoder.parts(self.layer)[self.direction]
        W, H = parameters.part(part)["W"], architecture.hidden
        norms, memory = np.sqrt(self.squares)[:, ::-1]
        relu = architecture.cell == "rnn" and architecture.activation == "relu"
        return Flow(
            self.layer + 1,
            self.direction == 1,
            norms,
            memory if architecture.cell == "lstm" else None,
            float(np.abs(np.linalg.eigvals(W[-H:, :H])).max()),
            {name: float(np.mean([each[name] for each in self.saturation])) for name in self.saturation[0]},
            float(1 - self.alive.mean()) if relu else None,
        )
