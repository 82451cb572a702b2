"""Forecasts and actual values as compact bytes: a record in `pending`, many of them in a compressed block.

A record has the last value before the forecast, `base`, as a double. Points are differences to it in single precision,
so that they have seven digits of the predicted change, however large the values are. Ends of intervals are differences
to the point in steps, of which the widest has 32,766. They are rounded outwards, so that a value on the end of an
interval stays inside. The naive forecast is a difference to `base` in such steps, rounded to the nearest. Where single
precision has not the range for the numbers, a layout is `wide` and has doubles.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.ledger.trusted_rows import DamagedLedgerError, check_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints

MOST = 32766
"""Steps of the widest difference: two bytes hold one more, for an end that has to be rounded further out."""
SMALLEST, LARGEST = 1e-30, 1e30
"""Differences that single precision holds with all its digits; those that are smaller count as 0 if others are not."""
IDENTITY = [("series", "<i4"), ("model", "<i4"), ("run", "<i4")]
"""What a block says of each forecast besides its record."""
ACTUAL = np.dtype([("series", "<i4"), ("time", "<i8"), ("value", "<f8")])
"""A value in a block of actual values."""
LARGEST_BLOCK = 2**27
"""Bytes of a block before it is compressed, and of all forecasts that are read at once."""
ROWS_OF_BLOCK, VALUES_OF_BLOCK = 256, 4096
"""Forecasts and values of a block: enough to compress well, few enough to read one series of many quickly."""


@dataclass(frozen=True)
class Layout:
    """What the records of one kind hold: steps, levels in percent, and whether numbers are doubles."""

    horizon: int
    levels: tuple[float, ...]
    wide: bool = False

    @property
    def key(self) -> tuple[int, str, int]:
        """The row of the table `layouts`, without its number."""
        return self.horizon, json.dumps(self.levels), int(self.wide)

    @cached_property
    def record(self) -> np.dtype[Any]:
        """The data type of a record in `pending`."""
        h, ends = self.horizon, 2 * len(self.levels)
        fields: list[tuple[Any, ...]] = [("origin", "<i8"), ("targets", "<i8", (h,)), ("base", "<f8")]
        if self.wide:
            return np.dtype([*fields, ("point", "<f8", (h,)), ("ends", "<f8", (h, ends)), ("naive", "<f8", (h,))])
        packed = [("point", "<f4", (h,)), ("scale", "<f4"), ("ends", "<i2", (h, ends))]
        return np.dtype([*fields, *packed, ("naive_scale", "<f4"), ("naive", "<i2", (h,))])

    @cached_property
    def row(self) -> np.dtype[Any]:
        """The data type of a forecast in a block: whose it is, then its record."""
        described: Any = self.record.descr
        return np.dtype([*IDENTITY, *described])


def layout_of(layouts: Mapping[int, Layout], number: int) -> Layout:
    """Return the layout of a forecast.

    Raises:
        DamagedLedgerError: There is none of this number.

    """
    if number not in layouts:
        raise DamagedLedgerError("the layout of a forecast is missing")
    return layouts[number]


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of one layout, n of them with h steps and L levels.

    Attributes:
        layout: Their steps and levels.
        series, model, run: Numbers of each forecast's series, model and run, (n,).
        origin: Time of the last row that each follows, (n,).
        targets: The times that are forecast, (n, h).
        point, naive: Points of the forecast and of the seasonal naive one, (n, h).
        ends: Lower and upper end of the interval of each level, (n, h, 2 L): those of the first level come first.

    """

    layout: Layout
    series: Ints
    model: Ints
    run: Ints
    origin: Ints
    targets: Ints
    point: Floats
    naive: Floats
    ends: Floats

    def __len__(self) -> int:
        """Return the number of forecasts."""
        return len(self.series)

    def take(self, chosen: Any) -> Forecasts:
        """Return the forecasts at these places."""
        names = ("series", "model", "run", "origin", "targets", "point", "naive", "ends")
        return Forecasts(self.layout, **{name: getattr(self, name)[chosen] for name in names})


def needs_doubles(base: Floats, point: Floats, ends: Floats, naive: Floats) -> Bools:
    """Return whether differences of a forecast leave the range of single precision, (n,); arguments as below."""
    parts = (point - base[:, None], naive - base[:, None], (ends - base[:, None, None]).reshape(len(base), -1))
    largest = np.max([np.abs(each).max(axis=1, initial=0.0) for each in parts], axis=0)
    fits: Bools = (largest == 0.0) | ((largest > SMALLEST) & (largest < LARGEST))
    return ~fits


def pack_records(  # noqa: PLR0913 - the fields of a record
    layout: Layout, *, origin: Ints, targets: Ints, base: Floats, point: Floats, ends: Floats, naive: Floats
) -> list[bytes]:
    """Return the records of n forecasts.

    Args:
        layout: Their layout.
        origin: Times of the last rows, (n,).
        targets: The times that are forecast, (n, h).
        base: The last values, (n,).
        point: The forecasts, (n, h).
        ends: Ends of the intervals, (n, h, 2 L).
        naive: Naive forecasts, (n, h).

    """
    records = np.zeros(len(origin), layout.record)
    records["origin"], records["targets"], records["base"] = origin, targets, base
    if layout.wide:
        records["point"], records["ends"], records["naive"] = point, ends, naive
    else:
        records["point"] = point - base[:, None]
        kept = base[:, None] + records["point"].astype(np.float64)
        records["scale"], records["ends"] = _pack_outwards(ends, kept)
        records["naive_scale"], records["naive"] = _pack_nearest(naive - base[:, None])
    return [record.tobytes() for record in records]


