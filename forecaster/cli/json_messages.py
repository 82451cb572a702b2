"""What `forecaster.cli.messages` prints for people, as JSON lines for programs: the same methods, each an event.

Numbers and texts are those of the records, not rounded for a screen; charts are left out.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from forecaster.cli.json_lines import write_json_line
from forecaster.cli.logs import JsonLog
from forecaster.cli.messages import Messages
from forecaster.cli.resources import elapsed_seconds, peak_megabytes
from forecaster.reading.tables.content import printed
from forecaster.workflow.frames import records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from forecaster.batch.records import SourceRecord
    from forecaster.batch.tasks import FileFailure
    from forecaster.cli.logs import TextLog
    from forecaster.errors import Finding
    from forecaster.spec import Decision
    from forecaster.workflow.chart_series import ChartSet
    from forecaster.workflow.frames import Frame


class JsonMessages:
    """Messages as JSON lines on standard error; with `--quiet`, only failures."""

    def __init__(self, log: JsonLog) -> None:
        """Write to a log; if it is quiet, only failures."""
        self.quiet = log.quiet

    def print_findings(self, findings: Sequence[Finding]) -> None:
        """Write a line for each finding about the data."""
        for each in findings:
            place = {name: value for name, value in asdict(each.place).items() if value}
            self._write("finding", code=each.code, **place, text=each.text, remedy=each.remedy)

    def print_main_findings(self, findings: Sequence[Finding], sources: Sequence[str]) -> None:  # noqa: ARG002 - as for people
        """Write a line for each finding about the data."""
        self.print_findings(findings)

    def print_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write sentences, each with the label that says what it is about; one without a label continues it."""
        label = ""
        for named, sentence in facts:
            label = named or label
            if sentence:
                self._write("fact", label=label, text=sentence)

    def print_next(self, command: str) -> None:
        """Write the command to type next."""
        self._write("next", command=command)

    def print_blank_line(self) -> None:
        """Write nothing: an empty line is for people."""

    def print_failures(self, failed: Mapping[str, str]) -> None:
        """Write which series failed and why, even with `--quiet`."""
        for series, text in failed.items():
            write_json_line("failure", series=series, text=text)

    def print_summary(self, sentence: str, failed: Sequence[str]) -> None:
        """Write which of many files failed and why, and a sentence about all; with `--quiet`, only if one failed."""
        for text in failed:
            write_json_line("failure", text=text)
        if failed or not self.quiet:
            write_json_line("summary", text=sentence, failed=len(failed))

    def print_batch_summary(self, sentence: str, failures: Sequence[FileFailure], *, succeeded: bool) -> None:
        """Write what failed in a batch and why, and a sentence about all.

        With `--quiet`, only if something failed, or if the run as a whole did not succeed.
        """
        for each in failures:
            series = {"series": each.series} if each.series else {}
            write_json_line("failure", file=each.file, **series, code=each.code, text=str(each))
        if failures or not succeeded or not self.quiet:
            write_json_line("summary", text=sentence, failed=len(failures))

    def print_source(self, record: SourceRecord) -> None:
        """Write what was done about one source of a batch; the numbers of series and rows are null where it failed."""
        rows = None if record.is_failed else record.input
        self._write(
            "source",
            file=printed(record.source),
            status=record.status,
            action=record.action,
            reason=record.reason,
            seconds=record.seconds,
            series=rows and rows.series,
            rows=rows and rows.rows,
        )

    def print_decisions(self, decisions: Sequence[Decision]) -> None:
        """Write what was derived from the data and why."""
        for each in decisions:
            self._write("decision", name=each.name, value=each.value, reason=each.reason)

    def print_scores(self, scores: Frame) -> None:
        """Write the scores of all methods, a line each."""
        for row in records(scores):
            self._write("score", **row)

    def print_verdict(self, sentences: Sequence[str]) -> None:
        """Write the verdict on the forecast."""
        for text in sentences:
            self._write("verdict", text=text)

    def print_hardest(self, scores: Frame, baseline: str) -> None:
        """Write the series with the largest errors, a line each."""
        for row in records(scores):
            self._write("hardest", baseline=baseline, **row)

    def print_sizes(self, facts: Mapping[str, Any]) -> None:
        """Write the sizes of the work that a dry run leaves out."""
        self._write("sizes", **{name: each.item() if hasattr(each, "item") else each for name, each in facts.items()})

    def print_each_file(self, sentences: Mapping[str, str]) -> None:
        """Write a line for each file."""
        for file, text in sentences.items():
            self._write("file", file=file, text=text)

    def print_parts(self, frame: Frame, parts: Sequence[str]) -> None:
        """Write nothing: the parts are columns of the forecast."""

    def draws_charts(self, *, chart: bool | None) -> bool:  # noqa: ARG002 - as for people
        """Return False: a chart is for people."""
        return False

    def print_charts(self, find_charts: Callable[[], ChartSet | None], *, chart: bool | None) -> None:
        """Write nothing: a chart is for people."""

    def print_written(self, path: Path | None) -> None:
        """Write the name of the file that was written; None is standard output."""
        if path is not None:
            self._write("written", path=str(path))

    def print_elapsed(self) -> None:
        """Write how long the run took, and its memory at its peak where the system tells it."""
        memory = peak_megabytes()
        self._write("end", seconds=round(elapsed_seconds(), 3), peak_megabytes=memory and round(memory))

    def _write(self, event: str, **values: Any) -> None:
        """Write a line unless the run is quiet."""
        if not self.quiet:
            write_json_line(event, **values)


def open_messages(log: TextLog | JsonLog) -> Messages | JsonMessages:
    """Return the messages of a run in the format of its log."""
    return JsonMessages(log) if isinstance(log, JsonLog) else Messages(log)
