"""Ways to write dates that are not read, each with the reason and with what to do.

Patterns are for shapes of cells, in which every digit is 0.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from forecaster.errors import Code
from forecaster.reading.cells.column import DIGITS, LONGEST_CELL
from forecaster.reading.cells.date_patterns import date_patterns, match_shape

REMEDY = "write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format"
ANY_NAME = r"[^\W\d_]{3,10}\.?"
CLOCK = r"00?:00(?::00(?:\.0+)?)?"


class Reason(NamedTuple):
    """Why a cell is not read: the end of a sentence that begins with the cell, what to do, and the code."""

    fault: str
    remedy: str
    code: Code = Code.DATE


FOREIGN_NAME = Reason("has a month or weekday that is not English", "write months as numbers")
NO_DATE = Reason("is not a date", REMEDY)
REASONS = (
    (CLOCK + "(?: ?[AaPp][Mm])?", "is a time without a date", "write date and time in one column"),
    (
        rf"(?!.*[AP]M$).*{CLOCK} ?(?:\(?[A-Za-z]{{2,5}}\)?|.*\[.*\])",
        "has the name of a time zone, which may stand for several",
        "write offsets as in 2024-01-31 09:30:00+01:00",
    ),
    (r"0000[- /]?[Qq]0|[Qq]0[- /]?0000|0[Qq]00(?:00)?", "is a quarter, not a date", "write each quarter's first day"),
    (r"0000-?M00?", "is a month without a mark before it", "write months as 2024-01"),
    (r"0000-?[Ww]00(?:-?0)?", "is a week, not a date", "write each week's first day"),
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
    if TWO_DIGITS.fullmatch(shape):
        remedy = f"say how dates are written: {_two_digit_formats(shape)}"
        return Reason("has a year of two digits", remedy, Code.DATE_AMBIGUOUS)
    if has_foreign_name(cell):
        return FOREIGN_NAME
    found = (Reason(fault, remedy) for pattern, fault, remedy in REASONS if re.fullmatch(pattern, shape))
    return next(found, NO_DATE)


def _two_digit_formats(shape: str) -> str:
    """Return the options for dates with a year of two digits in cells of a shape, as they are typed."""
    if any(character.isalpha() for character in shape.partition(":")[0]):
        return _date_format_option(_named_format(shape))
    mark = next(character for character in shape if character != "0")
    clock = {0: "", 1: " HH:MM"}.get(shape.count(":"), " HH:MM:SS")
    orders = (mark.join(parts) + clock for parts in (("DD", "MM", "YY"), ("MM", "DD", "YY")))
    return " or ".join(map(_date_format_option, orders))


def _named_format(shape: str) -> str:
    """Return the format of cells of a shape with the name of a month, and that of a weekday if there are two names."""
    clock = ["HH", "MM", "SS"] if ":" in shape else []
    day = ["DD"] if len(re.findall("0+", shape.partition(":")[0])) - bool(clock) > 1 else []
    numbers, names = iter([*day, "YY", *clock]), re.findall(ANY_NAME, shape)
    words = iter(["Dy", "Mon"] if len(names) > 1 else ["Mon"])
    named = re.sub(ANY_NAME, lambda _: next(words, ""), shape)
    return re.sub("0+", lambda _: next(numbers, "ff"), named)


def _date_format_option(date_format: str) -> str:
    """Return the option for a format, in quotes where a shell needs them."""
    quote = '"' if "'" in date_format else "'" if " " in date_format else ""
    return f"--date-format {quote}{date_format}{quote}"


def has_foreign_name(cell: str) -> bool:
    """Return whether a cell looks like a date with the name of a month, and is in no format that is read."""
    shape = cell.translate(DIGITS)
    named = any(pattern.fullmatch(shape) for pattern in (DAY_NAMED, MONTH_NAMED))
    return named and not any(match_shape(pattern, shape) for pattern in date_patterns())


def looks_unsupported(shape: str) -> bool:
    """Return whether a shape is that of a date that is not read."""
    known = any(re.fullmatch(pattern, shape) for pattern, *_ in REASONS)
    return known or any(pattern.fullmatch(shape) is not None for pattern in (TWO_DIGITS, DAY_NAMED))
