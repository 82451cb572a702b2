"""Times as numbers of seconds, milliseconds, microseconds or nanoseconds since 1970 in UTC, told apart by digits."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools

EPOCH = re.compile(r"([1-9][0-9]{8,18})(?:\.([0-9]*?)0*)?")
UNITS = {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}
"""The units by the digits of today's number."""
EPOCHS = {f"{unit} since 1970": 16 - digits for digits, unit in UNITS.items()}
"""Decimals of a number that make a microsecond, by format."""
END = int(np.datetime64("2101-01-01", "us").astype(np.int64))
"""Microseconds at which times end: numbers beyond the year 2100 count something else."""


class Epochs(NamedTuple):
    """Numbers since 1970: their format, the time stamps, (n,), and which of them lie in 1970 to 2100, (n,)."""

    date_format: str
    stamps: NDArray[Any]
    valid: Bools


def read_epochs(cells: Sequence[str]) -> Epochs | None:
    """Return the times of numbers since 1970; None unless most of the cells are such numbers.

    The unit is the one in which today's number has as many digits as most of the cells; some may have one digit fewer.
    If all have nine, they must be whole minutes, because they could count anything else; if all have eighteen, they are
    no times, because ticks of 100 nanoseconds since another year have as many.
    """
    matches = [EPOCH.fullmatch(cell) for cell in cells]
    digits = Counter(len(match[1]) for match in matches if match)
    most = max(digits, key=lambda length: digits[length], default=0)
    unit = UNITS.get(most) or UNITS.get(most + 1)
    if unit is None or set(digits) == {18}:
        return None
    if set(digits) == {9} and any(match and int(match[1]) % 60 for match in matches):
        return None
    units = [UNITS.get(len(match[1])) or UNITS.get(len(match[1]) + 1) if match else None for match in matches]
    near = [match if other == unit else None for match, other in zip(matches, units, strict=True)]
    micro = np.array([_microseconds(match, unit) if match else -1 for match in near], np.int64)
    valid = (micro >= 0) & (micro < END)
    if 2 * valid.sum() <= len(cells):
        return None
    return Epochs(f"{unit} since 1970", micro.astype("datetime64[us]"), valid)


def mixed_units(cells: Sequence[str]) -> list[str]:
    """Return the unit of each cell if the cells are in order as times since 1970 of different units; none otherwise.

    Exchanges went over from milliseconds to microseconds in the middle of their files.
    """
    matches = [EPOCH.fullmatch(cell) for cell in cells]
    units = [UNITS.get(len(match[1])) or UNITS.get(len(match[1]) + 1) if match else None for match in matches]
    named = [unit for unit in units if unit]
    if len(named) < len(cells) or len(set(named)) < 2:
        return []
    micro = np.array([_microseconds(match, unit) for match, unit in zip(matches, named, strict=True) if match])
    steps = np.diff(micro)
    in_order = bool((steps >= 0).all() or (steps <= 0).all())
    return named if in_order and ((micro >= 0) & (micro < END)).all() else []


def _microseconds(match: re.Match[str], unit: str) -> int:
    """Return a number since 1970 in microseconds; -1 if it is finer than these or out of all range."""
    decimals = EPOCHS[f"{unit} since 1970"]
    fraction = match[2] or ""
    if len(fraction) > max(0, decimals):
        return -1
    scaled = int(match[1]) * 10 ** max(0, decimals) + int(fraction.ljust(decimals, "0") or 0)
    whole, rest = divmod(scaled, 10 ** max(0, -decimals))
    return -1 if rest or whole >= END else whole


def format_epochs(ds: NDArray[Any], date_format: str) -> NDArray[np.object_]:
    """Return time stamps as text in the unit of a format, exactly."""
    decimals = EPOCHS[date_format]
    scale = 10 ** abs(decimals)
    texts = []
    for micro in ds.astype("datetime64[us]").astype(np.int64).tolist():
        whole, rest = divmod(micro, scale) if decimals > 0 else (micro * scale, 0)
        texts.append(f"{whole}.{rest:0{decimals}}".rstrip("0") if rest else str(whole))
    return np.array(texts, dtype=object)
