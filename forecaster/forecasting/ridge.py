"""A ridge regression from scaled windows to their scaled targets: what a linear rule, one for all series, can do.

A window of L values and a one are its features, every step ahead is a regression of its own, and one penalty serves
all. Everything that the solution needs are sums over windows, so they are gathered once and never held together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from forecaster.data.scaling import Floats
    from forecaster.data.windows import Windows

    Ints = NDArray[np.int64]

MOST_WINDOWS = 20_000
"""Windows that the regression is fitted to, evenly spread."""
CHUNK = 1024
"""Windows gathered at once."""
BLOCKS = 4
"""Groups of consecutive steps that are fitted to the same windows."""
PENALTIES = 10.0 ** np.arange(2, -8, -1)
"""Candidates in units of the mean squared feature, strongest first: of equally good ones that one is taken."""
NEWER = 5
"""One in so many of a series' windows, the latest ones, judge the penalty."""


@dataclass(frozen=True)
class Ridge:
    """A fitted regression.

    Attributes:
        weights: A row for each step ahead, the constant last, (h, L + 1).

    """

    weights: Floats

    def output(self, windows: Windows) -> Floats:
        """Return the scaled forecasts of W windows, (h, W), as a network's outputs.

        Products have one fixed shape, so that a forecast does not depend on its neighbours.
        """
        output, X = np.empty((len(self.weights), len(windows))), np.zeros((windows.lookback + 1, CHUNK))
        with threadpool_limits(1):
            for chosen in _chunks(np.arange(len(windows))):
                X[:, : len(chosen)] = _features(windows, chosen)
                output[:, chosen] = (self.weights @ X)[:, : len(chosen)]
        return output


class Moments(NamedTuple):
    """Sums over windows, with features X, (L + 1, W), and targets Y, (h, W), of those whose block of steps is known.

    Attributes:
        gram: X X', for each block of steps, (BLOCKS, L + 1, L + 1).
        cross: Y X', (h, L + 1).
        power: Sum of Y squared, (h,).

    """

    gram: Floats
    cross: Floats
    power: Floats


def fit_ridge(windows: Windows, horizon: int) -> Ridge:
    """Fit the regression to at most 20,000 windows with equal steps, in series by series and oldest first.

    The penalty is the one that, fitted to the older windows, has the least squared error on the latest fifth of each
    series' windows; with it the regression is fitted to all. A step's regression sees the windows whose targets are
    known up to the end of its block of steps, a quarter of the horizon.
    """
    windows = windows.some(MOST_WINDOWS)
    with threadpool_limits(1):  # on matrices as small as these, threads mostly wait for each other
        parts = [moments(windows, chosen, horizon) for chosen in _split(windows, horizon)]
        older, _, newer = parts
        errors = [squared_error(newer, solve(older, penalty)) for penalty in PENALTIES]
        everything = Moments(*(sum(part) for part in zip(*parts, strict=True)))
        return Ridge(solve(everything, float(PENALTIES[np.argmin(errors)])))


def _split(windows: Windows, horizon: int) -> tuple[Ints, Ints, Ints]:
    """Return the numbers of the older windows, of the latest fifth of each series, and of those between.

    Between are the ones that have targets behind the first cutoff of the latest fifth.
    """
    series, last = windows.series, windows.last
    begin, end = (np.searchsorted(series, series, side) for side in ("left", "right"))
    first = end - -(-(end - begin) // NEWER)
    newer = np.arange(len(series)) >= first
    older = last + horizon <= last[first]
    return np.flatnonzero(older), np.flatnonzero(~older & ~newer), np.flatnonzero(newer)


def moments(windows: Windows, chosen: Ints, horizon: int) -> Moments:
    """Return the sums over the windows numbered `chosen`."""
    blocks, L = _blocks(horizon), windows.lookback
    total = Moments(np.zeros((len(blocks), L + 1, L + 1)), np.zeros((horizon, L + 1)), np.zeros(horizon))
    for part in _chunks(chosen):
        X, Y = _features(windows, part), np.empty((horizon, len(part)))
        windows.targets(part, Y)
        count = np.sum([np.isfinite(Y[: steps[-1] + 1]).all(axis=0) for steps in blocks], axis=0)
        for b, steps in enumerate(blocks):
            known, exactly = count > b, X[:, count == b + 1]
            y = Y[np.ix_(steps, known)]
            total.gram[b] += exactly @ exactly.T
            total.cross[steps] += y @ X[:, known].T
            total.power[steps] += (y**2).sum(axis=1)
    # a window that knows a block knows those before it
    return total._replace(gram=np.cumsum(total.gram[::-1], axis=0)[::-1])


def solve(total: Moments, penalty: float) -> Floats:
    """Return the weights, (h, L + 1), of the least squared error plus `penalty` times the squared weights.

    W = C (G + p g I)^-1, with C = Y X', G = X X' and g the mean of G's diagonal   (Hoerl & Kennard 1970)

    The constant is no exception: without evidence the forecast is the last value.
    """
    weights = np.empty_like(total.cross)
    for gram, steps in zip(total.gram, _blocks(len(weights)), strict=True):
        size = float(np.diag(gram).mean()) or 1.0
        weights[steps] = np.linalg.solve(gram + penalty * size * np.eye(len(gram)), total.cross[steps].T).T
    return weights


def squared_error(total: Moments, weights: Floats) -> float:
    """Return the sum of the squared errors, |Y - W X|^2 = Y Y' - 2 W X Y' + W G W', over the windows and all steps."""
    fitted = np.empty_like(weights)
    for gram, steps in zip(total.gram, _blocks(len(weights)), strict=True):
        fitted[steps] = weights[steps] @ gram
    return float(total.power.sum() + (weights * (fitted - 2 * total.cross)).sum())


def _blocks(horizon: int) -> list[Ints]:
    """Return the steps of each block, numbered from 0."""
    return np.array_split(np.arange(horizon), min(BLOCKS, horizon))


def _chunks(chosen: Ints) -> Iterable[Ints]:
    """Return the windows in portions that are gathered at once."""
    return (chosen[begin : begin + CHUNK] for begin in range(0, len(chosen), CHUNK))


def _features(windows: Windows, chosen: Ints) -> Floats:
    """Return the windows numbered `chosen` with a one below, (L + 1, B)."""
    X = np.ones((windows.lookback + 1, len(chosen)))
    windows.inputs(chosen, X[:-1, None])
    return X
