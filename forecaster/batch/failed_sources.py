"""What a source without a new forecast has instead: its last forecast, marked stale, or a seasonal naive one."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from forecaster.batch.earlier_forecasts import read_earlier_forecasts, series_of_forecasts, write_forecasts
from forecaster.batch.file_stamps import WrittenFile
from forecaster.batch.folder import model_path, output_path
from forecaster.batch.records import Action, ForecastRecord, ForecastStatus, Status
from forecaster.batch.source_task import encode_forecast, end_of_forecast
from forecaster.batch.tasks import FileFailure, process_count
from forecaster.errors import DEFECT, Code, ForecasterError
from forecaster.files.atomic import sync_left_to_caller
from forecaster.reading.tables.content import printed
from forecaster.spec import COLUMNS
from forecaster.workers.current_cluster import current_cluster
from forecaster.workers.pool import TaskEnd, run_in_workers
from forecaster.workflow.naive_forecast import predict_naive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.batch.batch_run import RunOptions
    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.records import SourceRecord
    from forecaster.batch.settings import BatchSettings
    from forecaster.workers.pool import TaskReport

LOST = {
    TaskEnd.CRASHED: (Status.CRASHED, Code.DIED, "its process died"),
    TaskEnd.TIMED_OUT: (Status.TIMED_OUT, Code.TIMEOUT, "it took longer than --series-timeout"),
    TaskEnd.OUT_OF_MEMORY: (Status.CRASHED, Code.MEMORY, "it needed more memory than there is for it"),
    TaskEnd.WORKERS_DIED: (Status.CRASHED, Code.DIED, "each worker of the cluster died that tried it"),
}
"""What is said of a source whose worker did not return: status, code and sentence."""
NO_KEY = ""
"""The key of a forecast that follows from nothing that could be the same again."""


def lost_record(task: SourceTask, report: TaskReport[SourceRecord]) -> SourceRecord:
    """Return the record of a source whose worker did not return."""
    status, code, text = LOST[report.end]
    again = ", also when it ran alone" if report.attempts > 1 else ", and the run ended before a second attempt"
    again = "" if report.end is TaskEnd.WORKERS_DIED else again
    failure = FileFailure(printed(task.source), "", code, DEFECT, f"{text}{again}; try forecast train on it")
    action = Action.FORECAST if task.known_model else Action.TRAIN
    return replace(task.new_record(action, text, status, report.seconds), failures=(failure,))


def keep_forecasts(
    folder: Path, records: Sequence[SourceRecord], settings: BatchSettings, options: RunOptions
) -> dict[str, SourceRecord]:
    """Return the records of failed sources, by their paths, with what they have instead of a new forecast."""
    failed = [record for record in records if record.is_failed]
    replaced = _write_naive_forecasts(folder, failed, settings, options) if options.naive_fallback and failed else {}
    kept = [record for record in failed if record.path not in replaced]
    return replaced | {record.path: _mark_stale(folder, record, settings) for record in kept}


def _write_naive_forecasts(
    folder: Path, failed: Sequence[SourceRecord], settings: BatchSettings, options: RunOptions
) -> dict[str, SourceRecord]:
    """Write the seasonal naive forecasts of failed sources, and return the records of those that have one."""
    work = partial(_write_naive_forecast, settings, folder)
    # on this machine also if the run uses a cluster: the work is short
    jobs = options.jobs or 1 if current_cluster() is None else process_count(None, len(failed))
    done = {}
    with closing(run_in_workers(work, failed, jobs, limits=options.limits)) as reports:
        for report in reports:
            if report.end is TaskEnd.RETURNED and report.result is not None:
                record = failed[report.number]
                done[record.path] = replace(record, forecast=report.result)
    return done


def _write_naive_forecast(settings: BatchSettings, folder: Path, record: SourceRecord) -> ForecastRecord | None:
    """Write the seasonal naive forecast of a failed source; return None where its rows cannot be read."""
    output = output_path(folder, record.name, settings)
    with suppress(ForecasterError, ArithmeticError, ValueError, OSError), sync_left_to_caller():
        prediction = predict_naive(
            record.source,
            model_path(folder, record.name),
            selection=settings.selection,
            specification=settings.specification,
            request=settings.request,
        )
        earlier = read_earlier_forecasts(folder, record.name, output)
        others = series_of_forecasts(earlier) - {*prediction.frame[COLUMNS.series].unique()}
        write_forecasts(output, encode_forecast(prediction, ForecastStatus.FALLBACK, settings), earlier, others)
        return ForecastRecord(WrittenFile.read(output), ForecastStatus.FALLBACK, NO_KEY, end_of_forecast(prediction))
    return None


def _mark_stale(folder: Path, record: SourceRecord, settings: BatchSettings) -> SourceRecord:
    """Mark all forecast files of a failed source as stale, also edited ones; what is no forecast stays as it is."""
    output, forecast = output_path(folder, record.name, settings), record.forecast
    if forecast and forecast.status is ForecastStatus.STALE and forecast.file.is_unchanged(output):
        return record
    earlier = read_earlier_forecasts(folder, record.name, output)
    if not earlier:
        return replace(record, forecast=None)
    try:
        with sync_left_to_caller():
            write_forecasts(output, b"", earlier, series_of_forecasts(earlier))
        file = WrittenFile.read(next(path for path in (output, *earlier) if path.exists()))
    except (ForecasterError, OSError, ValueError):
        return record  # a full disk, for example: the last forecast is better than none, and the record tells
    ends = forecast.ends if forecast else ""
    return replace(record, forecast=ForecastRecord(file, ForecastStatus.STALE, NO_KEY, ends))
