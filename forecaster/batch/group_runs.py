"""What a run does about groups before it forecasts: describe new sources, decide on the groups, train their networks.

Each decision is in the journal before the work that follows from it begins, so that a run that continues one that was
killed has the same groups and trains the same networks.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.batch.file_work import run_file_work
from forecaster.batch.folder import GROUPS, MODEL_ENDING, MODELS
from forecaster.batch.group_training import WITHOUT_NETWORK, GroupOutcome, reason_to_train
from forecaster.batch.groups import assign_groups, group_of_paths
from forecaster.batch.records import Action, Status
from forecaster.batch.source_work import describing_work, group_work
from forecaster.batch.tasks import FileFailure
from forecaster.errors import DEFECT, Code, Finding, Place
from forecaster.progress import READING, TRAINING, current_watch, report_progress
from forecaster.reading.tables.content import printed
from forecaster.workers.current_cluster import current_cluster
from forecaster.workers.pool import TaskEnd, WorkerLimits
from forecaster.workers.task_progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from forecaster.batch.batch_run import BatchRun, RunOptions
    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.group_signature import SourceDescription
    from forecaster.batch.groups import GroupRecord
    from forecaster.batch.journal import Journal
    from forecaster.batch.settings import BatchSettings

TRAINED_FIRST = "the network of its group is trained first"


def prepare_groups(  # noqa: PLR0913, PLR0917 - a run and how it is done
    run: BatchRun,
    tasks: Sequence[SourceTask],
    settings: BatchSettings,
    options: RunOptions,
    journal: Journal | None,
    processes: int,
) -> list[SourceTask]:
    """Decide on the groups of a run, train the networks that are to be trained, and return the tasks with their groups.

    Members of groups without a network have their records in the run afterwards.

    Args:
        run: The run; its groups and some of its records are changed.
        tasks: The sources.
        settings: What is done with every source.
        options: How the batch runs.
        journal: Where decisions are noted; None for a dry run.
        processes: Worker processes.

    """
    run.grouped = True
    tasks = _assign_sources(run, tasks, settings, options, processes)
    members = _members_by_group(tasks)
    decided = run.groups_decided and (run.regrouped or not settings.regroup)
    run.groups = tuple(
        replace(group, pending=reason_to_train(group, members[group.name], run.folder, settings, decided=decided))
        if group.name in members
        else group
        for group in run.groups
    )
    if journal is None:
        return _settle_dry_run(run, tasks)
    signatures = {task.path: task.signature for task in tasks if task.signature}
    journal.groups_decided(run.groups, signatures, regrouped=settings.regroup)
    _remove_models_without_group(run.folder, run.groups)
    failures = _train_groups(run, members, settings, options, journal, processes)
    return _with_networks(run, tasks, failures)


def _assign_sources(
    run: BatchRun, tasks: Sequence[SourceTask], settings: BatchSettings, options: RunOptions, processes: int
) -> list[SourceTask]:
    """Return the tasks with signatures and groups, and let new sources join the groups of the run or form new ones."""
    regroup = settings.regroup and not run.regrouped
    groups = () if regroup else run.groups
    members = group_of_paths(groups)
    unknown = [task for task in tasks if regroup or not (task.signature or task.path in members)]
    described = _describe_sources(run.folder, unknown, settings, options, processes)
    run.groups = assign_groups(groups, described)
    members = group_of_paths(run.groups)
    result = []
    for task in tasks:
        # one that was to be described and cannot be read is described in the next run
        known = "" if regroup else task.signature
        signature = described[task.path].signature if task.path in described else known
        group = members[task.path].name if task.path in members else ""
        result.append(task._replace(signature=signature, group=group))
    return result


def _describe_sources(
    folder: Path, tasks: Sequence[SourceTask], settings: BatchSettings, options: RunOptions, processes: int
) -> dict[str, SourceDescription]:
    """Return what the groups of sources follow from, by their absolute paths, of those that can be read."""
    described: dict[str, SourceDescription] = {}
    if not tasks:
        return described
    reports = run_file_work(describing_work(settings, folder), tasks, processes, limits=options.limits)
    with closing(reports):
        for count, report in enumerate(reports, 1):
            task = tasks[report.number]
            if report.end is TaskEnd.RETURNED and report.result is not None:
                described[task.path] = report.result
            report_progress(READING, count, len(tasks), printed(task.source))
    return described


def _members_by_group(tasks: Sequence[SourceTask]) -> dict[str, list[SourceTask]]:
    """Return the tasks of each group, by its name."""
    members: dict[str, list[SourceTask]] = {}
    for task in tasks:
        if task.group:
            members.setdefault(task.group, []).append(task)
    return members


def _settle_dry_run(run: BatchRun, tasks: Sequence[SourceTask]) -> list[SourceTask]:
    """Return the tasks with the networks that are there; sources whose network would be trained have their records."""
    groups = {group.name: group for group in run.groups}
    result = []
    for task in tasks:
        done = task._replace(network=groups[task.group].model if task.group else None)
        if task.group and groups[task.group].pending:
            run.records[task.path] = done.new_record(Action.FORECAST, TRAINED_FIRST, Status.SKIPPED)
        result.append(done)
    return result


def _remove_models_without_group(folder: Path, groups: Sequence[GroupRecord]) -> None:
    """Remove the networks of groups that are no more."""
    names = {group.name + MODEL_ENDING for group in groups}
    with suppress(OSError):
        for file in (folder / MODELS / GROUPS).glob(f"*{MODEL_ENDING}"):
            if file.name not in names:
                file.unlink()


def _train_groups(  # noqa: PLR0913, PLR0917 - a run and how it is done
    run: BatchRun,
    members: Mapping[str, Sequence[SourceTask]],
    settings: BatchSettings,
    options: RunOptions,
    journal: Journal,
    processes: int,
) -> dict[str, FileFailure]:
    """Train the networks that are to be trained, and return the failures of groups without a network."""
    waiting = [group for group in run.groups if group.name in members and group.pending]
    failures: dict[str, FileFailure] = {}
    if not waiting:
        return failures
    watch = current_watch()
    progress = TaskProgress(TRAINING, [1] * len(waiting), watch, [f"group {group.name}" for group in waiting])
    reports = run_file_work(
        group_work(settings, run.folder, processes_of_training(len(waiting), processes, options)),
        waiting,
        processes,
        limits=_limits_of_groups(waiting, options.limits),
        on_progress=None if watch is None else progress.update,
        wanted=lambda: not run.time_is_up(),
    )
    with closing(reports):
        for report in reports:
            group = waiting[report.number]
            returned = report.result if report.end is TaskEnd.RETURNED else None
            outcome = returned or _lost_outcome(group, report.end)
            _note_outcome(run, group, outcome)
            if outcome.failure is not None:
                failures[group.name] = outcome.failure
            journal.group_trained(outcome.group)
            progress.finish(report.number)
    return failures


def _note_outcome(run: BatchRun, group: GroupRecord, outcome: GroupOutcome) -> None:
    """Note in a run how the training of a group ended."""
    run.groups = tuple(outcome.group if each.name == group.name else each for each in run.groups)
    run.trained_groups += outcome.group.model != group.model
    if outcome.failure is None and outcome.group.waiting:
        what = f"its network is not trained again: {outcome.group.waiting}; its forecasts go on with the earlier one"
        run.findings += (Finding(Code.WAITING, what, Place(f"group {group.name}")),)


def processes_of_training(groups: int, processes: int, options: RunOptions) -> int | None:
    """Return how many processes each training may use while others go on; None for as many as pay.

    It is one where memory is limited: the limit is that of one process. It is one on a cluster, too, where a worker has
    one task.
    """
    if current_cluster() is not None:
        return 1
    share = processes // min(groups, processes)
    if share == 1 or options.limits.memory is not None:
        return 1
    return None if groups == 1 and options.jobs is None else share


def _limits_of_groups(groups: Sequence[GroupRecord], limits: WorkerLimits) -> WorkerLimits:
    """Return the limits of a training: a group may take what its sources may take together."""
    most = max(len(group.members) for group in groups)
    seconds, memory = limits.seconds, limits.memory
    return WorkerLimits(None if seconds is None else seconds * most, None if memory is None else memory * most)


def _lost_outcome(group: GroupRecord, end: TaskEnd) -> GroupOutcome:
    """Return the outcome of a training whose worker did not return."""
    text = f"the training of its network ended twice without a result: {end}"
    if group.pending not in WITHOUT_NETWORK:
        return GroupOutcome(replace(group, pending="", waiting=text))
    return GroupOutcome(replace(group, waiting=text), FileFailure(f"group {group.name}", "", Code.DIED, DEFECT, text))


def _with_networks(run: BatchRun, tasks: Sequence[SourceTask], failures: Mapping[str, FileFailure]) -> list[SourceTask]:
    """Return the tasks with the networks of their groups, group by group; those of failed groups are failed records.

    Sources that come last do so among those of all groups.
    """
    groups = {group.name: group for group in run.groups}
    result = []
    for task in tasks:
        group = groups.get(task.group)
        # a network is still to be trained where the time was up
        usable = group is not None and group.name not in failures and group.pending not in WITHOUT_NETWORK
        done = task._replace(network=group.model if group and usable else None)
        if (failure := failures.get(task.group)) is not None:
            failed = done.new_record(Action.FORECAST, failure.text, Status.FAILED)
            run.records[task.path] = replace(failed, failures=(replace(failure, file=printed(task.source)),))
        else:
            run.records[task.path] = done.new_record(Action.SKIP, run.records[task.path].reason, Status.NOT_RUN)
        result.append(done)
    return sorted(result, key=lambda task: (task.comes_last, task.group))
