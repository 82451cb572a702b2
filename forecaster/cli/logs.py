"""Where a run writes what it has to say: sentences for people, or JSON lines for programs, both on standard error.

A log is opened before pandas is imported, so that progress is shown from the start; `forecaster.cli.messages` writes
the rest to it.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from rich.console import Console

from forecaster.cli.json_lines import JSON_LOG, write_json_line
from forecaster.cli.progress_line import show_progress_line
from forecaster.cli.terminal import abandon, animated
from forecaster.progress import PARTS, report_progress, watched_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.spec import Progress

SECONDS = 1.0
"""Seconds from one JSON line about the progress of a stage to the next, at least."""


class _StandardError(Console):
    """Standard error; if it closes, the work continues."""

    def on_broken_pipe(self) -> None:
        """Discard all further output."""
        abandon(sys.stderr)

    def print(self, *objects: Any, **named: Any) -> None:
        """Print; a message that cannot be written must not make finished work fail."""
        try:
            super().print(*objects, **named)
        except OSError:
            abandon(sys.stderr)


class TextLog:
    """Sentences on standard error, with one line of progress if that is a terminal."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        """Open standard error; with `quiet`, only failures are printed, with `verbose`, all details."""
        self.quiet, self.verbose = quiet, verbose
        self.console = _StandardError(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @contextmanager
    def show_progress(self, stage: str, note: str) -> Iterator[None]:
        """Show that a stage begins, and then what is reported as long as the context lasts, if a person can see it."""
        shown = not self.quiet and animated(sys.stderr)
        with show_progress_line(self.console) if shown else nullcontext():
            report_progress(stage, 0, sum(PARTS[stage].values()), note)
            yield


class JsonLog:
    """JSON lines on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        """Begin; with `quiet`, only failures are written. A program reads all details."""
        self.quiet, self.verbose = quiet, True

    @contextmanager
    def show_progress(self, stage: str, note: str) -> Iterator[None]:
        """Write that a stage begins, and what is reported as long as the context lasts, each stage once a second."""
        with watched_by(None if self.quiet else _ProgressLines().write):
            report_progress(stage, 0, sum(PARTS[stage].values()), note)
            yield


@dataclass
class _ProgressLines:
    """JSON lines about progress.

    Attributes:
        latest: The latest report of each stage that was written, and when.

    """

    latest: dict[str, tuple[Progress, float]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def write(self, now: Progress) -> None:
        """Write a report that says something new, unless the one before is too recent."""
        with self.lock:
            moment = time.monotonic()
            before, written = self.latest.get(now.stage, (None, -SECONDS))
            if now != before and moment - written >= SECONDS:
                self.latest[now.stage] = now, moment
                done, total = _json_number(now.done), _json_number(now.total)
                write_json_line("progress", stage=now.stage, done=done, total=total, note=now.note)


def _json_number(steps: float) -> float:
    """Return a number of steps with two decimals at most, and without any if it is whole."""
    return int(steps) if steps == int(steps) else round(float(steps), 2)


def open_log(log_format: str, *, quiet: bool, verbose: bool) -> TextLog | JsonLog:
    """Return the log of a run in the format that the user chose."""
    return JsonLog(quiet=quiet) if log_format == JSON_LOG else TextLog(quiet=quiet, verbose=verbose)
