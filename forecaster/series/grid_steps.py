"""Put the rows of a panel on the steps of its calendars, so that a missing row moves nothing after it.

Between the first and the last row of a series every step gets a row. Steps without one, which are missing rows and
holidays, are filled in (`forecaster.series.imputation`) and marked: methods read them, and nothing is judged by them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.calendars.every_step import EveryStepCalendar
from forecaster.calendars.schedule import ROWWISE
from forecaster.errors import Code, InputRefusedError
from forecaster.series.imputation import fill_holes
from forecaster.size_limits import MOST_EMPTY_STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints
    from forecaster.calendars.calendar import Calendar
    from forecaster.series.covariates import Covariates
    from forecaster.series.panel import Panel

FURTHEST = 3
"""Horizons ahead at most at which a row counts: what lies behind a longer gap is forecast as if it were nearer."""


class Steps(NamedTuple):
    """The steps of one series.

    Attributes:
        rows: The row of each step, (T,): its own, or the one before a hole.
        observed: Whether the step has a row of its own, (T,).
        ds: Time stamp of each step, (T,).

    """

    rows: Ints
    observed: Bools
    ds: NDArray[Any]


def on_every_step(panel: Panel, season: int) -> Panel:
    """Return a panel that has a row on each step of its calendars, with holes filled in by a season.

    Rows that share a step leave the latest of them. Where steps are unequal or follow no calendar, each row is a step.
    """
    calendars = {id(calendar): EveryStepCalendar.of(calendar) for calendar in panel.calendars}
    found: dict[tuple[int, bytes], Steps | None] = {}
    steps: list[Steps | None] = []
    for i, calendar in enumerate(panel.calendars):
        ds = panel.ds[panel.slice(i)]
        key = id(calendar), ds.tobytes()
        if key not in found:
            found[key] = _steps_of(calendar, ds)
        steps.append(found[key])
    filled = panel if all(each is None for each in steps) else _with_steps(panel, steps, season)
    every = tuple(calendars[id(calendar)] for calendar in panel.calendars)
    return filled if every == panel.calendars else replace(filled, calendars=every)


def steps_to(panel: Panel, future: NDArray[np.generic]) -> Ints:
    """Return how many steps of its calendar the time stamps `future`, (N, h), are after the last row of each series.

    They rise along h. Where steps have no calendar, they are the next rows.
    """
    h = future.shape[1]
    ahead = [_steps_to(calendar, panel.ds[panel.last[i]], future[i]) for i, calendar in enumerate(panel.calendars)]
    steps: Ints = np.minimum(np.stack(ahead), FURTHEST * h)
    return steps


def rows_after(panel: Panel, end: NDArray[Any], stride: int) -> Ints:
    """Return how many rows of each series come after the times `end`, (N,), in the panel and before it.

    The rows before it are counted only where a `stride` of more than one asks for their number.
    """
    newer = np.add.reduceat((panel.ds > np.repeat(end, panel.lengths)).astype(np.int64), panel.indptr[:-1])
    if stride > 1:
        gaps = zip(panel.calendars, end, panel.ds[panel.indptr[:-1]], strict=True)
        newer += [steps_between(*gap) if gap[2] > gap[1] else 0 for gap in gaps]
    return newer


def steps_between(calendar: Calendar, end: Any, begin: Any) -> int:
    """Return how many steps of a calendar lie after the time stamp `end` and before `begin`.

    Raises:
        InputRefusedError: They are more than a gap may have.

    """
    count = 1
    while (steps := calendar.future(end, count))[-1] < begin:
        count *= 2
        if count > MOST_EMPTY_STEPS:
            what = f"more than {MOST_EMPTY_STEPS:,} steps lie between the rows of the model and {write_time(begin)}"
            raise InputRefusedError(what, "train again with the newer rows", code=Code.GAP)
    return int(np.searchsorted(steps, begin))


def _steps_to(calendar: Calendar, last: Any, times: NDArray[Any]) -> Ints:
    """Return how many steps after the row at `last` the rising time stamps, (h,), are; each at least one further."""
    rows = np.arange(1, len(times) + 1)
    if _has_no_steps(calendar) or not len(times):
        return rows
    ends = np.array([last])
    before = _places_up_to_last(calendar, ends)[0] - calendar.places(ends)[0]
    places = calendar.places(np.append(last, times))
    steps: Ints = np.maximum(places[1:] - places[0] - before, rows)
    return steps


def _has_no_steps(calendar: Calendar) -> bool:
    """Return whether each row counts as a step, however far it is from the next."""
    return calendar.irregular or calendar.kind in ROWWISE


def _steps_of(calendar: Calendar, ds: NDArray[Any]) -> Steps | None:
    """Return the steps of rows, (n,); None if each row is the step after the one before it."""
    if _has_no_steps(calendar) or len(ds) < 2:
        return None
    places = _places_up_to_last(calendar, ds)
    last_of_step = np.append(np.diff(places) != 0, True)
    if places[-1] - places[0] == len(ds) - 1 and last_of_step.all():
        return None
    number = np.arange(places[0], places[-1] + 1)
    rows = np.searchsorted(places, number, side="right") - 1
    observed = places[rows] == number
    times = ds[rows]
    times[~observed] = calendar.times_at_places(number[~observed], ds)
    return Steps(rows, observed, times)


def _places_up_to_last(calendar: Calendar, ds: NDArray[Any]) -> Ints:
    """Return the place of each row, (n,); last rows on closed days are on the step before, as the next is forecast."""
    places = calendar.places(ds)
    if calendar.week is None:
        return places
    return np.minimum(places, calendar.week.last_places(calendar.steps(ds[-1:])))


def _with_steps(panel: Panel, steps: list[Steps | None], season: int) -> Panel:
    """Return a panel whose series have these steps; None for their rows."""
    series, lengths = [], []
    for i, each in enumerate(steps):
        part = panel.slice(i)
        rows = np.arange(part.stop - part.start)
        series.append(each or Steps(rows, np.ones(len(rows), dtype=bool), panel.ds[part]))
        lengths.append(len(series[-1].rows))
    rows = np.concatenate([each.rows + begin for each, begin in zip(series, panel.indptr, strict=False)])
    observed = np.concatenate([each.observed for each in series])
    values = np.where(observed, panel.values[rows], np.nan)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    for i in np.flatnonzero([each is not None for each in steps]).tolist():
        part = slice(int(indptr[i]), int(indptr[i + 1]))
        values[part] = fill_holes(values[part], season)
    return replace(
        panel,
        ds=np.concatenate([each.ds for each in series]),
        values=values,
        indptr=indptr,
        covariates=panel.covariates and _covariates_on_steps(panel, panel.covariates, series, rows),
        observed=observed,
    )


def _covariates_on_steps(panel: Panel, covariates: Covariates, steps: list[Steps], rows: Ints) -> Covariates:
    """Return the covariates at each step, and at those after the last row; a hole has the value before it."""
    further = covariates.known_steps(panel.lengths).tolist()
    places = []
    for i, (each, count) in enumerate(zip(steps, further, strict=True)):
        end, calendar = panel.ds[panel.last[i]], panel.calendars[i]
        ahead = _steps_to(calendar, end, calendar.future(end, count))
        last_row = int(panel.lengths[i]) - 1
        following = last_row + np.searchsorted(ahead, np.arange(1, ahead.max(initial=0) + 1), side="right")
        places.append(covariates.start[i] + np.concatenate([each.rows, following]))
    stop = np.cumsum([len(each) for each in places])
    return replace(
        covariates,
        observed_values=covariates.observed_values[:, rows],
        known_values=covariates.known_values[:, np.concatenate(places)],
        start=stop - [len(each) for each in places],
        stop=stop,
    )
