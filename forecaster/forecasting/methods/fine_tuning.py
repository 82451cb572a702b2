"""Fine-tune a pretrained level network: train it a little further on the windows of a panel.

Every cutoff in the latest rows is a training window, also those whose targets reach beyond the end of the series: what
is not known yet does not count. A series is drawn first and then one of its windows, so that long series do not rule.
The inputs of drawn windows are made a few hundred at a time, so memory does not grow with the panel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.pretrained.level_training import RefilledSeries, join_series, mixture_loss, training_series
from forecaster.nn.architecture import shapes
from forecaster.nn.fit import SampleWeights, Settings, fit
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecaster.forecasting.methods.level_windows import LevelWindows
    from forecaster.forecasting.pretrained.level_training import TrainingSeries
    from forecaster.nn.fit import Epoch

BATCH, RATE, DECAY, DROPOUT = 64, 5e-4, 1e-4, 0.1
"""Windows in an update, the peak learning rate, weight decay and dropout."""
UPDATES_IN_EPOCH = 16
"""Updates between two draws of windows."""
FEWEST_ROWS = 6
"""Rows before the cutoff of a training window at least; of fewer the network knows more than they could teach."""
AT_ONCE = 512
"""Windows whose inputs are made at once."""


def fine_tune(
    start: NDArray[np.float32], windows: LevelWindows, horizon: int, updates: int, rng: np.random.Generator
) -> Iterator[tuple[Epoch, NDArray[np.float32]]]:
    """Train a level network with the parameters `start`, (P,), and yield each epoch with the parameters after it.

    These change later: they are a view.

    Raises:
        DivergedError: Training did not stay finite.

    """
    usable = windows.take(np.flatnonzero(windows.last - windows.start + 1 >= FEWEST_ROWS))
    source = RefilledSeries(UPDATES_IN_EPOCH * BATCH, lambda count: _draw(usable, min(horizon, HORIZON), count, rng))
    settings = Settings(
        epochs=max(1, updates // UPDATES_IN_EPOCH),
        steps=UPDATES_IN_EPOCH,
        batch=BATCH,
        rate=RATE,
        decay=DECAY,
        patience=None,
        loss=mixture_loss,
    )
    architecture = replace(ARCHITECTURE, dropout=DROPOUT)
    parameters = Parameters(shapes(architecture))
    parameters.load(start)
    with threadpool_limits(1):
        for epoch in fit(architecture, parameters, source, None, settings, rng, SampleWeights(source.weights)):
            yield epoch, parameters.vector
            source.refill()


def _draw(windows: LevelWindows, horizon: int, count: int, rng: np.random.Generator) -> TrainingSeries:
    """Return the inputs and targets of `count` windows: a series is drawn, then one of its windows."""
    begin = np.flatnonzero(np.diff(windows.series, prepend=-1))
    size = np.diff(np.append(begin, len(windows)))
    of = rng.integers(len(begin), size=count)
    drawn = windows.take(begin[of] + rng.integers(size[of]))
    x, targets = drawn.histories(), np.full((HORIZON, count), np.nan)
    targets[:horizon] = drawn.targets(horizon)
    order = np.argsort(np.isfinite(x).argmax(axis=0), kind="stable")
    parts = [order[begin : begin + AT_ONCE] for begin in range(0, count, AT_ONCE)]
    return join_series([training_series(drawn.grid(x, part), targets[:, part], rng) for part in parts])
