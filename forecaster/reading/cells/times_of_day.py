"""Times of day in a column beside the dates, as trading programs write them: the two make the time stamps together.

Such a column is found by its content: most of its cells are times of day, with colons between the digits, or digits
alone under a name that says so.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code
from forecaster.reading.cells.column import DIGITS, Cells, cells_of
from forecaster.reading.cells.date_candidates import SAMPLED, date_candidates
from forecaster.reading.cells.date_patterns import date_patterns
from forecaster.reading.cells.dates import ISO, ParsedDates
from forecaster.reading.cells.time_style import Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Ints
    from forecaster.errors import InputRefusedError
    from forecaster.reading.tables.table import Table


CLOCK = re.compile(r"00?:00(?::00(?:[.,]0{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?")
NAMES = dict.fromkeys(("time", "clock", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd", "czas"), "0000(?:00)?")
NAMES |= dict.fromkeys(("hour", "hr", "stunde"), "00?")
"""What digits alone look like under a name that says what they are."""
DAY = "2000-01-01"
"""Any day: a time of day is read as one on it."""
REMEDY = "write times of day as 09:30 or 09:30:00, all in one format"


def is_clock(name: str, cells: Sequence[str]) -> bool:
    """Return whether most of a sample of the cells of the column `name` are times of day."""
    sample = [cell.translate(DIGITS) for cell in cells[:: max(1, len(cells) // SAMPLED)]]
    patterns = (CLOCK, re.compile(NAMES.get(name.lower(), CLOCK.pattern)))
    return any(2 * sum(map(bool, map(pattern.fullmatch, sample))) > len(sample) for pattern in patterns)


def with_clock(table: Table, dates: ParsedDates, clock: int) -> ParsedDates:
    """Return dates with the times of day of a column.

    Raises:
        InputRefusedError: A cell is no time of day, or the rows differ in format.

    """
    cells = cells_of(table, clock)
    dated = replace(cells, texts=tuple(f"{DAY} {text}" for text in cells.texts))
    found = date_candidates(dated.texts, dated.shapes, date_patterns())
    if not found or not found[0].layout.startswith(f"{ISO} "):
        raise _refused(cells, np.arange(len(cells.texts)))
    reading = found[0]
    zoned = any("z" in match.spans for match in reading.matches.values())
    wrong = np.flatnonzero(~reading.instants.sound | zoned)
    if len(wrong):
        raise _refused(cells, wrong)
    of_day = reading.instants.wall - np.datetime64(DAY)
    layout = f"{dates.layout} {reading.layout.removeprefix(f'{ISO} ')}"
    return ParsedDates(dates.ds + of_day[cells.numbers], layout, Style(layout, dates.style.zone), dates.findings)


def _refused(cells: Cells, wrong: Ints) -> InputRefusedError:
    return cells.refusal(wrong, lambda _: "is no time of day like those of other rows", REMEDY, Code.DATE)
