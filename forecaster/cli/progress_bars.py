"""Show the progress of long work on standard error, if that is a terminal.

Nothing here imports pandas, so that a command can show the first bar before it loads the libraries that do the work.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from forecaster.cli.terminal import animated, plain
from forecaster.progress import watched_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.spec import Progress, Watch


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Watch | None]:
    """Yield a function that shows progress if a person sees it on a terminal, else None; reading reports to it."""
    if quiet or not animated(sys.stderr):
        yield None
        return
    label, note = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[note]}", markup=False)
    columns = (label, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), note)
    console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    with Bars(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def watch(now: Progress) -> None:
            if now.stage not in tasks:
                tasks[now.stage] = bars.add_task(plain(now.stage), total=now.total, note="")
            bars.update(tasks[now.stage], completed=now.done, total=now.total, note=plain(now.note))

        with watched_by(watch):
            yield watch
