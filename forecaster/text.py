"""Make text from files safe to print in a message or to write as JSON, and decide which text may be a name."""

from __future__ import annotations

import math
import os
import re
import shlex
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SHOWN = 40
"""Characters of a text from a file that a message shows: chosen by hand, enough to find it in a readable sentence."""
LONGEST_NAME = 1000
"""Characters of a name at most: chosen by hand, since a longer text is data in the wrong place."""
ESCAPED_BYTE = re.compile(r"\\u(dc[89a-f][0-9a-f])")
"""How `json_value` writes a byte that is no UTF-8."""
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control characters, formatting characters, lone surrogates and line breaks."""


def shown(text: str, most: int = MOST_SHOWN) -> str:
    """Return text from a file as it can be printed safely: control characters escaped, at most `most` characters."""
    safe = escaped(text)
    return safe if len(safe) <= most else safe[: most - 3] + "..."


def escaped(text: str) -> str:
    """Return text on one line, each control or invisible character written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def json_value(value: Any) -> Any:
    """Return a value that every reader of JSON takes: None for numbers that JSON lacks, and text that is Unicode.

    The bytes of a file name that are no UTF-8 are lone surrogates in Python; they become escapes, as in `shown`.
    """
    match value:
        case dict():
            return {key: json_value(each) for key, each in value.items()}
        case list() | tuple():
            return [json_value(each) for each in value]
        case float():
            return value if math.isfinite(value) else None
        case str():
            return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    return value


def text_of_json(text: str) -> str:
    """Return a text that `json_value` wrote, with the bytes that are no UTF-8 again as lone surrogates."""
    return ESCAPED_BYTE.sub(lambda escape: chr(int(escape[1], 16)), text)


def quoted(word: str) -> str:
    """Return a word as it is typed in a shell; where that needs the bytes of a name, `$'...'` has them as escapes."""
    if word.isprintable():
        return shlex.quote(word)
    characters = (f"\\{c}" if c in "\\'" else c if c.isprintable() else _byte_escapes(c) for c in word)
    return f"$'{''.join(characters)}'"


def command_line(words: Iterable[str]) -> str:
    """Return a command as it is typed in a shell."""
    return " ".join(map(quoted, words))


def _byte_escapes(character: str) -> str:
    """Return the bytes of a character of a file name as escapes."""
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))


def printable(text: str) -> bool:
    """Return whether a text has no control character, formatting character, line break or lone surrogate."""
    return text.isprintable() or not any(unicodedata.category(character) in HIDDEN for character in text)


def nameable(text: str) -> bool:
    """Return whether a text may be the name of a series or a column: not empty, not too long, printable."""
    return 0 < len(text) <= LONGEST_NAME and printable(text)
