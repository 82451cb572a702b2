"""Decide what a batch does about a source: skip it, forecast with the model that is there, or train one; and why.

A decision depends on the file, the record and the options alone, never on the time of the day, so that a run that was
killed and started again decides as before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.batch.folder import model_path, output_path
from forecaster.batch.live_measures import find_drift, measure_source
from forecaster.batch.records import UNDONE, Action, ForecastStatus, InputRecord, SourceRecord, Status
from forecaster.batch.retraining_conditions import OPTION
from forecaster.errors import Code, InputRefusedError, InputUnreadableError, ModelRefusedError, Place
from forecaster.reading.cells.time_style import to_utc
from forecaster.reading.tables.content import printed
from forecaster.workflow.limits import requested_limits
from forecaster.workflow.newer_rows import read_newer_rows, reason_rows_are_not_of_model
from forecaster.workflow.predict import load_for_request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.artifact.model import Model
    from forecaster.batch.file_stamps import ReadFile
    from forecaster.batch.records import ModelRecord
    from forecaster.batch.settings import BatchSettings
    from forecaster.errors import Finding
    from forecaster.ledger.live_read import LiveSeries
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.reading.reader import ReadResult
    from forecaster.series.panel import Panel

NEW, OTHER_OPTIONS, MISSING_MODEL, CHANGED_MODEL = (
    "there is no model yet",
    "the options of training changed",
    "the model file is missing",
    "the model file is not the one of the last run",
)
SAME_FILE, SAME_CONTENT, SAME_ROWS = (
    "the file has the same size and time",
    "the file has the same content",
    "the file has the same rows",
)
NEW_ROWS, OTHER_FORECAST_OPTIONS = (
    "the file has new or changed rows",
    "the options of the forecast, or the version, changed",
)
SECONDS = len("2024-01-31T09:30:00")
"""Length of a time of a record without the fraction of its second."""
NO_FORECAST, OLD_FORECAST, CHANGED_FORECAST = (
    "there is no forecast yet",
    "its forecast is not a current one",
    "the forecast file is missing or not the one of the last run",
)


class SourceTask(NamedTuple):
    """A source, the name of its results, and its record of the last run; None if there is none.

    Attributes:
        source: The file.
        path: Its absolute path.
        name: Name of its results.
        earlier: Its record.
        signature: What its group follows from; empty if it was not looked at.
        group: The group whose network it shares; empty if it has a model of its own.
        network: That network; None if there is none.
        was_begun: Whether a run that was killed had begun the work on it.
        known_until: The last time of which the ledger knows a value, by series; see `forecaster.ledger.schema`.
        live: What the ledger knows of the forecasts of each series.

    """

    source: str
    path: str
    name: str
    earlier: SourceRecord | None
    signature: str = ""
    group: str = ""
    network: ModelRecord | None = None
    was_begun: bool = False
    known_until: Mapping[str, int] = {}
    live: Mapping[str, LiveSeries] = {}

    @property
    def comes_last(self) -> bool:
        """Whether the work on it waits for that on others: it failed in the last run, or may have killed it."""
        return self.was_begun or (
            self.earlier is not None and (self.earlier.has_failure or self.earlier.outcome in UNDONE)
        )

    @property
    def known_model(self) -> ModelRecord | None:
        """The model that it is forecast with as far as the records know; None if one must be trained."""
        if self.group:
            return self.network
        return self.earlier.model if self.earlier and not self.earlier.group else None

    @property
    def can_begin(self) -> bool:
        """Whether all is there that it needs: a source of a group needs its network."""
        return not self.group or self.network is not None

    def new_record(self, action: Action, reason: str, status: Status, seconds: float = 0.0) -> SourceRecord:
        """Return the record of this run, with the files that earlier ones left."""
        begun = self.earlier or SourceRecord(self.source, self.path, self.name, status, status, action)
        outcome = begun.outcome if status in {Status.SKIPPED, Status.NOT_RUN} else status
        return replace(
            begun,
            source=self.source,
            status=status,
            outcome=outcome,
            action=action,
            reason=reason,
            seconds=round(seconds, 3),
            signature=self.signature,
            failures=(),
            findings=(),
        )


class Decision(NamedTuple):
    """What was decided about a source.

    Attributes:
        action, reason: What is to be done and why.
        model: The model to forecast with; None where one is to be trained.
        source: The rows that were read for it; None where the forecast follows the rows that it keeps.
        rows: The record of the rows; None where they were not read.
        due: Why the network of its group is to be trained again after these rows, in words; empty if it is not.
        drift: Findings of drift since the model was trained.

    """

    action: Action
    reason: str
    model: Model | None = None
    source: ReadResult | None = None
    rows: InputRecord | None = None
    due: str = ""
    drift: tuple[Finding, ...] = ()


def decide_source(settings: BatchSettings, folder: Path, task: SourceTask, file: ReadFile) -> Decision:
    """Return what is to be done about a source with a model of its own."""
    path = model_path(folder, task.name)
    earlier, current = task.earlier, forecast_is_current(task, folder, settings)
    if earlier and earlier.input and earlier.input.sha256 == file.sha256 and current:
        return Decision(Action.SKIP, SAME_CONTENT, rows=replace(earlier.input, stamp=file.stamp))
    model, reason = load_model(earlier, path, settings)
    if model is None or earlier is None or earlier.model is None:
        return Decision(Action.TRAIN, reason)
    source, reason = read_rows(model, task.source, settings)
    if source is None:
        return Decision(Action.TRAIN, reason)
    rows = record_rows(source.panel.fingerprint(), source.style, file)
    if current and earlier.input and rows.rows_sha256 == earlier.input.rows_sha256:
        return Decision(Action.SKIP, SAME_ROWS, rows=rows)
    drift = find_drift(earlier.model, source.panel, task.live, model.fitted.recipe.season, printed(task.source))
    reason = reason_to_train_again(earlier.model, source.panel, settings)
    if reason := reason or reason_of_condition(earlier.model, source.panel, task.live, drift, settings):
        return Decision(Action.TRAIN, reason, drift=drift)
    reason = reason_to_forecast_again(earlier, rows, settings)
    trained_on_these = rows.rows_sha256 == earlier.model.rows_sha256
    return Decision(Action.FORECAST, reason, model, None if trained_on_these else source, rows, drift=drift)


def forecast_is_current(task: SourceTask, folder: Path, settings: BatchSettings) -> bool:
    """Return whether the files that the last run left follow from the options of this one, and are unchanged.

    That the network of a group is unchanged is known before.
    """
    record, model = task.earlier, task.known_model
    if record is None or record.forecast is None or record.input is None or model is None:
        return False
    key = settings.forecast_key(record.input.rows_sha256, model.file.sha256)
    return (
        record.forecast.status is ForecastStatus.CURRENT
        and record.forecast.key == key
        and record.group == task.group
        and model.settings == settings.training_digest
        and record.forecast.file.is_unchanged(output_path(folder, record.name, settings))
        and bool(task.group or model.file.is_unchanged(model_path(folder, record.name)))
    )


def load_model(record: SourceRecord | None, path: Path, settings: BatchSettings) -> tuple[Model | None, str]:
    """Return the model of a source; None where one must be trained, with the reason."""
    if record is None or record.model is None:
        return None, NEW
    if record.group or record.model.settings != settings.training_digest:
        return None, OTHER_OPTIONS
    if not path.exists():
        return None, MISSING_MODEL
    if not record.model.file.is_unchanged(path):
        return None, CHANGED_MODEL
    try:
        return load_for_request(path, settings.request), ""
    except (ModelRefusedError, InputUnreadableError) as error:
        return None, f"the model file is refused: {error.what}"


def read_rows(loaded: Model, source: str, settings: BatchSettings) -> tuple[ReadResult | None, str]:
    """Return the rows of a source as its model reads them; None where a model must be trained, with the reason."""
    try:
        limits = requested_limits(loaded.specification)
        found = read_newer_rows(loaded, [source], settings.selection, limits)
    except InputRefusedError as error:
        return None, f"the file cannot be read as in training: {error.what}"
    reason = reason_rows_are_not_of_model(loaded, found)
    return (None, f"the rows are not those of the model: {reason}") if reason else (found, "")


def reason_to_train_again(record: ModelRecord, panel: Panel, settings: BatchSettings) -> str:
    """Return why a model that fits its source is trained again on its rows, in words; empty if it is not."""
    last = panel.ds.max()
    before = np.array(record.last if panel.ds.dtype.kind == "M" else int(record.last), dtype=panel.ds.dtype)
    newer = [int((panel.ds[panel.slice(i)] > before).sum()) for i in range(len(panel))]
    return settings.retrain_after.due(max(newer), record.longest, last - before)


def reason_of_condition(
    record: ModelRecord,
    panel: Panel,
    live: Mapping[str, LiveSeries],
    drift: tuple[Finding, ...],
    settings: BatchSettings,
) -> str:
    """Return why the condition of the user trains a model again that fits its source, in words; empty if it does not.

    Without newer rows, a training would give the same model.
    """
    if settings.retrain_if is None:
        return ""
    values = measure_source(record, panel, live, drift)
    judged = settings.retrain_if.judge(values) if values["rows"] else None
    return f"{OPTION}: {' and '.join(judged.because)}" if judged and judged.truth else ""


def reason_to_forecast_again(record: SourceRecord, rows: InputRecord, settings: BatchSettings) -> str:
    """Return why a source whose forecast is not current is forecast with the model that is there, in words."""
    if record.input is None or rows.rows_sha256 != record.input.rows_sha256:
        return NEW_ROWS
    if record.forecast is None or record.model is None:
        return NO_FORECAST
    if record.forecast.status is not ForecastStatus.CURRENT:
        return OLD_FORECAST
    same = record.forecast.key == settings.forecast_key(rows.rows_sha256, record.model.file.sha256)
    return CHANGED_FORECAST if same else OTHER_FORECAST_OPTIONS


def refuse_outdated(last: str, settings: BatchSettings, file: str) -> None:
    """Refuse a source whose newest row is older than the user allows; times that are numbers have no age.

    Args:
        last: The time of that row, see `forecaster.batch.records.InputRecord`.
        settings: What is done with every source.
        file: The source, as it may be printed.

    Raises:
        InputRefusedError: It is.

    """
    if settings.oldest is None or last.lstrip("-").isdecimal():
        return
    if np.datetime64(last) < np.datetime64(settings.oldest):
        what = f"its newest row is of {last[:SECONDS]}, before the limit of --max-age, {settings.oldest} UTC"
        remedy = "look whether newer rows arrive, or allow more with --max-age"
        raise InputRefusedError(what, remedy, Place(file), code=Code.OUTDATED)


def refuse_outdated_rows(settings: BatchSettings, file: str, panel: Panel, style: TimeStyle) -> None:
    """Refuse rows before a model is trained on them, see `refuse_outdated`; all series together have a newest row.

    Raises:
        InputRefusedError: They are older than the user allows.

    """
    refuse_outdated(time_of_record(str(panel.ds.max()), style), settings, file)


def record_rows(facts: Mapping[str, Any], style: TimeStyle, file: ReadFile) -> InputRecord:
    """Return the record of rows, from `forecaster.series.panel.Panel.fingerprint`, of their times and their file."""
    last = time_of_record(facts["end"], style)
    return InputRecord(file.stamp, file.sha256, facts["sha256"], facts["series"], facts["rows"], last)


def time_of_record(time: str, style: TimeStyle) -> str:
    """Return a time of rows in ISO 8601 as a record has it: in UTC if the style names a zone; numbers stay numbers."""
    if not style.zone or time.lstrip("-").isdecimal():
        return time
    return str(to_utc(np.array([time], dtype="datetime64[us]"), style)[0])
