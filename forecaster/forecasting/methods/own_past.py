"""Find series that mostly repeat a value or mostly stand still, and what their history says about what may come.

A series y is (n,), and a panel has N of them. The observations that are drawn from are its values or its changes; see
`forecaster.forecasting.methods.bootstrap`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.methods.bootstrap import CHANGES, NONE, VALUES, Bootstrap
from forecaster.forecasting.methods.past_weights import component_shares
from forecaster.series.slips import last_value_is_far

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Origins

FEWEST = 3
"""Rows of which something can be drawn: two changes."""
HALF = 0.5
"""Share of equal values, or of changes of zero, from which a series is forecast so."""
PERSISTENT = 0.1
"""Mean squared change over twice the variance below which a series that is mostly zero is rather one that stands still
at zero for long, as an interest rate does. Independent values have 1. Chosen by hand."""
SEASONAL = 0.5
"""Mean squared change over a season, as a share of that over half of one, below which the season says most, and other
methods know better. Without a season it is 1. Chosen by hand."""
KNOWN_ZEROS = 0.75
"""Kappa of zeros from which the season says where they are, as nights and closed days do. Chosen by hand."""
SOME = 0.02
"""Share of zeros from which whole numbers are counts of something rare: small ones, that other methods cannot tell from
zero. Chosen by hand."""
NEARLY_ALL, LEAST_LATEST = 0.9, 12
"""Share of zeros among the latest changes, and rows of the latest half, from which a series has come to stand still."""
LONGEST = 1000
"""Latest rows that are drawn from: enough for the tails, few enough for model files. Chosen by hand."""
FIRST_CHANGE = 0.1
"""Share of its value by which a series that never changed is taken to change first. Chosen by hand."""
GONE = 0.3
"""Expected number of times that demand ends for good during a history as long as the known one. On simulated demand .1
was as good in the mean, and worse where demand had ended."""
DOUBTED = 2 / 3
"""Probability that a last value far from all others is wrong. Chosen by hand: more likely than not, and far from
certain."""
FEWEST_CHANGES = 5
"""Changes from which they can say that they are relative: of fewer, exponentials would lead far. Chosen by hand."""
MOST_DECIMALS = 6
"""Decimals up to which values are taken to be rounded."""


def bootstrap_kinds(panel: Panel, season: int) -> Ints:
    """Return what is drawn of each series of a panel, (N,)."""
    return np.array([_kind_and_start(panel.values[panel.slice(i)], season)[0] for i in range(len(panel))], np.int64)


def _kind_and_start(y: Floats, season: int) -> tuple[int, int]:
    """Return what is drawn of a series, y, (n,), and from which of its latest `LONGEST` rows on.

    A series that stood still or repeated a value in its first half only is not drawn, unless it is demand; of one that
    stands still in its latest half only, this half is.
    """
    y = y[-LONGEST:]
    kind, half = _kind(y, season), len(y) // 2
    latest = y[half:]
    changed = not _stands_still(latest) if kind == CHANGES else (latest == _most_common(y)[0]).mean() <= HALF
    if kind != NONE and changed and not counts_with_zeros(y) and (y == 0).mean() <= HALF:
        return NONE, 0
    if kind == NONE and len(latest) > LEAST_LATEST and _stands_still(latest, NEARLY_ALL):
        return _kind(latest, season), half
    return kind, 0


def _stands_still(y: Floats, share: float = HALF) -> bool:
    """Return whether more than this share of the changes of a series is zero."""
    return bool((np.diff(y) == 0).mean() > share)


def _kind(y: Floats, season: int) -> int:
    """Return what is drawn of a series, y, (n,)."""
    if len(y) < FEWEST:
        return NONE
    value, count = _most_common(y)
    still, repeats, counts = _stands_still(y), count > HALF * len(y), counts_with_zeros(y)
    if not (still or repeats or counts) or _is_seasonal(y, season):
        return NONE
    # whether the last value returns or stays is not known: it says nothing about which of the two is usual
    earlier = y[: len(y) - int((y[::-1] != y[-1]).argmax() or len(y))]
    squared = float((np.diff(earlier) ** 2).mean()) if len(earlier) > 1 else 0.0
    persistence = PERSISTENT if value == 0 else HALF
    returns = squared > 2 * persistence * float(earlier.var()) if len(earlier) else False
    if (repeats or counts) and returns:
        return VALUES
    return CHANGES if still else NONE


def counts_with_zeros(y: Floats) -> bool:
    """Return whether y, (n,), are counts of something rare: whole numbers, of which some are zero and none is less."""
    return bool(y.min() == 0 and (y == 0).mean() >= SOME and np.array_equal(np.round(y), y))


def _most_common(y: Floats) -> tuple[float, int]:
    """Return the most common value and how often it is there."""
    values, counts = np.unique(y, return_counts=True)
    return float(values[counts.argmax()]), int(counts.max())


def _is_seasonal(y: Floats, season: int) -> bool:
    """Return whether the season says most of a series, y, (n,).

    Of a series that is mostly zero it does if it says when there are zeros: the agreement of the zeros with those one
    season ago, less what chance gives (Cohen's kappa). Of any other, if values one season ago are much nearer than
    those half a season ago.
    """
    half = season // 2
    if half == 0 or len(y) < 2 * season:
        return False
    zero = y == 0
    if zero.mean() > HALF:
        agree, chance = (zero[season:] == zero[:-season]).mean(), zero.mean() ** 2 + (1 - zero.mean()) ** 2
        return bool(agree - chance > KNOWN_ZEROS * (1 - chance) > 0)
    whole, across = (float(((y[lag:] - y[:-lag]) ** 2).mean()) for lag in (season, half))
    return whole < SEASONAL * across


def bootstraps(panel: Panel, kinds: Ints, recipe: Recipe, windows: Origins) -> dict[int, Bootstrap]:
    """Return the past of the windows whose series is drawn from its past, by the number of the window."""
    found: dict[int, Bootstrap] = {}
    earliest = panel.last.copy()
    np.minimum.at(earliest, windows.series, windows.last)
    for kind in (VALUES, CHANGES):
        chosen = np.flatnonzero(kinds == kind)
        numbers = np.flatnonzero(kinds[windows.series] == kind)
        if not len(numbers):
            continue
        pasts = [
            _Past.of(panel.values[panel.slice(i)], kind, later, recipe.season)
            for i, later in zip(chosen.tolist(), (panel.last - earliest)[chosen].tolist(), strict=True)
        ]
        T = max(len(past.x) for past in pasts)
        x = np.full((T, len(pasts)), np.nan)
        for place, past in enumerate(pasts):
            x[T - len(past.x) :, place] = past.x
        series = np.searchsorted(chosen, windows.series[numbers])
        later = panel.last[windows.series[numbers]] - windows.last[numbers]
        shares = component_shares(x, recipe.season, series, np.maximum(T - later, 0))
        for number, place, rows, share in zip(numbers.tolist(), series, later, shares, strict=True):
            found[number] = pasts[place].bootstrap(len(pasts[place].x) - int(rows), share, recipe)
    return found


@dataclass(frozen=True)
class _Past:
    """What a whole series says about how to draw from it: its values y, (n,), and its observations x."""

    kind: int
    y: Floats
    x: Floats
    relative: bool

    @classmethod
    def of(cls, y: Floats, kind: int, later: int, season: int) -> _Past:
        """Read a series, (n,), of which some window has not seen the `later` rows at its end."""
        begun = _kind_and_start(y, season)[1]
        y = y[-LONGEST:]
        y = y[begun if len(y) - later - begun > FEWEST else 0 :]
        if kind == VALUES:
            return cls(kind, y, y, relative=False)
        relative = bool(y.min() > 0) and _moves_relatively(y[: max(len(y) - later, 0)])
        return cls(kind, y, np.diff(np.log(y) if relative else y), relative)

    def bootstrap(self, count: int, shares: Floats, recipe: Recipe) -> Bootstrap:
        """Return what is drawn from after the first `count` observations."""
        past = self.x[:count]
        y = self.y[: count + (self.kind == CHANGES)]
        if last_value_is_far(y):
            past = past[:-1]
        usual = 0.0 if counts_with_zeros(y) else _most_common(y)[0]
        decimals = _decimals(y)
        limits, least = recipe.limits, float(y.min())
        lowest = least / 10 if least > 0 else 0.0 if least == 0 else limits.minimum
        demand = self.kind == VALUES and usual == 0
        return Bootstrap(
            kind=self.kind,
            past=past,
            unseen=self._unseen(y, past, usual, decimals),
            shares=shares,
            season=recipe.season,
            last=float(y[-1]),
            extremes=(float(y.min()), float(y.max())),
            limits=replace(limits, minimum=max(lowest, limits.minimum)),
            decimals=decimals,
            relative=self.relative,
            usual=usual,
            wanted=_still_wanted(y) if demand else 1.0,
            before=float(y[-2:][0]),
            doubt=last_value_doubt(y),
        )

    def _unseen(self, y: Floats, past: Floats, usual: float, decimals: int | None) -> tuple[float, float]:
        """Return what may come that never did: as far beyond the others as a usual event is from the usual value."""
        if self.kind == VALUES:
            away = np.abs(y - usual)
            size = float(away[away > 0].mean()) if away.any() else FIRST_CHANGE * abs(usual)
            size = size if decimals is None else max(round(size, decimals), 10.0**-decimals)
            return float(y.min()) - size, float(y.max()) + size
        size = float(np.abs(past).max(initial=0.0))
        if not size:
            size = max(FIRST_CHANGE * abs(float(y[-1])), 0.0 if decimals is None else 10.0**-decimals)
            size = float(np.log1p(size / y[-1])) if self.relative else size
        return -size, size


def last_value_doubt(y: Floats) -> float:
    """Return the probability that the last value, of y, (n,), returns at once to the one before it.

    That is 0 if the two are equal. Else it is the share of the earlier changes that were undone by the next row, with
    one more of them and two more that were not; `DOUBTED` at least where the last value is far from all others.
    """
    changes = np.diff(y)
    if not len(changes) or not changes[-1]:
        return 0.0
    earlier, undone = changes[:-1] != 0, (y[2:] == y[:-2]) & (changes[:-1] != 0)
    usual = (undone.sum() + 1) / (earlier.sum() + 3)
    return float(max(usual, DOUBTED) if last_value_is_far(y) else usual)


def _moves_relatively(y: Floats) -> bool:
    """Return whether the changes of a positive series vary less in size as shares of its value."""
    plain, relative = np.abs(np.diff(y)), np.abs(np.diff(np.log(y)))
    plain, relative = plain[plain > 0], relative[relative > 0]
    return len(plain) >= FEWEST_CHANGES and bool(relative.std() / relative.mean() < plain.std() / plain.mean())


def _decimals(y: Floats) -> int | None:
    """Return the least number of decimals that all values have; None if it is more than `MOST_DECIMALS`."""
    for decimals in range(MOST_DECIMALS + 1):
        if np.array_equal(np.round(y, decimals), y):
            return decimals
    return None


def _still_wanted(y: Floats) -> float:
    """Return the probability that demand, y, has not ended, from how long it has been zero.

    A gap as long as the latest one comes with a probability S while the product is wanted: the share of the earlier
    gaps that were as long, and less the longer it is than any of them. That demand ended since has the probability
    `GONE` times the share of the history that the gap is.
    """
    events = np.flatnonzero(y)
    if not len(events):
        return 1.0
    gap, gaps = len(y) - 1 - int(events[-1]), np.diff(events) - 1
    survival = ((gaps >= gap).sum() + 1) / (len(gaps) + 1)
    longest = int(gaps.max(initial=0))
    if len(gaps) and gap > longest:
        survival *= np.exp(-(gap - longest) / max(longest, 1))
    return float(survival / (survival + GONE * gap / len(y)))
