"""Simulated series of the structural kind: a level, a slope, seasons, and everything that happens to them.

    x_t = l_t + b_t + s_t + n_t + outliers + cycle,    n_t = r n_{t-1} + e_t        (t-distributed e_t)
    l  += b + a n_t + shifts - c l,    b = d b + k e_t + breaks,    s += g e_t

(innovations form of exponential smoothing: Hyndman, Koehler, Ord & Snyder 2008), in units of the noise, (T, N), all
series at once. Every number is drawn for each series anew, and many are zero as often as not. Some series are plain:
a random walk, a line or a constant with noise, or an autoregression, to which nothing ever happens.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats

SMALLEST_NOISE, LARGEST_NOISE = 0.002, 0.4
"""Bounds of the noise as a share of the values."""
PLAIN, PLAIN_KINDS = 0.22, (0.2, 0.15, 0.3, 0.15, 0.2)
"""Usual share of plain series; among them of walks, walks with drift, lines, constants and autoregressions."""


@dataclass(frozen=True)
class Dynamics:
    """How level and slope of N series move; each is (N,).

    Attributes:
        level: Share of the noise that stays in the level, a: 1 for a random walk, 0 for noise about a line.
        slope: Share that stays in the slope, k.
        damping: What is left of the slope after a step, d.
        first_slope: The slope at the start.
        drift: Slope that stays where the other one dies away.
        autocorrelation: r.
        reversion: Share of the level that is taken back in a step, c.

    """

    level: Floats
    slope: Floats
    damping: Floats
    first_slope: Floats
    drift: Floats
    autocorrelation: Floats
    reversion: Floats


def simulate_structural(
    steps: int, series: int, seasons: Sequence[int], rng: np.random.Generator, plain_share: float = PLAIN
) -> tuple[Floats, Bools]:
    """Return series, (T, N), and which of them are logarithms of values, (N,)."""
    persistent = rng.random(series) < (0.15 if seasons else 0.5)
    plain = rng.random(series) < plain_share
    moves = _dynamics(persistent & ~plain, rng)
    moves = _plain_dynamics(moves, plain, rng)
    x = _run(moves, _noise(steps, series, rng), seasons, ~plain, rng)
    size = np.exp(rng.uniform(np.log(SMALLEST_NOISE), np.log(LARGEST_NOISE), series))
    return _as_values(x * size, persistent, rng)


def _dynamics(persistent: Bools, rng: np.random.Generator) -> Dynamics:
    """Draw how the level and the slope move; the slopes of persistent series, as of annual ones, are large and last."""
    N = len(persistent)

    def share(p: float) -> Bools:
        return rng.random(N) < p

    kind = rng.random(N)
    level = np.where(kind < 0.12, 0.0, np.where(kind < 0.3, 1.0, rng.beta(1, 1.2, N)))
    level = np.where(persistent & share(0.7), 1 - 0.6 * rng.beta(1, 3, N), level)
    lasting = rng.random(N) < np.where(persistent, 0.55, 0.4)
    damping = np.where(lasting, 1.0, 1 - np.exp(rng.uniform(np.log(0.01), np.log(0.4), N)))
    first = np.where(share(0.25), 0.0, rng.standard_t(3, N) * 0.45) + share(0.35) * np.abs(rng.normal(0, 0.5, N))
    growth = np.where(share(0.85), 1, -1) * np.exp(rng.normal(-0.4, 0.9, N))
    first = np.where(persistent, growth, first)
    return Dynamics(
        level=level,
        slope=np.where(share(0.45), level * rng.beta(1, 4, N), 0.0),
        damping=damping,
        first_slope=first,
        drift=np.where((damping < 1) & share(0.6), first * rng.uniform(0, 0.8, N), 0.0),
        autocorrelation=np.where(share(0.35), rng.uniform(-0.5, 0.9, N), 0.0),
        reversion=np.where(share(0.12) & ~persistent, rng.uniform(0.02, 0.3, N), 0.0),
    )


def _plain_dynamics(moves: Dynamics, plain: Bools, rng: np.random.Generator) -> Dynamics:
    """Return the dynamics with those of plain series: walk, walk with drift, line, constant, autoregression."""
    N = len(plain)
    kind = rng.choice(5, N, p=PLAIN_KINDS)
    slope = np.where((kind == 1) | (kind == 2), rng.normal(0, 0.35, N), 0.0)
    plainly = Dynamics(
        level=np.where(kind < 2, 1.0, 0.0),
        slope=np.zeros(N),
        damping=np.ones(N),
        first_slope=slope,
        drift=np.zeros(N),
        autocorrelation=np.where(kind == 4, rng.uniform(0.2, 0.97, N), 0.0),
        reversion=np.zeros(N),
    )
    pairs = ((getattr(plainly, each.name), getattr(moves, each.name)) for each in fields(Dynamics))
    return Dynamics(*(np.where(plain, own, other) for own, other in pairs))


def _noise(steps: int, series: int, rng: np.random.Generator) -> Floats:
    """Return noise of variance one, (T, N), of some series with heavy tails or a variance that wanders."""
    freedom = np.where(rng.random(series) < 0.5, 30, rng.uniform(3, 8, series))
    scatter = np.sqrt((freedom - 2) / rng.chisquare(freedom, (steps, series)))
    e = rng.standard_normal((steps, series), np.float32) * scatter
    wander = np.cumsum(rng.normal(0, 0.05, (steps, series)) * (rng.random(series) < 0.25), axis=0)
    return np.asarray(e * np.exp(np.clip(wander, -3, 3)), np.float64)


def _run(moves: Dynamics, e: Floats, seasons: Sequence[int], eventful: Bools, rng: np.random.Generator) -> Floats:
    """Return series, (T, N), in units of the noise; to `eventful` ones, (N,), something may happen."""
    T, N = e.shape
    rare = {name: events * eventful for name, events in _rare_events(T, N, rng).items()}
    cycle = _cycle(T, N, rng) * eventful
    patterns = [_pattern(m, N, rng) * _amplitude(N, rng) for m in seasons]
    change = np.where(rng.random(N) < 0.5, 0.0, rng.beta(1, 6, N))
    growth = 1 + np.where(rng.random(N) < 0.2, rng.uniform(-0.6, 1.0, N), 0.0) * np.linspace(0, 1, T)[:, None]
    level, slope, n = np.zeros(N), moves.first_slope.copy(), np.zeros(N)
    x = np.empty((T, N))
    for t in range(T):
        n = moves.autocorrelation * n + e[t]
        way = slope + moves.drift
        x[t] = level + way + n
        for pattern, m in zip(patterns, seasons, strict=True):
            x[t] += pattern[t % m] * growth[t]
        level = level + way + moves.level * n + rare["shifts"][t] - moves.reversion * level
        slope = moves.damping * slope + moves.slope * e[t] + rare["breaks"][t]
        if seasons:
            patterns[0][t % seasons[0]] += change * e[t] * (patterns[0][t % seasons[0]] != 0)
    return x + rare["outliers"] + cycle


def _rare_events(steps: int, series: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Return outliers, shifts of the level and breaks of the slope, (T, N) each, in units of the noise."""

    def events(rate: float, share: float, size: float) -> Floats:
        happens = (rng.random((steps, series), np.float32) < rate) & (rng.random(series) < share)
        sizes = np.zeros((steps, series))
        sizes[happens] = rng.standard_t(3, int(happens.sum())) * size
        return sizes

    return {"outliers": events(0.015, 0.3, 5), "shifts": events(0.02, 0.25, 4), "breaks": events(0.02, 0.3, 0.5)}


