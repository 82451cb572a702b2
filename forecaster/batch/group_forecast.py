"""Decide about a source that shares the network of a group, and read its rows as those of one of the group's series.

A forecast follows from the network and the rows of the file alone, whichever members the process has forecast before.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from forecaster.artifact.model import load
from forecaster.batch.decisions import (
    NEW,
    OTHER_OPTIONS,
    SAME_CONTENT,
    SAME_ROWS,
    Decision,
    forecast_is_current,
    reason_of_condition,
    reason_to_forecast_again,
    record_rows,
)
from forecaster.batch.file_stamps import FileStamp
from forecaster.batch.folder import group_model_path
from forecaster.batch.live_measures import find_drift
from forecaster.batch.records import Action
from forecaster.errors import InputRefusedError, Place
from forecaster.reading.tables.content import printed
from forecaster.series.append import match_series, reason_rows_are_of_other_data
from forecaster.workflow.limits import requested_limits
from forecaster.workflow.newer_rows import read_newer_rows

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.artifact.model import Model
    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.file_stamps import ReadFile
    from forecaster.batch.records import InputRecord, ModelRecord
    from forecaster.batch.settings import BatchSettings
    from forecaster.reading.reader import ReadResult
    from forecaster.series.panel import Panel

RETRAINED = "the network of its group was trained again"
MODELS_IN_MEMORY = 2
"""Networks of groups that a process keeps: sources come group by group, and the last of one may meet the first of the
next. Each holds the last rows of all its series."""
OTHER_NAME = "\0"
"""Ending of the names of kept series that rows do not continue: no file has a series of such a name."""


def decide_member(settings: BatchSettings, folder: Path, task: SourceTask, file: ReadFile) -> Decision:
    """Return what is to be done about a source of a group.

    Raises:
        ForecasterError: Its rows cannot be read as those of the group's other series.

    """
    earlier, current = task.earlier, forecast_is_current(task, folder, settings)
    if earlier and earlier.input and earlier.input.sha256 == file.sha256 and current:
        return Decision(Action.SKIP, SAME_CONTENT, rows=replace(earlier.input, stamp=file.stamp))
    network, path = task.network, group_model_path(folder, task.group)
    if network is None:
        raise AssertionError("a source is forecast after the network of its group was trained")
    model = _load_network(path, FileStamp.read(path))
    model, source = _read_rows(model, task.source, settings)
    rows = record_rows(source.panel.fingerprint(), source.style, file)
    if current and earlier and earlier.input and rows.rows_sha256 == earlier.input.rows_sha256:
        return Decision(Action.SKIP, SAME_ROWS, rows=rows)
    reason = _reason_to_forecast(task, rows, settings)
    drift = find_drift(network, source.panel, task.live, model.fitted.recipe.season, printed(task.source))
    due = _reason_to_train_again(model.tail, source.panel, network, settings)
    due = due or reason_of_condition(network, source.panel, task.live, drift, settings)
    return Decision(Action.FORECAST, reason, model, source, rows, due, drift)


@lru_cache(maxsize=MODELS_IN_MEMORY)
def _load_network(path: Path, _stamp: FileStamp | None) -> Model:
    """Return the network of a group; as long as the stamp of its file is the same, it is read once."""
    return load(path)


def _read_rows(network: Model, source: str, settings: BatchSettings) -> tuple[Model, ReadResult]:
    """Return the rows of a source, and the network that can forecast them.

    Rows that do not continue those that the network keeps under the same name are those of another series for it.
    """
    found = _read_with_columns(network, source, settings)
    if found.style.zone != network.style.zone or found.panel.ds.dtype != network.tail.ds.dtype:
        what = "its times are of another kind or zone than those of its group"
        raise InputRefusedError(what, "use --regroup once", Place(printed(source)))
    other = _series_of_other_data(network.tail, found.panel)
    if not other:
        return network, found
    ids = tuple(name + OTHER_NAME if name in other else name for name in network.tail.ids)
    unknown = replace(network, tail=replace(network.tail, ids=ids))
    return unknown, _read_with_columns(unknown, source, settings)


def _series_of_other_data(kept: Panel, panel: Panel) -> set[str]:
    """Return the names of series whose rows do not continue those that the network keeps."""
    matched = match_series(kept, panel)
    pairs = zip(matched.kept, matched.fresh, strict=True)
    return {kept.ids[i] for i, j in pairs if reason_rows_are_of_other_data(kept.take([i]), panel.take([j]))}


def _read_with_columns(network: Model, source: str, settings: BatchSettings) -> ReadResult:
    """Read the rows of a source from the columns that all members had in training, else from those found in it."""
    limits = requested_limits(network.specification)
    try:
        return read_newer_rows(network, [source], settings.selection, limits)
    except InputRefusedError:
        searching = replace(network, selection=settings.selection)
        return read_newer_rows(searching, [source], settings.selection, limits)


def _reason_to_forecast(task: SourceTask, rows: InputRecord, settings: BatchSettings) -> str:
    """Return why a source is forecast with the network of its group, in words."""
    earlier = task.earlier
    if earlier is None or earlier.model is None or task.network is None:
        return NEW
    if earlier.group != task.group:
        return OTHER_OPTIONS
    if earlier.model.file.sha256 != task.network.file.sha256:
        return RETRAINED
    return reason_to_forecast_again(earlier, rows, settings)


def _reason_to_train_again(kept: Panel, panel: Panel, network: ModelRecord, settings: BatchSettings) -> str:
    """Return why a network is trained again after the rows of a member, in words; empty if it is not.

    Args:
        kept: The last rows of all series in training.
        panel: The rows of the member.
        network: The record of the network.
        settings: When a network is trained again.

    """
    matched = match_series(kept, panel)
    reasons = []
    for i, j in zip(matched.kept, matched.fresh, strict=True):
        ds, last = panel.ds[panel.slice(j)], kept.ds[kept.last[i]]
        reasons.append(settings.retrain_after.due(int((ds > last).sum()), network.longest, ds[-1] - last))
    return next(filter(None, reasons), "")
