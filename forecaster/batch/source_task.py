"""The work of a batch on one source: decide, train where that is needed, forecast, write; and report all as a record.

The forecast is written before the model replaces the earlier one. So a run that is killed in between finds what it
found before, does the same again, and ends with the same bytes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from forecaster.batch.decisions import (
    Decision,
    decide_source,
    record_rows,
    refuse_outdated,
    refuse_outdated_rows,
    time_of_record,
)
from forecaster.batch.earlier_forecasts import (
    find_absent_series,
    read_earlier_forecasts,
    series_of_forecasts,
    write_forecasts,
)
from forecaster.batch.file_stamps import FileStamp, ReadFile, WrittenFile
from forecaster.batch.folder import model_path, output_path, pending_model
from forecaster.batch.forecast_files import STATUS
from forecaster.batch.group_forecast import decide_member
from forecaster.batch.records import Action, ForecastRecord, ForecastStatus, ModelRecord, Status
from forecaster.batch.tasks import FileFailure, failure_of_error, findings_in_file
from forecaster.errors import SOME_FAILED, Code
from forecaster.files.atomic import sync_left_to_caller
from forecaster.ledger.adapted_forecast import Learned, adapt_intervals
from forecaster.ledger.entry import entry_of_prediction
from forecaster.reading.tables.content import file_kept, printed
from forecaster.spec import COLUMNS
from forecaster.workflow.frame_files import encode_frame, frame_in_form
from forecaster.workflow.predict import load_for_request, predict_rows
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from forecaster.artifact.model import Model
    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.records import InputRecord, SourceRecord
    from forecaster.batch.settings import BatchSettings
    from forecaster.errors import Finding
    from forecaster.ledger.journal import LedgerJournal
    from forecaster.ledger.live_read import NightStart
    from forecaster.series.panel import Panel
    from forecaster.workflow.results import Prediction


class LedgerOfSources(NamedTuple):
    """What a ledger has to do with the work on a source.

    Attributes:
        journal: Where the forecast is noted; None for nowhere.
        start: The ledger when the night began; None without one.

    """

    journal: LedgerJournal | None = None
    start: NightStart | None = None


NO_LEDGER = LedgerOfSources()
MOST_FINDINGS = 20
"""Findings of a source that the record keeps: a file with more is looked at with `forecast check`."""


def process_source(
    settings: BatchSettings,
    folder: Path,
    task: SourceTask,
    *,
    ledger: LedgerOfSources = NO_LEDGER,
    dry_run: bool = False,
) -> SourceRecord:
    """Do what is to be done about a source, and return its record; an error is a failure in it.

    Args:
        settings: What the batch does with every source.
        folder: The folder of the results.
        task: The source.
        ledger: Where the forecast is noted before its file is written, and what the ledger has learned.
        dry_run: Decide alone, and write nothing.

    Raises:
        MemoryError: There is not enough memory.

    """
    began = perf_counter()
    found = Decision(Action.FORECAST if task.group else Action.TRAIN, "")
    try:
        stamp = FileStamp.read(task.source) or FileStamp(0, 0)
        with file_kept(task.source) as digest, sync_left_to_caller():
            file = ReadFile(stamp, digest)
            decide = decide_member if task.group else decide_source
            found = decide(settings, folder, task, file)
            if found.rows is not None:
                refuse_outdated(found.rows.last, settings, printed(task.source))
            if dry_run or found.action is Action.SKIP:
                return _skipped_record(task, found, perf_counter() - began)
            record = _act(settings, folder, task, found, file, ledger)
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


def _act(  # noqa: PLR0913, PLR0917 - a source and what is known about it
    settings: BatchSettings,
    folder: Path,
    task: SourceTask,
    found: Decision,
    file: ReadFile,
    ledger: LedgerOfSources,
) -> SourceRecord:
    """Train if that is to be done, forecast, write both, and return the record."""
    path = model_path(folder, task.name)
    if found.model is None:
        return _train_and_forecast(settings, folder, task, found, file, ledger)
    model = task.known_model
    if found.rows is None or model is None:
        raise AssertionError("a model that is there has a record")
    prediction = predict_rows(
        found.model, found.source, selection=settings.forecast_selection, request=settings.request
    )
    prediction, factors = _adapt(settings, ledger, task, prediction, model, found.model)
    record = _finished_record(task, found, prediction.failed, prediction.findings, factors)
    if found.source is None and task.earlier is not None:
        # rows that were there in training have not drifted since
        rows_findings = tuple(each for each in task.earlier.findings if each[0] not in {Code.ABSENT, Code.DRIFT})
        record = replace(record, findings=rows_findings)
    _note_for_ledger(ledger.journal, task, prediction, model, found.source.panel if found.source else None)
    record = _write_forecast(settings, folder, task, record, prediction, found.rows, model)
    if task.group and task.earlier and not task.earlier.group:
        path.unlink(missing_ok=True)  # the model that it had before
    return record


def _train_and_forecast(  # noqa: PLR0913, PLR0917 - a source and what is known about it
    settings: BatchSettings,
    folder: Path,
    task: SourceTask,
    found: Decision,
    file: ReadFile,
    ledger: LedgerOfSources,
) -> SourceRecord:
    """Train a model, forecast from the rows that it keeps, and write the forecast, then the model."""
    with pending_model(model_path(folder, task.name)) as pending:
        training = train(
            [task.source],
            selection=settings.selection,
            specification=settings.specification,
            output=pending,
            repair=settings.repair,
            jobs=1,
            check_rows=partial(refuse_outdated_rows, settings, printed(task.source)),
        )
        written, model = WrittenFile.read(pending), load_for_request(pending, settings.request)
        rows = record_rows(model.fingerprint, model.style, file)
        prediction = predict_rows(model, None, selection=settings.forecast_selection, request=settings.request)
        failed = {**training.failed, **prediction.failed}
        longest = int(training.trained.panel.lengths.max()) if training.trained else 0
        trained = ModelRecord(written, rows.rows_sha256, longest, model.fingerprint["end"], settings.training_digest)
        prediction, factors = _adapt(settings, ledger, task, prediction, trained, model)
        record = _finished_record(task, found, failed, (*training.findings, *prediction.findings), factors)
        _note_for_ledger(
            ledger.journal, task, prediction, trained, training.trained.panel if training.trained else None
        )
        return _write_forecast(settings, folder, task, record, replace(prediction, failed=failed), rows, trained)


def _adapt(  # noqa: PLR0913, PLR0917 - a forecast, its model, and what was learned about it
    settings: BatchSettings,
    ledger: LedgerOfSources,
    task: SourceTask,
    prediction: Prediction,
    model: ModelRecord,
    loaded: Model,
) -> tuple[Prediction, dict[str, float]]:
    """Return a forecast with intervals that have learned from the ledger, and their mean factor of each level."""
    if not settings.adapt or ledger.start is None:
        return prediction, {}
    learned = Learned(ledger.start.pools, task.live)
    return adapt_intervals(prediction, learned, model.file.sha256, loaded.fitted.scaling.transform.limits)


def _note_for_ledger(
    journal: LedgerJournal | None, task: SourceTask, prediction: Prediction, model: ModelRecord, rows: Panel | None
) -> None:
    """Note a forecast and the newest rows of its source in the journal of the ledger, if there is one.

    Raises:
        OutputError, StorageError: It cannot be written.

    """
    if journal is None:
        return
    entry = entry_of_prediction(
        prediction,
        run=journal.run,
        source=task.name,
        path=task.path,
        model=model.file.sha256,
        known_until=task.known_until,
        rows=rows,
    )
    if entry is not None:
        journal.append(entry)


def _write_forecast(  # noqa: PLR0913, PLR0917 - all that the record is made of
    settings: BatchSettings,
    folder: Path,
    task: SourceTask,
    record: SourceRecord,
    prediction: Prediction,
    rows: InputRecord,
    model: ModelRecord,
) -> SourceRecord:
    """Write the forecast file of a source, and return its record with the forecast and series that are absent now."""
    output = output_path(folder, task.name, settings)
    earlier = read_earlier_forecasts(folder, task.name, output)
    ends, here = end_of_forecast(prediction), {*prediction.frame[COLUMNS.series].unique(), *prediction.failed}
    absent, findings = find_absent_series(task, series_of_forecasts(earlier), here, rows.last, ends)
    kept = {*prediction.failed, *(each.series for each in absent)}
    write_forecasts(output, encode_forecast(prediction, ForecastStatus.CURRENT, settings), earlier, kept)
    key = settings.forecast_key(rows.rows_sha256, model.file.sha256)
    return replace(
        record,
        status=Status.WARNED if findings else record.status,
        outcome=Status.WARNED if findings else record.outcome,
        findings=(*((str(each.code), str(each)) for each in findings), *record.findings),
        input=rows,
        model=model,
        forecast=ForecastRecord(WrittenFile.read(output), ForecastStatus.CURRENT, key, ends),
        absent=absent,
    )


def _finished_record(
    task: SourceTask,
    found: Decision,
    failed: Mapping[str, str],
    findings: Iterable[Finding],
    factors: Mapping[str, float],
) -> SourceRecord:
    """Return the record of a source with a new forecast; some of its series may have failed."""
    file = printed(task.source)
    noticed = tuple(
        dict.fromkeys((str(each.code), str(each)) for each in findings_in_file((*found.drift, *findings), file))
    )
    lost = [FileFailure(file, series, Code.SERIES, SOME_FAILED, text) for series, text in failed.items()]
    status = Status.WARNED if noticed or lost else Status.OK
    record = task.new_record(found.action, found.reason, status)
    return replace(
        record,
        failures=tuple(lost),
        findings=noticed[:MOST_FINDINGS],
        group=task.group,
        due=found.due,
        factors=factors,
    )


def end_of_forecast(prediction: Prediction) -> str:
    """Return the last time of a forecast as records have it."""
    return time_of_record(str(prediction.frame[COLUMNS.time].to_numpy().max()), prediction.style)


def encode_forecast(prediction: Prediction, status: ForecastStatus, settings: BatchSettings) -> bytes:
    """Return the content of a forecast file, whose last column is the status of each row."""
    frame = frame_in_form(prediction, settings.form, settings.dates)
    return encode_frame(frame.assign(**{STATUS: str(status)}), settings.form)
