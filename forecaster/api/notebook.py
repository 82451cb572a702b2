"""Progress in a notebook: one line under the cell, written again at most five times a second, and cleared at the end.

A script shows nothing: its output belongs to its author.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecaster.progress import current_watch, watched_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.spec import Progress

SECONDS_BETWEEN_LINES = 0.2
"""Seconds between two lines: faster than that nobody reads."""
SECONDS_BEFORE = 0.5
"""Seconds of work before the first line: what is done sooner needs none."""
WIDTH = 79


@contextmanager
def progress_in_notebook() -> Iterator[None]:
    """Show the progress of the work in a notebook, unless somebody watches already."""
    if not is_notebook() or current_watch() is not None:
        yield
        return
    line = _ProgressLine()
    try:
        with watched_by(line.update):
            yield
    finally:
        line.clear()


def is_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


class _ProgressLine:
    """A line on standard error that says how far the work has come."""

    def __init__(self) -> None:
        self._next = time.monotonic() + SECONDS_BEFORE
        self._shown = False

    def update(self, progress: Progress) -> None:
        """Show a progress if the last one was long enough ago."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next, self._shown = now + SECONDS_BETWEEN_LINES, True
        share = f"{100 * progress.done / progress.total:.0f} %" if progress.total else ""
        text = "  ".join(part for part in (progress.stage, share, progress.note) if part)
        sys.stderr.write(f"\r{text[:WIDTH].ljust(WIDTH)}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            sys.stderr.write(f"\r{' ' * WIDTH}\r")
            sys.stderr.flush()
