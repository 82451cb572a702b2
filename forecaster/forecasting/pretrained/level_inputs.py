"""What the pretrained level network reads of a series, and the units of what it answers.

A series is read without its seasons, as the latest 96 steps less the last value, in units of its mean change from row
to row, in segments of four. Besides that the network knows, as context, what classical methods would say of it: how far
the last two seasons were from the last value at the phases ahead, where straight lines lead, where exponential
smoothing stands, and how rough, long, seasonal and complete the series is. The forecasts of such methods are also
candidates: the network weighs them for each step, and answers how far the quantiles are from their mixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.pretrained.seasonal_indices import seasonal_indices
from forecaster.forecasting.pretrained.smoothing import SMOOTHINGS, Smoothed, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats
    from forecaster.forecasting.pretrained.grid import Grid, Season

HORIZON = 48
"""Steps that the network answers at once."""
SEGMENT, STEPS = 4, 24
"""Values in a recurrent step, and recurrent steps."""
LOOKBACK = SEGMENT * STEPS
FACTS, CHANNELS = 3, 3
"""Facts that every recurrent step repeats: the length, the season, and whether values are logarithms; and the numbers
of each value: itself, whether it is there, and its season."""
INPUTS = SEGMENT * CHANNELS + FACTS
LINES = (1_000_000, 24, 6)
"""Latest steps through which straight lines are drawn: all of them, and few."""
KNOTS = np.array([1, 2, 4, 6, 9, 12, 18, 24, 36, 48])
"""Steps ahead at which the lines are read."""
PAST_SEASONS = 3
"""Looks back at the phases ahead: two at the shorter season and one at the longer one."""
SCALARS = 12
OF_LINES = 2
"""Besides where it leads, what is told of each line: how far its end is from the last value, and how well it fits."""
CONTEXT = PAST_SEASONS * HORIZON + len(LINES) * (len(KNOTS) + OF_LINES) + len(SMOOTHINGS) * 3 + SCALARS
CANDIDATES = 11
"""Forecasts that the network weighs: see `_candidates`."""
FURTHEST = 60
"""Units from the last value at which values and candidates are clipped."""
RECENT, WHOLE = 0.95, 0.05
"""Shares of the latest changes and of those of the whole history in the scale. With the second, the scale of a series
that stood still lately does not vanish. Chosen by hand."""
LEAST_SCALE = 1e-9
"""The scale of a series that never changes, in its size."""


class LevelInputs(NamedTuple):
    """Inputs of N series, and the units of the answers: x ahead = last + season + scale * answer.

    Attributes:
        window: (T, S, N), float32.
        context: (C, N), float32.
        candidates: Forecasts that the network weighs, less the last value, in units of the scale, (K, h, N), float32.
        last: The last value without season, (N,).
        scale: The mean change from row to row, (N,), above zero.
        season: Seasons and effects at the steps ahead, (h, N).

    """

    window: NDArray[np.float32]
    context: NDArray[np.float32]
    candidates: NDArray[np.float32]
    last: Floats
    scale: Floats
    season: Floats


def level_inputs(grid: Grid) -> LevelInputs:
    """Return the inputs of all series of a grid whose horizon is `HORIZON`."""
    if grid.x.shape[1] == 1:  # NumPy sums a single column in another order
        both = level_inputs(grid.take(np.zeros(2, np.int64)))._asdict()
        return LevelInputs(**{name: array[..., :1] for name, array in both.items()})
    x = grid.without_effect
    T, N = x.shape
    past, ahead = np.zeros((T, N)), np.zeros((HORIZON, N))
    strengths = []
    for each in grid.seasons:
        index = seasonal_indices(x - past, each)
        by_step = np.take_along_axis(index, each.phase, axis=0)
        past, ahead = past + by_step[:T], ahead + by_step[T:]
        strengths.append(np.abs(index).mean(axis=0))
    begun = np.cumsum(np.isfinite(x), axis=0) > 0
    past = np.where(begun, past, 0)
    z = x - past
    last = z[-1]
    scale, changes = _scale(z)
    relative = (z - last) / scale
    window = _window(relative, past / scale, _facts(grid))
    lines = _fit_lines(relative, scale, grid.logarithmic)
    slopes = _fit_line(relative)[0]
    smoothed = smooth(relative, slopes)
    looks = _past_seasons(relative, grid.seasons)
    season_size = np.zeros((2, N))
    for size, strength in zip(season_size, strengths, strict=False):
        size[:] = strength / scale
    context = [
        *(np.clip(np.nan_to_num(look), -30, 30) / 4 for look in looks),
        *(told for line in lines for told in _line_context(line, scale, grid.logarithmic)),
        np.clip(smoothed.level, -40, 40) / 4,
        np.clip(smoothed.slope, -20, 20),
        np.log(smoothed.error + 0.02),
        _scalars(grid, relative, changes, scale, season_size, slopes),
    ]
    season = ahead if grid.effect is None else ahead + grid.effect[T:]
    candidates = np.clip(_candidates(lines, smoothed, looks, scale, grid.logarithmic), -FURTHEST, FURTHEST)
    return LevelInputs(
        window, np.concatenate(context).astype(np.float32), candidates.astype(np.float32), last, scale, season
    )


def _scale(z: Floats) -> tuple[Floats, Floats]:
    """Return the scale of each series, (N,), and its latest changes from row to row, (L, N), NaN where none."""
    known = np.isfinite(z)
    filled = _fill_forward(z, known)
    changes = np.abs(np.diff(filled, axis=0, prepend=filled[:1]))
    changes[~known | (np.cumsum(known, axis=0) <= 1)] = np.nan
    recent = changes[-LOOKBACK:]
    # rows count more the later they are: what moves lately is what will move
    mean = [np.nansum(each, axis=0) / np.maximum(np.isfinite(each).sum(axis=0), 1) for each in (recent, changes)]
    size = np.nanmax(np.abs(z), axis=0)
    return RECENT * mean[0] + WHOLE * mean[1] + LEAST_SCALE * np.maximum(size, LEAST_SCALE), recent


def _fill_forward(z: Floats, known: Bools) -> Floats:
    """Return z with the last known value in place of each missing one; NaN above the first."""
    rows = np.maximum.accumulate(np.where(known, np.arange(len(z))[:, None], 0), axis=0)
    return np.take_along_axis(z, rows, axis=0)


def _window(relative: Floats, season: Floats, facts: Floats) -> NDArray[np.float32]:
    """Return the latest steps in segments, (T, S, N): values, whether they are there, seasons, and facts."""
    N = relative.shape[1]
    window = np.zeros((CHANNELS, LOOKBACK, N), np.float32)
    k = min(LOOKBACK, len(relative))
    known = np.isfinite(relative[-k:])
    window[0, -k:] = np.where(known, np.clip(relative[-k:], -FURTHEST, FURTHEST), 0)
    window[1, -k:] = known
    window[2, -k:] = np.clip(season[-k:], -20, 20)
    segments = window.reshape(CHANNELS, STEPS, SEGMENT, N).transpose(1, 0, 2, 3).reshape(STEPS, CHANNELS * SEGMENT, N)
    repeated = np.broadcast_to(facts.astype(np.float32), (STEPS, FACTS, N))
    return np.ascontiguousarray(np.concatenate([segments, repeated], axis=1))


def _facts(grid: Grid) -> Floats:
    """Return the length, the season and whether values are logarithms, (3, N), as numbers near zero."""
    rows = np.isfinite(grid.x).sum(axis=0)
    season = grid.seasons[-1].length if grid.seasons else 0
    return np.stack(
        [np.log(rows) / 3 - 1, np.full(len(rows), np.log(season + 1) / 2 - 0.5), grid.logarithmic.astype(np.float64)]
    )


def _past_seasons(relative: Floats, seasons: tuple[Season, ...]) -> list[Floats]:
    """Return how far the latest seasons were from the last value at the phases ahead, (h, N) each; NaN if unknown."""
    T, N = relative.shape
    looks = [np.full((HORIZON, N), np.nan) for _ in range(PAST_SEASONS)]
    places = ((0, 1), (2,)) if len(seasons) > 1 else ((0, 1),)
    for season, place in zip(seasons, places, strict=False):
        latest = _latest_of_phase(relative, season, len(place))
        for k, values in zip(place, latest, strict=True):
            found = np.take_along_axis(values, season.phase[T:], axis=0)
            looks[k] = found
    return looks


def _latest_of_phase(relative: Floats, season: Season, count: int) -> list[Floats]:
    """Return the latest values of each phase and those a season before, `count` arrays of (m, N), NaN where none."""
    T, N = relative.shape
    columns = np.arange(N)
    latest = [np.full((season.length, N), np.nan) for _ in range(count)]
    for t in range(max(0, T - (count + 2) * season.length), T):
        phase, known = season.phase[t], np.isfinite(relative[t])
        for older, newer in zip(latest[:0:-1], latest[-2::-1], strict=True):
            older[phase, columns] = np.where(known, newer[phase, columns], older[phase, columns])
        latest[0][phase, columns] = np.where(known, relative[t], latest[0][phase, columns])
    return latest


class Line(NamedTuple):
    """A straight line through the latest values, (N,) each, relative to the last value: slope, end, mean deviation."""

    slope: Floats
    end: Floats
    deviation: Floats

    def ahead(self, steps: Floats, start: Floats) -> Floats:
        """Return where the slope leads from `start`, (N,), after these steps, (K,): (K, N)."""
        return start + self.slope * steps[:, None]


def _fit_lines(relative: Floats, scale: Floats, logarithmic: Bools) -> list[Line]:
    """Return lines through all and through the latest values, straight in values and not in their logarithms.

    Of logarithms, they are in units of the last value, which is 0; else in those of the scale.
    """
    values = np.where(logarithmic, np.exp(np.clip(relative * scale, -20, 20)) - 1, relative)
    return [Line(*_fit_line(values[-steps:])) for steps in LINES]


def _in_scale(values: Floats, scale: Floats, logarithmic: Bools) -> Floats:
    """Return what lines lead to, (K, N), as distances from the last value in units of the scale."""
    return np.where(logarithmic, np.log(np.maximum(1 + values, 0.1)) / scale, values)


def _line_context(line: Line, scale: Floats, logarithmic: Bools) -> tuple[Floats, Floats]:
    """Return where a line leads from the last value at the knots, (K, N), how far its end is and how well it fits."""
    ahead = _in_scale(line.ahead(KNOTS, np.zeros_like(scale)), scale, logarithmic)
    size = np.where(logarithmic, scale, 1)
    fit = np.stack([np.clip(line.end / size, -20, 20) / 4, np.log(np.clip(line.deviation / size, 0, 100) + 0.02)])
    return np.clip(ahead, -40, 40) / 8, fit


def _candidates(
    lines: list[Line], smoothed: Smoothed, looks: list[Floats], scale: Floats, logarithmic: Bools
) -> Floats:
    """Return the forecasts that the network weighs, (K, h, N), less the last value, in units of the scale.

    They are the last value; the level of a slow, a medium and a fast exponential smoothing; two smoothings with a
    slope; the line through all steps, from its own end and from the last value; that through the latest 24; half of the
    slope from a smoothed level, as Theta has it; and the latest season, or the last value where there is none.
    """
    steps = np.arange(1.0, HORIZON + 1)
    still, N = np.zeros_like(scale), len(scale)
    whole, recent, _ = lines
    levels = [np.broadcast_to(smoothed.level[k], (HORIZON, N)) for k in (1, 2, 3)]
    sloping = [smoothed.level[k] + smoothed.slope[k] * _damped_steps(k)[:, None] for k in (6, 8)]
    half = whole._replace(slope=whole.slope / 2)
    # the level of logarithms as a share of the last value, where the line is straight
    level = np.where(logarithmic, np.exp(np.clip(smoothed.level[3] * scale, -20, 20)) - 1, smoothed.level[3])
    straight = [
        _in_scale(line.ahead(steps, start), scale, logarithmic)
        for line, start in ((whole, whole.end), (whole, still), (recent, recent.end), (half, level))
    ]
    return np.stack([np.zeros((HORIZON, N)), *levels, *sloping, *straight, np.nan_to_num(looks[0])])


def _damped_steps(smoothing: int) -> Floats:
    """Return how many steps of its slope a smoothing goes ahead, (h,): c + c^2 + ... with its damping c."""
    damping = SMOOTHINGS[smoothing, 2]
    return np.cumsum(damping ** np.arange(1, HORIZON + 1))


def _fit_line(y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return slope, value at the last step and mean deviation of least-squares lines, (N,) each, of y, (T, N).

    Missing values are NaN; a single value has the slope 0.
    """
    known = np.isfinite(y)
    t = np.arange(len(y), dtype=np.float64)[:, None]
    rows = np.maximum(known.sum(axis=0), 1)
    middle, mean = (t * known).sum(axis=0) / rows, np.where(known, y, 0).sum(axis=0) / rows
    centred = np.where(known, t - middle, 0)
    slope: Floats = (centred * np.where(known, y, 0)).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 0.5)
    spread: Floats = np.where(known, np.abs(y - mean - slope * centred), 0).sum(axis=0) / rows
    return slope, mean + slope * (len(y) - 1 - middle), spread


