"""Time stamps from the digits of cells, once it is known where the fields stand; whole columns at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.reading.cells.date_formats import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints
    from forecaster.reading.cells.date_patterns import Match


EARLIEST_YEAR, LATEST_YEAR = 1500, 2200
PIVOT = 69
"""Years of two digits from here on are of the twentieth century, as POSIX has it."""
LARGEST_OFFSET = 14 * 60
NO_HOUR = 24
FIELDS = ("y", "m", "d", "H", "M", "S", "f", "rest", "z", "w")


class Timestamps(NamedTuple):
    """What cells say, n of them.

    Attributes:
        wall: Time stamps as they are written, (n,), `datetime64[us]`; nonsense where `exists` is false.
        offsets: Minutes that each is ahead of UTC, (n,).
        exact: Whether microseconds are enough, (n,).
        exists: Whether there is such a date and time, (n,).
        inside: Whether the year is one that a file may have, (n,).
        named: Whether the weekday is that of the date, where there is one, (n,).

    """

    wall: NDArray[Any]
    offsets: Ints
    exact: Bools
    exists: Bools
    inside: Bools
    named: Bools

    @property
    def sound(self) -> Bools:
        """Whether nothing is wrong with a cell, (n,)."""
        return self.exact & self.exists & self.inside & self.named

    def fault(self, number: int) -> str:
        """Return what is wrong with an unsound cell."""
        if not self.exact[number]:
            return "is finer than a microsecond"
        if not self.exists[number]:
            return "is a date or time that does not exist"
        if not self.inside[number]:
            return f"is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}"
        return f"is a {WEEKDAYS[int(_weekday(self.wall[number].astype('datetime64[D]')))]}"


def read_timestamps(texts: Sequence[str], shapes: Mapping[str, Ints], matches: Mapping[str, Match]) -> Timestamps:
    """Return what the cells say whose shapes are matched; there is no such date as any other cell says."""
    fields = {field: np.zeros(len(texts), np.int64) for field in FIELDS}
    for shape, match in matches.items():
        for field, numbers in _fields([texts[row] for row in shapes[shape]], match).items():
            fields[field][shapes[shape]] = numbers
    return _instants(fields)


def _instants(fields: Mapping[str, Ints]) -> Timestamps:
    y, m, d, H, M, S, f, rest, z, w = (fields[field] for field in FIELDS)
    inside = (y >= EARLIEST_YEAR) & (y <= LATEST_YEAR)
    months = (np.where(inside, y, EARLIEST_YEAR) - 1970) * 12 + np.clip(m, 1, 12) - 1
    first, after = ((months + i).astype("datetime64[M]").astype("datetime64[D]") for i in (0, 1))
    days = first + (d - 1)
    dated = (m >= 1) & (m <= 12) & (d >= 1) & (days < after)
    exists = dated & (H < 24) & (M < 60) & (S < 60) & (abs(z) <= LARGEST_OFFSET)
    clock = ((H * 60 + M) * 60 + S) * 1_000_000 + f
    named = (w < 0) | (w == _weekday(days))
    return Timestamps(days.astype("datetime64[us]") + clock, z, rest == 0, exists, inside, named)


def _weekday(days: Any) -> Any:
    """Return the weekday of dates, Monday = 0; 1970 began on a Thursday."""
    return (days.astype(np.int64) + 3) % 7


def _fields(texts: Sequence[str], match: Match) -> dict[str, Any]:
    """Return the numbers of every field in cells of one shape, (k,) each or one for all."""
    digits = np.array(texts).view(np.uint32).reshape(len(texts), -1).astype(np.int64) - ord("0")

    def number(field: str, default: int = 0) -> Any:
        return _number(digits, *match.spans[field]) if field in match.spans else default

    half, width = match.names.get("p"), match.width("f")
    hour = number("H" if half is None else "h")
    f, rest = np.divmod(number("f") * 10 ** max(0, 6 - width), 10 ** max(0, width - 6))
    day = {"y": _year(number("y"), match.width("y")), "m": match.names.get("b", number("m", 1)), "d": number("d", 1)}
    hours = hour if half is None else np.where((hour >= 1) & (hour <= 12), hour % 12 + 12 * half, NO_HOUR)
    clock = {"H": hours, "M": number("M"), "S": number("S"), "f": f, "rest": rest}
    return day | clock | {"z": _offset(digits, match), "w": match.names.get("w", -1)}


def _number(digits: Ints, start: int, stop: int) -> Ints:
    """Return the numbers that stand in some columns of digits, (k,)."""
    powers: Ints = 10 ** np.arange(stop - start)[::-1]
    return digits[:, start:stop] @ powers


def _year(years: Any, width: int) -> Any:
    return years if width == len("YYYY") else years + np.where(years < PIVOT, 2000, 1900)


def _offset(digits: Ints, match: Match) -> Any:
    """Return the minutes that times are ahead of UTC; too many where an hour has more than 59."""
    text = match.text("z")
    if not text.startswith(("+", "-")):
        return 0
    start, stop = match.spans["z"]
    hours = _number(digits, start + 1, start + 3)
    minutes = _number(digits, stop - 2, stop) if len(text) > len("+00") else np.zeros_like(hours)
    ahead = np.where(minutes < 60, hours * 60 + minutes, LARGEST_OFFSET + 1)
    return -ahead if text.startswith("-") else ahead
