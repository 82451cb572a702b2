"""Pretrain the volatility network on simulated prices, which belong to nobody, and write its weights.

    r_t = sqrt(v_t) e_t,    v_t = level_t (1 - p) + (alpha + gamma 1[e_{t-1} < 0]) r_{t-1}^2 + beta v_{t-1}

e_t is Student's t of variance 1 and p = alpha + beta + gamma / 2 (Glosten, Jagannathan & Runkle 1993). The level
changes slowly; some series have the opposite sign, so that rises are followed by large moves; some have returns of
zero, as prices that are rounded or seldom traded do. `python -m forecaster.forecasting.pretrained volatility` calls it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.blas import one_thread
from forecaster.forecasting.prices.empirical_moves import fit_empirical_moves, move_loss
from forecaster.forecasting.prices.features import KNOTS
from forecaster.forecasting.prices.volatility import ARCHITECTURE
from forecaster.nn.architecture import initial_parameters
from forecaster.nn.fit import fit
from forecaster.nn.training_records import Settings
from forecaster.series.panel import panel_from_series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel

SERIES, ROWS = 60, 3000
"""What is simulated for the network that ships: 180,000 prices, which 3,600 updates see about five times."""
BATCH, RATE, DECAY = 256, 2e-3, 1e-3
"""Windows in an update, the peak learning rate and weight decay. Chosen by hand."""


def simulate(series: int, rows: int, rng: np.random.Generator) -> Panel:
    """Return a panel of simulated prices."""
    returns = _garch(series, rows, rng) * np.exp(rng.normal(-4.5, 0.6, series))
    still = rng.uniform(0, 0.06, series) * (rng.random(series) < 0.3)
    returns[rng.random((rows, series)) < still] = 0
    x = np.cumsum(returns - returns.mean(axis=0), axis=0).T
    return panel_from_series((str(i), np.arange(rows), np.exp(each)) for i, each in enumerate(x))


def _garch(series: int, rows: int, rng: np.random.Generator) -> Floats:
    """Return simulated returns, (rows, series), whose long-run variance is about one."""
    alpha, gamma = rng.uniform(0.02, 0.12, series), rng.uniform(0, 0.2, series) * (rng.random(series) < 0.5)
    persistence = 1 - np.exp(rng.uniform(np.log(0.003), np.log(0.08), series))
    beta = np.maximum(0, persistence - alpha - gamma / 2)
    freedom = rng.uniform(3.5, 12, series)
    e = rng.standard_t(freedom, (rows, series)) * np.sqrt((freedom - 2) / freedom)
    level, v = _level(series, rows, rng), np.ones(series)
    returns = np.empty_like(e)
    for t in range(rows):
        returns[t] = np.sqrt(v) * e[t]
        news = (alpha + gamma * (e[t] < 0)) * returns[t] ** 2
        v = level[t] * (1 - persistence) + news + beta * v
    return returns * np.where(rng.random(series) < 0.3, -1, 1)


def _level(series: int, rows: int, rng: np.random.Generator) -> Floats:
    """Return long-run variances, (rows, series): a slow walk that ends where it began, or, for three in ten, none."""
    steps = rng.normal(0, 0.02, (rows, series)) * (rng.random(series) < 0.7)
    walk = np.cumsum(steps, axis=0)
    level: Floats = np.exp(walk - np.linspace(0, 1, rows)[:, None] * walk[-1])
    return level


def train_volatility_network(series: int, rows: int, updates: int, seed: int) -> NDArray[np.float32]:
    """Return the parameters, (P,), of a network that was trained on simulated series."""
    rng = np.random.default_rng(seed)
    panel = simulate(series, rows, rng)
    windows = fit_empirical_moves(panel).training_windows(panel)
    parameters = initial_parameters(ARCHITECTURE, rng)
    loss = move_loss(windows, int(KNOTS[-1]))
    settings = Settings(epochs=1, steps=updates, batch=BATCH, rate=RATE, decay=DECAY, loss=loss)
    with one_thread():
        for _ in fit(ARCHITECTURE, parameters, windows, None, settings, rng):
            pass
    return np.asarray(parameters.vector, np.float32)
