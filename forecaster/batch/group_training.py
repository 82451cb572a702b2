"""Train the network of a group on the rows of all its members, and decide when.

A network that is only due to be trained again waits for members whose file is missing or cannot be read, so that such
a file does not change the forecasts of the others. Where there is no network to go on with, the others are trained.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from forecaster import __version__
from forecaster.artifact.model import load
from forecaster.batch.decisions import CHANGED_MODEL, MISSING_MODEL, NEW, OTHER_OPTIONS, refuse_outdated_rows
from forecaster.batch.file_stamps import FileStamp, WrittenFile
from forecaster.batch.folder import group_model_path, pending_model
from forecaster.batch.groups import FEWEST_MEMBERS
from forecaster.batch.records import ModelRecord, Status
from forecaster.batch.tasks import FileFailure, failure_of_error
from forecaster.errors import AllSeriesFailedError, ForecasterError
from forecaster.files.atomic import sync_left_to_caller
from forecaster.reading.reader import read_sources
from forecaster.reading.tables.content import printed
from forecaster.workflow.limits import requested_limits
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.artifact.model import Model
    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.groups import GroupRecord
    from forecaster.batch.settings import BatchSettings

OTHER_VERSION, REFUSED_MODEL = "the version of the program changed", "this version cannot read the model file"
WITHOUT_NETWORK = frozenset({NEW, OTHER_OPTIONS, CHANGED_MODEL, MISSING_MODEL, REFUSED_MODEL})
"""Reasons to train where no network is there to go on with."""
NO_GROUP = "use --regroup once, so that a file that is left has a model of its own"
"""What the user can do where a group has one usable member."""


class GroupOutcome(NamedTuple):
    """How the training of a group ended.

    Attributes:
        group: The group, with its new network if there is one.
        failure: Why its members cannot be forecast; None if they can.

    """

    group: GroupRecord
    failure: FileFailure | None = None


def reason_to_train(
    group: GroupRecord, members: Sequence[SourceTask], folder: Path, settings: BatchSettings, *, decided: bool
) -> str:
    """Return why the network of a group is to be trained, in words; empty if it is not.

    A run decides by the records of the last one. So that a run that continues one that did not come to its end gives
    the same forecasts, it does not decide again.

    Args:
        group: The group.
        members: Its sources that this run has.
        folder: The folder of the results.
        settings: What is done with every source.
        decided: Whether a run that was killed has decided already.

    """
    if reason := _reason_without_network(group, group_model_path(folder, group.name), settings) or group.pending:
        return reason
    if group.version != __version__:
        return OTHER_VERSION
    records = [member.earlier for member in members if member.earlier]
    if decided or any(record.status is Status.NOT_RUN for record in records):
        return ""
    due = [record for record in records if record.due and record.model and record.model.file == _file_of(group)]
    return next((f"{printed(record.source)}: {record.due}" for record in sorted(due, key=lambda each: each.path)), "")


def _reason_without_network(group: GroupRecord, path: Path, settings: BatchSettings) -> str:
    """Return why a group has no network to go on with, in words; empty if it has one."""
    if group.model is None:
        return NEW
    if not path.exists():
        return MISSING_MODEL
    if group.model.settings != settings.training_digest:
        return OTHER_OPTIONS
    return "" if group.model.file.is_unchanged(path) else CHANGED_MODEL


def _file_of(group: GroupRecord) -> WrittenFile | None:
    """Return the record of the file of a group's network; None if there is none."""
    return group.model.file if group.model else None


def train_group(settings: BatchSettings, folder: Path, jobs: int | None, group: GroupRecord) -> GroupOutcome:
    """Train the network of a group for the reason that is `pending`, or find that this must wait or fails.

    After a change of the program's version, a network that can still be read is not trained.

    Args:
        settings: What is done with every source.
        folder: The folder of the results.
        jobs: Processes for the networks of the ensemble, which do not change the result; None for as many as pay.
        group: The group.

    Raises:
        MemoryError: There is not enough memory.

    """
    path, reason = group_model_path(folder, group.name), group.pending
    done = replace(group, pending="", waiting="", version=__version__)
    if reason == OTHER_VERSION:
        if _can_be_read(path):
            return GroupOutcome(done)
        reason = REFUSED_MODEL
    can_wait = reason not in WITHOUT_NETWORK
    here = [member for member in group.members if FileStamp.read(member)]
    if can_wait and len(here) < len(group.members):
        missing = next(member for member in group.members if member not in here)
        return GroupOutcome(replace(done, waiting=f"{printed(missing)} is missing"))
    try:
        model = _train_on_readable(settings, path, here, jobs, can_wait=can_wait)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not affect the other groups
        failure = failure_of_error(f"group {group.name}", error)
        if can_wait:
            return GroupOutcome(replace(done, waiting=failure.text))
        return GroupOutcome(replace(group, waiting=failure.text), failure)
    return GroupOutcome(replace(done, model=model, reason=reason))


def _can_be_read(path: Path) -> bool:
    """Return whether this version can read a model."""
    try:
        load(path)
    except ForecasterError:
        return False
    return True


def _train_on_readable(
    settings: BatchSettings, path: Path, sources: Sequence[str], jobs: int | None, *, can_wait: bool
) -> ModelRecord:
    """Train on sources or, if that fails and cannot wait, on those of them that can be read."""
    if len(sources) < FEWEST_MEMBERS:
        raise AllSeriesFailedError("fewer than two of its files are there", NO_GROUP)
    try:
        return _train_on(settings, path, sources, jobs)
    except ForecasterError:
        readable = [] if can_wait else [source for source in sources if _reads(settings, source)]
        if not FEWEST_MEMBERS <= len(readable) < len(sources):
            raise
    return _train_on(settings, path, readable, jobs)


def _reads(settings: BatchSettings, source: str) -> bool:
    """Return whether a source can be read."""
    limits, irregular = requested_limits(settings.specification), settings.specification.irregular
    try:
        read_sources([source], settings.selection, repair=settings.repair, irregular=irregular, limits=limits)
    except ForecasterError:
        return False
    return True


def _train_on(settings: BatchSettings, path: Path, sources: Sequence[str], jobs: int | None) -> ModelRecord:
    """Train a network on sources, put it in place of the earlier one, and return its record."""
    with pending_model(path) as pending:
        with sync_left_to_caller():
            training = train(
                sources,
                selection=settings.selection,
                specification=settings.specification,
                output=pending,
                repair=settings.repair,
                jobs=jobs,
                check_rows=partial(refuse_outdated_rows, settings, f"group {path.stem}"),
            )
        model = load(pending)
        _refuse_single_series(model)
        written = WrittenFile.read(pending)
    longest = int(training.trained.panel.lengths.max()) if training.trained else 0
    facts = model.fingerprint
    return ModelRecord(written, facts["sha256"], longest, facts["end"], settings.training_digest)


def _refuse_single_series(model: Model) -> None:
    """Refuse a network of one series: rows of any name would be taken for newer rows of that series.

    Raises:
        AllSeriesFailedError: It has one.

    """
    if len(model.tail) < FEWEST_MEMBERS:
        raise AllSeriesFailedError("only one series of the group is long enough", NO_GROUP)
