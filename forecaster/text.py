"""Make text from files safe to print, decide which text may be a name, and leave out numbers that JSON lacks."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

MOST_SHOWN = 40
"""Characters of a text from a file that a message shows: chosen by hand, enough to find it in a readable sentence."""
LONGEST_NAME = 1000
"""Characters of a name at most: chosen by hand, since a longer text is data in the wrong place."""
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control characters, formatting characters, lone surrogates and line breaks."""


def shown(text: str, most: int = MOST_SHOWN) -> str:
    """Return text from a file as it can be printed safely: control characters escaped, at most `most` characters."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return safe if len(safe) <= most else safe[: most - 3] + "..."


def printable(text: str) -> bool:
    """Return whether a text has no control character, formatting character, line break or lone surrogate."""
    return text.isprintable() or not any(unicodedata.category(character) in HIDDEN for character in text)


def nameable(text: str) -> bool:
    """Return whether a text may be the name of a series or a column: not empty, not too long, printable."""
    return 0 < len(text) <= LONGEST_NAME and printable(text)


def without_missing_numbers(value: Any) -> Any:
    """Return `value` with None for each number that is missing: JSON has no NaN."""
    match value:
        case dict():
            return {key: without_missing_numbers(each) for key, each in value.items()}
        case list() | tuple():
            return [without_missing_numbers(each) for each in value]
        case float():
            return None if math.isnan(value) else value
    return value
