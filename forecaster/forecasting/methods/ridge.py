"""A ridge regression from scaled windows to their scaled targets, one for all series.

The L values of a window, the latest values of each covariate and a one are its F features. Each step ahead has a
regression of its own, which also takes the A covariates that are known of this step; one penalty serves all.
The solution needs sums over windows alone, so windows are gathered in chunks and never held together. To a window of
more than a thousand values the regression is fitted by its latest values and by means of its older ones; a mean has a
weight for each of its values in the end, so a fitted regression has F weights for each step whatever the lookback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.blas import one_thread
from forecaster.forecasting.methods.ensemble import PREDICTED
from forecaster.progress import PREPARING, with_progress

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Ints
    from forecaster.series.windows import Windows

MOST_WINDOWS = 20_000
"""Windows that the regression is fitted to, evenly spread: many times its features, and more would take longer."""
MOST_VALUES = 1008
"""Longest window each of whose values has a weight of its own: a week of ten minutes. The time to solve a regression
grows with the cube of its weights, and with 1,008 it is a second."""
LATEST, MEANS = 240, 240
"""Of a longer window, the latest values that have a weight of their own, and the means of the older values: of minutes,
the latest four hours, and steps of about ten minutes before. Chosen by hand."""
GATHERED = 20_000_000
"""Values of windows that are gathered for a fit at most: more would take longer to gather than weights to solve for."""
CHUNK = 1024
"""Windows gathered at once for a fit: their features stay within a few megabytes."""
BLOCKS = 4
"""Groups of consecutive steps that are fitted to the same windows: a group for each step would need as many inverses,
and one group would leave out the latest windows, whose last targets are not known yet."""
PENALTIES = 10.0 ** np.arange(2, -8, -1)
"""Candidates in units of the mean squared feature, strongest first: of equally good ones the strongest is taken."""
MOST_COVARIATE_VALUES = 1000
"""Values of all covariates together that the regression sees at most: the time to solve it grows with their cube."""
NEWER = 5
"""One in so many of a series' windows, the latest ones, choose the penalty."""


@dataclass(frozen=True)
class Ridge:
    """A fitted regression: a row of weights for each step ahead, the constant last, (h, F).

    `ahead` are the weights of the covariates known of each step, (h, A); None where there are none.
    """

    weights: Floats
    ahead: Floats | None = None

    def output(self, windows: Windows) -> Floats:
        """Return the scaled forecasts of W windows, (h, W), as a network's outputs."""
        # products have one fixed shape, so that the rounding of a forecast does not depend on the other windows
        output, X = np.empty((len(self.weights), len(windows))), np.zeros((self.weights.shape[1], PREDICTED))
        with one_thread():
            for chosen in _chunks(np.arange(len(windows)), PREDICTED):
                X[:, : len(chosen)] = _features(windows, chosen)
                output[:, chosen] = (self.weights @ X)[:, : len(chosen)]
                ahead = () if self.ahead is None else self.ahead.T
                for U, weights in zip(windows.future_covariates(chosen), ahead, strict=True):
                    output[:, chosen] += weights[:, None] * U
        return output


class GramSums(NamedTuple):
    """Sums over windows, with features X, (F, W), the covariates known of each step U_k, (A, W), and targets Y, (h, W).

    Of long windows F is smaller here, with means in place of the older values.

    Each sum is over the windows whose targets are known up to the end of the block of the step.

    Attributes:
        gram: X X', for each block of steps, (BLOCKS, F, F).
        targets_features: Y X', (h, F).
        targets_squared: Sum of Y squared, (h,).
        ahead_features, ahead_gram, targets_ahead: U_k X', (h, A, F), U_k U_k', (h, A, A), and Y_k U_k', (h, A).

    """

    gram: Floats
    targets_features: Floats
    targets_squared: Floats
    ahead_features: Floats
    ahead_gram: Floats
    targets_ahead: Floats


