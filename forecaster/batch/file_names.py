"""Make safe file names for results from the names of sources and series.

A character that is not safe in a file name is percent-encoded, as in web addresses, so that two names never become one.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import accumulate
from urllib.parse import unquote

from forecaster.reading.tables import content

MOST_BYTES = 200
"""Bytes of a name at most: file systems take 255, and an ending, a temporary file and a lock need some of them."""
HASH_DIGITS = 16
"""Hexadecimal digits of the hash that distinguishes shortened names: 64 bits, so that no two names share one."""


def decoded_stem(file: str) -> str:
    """Return the name of a source or of a result, without folders and endings, its percent-encoding decoded."""
    return unquote(content.stem(file), errors="surrogateescape")


def file_name(name: str) -> str:
    """Return `name` as the name of a file; `decoded_stem` gives it back unless it was too long.

    Letters and digits of all scripts stay, and so do `_`, `~`, the space, and `.` and `-` unless they come first.
    """
    parts = [_percent_encoded(char, first=not place) for place, char in enumerate(name)] or ["%00"]
    ends = list(accumulate(len(part.encode("utf-8", "surrogateescape")) for part in parts))
    if ends[-1] <= MOST_BYTES:
        return "".join(parts)
    suffix = "~" + sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:HASH_DIGITS]
    return "".join(part for part, end in zip(parts, ends, strict=True) if end <= MOST_BYTES - len(suffix)) + suffix


def _percent_encoded(char: str, *, first: bool) -> str:
    """Return a character, or its bytes in hexadecimal where a shell or a file system may interpret it."""
    if char.isalnum() or char in " _~" or (char in ".-" and not first):
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
