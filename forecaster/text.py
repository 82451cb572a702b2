"""Text that comes from files: what may be a name, and what may be printed in a message."""

from __future__ import annotations

import unicodedata

MOST_SHOWN = 40
"""Characters of a text from a file that a message shows: enough to find it, and the sentence stays readable."""
LONGEST_NAME = 1000
"""Characters of a name at most: longer ones are no names but data in the wrong place."""
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control and formatting characters, lone surrogates and line breaks."""


def shown(text: str, most: int = MOST_SHOWN) -> str:
    """Return text from a file as it may be printed: control characters escaped, and cut to `most` characters."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return safe if len(safe) <= most else safe[: most - 3] + "..."


def printable(text: str) -> bool:
    """Return whether text has no control or formatting character, no line break and no lone surrogate."""
    return text.isprintable() or not any(unicodedata.category(character) in HIDDEN for character in text)


def nameable(text: str) -> bool:
    """Return whether text may name a series or a column in a model file and in a terminal."""
    return 0 < len(text) <= LONGEST_NAME and printable(text)
