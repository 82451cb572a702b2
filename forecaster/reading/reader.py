"""Files to a panel: the columns are found, every series is repaired and checked, with findings about all of it.

One target gives one series per file, or one for each name in the series column; several targets give one each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.date_choice import RULE_NAME
from forecaster.calendars.date_search import FEWEST_ROWS
from forecaster.calendars.regularity import IrregularError
from forecaster.errors import Finding, InputRefusedError, UsageError
from forecaster.progress import with_progress
from forecaster.reading.accepted_series import AcceptedSeries, drop_other_steps, drop_rowwise
from forecaster.reading.aggregation import aggregate_rows, aggregation_of, values_of_target, with_counted_rows
from forecaster.reading.cells.missing_values import missing_mark_findings
from forecaster.reading.cells.time_style import ISO_STYLE, TimeStyle
from forecaster.reading.column_roles import choose_columns, chosen_findings, used_selection
from forecaster.reading.column_search import printed_name
from forecaster.reading.counted_steps import counted_findings, with_counted_steps
from forecaster.reading.covariate_columns import (
    CovariateRows,
    join_categories,
    panel_of_series,
    read_covariates,
    series_with_indicators,
)
from forecaster.reading.date_parts import without_yearly_means
from forecaster.reading.dropped_rows import drop_continued_periods, drop_last_rows
from forecaster.reading.empty_periods import with_zeros_behind
from forecaster.reading.extra_rows import leave_out_extra_rows
from forecaster.reading.known_files import with_known
from forecaster.reading.quality import check_series, series_within
from forecaster.reading.repair import fill_gaps, find_large_gap, offers_to_fill, withdraw_offers
from forecaster.reading.series_rows import Series, series_of_rows
from forecaster.reading.series_search import with_series_key
from forecaster.reading.several_files import common_selection, refuse_mixed_time, refuse_same_series_names
from forecaster.reading.tables.content import stem
from forecaster.reading.tables.held_files import is_file
from forecaster.reading.tables.table import Source, read_table
from forecaster.reading.target_rows import FULL, TargetRows
from forecaster.series.categories import columns_in_file
from forecaster.series.limits import UNLIMITED
from forecaster.series.panel import (
    Panel,
    learn_calendar_once,
    refuse_mixed_steps,
    share_dates,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.calendars.calendar import Calendar
    from forecaster.reading.series_rows import LearnCalendar
    from forecaster.series.categories import Categories
    from forecaster.series.limits import Limits
    from forecaster.spec import Selection


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
    style: TimeStyle = ISO_STYLE


class FileContent(NamedTuple):
    """The series of one file, those that are refused, findings, the columns that were used, time style, covariates."""

    series: list[Series]
    refused: dict[str, InputRefusedError]
    findings: list[Finding]
    selection: Selection
    style: TimeStyle
    covariates: CovariateRows

    def series_with_indicators(self, categories: Categories) -> list[Series]:
        """Return the series with columns of 1 and 0 in the place of categories."""
        return [series_with_indicators(each, self.selection, self.covariates.rows, categories) for each in self.series]


def read_sources(  # noqa: PLR0913 - everything that says how files are read
    sources: Sequence[Source],
    selection: Selection,
    *,
    repair: str = "safe",
    irregular: bool = False,
    continued: Panel | None = None,
    clock: TimeStyle | None = None,
    limits: Limits = UNLIMITED,
) -> ReadResult:
    """Read files, or standard input for `-`, into one panel.

    Args:
        sources: The files.
        selection: What the user said of them.
        repair: What is done about their faults, see `forecaster.spec.REPAIRS`.
        irregular: Whether unequal steps are taken as they are.
        continued: Series that the files continue: each keeps its calendar, which a few new rows do not show.
        clock: How their files write times: time stamps of the files are turned to the same clock; None without them.
        limits: The least and the largest value that a series can have.

    Raises:
        InputUnreadableError: A file cannot be opened or read.
        InputRefusedError: A file is not a table of series, one is not regular or has values outside the limits, or the
            files do not fit together.
        UsageError: There is no file, or the selection contradicts itself.

    """
    if not sources:
        raise UsageError("there is nothing to read", "name a SOURCE, or a list of them with --files-from")
    if selection.series is not None and len(selection.targets) > 1:
        raise UsageError("a series column and several targets cannot be combined", "name one target")
    files = [name for name in selection.known if is_file(name)]
    requested = replace(selection, known=tuple(name for name in selection.known if name not in files))
    learn = partial(learn_calendar_once, learned={}, irregular=irregular, requested=selection.calendar)
    held = continued.covariates if continued else None
    columns = columns_in_file(held.observed + held.known, held.categories) if held else ()
    expected = {name: held.categories.get(name, ()) for name in columns} if held else {}
    alone = len(sources) == 1
    contents = [_read_file(source, requested, repair, learn, expected, clock, alone=alone) for source in sources]
    categories, listed = join_categories([each.covariates for each in contents], held.categories if held else {})
    series = [each for content in contents for each in content.series_with_indicators(categories)]
    refuse_same_series_names(series)
    refuse_mixed_time(series)
    if continued is not None and (aggregation := aggregation_of(selection)) is not None:
        series = with_zeros_behind(drop_continued_periods(series, continued), continued, aggregation.period)
    refused = {name: error for content in contents for name, error in content.refused.items()}
    series, outside = series_within(series, limits)
    refused |= outside
    series, extra, off_step = ([*series], (), {}) if irregular else _without_extra_rows(series, repair)
    refused |= off_step
    calendars = _known_calendars(series, continued) if continued else {}
    accepted, others = _accept_series(series, repair, learn, selection, calendars)
    accepted, uneven = drop_rowwise(accepted)
    accepted, unlike = (accepted, {}) if irregular else drop_other_steps(accepted)
    refused |= others | uneven | unlike
    if not accepted:
        raise next(iter(refused.values()))
    style = contents[0].style if all(content.style == contents[0].style for content in contents) else ISO_STYLE
    used = contents[0].selection
    static = held.static if held else None
    panel = panel_of_series(
        [each.series for each in accepted], [each.calendar for each in accepted], used, categories, static
    )
    panel, known = with_known(panel, files, used, style) if files else (panel, ())
    if not irregular:
        refuse_mixed_steps(panel)
    findings = [finding for content in contents for finding in content.findings]
    if any(map(offers_to_fill, findings)):
        large = {
            each.series.origin.file for each in accepted if find_large_gap(each.series, each.missing()) is not None
        }
        findings = withdraw_offers(findings, large)
    return ReadResult(
        panel,
        (*findings, *listed, *known, *extra, *(finding for each in accepted for finding in each.findings)),
        common_selection([content.selection for content in contents], requested),
        {name: error.what for name, error in refused.items()},
        tuple(finding for error in refused.values() for finding in error.findings),
        {each.series.name: each.series.origin.file for each in accepted},
        style,
    )


def _known_calendars(series: Sequence[Series], continued: Panel) -> dict[str, Calendar]:
    """Return the calendars of series that are continued, if times are of one kind; a single series needs no name."""
    if any(each.ds.dtype.kind != continued.ds.dtype.kind for each in series):
        return {}
    ids = [series[0].name] if len(series) == len(continued) == 1 else continued.ids
    return dict(zip(ids, continued.calendars, strict=True))


def _accept_series(
    series: Sequence[Series], repair: str, learn: LearnCalendar, selection: Selection, known: Mapping[str, Calendar]
) -> tuple[list[AcceptedSeries], dict[str, InputRefusedError]]:
    """Return the series with their calendars, the `known` ones first, and the errors of those that are not regular."""
    regular, calendars, refused = _learn_calendars(series, learn, selection.calendar)
    accepted: list[AcceptedSeries] = []
    calendars = share_dates([each.ds for each in regular], calendars)
    for each, own in with_progress([*zip(regular, calendars, strict=True)], "checks"):
        calendar = known.get(each.name, own)
        try:
            whole, filled = fill_gaps(each, calendar) if repair == FULL else (each, ())
        except InputRefusedError as error:
            refused[each.name] = _error_of_series(error, each)
        else:
            accepted.append(AcceptedSeries(whole, calendar, (*filled, *check_series(whole, calendar))))
    return accepted, refused


def _learn_calendars(
    series: Sequence[Series], learn: LearnCalendar, requested: str | None
) -> tuple[list[Series], list[Calendar], dict[str, InputRefusedError]]:
    """Return the series that have a calendar, these calendars, and the errors of the other series.

    A short series does not show the rule for dates that is `requested`, where longer ones do.
    """
    regular: list[Series] = []
    calendars: list[Calendar] = []
    refused: dict[str, InputRefusedError] = {}
    longest = max(len(each.ds) for each in series) if series else 0
    is_rule = requested is not None and RULE_NAME.fullmatch(requested) is not None
    for each in with_progress(series, "calendars"):
        named = None if is_rule and len(each.ds) < FEWEST_ROWS <= longest else requested
        try:
            calendars.append(learn(each.ds, each.name, requested=named))
        except InputRefusedError as error:
            refused[each.name] = _error_of_series(error, each)
        else:
            regular.append(each)
    return regular, calendars, refused


def _without_extra_rows(
    series: Sequence[Series], repair: str
) -> tuple[list[Series], tuple[Finding, ...], dict[str, InputRefusedError]]:
    """Return the series without rows between their steps, the findings, and the errors of those that are refused."""
    kept: list[Series] = []
    findings: list[Finding] = []
    refused: dict[str, InputRefusedError] = {}
    for each in series:
        try:
            regular, found = leave_out_extra_rows(each, repair)
        except InputRefusedError as error:
            refused[each.name] = _error_of_series(error, each)
        else:
            kept.append(regular)
            findings.extend(found)
    return kept, tuple(findings), refused


def _error_of_series(error: InputRefusedError, series: Series) -> InputRefusedError:
    """Return the error of a series with the file and the line that it is about."""
    place = (
        series.place(error.row) if isinstance(error, IrregularError) else replace(error.place, file=series.origin.file)
    )
    return error.at(place)


def _read_file(  # noqa: PLR0913, PLR0917 - everything that says how a file is read
    source: Source,
    selection: Selection,
    repair: str,
    learn: LearnCalendar,
    expected: Categories,
    clock: TimeStyle | None,
    *,
    alone: bool,
) -> FileContent:
    """Read the series of one file; those of a wide one that is not `alone` are named after the file and the column."""
    aggregation = aggregation_of(selection)
    table = with_counted_steps(without_yearly_means(read_table(source, selection)), selection.time)
    table = with_series_key(table, selection.series)
    table, selection = with_counted_rows(table, selection)
    columns, dates = choose_columns(table, selection, clock)
    if aggregation is not None and aggregation.period.whole_days:
        dates = dates.on_clock_of(TimeStyle(zone=dates.zone))  # days are local
    findings = [*table.findings, *dates.findings, *chosen_findings(table, columns, dates, selection)]
    findings += counted_findings(table, columns.times[0], dates, selection.time)
    used = used_selection(table, columns, selection)
    if expected:  # the header may write the names that the model has in another case
        used = replace(used, observed=selection.observed, known=selection.known)
    covered = dict(zip(used.observed + used.known, columns.observed + columns.known, strict=True))
    covariates = read_covariates(table, covered, selection.decimal, expected)
    observed, known = np.split(covariates.values, [len(columns.observed)])
    categorical = frozenset(i for i, name in enumerate(covered) if name in covariates.rows)
    findings += covariates.findings
    series: list[Series] = []
    refused: dict[str, InputRefusedError] = {}
    for target in columns.targets:
        column = printed_name(table.header[target])
        wide = column if alone else f"{stem(table.file)}/{column}"
        name = wide if len(columns.targets) > 1 else printed_name(stem(table.file))
        try:
            values = values_of_target(table, target, selection)
            rows = TargetRows(table, columns, target, dates.ds, values, observed, known, categorical)
            changed = missing_mark_findings(table.columns[target], values)
            if aggregation is not None:
                rows, became = aggregate_rows(rows, aggregation, dates.zone, drop_last=selection.drop_last)
                changed += became
            found, errors, noticed = series_of_rows(rows, name, repair, learn)
        except InputRefusedError as error:
            if len(columns.targets) == 1:
                raise
            refused[name] = error
            continue
        findings += (*(each for each in changed if each not in findings), *noticed)
        series.extend(found)
        refused |= errors
    if selection.drop_last:
        series, single, dropped = drop_last_rows(series, table.place())
        refused |= single
        findings.extend(dropped)
    style = dates.style if aggregation is None else aggregation.style(dates.style)
    return FileContent(series, refused, findings, used, style, covariates)
