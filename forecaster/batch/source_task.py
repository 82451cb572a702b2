"""The work of a batch on one source: decide, train where that is needed, forecast, write; and report all as a record.

The forecast is written before the model replaces the earlier one. So a run that is killed in between finds what it
found before, does the same again, and ends with the same bytes.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from forecaster.batch.decisions import Decision, decide_source, record_rows, refuse_outdated
from forecaster.batch.folder import model_path, output_path, pending_model
from forecaster.batch.forecast_files import STATUS, forecast_content, forecast_rows, rows_of_series, with_status
from forecaster.batch.group_forecast import decide_member
from forecaster.batch.records import (
    Action,
    FileStamp,
    ForecastRecord,
    ForecastStatus,
    ModelRecord,
    Status,
    WrittenFile,
)
from forecaster.batch.tasks import FileFailure, failure_of_error
from forecaster.errors import SOME_FAILED, Code
from forecaster.files.atomic import atomic_write, sync_left_to_caller
from forecaster.reading.tables.content import file_kept, printed
from forecaster.workflow.frame_files import encode_frame, frame_in_form
from forecaster.workflow.predict import load_for_request, predict_rows
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.records import InputRecord, SourceRecord
    from forecaster.batch.settings import BatchSettings
    from forecaster.errors import Finding
    from forecaster.workflow.results import Prediction

MOST_FINDINGS = 20
"""Findings of a source that the record keeps: a file with more is looked at with `forecast check`."""


def process_source(settings: BatchSettings, folder: Path, task: SourceTask, *, dry_run: bool = False) -> SourceRecord:
    """Do what is to be done about a source, and return its record; an error is a failure in it.

    Args:
        settings: What the batch does with every source.
        folder: The folder of the results.
        task: The source.
        dry_run: Decide alone, and write nothing.

    Raises:
        MemoryError: There is not enough memory.

    """
    began = perf_counter()
    found = Decision(Action.FORECAST if task.group else Action.TRAIN, "")
    try:
        with file_kept(task.source) as digest, sync_left_to_caller():
            decide = decide_member if task.group else decide_source
            found = decide(settings, folder, task, digest)
            if found.rows is not None:
                refuse_outdated(found.rows, settings, printed(task.source))
            if dry_run or found.action is Action.SKIP:
                return _skipped_record(task, found, perf_counter() - began)
            record = _act(settings, folder, task, found, digest)
            return replace(record, seconds=round(perf_counter() - began, 3))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not affect the other sources
        failed = failure_of_error(printed(task.source), error)
        record = task.new_record(found.action, found.reason or failed.text, Status.FAILED, perf_counter() - began)
        return replace(record, failures=(failed,))


def _skipped_record(task: SourceTask, found: Decision, seconds: float) -> SourceRecord:
    """Return the record of a source about which nothing is done; what was found earlier is still true."""
    skipped = task.new_record(found.action, found.reason, Status.SKIPPED, seconds)
    if task.earlier is None:
        return skipped
    given = found.rows or task.earlier.input
    still_failing = task.earlier.failures if found.action is Action.SKIP else ()
    return replace(skipped, input=given, findings=task.earlier.findings, failures=still_failing)


def _act(settings: BatchSettings, folder: Path, task: SourceTask, found: Decision, digest: str) -> SourceRecord:
    """Train if that is to be done, forecast, write both, and return the record."""
    output, path = output_path(folder, task.name, settings), model_path(folder, task.name)
    if found.model is None:
        return _train_and_forecast(settings, path, output, task, found, digest)
    model = task.known_model
    if found.rows is None or model is None:
        raise AssertionError("a model that is there has a record")
    prediction = predict_rows(found.model, found.source, selection=settings.selection, request=settings.request)
    forecast = _write_forecast(settings, output, prediction, found.rows, model.file)
    record = _finished_record(task, found, prediction.failed, prediction.findings)
    if found.source is None and task.earlier is not None:
        record = replace(record, findings=task.earlier.findings)
    if task.group and task.earlier and not task.earlier.group:
        path.unlink(missing_ok=True)  # the model that it had before
    return replace(record, input=found.rows, model=model, forecast=forecast)


def _train_and_forecast(  # noqa: PLR0913, PLR0917 - all that the record is made of
    settings: BatchSettings, path: Path, output: Path, task: SourceTask, found: Decision, digest: str
) -> SourceRecord:
    """Train a model, forecast from the rows that it keeps, and write the forecast, then the model."""
    stamp = FileStamp.read(task.source) or FileStamp(0, 0)
    with pending_model(path) as pending:
        training = train(
            [task.source],
            selection=settings.selection,
            specification=settings.specification,
            output=pending,
            repair=settings.repair,
            jobs=1,
        )
        written, model = WrittenFile.read(pending), load_for_request(pending, settings.request)
        rows = record_rows(model.fingerprint, model.style, stamp, digest)
        refuse_outdated(rows, settings, printed(task.source))
        prediction = predict_rows(model, None, selection=settings.selection, request=settings.request)
        failed = {**training.failed, **prediction.failed}
        forecast = _write_forecast(settings, output, replace(prediction, failed=failed), rows, written)
    longest = int(training.trained.panel.lengths.max()) if training.trained else 0
    trained = ModelRecord(written, rows.rows_sha256, longest, model.fingerprint["end"], settings.training_digest)
    record = _finished_record(task, found, failed, (*training.findings, *prediction.findings))
    return replace(record, input=rows, model=trained, forecast=forecast)


def _write_forecast(
    settings: BatchSettings, output: Path, prediction: Prediction, rows: InputRecord, model: WrittenFile
) -> ForecastRecord:
    """Write a forecast file, and return its record."""
    data = encode_forecast(prediction, ForecastStatus.CURRENT, settings)
    if prediction.failed and output.exists():
        data = _with_last_forecasts(data, output.read_bytes(), prediction.failed, settings.form)
    atomic_write(output, data)
    key = settings.forecast_key(rows.rows_sha256, model.sha256)
    return ForecastRecord(WrittenFile.read(output), ForecastStatus.CURRENT, key)


def _with_last_forecasts(data: bytes, earlier: bytes, failed: Collection[str], form: str) -> bytes:
    """Return the content of a forecast file with the earlier forecasts of series that failed now, marked stale."""
    kept = with_status(rows_of_series(forecast_rows(earlier, form), failed), ForecastStatus.STALE)
    return forecast_content([*forecast_rows(data, form), *kept], form) if kept else data


def _finished_record(
    task: SourceTask, found: Decision, failed: Mapping[str, str], findings: Iterable[Finding]
) -> SourceRecord:
    """Return the record of a source with a new forecast; some of its series may have failed."""
    file = printed(task.source)
    noticed = tuple(dict.fromkeys((str(each.code), str(each)) for each in findings if each.code != Code.CHOSEN))
    lost = [FileFailure(file, series, Code.SERIES, SOME_FAILED, text) for series, text in failed.items()]
    status = Status.WARNED if noticed or lost else Status.OK
    record = task.new_record(found.action, found.reason, status)
    return replace(record, failures=tuple(lost), findings=noticed[:MOST_FINDINGS], group=task.group, due=found.due)


def encode_forecast(prediction: Prediction, status: ForecastStatus, settings: BatchSettings) -> bytes:
    """Return the content of a forecast file, whose last column is the status of each row."""
    frame = frame_in_form(prediction, settings.form, settings.dates)
    return encode_frame(frame.assign(**{STATUS: str(status)}), settings.form)
