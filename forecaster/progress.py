"""Report how far reading has come to whoever watches: the command line does, on a terminal.

The one who watches is a variable of the context, so that the many functions that read need not hand it on.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.spec import Watch

READING = "reading"
READING_PARTS = ("text", "columns", "dates", "numbers", "series")
"""What is read of a file, one part after the other."""
REPORTS = 100
"""Reports on many items at most: a bar on a screen hardly shows more steps, and each takes some time."""
_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)
Item = TypeVar("Item")


@contextmanager
def watched_by(watch: Watch | None) -> Iterator[None]:
    """Report to `watch` as long as the context lasts; to nobody if it is None."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def report_reading(file: str, part: str, rows: int = 0) -> None:
    """Report which part of a file is read now, and how many rows of it were read if that is known."""
    watch = _WATCH.get()
    if watch is not None:
        note = f"{part} of {file}" + (f", {rows:,} rows" if rows else "")
        watch(Progress(READING, READING_PARTS.index(part), len(READING_PARTS), note))


def with_progress(items: Sequence[Item], stage: str) -> Iterator[Item]:
    """Yield items one by one, and report how many of them were taken."""
    watch = _WATCH.get()
    every = max(1, len(items) // REPORTS)
    for i, item in enumerate(items):
        if watch is not None and i % every == 0:
            watch(Progress(stage, i, len(items)))
        yield item
    if watch is not None and items:
        watch(Progress(stage, len(items), len(items)))
