"""Text cells to time stamps: one format that every row of a column proves, or a refusal with the line.

Time stamps are `datetime64[us]`, or int64 for columns that only count their steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.reading.cells.column import DIGITS, Cells, by_shape, cells_of
from forecaster.reading.cells.date_candidates import SAMPLED, DateCandidate, date_candidates
from forecaster.reading.cells.date_formats import layout_of, pattern_of
from forecaster.reading.cells.date_patterns import date_patterns, find
from forecaster.reading.cells.epochs import read_epochs
from forecaster.reading.cells.time_style import Style
from forecaster.reading.cells.time_zones import zone_of
from forecaster.reading.cells.timestamps import EARLIEST_YEAR, LATEST_YEAR
from forecaster.reading.cells.unsupported_dates import (
    FOREIGN,
    LONGEST,
    REMEDY,
    foreign,
    looks_unread,
    reason,
)
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.reading.tables.table import Table

ISO, COUNTED = "YYYY-MM-DD", "whole numbers"
INTEGER = re.compile("[+-]?[0-9]{1,9}")
NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")
BARE = re.compile(
    r"(1[5-9]|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([0-9]{2}){0,3}"
    r"|[1-9][0-9]{7}0|[12][0-9]{9}([0-9]{3}){0,3}(\.[0-9]*)?"
)
"""Digits alone that look like a date or like a time since 1970."""


@dataclass(frozen=True)
class ParsedDates:
    """Time stamps of a column.

    Attributes:
        ds: (R,), `datetime64[us]` or int64, in the order of the rows.
        layout: How they are written, for messages.
        style: How they are written, for writing more of them.
        findings: What the user should know.

    """

    ds: NDArray[Any]
    layout: str
    style: Style = field(default_factory=Style)
    findings: tuple[Finding, ...] = ()


def parse_dates(table: Table, column: int, date_format: str | None = None) -> ParsedDates:
    """Return the time stamps of a column.

    Args:
        table: The text of the file.
        column: Which column holds the dates.
        date_format: How they are written, in words or in the letters of strftime; proven from the rows if None.

    Raises:
        InputRefusedError: A cell is no date, the rows differ in format, or day and month cannot be told apart.
        UsageError: There is no such format.

    """
    cells = cells_of(table, column)
    patterns = date_patterns() if date_format is None else (pattern_of(layout_of(date_format)),)
    found = [each for each in date_candidates(cells.texts, cells.shapes, patterns) if each.likely or date_format]
    if found:
        return _stamps(cells, found)
    if date_format is not None:
        others = [int(i) for shape, places in cells.shapes.items() if not find(patterns[0], shape) for i in places]
        fault = f"is not written as {shown(date_format)}"
        raise cells.refusal(others, lambda _: fault, "name the format of the file with --date-format", Code.DATE)
    return _numbered(cells)


def is_dated(cells: Sequence[str]) -> bool:
    """Return whether all cells are dates in one format; numbers that count steps are not.

    Times since 1970 must rise or fall, as other large numbers hardly do.
    """
    if len(cells) > 2 * SAMPLED and not is_dated(cells[:: len(cells) // SAMPLED]):
        return False
    texts = tuple(dict.fromkeys(cell.strip() for cell in cells))
    shapes = by_shape(texts)
    found = [each for each in date_candidates(texts, shapes, date_patterns()) if each.likely]
    if found:
        return len(found[0].matches) == len(shapes)
    epochs = read_epochs(texts)
    return epochs is not None and bool(epochs.sound.all()) and _ordered(epochs.stamps)


def looks_dated(cell: str) -> bool:
    """Return whether a cell alone could be a date, also in a layout that is refused later."""
    text = cell.strip()
    if len(text) > LONGEST:
        return False
    if NUMBER.fullmatch(text):
        return BARE.fullmatch(text) is not None
    return _shape_looks_dated(text.translate(DIGITS))


@lru_cache(maxsize=10_000)
def _shape_looks_dated(shape: str) -> bool:
    return any(find(pattern, shape) for pattern in date_patterns()) or looks_unread(shape)


def _stamps(cells: Cells, found: list[DateCandidate]) -> ParsedDates:
    """Return the time stamps of a column from what its cells may mean."""
    _refuse_others(cells, max(found, key=lambda each: int(each.instants.sound.sum())))
    reading, ordered = _weighed(cells, found)
    if not reading.instants.sound.all():
        raise _unsound(cells, reading)
    ds, zone, zoned = zone_of(cells, reading)
    style = Style("" if reading.layout == ISO else reading.layout, zone)
    return ParsedDates(ds[cells.numbers], reading.layout, style, (*ordered, *zoned))


def _refuse_others(cells: Cells, reading: DateCandidate) -> None:
    """Refuse cells that do not follow the layout of most."""
    others = [int(i) for shape, places in cells.shapes.items() if shape not in reading.matches for i in places]
    if not others:
        return

    def fault(number: int) -> str:
        unlike = f"is not written as {reading.layout} like the other rows"
        return FOREIGN.fault if foreign(cells.texts[number]) else unlike

    remedy = FOREIGN.remedy if foreign(cells.texts[min(others)]) else REMEDY
    raise cells.refusal(others, fault, remedy, Code.DATE)


def _weighed(cells: Cells, found: list[DateCandidate]) -> tuple[DateCandidate, tuple[Finding, ...]]:
    """Return the only reading that the rows allow, and what it rests on if that is their order alone."""
    sound = [each for each in found if each.instants.sound.all()]
    if len(sound) == 1 or len(found) == 1:
        only = (sound or found)[0]
        _refuse_exchanged(cells, only, [each for each in found if each is not only])
        return only, ()
    if not sound:
        _refuse_contradiction(cells, found[0], found[1])
        return max(found, key=lambda each: int(each.instants.sound.sum())), ()
    first, second = sound[:2]
    differ = np.flatnonzero(first.instants.wall != second.instants.wall)
    if not len(differ):
        return first, ()
    rising = [each for each in sound if _ordered(each.instants.wall[cells.numbers])]
    if len(rising) != 1:
        raise _tie(cells, first, second, int(differ[0]))
    text = f"day and month are told apart by the order of the rows alone, as {rising[0].layout}"
    remedy = f"give --date-format '{rising[0].layout}' to be sure"
    return rising[0], (Finding(Code.DATE_ORDER, text, cells.table.place(None, cells.column), remedy),)


def _refuse_exchanged(cells: Cells, reading: DateCandidate, others: Sequence[DateCandidate]) -> None:
    """Refuse dates of which a spreadsheet has exchanged day and month where it could: exchanged again, they rise."""
    read = reading.instants.wall
    for other in others:
        may = other.instants.sound & (other.instants.wall != read)
        again = np.where(may, other.instants.wall, read)
        if may.any() and not _ordered(read[cells.numbers]) and _ordered(again[cells.numbers]):
            fault = f"is out of order as {reading.layout}, and the rows are in order if such dates are {other.layout}"
            remedy = "export the dates again without opening them in a spreadsheet, or sort the rows if they are right"
            raise cells.refusal_of(int(np.argmax(may)), fault, remedy, Code.DATE_AMBIGUOUS)


def _ordered(ds: NDArray[Any]) -> bool:
    """Return whether time stamps never fall, or never rise."""
    steps = np.diff(ds).astype(np.int64)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _refuse_contradiction(cells: Cells, month_first: DateCandidate, day_first: DateCandidate) -> None:
    """Refuse rows of which some prove that the day is first, and some the month."""
    month, day = (each.instants.sound for each in (month_first, day_first))
    if not ((month & ~day).any() and (day & ~month).any()):
        return
    first, other = int(np.argmax(day & ~month)), int(np.argmax(month & ~day))
    fault = f"has the day first and {cells.quoted(other)} the month"
    raise cells.refusal_of(first, fault, REMEDY, Code.DATE_AMBIGUOUS)


def _tie(cells: Cells, first: DateCandidate, second: DateCandidate, number: int) -> InputRefusedError:
    one, other = (str(each.instants.wall[number].astype("datetime64[D]")) for each in (first, second))
    remedy = f"say which with --date-format '{first.layout}' or '{second.layout}'"
    return cells.refusal_of(number, f"may be {one} or {other}, and no row tells which", remedy, Code.DATE_AMBIGUOUS)


def _unsound(cells: Cells, reading: DateCandidate) -> InputRefusedError:
    instants = reading.instants
    wrong = np.flatnonzero(~instants.sound)
    late = instants.exists[wrong[0]] and not instants.inside[wrong[0]]
    return cells.refusal(
        wrong,
        lambda i: f"{instants.fault(i)}, read as {reading.layout}",
        REMEDY,
        Code.DATE_RANGE if late else Code.DATE,
    )


def _numbered(cells: Cells) -> ParsedDates:
    """Return the time stamps of a column of numbers: times since 1970, or steps."""
    epochs = read_epochs(cells.texts)
    if epochs is not None:
        if not epochs.sound.all():
            fault = f"is not a number of {epochs.layout} like the other rows"
            raise cells.refusal(np.flatnonzero(~epochs.sound), lambda _: fault, REMEDY, Code.DATE)
        return ParsedDates(epochs.stamps[cells.numbers], epochs.layout, Style(epochs.layout, "UTC"))
    return ParsedDates(_counts(cells)[cells.numbers], COUNTED)


def _counts(cells: Cells) -> Ints:
    """Return a column of whole numbers as int64."""
    wrong = [i for i, text in enumerate(cells.texts) if not INTEGER.fullmatch(text)]
    if wrong:
        first = reason(cells.texts[wrong[0]])
        raise cells.refusal(wrong, lambda i: reason(cells.texts[i]).fault, first.remedy, first.code)
    counts = np.array([int(text) for text in cells.texts], dtype=np.int64)
    fault = _not_steps(counts, cells.table.header[cells.column])
    if fault is not None:
        what, remedy, code = fault
        raise InputRefusedError(f"the numbers {what}", remedy, cells.table.place(None, cells.column), code=code)
    return counts


def _not_steps(counts: Ints, name: str) -> tuple[str, str, Code] | None:
    """Return what numbers look like that count no steps, what to do, and the code."""
    if counts.min() >= 20_000 and counts.max() < 80_000:
        return "look like day numbers of a spreadsheet", "format the column as dates before the export", Code.DATE
    month, day = counts // 100 % 100, counts % 100
    if counts.min() >= EARLIEST_YEAR * 100 and counts.max() < (LATEST_YEAR + 1) * 100 and _within(day, 12):
        return "look like years and months in one number", "read them so with --date-format YYYYMM", Code.DATE
    even = len(counts) > 1 and len(np.unique(np.diff(counts))) == 1
    if counts.min() > 10_000 and counts.max() < 1_000_000 and not even and _within(month, 12) and _within(day, 31):
        return "look like dates with years of two digits", "read them so with --date-format YYMMDD", Code.DATE_AMBIGUOUS
    if "date" in name.lower() and not even and counts.max() > LATEST_YEAR:
        return "are no dates", f"{REMEDY}, or call the column step if it counts steps", Code.DATE
    return None


def _within(numbers: Ints, most: int) -> bool:
    return bool(((numbers >= 1) & (numbers <= most)).all())
