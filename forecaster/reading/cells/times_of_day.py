"""Times of day in a column of their own, as trading programs write them: with the dates they make the time stamps.

Most cells of such a column are times of day, with colons between the digits, or digits alone under a name that says so.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code
from forecaster.reading.cells.column import DIGITS, by_shape
from forecaster.reading.cells.date_candidates import SAMPLED_DATES, date_candidates
from forecaster.reading.cells.date_formats import ISO
from forecaster.reading.cells.date_patterns import date_patterns

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.errors import InputRefusedError
    from forecaster.reading.cells.column import Column
    from forecaster.reading.cells.dates import ParsedDates

CLOCK = re.compile(r"00?:00(?::00(?:[.,]0{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?")
NAMES = dict.fromkeys(("time", "clock", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd", "czas"), "0000(?:00)?")
NAMES |= dict.fromkeys(("hour", "hr", "stunde"), "00?")
"""What digits alone look like under a name that says what they are."""
ANY_DAY = "2000-01-01"
"""A time of day is read as one of this day, which could be any other."""
REMEDY = "write times of day as 09:30 or 09:30:00, all in one format"


def is_time_of_day(column: Column) -> bool:
    """Return whether most of a sample of the cells are times of day."""
    shapes = [cell.translate(DIGITS) for cell in column.sample(SAMPLED_DATES)]
    patterns = (CLOCK, re.compile(NAMES.get(column.name.lower(), CLOCK.pattern)))
    return any(2 * sum(map(bool, map(pattern.fullmatch, shapes))) > len(shapes) for pattern in patterns)


def with_times_of_day(dates: ParsedDates, column: Column) -> ParsedDates:
    """Return dates with the times of day of a column.

    Raises:
        InputRefusedError: A cell is no time of day, or the rows differ in format.

    """
    texts = tuple(f"{ANY_DAY} {text}" for text in column.texts)
    candidates = date_candidates(texts, by_shape(texts), date_patterns())
    if not candidates or not candidates[0].date_format.startswith(f"{ISO} "):
        raise _refusal(column, np.arange(len(texts)))
    found = candidates[0]
    zoned = any("z" in match.spans for match in found.matches.values())
    wrong = np.flatnonzero(~found.timestamps.valid | zoned)
    if len(wrong):
        raise _refusal(column, wrong)
    of_day = found.timestamps.wall - np.datetime64(ANY_DAY)
    date_format = f"{dates.date_format} {found.date_format.removeprefix(f'{ISO} ')}"
    return replace(dates, ds=dates.ds + of_day[column.codes], date_format=date_format)


def _refusal(column: Column, wrong: Ints) -> InputRefusedError:
    return column.refusal(wrong, lambda _: "is no time of day like those of other rows", REMEDY, Code.DATE)
