"""Date formats in words: `DD/MM/YYYY HH:MM`, `Mon D, YYYY`, `YYYY-MM-DDTHH:MM:SSZ`.

Two letters stand for two digits, one for as many as are needed. `Mon` is Jan and `Month` January, `Dy` is Mon and `Day`
Monday, in the case of the word; `MM` behind hours is minutes, `AM` makes hours those of a clock of twelve, each `f` is
a digit of the second's fraction, and `Z`, `UTC`, `+HH:MM`, `+HHMM` and `+HH` are zones. Labels of periods begin with a
letter: `YYYY-QQ` is 2024-Q1, `NQ YYYY` is 1Q 2024, `YYYY-WWW` is 2024-W01, weeks as ISO 8601 counts them, and `YYYYMMM`
is 2024M01. Patterns are for shapes of cells. `strftime` does not write times: it has no words for numbers without
padding, for the case of names, for fewer than six digits of a second and for a zone that times do not have.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.calendars.units import MONTH_NAMES, WEEKDAYS
from forecaster.errors import UsageError
from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

ISO = "YYYY-MM-DD"
NAMES = {"b": MONTH_NAMES, "w": WEEKDAYS, "p": ("AM", "PM")}
WORD = re.compile(
    r"(?P<z>\+HH:MM|\+HHMM|\+HH|UTC|Z)|(?P<y>YYYY|YY)|(?P<b>MONTH|Month|month|MON|Mon|mon)|(?P<m>MM(?!M)|M(?!MM))"
    r"|(?P<W>(?<=W)WW)|(?P<q>(?<=[QTK])Q|N(?=[QTK]))"
    r"|(?P<w>DAY|Day|day|DY|Dy|dy)|(?P<d>DD|D)|(?P<H>HH|H)|(?P<S>SS)|(?P<f>f{1,6})|(?P<p>AM|am)"
)
NAME = r"[A-Za-z]{3,9}\.?"
PATTERNS = {"y": "0000", "b": NAME, "w": NAME, "M": "00", "S": "00", "f": "0{1,9}"} | dict.fromkeys("mdHh", "00?")
PATTERNS |= {"q": "0", "W": "00"}
PATTERNS |= {"p": r"[AaPp](?:\.?[Mm]\.?)?", "z": r"Z|UTC|[+-]00(?::?00)?"}
"""What each field looks like in the shape of a cell; h are the hours of a clock of twelve."""
NUMERIC = frozenset("ymdHhMS")
LABELS = {"q": "QTK", "W": "W"}
"""Letters that stand in labels of quarters and of weeks: T as in trimestre, K as in kvartal."""
SPREADSHEET_WORDS = {"MMMM": "Month", "MMM": "Mon", "DDDD": "Day", "DDD": "Dy", "AM/PM": "AM", "PM": "AM", "A": "AM"}
"""Words of spreadsheets, and ours for them."""
STRFTIME = (
    {"Y": "YYYY", "y": "YY", "m": "MM", "d": "DD", "e": "D", "b": "Mon", "B": "Month", "a": "Dy", "A": "Day"}
    | {"H": "HH", "I": "HH", "M": "MM", "S": "SS", "f": "ffffff", "p": "AM", "z": "Z", "Z": "UTC"}
    | {"F": ISO, "T": "HH:MM:SS", "-d": "D", "-m": "M", "-H": "H", "-I": "H"}
)
"""Letters of strftime, and our words for them."""


def split_fields(date_format: str) -> list[tuple[str, str]]:
    """Return the fields of a format in order, each with its word; text between them has no field."""
    parts: list[tuple[str, str]] = []
    end, timed = 0, False
    for match in WORD.finditer(date_format):
        parts.append(("", date_format[end : match.start()]))
        field, end = str(match.lastgroup), match.end()
        timed = timed or field == "H"
        minutes = field == "m" and timed and "M" not in dict(parts)
        parts.append(("M" if minutes else field, match[0]))
    parts.append(("", date_format[end:]))
    twelve = any(field == "p" for field, _ in parts)
    return [("h" if twelve and field == "H" else field, word) for field, word in parts if word]


def format_times(date_format: str, ds: NDArray[Any], zone: str) -> list[str]:
    """Return time stamps, (n,), that are in `zone` as text."""
    template, columns = "", []
    fields = _fields_of_times(ds)
    if any(field == "W" for field, _ in split_fields(date_format)):
        fields["y"] = pd.Index(pd.DatetimeIndex(ds).isocalendar()["year"].astype(np.int64))
    for field, word in split_fields(date_format):
        if field in {"", "z"}:
            template += (_format_zone(zone, word) if field else word).replace("%", "%%")
        elif field in NAMES:
            template += "%s"
            columns.append(_names_in_style(field, word)[fields[field]].tolist())
        else:
            template += f"%0{len(word)}d"
            columns.append(_shortened(fields[field], word).tolist())
    return [template % numbers for numbers in zip(*columns, strict=True)]


def _fields_of_times(ds: NDArray[Any]) -> dict[str, pd.Index[int]]:
    """Return the fields of time stamps, (n,) each; names are counted from 0."""
    times = pd.DatetimeIndex(ds)
    H, m = times.hour, times.month
    weeks = times.isocalendar()
    period = {"q": times.quarter, "W": pd.Index(weeks["week"].astype(np.int64))}
    clock = {"H": H, "h": (H + 11) % 12 + 1, "p": H // 12, "M": times.minute, "S": times.second, "f": times.microsecond}
    return clock | period | {"y": times.year, "m": m, "b": m - 1, "d": times.day, "w": times.day_of_week}


def _names_in_style(field: str, word: str) -> NDArray[np.object_]:
    """Return the names that a word stands for, in its length and case."""
    names = [name if word.lower() in {"month", "day"} else name[:3] for name in NAMES[field]]
    cased = [name.upper() if word.isupper() else name.lower() if word.islower() else name for name in names]
    return np.array(cased, dtype=object)


def _shortened(numbers: pd.Index[int], word: str) -> pd.Index[int]:
    """Return years and fractions of a second with the digits of their word."""
    if word == "YY":
        return numbers % 100
    return numbers // 10 ** (6 - len(word)) if word.startswith("f") else numbers


def _format_zone(zone: str, word: str) -> str:
    """Return a zone as a word writes it."""
    if not word.startswith("+"):
        return word
    offset = "+00:00" if zone == "UTC" else zone
    return {"+HH:MM": offset, "+HHMM": offset.replace(":", ""), "+HH": offset[:3]}[word]


def parse_date_format(given: str) -> str:
    """Return the format that a user names, in words or in the letters of strftime.

    Raises:
        UsageError: It has other letters, no year, or a day without a month.

    """
    translated = re.sub("%(-?[A-Za-z])", lambda match: STRFTIME.get(match[1], match[0]), given)
    date_format = translated if "%" in given else _from_words(given)
    parts = split_fields(date_format)
    rest = "".join(word for field, word in parts if not field)
    fields = [field for field, _ in parts if field]
    valid = "y" in fields and len(set(fields)) == len(fields) and ("d" not in fields or bool({"m", "b"} & set(fields)))
    labels = "T" + "".join(letters for field, letters in LABELS.items() if field in fields)
    if not valid or any(character.isalnum() and character not in labels for character in rest):
        remedy = "write it as DD/MM/YYYY HH:MM, or in the letters of strftime"
        raise UsageError(f"--date-format '{shown(given)}' is not a way to write dates", remedy)
    return date_format


def _from_words(given: str) -> str:
    """Return the format for words of any case, and for those of spreadsheets."""
    words = r"month|mon|day(?![a-z])|dy|mm?mm|dddd?|y{4}|yy|qq|nq|www|mm?|dd?|hh?|ss|f+|am/pm|[ap]m?(?![a-z])|utc|z"

    def our_word(match: re.Match[str]) -> str:
        word, upper = match[0], match[0].upper()
        return word if upper in {"MONTH", "MON", "DAY", "DY"} else SPREADSHEET_WORDS.get(upper, upper.replace("F", "f"))

    return re.sub(words, our_word, given, flags=re.IGNORECASE)


def shape_pattern(date_format: str) -> re.Pattern[str]:
    """Return the pattern of the shapes that follow a format, with a group a field; numbers that touch are padded."""
    parts = split_fields(date_format)
    fields = ["", *(field for field, _ in parts), ""]
    touched = [bool({before, after} & NUMERIC) for before, after in zip(fields, fields[2:], strict=False)]
    pattern = "".join(_field_pattern(*part, exact=exact) for part, exact in zip(parts, touched, strict=True))
    return re.compile(pattern, re.IGNORECASE)


def _field_pattern(field: str, word: str, *, exact: bool) -> str:
    """Return the pattern of one field; `exact` if a number must have all its digits."""
    if not field:
        return re.escape(word)
    numeric = {"y": "0" * len(word)} | (dict.fromkeys("mdHh", "00") if exact else {})
    return f"(?P<{field}>{numeric.get(field, PATTERNS[field])})"
