"""Decide what a batch does about a source: skip it, forecast with the model that is there, or train one; and why.

A decision depends on the file, the record and the options alone, never on the time of the day, so that a run that was
killed and started again decides as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.batch.folder import model_path, output_path
from forecaster.batch.records import ForecastStatus, InputRecord
from forecaster.errors import Code, InputRefusedError, InputUnreadableError, ModelRefusedError, Place
from forecaster.workflow.limits import requested_limits
from forecaster.workflow.newer_rows import read_newer_rows, reason_rows_are_not_of_model
from forecaster.workflow.predict import load_for_request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.artifact.model import Model
    from forecaster.batch.records import FileStamp, ModelRecord, SourceRecord
    from forecaster.batch.settings import BatchSettings
    from forecaster.reading.reader import ReadResult
    from forecaster.series.panel import Panel

NEW, OTHER_OPTIONS, CHANGED_MODEL = (
    "there is no model yet",
    "the options of training changed",
    "the model file is not the one of the last run",
)
SAME_FILE, SAME_CONTENT, SAME_ROWS = (
    "the file has the same size and time",
    "the file has the same content",
    "the file has the same rows",
)
NEW_ROWS, SAME_ROWS_OTHER_OPTIONS = (
    "the file has new or changed rows",
    "the options of the forecast, or the version, changed",
)


def forecast_is_current(record: SourceRecord | None, folder: Path, settings: BatchSettings) -> bool:
    """Return whether the files that the last run left follow from the options of this one, and are unchanged."""
    if record is None or record.forecast is None or record.input is None or record.model is None:
        return False
    key = settings.forecast_key(record.input.rows_sha256, record.model.file.sha256)
    return (
        record.forecast.status is ForecastStatus.CURRENT
        and record.forecast.key == key
        and record.model.settings == settings.training_digest
        and record.forecast.file.is_unchanged(output_path(folder, record.name, settings))
        and record.model.file.is_unchanged(model_path(folder, record.name))
    )


def load_model(record: SourceRecord | None, path: Path, settings: BatchSettings) -> tuple[Model | None, str]:
    """Return the model of a source; None where one must be trained, with the reason."""
    if record is None or record.model is None:
        return None, NEW
    if not path.exists():
        return None, "the model file is missing"
    if record.model.settings != settings.training_digest:
        return None, OTHER_OPTIONS
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


def refuse_outdated(rows: InputRecord, settings: BatchSettings, file: str) -> None:
    """Refuse a source whose newest row is older than the user allows; times that are numbers have no age.

    Raises:
        InputRefusedError: It is.

    """
    if settings.oldest is None or rows.last.lstrip("-").isdecimal():
        return
    if np.datetime64(rows.last) < np.datetime64(settings.oldest):
        what = f"its newest row is of {rows.last}, before the limit of --max-age, {settings.oldest} UTC"
        remedy = "look whether newer rows arrive, or allow more with --max-age"
        raise InputRefusedError(what, remedy, Place(file), code=Code.OUTDATED)


def record_rows(facts: Mapping[str, Any], stamp: FileStamp, sha256: str) -> InputRecord:
    """Return the record of rows, from `forecaster.series.panel.Panel.fingerprint`, and of their file."""
    return InputRecord(stamp, sha256, facts["sha256"], facts["series"], facts["rows"], facts["end"])
