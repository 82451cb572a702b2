"""Pack arrays of plain numbers into one uncompressed `.npz` block, NumPy's own format, and unpack it.

The block has no time stamps, so equal arrays give equal bytes. Reading allocates memory only for the bytes that are
there: every size that the block states is compared with its bytes first.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = np.ndarray[Any, Any]
"""An array of any type and shape."""

DTYPES = frozenset({"<f2", "<f4", "<f8", "<i8"})
MEMBER = re.compile(r"([a-z_]{1,64})\.npy")
HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<dtype><f[248]|<i8)', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[1-9]\d{0,9},|[1-9]\d{0,9}(?:, [1-9]\d{0,9}){1,2})\), \} *\n",
    re.DOTALL,
)
"""What NumPy writes before an array of 1 to 3 axes, none of them empty."""
HEADER_LENGTH_END = 10

END = struct.Struct("<4s4H2LH")
"""Last part of a zip archive: signature, four counts, size and place of the directory, length of a comment."""
LARGEST_DIRECTORY = 4096
"""Bytes: an array takes about 60, so this is room for twice as many as any model has."""
ZIP64 = b"PK\x06\x07"
"""Signature of a second directory, 20 bytes before the last part, which would replace the first."""
MEMBER_HEAD = 30
"""Bytes before the name of a member; the last two are the length of an extra field."""


def pack_npz(arrays: Mapping[str, Array]) -> bytes:
    """Return the block of arrays, ordered by name.

    Raises:
        ModelRefusedError: An array is empty or not of finite float32, float64 or int64 numbers.

    """
    block = io.BytesIO()
    with zipfile.ZipFile(block, "w", zipfile.ZIP_STORED) as archive:
        for name, array in sorted(arrays.items()):
            _check_numbers(name, array)
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return block.getvalue()


def unpack_npz(block: bytes) -> dict[str, Array]:
    """Return the arrays of a block; they are read-only.

    Raises:
        ModelRefusedError: The block holds anything else.
        Exception: It is damaged; `zipfile` does not document what it raises then.

    """
    directory = _directory_start(block)
    arrays: dict[str, Array] = {}
    place = 0
    with zipfile.ZipFile(io.BytesIO(block)) as archive:
        for member in archive.infolist():
            name = MEMBER.fullmatch(member.filename)
            end = place + MEMBER_HEAD + len(member.filename) + member.file_size
            if name is None or name[1] in arrays or end > directory or not _is_stored_plainly(block, member, place):
                raise refusal("its arrays are not stored plainly, one after the other")
            arrays[name[1]] = _array_from_member(name[1], archive.read(member))
            place = end
    if place != directory:
        raise refusal("its arrays do not fill their block")
    return arrays


def _directory_start(block: bytes) -> int:
    """Return where the directory of a zip archive begins; refuse one that is large or not the last and only one."""
    before = block[: -END.size]
    signature, _, _, _, _, size, place, comment = END.unpack(block[-END.size :])
    last = signature == b"PK\x05\x06" and place + size == len(before) and comment == 0
    if not last or size > LARGEST_DIRECTORY or before[-20:].startswith(ZIP64):
        raise refusal("its arrays are not one plain archive")
    return int(place)


def _is_stored_plainly(block: bytes, member: zipfile.ZipInfo, place: int) -> bool:
    """Return whether a member stands at `place`, neither compressed nor encrypted and without an extra field."""
    stored = member.compress_type == zipfile.ZIP_STORED and member.compress_size == member.file_size
    bare = member.flag_bits == 0 and block[place + 28 : place + MEMBER_HEAD] == b"\0\0"
    return stored and bare and member.header_offset == place


def _array_from_member(name: str, member: bytes) -> Array:
    """Return the array of a `.npy` file."""
    header = HEADER.match(member)
    if header is None:
        raise refusal(f"its array {name} is not one of plain numbers")
    dtype = np.dtype(header["dtype"].decode())
    shape = tuple(int(axis) for axis in header["shape"].rstrip(b",").split(b", "))
    begin = HEADER_LENGTH_END + int.from_bytes(header["length"], "little")
    if begin != header.end() or begin + math.prod(shape) * dtype.itemsize != len(member):
        raise refusal(f"its array {name} is not of the size that it states")
    array = np.frombuffer(member, dtype, offset=begin).reshape(shape)
    _check_numbers(name, array)
    return array


def _check_numbers(name: str, array: Array) -> None:
    plain = array.dtype.str in DTYPES and 1 <= array.ndim <= 3 and array.size > 0
    if not plain or not np.isfinite(array).all():
        raise refusal(f"its array {name} is empty, of an odd type, or not finite")