def fit_ridge(windows: Windows, horizon: int) -> Ridge:
    """Fit the regression to at most 20,000 windows with equal steps, in series by series and oldest first.

    Of windows with more than 1,000 values there are fewer.

    The penalty is the one that, fitted to the older windows, has the least squared error on the latest fifth of each
    series' windows; with it the regression is fitted to all. A step's regression sees the windows whose targets are
    known up to the end of its block of steps, a quarter of the horizon.
    """
    windows = windows.subsample(min(MOST_WINDOWS, max(1, GATHERED // windows.lookback)))
    with one_thread():  # on matrices as small as these, threads mostly wait for each other
        parts = [gram_sums(windows, chosen, horizon) for chosen in _older_and_newer(windows, horizon)]
        older, _, newer = parts
        errors = [squared_error(newer, ridge_weights(older, penalty)) for penalty in PENALTIES]
        everything = GramSums(*(sum(part) for part in zip(*parts, strict=True)))
        weights, ahead = ridge_weights(everything, float(PENALTIES[np.argmin(errors)]))
        return Ridge(_weights_of_values(weights, windows.lookback), ahead if ahead.size else None)


def _older_and_newer(windows: Windows, horizon: int) -> tuple[Ints, Ints, Ints]:
    """Return the numbers of the older windows, of those between, and of the latest fifth of each series.

    Those between have targets after the first cutoff of the latest fifth, so they serve neither part.
    """
    series, last = windows.series, windows.last
    begin, end = (np.searchsorted(series, series, side) for side in ("left", "right"))
    first = end - -(-(end - begin) // NEWER)
    newer = np.arange(len(series)) >= first
    older = last + horizon <= last[first]
    return np.flatnonzero(older), np.flatnonzero(~older & ~newer), np.flatnonzero(newer)


def gram_sums(windows: Windows, chosen: Ints, horizon: int) -> GramSums:
    """Return the sums over the windows numbered `chosen`."""
    blocks, A = _blocks(horizon), len(windows.future_covariates(chosen[:0]))
    starts = mean_starts(windows.lookback)
    F = feature_count(windows.lookback, _covariates(windows)) - windows.lookback + len(starts)
    shapes = ((len(blocks), F, F), (horizon, F), (horizon,), (horizon, A, F), (horizon, A, A), (horizon, A))
    total = GramSums(*map(np.zeros, shapes))
    for part in with_progress(_chunks(chosen, CHUNK), PREPARING, "ridge regression"):
        X, U, Y = _features(windows, part), windows.future_covariates(part), np.empty((horizon, len(part)))
        X = _with_means(X, starts, windows.lookback)
        windows.targets(part, Y)
        count = np.sum([np.isfinite(Y[: steps[-1] + 1]).all(axis=0) for steps in blocks], axis=0)
        for b, steps in enumerate(blocks):
            usable, exactly = count > b, X[:, count == b + 1]
            x, y = X[:, usable], Y[np.ix_(steps, usable)]
            total.gram[b] += exactly @ exactly.T
            total.targets_features[steps] += y @ x.T
            total.targets_squared[steps] += (y**2).sum(axis=1)
            if A:
                u = U[:, steps][:, :, usable].swapaxes(0, 1)
                total.ahead_features[steps] += u @ x.T
                total.ahead_gram[steps] += u @ u.swapaxes(1, 2)
                total.targets_ahead[steps] += (u @ y[:, :, None])[:, :, 0]
    # a window whose targets are known up to the end of a block knows those of the blocks before it
    return total._replace(gram=np.cumsum(total.gram[::-1], axis=0)[::-1])


def ridge_weights(total: GramSums, penalty: float) -> tuple[Floats, Floats]:
    """Return W, (h, F), and V, (h, A), with the least squared error plus `penalty` times the squared weights.

    With G = X X' + p g I, g the mean of the diagonal of X X', B_k = U_k X' and D_k = U_k U_k' + p g I

        V_k = (Y_k U_k' - Y_k X' G^-1 B_k') (D_k - B_k G^-1 B_k')^-1
        W_k = (Y_k X' - V_k B_k) G^-1

    (Hoerl & Kennard 1970; the inverse of a matrix in blocks, so that one large G serves all steps of a block). The
    constant is penalised too: where windows say nothing, the forecast is the last value.
    """
    h, A, F = total.ahead_features.shape
    W, V = np.empty((h, F)), np.empty((h, A))
    for gram, steps in zip(total.gram, _blocks(h), strict=True):
        size = penalty * (float(np.diag(gram).mean()) or 1.0)
        B = total.ahead_features[steps]
        right = np.concatenate([total.targets_features[steps], B.reshape(-1, F)]).T
        solved = np.linalg.solve(gram + size * np.eye(F), right).T
        alone, across = solved[: len(steps)], solved[len(steps) :].reshape(B.shape)
        rest = total.targets_ahead[steps] - (B @ alone[:, :, None])[:, :, 0]
        left = total.ahead_gram[steps] + size * np.eye(A) - B @ across.swapaxes(1, 2)
        V[steps] = np.linalg.solve(left, rest[:, :, None])[:, :, 0]
        W[steps] = alone - (V[steps][:, None] @ across)[:, 0]
    return W, V


def squared_error(total: GramSums, weights: tuple[Floats, Floats]) -> float:
    """Return the sum of the squared errors over the windows and all steps, for weights W, (h, F), and V, (h, A).

    |Y - W X - V U|^2 = Y Y' - 2 (W X Y' + V U Y') + W G W' + 2 V B W' + V D V'
    """
    W, V = weights
    fitted = (V[:, None] @ total.ahead_features)[:, 0] * 2
    for gram, steps in zip(total.gram, _blocks(len(W)), strict=True):
        fitted[steps] += W[steps] @ gram
    ahead = (V[:, None] @ total.ahead_gram)[:, 0] - 2 * total.targets_ahead
    squared = total.targets_squared.sum()
    return float(squared + (W * (fitted - 2 * total.targets_features)).sum() + (V * ahead).sum())


def _blocks(horizon: int) -> list[Ints]:
    """Return the steps of each block, numbered from 0."""
    return np.array_split(np.arange(horizon), min(BLOCKS, horizon))


def _chunks(chosen: Ints, size: int) -> list[Ints]:
    """Return the chosen windows in portions of this size that are gathered at once."""
    return [chosen[begin : begin + size] for begin in range(0, len(chosen), size)]


def feature_count(lookback: int, columns: int) -> int:
    """Return the number of features of a window with so many covariates, F."""
    return lookback + columns * (_covariate_values(lookback, columns) + 1) + 1


def _covariate_values(lookback: int, columns: int) -> int:
    """Return how many values of each covariate the regression sees."""
    return min(lookback, MOST_COVARIATE_VALUES // max(columns, 1))


def _covariates(windows: Windows) -> int:
    """Return how many covariates have a past, C."""
    return 0 if windows.covariates is None else len(windows.covariates.past)


def mean_starts(lookback: int) -> Ints:
    """Return where the values begin that share a weight, (M,): each value of short windows, else see `MEANS`."""
    if lookback <= MOST_VALUES:
        return np.arange(lookback)
    older = lookback - LATEST
    return np.append(np.arange(MEANS) * older // MEANS, np.arange(older, lookback))


def _with_means(X: Floats, starts: Ints, lookback: int) -> Floats:
    """Return features, (F, B), with means of the values that begin at `starts` in place of the first `lookback`."""
    if len(starts) == lookback:
        return X
    means = np.add.reduceat(X[:lookback], starts, axis=0) / np.diff(starts, append=lookback)[:, None]
    return np.concatenate([means, X[lookback:]])


def _weights_of_values(weights: Floats, lookback: int) -> Floats:
    """Return the weights of all features, (h, F): that of a mean is divided among its values."""
    starts = mean_starts(lookback)
    size = np.diff(starts, append=lookback)
    values = np.repeat(weights[:, : len(starts)] / size, size, axis=1)
    return np.concatenate([values, weights[:, len(starts) :]], axis=1)


def _features(windows: Windows, chosen: Ints) -> Floats:
    """Return the values of the windows numbered `chosen`, their covariates and a row of ones, (F, B)."""
    L, columns = windows.lookback, _covariates(windows)
    X = np.ones((feature_count(L, columns), len(chosen)))
    windows.scaled_values(chosen, X[:L])
    X[L:-1] = windows.past_covariates(chosen, _covariate_values(L, columns)).reshape(-1, len(chosen))
    return X
