"""Times of day in a column of their own, as trading programs write them: with the dates they make the time stamps.

Most cells of such a column are times of day, with colons between the digits, or digits alone under a name that says so.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, Finding
from forecaster.reading.cells.column import by_shape, shapes_of
from forecaster.reading.cells.date_candidates import SAMPLED_DATES, date_candidates
from forecaster.reading.cells.date_formats import ISO
from forecaster.reading.cells.date_patterns import date_patterns
from forecaster.reading.cells.dates import parse_dates

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.errors import InputRefusedError
    from forecaster.reading.cells.column import Column
    from forecaster.reading.cells.dates import ParsedDates

CLOCK = re.compile(r"00?:00(?::00(?:[.,]0{1,9})?)?(?: ?[AaPp](?:\.?[Mm]\.?)?)?")
NAMES = dict.fromkeys(("time", "clock", "uhrzeit", "zeit", "tijd", "czas"), "0000(?:00)?")
NAMES |= dict.fromkeys(("heure", "hora", "ora"), "00?|0000(?:00)?")
HOUR_NAMES = ("hour", "hr", "hour ending", "hour_ending", "hourending", "he", "hour of day", "hour_of_day", "stunde")
NAMES |= dict.fromkeys((*HOUR_NAMES, "heures", "horas", "ore", "uur", "timme", "time of day", "godzina"), "00?")
"""What digits alone look like under a name that says what they are."""
END_OF_DAY, MIDNIGHT = (re.compile(rf"{hour}(?::?00)?(?::?00)?(?:[.,]0+)?") for hour in ("24", "00?"))
"""The end of a day as exchanges and grids of electricity write it, and its beginning."""
END_BEHIND_DATE, MIDNIGHT_BEHIND_DATE = (
    re.compile(rf"(\d[ T]){hour}(:00(?::00)?(?:[.,]0+)?)$") for hour in ("24", "00?")
)
"""The same behind a date in one cell."""
ANY_DAY = "2000-01-01"
"""A time of day is read as one of this day, which could be any other."""
REMEDY = "write times of day as 09:30 or 09:30:00, all in one format"


def is_time_of_day(column: Column) -> bool:
    """Return whether most of a sample of the cells are times of day."""
    shapes = Counter(shapes_of(column.sample(SAMPLED_DATES)))
    patterns = (CLOCK, re.compile(NAMES.get(column.name.lower(), CLOCK.pattern)))
    fitting = (sum(count for shape, count in shapes.items() if pattern.fullmatch(shape)) for pattern in patterns)
    return any(2 * count > shapes.total() for count in fitting)


def parse_dates_to_24(column: Column, date_format: str | None) -> ParsedDates:
    """Return the time stamps of a column, as `parse_dates`; 24:00 is 0:00 of the next day if no time is 0:00.

    Raises:
        InputRefusedError: See `parse_dates`.

    """
    ends = ["24:00" in text and END_BEHIND_DATE.search(text) is not None for text in column.texts]
    if not any(ends) or any(map(MIDNIGHT_BEHIND_DATE.search, column.texts)):
        return parse_dates(column, date_format)
    cells = [END_BEHIND_DATE.sub(r"\g<1>00\g<2>", text) for text in column.texts]
    early = replace(column, data=tuple(cells[code] for code in column.codes.tolist()))
    dates = parse_dates(early, date_format)
    ds = dates.ds + np.array(ends)[column.codes] * np.timedelta64(1, "D")
    return replace(dates, ds=ds, findings=(*dates.findings, _ends_of_hours(column)))


def with_times_of_day(dates: ParsedDates, column: Column) -> ParsedDates:
    """Return dates with the times of day of a column; 24:00 is 0:00 of the next day if no time is 0:00.

    Raises:
        InputRefusedError: A cell is no time of day, or the rows differ in format.

    """
    ends = [END_OF_DAY.fullmatch(text) is not None for text in column.texts]
    ends_of_hours = any(ends) and not any(map(MIDNIGHT.fullmatch, column.texts))
    clock = [f"00{text[2:]}" if ends_of_hours and end else text for text, end in zip(column.texts, ends, strict=True)]
    texts = tuple(f"{ANY_DAY} {text}" for text in clock)
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
    if not ends_of_hours:
        return replace(dates, ds=dates.ds + of_day[column.codes], date_format=date_format)
    of_day = of_day + np.array(ends) * np.timedelta64(1, "D")
    date_format = f"{dates.date_format} HH:MM" if date_format.endswith("H") else date_format
    ds = dates.ds + of_day[column.codes]
    return replace(dates, ds=ds, date_format=date_format, findings=(*dates.findings, _ends_of_hours(column)))


def _ends_of_hours(column: Column) -> Finding:
    """Return the finding that times are the ends of hours."""
    text = "times of day up to 24 are ends of hours: 24 is 0:00 of the next day"
    return Finding(Code.CHOSEN, text, column.place(), "write 0 to 23 if they are beginnings of hours")


def _refusal(column: Column, wrong: Ints) -> InputRefusedError:
    return column.refusal(wrong, lambda _: "is not a time of day like those in other rows", REMEDY, Code.DATE)
