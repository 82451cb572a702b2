"""Keep the forecasts of many sources up to date: do what is new, leave the rest, and write down what happened.

Only one run writes to a folder at a time. The records of sources go to a journal as soon as they are done and into
`run.json` at the end, also when the run is stopped.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from forecaster.batch.batch_run import NOT_REACHED, TOO_MANY_FAILED, BatchRun
from forecaster.batch.decisions import SAME_FILE, SourceTask, forecast_is_current, refuse_outdated
from forecaster.batch.failed_sources import keep_forecasts, lost_record
from forecaster.batch.file_names import distinct_names
from forecaster.batch.file_stamps import FileStamp
from forecaster.batch.file_work import run_file_work
from forecaster.batch.folder import GROUPS, MODELS, PARTS, PENDING, has_results, make_folder
from forecaster.batch.group_runs import prepare_groups
from forecaster.batch.journal import RUN, Journal, read_history
from forecaster.batch.ledger_of_run import LedgerOfRun, with_live_series
from forecaster.batch.one_file import update_other_one_files, write_one_file
from forecaster.batch.records import Action, Status
from forecaster.batch.source_paths import follow_moved_folder, refuse_metrics_file, without_results
from forecaster.batch.source_task import NO_LEDGER, LedgerOfSources
from forecaster.batch.source_work import source_work
from forecaster.batch.tasks import failure_of_error, process_count
from forecaster.errors import DEFECT, ForecasterError, InputRefusedError, UsageError
from forecaster.files.atomic import refuse_overwriting
from forecaster.files.lock import exclusive_lock
from forecaster.files.preflight import SMALLEST_FILE, check_space, check_writable
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.progress import FILES, current_watch
from forecaster.reading.tables.content import printed
from forecaster.reading.tables.sources import expand_usable_sources
from forecaster.spec import FAILURES, STDIN
from forecaster.workers.pool import TaskEnd
from forecaster.workers.task_progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from forecaster.batch.batch_run import RunOptions
    from forecaster.batch.records import SourceRecord
    from forecaster.batch.settings import BatchSettings
    from forecaster.errors import InputUnreadableError

BYTES_OF_RECORD, FILES_OF_SOURCE = 1000, 2
"""Bytes of the record of a source in `run.json`, about; and files that a source gets: a model and a forecast."""


def run_batch(
    sources: Sequence[str], folder: Path, settings: BatchSettings, options: RunOptions, *, files_from: str | None = None
) -> BatchRun:
    """Bring the forecasts of sources in a folder up to date.

    Args:
        sources: Files, patterns and folders.
        folder: Where forecasts, models and records are; it is created if it is missing.
        settings: What is done with every source.
        options: How the batch runs.
        files_from: A file that names one source a line.

    Raises:
        UsageError: There is nothing to read, or a source lies in the folder of the results.
        InputUnreadableError: No pattern or folder has a file.
        OutputError: The folder, or the ledger, cannot be created.
        InputRefusedError: The ledger is another file, damaged or of a later version.
        TryAgainError: Another run writes to the folder, or to the ledger.

    """
    files, refused = _expand(sources, files_from)
    files = without_results(files, sources, folder)
    if options.dry_run:
        run, tasks = _begin(files, refused, folder, options.time_budget)
        _run_tasks(run, tasks, settings, options, None, None)
        run.exit_code = run.choose_exit_code(options.fail_on)
        return run
    groups, parts = folder / MODELS / GROUPS, folder / PARTS
    folders = [folder, folder / MODELS, *[groups] * settings.grouped, *[parts] * options.one_file]
    for each in folders:
        make_folder(each)
    if options.metrics_file:
        refuse_metrics_file(options.metrics_file, files)
        check_writable(options.metrics_file)
    if options.ledger:
        refuse_overwriting(options.ledger, files)
    check_writable(folder / FAILURES)
    check_writable(folder / RUN, _size_of_record(folder, len(files)))
    with exclusive_lock(folder, "folder"):
        for each in folders:
            sweep_unfinished_files(each)
        _remove_pending_models(folder)
        run, tasks = _begin(files, refused, folder, options.time_budget)
        adapts = settings.adapt and settings.request.samples is None
        ledger = (
            LedgerOfRun.begin(options.ledger, folder, run.started, options.keep, adapt=adapts)
            if options.ledger
            else None
        )
        with _written_at_end(run, settings, options), Journal(folder) as journal:
            _run_tasks(run, tasks, settings, options, journal, ledger)
            run.records |= keep_forecasts(run.folder, [*run.records.values()], settings, options)
            update_other_one_files(run, write_one_file(run, settings) if options.one_file else None)
            if ledger is not None:
                _take_into_ledger(run, ledger)
    return run


def _take_into_ledger(run: BatchRun, ledger: LedgerOfRun) -> None:
    """Take the entries of a run into its ledger; what goes wrong there must not affect the forecasts."""
    try:
        run.ledger = ledger.take()
    except ForecasterError as error:
        run.ledger_error = error


def _expand(sources: Sequence[str], files_from: str | None) -> tuple[list[str], dict[str, InputUnreadableError]]:
    """Return the files that sources stand for, and the error of each pattern or folder without one.

    Raises:
        InputUnreadableError: None of them has one.
        UsageError: Standard input is among them.

    """
    files, refused = expand_usable_sources(sources, files_from)
    if refused and not files:
        raise next(iter(refused.values()))
    if STDIN in files:
        raise UsageError("standard input (-) has no name for a result in --out", "name a file")
    return files, refused


def _size_of_record(folder: Path, sources: int) -> int:
    """Return the bytes that the record of a run takes, about: as many as that of the last run, or a little a source."""
    try:
        return max((folder / RUN).stat().st_size, 1)
    except OSError:
        return BYTES_OF_RECORD * sources


def _remove_pending_models(folder: Path) -> None:
    """Remove models that a killed run trained and did not finish; their sources are done again."""
    with suppress(OSError):
        for file in (folder / MODELS).rglob(f"*{PENDING}"):
            file.unlink()


def _begin(
    files: Sequence[str], refused: Mapping[str, InputUnreadableError], folder: Path, time_budget: float | None
) -> tuple[BatchRun, list[SourceTask]]:
    """Return a run with the records of earlier ones, and its tasks; those that failed or ended a run come last.

    Args:
        files: The sources that are files.
        refused: The errors of sources that stand for no file: each has failed.
        folder: The folder of the results.
        time_budget: Seconds after which nothing new is begun; None for no limit.

    """
    paths = {os.path.abspath(file): file for file in [*files, *refused]}  # noqa: PTH100 - a Path would refuse names that no file can have
    history = follow_moved_folder(read_history(folder), folder, paths.keys())
    names = distinct_names(list(paths), {path: record.name for path, record in history.records.items()})
    earlier = {path: history.records.get(path) for path in paths}
    signatures = {path: record.signature for path, record in earlier.items() if record} | history.signatures
    tasks = [
        SourceTask(file, path, names[path], earlier[path], signatures.get(path, ""), was_begun=path in history.started)
        for path, file in paths.items()
    ]
    run = BatchRun(
        folder,
        datetime.now(UTC),
        {task.path: task.new_record(Action.SKIP, NOT_REACHED, Status.NOT_RUN) for task in tasks},
        groups=tuple(history.groups.values()),
        groups_decided=history.groups_decided,
        regrouped=history.regrouped,
        night_start=history.night_start,
        absent=[each for path, each in history.records.items() if path not in paths and has_results(folder, each.name)],
        findings=history.findings,
        deadline=None if time_budget is None else monotonic() + time_budget,
        last_success=history.run.get("last_success"),
    )
    run.records |= {task.path: _failed_record(task, refused[task.source]) for task in tasks if task.source in refused}
    usable = [task for task in tasks if task.source not in refused]
    return run, sorted(usable, key=lambda task: task.comes_last)


def _failed_record(task: SourceTask, error: ForecasterError) -> SourceRecord:
    """Return the record of a source that is refused without work on it."""
    failed = task.new_record(Action.SKIP, str(error), Status.FAILED)
    return replace(failed, failures=(failure_of_error(printed(task.source), error),))


@contextmanager
def _written_at_end(run: BatchRun, settings: BatchSettings, options: RunOptions) -> Iterator[None]:
    """Write the record of a run when it ends, whatever ends it."""
    began = monotonic()

    def write_record(code: int) -> None:
        run.exit_code, run.seconds = code, monotonic() - began
        if hasattr(os, "sync"):
            os.sync()  # forces the results to the disk before the record that tells of them
        run.write(settings, datetime.now(UTC))

    def write_metrics() -> None:
        if options.metrics_file:
            run.write_metrics(datetime.now(UTC), options.metrics_file)

    try:
        yield
        write_record(run.choose_exit_code(options.fail_on))
        write_metrics()
    except BaseException as error:  # also a signal that arrives while the record is written
        run.ended_by = run.ended_by or "it was stopped"
        with suppress(ForecasterError):  # what ended the run is what the user must know
            write_record(_exit_code_of(error))
        with suppress(ForecasterError):  # an alert is wanted most where the record cannot be written
            write_metrics()
        raise


def _exit_code_of(error: BaseException) -> int:
    """Return the exit code of a run that an error or a signal ended."""
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    return error.exit_code if isinstance(error, ForecasterError) else DEFECT


def _run_tasks(  # noqa: PLR0913, PLR0917 - a run and how it is done
    run: BatchRun,
    tasks: Sequence[SourceTask],
    settings: BatchSettings,
    options: RunOptions,
    journal: Journal | None,
    ledger: LedgerOfRun | None,
) -> None:
    """Do the tasks of a run, in worker processes where a look at the file does not show that nothing is to be done."""
    if settings.grouped:
        processes = process_count(options.jobs, len(tasks))
        tasks = prepare_groups(run, tasks, settings, options, journal, processes)
    begun = [task for task in tasks if run.records[task.path].status is Status.NOT_RUN]
    run.records |= {task.path: record for task in begun if (record := _skip_unchanged(run.folder, task, settings))}
    waiting = [task for task in begun if run.records[task.path].status is Status.NOT_RUN and task.can_begin]
    waiting, of_sources = _with_ledger(run, waiting, options, journal, ledger)
    failed = 0  # files that are too old are found at once every night: they must not keep others from running
    if journal:
        check_space(run.folder / RUN, FILES_OF_SOURCE * SMALLEST_FILE * sum(not task.earlier for task in waiting))

    def may_start() -> bool:
        if not run.time_is_up() and options.max_failures is not None and failed >= options.max_failures:
            run.ended_by = TOO_MANY_FAILED
        return not run.ended_by

    watch = current_watch()
    progress = TaskProgress(FILES, [1] * len(waiting), watch, [printed(task.source) for task in waiting])
    reports = run_file_work(
        source_work(settings, run.folder, of_sources, dry_run=options.dry_run),
        waiting,
        process_count(options.jobs, len(waiting)),
        limits=options.limits,
        on_start=lambda number: journal.started(waiting[number].path) if journal else None,
        on_progress=None if watch is None else progress.update,
        wanted=may_start,
    )
    with closing(reports):  # the workers end before the record is written, whatever ends the run
        for report in reports:
            task = waiting[report.number]
            record = report.result if report.end is TaskEnd.RETURNED and report.result else lost_record(task, report)
            run.records[task.path] = record
            failed += record.has_failure
            if journal:
                journal.done(record)
                if options.on_done:
                    options.on_done(record)
            progress.finish(report.number)
    for path, record in run.records.items():
        if record.status is Status.NOT_RUN:
            run.records[path] = replace(record, reason=run.ended_by or NOT_REACHED)


def _with_ledger(
    run: BatchRun,
    tasks: list[SourceTask],
    options: RunOptions,
    journal: Journal | None,
    ledger: LedgerOfRun | None,
) -> tuple[list[SourceTask], LedgerOfSources]:
    """Return tasks with what the ledger knows of their series, and what it has to do with the work on all.

    A night that was killed and begins again goes on from the ledger as it was when it began first.
    """
    if ledger is not None and journal is not None:
        start = run.night_start or ledger.night_start()
        journal.night_began(start)
        tasks = with_live_series(ledger.path, ledger.with_known_times(tasks), start)
        return tasks, LedgerOfSources(ledger.journal, start)
    if options.ledger is not None and options.ledger.exists():  # in a dry run
        tasks = with_live_series(options.ledger, tasks, run.night_start)
    return tasks, NO_LEDGER


def _skip_unchanged(folder: Path, task: SourceTask, settings: BatchSettings) -> SourceRecord | None:
    """Return the record of a source whose file and results are as the last run left them; None for any other."""
    earlier = task.earlier
    if earlier is None or earlier.input is None or earlier.input.stamp != FileStamp.read(task.source):
        return None
    if earlier.has_failure or not forecast_is_current(task, folder, settings):
        return None
    try:
        refuse_outdated(earlier.input.last, settings, printed(task.source))
    except InputRefusedError as error:
        return _failed_record(task, error)
    return replace(task.new_record(Action.SKIP, SAME_FILE, Status.SKIPPED), findings=earlier.findings)
