"""The safe file: text, numbers and arrays in a `joblib.dump` of builtins that names no class and no function.

Anyone opens it with `joblib.load`, which runs whatever a file tells it to run; `decode` runs nothing. It reads the
instructions of the stream before it follows them, lets through data alone, and looks up no name at all. Arrays are
one `.npz` block; everything is bounded by what the file really holds before memory is taken for it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import math
import os
import pickle  # noqa: S403 - only behind `_scan`, which lets no name and no call through
import pickletools
import re
import stat
import struct
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import joblib
import numpy as np

from forecaster.errors import InputUnreadableError, ModelRefusedError, Place
from forecaster.operations.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Arrays = Mapping[str, np.ndarray[Any, Any]]

FORMAT = "forecaster"
KEYS = frozenset({"format", "schema", "meta", "arrays", "sha256"})
REMEDY = "train it again with `forecast train`"

LARGEST_FILE = 256 * 2**20
MOST_INSTRUCTIONS = 1_000_000
MOST_ARRAYS = 32
DEEPEST = 32
LONGEST_TEXT = 10_000
"""Characters; longer text would also leave the stream's frames, in which `_scan` expects it."""

START = b"\x80\x04"
"""How a pickle stream of protocol 4 begins."""
FOREIGN = {
    b"\x1f\x8b": "compressed by gzip",
    b"\x78": "compressed by zlib",
    b"BZ": "compressed by bzip2",
    b"\xfd7zXZ": "compressed by xz",
    b"\x5d\x00": "compressed by lzma",
    b"\x04\x22\x4d\x18": "compressed by lz4",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"ZF": "a file of an old joblib",
    b"PK": "a zip archive",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "an HDF5 file",
    b"\x80": "a pickle of another protocol",
}
"""First bytes of files that are no models, and what such a file is."""

TEXT = frozenset({"SHORT_BINUNICODE", "BINUNICODE"})
RECALLS = frozenset({"BINGET", "LONG_BINGET"})
VALUES = (
    frozenset({"NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"})
    | frozenset({"SHORT_BINBYTES", "BINBYTES", "EMPTY_LIST", "EMPTY_DICT"})
    | TEXT
    | RECALLS
)
"""Instructions that make one value each."""
DATA = VALUES | {"PROTO", "FRAME", "MARK", "MEMOIZE", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "STOP"}
"""All instructions that a model may hold: they can build lists and dicts, and call nothing."""

ARRAY_NAME = re.compile(r"[a-z_]{1,64}\.npy")
ARRAY_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(<f4|<f8|<i8)', 'fortran_order': False, "
    rb"'shape': \(((?:[1-9]\d{0,9}, ){0,2}[1-9]\d{0,9},?)\), \} *\n",
    re.DOTALL,
)
"""What NumPy writes before an array of 1 to 3 axes, none of them empty."""
DTYPES = frozenset({"<f4", "<f8", "<i8"})
MEMBER_HEAD = 30
"""Bytes before the name of a member of a zip archive."""
ZIP_END = struct.Struct("<4s4H2LH")
"""Signature, two disk numbers, members here and in all, size and place of the directory, length of the comment."""
ZIP64_LOCATOR = 20


@dataclass(frozen=True)
class Document:
    """What a file holds, whole and undamaged, but not yet audited.

    Attributes:
        schema: Version of the content, see `forecaster.operations.schema`.
        meta: Text, numbers, booleans, None, lists and dicts.
        arrays: Finite float32, float64 and int64 arrays by name; they cannot be written to.
        digest: SHA-256 of the content: equal content has equal digests, whatever libraries wrote it.
        place: The file.

    """

    schema: int
    meta: dict[str, Any]
    arrays: dict[str, np.ndarray[Any, Any]]
    digest: str
    place: Place = Place()  # noqa: RUF009 - frozen, so sharing the default is safe


