"""A ridge regression from scaled windows to their scaled targets: what a linear rule, one for all series, can do.

A window of L values, the latest values of each column beside it, and a one are its F features. Every step ahead is a
regression of its own, which has the A values besides that are known of this step, and one penalty serves all.
Everything that the solution needs are sums over windows, so they are gathered once and never held together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecaster.arrays import Floats, Ints
    from forecaster.series.windows import Windows


MOST_WINDOWS = 20_000
"""Windows that the regression is fitted to, evenly spread."""
CHUNK = 1024
"""Windows gathered at once."""
BLOCKS = 4
"""Groups of consecutive steps that are fitted to the same windows."""
PENALTIES = 10.0 ** np.arange(2, -8, -1)
"""Candidates in units of the mean squared feature, strongest first: of equally good ones that one is taken."""
MOST_COVARIATE_VALUES = 1000
"""Values of all columns beside the target together that the regression sees at most."""
NEWER = 5
"""One in so many of a series' windows, the latest ones, judge the penalty."""


@dataclass(frozen=True)
class Ridge:
    """A fitted regression.

    Attributes:
        weights: A row for each step ahead, the constant last, (h, F).
        ahead: The weights of what is known of each step, (h, A); None where nothing is.

    """

    weights: Floats
    ahead: Floats | None = None

    def output(self, windows: Windows) -> Floats:
        """Return the scaled forecasts of W windows, (h, W), as a network's outputs.

        Products have one fixed shape, so that a forecast does not depend on its neighbours.
        """
        output, X = np.empty((len(self.weights), len(windows))), np.zeros((self.weights.shape[1], CHUNK))
        with threadpool_limits(1):
            for chosen in _chunks(np.arange(len(windows))):
                X[:, : len(chosen)] = _features(windows, chosen)
                output[:, chosen] = (self.weights @ X)[:, : len(chosen)]
                for U, weights in zip(
                    windows.future_covariates(chosen), () if self.ahead is None else self.ahead.T, strict=True
                ):
                    output[:, chosen] += weights[:, None] * U
        return output


class GramSums(NamedTuple):
    """Sums over windows, with features X, (F, W), what is known of each step U_k, (A, W), and targets Y, (h, W).

    They are over the windows of which the block of the step is known.

    Attributes:
        gram: X X', for each block of steps, (BLOCKS, F, F).
        cross: Y X', (h, F).
        power: Sum of Y squared, (h,).
        mixed: U_k X' for each step, (h, A, F).
        own: U_k U_k' for each step, (h, A, A).
        known: Y_k U_k' for each step, (h, A).

    """

    gram: Floats
    cross: Floats
    power: Floats
    mixed: Floats
    own: Floats
    known: Floats


class Weights(NamedTuple):
    """What is solved for: the weights of X, (h, F), and of U_k, (h, A)."""

    common: Floats
    ahead: Floats


def fit_ridge(windows: Windows, horizon: int) -> Ridge:
    """Fit the regression to at most 20,000 windows with equal steps, in series by series and oldest first.

    The penalty is the one that, fitted to the older windows, has the least squared error on the latest fifth of each
    series' windows; with it the regression is fitted to all. A step's regression sees the windows whose targets are
    known up to the end of its block of steps, a quarter of the horizon.
    """
    windows = windows.subsample(MOST_WINDOWS)
    with threadpool_limits(1):  # on matrices as small as these, threads mostly wait for each other
        parts = [lead_times(windows, chosen, horizon) for chosen in _split(windows, horizon)]
        older, _, newer = parts
        errors = [squared_error(newer, solve(older, penalty)) for penalty in PENALTIES]
        everything = GramSums(*(sum(part) for part in zip(*parts, strict=True)))
        weights = solve(everything, float(PENALTIES[np.argmin(errors)]))
        return Ridge(weights.common, weights.ahead if weights.ahead.size else None)


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


