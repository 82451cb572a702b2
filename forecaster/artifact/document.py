"""Encode a model file as a joblib dump of builtins that names no class, and decode it safely.

The file holds text, numbers and arrays. Anyone can open it with `joblib.load`, which runs whatever a file tells it to
run. `decode` reads the same file and runs nothing; this program reads a model in no other way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact import npz, plain_pickle
from forecaster.artifact.refusal import refusal
from forecaster.errors import InputUnreadableError, ModelRefusedError, Place
from forecaster.files.handles import NO_WAIT
from forecaster.files.similar import similar_file
from forecaster.size_limits import LARGEST_MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.artifact.npz import Array

FORMAT = "forecaster"
OPENING = 1000
"""Bytes that show whether a file is text: a model has control characters in its first twenty."""
FIRST_PRINTABLE = 32
"""The space: lower bytes are control characters in ASCII, UTF-8 and all encodings of one byte."""
PICKLED = b"forecaster.api.forecaster"
"""Stands at the beginning of a pickle of an object of the library, which can run code when it is read."""
KEYS = frozenset({"format", "schema", "meta", "arrays", "sha256"})
FOREIGN = {
    "compressed by gzip": (b"\x1f\x8b",),
    "compressed by zlib": (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"),
    "compressed by bzip2": (b"BZh",),
    "compressed by xz": (b"\xfd7zXZ",),
    "compressed by lzma": (b"\x5d\x00",),
    "compressed by lz4": (b"\x04\x22\x4d\x18",),
    "compressed by zstd": (b"\x28\xb5\x2f\xfd",),
    "a file of an old joblib": (b"ZF",),
    "a zip archive": (b"PK",),
    "a NumPy array": (b"\x93NUMPY",),
    "an HDF5 file": (b"\x89HDF",),
}
"""Other kinds of files by their first bytes, to name them in the refusal; nothing is ever decompressed."""


@dataclass(frozen=True)
class Document:
    """The content of an undamaged file, before the audit.

    Attributes:
        schema: Version of the content, see `forecaster.artifact.schema`.
        meta: Text, numbers, booleans, None, lists and dicts.
        arrays: Finite float32, float64 and int64 arrays by name; they cannot be written to.
        digest: SHA-256 of the content, the same whatever versions of the libraries wrote it.
        place: The file.

    """

    schema: int
    meta: dict[str, Any]
    arrays: dict[str, Array]
    digest: str
    place: Place = Place()  # noqa: RUF009 - frozen, so sharing the default is safe


def encode(schema: int, meta: Mapping[str, Any], arrays: Mapping[str, Array], kind: str = FORMAT) -> tuple[bytes, str]:
    """Return the bytes of a model file, which are equal for equal content and libraries, and the digest in it.

    Args:
        schema: Version of the content.
        meta: What JSON can say, with printable text and finite numbers.
        arrays: Finite float32, float64 and int64 arrays by name, none of them empty.
        kind: What the file says that it is: a model, or something else of this program.

    Raises:
        ModelRefusedError: The content is something else.

    """
    try:
        # JSON makes each value an object of its own. pickle would store a text that is the same object twice only
        # once, so equal content could have different bytes.
        plain = json.loads(json.dumps(meta, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise refusal(f"it cannot be stored: {error}") from error
    plain_pickle.count_values(plain)
    packed = npz.pack_npz(arrays)
    digest = content_digest(schema, plain, arrays)
    content = {"format": kind, "schema": schema, "meta": plain, "arrays": packed, "sha256": digest}
    return plain_pickle.dump_plain_pickle(content), digest


def decode(path: Path, kind: str = FORMAT) -> Document:
    """Read a model file, or one of another kind, without running anything in it.

    Raises:
        InputUnreadableError: The file is missing or cannot be read.
        ModelRefusedError: It is anything but an undamaged model file.
        MemoryError: There is not enough memory.

    """
    place = Place(file=str(path))
    try:
        return _document_from_bytes(_read_regular_file(path), place, kind)
    except OSError as error:
        raise _unreadable_error(error, path) from error
    except ModelRefusedError as error:
        raise error.at(place) from error
    except MemoryError:
        raise
    except Exception as error:  # the parsers do not document what they raise on a damaged file
        raise refusal("it is damaged").at(place) from error


def _unreadable_error(error: OSError, path: Path) -> InputUnreadableError:
    """Return the error of a model file that is missing or cannot be read."""
    if not isinstance(error, FileNotFoundError):
        return InputUnreadableError(f"cannot be read: {error.strerror or error}", "check the file", Place(str(path)))
    meant = similar_file(path)
    remedy = f"did you mean {meant}?" if meant else "train a model with `forecast train FILE`"
    return InputUnreadableError("there is no such model", remedy, Place(str(path)))


def _is_text(opening: bytes) -> bool:
    """Return whether the first bytes of a file are lines of text, in whatever encoding: none is a control character."""
    return all(byte >= FIRST_PRINTABLE or byte in b"\t\r\n" for byte in opening)


def content_digest(schema: int, meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    """Return the SHA-256 of the canonical JSON of `schema` and `meta`, then of each array in order of the names."""
    digest = hashlib.sha256(_canonical_json([schema, meta]))
    for name, array in sorted(arrays.items()):
        digest.update(_canonical_json([name, array.dtype.str, array.shape]))
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _canonical_json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _read_regular_file(path: Path) -> bytes:
    """Return the bytes of a regular file."""
    with open(path, "rb", opener=_open_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise refusal("it is not a regular file")
        if status.st_size > LARGEST_MODEL:
            raise refusal(f"it is larger than {LARGEST_MODEL // 2**20} MB")
        return file.read(min(status.st_size + 1, LARGEST_MODEL))  # the system reserves memory for all that may come


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; opening a pipe does not wait for its other end."""
    return os.open(path, flags | NO_WAIT)


def _document_from_bytes(data: bytes, place: Place, kind: str) -> Document:
    """Return the content of the bytes of a file of this kind; its digest must match."""
    if data and _is_text(data[:OPENING]):
        remedy = f"forecast from a table with `forecast predict {place.file}`"
        raise ModelRefusedError("this is a text file, not a model", remedy)
    for foreign, starts in FOREIGN.items():
        if data.startswith(starts):
            raise refusal(f"it is {foreign}")
    if PICKLED in data[:OPENING]:
        raise ModelRefusedError("this is a pickle of a Forecaster, not a model", "write it with the method save")
    content = plain_pickle.load_plain_pickle(data)
    if type(content) is not dict or content.keys() != KEYS or content["format"] != kind:
        raise refusal("it is a file of another program")
    schema, meta, packed = content["schema"], content["meta"], content["arrays"]
    if type(schema) is not int or type(meta) is not dict or type(packed) is not bytes:
        raise refusal("its parts are of the wrong types")
    arrays = npz.unpack_npz(packed)
    digest = content_digest(schema, meta, arrays)
    if not hmac.compare_digest(digest, content["sha256"]):
        raise refusal("its content does not match its digest")
    return Document(schema, meta, arrays, digest, place)
