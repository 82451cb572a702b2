"""Text that comes from files, made safe to print in a message."""

from __future__ import annotations

MOST_SHOWN = 40


def shown(text: str, most: int = MOST_SHOWN) -> str:
    """Return text from a file as it may be printed: control characters escaped, and cut to `most` characters."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return safe if len(safe) <= most else safe[: most - 3] + "..."
