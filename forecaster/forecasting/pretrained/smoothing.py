"""Exponential smoothing with fixed parameters: how high, how steep and how foreseeable a series is.

Each of several smoothings runs once over every series. Its last level and slope say where the series stands under that
much smoothing, and its mean one-step error says how well that describes the series: so a network sees at a glance what
would take it many steps of a series to find out.

    e_t = x_t - (l + c b),    l += c b + a e_t,    b = c b + a d e_t        (Gardner & McKenzie 1985)

with a the smoothing of the level, d of the slope, and c the damping of the slope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats

SMOOTHINGS = np.array(
    [
        (0.05, 0.0, 0.0),
        (0.1, 0.0, 0.0),
        (0.2, 0.0, 0.0),
        (0.4, 0.0, 0.0),
        (0.7, 0.0, 0.0),
        (0.1, 0.1, 1.0),
        (0.3, 0.1, 1.0),
        (0.6, 0.3, 1.0),
        (0.9, 0.1, 0.95),
        (0.5, 0.2, 0.9),
    ]
)
"""Level, slope and damping of each smoothing, (K, 3): five of a level alone, three with a lasting slope, two with a
slope that dies away. Chosen by hand to span what the usual series need."""


class Smoothed(NamedTuple):
    """What K smoothings say of N series, each (K, N).

    Attributes:
        level: The last level.
        slope: The last slope.
        error: Mean absolute one-step error.

    """

    level: Floats
    slope: Floats
    error: Floats


def smooth(x: Floats, slope: Floats) -> Smoothed:
    """Smooth series x, (T, N), NaN where missing; they start at their first value with a given slope, (N,)."""
    a, d, c = (np.repeat(column[:, None], x.shape[1], axis=1) for column in SMOOTHINGS.T)
    gains = np.stack([a, a * d])
    known: Bools = np.isfinite(x)
    started: Bools = np.greater(np.cumsum(known, axis=0), known)  # from the second value on
    has_error: Bools = np.logical_and(known, started)
    complete: Bools = np.logical_and.reduce(has_error, axis=1)
    now, after, step = (np.empty((2, len(SMOOTHINGS), x.shape[1])) for _ in range(3))  # each a level and a slope
    now[0], now[1] = x[known.argmax(axis=0), np.arange(x.shape[1])], np.where(d > 0, slope, 0.0)
    total, e = np.zeros_like(now[0]), np.empty_like(now[0])
    for t in range(len(x)):
        # l + c b and c b, which become the next level and slope
        np.multiply(c, now[1], out=after[1])
        np.add(now[0], after[1], out=after[0])
        np.subtract(x[t], after[0], out=e)
        if not complete[t]:
            e[:, ~has_error[t]] = 0.0
        total += np.abs(e, out=step[0])
        after += np.multiply(gains, e, out=step)
        if not complete[t]:
            np.copyto(after, now, where=~started[t])
        now, after = after, now
    return Smoothed(now[0], now[1], total / np.maximum(known.sum(axis=0) - 1, 1))
