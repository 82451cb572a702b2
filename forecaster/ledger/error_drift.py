"""Notice that the errors of forecasts have drifted: values lie above or below the forecasts, or errors are larger.

Errors come one after the other, z for each time that was forecast: the error of its newest forecast in units of the
half-width of the interval, as a normal score. A sequential rank says where z, and its size |z|, lie among all errors of
the model before: as long as nothing changes, ranks are uniform whatever the distribution (McDonald 1990). Three sums,
of the rank of z, of its opposite and of the rank of |z|, rise where ranks are high and never fall below zero (CUSUM,
Page 1954):

    g_t = max(0, g_t-1 + sqrt(12) (rank - 1/2) - 1/4)

Drift is found when a sum exceeds `LIMIT`; it began after the sum was last zero. What follows from the error before, by
the autocorrelation so far, is taken off each error first, because neighbouring errors are often alike.

All arrays are (S,) for S series; a state is a structured array with the fields of `DRIFT_FIELDS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints

BINS, LARGEST = 32, 4.0
"""Bins of the tally of errors, evenly spread, and the largest size that they tell apart, in normal scores."""
EDGES = np.linspace(-LARGEST, LARGEST, BINS + 1)[1:-1]
ALLOWANCE, LIMIT = 0.25, 18.0
"""What each rank must exceed, for shifts of about one standard deviation, and the sum at which drift is found. With
these, 0.4 to 0.7 % of stationary series had a finding in a year of 365 errors, and 1.7 % with an autocorrelation of
0.4: `benchmarks/drift.py` prints it."""
FIRST_ERRORS = 20
"""Errors of a model that are only counted, chosen by hand: ranks among fewer say little."""
SHRINKAGE, MOST_CORRELATION = 20.0, 0.8
"""Errors that count as uncorrelated ones besides those that came, and the largest autocorrelation that is taken off.
Chosen by hand."""
NONE, ABOVE, BELOW, LARGER = range(4)
"""What was found: nothing; values above the forecasts, or below; larger errors."""
WORDS = {ABOVE: "values lie above the forecasts", BELOW: "values lie below the forecasts", LARGER: "errors are larger"}
DRIFT_FIELDS: list[tuple[Any, ...]] = [
    ("errors", "<u4"),  # how many came
    ("tally", "<u2", (BINS,)),  # how many of them fell in each bin
    ("previous", "<f4"),  # the last one
    ("squares", "<f4"),  # sums of squares, and of products with the error before
    ("products", "<f4"),
    ("sums", "<f4", (3,)),
    ("zero", "<i8", (3,)),  # the time after which each sum has not been zero
    ("found", "<i1"),
    ("began", "<i8"),  # the time after which what was found began
]


def add_errors(state: NDArray[Any], z: Floats, times: Ints) -> None:
    """Take the next error of each series into its state, (S,), which changes; `times` are those of the values."""
    z = np.clip(np.nan_to_num(z), -LARGEST, LARGEST)
    correlation = state["products"] / (state["squares"] + SHRINKAGE)
    fresh = z - np.clip(correlation, 0, MOST_CORRELATION) * state["previous"]
    place, count = np.searchsorted(EDGES, fresh), state["errors"].astype(np.float64)
    tally = state["tally"].astype(np.float64)
    rank = _ranks(tally, place, count)
    folded = tally[:, BINS // 2 :] + tally[:, BINS // 2 - 1 :: -1]
    size_rank = _ranks(folded, np.where(place >= BINS // 2, place - BINS // 2, BINS // 2 - 1 - place), count)
    scores = np.sqrt(12) * (np.stack([rank, 1 - rank, size_rank], axis=1) - 0.5) - ALLOWANCE
    sums = np.where((count >= FIRST_ERRORS)[:, None], np.maximum(0, state["sums"] + scores), 0)
    state["zero"] = np.where(sums > 0, state["zero"], times[:, None])
    state["sums"] = sums
    largest = sums.argmax(axis=1)
    new = (sums.max(axis=1) > LIMIT) & (state["found"] == NONE)
    state["found"] = np.where(new, largest + 1, state["found"])
    state["began"] = np.where(new, state["zero"][np.arange(len(z)), largest], state["began"])
    state["squares"] += np.square(z)
    state["products"] += z * np.where(count > 0, state["previous"], 0)
    state["previous"] = z
    state["errors"] += 1
    state["tally"][np.arange(len(z)), place] += state["tally"][np.arange(len(z)), place] < np.iinfo("u2").max


def _ranks(tally: Floats, place: Ints, count: Floats) -> Floats:
    """Return the ranks of errors in these bins among those before, between 0 and 1; those in the same bin are equal."""
    rows = np.arange(len(place))
    below = np.cumsum(tally, axis=1)[rows, place] - tally[rows, place] / 2
    ranks: Floats = (below + 0.5) / (count + 1)
    return ranks
