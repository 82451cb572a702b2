"""Check what a stream can display, and remove control characters from text."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


def plain(text: object) -> str:
    """Return `text` on one line, each control or invisible character written as an escape.

    Names of files, columns and series come from anywhere; unescaped, they could move the cursor or set a colour.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def animated(stream: TextIO) -> bool:
    """Return whether `stream` can show a progress bar: a terminal that can move its cursor, and no CI job."""
    return stream.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def coloured(stream: TextIO) -> bool:
    """Return whether `stream` can show colours, see https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shows_blocks(stream: TextIO) -> bool:
    """Return whether `stream` can show block characters, as `▁` and `█`: the console of Linux has few of them."""
    try:
        "▁▂▃▄▅▆▇█".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return os.environ.get("TERM") not in {"dumb", "linux"}


def open_streams() -> None:
    """Open the null device for standard streams that the parent process has closed, as some daemons do.

    Writing data to a closed standard output fails as on a full disk.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - the same


def abandon(stream: TextIO) -> None:
    """Discard further output to `stream`, because its reader has gone.

    Python flushes the stream once more at exit, and would print an error then.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
