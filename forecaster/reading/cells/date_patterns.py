"""Every way to write dates that is found without being named, as patterns of the shapes of cells.

Cells follow one format if their matches have one key: the same fields in the same order with the same text between
them. Padding, seconds and fractions of seconds may differ, because some programs leave out zeros.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from forecaster.reading.cells.date_formats import NAMES, PATTERNS

OPTIONAL = frozenset("Sfz")
"""Fields that some rows of a format may leave out."""
WEEKDAY = "(?:{w},? )?"
YEAR_FIRST = r"{y}(?P<s>[-/.] ?){m}(?P=s){d}\.?"
MONTH_FIRST = r"{m}(?P<s>[-/.] ?){d}(?P=s){y}\.?"
DAY_FIRST = r"{d}(?P<s>[-/.] ?){m}(?P=s){y}\.?"
EASTERN = "{y}(?:年|년 ?){m}(?:月|월 ?){d}[日일]"
NAMED = (
    "{d}(?P<s>[-/ ]?){b}(?P=s){y}",
    r"{d}(?:\. | ){b},? {y}",
    "{b}(?P<s>[-/ ]){d}(?P=s){y}",
    "{b} {d}, ?{y}",
    "{y}(?P<s>[-/ ]?){b}(?P=s){d}",
)
MONTHLY = (
    "{y}[-/]{m}",
    "{m}[-/]{y}",
    r"(?P<m>00)\.{y}",
    "{b}(?:[-/ ]|, )?{y}",
    "{y}[-/ ]?{b}",
    "{y}(?:年|년 ?){m}[月월]",
    "{y}-?M{m}",
    "{y}-?W{W}",
)
COMPACT = "{y}(?P<m>00)(?P<d>00)"
CLOCKS = (
    "(?:(?: {{1,2}}|T|, |:){H}(?::{M}(?::{S}(?:[.,]{f})?)?)?(?: ?{z})?)?",
    "(?: {{1,2}}|, ){h}(?::{M}(?::{S}(?:[.,]{f})?)?)?[- ]?{p}(?: ?{z})?",
    "[ T](?P<H>00){M}(?:{S}(?:[.,]{f})?)?(?: ?{z})?",
)
UNBROKEN = "(?P<H>00)(?:{M}{S}?)?"


@dataclass(frozen=True)
class ShapeMatch:
    """What a pattern found in a shape.

    Attributes:
        shape: The shape.
        spans: First place of each field and the place after its last, in order.
        names: Numbers of fields that stand as text: month from 1, weekday from Monday = 0, half of the day.
        key: The fields that rows must share, each with the text before it.

    """

    shape: str
    spans: dict[str, tuple[int, int]]
    names: dict[str, int]
    key: tuple[str, ...]

    def text(self, field: str) -> str:
        """Return what stands in the shape for a field; nothing if it is absent."""
        start, stop = self.spans.get(field, (0, 0))
        return self.shape[start:stop]


@cache
def date_patterns() -> tuple[re.Pattern[str], ...]:
    """Return the patterns; where day or month may be first, two of them fit a shape."""
    days = (YEAR_FIRST, MONTH_FIRST, DAY_FIRST, EASTERN, *NAMED, COMPACT)
    dated = [WEEKDAY + day + clock for day in days for clock in CLOCKS]
    groups = {field: f"(?P<{field}>{pattern})" for field, pattern in PATTERNS.items()}
    return tuple(re.compile(pattern.format_map(groups)) for pattern in (*dated, *MONTHLY, COMPACT + UNBROKEN))


def match_shape(pattern: re.Pattern[str], shape: str) -> ShapeMatch | None:
    """Return what a pattern finds in a shape; None if it does not fit, or a name is not English."""
    match = pattern.fullmatch(shape)
    if match is None:
        return None
    found = {field: match.span(field) for field, text in match.groupdict().items() if text and field in PATTERNS}
    spans = dict(sorted(found.items(), key=lambda item: item[1]))
    names = {field: _name_number(field, match[field]) for field in spans.keys() & NAMES.keys()}
    if -1 in names.values():
        return None
    ends = [0, *(stop for _, stop in spans.values())]
    before = [shape[end:start] for end, (start, _) in zip(ends, spans.values(), strict=False)]
    key = tuple(f"{text}{field}" for text, field in zip(before, spans, strict=True) if field not in OPTIONAL)
    return ShapeMatch(shape, spans, names, key)


def _name_number(field: str, name: str) -> int:
    """Return the number of a month, weekday or half of the day; -1 for what is none."""
    low = name.lower().replace(".", "")
    if field == "p":
        return int(low.startswith("p"))
    low = "sep" if low == "sept" else low
    full = [each.lower() for each in NAMES[field]]
    found = [i for i, each in enumerate(full) if low in {each, each[:3]}]
    return found[0] + (field == "b") if found else -1


def describe_format(matches: list[ShapeMatch], padded: dict[str, bool]) -> str:
    """Return in words the format of matches with one key; `padded` tells which of m, d, H, h have a leading zero."""
    fullest = max(matches, key=lambda match: len(match.spans))
    words, end = "", 0
    for field, (start, stop) in fullest.spans.items():
        texts = [text for match in matches if (text := match.text(field))]
        before_letter = field == "q" and fullest.shape[stop : stop + 1].isalpha()
        label = field == "m" and fullest.shape[start - 1 : start] == "M"  # without a zero the words would be YYYYMM
        word = "N" if before_letter else _field_word(field, texts, padded=label or padded.get(field, True))
        words += fullest.shape[end:start] + word
        end = stop
    return words + fullest.shape[end:]


def _field_word(field: str, texts: list[str], *, padded: bool) -> str:
    """Return the word for a field, from what stands in the shapes."""
    match field:
        case "b" | "w":
            return _name_word(field, texts)
        case "p":
            return "am" if texts[0].islower() else "AM"
        case "z":
            return texts[0] if texts[0].isalpha() else "+HH" + texts[0][3:].replace("00", "MM")
        case "y":
            return "Y" * len(texts[0])
        case "f":
            return "f" * min(6, max(map(len, texts)))
    return field.upper() * (2 if padded and field != "q" else 1)


def _name_word(field: str, texts: list[str]) -> str:
    """Return the word for names, short as soon as one is short; May is both."""
    longest = {"b": len("Sept"), "w": len("Mon")}[field]
    short = all(len(text.rstrip(".")) <= longest for text in texts) or any(text.endswith(".") for text in texts)
    long, brief = {"b": ("Month", "Mon"), "w": ("Day", "Dy")}[field]
    word = brief if short else long
    return word.upper() if texts[0].isupper() else word.lower() if texts[0].islower() else word
