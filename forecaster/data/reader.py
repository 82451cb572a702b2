"""CSV files to a panel: the columns found, every series checked, and what was chosen and noticed said.

One target gives one series per file, or one for each name in the series column; several targets give one each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.data.dates import parse_dates
from forecaster.data.panel import Panel, as_panel, learn_once
from forecaster.data.quoting import nameable, shown
from forecaster.data.rows import read_rows
from forecaster.data.select import check_header, choose_series, choose_targets, choose_time
from forecaster.data.table import Table, read_table
from forecaster.errors import Finding, InputRefusedError, Place, UsageError
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from forecaster.data.calendar import Calendar

CHOSEN = "CHOSEN"


@dataclass(frozen=True)
class Source:
    """What was read.

    Attributes:
        panel: The series, in order of appearance.
        findings: What the user should know.
        selection: The columns that were used; where files differ, what the user named.
        failed: Reason by series for those that are not in the panel.

    """

    panel: Panel
    findings: tuple[Finding, ...]
    selection: Selection
    failed: Mapping[str, str] = field(default_factory=dict)


class Series(NamedTuple):
    """One series: its name, time stamps (n,) and values (n,), and the file that it comes from."""

    name: str
    ds: NDArray[Any]
    values: NDArray[np.float64]
    file: str


class Reading(NamedTuple):
    """What one file gives."""

    series: list[Series]
    findings: list[Finding]
    selection: Selection


def read(
    sources: Sequence[str],
    selection: Selection,
    *,
    repair: str = "safe",  # noqa: ARG001
    irregular: bool = False,
) -> Source:
    """Read CSV files, or standard input for `-`, into one panel; `irregular` takes unequal steps as they are.

    Raises:
        InputUnreadableError: A file cannot be opened or read.
        InputRefusedError: A file is not a table of series, one is not regular, or the files do not fit together.
        UsageError: There is no file, or the selection contradicts itself.

    """
    if not sources:
        raise UsageError("there is nothing to read", "name a CSV file")
    if selection.series is not None and len(selection.targets) > 1:
        raise UsageError("a series column and several targets cannot be combined", "name one target")
    readings = [_read_file(source, selection, alone=len(sources) == 1) for source in sources]
    series = [one for reading in readings for one in reading.series]
    _refuse_same_names(series)
    _refuse_mixed_time(series)
    panel, failed = _panel(series, irregular=irregular)
    if not irregular:
        refuse_mixed_steps(panel)
    findings = [finding for reading in readings for finding in reading.findings]
    return Source(panel, tuple(findings), _shared([reading.selection for reading in readings], selection), failed)


def refuse_mixed_steps(panel: Panel) -> None:
    """Refuse a panel whose series differ in step, as daily and monthly ones do; a single row has none.

    Raises:
        InputRefusedError: Two series differ.

    """
    found = [i for i, rows in enumerate(panel.lengths) if rows > 1]
    steps = [(panel.calendars[i].kind, panel.calendars[i].step) for i in found]
    other = next((k for k, step in enumerate(steps) if step != steps[0]), None)
    if other is not None:
        pair = " and ".join(
            f"{shown(panel.ids[i])} ({panel.calendars[i].describe()})" for i in (found[0], found[other])
        )
        raise InputRefusedError(f"the series differ in step: {pair}", "train them apart, or bring them to one step")


def _panel(series: Sequence[Series], *, irregular: bool) -> tuple[Panel, dict[str, str]]:
    """Return the panel of the series that have a calendar, and the others with the reason.

    Raises:
        InputRefusedError: None has one.

    """
    learned: dict[bytes, Calendar] = {}
    usable: list[tuple[Series, Calendar]] = []
    failed: dict[str, InputRefusedError] = {}
    for one in series:
        try:
            usable.append((one, learn_once(one.ds, one.name, learned, irregular=irregular)))
        except InputRefusedError as error:
            failed[one.name] = InputRefusedError(error.what, error.remedy, replace(error.place, file=one.file))
    if not usable:
        raise next(iter(failed.values()))
    rows = [(one.ds, one.values) for one, _ in usable]
    panel = as_panel([one.name for one, _ in usable], rows, [calendar for _, calendar in usable])
    return panel, {name: error.what for name, error in failed.items()}


def _read_file(source: str, selection: Selection, *, alone: bool) -> Reading:
    """Read the series of one file; when not `alone`, the columns of a wide file take the file's name into their own."""
    table = read_table(source)
    check_header(table)
    time = choose_time(table, selection.time)
    stamps = parse_dates(table, time)
    wide = len(selection.targets) > 1
    by = None if wide else choose_series(table, selection.series, stamps.ds, time)
    targets = choose_targets(table, selection.targets, (time, by))
    if by in targets or time in targets or by == time or len(set(targets)) < len(targets):
        raise InputRefusedError("one column cannot be chosen twice", "name different columns", table.place())
    findings = [_chosen(table, time, stamps.layout, targets, by)]
    series: list[Series] = []
    for target in targets:
        rows, noticed = read_rows(table, stamps.ds, target, by)
        findings.extend(noticed)
        column = table.header[target] if alone else f"{table.stem}/{table.header[target]}"
        name = column if wide else table.stem
        series.extend(Series(given or name, ds, values, table.file) for given, ds, values in rows.split())
    names = tuple(table.header[target] for target in targets)
    used = Selection(table.header[time] or None, names, None if by is None else table.header[by])
    _refuse_names([*names, *([used.series] if used.series else []), *(one.name for one in series)], table)
    return Reading(series, findings, used)


def _chosen(table: Table, time: int, layout: str, targets: Sequence[int], by: int | None) -> Finding:
    """Return the finding that tells the columns in use."""
    names = ", ".join(table.name(target) for target in targets)
    parts = [f"time column {table.name(time)} ({layout})", f"target {names}"]
    if by is not None:
        parts.append(f"series column {table.name(by)}")
    return Finding(CHOSEN, ", ".join(parts), table.place())


def _refuse_names(names: Sequence[str], table: Table) -> None:
    bad = next((name for name in names if not nameable(name)), None)
    if bad is not None:
        what = f"the name {shown(bad)!r} holds control characters or is too long"
        raise InputRefusedError(what, "rename it", table.place())


def _refuse_same_names(series: Sequence[Series]) -> None:
    first: dict[str, Series] = {}
    for one in series:
        other = first.setdefault(one.name, one)
        if other is not one:
            what = f"the name stands for a series of {other.file} and for one of {one.file}"
            raise InputRefusedError(what, "rename one of them", Place(series=shown(one.name)))


def _refuse_mixed_time(series: Sequence[Series]) -> None:
    other = next((one for one in series if one.ds.dtype.kind != series[0].ds.dtype.kind), None)
    if other is not None:
        dated, counted = (series[0], other) if other.ds.dtype.kind == "i" else (other, series[0])
        what = f"{shown(dated.name)} has dates and {shown(counted.name)} has whole numbers"
        raise InputRefusedError(what, "train them apart", Place(counted.file))


def _shared(used: Sequence[Selection], asked: Selection) -> Selection:
    """Return what all files have in common."""
    first = used[0]
    return Selection(
        first.time if all(one.time == first.time for one in used) else asked.time,
        first.targets if all(one.targets == first.targets for one in used) else asked.targets,
        first.series if all(one.series == first.series for one in used) else asked.series,
    )