def lead_times(windows: Windows, chosen: Ints, horizon: int) -> GramSums:
    """Return the sums over the windows numbered `chosen`."""
    blocks, F, A = (
        _blocks(horizon),
        features(windows.lookback, _covariates(windows)),
        len(windows.future_covariates(chosen[:0])),
    )
    shapes = ((len(blocks), F, F), (horizon, F), (horizon,), (horizon, A, F), (horizon, A, A), (horizon, A))
    total = GramSums(*map(np.zeros, shapes))
    for part in _chunks(chosen):
        X, U, Y = _features(windows, part), windows.future_covariates(part), np.empty((horizon, len(part)))
        windows.targets(part, Y)
        count = np.sum([np.isfinite(Y[: steps[-1] + 1]).all(axis=0) for steps in blocks], axis=0)
        for b, steps in enumerate(blocks):
            known, exactly = count > b, X[:, count == b + 1]
            x, y = X[:, known], Y[np.ix_(steps, known)]
            total.gram[b] += exactly @ exactly.T
            total.cross[steps] += y @ x.T
            total.power[steps] += (y**2).sum(axis=1)
            if A:
                u = U[:, steps][:, :, known].swapaxes(0, 1)
                total.mixed[steps] += u @ x.T
                total.own[steps] += u @ u.swapaxes(1, 2)
                total.known[steps] += (u @ y[:, :, None])[:, :, 0]
    # a window that knows a block knows those before it
    return total._replace(gram=np.cumsum(total.gram[::-1], axis=0)[::-1])


def solve(total: GramSums, penalty: float) -> Weights:
    """Return the weights of the least squared error plus `penalty` times the squared weights.

    With G = X X' + p g I, g the mean of the diagonal of X X', B_k = U_k X' and D_k = U_k U_k' + p g I

        V_k = (Y_k U_k' - Y_k X' G^-1 B_k') (D_k - B_k G^-1 B_k')^-1
        W_k = (Y_k X' - V_k B_k) G^-1

    (Hoerl & Kennard 1970; the inverse of a matrix in blocks, so that one large G serves all steps of a block). The
    constant is no exception: without evidence the forecast is the last value.
    """
    h, A, F = total.mixed.shape
    weights = Weights(np.empty((h, F)), np.empty((h, A)))
    for gram, steps in zip(total.gram, _blocks(h), strict=True):
        size = penalty * (float(np.diag(gram).mean()) or 1.0)
        mixed = total.mixed[steps]
        solved = np.linalg.solve(
            gram + size * np.eye(F), np.concatenate([total.cross[steps], mixed.reshape(-1, F)]).T
        ).T
        alone, across = solved[: len(steps)], solved[len(steps) :].reshape(mixed.shape)
        rest = total.known[steps] - (mixed @ alone[:, :, None])[:, :, 0]
        left = total.own[steps] + size * np.eye(A) - mixed @ across.swapaxes(1, 2)
        weights.ahead[steps] = np.linalg.solve(left, rest[:, :, None])[:, :, 0]
        weights.common[steps] = alone - (weights.ahead[steps][:, None] @ across)[:, 0]
    return weights


def squared_error(total: GramSums, weights: Weights) -> float:
    """Return the sum of the squared errors over the windows and all steps.

    |Y - W X - V U|^2 = Y Y' - 2 (W X Y' + V U Y') + W G W' + 2 V B W' + V D V'
    """
    W, V = weights
    fitted = (V[:, None] @ total.mixed)[:, 0] * 2
    for gram, steps in zip(total.gram, _blocks(len(W)), strict=True):
        fitted[steps] += W[steps] @ gram
    known = (V[:, None] @ total.own)[:, 0] - 2 * total.known
    return float(total.power.sum() + (W * (fitted - 2 * total.cross)).sum() + (V * known).sum())


def _blocks(horizon: int) -> list[Ints]:
    """Return the steps of each block, numbered from 0."""
    return np.array_split(np.arange(horizon), min(BLOCKS, horizon))


def _chunks(chosen: Ints) -> Iterable[Ints]:
    """Return the windows in portions that are gathered at once."""
    return (chosen[begin : begin + CHUNK] for begin in range(0, len(chosen), CHUNK))


def features(lookback: int, columns: int) -> int:
    """Return the features of a window with so many columns beside the target, F."""
    return lookback + columns * (_latest(lookback, columns) + 1) + 1


def _latest(lookback: int, columns: int) -> int:
    """Return the values of each column that the regression sees."""
    return min(lookback, MOST_COVARIATE_VALUES // max(columns, 1))


def _covariates(windows: Windows) -> int:
    """Return how many covariates have a past, C."""
    return 0 if windows.covariates is None else len(windows.covariates.past)


def _features(windows: Windows, chosen: Ints) -> Floats:
    """Return the windows numbered `chosen`, the columns beside them and a one below, (F, B)."""
    L, columns = windows.lookback, _covariates(windows)
    X = np.ones((features(L, columns), len(chosen)))
    windows.scaled_values(chosen, X[:L])
    X[L:-1] = windows.past_covariates(chosen, _latest(L, columns)).reshape(-1, len(chosen))
    return X
