"""Times of day in a column beside the dates, as trading programs write them: the two make the time stamps together.

Such a column is found by its content: most of its cells are times of day, with colons between the digits, or digits
alone under a name that says so.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.dates import ISO, Stamps
from forecaster.data.layouts import layouts
from forecaster.data.readings import SAMPLED, readings
from forecaster.data.shapes import DIGITS, Cells, cells_of
from forecaster.data.styles import Style
from forecaster.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.data.table import Table

    Integers = NDArray[np.int64]

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


def find_clock(table: Table, time: int) -> int | None:
    """Return the column of the times of day that belong to the dates in column `time`; None if there is none.

    Raises:
        InputRefusedError: There are several.

    """
    found = [i for i, cells in enumerate(table.columns) if i != time and is_clock(table.header[i], cells)]
    if len(found) > 1:
        what = f"there are {len(found)} columns of times of day: {', '.join(map(table.name, found))}"
        remedy = f"name the dates and the times of day with --time, as {table.name(time)}+{table.name(found[0])}"
        raise InputRefusedError(what, remedy, table.place(), code="COLUMN")
    return found[0] if found else None


def with_clock(table: Table, dates: Stamps, clock: int) -> Stamps:
    """Return dates with the times of day of a column.

    Raises:
        InputRefusedError: A cell is no time of day, or the rows differ in format.

    """
    cells = cells_of(table, clock)
    dated = replace(cells, texts=tuple(f"{DAY} {text}" for text in cells.texts))
    found = readings(dated.texts, dated.shapes, layouts())
    if not found or not found[0].layout.startswith(f"{ISO} "):
        raise _refused(cells, np.arange(len(cells.texts)))
    reading = found[0]
    zoned = any("z" in match.spans for match in reading.matches.values())
    wrong = np.flatnonzero(~reading.instants.sound | zoned)
    if len(wrong):
        raise _refused(cells, wrong)
    of_day = reading.instants.wall - np.datetime64(DAY)
    layout = f"{dates.layout} {reading.layout.removeprefix(f'{ISO} ')}"
    return Stamps(dates.ds + of_day[cells.numbers], layout, Style(layout, dates.style.zone), dates.findings)


def _refused(cells: Cells, wrong: Integers) -> InputRefusedError:
    return cells.refusal(wrong, lambda _: "is no time of day like those of other rows", REMEDY, "DATE")
