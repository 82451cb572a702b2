"""Show the progress of long work on one line of a terminal, which changes in place and vanishes at the end.

Nothing here imports pandas, so that the line moves before the libraries that do the work are loaded.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from forecaster.cli.resources import elapsed_text
from forecaster.cli.terminal import plain
from forecaster.progress import watched_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.progress import Task

    from forecaster.spec import Progress

BAR, SHORT_BAR, WIDE = 20, 8, 80
"""Columns of the bar, of the bar on a narrow terminal, and columns from which a terminal is not narrow."""
MINUTE = 60
LEAST_SECONDS, LEAST_SHARE = 2.0, 0.03
"""Seconds of a stage, and the share of it that is done, before the time left is shown: earlier, it says little."""


@dataclass
class TimeLeft:
    """The time that a stage still takes, from its steps so far.

    Attributes:
        began: When the stage began.
        share: Share that was done at the latest report.
        seconds: Seconds that were left then; None if that cannot be said yet.
        reported: When that was.

    """

    began: float
    share: float = 0.0
    seconds: float | None = None
    reported: float = 0.0

    def update(self, share: float, now: float) -> None:
        """Estimate the time left after a report: the steps to come take as long as those before."""
        if share <= self.share:
            return
        self.share, self.reported = share, now
        elapsed = now - self.began
        if elapsed >= LEAST_SECONDS and share >= LEAST_SHARE:
            self.seconds = elapsed * (1 - share) / share

    def left(self, now: float) -> float | None:
        """Return the seconds left now; it goes on between two reports, and None is not known."""
        return None if self.seconds is None else max(0.0, self.seconds - (now - self.reported))


class _Note(ProgressColumn):
    """A few words about the latest step: as many as there is room for."""

    def render(self, task: Task) -> Text:
        """Return the words, which are cut at the end of the line; the other columns keep their widths."""
        return Text(task.fields["note"], no_wrap=True, overflow="ellipsis")


class _Steps(ProgressColumn):
    """Steps that are done, of all."""

    def render(self, task: Task) -> Text:
        """Return both numbers; a step that has begun is not done."""
        return Text("" if not task.total else f"{int(task.completed):,}/{int(task.total):,}")


class _TimeLeft(ProgressColumn):
    """The time left, and the seconds since the stage began until it is known."""

    def render(self, task: Task) -> Text:
        """Return the time in words."""
        timing: TimeLeft = task.fields["timing"]
        now = time.monotonic()
        left = timing.left(now)
        if left is None:
            return Text(f"{now - timing.began:.0f} s")
        return Text(f"{max(1, left):.0f} s left" if left < MINUTE else f"{elapsed_text(left)} left")


@dataclass
class ProgressLine:
    """The line of the latest stage.

    Attributes:
        bars: What is drawn.
        timings: The time left of each stage.

    """

    bars: Bars
    timings: dict[str, TimeLeft] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with an empty line, which already moves."""
        self._task = self.bars.add_task("", total=None, note="", timing=TimeLeft(time.monotonic()))

    def update(self, now: Progress) -> None:
        """Show a report."""
        moment = time.monotonic()
        first = now.stage not in self.timings
        timing = self.timings.get(now.stage)
        share = now.done / now.total if now.total else 0.0
        if timing is None or share < timing.share:  # the stage begins, or begins anew
            timing = self.timings[now.stage] = TimeLeft(moment, share)
        timing.update(share, moment)
        self.bars.update(
            self._task,
            description=plain(now.stage),
            completed=now.done,
            total=now.total,
            note=plain(now.note),
            timing=timing,
            refresh=first,
        )


@contextmanager
def show_progress_line(console: Console) -> Iterator[None]:
    """Show on the console what is reported as long as the context lasts."""
    columns = (
        SpinnerColumn("line" if console.options.ascii_only else "dots"),
        TextColumn("{task.description}", markup=False),
        BarColumn(BAR if console.width >= WIDE else SHORT_BAR),
        _Steps(Column(no_wrap=True)),
        _TimeLeft(Column(no_wrap=True)),
        _Note(),
    )
    with Bars(*columns, console=console, transient=True) as bars, watched_by(ProgressLine(bars).update):
        yield
