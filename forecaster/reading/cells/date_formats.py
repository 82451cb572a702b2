"""The language in which layouts of dates are told: `DD/MM/YYYY HH:MM`, `Mon D, YYYY`, `YYYY-MM-DDTHH:MM:SSZ`.

Two letters stand for two digits, one for as many as are needed. `Mon` is Jan and `Month` January, `Dy` is Mon and `Day`
Monday, in the case of the word; `MM` behind hours is minutes, `AM` makes hours those of a clock of twelve, each `f` is
a digit of the second's fraction, and `Z`, `UTC`, `+HH:MM`, `+HHMM` and `+HH` are zones. Patterns are for shapes of
cells, in which every digit is 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import UsageError
from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Ints

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMES = {"b": MONTHS, "w": WEEKDAYS, "p": ("AM", "PM")}
WORD = re.compile(
    r"(?P<z>\+HH:MM|\+HHMM|\+HH|UTC|Z)|(?P<y>YYYY|YY)|(?P<b>MONTH|Month|month|MON|Mon|mon)|(?P<m>MM|M)"
    r"|(?P<w>DAY|Day|day|DY|Dy|dy)|(?P<d>DD|D)|(?P<H>HH|H)|(?P<S>SS)|(?P<f>f{1,6})|(?P<p>AM|am)"
)
NAME = r"[A-Za-z]{3,9}\.?"
PATTERNS = {
    "y": "0000",
    "m": "00?",
    "d": "00?",
    "b": NAME,
    "w": NAME,
    "H": "00?",
    "h": "00?",
    "M": "00",
    "S": "00",
    "f": "0{1,9}",
    "p": r"[AaPp]\.?[Mm]\.?",
    "z": r"Z|UTC|[+-]00(?::?00)?",
}
"""What each field looks like in the shape of a cell; h are the hours of a clock of twelve."""
NUMERIC = frozenset("ymdHhMS")
OTHERS = {"MMMM": "Month", "MMM": "Mon", "DDDD": "Day", "DDD": "Dy", "AM/PM": "AM", "PM": "AM", "A": "AM"}
STRFTIME = (
    {"Y": "YYYY", "y": "YY", "m": "MM", "d": "DD", "e": "D", "b": "Mon", "B": "Month", "a": "Dy", "A": "Day"}
    | {"H": "HH", "I": "HH", "M": "MM", "S": "SS", "f": "ffffff", "p": "AM", "z": "Z", "Z": "UTC"}
    | {"F": "YYYY-MM-DD", "T": "HH:MM:SS", "-d": "D", "-m": "M", "-H": "H", "-I": "H"}
)


def split_words(layout: str) -> list[tuple[str, str]]:
    """Return the fields of a layout in order, each with its word; text between them has no field."""
    parts: list[tuple[str, str]] = []
    end, timed = 0, False
    for match in WORD.finditer(layout):
        parts.append(("", layout[end : match.start()]))
        field, end = str(match.lastgroup), match.end()
        timed = timed or field == "H"
        minutes = field == "m" and timed and "M" not in dict(parts)
        parts.append(("M" if minutes else field, match[0]))
    parts.append(("", layout[end:]))
    twelve = any(field == "p" for field, _ in parts)
    return [("h" if twelve and field == "H" else field, word) for field, word in parts if word]


def write_words(layout: str, ds: NDArray[Any], zone: str) -> list[str]:
    """Return time stamps, (n,), that are in `zone` as text."""
    template, columns = "", []
    fields = _fields(ds)
    for field, word in split_words(layout):
        if field in {"", "z"}:
            template += (_zone(zone, word) if field else word).replace("%", "%%")
        elif field in NAMES:
            template += "%s"
            columns.append(_names(field, word)[fields[field]].tolist())
        else:
            template += f"%0{len(word)}d"
            columns.append(_shortened(fields[field], word).tolist())
    return [template % numbers for numbers in zip(*columns, strict=True)]


def _fields(ds: NDArray[Any]) -> dict[str, Ints]:
    """Return the fields of time stamps; names are counted from 0."""
    days, months = ds.astype("datetime64[D]"), ds.astype("datetime64[M]")
    month, day = months.astype(np.int64), (days - months.astype("datetime64[D]")).astype(np.int64)
    seconds, f = np.divmod((ds - days).astype("timedelta64[us]").astype(np.int64), 1_000_000)
    H, M, S = seconds // 3600, seconds // 60 % 60, seconds % 60
    clock = {"H": H, "h": (H + 11) % 12 + 1, "p": H // 12, "M": M, "S": S, "f": f}
    weekday = (days.astype(np.int64) + 3) % 7  # 1970 began on a Thursday
    return clock | {"y": month // 12 + 1970, "m": month % 12 + 1, "b": month % 12, "d": day + 1, "w": weekday}


def _names(field: str, word: str) -> NDArray[np.object_]:
    """Return the names that a word stands for, in its length and case."""
    names = [name if word.lower() in {"month", "day"} else name[:3] for name in NAMES[field]]
    cased = [name.upper() if word.isupper() else name.lower() if word.islower() else name for name in names]
    return np.array(cased, dtype=object)


def _shortened(numbers: Ints, word: str) -> Ints:
    """Return years and fractions of a second with the digits of their word."""
    if word == "YY":
        return numbers % 100
    return numbers // 10 ** (6 - len(word)) if word.startswith("f") else numbers


def _zone(zone: str, word: str) -> str:
    if not word.startswith("+"):
        return word
    offset = "+00:00" if zone == "UTC" else zone
    return {"+HH:MM": offset, "+HHMM": offset.replace(":", ""), "+HH": offset[:3]}[word]


def layout_of(date_format: str) -> str:
    """Return the layout that a user names, in words or in the letters of strftime.

    Raises:
        UsageError: It has other letters, no year, or a day without a month.

    """
    layout = _from_strftime(date_format) if "%" in date_format else _from_words(date_format)
    parts = split_words(layout)
    rest = "".join(word for field, word in parts if not field)
    fields = [field for field, _ in parts if field]
    sound = "y" in fields and len(set(fields)) == len(fields) and ("d" not in fields or bool({"m", "b"} & set(fields)))
    if not sound or any(character.isalnum() for character in rest.replace("T", "")):
        remedy = "write it as DD/MM/YYYY HH:MM, or in the letters of strftime"
        raise UsageError(f"--date-format '{shown(date_format)}' is not a way to write dates", remedy)
    return layout


def _from_words(date_format: str) -> str:
    """Return a layout for words of any case, and for those of spreadsheets."""
    words = r"month|mon|day(?![a-z])|dy|mm?mm|dddd?|y{4}|yy|mm?|dd?|hh?|ss|f+|am/pm|[ap]m?(?![a-z])|utc|z"

    def known(match: re.Match[str]) -> str:
        word, upper = match[0], match[0].upper()
        return word if upper in {"MONTH", "MON", "DAY", "DY"} else OTHERS.get(upper, upper.replace("F", "f"))

    return re.sub(words, known, date_format, flags=re.IGNORECASE)


def _from_strftime(date_format: str) -> str:
    return re.sub("%(-?[A-Za-z])", lambda match: STRFTIME.get(match[1], match[0]), date_format)


def pattern_of(layout: str) -> re.Pattern[str]:
    """Return the pattern of the shapes that follow a layout; its groups are the fields.

    A number of one or two digits has two where another number touches it.
    """
    parts = split_words(layout)
    fields = ["", *(field for field, _ in parts), ""]
    touched = [bool({before, after} & NUMERIC) for before, after in zip(fields, fields[2:], strict=False)]
    return re.compile("".join(_part(*part, exact=exact) for part, exact in zip(parts, touched, strict=True)))


def _part(field: str, word: str, *, exact: bool) -> str:
    if not field:
        return re.escape(word)
    numeric = {"y": "0" * len(word)} | (dict.fromkeys("mdHh", "00") if exact else {})
    return f"(?P<{field}>{numeric.get(field, PATTERNS[field])})"
