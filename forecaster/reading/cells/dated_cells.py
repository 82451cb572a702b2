"""Whether a cell alone looks like a date, which finds the delimiter, the header and the columns of times.

All digits are written as 0 first: few texts are distinct then, and what was found of them is remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from forecaster.reading.cells.column import LONGEST_CELL, SPACES, ZEROS, translated
from forecaster.reading.cells.date_patterns import date_patterns, match_shape
from forecaster.reading.cells.periods import begin_of_period
from forecaster.reading.cells.time_zones import ZONE_NAME
from forecaster.reading.cells.unsupported_dates import looks_unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

UNSIGNED = re.compile(r"[0-9]+(\.[0-9]*)?")
BARE_DATE = re.compile(
    r"(1[5-9]|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([0-9]{2}){0,3}"
    r"|[1-9][0-9]{7}0|[12][0-9]{9}([0-9]{3}){0,3}(\.[0-9]*)?"
)
"""Digits alone that look like a date or like a time since 1970."""
MAY_BE_BARE_DATE = re.compile(r"0{8}.*|00\.0000")
"""Numbers, with 0 for every digit, of which the digits say whether they are a `BARE_DATE` or a `MONTH_WITH_DOT`."""
MONTH_WITH_DOT = re.compile(r"0[1-9]\.(?:1[5-9]|20|21)[0-9]{2}")
"""A month such as 01.2024; 10.2024 may as well be a number."""


def looks_dated(cell: str) -> bool:
    """Return whether a cell alone could be a date, also in a format that is refused later."""
    text = cell.strip()
    looks = looks_dated_by_zeros(text.translate(ZEROS))
    return _digits_look_dated(text) if looks is None else looks


def look_dated(cells: Sequence[str]) -> list[bool]:
    """Return `looks_dated` of each cell."""
    texts = [cell.strip() for cell in cells]
    zeros = translated(texts, ZEROS)
    looks = {each: looks_dated_by_zeros(each) for each in set(zeros)}
    return [
        _digits_look_dated(text) if (found := looks[each]) is None else found
        for text, each in zip(texts, zeros, strict=True)
    ]


def _digits_look_dated(text: str) -> bool:
    """Return `looks_dated` of a cell of which the digits decide it."""
    if not text.isdecimal():
        text = ZONE_NAME.sub("", begin_of_period(text))
    return BARE_DATE.fullmatch(text) is not None or MONTH_WITH_DOT.fullmatch(text) is not None


def looks_dated_by_zeros(zeros: str) -> bool | None:
    """Return `looks_dated` of a cell without outer blanks from its text with `ZEROS`; None if the digits decide it."""
    # long cells, of which there may be many, are not remembered
    return (_zeros_look_dated if len(zeros) <= LONGEST_CELL else _zeros_look_dated.__wrapped__)(zeros)


@lru_cache(maxsize=10_000)
def _zeros_look_dated(zeros: str) -> bool | None:
    text = ZONE_NAME.sub("", begin_of_period(zeros))
    if len(text) > LONGEST_CELL:
        return False
    if UNSIGNED.fullmatch(text):
        return None if MAY_BE_BARE_DATE.fullmatch(text) else False
    shape = text.translate(SPACES)
    return any(match_shape(pattern, shape) for pattern in date_patterns()) or looks_unsupported(shape)
