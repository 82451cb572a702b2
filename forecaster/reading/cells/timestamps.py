"""Time stamps from the digits of cells, once it is known where the fields stand; whole columns at a time.

`pd.to_datetime` with a format is not used: it reads second 60 as the next minute, does not compare weekdays, refuses
`Sept`, `p.m.`, ` UTC` and different offsets in one column, does not say why a cell is no date, and takes three to
thirteen times as long where the format is not ISO.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.units import EARLIEST_YEAR, LATEST_YEAR, MICROSECONDS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints
    from forecaster.reading.cells.date_patterns import ShapeMatch

PIVOT = 69
"""Years of two digits from here on are of the twentieth century, as POSIX has it."""
LARGEST_OFFSET = 14 * 60
"""Minutes that a zone can be ahead of UTC: the largest offset in use is that of Kiribati."""
NO_HOUR = 24
"""Stands for an hour that a clock of twelve does not have; no date exists with it."""
FIELDS = ("y", "m", "d", "H", "M", "S", "f", "rest", "z", "w", "W")


class Timestamps(NamedTuple):
    """What cells say, n of them.

    Attributes:
        wall: Time stamps as they are written, (n,), `datetime64[us]`; nonsense where `exists` is false.
        offsets: Minutes that each is ahead of UTC, (n,).
        exact: Whether microseconds hold all its digits, (n,).
        exists: Whether there is such a date and time, (n,).
        in_range: Whether the year is one that a file may have, (n,).
        weekday_agrees: Whether the weekday is that of the date, where there is one, (n,).

    """

    wall: NDArray[Any]
    offsets: Ints
    exact: Bools
    exists: Bools
    in_range: Bools
    weekday_agrees: Bools

    @property
    def valid(self) -> Bools:
        """Whether nothing is wrong with a cell, (n,)."""
        return self.exact & self.exists & self.in_range & self.weekday_agrees

    def fault(self, index: int) -> str:
        """Return what is wrong with a cell that is not valid."""
        if not self.exact[index]:
            return "is finer than a microsecond"
        if not self.exists[index]:
            return "is a date or time that does not exist"
        if not self.in_range[index]:
            return f"is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}"
        return f"is a {WEEKDAYS[weekday_of(self.wall[index].astype('datetime64[D]').astype(np.int64))]}"


def read_timestamps(texts: Sequence[str], shapes: Mapping[str, Ints], matches: Mapping[str, ShapeMatch]) -> Timestamps:
    """Return what the cells say whose shapes are matched; the dates of all other cells do not exist."""
    fields = {field: np.zeros(len(texts), np.int64) for field in FIELDS}
    for shape, match in matches.items():
        for field, numbers in _read_fields([texts[row] for row in shapes[shape]], match).items():
            if np.ndim(numbers) or numbers:  # all fields begin with zeros
                fields[field][shapes[shape]] = numbers
    y, m, d, H, M, S, f, rest, z, w, W = fields.values()
    in_range = (y >= EARLIEST_YEAR) & (y <= LATEST_YEAR)
    months = (np.where(in_range, y, EARLIEST_YEAR) - 1970) * 12 + np.minimum(np.maximum(m, 1), 12) - 1
    first, after = ((months + i).astype("datetime64[M]").astype("datetime64[D]") for i in (0, 1))
    days = first + (d - 1)
    dated = (m >= 1) & (m <= 12) & (d >= 1) & (days < after)
    if any("W" in match.spans for match in matches.values()):
        weekly, mondays = W >= 0, _mondays(days, W)
        days = np.where(weekly, mondays, days)
        thursdays = (mondays + 3).astype("datetime64[Y]").astype(np.int64) + 1970
        dated = np.where(weekly, (W >= 1) & (thursdays == y), dated)
    exists = dated & (H < 24) & (M < 60) & (S < 60) & (abs(z) <= LARGEST_OFFSET)
    clock = ((H * 60 + M) * 60 + S) * MICROSECONDS + f
    agrees = (w < 0) | (w == weekday_of(days.astype(np.int64)))
    return Timestamps(days.astype("datetime64[us]") + clock, z, rest == 0, exists, in_range, agrees)


def _read_fields(texts: Sequence[str], match: ShapeMatch) -> dict[str, Any]:
    """Return the numbers of every field in cells of one shape, (k,) each or one for all."""
    digits = np.array(texts).view(np.uint32).reshape(len(texts), -1).astype(np.int64) - ord("0")

    def number(field: str, default: int = 0) -> Any:
        return _read_digits(digits, *match.spans[field]) if field in match.spans else default

    half, width = match.names.get("p"), len(match.text("f"))
    hour = number("H" if half is None else "h")
    f, rest = np.divmod(number("f") * 10 ** max(0, 6 - width), 10 ** max(0, width - 6))
    month = 3 * number("q") - 2 if "q" in match.spans else number("m", 1)
    y = number("y") if len(match.text("y")) == len("YYYY") else 1900 + number("y") + 100 * (number("y") < PIVOT)
    day = {"y": y, "m": match.names.get("b", month), "d": number("d", 1)}
    hours = hour if half is None else np.where((hour >= 1) & (hour <= 12), hour % 12 + 12 * half, NO_HOUR)
    clock = {"H": hours, "M": number("M"), "S": number("S"), "f": f, "rest": rest}
    return day | clock | {"z": _zone_offset(digits, match), "w": match.names.get("w", -1), "W": number("W", -1)}


def _mondays(new_years: NDArray[Any], weeks: Ints) -> NDArray[Any]:
    """Return the first days of weeks, (n,), as ISO 8601 counts them: week 1 has January 4 in it."""
    fourth = new_years.astype("datetime64[Y]").astype("datetime64[D]") + 3
    return fourth - weekday_of(fourth.astype(np.int64)) + 7 * (weeks - 1)


def _read_digits(digits: Ints, start: int, stop: int) -> Ints:
    """Return the numbers that stand in some columns of digits, (k,)."""
    powers: Ints = 10 ** np.arange(stop - start)[::-1]
    return digits[:, start:stop] @ powers


def _zone_offset(digits: Ints, match: ShapeMatch) -> Any:
    """Return the minutes that times are ahead of UTC; too many where an hour has more than 59."""
    text = match.text("z")
    if not text.startswith(("+", "-")):
        return 0
    start, stop = match.spans["z"]
    hours = _read_digits(digits, start + 1, start + 3)
    minutes = _read_digits(digits, stop - 2, stop) if len(text) > len("+00") else np.zeros_like(hours)
    ahead = np.where(minutes < 60, hours * 60 + minutes, LARGEST_OFFSET + 1)
    return -ahead if text.startswith("-") else ahead
