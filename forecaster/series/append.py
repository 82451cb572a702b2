"""Append newer rows to the rows that a model keeps.

Where both have a row for a step, the newer one counts. Kept rows before the newer ones fill up the lookback if no step
is missing in between; among unequal steps none can be missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.arrays import Floats, Ints, most_frequent
from forecaster.calendars.calendar import Calendar
from forecaster.calendars.durations import write_time
from forecaster.calendars.schedule import ROWWISE, UNEQUAL
from forecaster.errors import Code, Finding, InputRefusedError, Place
from forecaster.series.panel import Panel
from forecaster.series.transforms import LOG
from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.series.transforms import Transform

    Series = tuple[NDArray[np.generic], Floats]

MOST_RESTATED = 0.2
"""Share of the kept values that newer rows may restate. Chosen by hand: revisions concern the latest rows."""
FEWEST_ROWS = 3
"""Rows from which the usual step can be told: two distances."""
STEP_RATIO = 1.6
"""How many times as long a step must be to be another one: more than the differences that a calendar makes, as between
months, and less than twice. Chosen by hand."""


class Matched(NamedTuple):
    """Numbers of series of two panels: those that both have, in either, and those that only the fresh one has."""

    kept: list[int]
    fresh: list[int]
    new: list[int]


def match_series(kept: Panel, fresh: Panel) -> Matched:
    """Find the series of a fresh panel among those that a model keeps, by name.

    If each panel has one series, they match whatever their names are.
    """
    if len(kept) == len(fresh) == 1:
        return Matched([0], [0], [])
    number = {name: i for i, name in enumerate(kept.ids)}
    both = [j for j, name in enumerate(fresh.ids) if name in number]
    new = [j for j, name in enumerate(fresh.ids) if name not in number]
    return Matched([number[fresh.ids[j]] for j in both], both, new)


def append_newer_rows(kept: Panel, newer: Panel, rows: int) -> tuple[Panel, list[Finding]]:
    """Return each series of `kept` followed by its newer rows, and what a user should know about them.

    Observed columns are appended, too. Known columns are not: `forecaster.series.known_values` adds them.

    Args:
        kept: The last rows of the series that the model keeps.
        newer: Newer or restated rows of the same series, in the same order, with the same observed columns.
        rows: Rows that prediction needs.

    Raises:
        InputRefusedError: Rows are missing between the two, or they differ in their step or kind of time.

    """
    refuse_other_time(kept, newer)
    _refuse_other_steps(kept, newer)
    findings, places = [], []
    for i, name in enumerate(kept.ids):
        ours, theirs = kept.slice(i), newer.slice(i)
        findings += _row_findings(name, (kept.ds[ours], kept.values[ours]), (newer.ds[theirs], newer.values[theirs]))
        begin = _rows_before(kept, i, newer.ds[theirs], rows)
        behind = len(kept.values) + np.arange(theirs.start, theirs.stop)
        places.append(np.concatenate([np.arange(ours.start, ours.start + begin), behind]))
    return _combine_rows(kept, newer, places), findings


def refuse_other_time(kept: Panel, newer: Panel) -> None:
    """Refuse rows whose times are not of the kind that a model keeps: dates or numbers.

    Raises:
        InputRefusedError: They are of the other kind.

    """
    if kept.ds.dtype != newer.ds.dtype:
        what = "the time column is not of the kind that the model was trained on"
        raise InputRefusedError(what, "write times as in the training file", code=Code.DATE)


def reason_rows_are_of_other_data(kept: Panel, newer: Panel) -> str:
    """Return why rows of the same series, in the same order, seem to be of other data; empty where they are newer rows.

    Newer rows overlap the kept ones and agree with them, but for a few that were restated, or follow them directly.
    """
    for i, name in enumerate(kept.ids):
        ours, theirs = kept.slice(i), newer.slice(i)
        _, old, new = np.intersect1d(kept.ds[ours], newer.ds[theirs], return_indices=True)
        follows = kept.calendars[i].future(kept.ds[kept.last[i]], 1)[0]
        series = f"series {shown(name)}: " if len(kept) > 1 else ""
        if not len(old):
            if newer.ds[theirs][0] != follows:
                return (
                    f"{series}its rows end at {write_time(kept.ds[kept.last[i]])}, and those of the file do not follow"
                )
            continue
        differ = int((~np.isclose(kept.values[ours][old], newer.values[theirs][new], rtol=1e-9, atol=0)).sum())
        if differ > MOST_RESTATED * len(old):
            return f"{series}{differ} of the {len(old)} values that both have differ"
    return ""


def _combine_rows(kept: Panel, newer: Panel, places: list[Ints]) -> Panel:
    """Return the panel whose series `i` has the rows `places[i]` of both panels, those of `kept` counted first."""
    rows = np.concatenate(places)
    indptr = np.concatenate([[0], np.cumsum([len(each) for each in places])]).astype(np.int64)
    covariates = None
    if kept.covariates and newer.covariates:
        past = np.concatenate([kept.covariates.observed_values, newer.covariates.observed_values], axis=1)[:, rows]
        none = np.empty((0, len(rows)))
        covariates = replace(
            kept.covariates, known=(), observed_values=past, known_values=none, start=indptr[:-1], stop=indptr[1:]
        )
    ds, values = np.concatenate([kept.ds, newer.ds]), np.concatenate([kept.values, newer.values])
    return Panel(kept.ids, ds[rows], values[rows], indptr, kept.calendars, covariates)


def _rows_before(kept: Panel, i: int, new: NDArray[np.generic], rows: int) -> int:
    """Return how many kept rows of series `i` come before the times `new`, (n,), of newer ones; 0 after a gap."""
    old, calendar = kept.ds[kept.slice(i)], kept.calendars[i]
    begin = int(np.searchsorted(old, new[0]))
    if begin == 0 or calendar.irregular:
        return begin
    follows = calendar.future(old[begin - 1], 1)[0]
    if follows >= new[0]:
        return begin
    if len(new) < rows:
        what = f"rows are missing between {write_time(old[begin - 1])} and {write_time(new[0])}"
        raise InputRefusedError(what, f"give the rows from {write_time(follows)} on", Place(series=shown(kept.ids[i])))
    return 0


def _refuse_other_steps(kept: Panel, newer: Panel) -> None:
    """Refuse newer rows whose usual step is not that of the kept rows of the same series, in the same order."""
    for i, name in enumerate(kept.ids):
        ours, theirs = kept.ds[kept.slice(i)], newer.ds[newer.slice(i)]
        if kept.calendars[i].kind in {*UNEQUAL, *ROWWISE} or min(len(ours), len(theirs)) < FEWEST_ROWS:
            continue
        steps = [most_frequent(np.diff(ds).astype(np.int64)) for ds in (ours, theirs)]
        if max(steps) > STEP_RATIO * min(steps):
            found, learned = (calendar.describe() for calendar in (Calendar.learn(theirs), kept.calendars[i]))
            what = f"the rows have a different step from the model's: {found}, not {learned}"
            remedy = "give rows with the model's step, or train a model on these"
            raise InputRefusedError(what, remedy, Place(series=shown(name)), code=Code.FREQ)


def _row_findings(name: str, old: Series, new: Series) -> list[Finding]:
    """Return a finding for newer rows that end before the kept ones, and one for kept values that have changed."""
    findings, place = [], Place(series=shown(name))
    if new[0][-1] < old[0][-1]:
        ends = f"the rows end at {write_time(new[0][-1])}, before the model's at {write_time(old[0][-1])}"
        findings.append(Finding(Code.OLDER, f"{ends}: the forecast starts there", place))
    _, ours, theirs = np.intersect1d(old[0], new[0], return_indices=True)
    restated = int((~np.isclose(old[1][ours], new[1][theirs], rtol=1e-9, atol=0)).sum())
    if restated:
        text = f"{restated} of the last {len(old[0])} values that the model keeps have changed: the file's are used"
        findings.append(Finding(Code.RESTATED, text, place))
    return findings


def check_logarithms(panel: Panel, transform: Transform) -> None:
    """Refuse values without a logarithm, where the model takes logarithms.

    Where it adds an offset because the series has zeros, only values below zero have none.

    Raises:
        InputRefusedError: With the first such value.

    """
    kind, offset = (np.repeat(array, panel.lengths) for array in (transform.kind, transform.offset))
    bad = np.flatnonzero((kind == LOG) & np.where(offset > 0, panel.values < 0, panel.values <= 0))
    if len(bad):
        series = panel.ids[int(np.searchsorted(panel.indptr, bad[0], side="right")) - 1]
        value, moment = f"{panel.values[bad[0]]:g}", write_time(panel.ds[bad[0]])
        what = f"the value {value} at {moment} has no logarithm, which the model needs"
        raise InputRefusedError(what, "train a model on these rows", Place(series=shown(series)))
