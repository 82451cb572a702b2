"""Make safe file names for results from the names of sources and series.

Characters that a file name should not hold are percent-encoded, as in web addresses, so that two names stay different.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import accumulate
from urllib.parse import unquote

from forecaster.reading.tables import content

LONGEST_NAME = 200
"""Bytes of a name; file systems take 255, and the ending, temporary files and locks need some of them."""
HASH_DIGITS = 16
"""Hexadecimal digits of the hash that tells apart long names with the same beginning: 64 bits, so that names which meet
by chance need billions of files."""


def result_name(file: str) -> str:
    """Return the name of a source or a result, without folders and without endings such as `.csv.gz`."""
    return unquote(content.stem(file), errors="surrogateescape")


def file_name(name: str) -> str:
    """Return `name` as a file name; `result_name` is the inverse, unless the name was too long.

    Letters and digits of all scripts stay, and so do `.`, `_`, `-`, `~` and the space, but no dot or hyphen in front.
    """
    parts = [_encode_character(char, first=not place) for place, char in enumerate(name)] or ["%00"]
    ends = list(accumulate(len(part.encode("utf-8", "surrogateescape")) for part in parts))
    if ends[-1] <= LONGEST_NAME:
        return "".join(parts)
    mark = "~" + sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:HASH_DIGITS]
    return "".join(part for part, end in zip(parts, ends, strict=True) if end <= LONGEST_NAME - len(mark)) + mark


def _encode_character(char: str, *, first: bool) -> str:
    """Return a character, or its bytes in hexadecimal if it may have a meaning to a shell or a file system."""
    if char.isalnum() or char in " _~" or (char in ".-" and not first):
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
