"""Bring the live states of series up to date when values arrive, in the transaction that scores them.

Scored cells, a step of a forecast each, are grouped by series and time, as several forecasts are of one time. The
groups of a series are taken in the order of time, one of each series at once, so that the work is on arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.forecasting.uncertainty.calibration import two_sided
from forecaster.ledger.adaptive_intervals import add_to_widths, ends_touched, read_pools, write_pools
from forecaster.ledger.error_drift import add_errors
from forecaster.ledger.live_state import NAME, StoredState, read_state, with_levels
from forecaster.ledger.state import write_states
from forecaster.ledger.sums import MEASURES, cell_measures
from forecaster.ledger.trusted_rows import read_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.ledger.sums import Cells

DRIFT_LEVEL = 80.0
"""The level of the interval by which errors are measured for drift, in percent; or the nearest one that there is."""
SMALLEST = 1e-300
"""The least half-width of an interval that errors are divided by."""
LARGEST_RATIO = 1e6
"""The most half-widths that an error counts, far beyond those that are told apart as normal scores."""


class _Scored(NamedTuple):
    """Scored cells, c of them, rising by series, time and step.

    Attributes:
        series, model, target, step: Numbers of series and model, the time, and the step from 0, (c,).
        measures: Their measures by name, (c,).
        hits: Whether the value lies inside the interval of each level, (c, L).
        touched: Whether it lies on an end of it, (c, L).
        z: The error as a normal score, (c,).

    """

    series: Ints
    model: Ints
    target: Ints
    step: Ints
    measures: dict[str, Floats]
    hits: Bools
    touched: Bools
    z: Floats

    def take(self, chosen: Any) -> _Scored:
        """Return the cells at these places."""
        return _Scored(
            series=self.series[chosen],
            model=self.model[chosen],
            target=self.target[chosen],
            step=self.step[chosen],
            measures={name: each[chosen] for name, each in self.measures.items()},
            hits=self.hits[chosen],
            touched=self.touched[chosen],
            z=self.z[chosen],
        )


def update_live_states(
    connection: sqlite3.Connection, cells: Cells, steps: Mapping[int, str], run: int, *, adapt: bool
) -> None:
    """Take scored cells of one layout into the states of their series, and into those of their pools.

    Args:
        connection: The ledger, in a transaction.
        cells: The cells.
        steps: What a row of each series is called, by the number of the series: series of one step share a pool.
        run: The number of the run that brings the values.
        adapt: Whether intervals learn from them: where nobody applies what was learned, it would grow without end.

    """
    scored = _scored_cells(cells)
    if not len(scored.series):
        return
    levels = cells.forecasts.layout.levels
    series, place = np.unique(scored.series, return_inverse=True)
    stored = _read_stored(connection, series)
    states = with_levels([each and read_state(each.now) for each in stored], levels)
    if adapt and levels:
        pools, names = read_pools(connection), np.array([steps[number] for number in series.tolist()], object)
        for name in dict.fromkeys(names.tolist()):
            here = names == name
            cells_here = here[place]
            pools[name].series += sum(each is None for i, each in enumerate(stored) if here[i])
            pools[name].add(levels, scored.step[cells_here], ~scored.hits[cells_here], scored.touched[cells_here])
        write_pools(connection, pools)
    _take_in_order(states, scored, place, adapt=adapt)
    packed = {
        number: _changed(before, states[i : i + 1].tobytes(), run).pack()
        for i, (number, before) in enumerate(zip(series.tolist(), stored, strict=True))
    }
    write_states(connection, NAME, packed)


def _changed(before: StoredState | None, now: bytes, run: int) -> StoredState:
    """Return a state after a change in a run: several changes of one run have one state before them."""
    if before is None:
        return StoredState(run, now, b"")
    return StoredState(run, now, before.before if before.run == run else before.now)


def _read_stored(connection: sqlite3.Connection, series: Ints) -> list[StoredState | None]:
    """Return the stored states of series, (S,), in their order."""
    query = "SELECT series, value AS state FROM state WHERE name = ? AND series BETWEEN ? AND ?"
    found = dict(read_rows(connection, query, (NAME, int(series[0]), int(series[-1]))))
    return [StoredState.unpack(found[each]) if each in found else None for each in series.tolist()]


def _scored_cells(cells: Cells) -> _Scored:
    """Return the cells that have a value."""
    forecasts, measures = cells.forecasts, cell_measures(cells)
    rows, step = np.nonzero(~np.isnan(cells.actual))
    series, target = forecasts.series[rows], forecasts.targets[rows, step]
    ends, actual = forecasts.ends[rows, step], cells.actual[rows, step]
    widest = (forecasts.ends.max(axis=(1, 2)) - forecasts.ends.min(axis=(1, 2)))[rows] if ends.size else np.zeros(0)
    found = _Scored(
        series,
        forecasts.model[rows],
        target,
        step,
        {name: measures[name][rows, step] for name in MEASURES},
        measures["hits"][rows, step].astype(bool),
        ends_touched(actual, ends, widest),
        _normal_scores(actual, forecasts.point[rows, step], ends, forecasts.layout.levels),
    )
    return found.take(np.lexsort((step, target, series)))


def _normal_scores(actual: Floats, point: Floats, ends: Floats, levels: tuple[float, ...]) -> Floats:
    """Return errors in units of half an interval, times its normal score, (c,); zeros where there is no interval."""
    if not levels:
        return np.zeros(len(actual))
    nearest = int(np.argmin(np.abs(np.array(levels) - DRIFT_LEVEL)))
    low, high = ends[:, 2 * nearest], ends[:, 2 * nearest + 1]
    width = np.maximum(np.where(actual >= point, high - point, point - low), SMALLEST)
    most = LARGEST_RATIO * width  # otherwise the quotient of a narrow one is too large for a number
    ratio = np.clip(actual - point, -most, most) / width
    scores: Floats = np.where(actual == point, 0.0, ratio * two_sided(levels[nearest] / 100))
    return scores


def _take_in_order(states: NDArray[Any], scored: _Scored, place: Ints, *, adapt: bool) -> None:
    """Take cells into the states of their series, whose places are (c,): time by time."""
    begins = np.flatnonzero(np.diff(scored.series, prepend=-1) | np.diff(scored.target, prepend=-1))
    group = np.cumsum(np.isin(np.arange(len(place)), begins)) - 1
    owner = place[begins]
    turn = np.arange(len(begins)) - np.searchsorted(owner, owner)
    for number in range(int(turn.max()) + 1):
        groups = np.flatnonzero(turn == number)
        inside = np.flatnonzero(turn[group] == number)
        _take_one_time(states, scored.take(inside), np.searchsorted(groups, group[inside]), owner[groups], adapt=adapt)


def _take_one_time(states: NDArray[Any], scored: _Scored, group: Ints, owner: Ints, *, adapt: bool) -> None:
    """Take the cells of one time of each series; a cell belongs to a `group`, (c,), and that to a state, `owner`."""
    _, first = np.unique(group, return_index=True)
    newest = scored.model[first]  # that of the shortest step
    part = states[owner]
    other = part["model"] != newest
    fresh = with_levels([None] * int(other.sum()), part["levels"]["level"][0].tolist())
    fresh["model"] = newest[other]
    part[other] = fresh
    own = scored.model == newest[group]
    for name in MEASURES:
        np.add.at(part[name], group[own], scored.measures[name][own])
    count = np.bincount(group[own], minlength=len(part))
    part["count"] += count.astype(np.uint32)
    part["times"] += 1
    np.add.at(part["levels"]["hits"], group[own], scored.hits[own])
    if adapt:
        add_to_widths(part["levels"], ~scored.hits[own], scored.touched[own], group[own], count)
    drift = part["drift"]
    add_errors(drift, scored.z[first], scored.target[first])
    part["drift"] = drift
    states[owner] = part
