"""Names of result files: those of a source or of a series, legible, confined to their folder and never too long.

What a file name should not hold is percent-encoded, as in web addresses, so that two names never become one.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import accumulate
from urllib.parse import unquote

from forecaster.reading.tables import content

LONGEST = 200
"""Bytes of a name; file systems take 255, and an ending, a temporary file and a lock need some of them."""
MARK = 16
"""Hexadecimal digits that tell apart what begins alike and was cut."""


def stem(file: str) -> str:
    """Return the name of a file or of a result, without its folders and without what its ending says of its form."""
    return unquote(content.stem(file), errors="surrogateescape")


def file_name(name: str) -> str:
    """Return `name` as the name of a file; `stem` gives it back unless it was too long.

    Letters and digits of all scripts stay, and so do `.`, `_`, `-`, `~` and the space, but a dot or a hyphen in front.
    """
    parts = [_encoded(char, first=not place) for place, char in enumerate(name)] or ["%00"]
    ends = list(accumulate(len(part.encode("utf-8", "surrogateescape")) for part in parts))
    if ends[-1] <= LONGEST:
        return "".join(parts)
    mark = "~" + sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:MARK]
    return "".join(part for part, end in zip(parts, ends, strict=True) if end <= LONGEST - len(mark)) + mark


def _encoded(char: str, *, first: bool) -> str:
    """Return a character, or its bytes in hexadecimal where it may mean something to a shell or a file system."""
    if char.isalnum() or char in " _~" or (char in ".-" and not first):
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
