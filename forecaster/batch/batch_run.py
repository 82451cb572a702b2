"""A run of a batch as a record: how each source ended, the exit code, and the files that report both.

`run.json` and `failures.csv` are written when a run ends, whatever ended it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from forecaster import __version__
from forecaster.batch.earlier_forecasts import read_earlier_forecasts
from forecaster.batch.folder import output_path
from forecaster.batch.forecast_files import series_statuses
from forecaster.batch.journal import write_run
from forecaster.batch.metrics import RunMetrics, write_metrics
from forecaster.batch.records import DONE as WITH_FORECAST
from forecaster.batch.records import ForecastStatus, SourceRecord, Status
from forecaster.errors import ALL_FAILED, DEFECT, DONE, SOME_FAILED, TryAgainError, counted
from forecaster.files.atomic import atomic_write
from forecaster.spec import FAILURES
from forecaster.text import json_value
from forecaster.workers.pool import WorkerLimits
from forecaster.workflow.frame_files import encode_frame
from forecaster.workflow.frames import frame_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.batch.groups import GroupRecord
    from forecaster.batch.limits import FailureLimit
    from forecaster.batch.settings import BatchSettings
    from forecaster.batch.tasks import FileFailure
    from forecaster.errors import Finding, ForecasterError
    from forecaster.ledger.live_read import NightStart
    from forecaster.ledger.writer import Taken

TIME_IS_UP, TOO_MANY_FAILED = "the time budget is used up", "too many sources failed"
"""Why a run started nothing new."""
NO_FORECAST = "none"
"""What `failures.csv` says where a source or series has no forecast at all."""
NOT_REACHED = "the run ended before it came to this source"
INSTEAD = {
    ForecastStatus.CURRENT: "with the last forecast, not marked",
    ForecastStatus.STALE: "with the last forecast",
    ForecastStatus.FALLBACK: "with a naive forecast",
    None: "without a forecast",
}
"""What a failed source has instead of a new forecast, in words, by the status of its forecast file; None is no file."""
FAILURE_COLUMNS = ("file", "series", "status", "code", "exit_code", "text", "instead")


@dataclass(frozen=True)
class RunOptions:
    """How a batch runs; nothing of this changes a forecast that succeeds.

    Attributes:
        jobs: Worker processes; None for one per core.
        fail_on: How many failures make the exit code one of failure.
        limits: Seconds and bytes of one source.
        max_failures: Failures after which nothing new is started; None for no limit.
        time_budget: Seconds after which nothing new is started; None for no limit.
        dry_run: Decide alone, and write nothing.
        naive_fallback: Whether a failed source gets the seasonal naive forecast, in place of its last one.
        one_file: Whether all forecasts are written to one file.
        metrics_file: Where the metrics of the run are written; None for nowhere.
        ledger: The ledger; None for none.
        keep: Seconds after which the ledger forgets forecasts; None for never.
        on_done: Called with the record of each source as soon as the work on it has ended; None for nobody.

    """

    jobs: int | None
    fail_on: FailureLimit
    limits: WorkerLimits = WorkerLimits()  # noqa: RUF009 - frozen, so sharing the default is safe
    max_failures: int | None = None
    time_budget: float | None = None
    dry_run: bool = False
    naive_fallback: bool = False
    one_file: bool = False
    metrics_file: Path | None = None
    ledger: Path | None = None
    keep: float | None = None
    on_done: Callable[[SourceRecord], None] | None = None


@dataclass
class BatchRun:
    """A run of a batch, while it goes on and when it has ended.

    Attributes:
        folder: The folder of the results.
        started: When it began, in UTC.
        records: The record of each source of this run, by its absolute path, in the order of the sources.
        grouped: Whether the groups are those that this run forecasts with.
        groups: Groups of sources that share a network.
        groups_decided: Whether a killed run had decided which they are, and what is trained.
        regrouped: Whether it had decided that anew.
        trained_groups: How many of their networks were trained.
        absent: Records of sources of earlier runs that this run does not have.
        findings: Findings that concern no single source.
        ended_by: Why it started nothing new, in words; empty if it came to every source.
        exit_code: Its exit code; that of a defect until it has ended.
        seconds: How long it took.
        deadline: When nothing new is begun any more, by `time.monotonic`; None for never.
        night_start: The ledger when a killed run of this night began; None if there was none.
        ledger: What the run brought into the ledger; None without one.
        ledger_error: Why the ledger has not taken the forecasts of this run, which the journal keeps; None if it has.
        last_success: When a run ended last whose exit code is 0, in UTC; None if there was none.

    """

    folder: Path
    started: datetime
    records: dict[str, SourceRecord] = field(default_factory=dict)
    grouped: bool = False
    groups: tuple[GroupRecord, ...] = ()
    groups_decided: bool = False
    regrouped: bool = False
    trained_groups: int = 0
    absent: list[SourceRecord] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    ended_by: str = ""
    exit_code: int = DEFECT
    seconds: float = 0.0
    deadline: float | None = None
    night_start: NightStart | None = None
    ledger: Taken | None = None
    ledger_error: ForecasterError | None = None
    last_success: str | None = None

    @property
    def failures(self) -> list[FileFailure]:
        """The sources and series without a new forecast, in the order of the sources."""
        return [failure for record in self.records.values() for failure in record.failures]

    @property
    def failures_by_group(self) -> list[FileFailure]:
        """The failures; where all sources of a group failed for one reason, these are one failure of the group."""
        of_groups: dict[str, list[SourceRecord]] = {}
        for record in self.records.values():
            of_groups.setdefault(record.group or record.path, []).append(record)
        found: list[FileFailure] = []
        for group, records in of_groups.items():
            reasons = {tuple((each.code, each.series, each.text) for each in record.failures) for record in records}
            failures = [failure for record in records for failure in record.failures]
            if len(failures) == len(records) > 1 == len(reasons):
                failures = [replace(failures[0], file=f"group {group}, {len(records)} files")]
            found += failures
        return found

    @property
    def failed(self) -> int:
        """How many sources failed, or have a series that failed."""
        return sum(record.has_failure for record in self.records.values())

    @property
    def left(self) -> int:
        """How many sources the run did not come to."""
        return sum(record.status is Status.NOT_RUN for record in self.records.values())

    def time_is_up(self) -> bool:
        """Return whether nothing new may be begun because the time is used up, and note it."""
        if self.deadline is not None and monotonic() >= self.deadline:
            self.ended_by = TIME_IS_UP
            return True
        return False

    def count(self) -> dict[str, int]:
        """Return how many sources ended in each way."""
        ends = [record.status for record in self.records.values()]
        return {str(status): ends.count(status) for status in Status}

    def sentence(self, *, dry_run: bool = False) -> str:
        """Return what was done, or would be done, in one sentence."""
        records = self.records.values()
        done = [record for record in records if record.status in WITH_FORECAST or (dry_run and record.action != "skip")]
        trained = sum(record.action == "train" for record in done)
        groups = sum(bool(group.pending) for group in self.groups) if self.grouped and dry_run else self.trained_groups
        skipped = sum(record.status is Status.SKIPPED and record.action == "skip" for record in records)
        parts = [
            f"{counted(groups, 'group')} {'to train' if dry_run else 'trained'}" if groups else "",
            f"{trained:,} {'to train' if dry_run else 'trained'}" if trained else "",
            f"{len(done) - trained:,} {'to ' * dry_run}forecast with their models" if len(done) > trained else "",
            f"{skipped:,} unchanged" if skipped else "",
            f"{self.failed:,} failed{'' if dry_run else self._instead_in_words()}" if self.failed else "",
            f"{self.left:,} not run, because {self.ended_by}" if self.left and self.ended_by else "",
        ]
        said = ", ".join(part for part in parts if part) or "nothing to do"
        absent = f"; {len(self.absent):,} of earlier runs not among them" if self.absent else ""
        return f"{counted(len(self.records), 'source')}{self._groups_in_words()}: {said}{absent}"

    def _groups_in_words(self) -> str:
        """Return how many sources are in groups; nothing where none is."""
        if not self.grouped:
            return ""
        members = [path for group in self.groups for path in group.members if path in self.records]
        groups = sum(any(path in self.records for path in group.members) for group in self.groups)
        return f", {len(members):,} of them in {counted(groups, 'group')}" if groups else ""

    def _instead_in_words(self) -> str:
        """Return what the failed sources have instead of a new forecast."""
        failed = [record for record in self.records.values() if record.is_failed]
        lost = [record.forecast.status if record.forecast else None for record in failed]
        parts = [(lost.count(kind), words) for kind, words in INSTEAD.items() if kind in lost]
        if len(parts) == 1 and parts[0][0] == self.failed:
            return f" ({parts[0][1]})"
        return f" ({', '.join(f'{count:,} {words}' for count, words in parts)})" if parts else ""

    def choose_exit_code(self, fail_on: FailureLimit) -> int:
        """Return the exit code of a run that was not interrupted: the ledger comes first, then work that is left."""
        if self.ledger_error is not None:
            return self.ledger_error.exit_code
        if self.left and self.ended_by == TIME_IS_UP:
            return TryAgainError.exit_code
        lost = sum(record.is_failed for record in self.records.values())
        if not fail_on.reached(self.failed, len(self.records)):
            return DONE
        return ALL_FAILED if lost == len(self.records) else SOME_FAILED

    def write(self, settings: BatchSettings, ended: datetime) -> None:
        """Write `failures.csv`, then `run.json`.

        Raises:
            OutputError: A file cannot be created.
            StorageError: Writing failed half-way; the journal stays.

        """
        success = _utc(ended) if self.exit_code == DONE else self.last_success
        frame = frame_of_rows(self._failure_rows(settings), FAILURE_COLUMNS)
        atomic_write(self.folder / FAILURES, encode_frame(frame, "csv"))
        write_run(self.folder, {**self._to_dict(settings, ended), "last_success": success})
        self.last_success = success

    def write_metrics(self, ended: datetime, path: Path) -> None:
        """Write the metrics of the run.

        Raises:
            OutputError: The file cannot be created.
            StorageError: Writing failed half-way.

        """
        success = datetime.fromisoformat(self.last_success).timestamp() if self.last_success else None
        write_metrics(
            path, RunMetrics(self.folder, ended.timestamp(), success, self.seconds, self.exit_code, self.count())
        )

    def _failure_rows(self, settings: BatchSettings) -> list[tuple[object, ...]]:
        """Return a row for each failure."""
        rows: list[tuple[object, ...]] = []
        for record in self.records.values():
            whole = str(record.forecast.status) if record.forecast else NO_FORECAST
            has_series = record.forecast is not None and any(each.series for each in record.failures)
            output = output_path(self.folder, record.name, settings)
            forecasts = read_earlier_forecasts(self.folder, record.name, output) if has_series else {}
            kept = series_statuses(forecasts.values())
            for each in record.failures:
                status, instead = (
                    (Status.FAILED, kept.get(each.series, NO_FORECAST)) if each.series else (record.status, whole)
                )
                rows.append((each.file, each.series, str(status), each.code, each.exit_code, each.text, instead))
        return rows

    def _to_dict(self, settings: BatchSettings, ended: datetime) -> dict[str, Any]:
        """Return the record of the run as text, numbers and iterables of sources, of which there may be many."""
        return {
            "version": __version__,
            "folder": json_value(os.path.abspath(self.folder)),  # noqa: PTH100 - not that of a link
            "started": _utc(self.started),
            "ended": _utc(ended),
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
            "ended_by": self.ended_by,
            "last_success": self.last_success,
            "options": {"training": settings.training_digest, "forecast": settings.forecast_digest},
            "counts": self.count(),
            "groups": [group.to_dict() for group in self.groups],
            "sources": map(SourceRecord.to_dict, self.records.values()),
            "absent": map(SourceRecord.to_dict, self.absent),
        }


def _utc(moment: datetime) -> str:
    """Return a moment in ISO 8601."""
    return moment.isoformat(timespec="milliseconds")
