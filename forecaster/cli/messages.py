"""What a person reads on standard error: findings, decisions, scores, the verdict, and progress on a terminal.

Sentences are wrapped at the width of a terminal; in a log each has a line of its own, which is easy to search.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from forecaster.cli.charts.chart_page import chart_page
from forecaster.cli.charts.glyphs import choose_glyphs
from forecaster.cli.charts.part_charts import part_chart
from forecaster.cli.failure_list import failure_sentences
from forecaster.cli.findings import findings_as_facts, group_findings
from forecaster.cli.records import pair_lines
from forecaster.cli.resources import elapsed_seconds, elapsed_text, peak_megabytes
from forecaster.cli.tables import (
    GAP,
    INDENT,
    MOST_LISTED,
    TableColumn,
    frame_lines,
    table_lines_wrapped,
    wrapped_lines,
)
from forecaster.cli.terminal import coloured, plain, shows_blocks
from forecaster.errors import InputRefusedError
from forecaster.progress import DRAWING
from forecaster.reading.tables.content import printed
from forecaster.spec import COLUMNS
from forecaster.workflow.summary import describe_columns, is_choice_of_columns
from forecaster.workflow.value_text import value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from forecaster.batch.records import SourceRecord
    from forecaster.batch.tasks import FileFailure
    from forecaster.cli.logs import TextLog
    from forecaster.errors import Finding
    from forecaster.spec import Decision
    from forecaster.workflow.chart_series import ChartSet
    from forecaster.workflow.frames import Frame

MOST_FILES = 10
"""Files of a batch that have a line each, chosen by hand: half a screen; the others are counted."""
MOST_FAILURES = 5
"""Failures of files that a terminal lists, chosen by hand: with the remedies half a screen of 24 lines."""
MOST_CHARTS = 4
"""Series whose parts are drawn, chosen by hand: about a screen; the others are counted."""
LABEL = 10
"""Columns of the labels in front of facts: the longest one and a space."""


class Messages:
    """Messages on standard error; with `--quiet`, only failures."""

    def __init__(self, log: TextLog) -> None:
        """Write to a log: if it is quiet, only failures, if it is verbose, every finding and failure."""
        self.quiet = log.quiet
        self._verbose = log.verbose
        self._log, self._console = log, log.console
        self._width = self._console.width if sys.stderr.isatty() else None
        self._inner = None if self._width is None else self._width - len(INDENT)

    def print_findings(self, findings: Sequence[Finding]) -> None:
        """Print findings about the data."""
        if not self.quiet:
            listed = findings if self._verbose else group_findings(findings)
            self._print_labelled("note:", "yellow", [str(finding) for finding in listed])

    def print_main_findings(self, findings: Sequence[Finding], sources: Sequence[str]) -> None:
        """Print the columns that are used and the main findings about the data of `sources`, above a result.

        A log and a verbose run have each finding on a line of its own.
        """
        if self._width is None or self._verbose:
            self.print_findings(findings)
            return
        found = [each for each in findings if not is_choice_of_columns(each)]
        self.print_facts([("Columns", describe_columns(findings)), *findings_as_facts(found, sources)])

    def print_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Print sentences, each behind the label that says what it is about; a fact without a sentence is left out.

        A sentence without a label continues the fact before it.
        """
        if self.quiet:
            return
        for label, sentence in facts:
            lines = wrapped_lines(sentence, None if self._width is None else self._width - LABEL) if sentence else []
            for number, line in enumerate(lines):
                head = (label if number == 0 else "").ljust(LABEL)
                self._console.print(Text.assemble((head, "bold"), line))

    def print_next(self, command: str) -> None:
        """Print the command to type next, on one line, so that it can be copied whatever the width of the terminal."""
        if not self.quiet:
            self._console.print(Text.assemble(("Next".ljust(LABEL), "bold"), plain(command)))

    def print_blank_line(self) -> None:
        """Print an empty line between two parts."""
        if not self.quiet:
            self._console.print()

    def print_failures(self, failed: Mapping[str, str]) -> None:
        """Print which series failed and why, even with `--quiet`."""
        if failed and not self.quiet:
            self._console.print()
        self._print_labelled("failed:", "red", [f"{name}: {sentence}" for name, sentence in failed.items()])

    def print_summary(self, sentence: str, failed: Sequence[str], *, succeeded: bool = True) -> None:
        """Print which of many files failed and why, and `sentence` about all.

        With `--quiet`, only if one failed, or if the run as a whole did not succeed.
        """
        self._print_labelled("failed:", "red", failed)
        if failed or not succeeded or not self.quiet:
            for line in wrapped_lines(sentence, self._width):
                self._console.print(line)

    def print_batch_summary(self, sentence: str, failures: Sequence[FileFailure], *, succeeded: bool) -> None:
        """Print which files and series of a batch failed and why, many of them grouped, and `sentence` about all.

        With `--quiet`, only if one failed, or if the run as a whole did not succeed.
        """
        most = len(failures) if self._verbose else MOST_LISTED if self._width is None else MOST_FAILURES
        self.print_summary(sentence, failure_sentences(failures, most), succeeded=succeeded)

    def print_source(self, record: SourceRecord) -> None:
        """Print what was done about one source of a batch, and why; only if verbose."""
        if self._verbose and not self.quiet:
            what = f"{record.action}, because {record.reason}" if record.reason else record.action
            sentence = f"{printed(record.source)}: {record.status}, {what} ({record.seconds:.1f} s)"
            for line in wrapped_lines(sentence, self._width, INDENT):
                self._console.print(line)

    def print_decisions(self, decisions: Sequence[Decision]) -> None:
        """Print what was derived from the data and why."""
        if not self.quiet and decisions:
            names = TableColumn("", [plain(each.name).replace("_", " ") for each in decisions])
            values = TableColumn("", [value_text(each.value) for each in decisions])
            reasons = TableColumn("", [each.reason for each in decisions])
            self._print_section("Chosen", table_lines_wrapped([names, values, reasons], self._inner)[1:])

    def print_scores(self, scores: Frame) -> None:
        """Print the scores of all methods."""
        if not self.quiet:
            self._print_section("Scores on held-out rows", frame_lines(scores, self._inner))

    def print_verdict(self, sentences: Sequence[str]) -> None:
        """Print the verdict on the forecast."""
        if not self.quiet:
            self._print_section("Verdict", [line for each in sentences for line in wrapped_lines(each, self._inner)])

    def print_hardest(self, scores: Frame, baseline: str) -> None:
        """Print the series with the largest errors, if there are any."""
        if len(scores) and not self.quiet:
            title = f"Hardest series, with the skill in percent against {baseline}"
            self._print_section(title, frame_lines(scores, self._inner))

    def print_sizes(self, facts: Mapping[str, Any]) -> None:
        """Print the sizes of the work that a dry run leaves out."""
        if not self.quiet:
            self._print_section("Sizes", pair_lines(facts, self._inner))

    def print_parts(self, frame: Frame, parts: Sequence[str]) -> None:
        """Draw the parts of the first series of a forecast on a terminal, and count the others."""
        if self.quiet or self._inner is None or not parts:
            return
        names = frame[COLUMNS.series].unique()
        for name in names[:MOST_CHARTS]:
            rows = frame[frame[COLUMNS.series] == name]
            self._print_section(*part_chart(rows, parts, self._inner, blocks=shows_blocks(sys.stderr)))
        if len(names) > MOST_CHARTS:
            self._console.print(f"\nand {len(names) - MOST_CHARTS} more series")

    def print_each_file(self, sentences: Mapping[str, str]) -> None:
        """Print a line for each of the first files, and the number of the others."""
        if self.quiet:
            return
        most = len(sentences) if self._verbose else MOST_FILES
        files = [plain(name) for name in sentences]
        width = max((cell_len(name) for name in files[:most]), default=0)
        for name, sentence in list(zip(files, sentences.values(), strict=True))[:most]:
            space = " " * (width - cell_len(name))
            for line in wrapped_lines(f"{name}{space}{GAP}{sentence}", self._width, INDENT):
                self._console.print(line)
        if len(files) > most:
            self._console.print(f"and {len(files) - most:,} more files")

    def draws_charts(self, *, chart: bool | None) -> bool:
        """Return whether charts are drawn; `chart` is what the user wants, None for charts on a terminal."""
        return not self.quiet and (sys.stderr.isatty() if chart is None else chart)

    def print_charts(self, find_charts: Callable[[], ChartSet | None], *, chart: bool | None) -> None:
        """Draw the charts that `find_charts` returns, if there are any.

        Args:
            find_charts: Returns them; it is only called where they are drawn.
            chart: Whether the user wants charts; None for charts on a terminal.

        """
        if not self.draws_charts(chart=chart):
            return
        try:
            with self._log.show_progress(DRAWING, "charts"):
                charts = find_charts()
        except InputRefusedError as error:
            self._console.print(f"\nNo chart: {plain(error.what)}")
            return
        if charts is not None:
            glyphs = choose_glyphs(braille=shows_blocks(sys.stderr), coloured=coloured(sys.stderr))
            size = self._console.size
            page = chart_page(charts, size.width - len(INDENT), size.height, glyphs)
            self._print_section(page.title, page.lines)
            self._console.print()

    def print_written(self, path: Path | None) -> None:
        """Print the name of the file that was written; None is standard output, which needs no message."""
        if path is not None and not self.quiet:
            self._console.print(f"Written to {plain(path)}")

    def print_elapsed(self) -> None:
        """Print on a terminal how long the run took; if it is verbose, also the memory of this process at its peak."""
        if self._width is not None and not self.quiet:
            memory = peak_megabytes() if self._verbose else None
            peak = f", {memory:,.0f} MB of memory at its peak" if memory else ""
            self.print_facts([("Time", f"{elapsed_text(elapsed_seconds())}{peak}")])

    def _print_labelled(self, label: str, style: str, sentences: Sequence[str]) -> None:
        """Print labelled sentences, and the number of those beyond `MOST_LISTED` unless all are wanted."""
        most = len(sentences) if self._verbose else MOST_LISTED
        rest = len(sentences) - most
        shown = [*sentences[:most], *([f"and {rest} more"] if rest > 0 else [])]
        for sentence in shown:
            first, *others = wrapped_lines(f"{label} {sentence}", self._width, INDENT)
            self._console.print(Text.assemble((label, style), first.removeprefix(label)))
            for line in others:
                self._console.print(line)

    def _print_section(self, title: str, lines: Iterable[str | Text]) -> None:
        """Print a title and the lines under it, after an empty line."""
        self._console.print()
        for line in wrapped_lines(title, self._width):
            self._console.print(Text(line, style="bold"))
        for each in lines:
            self._console.print(Text.assemble(INDENT, each))
