"""How far from its history a series may be forecast: as far as its own moves carry it, and no further.

Errors in units of a scale, and exponentials of them, can be astronomical after a jump, a wrong value or a change of
pace. What a series did before says what is conceivable. Histories are columns of x, (T, W), in transformed values, NaN
where they have none; there are h steps ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.method import ROUNDING
from forecaster.forecasting.methods.baselines import steps_ahead
from forecaster.series.scaling import RETURNS
from forecaster.series.transforms import ASINH, LOG
from forecaster.series.windows import rows_of

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Windows

INNER, BEYOND = (0.1, 0.9), 0.5
"""Quantiles of the values between which most lie, and the share of their distance by which a new level may lie beyond
all others. A few wrong values, which may be a thousand times the others, do not count. Chosen by hand."""
MOVES = 6.0
"""Median moves beyond which there is hardly anything: about four standard deviations of normal ones."""
OF_PRICES = 2.0
"""Times as far that prices may move: when they are volatile, several times as far as usual for weeks."""
LEAST_GROWTH, MOST_GROWTH = 0.25, 0.5
"""Bounds of the exponent by which moves grow with the steps: values that return to a level, and random walks."""
STRAIGHT = 1.5
"""Times the pace of a series at which a forecast may go straight on. Chosen by hand."""
UNSURE = 3.7
"""Median moves, over the root of their number, by which a pace must be larger to be one: two standard errors of the
median of normal changes. As far ahead as the history is long, a random walk with the same moves goes further."""
POINTS = 0.9
"""Share of the way to the bounds of intervals at which points are bounded. Chosen by hand."""
SIDES = (-1, 1)
"""Downwards and upwards."""
FEW = 4
"""Rows up to which moves are whole changes, and not what they differ from their median."""
ROWS = 1000
"""Latest rows that usual moves are taken from."""
ROWS_AT_ONCE = 2_000_000
"""Values of histories that are gathered at once, about: a trade of memory against calls from Python."""


def distance_ahead(x: Floats, steps: Floats, logarithmic: Bools, moves: float = MOVES) -> tuple[Floats, Floats]:
    """Return how far below its lowest and above its highest value each history may go, (h, W) both, at steps (h, W).

    Without a pace that is `moves` median moves of a random walk.
    The pace is the median change, of all rows or of their latest half, so that a jump is none; moves are what changes
    differ from it, and a pace downwards carries nothing upwards. A pace is not taken to last longer than it was seen:
    after as many steps as there are rows, the way grows with the root of the steps only, and that of logarithms, whose
    exponentials explode, no more.
    """
    rows = np.maximum(np.isfinite(x).sum(axis=0), 1)
    half = np.maximum(rows // 2, 1)
    between = _column_quantile(x, INNER[1]) - _column_quantile(x, INNER[0])
    changes = _changes(x, np.ones_like(half))
    paces = [_middle_and_deviation(changes)]
    # few changes differ little from their median
    usual = np.maximum(paces[0][1], _column_quantile(np.abs(changes), 0.5) * np.minimum(FEW / rows, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log(_middle_and_deviation(_changes(x, half))[1] / usual) / np.log(half)
    growth = np.clip(np.where(np.isfinite(growth), growth, MOST_GROWTH), LEAST_GROWTH, MOST_GROWTH)
    latest = np.where(np.arange(len(x))[:, None] >= len(x) - half, changes, np.nan)
    paces.append(_middle_and_deviation(latest))
    falls, rises = (
        np.maximum.reduce(
            [
                side * pace - UNSURE * usual / np.sqrt(count)
                for (pace, _), count in zip(paces, (rows, half), strict=True)
            ]
        ).clip(min=0)
        for side in SIDES
    )
    # what a steady pace explains of the distance is no distance between levels
    between = np.maximum(between - (INNER[1] - INNER[0]) * np.maximum(falls, rises) * rows, 0)
    straight = np.minimum(steps, np.where(logarithmic, rows, np.sqrt(steps * rows)))
    moved = BEYOND * between + moves * usual * steps**growth
    return moved + STRAIGHT * falls * straight, moved + STRAIGHT * rises * straight


def _changes(x: Floats, lag: Ints) -> Floats:
    """Return the changes of each column over its own lag, (W,); NaN where there is none."""
    before = np.arange(len(x))[:, None] - lag
    earlier = np.take_along_axis(x, np.maximum(before, 0), axis=0)
    return np.where(before >= 0, x - earlier, np.nan)


def _middle_and_deviation(x: Floats) -> tuple[Floats, Floats]:
    """Return the median of each column and the median distance from it, (W,) each."""
    middle = _column_quantile(x, 0.5)
    return middle, _column_quantile(np.abs(x - middle), 0.5)


def _column_quantile(x: Floats, share: float) -> Floats:
    """Return a quantile of what is known of each column, (W,), one that occurs; 0 where nothing is known."""
    count = np.isfinite(x).sum(axis=0)
    place = np.rint(share * np.maximum(count - 1, 0)).astype(np.int64)
    found: Floats = np.sort(x, axis=0)[place, np.arange(x.shape[1])]
    return np.where(count > 0, found, 0.0)


class Reach(NamedTuple):
    """How far forecasts may lie, (W, h) each, and where values near zero begin, (W, 1).

    Interval ends and sample paths lie between `low` and `high`, and points between `low_point` and `high_point`, which
    are less far, so that an interval has a width where a point is bounded. A series with zeros and nothing below is
    never between zero and its least positive value, so that what is nearer to zero than to that is zero.
    """

    low: Floats
    high: Floats
    low_point: Floats
    high_point: Floats
    near_zero: Floats

    def take(self, rows: Ints) -> Reach:
        """Return the reach of these windows."""
        return Reach(*(bound[rows] for bound in self))

    def until(self, horizon: int) -> Reach:
        """Return the reach of the first `horizon` steps."""
        return Reach(*(bound[:, :horizon] for bound in self))

    def clip_points(self, point: Floats) -> Floats:
        """Return points, (W, k), of the first k steps within the reach."""
        steps = slice(point.shape[1])
        return np.clip(point, self.low_point[:, steps], self.high_point[:, steps])

    def clip_ends(self, low: Floats, high: Floats, point: Floats) -> tuple[Floats, Floats]:
        """Return the ends of intervals, (W, k), of the first k steps within the reach and on both sides of points."""
        within = self.until(point.shape[1])
        low = np.minimum(np.clip(low, within.low, within.high), point)
        high = np.maximum(np.clip(high, within.low, within.high), point)
        return self.with_zeros(low), high

    def clip_paths(self, paths: Floats) -> Floats:
        """Return sample paths, (n, W, k), of the first k steps within the reach."""
        within = self.until(paths.shape[-1])
        return self.with_zeros(np.clip(paths, within.low, within.high))

    def with_zeros(self, values: Floats) -> Floats:
        """Return values, (..., W, h), with zero in place of those that are nearer to it than to any other value."""
        return np.where(values < self.near_zero, np.minimum(values, 0.0), values)


def unbounded(panel: Panel, horizon: int) -> Reach:
    """Return the reach of forecasts that have no bounds, as those of unequal steps; zeros stay zeros."""
    bound = np.full((len(panel), horizon), np.inf)
    return Reach(-bound, bound, -bound, bound, _half_least_above_zero(panel))


def reach_of(windows: Windows, panel: Panel, horizon: int) -> Reach:
    """Return the reach of forecasts for `horizon` steps after each of the windows, which are cut from the panel.

    Near zero, logarithms of values that were moved up stretch distances, and so does arcsinh far from it; there, those
    of the values count.
    """
    series, transform = windows.series[:, None], windows.scaling.transform
    ahead = windows.lead_times_of(slice(None), horizon) if windows.time is not None else steps_ahead(horizon)
    ahead = np.broadcast_to(ahead, (len(windows), horizon))
    exponential = transform.kind[windows.series] == LOG
    stretched = exponential & (transform.offset[windows.series] > 0) | (transform.kind[windows.series] == ASINH)
    rows = np.flatnonzero(stretched)
    extremes, further = _extremes_and_distance(windows, windows.x, ahead, exponential)
    bounds = [
        [
            transform.inverse(end + side * share * way, series)
            for end, side, way in zip(extremes, SIDES, further, strict=True)
        ]
        for share in (1, POINTS)
    ]
    if len(rows):
        extremes, further = _extremes_and_distance(windows.take(rows), panel.values, ahead[rows], ~stretched[rows])
        for (low, high), share in zip(bounds, (1, POINTS), strict=True):
            low[rows] = np.maximum(low[rows], extremes[0] - share * further[0])
            high[rows] = np.minimum(high[rows], extremes[1] + share * further[1])
    # values that were transformed and back again may be rounded: those that were there are always within reach
    (low, high), (low_point, high_point) = ((a - ROUNDING * np.abs(a), b + ROUNDING * np.abs(b)) for a, b in bounds)
    return Reach(low, high, low_point, high_point, _half_least_above_zero(panel)[windows.series])


def _extremes_and_distance(
    windows: Windows, x: Floats, ahead: Floats, exponential: Bools
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return the lowest and the highest x, (n,), before each window, (W, 1), and how far beyond each of them, (W, h).

    The steps ahead are (W, h); `exponential` says whether x are such that values are exponentials of them, (W,).
    """
    low, high = np.empty(len(windows)), np.empty(len(windows))
    first = np.flatnonzero(np.diff(windows.start, prepend=-1))
    for begin, end in zip(first.tolist(), [*first[1:].tolist(), len(windows)], strict=True):
        start, last = windows.start[begin], windows.last[begin:end]
        history = x[start : last.max() + 1]
        low[begin:end] = np.minimum.accumulate(history)[last - start]
        high[begin:end] = np.maximum.accumulate(history)[last - start]
    below, above = np.empty((2, *ahead.shape))
    longest = int(min((windows.last - windows.start).max(initial=0) + 1, ROWS))
    at_once, moves = max(1, ROWS_AT_ONCE // longest), MOVES * (OF_PRICES if windows.scaling.mode == RETURNS else 1)
    for begin in range(0, len(windows), at_once):
        part = slice(begin, begin + at_once)
        rows, exist = rows_of(windows.start[part], windows.last[part], longest - 1)
        found = distance_ahead(np.where(exist, x[rows], np.nan), ahead[part].T, exponential[part], moves)
        below[part], above[part] = (way.T for way in found)
    return (low[:, None], high[:, None]), (below, above)


def _half_least_above_zero(panel: Panel) -> Floats:
    """Return half of the least positive value of each series that has zeros and nothing below, (N, 1); 0 for any other.

    Such a series is never between zero and its least positive value: a bound that is nearer to zero is zero.
    """
    least = np.zeros((len(panel), 1))
    for i in range(len(panel)):
        y = panel.values[panel.slice(i)]
        if y.min() == 0 and y.max() > 0:
            least[i] = y[y > 0].min() / 2
    return least
