"""What a person reads on standard error: findings, choices, scores, the verdict, and progress on a terminal.

Sentences fill the width of a terminal; in a log each keeps its line, so that it can be searched for.
"""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from forecaster.cli.options import DEFAULT_MODEL
from forecaster.cli.records import pair_lines
from forecaster.cli.tables import GAP, TableColumn, frame_lines, layout_wrapped, value_text, wrap
from forecaster.cli.terminal import abandon, animated, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from forecaster.errors import Finding
    from forecaster.spec import Decision, Progress, Watch
    from forecaster.workflow.frames import Frame

INDENT = "  "
MOST_LISTED = 20
"""Findings and failed series that are listed; of ten thousand, a count says more."""
DIGEST_SHOWN = 12
"""Characters of a digest that tell two models apart at a glance."""


class _Console(Console):
    """Standard error, where the work goes on when nobody listens any more."""

    def on_broken_pipe(self) -> None:
        """Send the rest nowhere."""
        abandon(sys.stderr)

    def print(self, *objects: Any, **named: Any) -> None:
        """Print; a message that cannot be written must not undo the work that it tells of."""
        try:
            super().print(*objects, **named)
        except OSError:
            abandon(sys.stderr)


class Messages:
    """Standard error, with what `--quiet` leaves of it."""

    def __init__(self, *, quiet: bool) -> None:
        """Open standard error; with `quiet`, only failures are printed."""
        self.quiet = quiet
        self._console = _Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._width = self._console.width if sys.stderr.isatty() else None
        self._inner = None if self._width is None else self._width - len(INDENT)

    @contextmanager
    def progress(self) -> Iterator[Watch | None]:
        """Give a function that shows how far the work is, where a person can see it move; else None."""
        if self.quiet or not animated(sys.stderr):
            yield None
            return
        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
        )
        with Bars(
            TextColumn("{task.description}", markup=False), *columns, console=self._console, transient=True
        ) as bars:
            tasks: dict[str, TaskID] = {}

            def watch(now: Progress) -> None:
                if now.stage not in tasks:
                    tasks[now.stage] = bars.add_task(plain(now.stage), note="")
                bars.update(tasks[now.stage], completed=now.done, total=now.total, note=plain(now.note))

            yield watch

    def findings(self, findings: Sequence[Finding]) -> None:
        """Print what was noticed in the data."""
        if not self.quiet:
            self._list("note:", "yellow", [str(finding) for finding in findings])

    def failures(self, failed: Mapping[str, str]) -> None:
        """Print which series failed and why; not even `--quiet` hides that."""
        if failed and not self.quiet:
            self._console.print()
        self._list("failed:", "red", [f"{name}: {sentence}" for name, sentence in failed.items()])

    def summary(self, sentence: str, failed: Sequence[str]) -> None:
        """Print which of many files failed and why, and what became of all; with `--quiet`, only if one failed."""
        self._list("failed:", "red", failed)
        if failed or not self.quiet:
            self._console.print(plain(sentence))

    def decisions(self, decisions: Sequence[Decision]) -> None:
        """Print what was derived from the data, and why."""
        if not self.quiet and decisions:
            names = TableColumn("", [plain(each.name).replace("_", " ") for each in decisions])
            values = TableColumn("", [value_text(each.value) for each in decisions])
            reasons = TableColumn("", [each.reason for each in decisions])
            self._section("Chosen", layout_wrapped([names, values, reasons], self._inner)[1:])

    def scores(self, scores: Frame) -> None:
        """Print the methods side by side."""
        if not self.quiet:
            self._section("Scores on held-out rows", frame_lines(scores, self._inner))

    def verdict(self, sentences: Sequence[str]) -> None:
        """Print what may honestly be said of the forecast."""
        if not self.quiet:
            self._section("Verdict", [line for each in sentences for line in wrap(each, self._inner)])

    def hardest(self, scores: Frame, baseline: str) -> None:
        """Print the series of the highest errors, if there are so many that some stand out."""
        if len(scores) and not self.quiet:
            title = f"Hardest series, with the skill in percent against {baseline}"
            self._section(title, frame_lines(scores, self._inner))

    def model(self, path: Path, digest: str) -> None:
        """Print where the model lies, and on a terminal what to do with it."""
        if self.quiet:
            return
        self._section("Model", [f"{plain(path)}{GAP}digest {digest[:DIGEST_SHOWN]}"])
        if sys.stderr.isatty():
            named = "" if path == DEFAULT_MODEL else f" --model {shlex.quote(str(path))}"
            self._section("Next", [plain(f"forecast predict{named}")])

    def plan(self, facts: Mapping[str, Any]) -> None:
        """Print the size of the work that a dry run does not do."""
        if not self.quiet:
            self._section("Dry run: nothing was trained, nothing was written", pair_lines(facts, self._inner))

    def written(self, path: Path | None) -> None:
        """Print which file holds the data; None is standard output, where they can be seen."""
        if path is not None and not self.quiet:
            self._console.print(f"Written to {plain(path)}")

    def _list(self, label: str, style: str, sentences: Sequence[str]) -> None:
        """Print labelled sentences, and the number of those that are too many to read."""
        rest = len(sentences) - MOST_LISTED
        shown = [*sentences[:MOST_LISTED], *([f"and {rest} more"] if rest > 0 else [])]
        for sentence in shown:
            first, *others = wrap(f"{label} {sentence}", self._width, INDENT)
            self._console.print(Text.assemble((label, style), first.removeprefix(label)))
            for line in others:
                self._console.print(line)

    def _section(self, title: str, lines: Iterable[str]) -> None:
        """Print a title and the lines under it, after an empty line."""
        self._console.print()
        self._console.print(Text(title, style="bold"))
        for line in lines:
            self._console.print(INDENT + line)