def _scalars(  # noqa: PLR0913, PLR0917 - each is one thing that was found out about the series
    grid: Grid, relative: Floats, changes: Floats, scale: Floats, season_size: Floats, slope: Floats
) -> Floats:
    """Return what describes a series as a whole, (SCALARS, N), each a number near zero."""
    known = np.isfinite(grid.x)
    rows = known.sum(axis=0)
    count = np.maximum(np.isfinite(changes).sum(axis=0), 1)
    moves = np.nan_to_num(changes)
    spread = np.sqrt(np.maximum((moves**2).sum(axis=0) / count - (moves.sum(axis=0) / count) ** 2, 0)) / scale
    still = (np.isfinite(changes) & (moves < 1e-6 * scale)).sum(axis=0) / count
    first = np.take_along_axis(relative, known.argmax(axis=0)[None], axis=0)[0]
    steps = np.diff(np.where(np.isfinite(relative[-LOOKBACK:]), relative[-LOOKBACK:], 0), axis=0)
    steps[np.cumsum(known, axis=0)[-LOOKBACK:][:-1] == 0] = 0  # the first value is no step from nothing
    turning = (steps[1:] * steps[:-1]).sum(axis=0) / np.maximum((steps**2).sum(axis=0), 1e-9)
    shorter, longer = (grid.seasons[k].length if k < len(grid.seasons) else 0 for k in (0, 1))
    rest = [
        np.log(spread + 0.05),
        np.log(season_size[0] + 0.02) / 2,
        np.log(season_size[1] + 0.02) / 2,
        np.clip(np.log(np.abs(first) / np.maximum(rows - 1, 1) + 1e-3) / 3, -3, 3),
        np.where(grid.logarithmic, np.log(scale) / 3 + 1, 0),
        still,
        turning,
        1 - rows / np.maximum(len(relative) - known.argmax(axis=0), 1),
        np.clip(slope, -3, 3),
        np.log(rows) / 3 - 1,
        np.full(len(rows), np.log(shorter + 1) / 2 - 0.5),
        np.full(len(rows), np.log(longer + 1) / 2 - 0.5),
    ]
    return np.stack(rest)
