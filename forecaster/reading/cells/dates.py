"""Cells to time stamps: one format that every row of a column proves, or a refusal with the line.

Time stamps are `datetime64[us]`, or int64 for columns that only count their steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.local_time import is_named_zone
from forecaster.calendars.schedule import UTC
from forecaster.calendars.units import EARLIEST_YEAR, LATEST_YEAR
from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.reading.cells.centuries import is_in_order, resolve_centuries
from forecaster.reading.cells.column import by_shape, coarsest_unit
from forecaster.reading.cells.date_candidates import SAMPLED_DATES, DateCandidate, date_candidates, has_even_clock
from forecaster.reading.cells.date_formats import ISO, parse_date_format, shape_pattern
from forecaster.reading.cells.date_patterns import date_patterns, match_shape
from forecaster.reading.cells.epochs import mixed_units, read_epochs
from forecaster.reading.cells.month_names import with_english_months
from forecaster.reading.cells.periods import begin_of_period, with_begins
from forecaster.reading.cells.time_style import ISO_FORMATS, TimeStyle, from_utc, to_utc
from forecaster.reading.cells.time_zones import ZONE_NAME, resolve_zone, without_zone_name
from forecaster.reading.cells.unsupported_dates import (
    FOREIGN_NAME,
    REMEDY,
    Reason,
    has_foreign_name,
    offered_formats,
    reason_unread,
    remedy_for_other_format,
    two_digit_formats,
)
from forecaster.reading.cells.year_spans import refuse_year_spans
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.reading.cells.column import Column

COUNTED = "whole numbers"
INTEGER = re.compile("[+-]?[0-9]{1,9}")
DAY_WITH_DOT = re.compile(r"DD?\. ?MM?\.")
"""Dates with dots have the day first: no country writes the month first with dots."""
SPREADSHEET_DAYS = (20_000, 80_000)
"""Day numbers of a spreadsheet from 1954 to 2119; smaller and larger whole numbers may count steps."""


@dataclass(frozen=True)
class ParsedDates:
    """Time stamps of a column, (R,), `datetime64[us]` or int64, their format for messages, zone and findings.

    `standard` says whether they are in the standard time of a zone with daylight saving time. Where names of months
    were `translated`, more of them are written in ISO: the format has English names.
    """

    ds: NDArray[Any]
    date_format: str
    zone: str = ""
    findings: tuple[Finding, ...] = ()
    standard: bool = False
    translated: bool = False

    @property
    def style(self) -> TimeStyle:
        """How to write more of them."""
        iso = self.translated or self.date_format in {ISO, COUNTED}
        return TimeStyle("" if iso else self.date_format, self.zone, self.standard)

    def on_clock_of(self, style: TimeStyle) -> ParsedDates:
        """Return the time stamps on the clock of a style; without a zone of their own they are local."""
        both = self.zone and style.zone
        if not (both or is_named_zone(style.zone)) or (self.zone, self.standard) == (style.zone, style.standard):
            return self
        ds = from_utc(to_utc(self.ds, self.style if self.zone else TimeStyle(zone=style.zone)), style)
        return replace(self, ds=ds, zone=style.zone, standard=style.standard)


def parse_dates(column: Column, date_format: str | None = None) -> ParsedDates:
    """Return the time stamps of a column; its format, in words or letters of strftime, is proven from the rows if None.

    Raises:
        InputRefusedError: A cell is no date, the rows differ in format, or day and month cannot be told apart.
        UsageError: There is no such format.

    """
    if date_format is None and (typed := _typed_dates(column)):
        return typed
    if date_format is None:
        refuse_year_spans(column)
    column, zoned = without_zone_name(with_begins(column))
    if zoned:
        dates = parse_dates(column, date_format)
        return replace(dates, findings=(*zoned, *dates.findings))
    if date_format is not None and (english := with_english_months(column)) is not column:
        return replace(parse_dates(english, date_format), translated=True)
    patterns = date_patterns() if date_format is None else (shape_pattern(parse_date_format(date_format)),)
    candidates = date_candidates(column.texts, column.shapes, patterns)
    candidates = [each for each in candidates if each.likely or date_format]
    if candidates:
        return _prove_dates(column, candidates)
    if date_format is not None:
        unlike = [shape for shape in column.shapes if not match_shape(patterns[0], shape)]
        fault = f"is not written as {shown(date_format)}"
        remedy = "name the format of the file with --date-format"
        raise column.refusal(_indices(column, unlike), lambda _: fault, remedy, Code.DATE)
    return _parse_number_dates(column)


def is_dated(column: Column) -> bool:
    """Return whether all cells are dates in one format; numbers that count steps are not."""
    if column.times is not None:
        return not np.isnat(column.times).any()
    if len(column.lines) > 2 * SAMPLED_DATES:
        sample = tuple(dict.fromkeys(map(str.strip, column.sample(SAMPLED_DATES))))
        begins = tuple(ZONE_NAME.sub("", begin_of_period(text)) for text in sample)
        if not _are_dates(begins, by_shape(begins)):
            return False
    plain = without_zone_name(with_begins(column))[0]
    return _are_dates(plain.texts, plain.shapes)


def _are_dates(texts: Sequence[str], shapes: dict[str, Ints]) -> bool:
    """Return whether distinct cells, n of them, are all dates in one format."""
    likely = [each for each in date_candidates(texts, shapes, date_patterns()) if each.likely]
    if likely:
        return len(likely[0].matches) == len(shapes)
    epochs = read_epochs(texts)  # they must rise or fall, as other large numbers hardly do
    return epochs is not None and bool(epochs.valid.all()) and is_in_order(epochs.stamps)


def mixes_units(column: Column) -> bool:
    """Return whether the cells are times since 1970 of different units, which are refused."""
    return column.times is None and bool(mixed_units(column.sample(SAMPLED_DATES))) and bool(mixed_units(column.texts))


def _typed_dates(column: Column) -> ParsedDates | None:
    """Return the times of a typed column; None if it is no such column, or one is missing or outside the years."""
    ds = column.times
    if ds is None or np.isnat(ds).any():
        return None
    years = ds.astype("datetime64[Y]").astype(np.int64) + 1970
    if years.min() < EARLIEST_YEAR or years.max() > LATEST_YEAR:
        return None
    return ParsedDates(ds, ISO_FORMATS[coarsest_unit(ds)].replace(" ", "T"))


def _prove_dates(column: Column, candidates: list[DateCandidate]) -> ParsedDates:
    """Return the time stamps of a column of which the candidates are all meanings."""
    _refuse_other_formats(column, max(candidates, key=attrgetter("valid_cells")))
    chosen, by_order = _choose_candidate(column, candidates)
    if not chosen.timestamps.valid.all():
        raise _invalid_dates(column, chosen)
    chosen, by_rows = resolve_centuries(column, chosen)
    zoned = resolve_zone(column, chosen)
    findings = (*by_order, *by_rows, *zoned.findings)
    return ParsedDates(zoned.ds[column.codes], chosen.date_format, zoned.zone, findings, zoned.standard)


def _indices(column: Column, shapes: Sequence[str]) -> list[int]:
    """Return the places of the distinct cells that have one of the shapes."""
    return [index for shape in shapes for index in column.shapes[shape].tolist()]


def _refuse_other_formats(column: Column, candidate: DateCandidate) -> None:
    """Refuse cells that do not follow the format of most."""
    others = _indices(column, [shape for shape in column.shapes if shape not in candidate.matches])
    if not others:
        return
    unlike = f"is not written as {candidate.date_format} like the other rows"
    remedy = remedy_for_other_format(column.texts[min(others)])
    raise column.refusal(
        others, lambda i: FOREIGN_NAME.fault if has_foreign_name(column.texts[i]) else unlike, remedy, Code.DATE
    )


def _choose_candidate(column: Column, candidates: list[DateCandidate]) -> tuple[DateCandidate, tuple[Finding, ...]]:
    """Return the only candidate that the rows allow, and a finding if only their order proves it."""
    valid = [each for each in candidates if each.timestamps.valid.all()]
    if len(valid) == 1 or len(candidates) == 1:
        only = (valid or candidates)[0]
        _refuse_swapped_days(column, only, [each for each in candidates if each is not only])
        return only, ()
    if not valid:
        _refuse_contradiction(column, candidates[0], candidates[1])
        return max(candidates, key=attrgetter("valid_cells")), ()
    first, second = valid[:2]
    differ = np.flatnonzero(first.timestamps.wall != second.timestamps.wall)
    if not len(differ):
        return next((each for each in valid if DAY_WITH_DOT.match(each.date_format)), first), ()
    rising = [each for each in valid if is_in_order(each.timestamps.wall[column.codes])]
    if len(rising) > 1 and (dotted := [each for each in rising if DAY_WITH_DOT.match(each.date_format)]):
        return dotted[0], ()
    if (
        len(rising) > 1
        and len(even := [each for each in rising if has_even_clock(each.timestamps.wall[column.codes])]) == 1
    ):
        text = f"only the equal steps show that the dates are {even[0].date_format}"
        return even[0], (Finding(Code.DATE_ORDER, text, column.place(), _confirm(even[0])),)
    if len(rising) != 1:
        raise _ambiguous_date(column, first, second, int(differ[0]))
    text = f"only the order of the rows shows that the dates are {rising[0].date_format}"
    return rising[0], (Finding(Code.DATE_ORDER, text, column.place(), _confirm(rising[0])),)


def _confirm(candidate: DateCandidate) -> str:
    return f"use --date-format '{candidate.date_format}' to be sure"


def _refuse_swapped_days(column: Column, chosen: DateCandidate, others: Sequence[DateCandidate]) -> None:
    """Refuse dates in which a spreadsheet swapped day and month where it could: swapped back, the rows are in order."""
    wall = chosen.timestamps.wall
    for other in others:
        swappable = other.timestamps.valid & (other.timestamps.wall != wall)
        swapped = np.where(swappable, other.timestamps.wall, wall)
        if swappable.any() and not is_in_order(wall[column.codes]) and is_in_order(swapped[column.codes]):
            fault = f"is out of order as {chosen.date_format}"
            fault += f", and the rows are in order if such dates are {other.date_format}"
            remedy = "export the dates again without opening them in a spreadsheet, or sort the rows if they are right"
            raise column.refusal_of(int(np.argmax(swappable)), fault, remedy, Code.DATE_AMBIGUOUS)


def _refuse_contradiction(column: Column, month_first: DateCandidate, day_first: DateCandidate) -> None:
    """Refuse a column in which some rows prove that the day is first, and others that the month is."""
    month, day = (each.timestamps.valid for each in (month_first, day_first))
    if not ((month & ~day).any() and (day & ~month).any()):
        return
    first, other = int(np.argmax(day & ~month)), int(np.argmax(month & ~day))
    fault = f"has the day first and {column.quoted(other)} the month"
    raise column.refusal_of(first, fault, REMEDY, Code.DATE_AMBIGUOUS)


def _ambiguous_date(column: Column, first: DateCandidate, second: DateCandidate, index: int) -> InputRefusedError:
    one, other = (str(each.timestamps.wall[index].astype("datetime64[D]")) for each in (first, second))
    remedy = f"say which with --date-format '{first.date_format}' or --date-format '{second.date_format}'"
    return column.refusal_of(index, f"may be {one} or {other}, and no row shows which", remedy, Code.DATE_AMBIGUOUS)


def _invalid_dates(column: Column, candidate: DateCandidate) -> InputRefusedError:
    stamps = candidate.timestamps
    wrong = np.flatnonzero(~stamps.valid)
    code = Code.DATE_RANGE if stamps.exists[wrong[0]] and not stamps.in_range[wrong[0]] else Code.DATE
    return column.refusal(wrong, lambda i: f"{stamps.fault(i)}, read as {candidate.date_format}", REMEDY, code)


def _parse_number_dates(column: Column) -> ParsedDates:
    """Return the time stamps of a column of numbers: times since 1970, or steps."""
    units = mixed_units(column.texts)
    if units:
        other = next(i for i, unit in enumerate(units) if unit != units[0])
        fault = f"counts {units[other]} since 1970, and {column.quoted(other - 1)} counts {units[0]}"
        raise column.refusal_of(other, fault, "write all times in one unit", Code.DATE)
    epochs = read_epochs(column.texts)
    if epochs is None:
        return ParsedDates(_parse_steps(column)[column.codes], COUNTED)
    if not epochs.valid.all():
        fault = f"is not a number of {epochs.date_format} like the other rows"
        raise column.refusal(np.flatnonzero(~epochs.valid), lambda _: fault, REMEDY, Code.DATE)
    return ParsedDates(epochs.stamps[column.codes], epochs.date_format, UTC)


def _parse_steps(column: Column) -> Ints:
    """Return the distinct cells of a column of whole numbers, (n,)."""
    wrong = [i for i, text in enumerate(column.texts) if not INTEGER.fullmatch(text)]
    if wrong:
        first = _reason_of_column(column, reason_unread(column.texts[wrong[0]]))
        raise column.refusal(wrong, lambda i: reason_unread(column.texts[i]).fault, first.remedy, first.code)
    counts = np.array([int(text) for text in column.texts], dtype=np.int64)
    if (fault := _fault_of_steps(counts, column.name)) is not None:
        what, remedy, code = fault
        raise InputRefusedError(f"the numbers {what}", remedy, column.place(), code=code)
    return counts


def _reason_of_column(column: Column, reason: Reason) -> Reason:
    """Return the reason why the first cell is not read, with the only format that all cells allow, if there is one."""
    if reason.code != Code.DATE_AMBIGUOUS:
        return reason
    formats = [each for each in two_digit_formats(column.texts[0]) if follows_format(column, each, in_order=True)]
    return reason._replace(remedy=f"read it with {offered_formats(formats)}") if len(formats) == 1 else reason


def follows_format(column: Column, date_format: str, *, in_order: bool = False) -> bool:
    """Return whether all cells are dates of a format, and rise or fall if they must be `in_order`."""
    try:
        dates = parse_dates(column, date_format)
    except InputRefusedError:
        return False
    return not in_order or is_in_order(dates.ds)


def _fault_of_steps(counts: Ints, name: str) -> tuple[str, str, Code] | None:
    """Return what numbers that count no steps look like, what to do, and the code; None if they may count steps."""
    if counts.min() >= SPREADSHEET_DAYS[0] and counts.max() < SPREADSHEET_DAYS[1]:
        return "look like day numbers of a spreadsheet", "format the column as dates before the export", Code.DATE
    month, day = counts // 100 % 100, counts % 100
    if counts.min() >= EARLIEST_YEAR * 100 and counts.max() < (LATEST_YEAR + 1) * 100 and _all_from_1_to(12, day):
        return "look like years and months in one number", "read them so with --date-format YYYYMM", Code.DATE
    even = len(counts) > 1 and len(np.unique(np.diff(counts))) == 1
    six_digits = counts.min() > 10_000 and counts.max() < 1_000_000
    if six_digits and not even and _all_from_1_to(12, month) and _all_from_1_to(31, day):
        return "look like dates with two-digit years", "read them so with --date-format YYMMDD", Code.DATE_AMBIGUOUS
    if "date" in name.lower() and not even and counts.max() > LATEST_YEAR:
        return "are not dates", f"{REMEDY}, or call the column step if it counts steps", Code.DATE
    return None


def _all_from_1_to(most: int, numbers: Ints) -> bool:
    return bool(((numbers >= 1) & (numbers <= most)).all())
