"""Files to a panel: the columns found, every series mended and checked, and what was chosen and noticed said.

One target gives one series per file, or one for each name in the series column; several targets give one each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.calendar import ROWWISE
from forecaster.calendars.regularity import IrregularError
from forecaster.errors import Code, Finding, InputRefusedError, Place, UsageError
from forecaster.reading.cells.numbers import parse_numbers
from forecaster.reading.cells.time_style import Style
from forecaster.reading.column_roles import choose_columns, chosen_findings, used_selection
from forecaster.reading.column_search import printed_name
from forecaster.reading.known_files import with_known
from forecaster.reading.quality import check_series
from forecaster.reading.repair import fill
from forecaster.reading.row_findings import FULL
from forecaster.reading.series_rows import Series, series_of_rows
from forecaster.reading.tables.table import read_table
from forecaster.reading.target_rows import TargetRows
from forecaster.series.covariates import Covariates
from forecaster.series.known_values import with_known_values
from forecaster.series.panel import Panel, learn_calendar_once, panel_from_rows, refuse_mixed_steps
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.calendars.calendar import Calendar
    from forecaster.spec import Selection

ISO = Style()


@dataclass(frozen=True)
class ReadResult:
    """What was read.

    Attributes:
        panel: The series, in order of appearance.
        findings: What the user should know.
        selection: The columns that were used; where files differ, what the user named.
        failed: Reason by series for those that are not in the panel.
        refusals: All that is wrong with these.
        files: The file of each series of the panel.
        style: How the files write times; ISO where they differ.

    """

    panel: Panel
    findings: tuple[Finding, ...]
    selection: Selection
    failed: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[Finding, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    style: Style = ISO


class FileReading(NamedTuple):
    """What one file gives: its series, those that are refused, what was noticed, what was used, and its style."""

    series: list[Series]
    refused: dict[str, InputRefusedError]
    findings: list[Finding]
    selection: Selection
    style: Style


class AcceptedSeries(NamedTuple):
    """A series with its calendar and what is odd about it."""

    series: Series
    calendar: Calendar
    findings: tuple[Finding, ...]


def read(
    sources: Sequence[str],
    selection: Selection,
    *,
    repair: str = "safe",
    irregular: bool = False,
    continued: Panel | None = None,
) -> ReadResult:
    """Read files, or standard input for `-`, into one panel.

    Args:
        sources: The files.
        selection: What the user said of them.
        repair: What is done about their faults, see `forecaster.spec.REPAIRS`.
        irregular: Whether unequal steps are taken as they are.
        continued: Series that these go on: each keeps its calendar, of which few rows show little.

    Raises:
        InputUnreadableError: A file cannot be opened or read.
        InputRefusedError: A file is not a table of series, one is not regular, or the files do not fit together.
        UsageError: There is no file, or the selection contradicts itself.

    """
    if not sources:
        raise UsageError("there is nothing to read", "name a SOURCE, or a list of them with --files-from")
    if selection.series is not None and len(selection.targets) > 1:
        raise UsageError("a series column and several targets cannot be combined", "name one target")
    files = [name for name in selection.known if Path(name).is_file()]
    asked = replace(selection, known=tuple(name for name in selection.known if name not in files))
    readings = [_read_file(source, asked, repair, alone=len(sources) == 1) for source in sources]
    series = [one for reading in readings for one in reading.series]
    _refuse_same_names(series)
    _refuse_mixed_time(series)
    refused = {name: error for reading in readings for name, error in reading.refused.items()}
    calendars = _calendars(series, continued) if continued else {}
    kept, others = _accepted(series, repair, selection.calendar, calendars, irregular=irregular)
    kept, uneven = _even(kept)
    refused |= others | uneven
    if not kept:
        raise next(iter(refused.values()))
    style = readings[0].style if all(reading.style == readings[0].style for reading in readings) else ISO
    panel = _panel(kept, readings[0].selection)
    panel = with_known(panel, files, readings[0].selection, style) if files else panel
    if not irregular:
        refuse_mixed_steps(panel)
    noticed = [finding for reading in readings for finding in reading.findings]
    return ReadResult(
        panel,
        (*noticed, *(finding for one in kept for finding in one.findings)),
        _shared([reading.selection for reading in readings], asked),
        {name: error.what for name, error in refused.items()},
        tuple(finding for error in refused.values() for finding in error.findings),
        {one.series.name: one.series.file for one in kept},
        style,
    )


def _calendars(series: Sequence[Series], continued: Panel) -> dict[str, Calendar]:
    """Return the calendars of series that go on, none if times are of another kind; one alone needs no name."""
    if any(one.ds.dtype.kind != continued.ds.dtype.kind for one in series):
        return {}
    ids = [series[0].name] if len(series) == len(continued) == 1 else continued.ids
    return dict(zip(ids, continued.calendars, strict=True))


def _accepted(
    series: Sequence[Series], repair: str, exchange: str | None, known: Mapping[str, Calendar], *, irregular: bool
) -> tuple[list[AcceptedSeries], dict[str, InputRefusedError]]:
    """Return the series that have a calendar, filled if that is asked for, and the errors of the others.

    What is known of the calendars stands for what the rows show, which must be steps all the same.
    """
    learned: dict[bytes, Calendar] = {}
    kept: list[AcceptedSeries] = []
    refused: dict[str, InputRefusedError] = {}
    for one in series:
        try:
            own = learn_calendar_once(one.ds, one.name, learned, irregular=irregular, exchange=exchange)
            calendar = known.get(one.name, own)
            whole, filled = fill(one, calendar) if repair == FULL else (one, ())
        except InputRefusedError as error:
            refused[one.name] = _placed(error, one)
        else:
            kept.append(AcceptedSeries(whole, calendar, (*filled, *check_series(whole, calendar))))
    return kept, refused


def _even(kept: Sequence[AcceptedSeries]) -> tuple[list[AcceptedSeries], dict[str, InputRefusedError]]:
    """Return the series of regular steps, if there are any, and the errors of those that follow none."""
    regular = [one for one in kept if one.calendar.kind not in ROWWISE]
    if not any(len(one.series.ds) > 1 for one in regular):
        return list(kept), {}
    what, remedy = (
        "the rows follow no regular step, and those of other series do",
        "train it apart, or with --irregular",
    )
    uneven = [one.series for one in kept if one.calendar.kind in ROWWISE]
    return regular, {one.name: InputRefusedError(what, remedy, one.place(), code=Code.FREQ) for one in uneven}


def _placed(error: InputRefusedError, series: Series) -> InputRefusedError:
    """Return the error of a series with the file and the line that it is about."""
    place = series.place(error.row) if isinstance(error, IrregularError) else replace(error.place, file=series.file)
    return error.at(place)


def _panel(kept: Sequence[AcceptedSeries], used: Selection) -> Panel:
    """Return the panel of the series, with the columns beside their targets.

    Raises:
        InputRefusedError: The value of a known column is missing.

    """
    series = [one.series for one in kept]
    panel = panel_from_rows(
        [one.name for one in series], [(one.ds, one.values) for one in series], [one.calendar for one in kept]
    )
    if used.observed:
        past = np.concatenate([one.observed for one in series], axis=1)
        ahead = np.empty((0, len(panel.values)))
        covariates = Covariates(used.observed, (), past, ahead, panel.indptr[:-1], panel.indptr[1:])
        panel = replace(panel, covariates=covariates)
    known = [dict(zip(used.known, one.known, strict=True)) for one in series]
    return with_known_values(panel, used.known, [known]) if used.known else panel


def _read_file(source: str, selection: Selection, repair: str, *, alone: bool) -> FileReading:
    """Read the series of one file; when not `alone`, the columns of a wide file take the file's name into their own."""
    table = read_table(source, selection)
    columns, stamps = choose_columns(table, selection)
    findings = [*table.findings, *stamps.findings, *chosen_findings(table, columns, stamps, selection)]
    numbers = [parse_numbers(table, column, selection.decimal) for column in (*columns.observed, *columns.known)]
    series: list[Series] = []
    refused: dict[str, InputRefusedError] = {}
    for target in columns.targets:
        column = printed_name(table.header[target])
        wide = column if alone else f"{table.stem}/{column}"
        values = np.stack([parse_numbers(table, target, selection.decimal), *numbers])
        name = wide if len(columns.targets) > 1 else printed_name(table.stem)
        parts = series_of_rows(TargetRows(table, columns, target, stamps.ds, values), name, repair)
        findings.extend(parts.findings)
        series.extend(parts.series)
        refused |= parts.refused
    return FileReading(series, refused, findings, used_selection(table, columns, selection), stamps.style)


def _refuse_same_names(series: Sequence[Series]) -> None:
    first: dict[str, Series] = {}
    for one in series:
        other = first.setdefault(one.name, one)
        if other is not one:
            what = f"the name stands for a series of {other.file} and for one of {one.file}"
            raise InputRefusedError(what, "rename one of them", Place(series=shown(one.name)), code=Code.DUP)


def _refuse_mixed_time(series: Sequence[Series]) -> None:
    other = next((one for one in series if one.ds.dtype.kind != series[0].ds.dtype.kind), None)
    if other is not None:
        dated, number = (series[0], other) if other.ds.dtype.kind == "i" else (other, series[0])
        what = f"{shown(dated.name)} has dates and {shown(number.name)} has whole numbers"
        raise InputRefusedError(what, "train them apart", Place(number.file), code=Code.DATE)


def _shared(used: Sequence[Selection], asked: Selection) -> Selection:
    """Return what all files have in common, and of the rest what the user named."""
    first = used[0]
    names = ("time", "targets", "series", "observed", "known")
    return replace(
        asked,
        **{
            name: getattr(first, name)
            for name in names
            if all(getattr(one, name) == getattr(first, name) for one in used)
        },
    )