class _DataUnpickler(pickle.Unpickler):
    """The standard unpickler without names: a second wall behind `_scan`."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise _refusal(f"it names {module}.{name}")

    def persistent_load(self, pid: object) -> NoReturn:
        raise _refusal(f"it refers to something outside, {pid!r}")


def encode(meta: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return the bytes of a model file; equal content gives equal bytes with the same libraries.

    Args:
        meta: What JSON can say. Text is printable, numbers are finite.
        arrays: Finite float32, float64 and int64 arrays, none of them empty.

    Raises:
        ModelRefusedError: The content is something else, such as a number that is not finite.

    """
    try:
        # A round trip through JSON gives every value its own object: what is one object twice is stored only once.
        plain = json.loads(json.dumps(meta, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise _refusal(f"it cannot be stored: {error}") from error
    for name, array in arrays.items():
        _check_array(name, array)
    document = {
        "format": FORMAT,
        "schema": SCHEMA,
        "meta": plain,
        "arrays": _pack(arrays),
        "sha256": content_digest(SCHEMA, plain, arrays),
    }
    stream = io.BytesIO()
    joblib.dump(document, stream, compress=0, protocol=4)
    return stream.getvalue()


def decode(path: Path) -> Document:
    """Read a model file without running anything that it says.

    Raises:
        InputUnreadableError: The file is missing or cannot be read.
        ModelRefusedError: It is anything but an undamaged model file.

    """
    place = Place(file=str(path))
    try:
        data = _read(path)
        return _parse(data, place)
    except OSError as error:
        remedy = "train a model with `forecast train`" if isinstance(error, FileNotFoundError) else "check the file"
        raise InputUnreadableError(f"cannot be read: {error.strerror or error}", remedy, place) from error
    except ModelRefusedError as error:
        error.place = place
        raise
    except Exception as error:  # what parsers raise on a damaged file is not documented
        raise ModelRefusedError("the file is damaged", REMEDY, place) from error


def content_digest(schema: int, meta: Mapping[str, Any], arrays: Arrays) -> str:
    """Return the SHA-256 of canonical JSON of `schema` and `meta`, and of the arrays in order of their names."""
    digest = hashlib.sha256(_canonical([schema, meta]))
    for name, array in sorted(arrays.items()):
        digest.update(_canonical([name, array.dtype.str, array.shape]))
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def printable(text: str) -> bool:
    """Return whether text has no control, formatting or surrogate character and no line break, as all of a model's."""
    return text.isprintable() or not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in text)


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _refusal(what: str) -> ModelRefusedError:
    return ModelRefusedError(f"this model is refused: {what}", REMEDY)


def _read(path: Path) -> bytes:
    """Return the bytes of a regular file; `O_NONBLOCK` lets no pipe keep the program waiting."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise _refusal("it is not a regular file")
        if status.st_size > LARGEST_FILE:
            raise _refusal(f"it is larger than {LARGEST_FILE // 2**20} MB")
        return file.read(LARGEST_FILE)


def _parse(data: bytes, place: Place) -> Document:
    """Return the document in `data`."""
    if not data.startswith(START):
        kinds = (kind for start, kind in FOREIGN.items() if data.startswith(start))
        raise _refusal(f"it is {next(kinds, 'not a model file')}")
    made = _scan(data)
    content = _DataUnpickler(io.BytesIO(data)).load()
    if type(content) is not dict or content.keys() != KEYS or content["format"] != FORMAT:
        raise _refusal("it is a file of another program")
    block = content.pop("arrays")
    if _count(content) + 2 != made:  # the block and its key are the two
        raise _refusal("it says a thing twice")
    if type(content["schema"]) is not int or type(content["meta"]) is not dict or type(block) is not bytes:
        raise _refusal("its parts are of the wrong types")
    schema, meta, arrays = content["schema"], content["meta"], _unpack(block)
    digest = content_digest(schema, meta, arrays)
    if not hmac.compare_digest(digest, content["sha256"]):
        raise _refusal("its content does not match its digest")
    return Document(schema, meta, arrays, digest, place)


def _scan(data: bytes) -> int:
    """Return how many values the instructions in `data` make; refuse all that are more than data."""
    made, end, previous = 0, 0, ""
    is_text: list[bool] = []  # of each remembered value
    for number, (instruction, argument, place) in enumerate(pickletools.genops(data)):
        name = instruction.name
        if name not in DATA:
            raise _refusal(f"it holds the instruction {name}, which is more than data")
        if number == MOST_INSTRUCTIONS:
            raise _refusal(f"it holds more than {MOST_INSTRUCTIONS:,} instructions")
        if name == "MEMOIZE":
            is_text.append(previous in TEXT)
        elif name in RECALLS and not (argument < len(is_text) and is_text[argument]):
            raise _refusal("it repeats something other than text")
        elif name == "LONG1" and argument.bit_length() > 64:  # unbounded keys of one hash would take minutes
            raise _refusal("it holds a whole number of more than 64 bits")
        made += name in VALUES
        end, previous = place + 1, name
    if end != len(data):
        raise _refusal("something follows its end")
    return made


def _count(value: Any, depth: int = 1) -> int:
    """Return how many values a tree holds, keys included; refuse all that is not a plain one."""
    if depth > DEEPEST:
        raise _refusal(f"it is nested more than {DEEPEST} deep")
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            raise _refusal("a key is not text")
        return 1 + sum(_count(key, depth + 1) + _count(part, depth + 1) for key, part in value.items())
    if type(value) is list:
        return 1 + sum(_count(part, depth + 1) for part in value)
    if type(value) is str and not (len(value) <= LONGEST_TEXT and printable(value)):
        raise _refusal("a text is too long or not printable")
    if type(value) is float and not math.isfinite(value):
        raise _refusal("a number is not finite")
    if type(value) is bytes:
        raise _refusal("it holds bytes outside its arrays")
    return 1


def _check_array(name: str, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.str not in DTYPES or not array.size or not np.isfinite(array).all():
        raise _refusal(f"the array {name} is empty, of another type, or not finite")


def _pack(arrays: Arrays) -> bytes:
    """Return arrays as an uncompressed `.npz` block without time stamps, in order of their names."""
    block = io.BytesIO()
    with zipfile.ZipFile(block, "w", zipfile.ZIP_STORED) as archive:
        for name, array in sorted(arrays.items()):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return block.getvalue()


def _unpack(block: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of a block; its members must fill it without holes or overlaps."""
    directory = _check_zip_end(block)
    arrays, place = {}, 0
    with zipfile.ZipFile(io.BytesIO(block)) as archive:
        for member in archive.infolist():
            stored = member.compress_type == zipfile.ZIP_STORED and member.compress_size == member.file_size
            if not stored or member.header_offset != place or not ARRAY_NAME.fullmatch(member.filename):
                raise _refusal("its arrays are not stored plainly")
            place += MEMBER_HEAD + len(member.filename) + member.file_size
            name = member.filename.removesuffix(".npy")
            if name in arrays or place > directory:
                raise _refusal("its arrays overlap")
            arrays[name] = _array(name, archive.read(member))
    if place != directory:
        raise _refusal("its arrays leave room between them")
    return arrays


def _check_zip_end(block: bytes) -> int:
    """Return where the directory of a zip archive begins, which is small and ends the archive.

    Raises:
        ModelRefusedError: It is large, is not the last part, or is overruled by a second one (ZIP64).

    """
    signature, _, _, _, members, size, place, _ = ZIP_END.unpack(block[-ZIP_END.size :])
    before = block[: -ZIP_END.size]
    plain = signature == b"PK\x05\x06" and place + size == len(before) and b"PK\x06\x07" != before[-ZIP64_LOCATOR:][:4]
    if not plain or members > MOST_ARRAYS or size > MOST_ARRAYS * 128:
        raise _refusal("its block of arrays is no plain archive")
    return int(place)


def _array(name: str, member: bytes) -> np.ndarray[Any, Any]:
    """Return the array in a `.npy` file, whose shape must be exactly what the file has bytes for."""
    header = ARRAY_HEADER.match(member)
    if header is None:
        raise _refusal(f"the array {name} is not one of plain numbers")
    shape = tuple(int(axis) for axis in header[2].rstrip(b",").split(b", "))
    dtype = np.dtype(header[1].decode())
    if math.prod(shape) * dtype.itemsize != len(member) - header.end():
        raise _refusal(f"the array {name} is not of the size that it states")
    array = np.frombuffer(member, dtype, offset=header.end()).reshape(shape)
    _check_array(name, array)
    return array
