"""Simulated series of other kinds: counts, rare demand, prices that step, smooth curves, and mixtures.

Each function returns values or logarithms of N series, (T, N), and which of them are logarithms, (N,). Counts and steps
are made as values; as those of users, they are then transformed by what is known of their history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.pretrained.structural import PLAIN, simulate_structural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats


def simulate_counts(
    steps: int, series: int, seasons: Sequence[int], rng: np.random.Generator, plain_share: float = PLAIN
) -> Floats:
    """Return whole numbers about a mean that moves like a structural series, (T, N), Poisson or more scattered."""
    x, _ = simulate_structural(steps, series, seasons, rng, plain_share)
    level = np.exp(rng.uniform(np.log(0.2), np.log(60), series))
    mean = level * np.exp(np.clip(_standardised(x) * rng.uniform(0, 0.8, series), -4, 4))
    scatter = np.where(rng.random(series) < 0.5, 50.0, rng.uniform(0.5, 10, series))
    return rng.poisson(mean * rng.gamma(scatter, 1 / scatter, (steps, series))).astype(np.float64)


def simulate_rare_demand(steps: int, series: int, seasons: Sequence[int], rng: np.random.Generator) -> Floats:
    """Return demand that is zero in most steps, (T, N): its chance and its size move, or follow a season."""
    chance = np.clip(rng.beta(1, 2.5, series), 0.03, 0.9)
    wander = np.cumsum(rng.normal(0, 0.08, (steps, series)), axis=0) * (rng.random(series) < 0.4)
    odds = np.log(chance / (1 - chance)) + np.clip(wander, -3, 3)
    if seasons:
        t = np.arange(steps)[:, None]
        wave = np.cos(2 * np.pi * t / seasons[0] + rng.uniform(0, 6.3, series))
        odds = odds + wave * rng.exponential(1, series) * (rng.random(series) < 0.4)
    happens = rng.random((steps, series)) < 1 / (1 + np.exp(-odds))
    mean, scatter = np.exp(rng.uniform(0, np.log(50), series)), rng.uniform(0.5, 20, series)
    size = 1 + rng.poisson(mean * rng.gamma(scatter, 1 / scatter, (steps, series)))
    size = np.where(rng.random(series) < 0.3, np.ceil(mean), size)
    return np.where(happens, size, 0).astype(np.float64)


def simulate_steps(steps: int, series: int, seasons: Sequence[int], rng: np.random.Generator) -> Floats:
    """Return positive values that stay for a while and then jump, (T, N), as list prices and policy rates do.

    Jumps come by chance or once in a season, to both sides or mostly to one; some series move a little in between.
    """
    rate = np.exp(rng.uniform(np.log(0.015), np.log(0.4), series))
    happens = rng.random((steps, series)) < rate
    if seasons:
        yearly = (np.arange(steps)[:, None] - rng.integers(0, seasons[-1], series)) % seasons[-1] == 0
        happens = np.where(rng.random(series) < 0.4, yearly, happens)
    up = rng.choice([0.5, 0.8, 1.0, 0.0], series, p=[0.4, 0.2, 0.35, 0.05])
    sign = np.where(rng.random((steps, series)) < up, 1, -1)
    size = np.exp(rng.uniform(np.log(0.01), np.log(0.4), series))
    scatter = np.where(rng.random(series) < 0.3, 1.0, rng.lognormal(0, 0.5, (steps, series)))
    jumps = happens * sign * size * scatter
    additive = rng.random(series) < 0.4
    walk = np.cumsum(jumps, axis=0)
    lifted = walk - walk.min(axis=0) + rng.uniform(0.1, 2, series) * np.maximum(np.ptp(walk, axis=0), 0.1)
    values = np.where(additive, lifted, np.exp(np.clip(walk, -20, 20)))
    noise = 1 + rng.normal(0, 1e-3, (steps, series)) * (rng.random(series) < 0.15)
    stepped: Floats = values * noise * 100
    return stepped


def simulate_curves(steps: int, series: int, seasons: Sequence[int], rng: np.random.Generator) -> tuple[Floats, Bools]:
    """Return smooth curves with little noise, (T, N): sums of waves, growth that slows, lines, and products."""
    t = np.arange(steps)[:, None] / max(steps, 1)
    length = np.exp(rng.uniform(np.log(4), np.log(300), series)) / steps
    waves = np.zeros((steps, series))
    for _ in range(12):  # random Fourier features of a squared exponential kernel (Rahimi & Recht 2007)
        waves += np.cos(t * rng.normal(size=series) / length + rng.uniform(0, 6.3, series)) * 0.4
    middle, rate = rng.uniform(-0.3, 1.2, series), np.exp(rng.uniform(np.log(2), np.log(20), series))
    growth = 1 / (1 + np.exp(-np.clip((t - middle) * rate, -50, 50)))
    line = t * rng.normal(size=series)
    periodic = np.zeros((steps, series))
    if seasons:
        m = seasons[0]
        phase = 2 * np.pi * np.arange(steps)[:, None] / m
        periodic = np.sin(phase + rng.uniform(0, 6.3, series)) + rng.normal(0, 0.3, series) * np.sin(2 * phase)
    weight = rng.exponential(1, (4, series)) * (rng.random((4, series)) < 0.45)
    x = weight[0] * waves + weight[1] * 2 * growth * rng.choice([-1, 1], series) + weight[2] * line
    x += weight[3] * periodic * np.where(rng.random(series) < 0.3, growth + 0.2, 1)
    x = _standardised(x) * np.exp(rng.uniform(np.log(0.02), np.log(0.6), series))
    noise = np.exp(rng.uniform(np.log(1e-3), np.log(0.3), series)) * x.std(axis=0)
    x += rng.normal(size=(steps, series)) * noise
    logarithmic = rng.random(series) < 0.8
    additive = logarithmic & (rng.random(series) < 0.6)
    low = x.min(axis=0)
    lift = np.exp(rng.uniform(np.log(0.1), np.log(3), series))
    return np.where(additive, np.log(lift + (x - low) / np.maximum(np.ptp(x, axis=0), 1e-9)), x), logarithmic


def simulate_arima(steps: int, series: int, seasons: Sequence[int], rng: np.random.Generator) -> tuple[Floats, Bools]:
    """Return autoregressive moving averages, (T, N), as they are or summed once or over a season."""
    a1, a2 = rng.uniform(-0.7, 1.2, series), rng.uniform(-0.6, 0.5, series)
    # inside the triangle of stationarity (Box & Jenkins 1970)
    a2 = np.clip(a2, -0.95, 0.95 - np.abs(a1))
    m1 = rng.uniform(-0.9, 0.9, series) * (rng.random(series) < 0.6)
    e = rng.normal(size=(steps + 30, series))
    x = np.zeros((steps + 30, series))
    for t in range(2, steps + 30):
        x[t] = a1 * x[t - 1] + a2 * x[t - 2] + e[t] + m1 * e[t - 1]
    x = x[30:]
    summed = rng.random(series) < 0.5
    mean = rng.normal(0, 0.3, series) * (rng.random(series) < 0.5)
    x = np.where(summed, np.cumsum(x + mean, axis=0), x)
    if seasons and steps > seasons[0]:
        m = seasons[0]
        seasonal = np.flatnonzero(rng.random(series) < 0.6)
        x[:m, seasonal] *= np.exp(rng.uniform(0, 2, len(seasonal)))
        for t in range(m, steps):
            x[t, seasonal] += x[t - m, seasonal]
    size = np.exp(rng.uniform(np.log(0.005), np.log(0.3), series))
    scaled: Floats = x / np.maximum(np.abs(np.diff(x, axis=0)).mean(axis=0), 1e-9) * size
    return np.clip(scaled, -60, 60), rng.random(series) < 0.75


def _standardised(x: Floats) -> Floats:
    """Return x less its mean, in units of its deviation."""
    scaled: Floats = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
    return scaled
