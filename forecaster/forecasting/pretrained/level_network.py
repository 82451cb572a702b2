"""The pretrained level network: one network that forecasts any series from its own rows, with nothing trained on them.

It learned from simulated series alone (`level_training`). Its answers are quantiles of each step ahead in units of the
series, on top of the last value and of the season; several networks of one make are averaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.pretrained.level_inputs import CONTEXT, HORIZON, INPUTS, STEPS, level_inputs
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import Architecture, shapes
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.pretrained.grid import Grid

HIDDEN, EMBEDDING, HEAD = 128, 64, 256
"""Units of the recurrent layer, and of the dense layers before and after it."""
ARCHITECTURE = Architecture(
    inputs=INPUTS,
    steps=STEPS,
    outputs=HORIZON * len(TAUS),
    hidden=HIDDEN,
    embedding=EMBEDDING,
    skip=False,
    quantiles=len(TAUS),
    head=HEAD,
    context=CONTEXT,
)
BATCH = 256
"""Series that are forecast at once."""


def forecast_quantiles(grid: Grid, networks: Sequence[NDArray[np.float32]]) -> Floats:
    """Return the quantiles of each of the `HORIZON` steps ahead, (Q, h, N), rising along Q, in the units of the grid.

    The networks are flat vectors of parameters, (P,) each; their quantiles are averaged.
    """
    N = grid.x.shape[1]
    quantiles = np.empty((len(TAUS), HORIZON, N))
    for begin in range(0, N, BATCH):
        part = np.arange(begin, min(begin + BATCH, N))
        inputs = level_inputs(grid.take(part))
        ws = NetworkWorkspace(ARCHITECTURE, len(part))
        ws.inputs.window[:] = inputs.window
        ws.inputs.context[:] = inputs.context
        answers = np.zeros(ws.output_shape)
        for vector in networks:
            parameters = Parameters(shapes(ARCHITECTURE), np.float32)
            parameters.vector[:] = vector
            answers += network(parameters, ws.inputs.window, ws)[0] / len(networks)
        rising = np.sort(answers.reshape(len(TAUS), HORIZON, -1), axis=0)
        quantiles[:, :, part] = inputs.last + inputs.season + inputs.scale * rising
    return quantiles
