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
DECIMALS = {"seconds": 6, "milliseconds": 3, "microseconds": 0, "nanoseconds": -3}
"""Decimals of a number that make a microsecond."""
EPOCHS = {f"{unit} since 1970": unit for unit in DECIMALS}
END = int(np.datetime64("2101-01-01", "us").astype(np.int64))


class Epochs(NamedTuple):
    """Numbers since 1970: their layout, the time stamps, (n,), and which of them are in 1970 to 2100, (n,)."""

    layout: str
    stamps: NDArray[Any]
    sound: Bools


def read_epochs(cells: Sequence[str]) -> Epochs | None:
    """Return the times of numbers since 1970; None unless most of the cells are such numbers.

    The unit is that in which today has as many digits as most numbers. They may have one digit fewer; if all have nine,
    they must be whole minutes, because they could count anything else, and if all have eighteen they are none, because
    ticks of 100 nanoseconds since another year have as many.
    """
    matches = [EPOCH.fullmatch(cell) for cell in cells]
    digits = Counter(len(match[1]) for match in matches if match)
    most = max(digits, key=lambda length: digits[length], default=0)
    unit = UNITS.get(most) or UNITS.get(most + 1)
    if unit is None or set(digits) == {18}:
        return None
    if set(digits) == {9} and any(match and int(match[1]) % 60 for match in matches):
        return None
    near = {length for length, name in UNITS.items() if name == unit}
    times = [
        _microseconds(match, unit) if match and {len(match[1]), len(match[1]) + 1} & near else -1 for match in matches
    ]
    micro = np.array(times, np.int64)
    sound = (micro >= 0) & (micro < END)
    if 2 * sound.sum() <= len(cells):
        return None
    return Epochs(f"{unit} since 1970", micro.astype("datetime64[us]"), sound)


def _microseconds(match: re.Match[str], unit: str) -> int:
    """Return a number since 1970 in microseconds; -1 if it is finer than these or out of all range."""
    decimals = DECIMALS[unit]
    fraction = match[2] or ""
    if len(fraction) > max(0, decimals):
        return -1
    scaled = int(match[1]) * 10 ** max(0, decimals) + int(fraction.ljust(decimals, "0") or 0)
    whole, rest = divmod(scaled, 10 ** max(0, -decimals))
    return -1 if rest or whole >= END else whole


def write_epochs(ds: NDArray[Any], layout: str) -> NDArray[np.object_]:
    """Return time stamps as text in the unit of a layout, exactly."""
    decimals = DECIMALS[EPOCHS[layout]]
    scale = 10 ** abs(decimals)
    texts = []
    for micro in ds.astype("datetime64[us]").astype(np.int64).tolist():
        whole, rest = divmod(micro, scale) if decimals > 0 else (micro * scale, 0)
        texts.append(f"{whole}.{rest:0{decimals}}".rstrip("0") if rest else str(whole))
    return np.array(texts, dtype=object)
