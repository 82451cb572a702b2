"""How much each past observation counts where the next one is drawn from the past.

An observation is a value or a change of a series. Each component k is a way to count the past: weights that fade with
age by a decay, over all rows or mostly over those at the same phase of the season. The mean of a component is its
forecast, exponential smoothing where all rows count. A component's share follows from how well it forecast so far:

    share_k ~ prior_k E_k^(-sqrt(n) / 2)

where E_k is the mean squared error of its forecasts of the n observations so far, each from those before it. With n in
place of its root this is the posterior under normal errors; errors of rare events are far from normal and the
components much alike, so a gain counts for less. There are N series of at most T observations, W windows, and K
components.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.method import TINY

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints

DECAYS = np.array([1.0, 0.995, 0.98, 0.95, 0.9, 0.8])
"""Decays with age: from all of the past to the latest handful of rows."""
PRIOR = np.array([0.35, 0.2, 0.2, 0.15, 0.07, 0.03])
"""Shares of the decays before anything is known: long memory is the safer guess. Chosen by hand."""
SEASONAL_SHARE = 0.3
"""Share of the components that look at the phase of the season, before anything is known. Chosen by hand."""
OTHER_PHASES = 2.0
"""Observations at one phase that count as much as all others together. Chosen by hand."""
LONGEST_FADING = 4
"""Steps by whose decay the observations at one phase fade from season to season at most: long seasons would leave none
but the latest. Chosen by hand."""
FIRST_JUDGED = 2
"""Observations before the first one that is forecast."""


def component_shares(x: Floats, season: int, series: Ints, rows: Ints) -> Floats:
    """Return the share of each component in each window, (W, K), K = 2 len(DECAYS), those with a season last.

    Args:
        x: Observations of N series that end in the last row, (T, N); NaN before a series begins.
        season: Steps in a season; 1 for none.
        series: Number of each window's series, (W,).
        rows: How many rows of x each window has seen, (W,).

    """
    T, N = x.shape
    squared, count = np.zeros((2 * len(DECAYS), N)), np.zeros(N)
    found, judged = np.zeros((len(series), 2 * len(DECAYS))), np.zeros(len(series))
    totals, weights = np.zeros((2, len(DECAYS), N))
    by_phase, phase_weights = np.zeros((2, season, len(DECAYS), N))
    fading = _phase_decays(season)[:, None]
    known = np.isfinite(x)
    seen = np.cumsum(known, axis=0) - known
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], np.arange(T + 2))
    for t in range(T):
        phase, value = t % season, np.where(known[t], x[t], 0)
        if seen[t].max() >= FIRST_JUDGED:
            mean = totals / np.maximum(weights, TINY)
            of_phase = (by_phase[phase] + OTHER_PHASES * mean) / (phase_weights[phase] + OTHER_PHASES)
            counts = known[t] & (seen[t] >= FIRST_JUDGED)
            squared += np.where(counts, (value - np.concatenate([mean, of_phase])) ** 2, 0)
            count += counts
        _add_observation(totals, weights, value, known[t], DECAYS[:, None])
        _add_observation(by_phase[phase], phase_weights[phase], value, known[t], fading)
        here = order[ends[t + 1] : ends[t + 2]]
        found[here], judged[here] = squared[:, series[here]].T, count[series[here]]
    return _shares(found, judged, season)


def _add_observation(total: Floats, weight: Floats, value: Floats, known: Bools, decay: Floats) -> None:
    """Add values, (N,), that are known, (N,), to the weighted sums and the weights of the past, (K / 2, N) each."""
    fading = np.where(known, decay, 1)
    total *= fading
    weight *= fading
    total += value
    weight += known


def _shares(squared: Floats, count: Floats, season: int) -> Floats:
    """Return the shares, (W, K), for sums of squared errors, (W, K), of `count` forecasts, (W,)."""
    seasonal = SEASONAL_SHARE if season > 1 else 0.0
    prior = np.concatenate([(1 - seasonal) * PRIOR, seasonal * PRIOR])
    mean = squared / np.maximum(count, 1)[:, None]
    floor = 1e-6 * mean.max(axis=1, keepdims=True, initial=0) + TINY
    log_share = np.log(np.maximum(prior, TINY)) - np.sqrt(count)[:, None] / 2 * np.log(mean + floor)
    shares: Floats = np.exp(log_share - log_share.max(axis=1, keepdims=True)) * (prior > 0)
    total: Floats = shares.sum(axis=1, keepdims=True)
    return shares / total


def _phase_decays(season: int) -> Floats:
    """Return how much observations at one phase fade from season to season."""
    return DECAYS ** min(season, LONGEST_FADING)


def observation_weights(shares: Floats, count: int, season: int, step: int) -> Floats:
    """Return the weight of each of `count` observations, oldest first, for the `step`-th after them; their sum is 1.

    `shares` are those of the components, (K,).
    """
    age = np.arange(count)[::-1]
    plain: Floats = DECAYS[:, None] ** age.astype(np.float64)
    plain /= plain.sum(axis=1, keepdims=True)
    weights = shares[: len(DECAYS)] @ plain
    if shares[len(DECAYS) :].any():
        same = (age + step) % season == 0
        of_phase = np.where(same, _phase_decays(season)[:, None] ** ((age + step) // season - 1), 0)
        of_phase = (of_phase + OTHER_PHASES * plain) / (of_phase.sum(axis=1, keepdims=True) + OTHER_PHASES)
        weights += shares[len(DECAYS) :] @ of_phase
    total: Floats = weights / weights.sum()
    return total