def _cycle(steps: int, series: int, rng: np.random.Generator) -> Floats:
    """Return cycles whose length and size wander, (T, N): an autoregression with complex roots, for one in five."""
    chosen = np.flatnonzero(rng.random(series) < 0.2)
    period = np.exp(rng.uniform(np.log(8), np.log(60), len(chosen)))
    r = rng.uniform(0.9, 0.995, len(chosen))
    one, two = 2 * r * np.cos(2 * np.pi / period), -r * r
    push = rng.normal(size=(steps, len(chosen))) * rng.uniform(0.2, 1, len(chosen))
    cycle, before, last = np.zeros((steps, series)), np.zeros(len(chosen)), np.zeros(len(chosen))
    for t in range(steps):
        before, last = last, one * last + two * before + push[t]
        cycle[t, chosen] = last
    return cycle


def _amplitude(series: int, rng: np.random.Generator) -> Floats:
    """Return sizes of seasons in units of the noise, (N,), zero for one in six."""
    amplitude: Floats = np.exp(rng.uniform(np.log(0.3), np.log(15), series)) * (rng.random(series) < 0.84)
    return amplitude


def _pattern(m: int, series: int, rng: np.random.Generator) -> Floats:
    """Return seasonal patterns of variance one, (m, N): smooth waves, free values, a few peaks, or two plateaus."""
    t = np.arange(m)[:, None]
    waves = np.zeros((m, series))
    for k in range(1, min(max(1, m // 2), 6) + 1):
        a, b = rng.normal(size=(2, series)) / k
        waves += a * np.cos(2 * np.pi * k * t / m) + b * np.sin(2 * np.pi * k * t / m)
    free = rng.standard_t(4, (m, series))
    peaks = np.where(rng.random((m, series)) < 1.5 / m, rng.normal(2, 1, (m, series)), 0)
    first, length = rng.integers(0, m, series), rng.integers(1, max(2, m // 2 + 1), series)
    plateau = ((t - first) % m < length).astype(np.float64)
    kind = rng.random(series)
    pattern = np.select([kind < 0.45, kind < 0.8, kind < 0.9], [waves, free, peaks], plateau)
    pattern -= pattern.mean(axis=0)
    deviation = pattern.std(axis=0)
    scaled: Floats = pattern / np.where(deviation > 1e-9, deviation, 1)
    return scaled


def _as_values(x: Floats, persistent: Bools, rng: np.random.Generator) -> tuple[Floats, Bools]:
    """Return x as logarithms, as logarithms of additive series, or as values; and which are logarithms.

    An additive series is lifted above zero by a share of its range: the less, the more its logarithms bend.
    """
    N = x.shape[1]
    additive = rng.random(N) < np.where(persistent, 0.55, 0.4)
    low, high = x.min(axis=0), x.max(axis=0)
    lift = np.exp(rng.uniform(np.log(0.05), np.log(3), N))
    lifted = np.log(lift + (x - low) / np.maximum(high - low, 1e-9))
    logarithmic = np.asarray(rng.random(N) > 0.15)
    return np.where(additive & logarithmic, lifted, np.clip(x, -60, 60)), logarithmic
