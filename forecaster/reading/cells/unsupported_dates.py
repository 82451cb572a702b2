"""Ways to write dates that are not read, each with the reason and with what to do.

Patterns are for shapes of cells, in which every digit is 0.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import Code, UsageError
from forecaster.reading.cells.column import DIGITS, LONGEST_CELL
from forecaster.reading.cells.date_formats import parse_date_format, shape_pattern
from forecaster.reading.cells.date_patterns import date_patterns, match_shape
from forecaster.reading.cells.month_names import BETWEEN, WORD_WITH_DOT, has_month_name, in_english, months_in

if TYPE_CHECKING:
    from collections.abc import Iterable

REMEDY = "write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format"
NAME_FORMAT = "name the format of the file with --date-format"
ANY_NAME = r"[^\W\d_]{3,12}\.?"
CLOCK = r"00?:00(?::00(?:\.0+)?)?"
TIME_OF_DAY = CLOCK + "(?: ?[AaPp][Mm])?"
CLOCK_BEHIND = re.compile(r"[ T,]+00?:00(?::00)?(?: ?[AaPp][Mm])?$")


class Reason(NamedTuple):
    """Why a cell is not read: the end of a sentence that begins with the cell, what to do, and the code."""

    fault: str
    remedy: str
    code: Code = Code.DATE


FOREIGN_NAME = Reason("has a month or weekday that is not English", "write months as numbers")
NO_DATE = Reason("is not a date", REMEDY)
QUARTER = re.compile(r"0000[- /]?[QqTKk]0|[QqTKk]0[- /]?0000|0[QqTKk][- /]?(?:00)?00")
REASONS = (
    (TIME_OF_DAY, "is a time without a date", "write date and time in one column"),
    (
        rf"(?!.*[AP]M$).*{CLOCK} ?(?:\(?[A-Za-z]{{2,5}}\)?|.*\[.*\])",
        "has the name of a time zone that several zones share",
        "write offsets as in 2024-01-31 09:30:00+01:00",
    ),
    (r"0000-?w00|0000-?[Ww]00?-?0", "is a week, not a date", "write each week's first day"),
    (r"0000[- ]?[HhSs]0|[HhSs]0[- ]?0000", "is half a year, not a date", "write its first day"),
    (r"0\.0+[eE]\+00", "is a rounded number, not a date", "export the column with all digits"),
    (r"[-+]?0{10,}(?:\.0*)?", "is in no unit of time since 1970 that all rows share", REMEDY),
    (r"00000\.0+", "looks like a day number of a spreadsheet", "format the column as dates before the export"),
)
TWO_DIGITS = re.compile(
    rf"(?:{ANY_NAME},? )?(?:00?[-/.]00?[-/.]00|00?[- /.]?{ANY_NAME}[- /.]?00|{ANY_NAME}[- /]00?,? 00)(?:[ T,].*)?"
    rf"|{ANY_NAME}[-/' ]00"
)
DAY_NAMED = re.compile(
    rf"(?:{ANY_NAME},? )?(?:00?\.?[- /]?(?:de )?{ANY_NAME},?[- /]?(?:de )?0000|{ANY_NAME}[- ]00?,? 0000)(?:[ T,].*)?"
)
MONTH_NAMED = re.compile(rf"{ANY_NAME}[-/ ]0000|0000[-/ ]{ANY_NAME}")
"""Month and year; what stands for the month may be any word."""


def reason_unread(cell: str) -> Reason:
    """Return why a cell is not read as a date."""
    if len(cell) > LONGEST_CELL:
        return NO_DATE
    shape = cell.translate(DIGITS)
    if any(character.isdigit() and not character.isascii() for character in cell):
        return Reason("has digits other than 0 to 9", REMEDY)
    if TWO_DIGITS.fullmatch(BETWEEN.sub(" ", shape)):
        formats = two_digit_formats(cell)[:2]
        remedy = f"say how dates are written: {offered_formats(formats)}" if formats else NAME_FORMAT
        return Reason("has a two-digit year", remedy, Code.DATE_AMBIGUOUS)
    if has_foreign_name(cell):
        return _foreign_name(cell)
    if QUARTER.fullmatch(shape):
        remedy = f"read its first day with {offered_formats([_quarter_format(shape)])}"
        return Reason("is a quarter, not a date", remedy)
    found = (Reason(fault, remedy) for pattern, fault, remedy in REASONS if re.fullmatch(pattern, shape))
    return next(found, NO_DATE)


def offered_formats(formats: Iterable[str]) -> str:
    """Return the options that name formats, as they are typed."""
    return " or ".join(f"--date-format {shlex.quote(each)}" for each in formats)


def two_digit_formats(cell: str) -> list[str]:
    """Return the formats that a date with a year of two digits may have, the likeliest first; the third is rare."""
    shape = cell.translate(DIGITS)
    if any(character.isalpha() for character in shape.partition(":")[0]):
        named = _named_format(cell)
        return [named] if _is_read(cell, named) else []
    mark = next(character for character in shape if character != "0")
    clock = CLOCK_BEHIND.search(shape)
    orders = (("DD", "MM", "YY"), ("MM", "DD", "YY"), ("YY", "MM", "DD"))
    return [mark.join(parts) + (_clock_format(clock[0]) if clock else "") for parts in orders]


def _foreign_name(cell: str) -> Reason:
    """Return the reason for a name of a month that is not English; a name of a known language can be read."""
    date_format = _named_format(cell)
    if months_in([cell]) and _is_read(cell, date_format):
        return FOREIGN_NAME._replace(remedy=f"read it with {offered_formats([date_format])}, or {FOREIGN_NAME.remedy}")
    return FOREIGN_NAME


def _is_read(cell: str, date_format: str) -> bool:
    """Return whether a cell with the name of a month, in any language, follows a format."""
    try:
        parse_date_format(date_format)
    except UsageError:  # what stands behind the date has no words
        return False
    months = months_in([cell])
    text = in_english(cell, months) if months else cell
    return match_shape(shape_pattern(date_format), text.translate(DIGITS)) is not None


def _named_format(cell: str) -> str:
    """Return the format of a date with the name of a month; the last digits are the year."""
    shape = BETWEEN.sub(" ", cell.strip()).translate(DIGITS)
    clock = CLOCK_BEHIND.search(shape)
    date = shape[: clock.start()] if clock else shape
    date = WORD_WITH_DOT.sub(lambda match: "Mon" if len(match[1]) <= len("Sept") else "Month", date)
    date = re.sub("0000", "YYYY", date) if "0000" in date else re.sub("00(?!.*0)", "YY", date)
    return re.sub("00?", lambda match: "D" * len(match[0]), date) + (_clock_format(clock[0]) if clock else "")


def _clock_format(clock: str) -> str:
    """Return the format of the shape of a time of day, with the blank before it."""
    words = re.sub("00?", "HH", clock, count=1).replace(":00", ":MM", 1).replace(":00", ":SS", 1)
    return re.sub("[AaPp][Mm]", "AM", words)


def _quarter_format(shape: str) -> str:
    """Return the format of the label of a quarter."""
    words = re.sub("0000(?!0)", "YYYY", shape.upper()).replace("00", "YY")
    return re.sub("(?<=[QTK])0", "Q", re.sub("0(?=[QTK])", "N", words))


def remedy_for_other_format(cell: str) -> str:
    """Return what to do about a cell that is not written like the dates of most rows."""
    if re.fullmatch(TIME_OF_DAY, cell.translate(DIGITS)):
        return "remove the row if it is a quote of the day, or write its date"
    return reason_unread(cell).remedy if has_foreign_name(cell) else REMEDY


def has_foreign_name(cell: str) -> bool:
    """Return whether a cell looks like a date with the name of a month, and is in no format that is read."""
    shape = BETWEEN.sub(" ", cell).translate(DIGITS)
    named = any(pattern.fullmatch(shape) for pattern in (DAY_NAMED, MONTH_NAMED))
    return named and not any(match_shape(pattern, shape) for pattern in date_patterns())


def looks_unsupported(shape: str) -> bool:
    """Return whether a shape is that of a date that is not read."""
    plain = BETWEEN.sub(" ", shape)
    known = any(re.fullmatch(pattern, shape) for pattern, *_ in REASONS) or QUARTER.fullmatch(shape) is not None
    if known or DAY_NAMED.fullmatch(plain) is not None:
        return True
    worded = re.search(ANY_NAME, plain) is not None
    two_digits = TWO_DIGITS.fullmatch(plain) is not None and (not worded or has_month_name(plain, english=True))
    return two_digits or (MONTH_NAMED.fullmatch(plain) is not None and has_month_name(plain))