def unpack_rows(layout: Layout, rows: NDArray[Any]) -> Forecasts:
    """Return the forecasts of rows of a block, (n,)."""
    base, point, ends, naive = (rows[name].astype(np.float64) for name in ("base", "point", "ends", "naive"))
    if not layout.wide:
        point = base[:, None] + point
        ends = point[:, :, None] + rows["scale"].astype(np.float64)[:, None, None] * ends
        naive = base[:, None] + rows["naive_scale"].astype(np.float64)[:, None] * naive
    numbers = {name: rows[name].astype(np.int64) for name in ("series", "model", "run", "origin", "targets")}
    return Forecasts(layout, **numbers, point=point, naive=naive, ends=ends)


def rows_of_records(layout: Layout, identity: Sequence[tuple[int, int, int]], records: Sequence[bytes]) -> NDArray[Any]:
    """Return rows of a block, (n,), from records and the number of series, model and run of each.

    Raises:
        DamagedLedgerError: A record is not that of a forecast.

    """
    if any(len(record) != layout.record.itemsize for record in records):
        raise DamagedLedgerError("a forecast has another size than those of its layout")
    found = np.frombuffer(b"".join(records), layout.record)
    rows = np.empty(len(found), layout.row)
    for name in layout.record.names or ():
        rows[name] = found[name]
    numbers = np.array(identity, np.int32).reshape(-1, len(IDENTITY))
    for place, (name, _) in enumerate(IDENTITY):
        rows[name] = numbers[:, place]
    _check_fields(rows)
    return rows


def pack_block(rows: NDArray[Any]) -> bytes:
    """Return rows, (n,), compressed: field by field, the first bytes of all numbers, then the second ones."""
    return zlib.compress(b"".join(_shuffled(rows[name]) for name in rows.dtype.names or ()))


def unpack_block(dtype: np.dtype[Any], count: int, data: bytes) -> NDArray[Any]:
    """Return the rows, (count,), that `pack_block` compressed.

    Raises:
        DamagedLedgerError: The data are not those of such rows.

    """
    content = _decompress(data, count * dtype.itemsize)
    rows, begin = np.empty(count, dtype), 0
    for name in dtype.names or ():
        kind = dtype[name]
        size = count * kind.itemsize
        part = np.frombuffer(content, np.uint8, size, begin).reshape(kind.base.itemsize, -1)
        rows[name] = np.ascontiguousarray(part.T).view(kind.base).reshape(rows[name].shape)
        begin += size
    _check_fields(rows)
    return rows


def _decompress(data: bytes, size: int) -> bytes:
    """Return the content of a block, which must have this many bytes.

    Raises:
        DamagedLedgerError: It has not.

    """
    if size > LARGEST_BLOCK:
        raise DamagedLedgerError("a block is larger than any that the program writes")
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(data, size + 1)  # no more, whatever it unpacks to
    except zlib.error as error:
        raise DamagedLedgerError("a block cannot be unpacked") from error
    if len(content) != size or not stream.eof:
        raise DamagedLedgerError("a block has another size than its rows")
    return content


def _check_fields(rows: NDArray[Any]) -> None:
    """Check the numbers of rows of a block.

    Raises:
        DamagedLedgerError: One is missing, infinite or too large.

    """
    for name in rows.dtype.names or ():
        if rows.dtype[name].base.kind == "f":
            check_numbers("a forecast or a value", rows[name])


def _shuffled(values: NDArray[Any]) -> bytes:
    """Return the first bytes of all numbers of an array, then their second bytes, and so on."""
    flat = np.ascontiguousarray(values).reshape(-1)
    return flat.view(np.uint8).reshape(len(flat), flat.itemsize).T.tobytes()


def _step_sizes(offsets: Floats) -> NDArray[np.float32]:
    """Return the size of a step for differences, (n, k): the largest of each row is `MOST` steps, rounded up, (n,)."""
    largest = np.abs(offsets).max(axis=1, initial=0.0)
    scale: NDArray[np.float32] = (largest / MOST).astype(np.float32)
    scale[scale.astype(np.float64) * MOST < largest] *= 1 + np.finfo(np.float32).eps
    return scale


def _pack_outwards(ends: Floats, point: Floats) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Return step sizes, (n,), and steps of the ends of intervals, (n, h, 2 L), rounded outwards."""
    offsets = ends - point[:, :, None]
    scale = _step_sizes(offsets.reshape(len(ends), -1))
    size = scale.astype(np.float64)[:, None, None]
    steps = np.divide(offsets, size, out=np.zeros_like(offsets), where=size > 0)
    steps[:, :, 0::2], steps[:, :, 1::2] = np.floor(steps[:, :, 0::2]), np.ceil(steps[:, :, 1::2])
    kept = point[:, :, None] + size * steps  # the sum is rounded, too
    steps[:, :, 0::2] -= kept[:, :, 0::2] > ends[:, :, 0::2]
    steps[:, :, 1::2] += kept[:, :, 1::2] < ends[:, :, 1::2]
    return scale, steps.astype(np.int16)


def _pack_nearest(offsets: Floats) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Return step sizes, (n,), and the nearest steps of differences, (n, h)."""
    scale = _step_sizes(offsets)
    size = scale.astype(np.float64)[:, None]
    return scale, np.rint(np.divide(offsets, size, out=np.zeros_like(offsets), where=size > 0)).astype(np.int16)
