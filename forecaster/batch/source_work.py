"""The work of a batch as work on files: which files each task needs, and what its record says of those it wrote."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from forecaster.batch.file_work import FilesOfTask, FileWork, known_files
from forecaster.batch.folder import group_model_path, model_path, output_path, possible_outputs
from forecaster.batch.group_signature import SourceDescription, describe_source
from forecaster.batch.group_training import GroupOutcome, train_group
from forecaster.batch.records import Action, Status
from forecaster.batch.source_task import NO_LEDGER, LedgerOfSources, process_source
from forecaster.batch.tasks import failure_of_error
from forecaster.ledger.journal import LedgerJournal
from forecaster.reading.tables.content import printed

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.groups import GroupRecord
    from forecaster.batch.records import SourceRecord
    from forecaster.batch.settings import BatchSettings


def source_work(
    settings: BatchSettings, folder: Path, ledger: LedgerOfSources = NO_LEDGER, *, dry_run: bool
) -> FileWork[SourceTask, SourceRecord]:
    """Return the work on sources; its forecasts are noted in the journal of a ledger, if there is one."""
    return FileWork(
        partial(_process_source, settings, ledger, dry_run),
        folder,
        partial(_files_of_source, folder),
        known_files(settings.selection),
        partial(_stamped_record, settings, folder),
        _unwritten_record,
        ledger.journal,
    )


def _process_source(
    settings: BatchSettings, ledger: LedgerOfSources, dry_run: bool, folder: Path, task: SourceTask
) -> SourceRecord:
    """Do what is to be done about a source, with the journal of the ledger in the folder where it is done."""
    if ledger.journal is not None:
        ledger = ledger._replace(journal=LedgerJournal.beside(folder, ledger.journal.run))
    return process_source(settings, folder, task, ledger=ledger, dry_run=dry_run)


def _files_of_source(folder: Path, task: SourceTask) -> FilesOfTask:
    """Return the files of a source; its forecast is written before its model, as in a process of this machine."""
    network = [group_model_path(folder, task.group)] if task.group else []
    return FilesOfTask([task.source], [*possible_outputs(folder, task.name), model_path(folder, task.name), *network])


def _stamped_record(
    settings: BatchSettings, folder: Path, task: SourceTask, record: SourceRecord, written: Collection[Path]
) -> SourceRecord:
    """Return the record of a source with the times of its files as they are here."""
    output, model = output_path(folder, task.name, settings), model_path(folder, task.name)
    if record.forecast and output in written:
        file = record.forecast.file.with_stamp_of(output)
        record = replace(record, forecast=replace(record.forecast, file=file))
    if record.model and not task.group and model in written:
        record = replace(record, model=replace(record.model, file=record.model.file.with_stamp_of(model)))
    return record


def _unwritten_record(task: SourceTask, error: Exception) -> SourceRecord:
    """Return the record of a source whose files cannot be written here."""
    failed = failure_of_error(printed(task.source), error)
    action = Action.FORECAST if task.known_model else Action.TRAIN
    return replace(task.new_record(action, failed.text, Status.FAILED), failures=(failed,))


def describing_work(settings: BatchSettings, folder: Path) -> FileWork[SourceTask, SourceDescription | None]:
    """Return the work that finds what the groups of sources follow from."""
    return FileWork(
        partial(_describe_source, settings),
        folder,
        lambda task: FilesOfTask([task.source]),
        known_files(settings.selection),
    )


def _describe_source(settings: BatchSettings, _folder: Path, task: SourceTask) -> SourceDescription | None:
    """Return what the group of a source follows from."""
    return describe_source(settings, task)


def group_work(settings: BatchSettings, folder: Path, jobs: int | None) -> FileWork[GroupRecord, GroupOutcome]:
    """Return the work on the networks of groups, in `jobs` processes each; None for as many as pay."""
    return FileWork(
        partial(_train_group, settings, jobs),
        folder,
        lambda group: FilesOfTask(group.members, [group_model_path(folder, group.name)]),
        known_files(settings.selection),
        partial(_stamped_outcome, folder),
        lambda group, error: GroupOutcome(group, failure_of_error(f"group {group.name}", error)),
    )


def _train_group(settings: BatchSettings, jobs: int | None, folder: Path, group: GroupRecord) -> GroupOutcome:
    """Train the network of a group."""
    return train_group(settings, folder, jobs, group)


def _stamped_outcome(
    folder: Path, group: GroupRecord, outcome: GroupOutcome, written: Collection[Path]
) -> GroupOutcome:
    """Return how a training ended with the time of the network's file as it is here."""
    path, model = group_model_path(folder, group.name), outcome.group.model
    if model is None or path not in written:
        return outcome
    file = model.file.with_stamp_of(path)
    return outcome._replace(group=replace(outcome.group, model=replace(model, file=file)))
