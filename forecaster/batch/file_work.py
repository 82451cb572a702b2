"""Do work that reads and writes files: in processes of this machine, or on a cluster that shares no disk with it.

On a cluster, bytes travel: this process reads the files, a worker does the work on copies in a folder of its own, and
what it has written comes back and is written here. The work sees the same names, so the results have the same bytes.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from forecaster.errors import ForecasterError
from forecaster.files.atomic import atomic_write, sync_left_to_caller
from forecaster.files.handles import read_regular
from forecaster.files.temporary_folder import temporary_folder
from forecaster.ledger.journal import FOLDER, journal_files, read_entries
from forecaster.reading.tables.content import hold_file
from forecaster.reading.tables.held_files import HeldFile, files_held
from forecaster.workers.current_cluster import current_cluster
from forecaster.workers.pool import TaskReport, WorkerLimits, run_in_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence

    from forecaster.ledger.entry import Entry
    from forecaster.ledger.journal import LedgerJournal
    from forecaster.spec import Progress, Selection

Item = TypeVar("Item")
Result = TypeVar("Result")


def known_files(selection: Selection) -> list[str]:
    """Return the files of known covariates, which the work on each source reads."""
    return [name for name in selection.known if Path(name).is_file()]


class FilesOfTask(NamedTuple):
    """The files of a task.

    Attributes:
        sources: What it reads.
        results: Files in the folder of the results that it may read, write or remove, in the order in which they are
            written; they need not exist.

    """

    sources: Sequence[str]
    results: Sequence[Path] = ()


@dataclass(frozen=True)
class FileWork(Generic[Item, Result]):
    """Work on files, and what is to be known of it.

    Attributes:
        do: Makes a result from the folder of the results and a task.
        folder: This folder.
        files: Returns the files of a task.
        known: Sources that all tasks read.
        stamped: Returns a result after its files were written, given those that were: they have other times here.
        failed: Returns the result of a task whose files cannot be written here.
        journal: The journal in which the work notes entries for a ledger: the one beside the results of its folder.

    """

    do: Callable[[Path, Item], Result]
    folder: Path
    files: Callable[[Item], FilesOfTask]
    known: Sequence[str] = ()
    stamped: Callable[[Item, Result, Collection[Path]], Result] = lambda _item, result, _written: result
    failed: Callable[[Item, Exception], Result] | None = None
    journal: LedgerJournal | None = None


def run_file_work(  # noqa: PLR0913 - as `run_in_workers`
    work: FileWork[Item, Result],
    tasks: Sequence[Item],
    jobs: int,
    *,
    limits: WorkerLimits = WorkerLimits(),  # noqa: B008 - frozen, so sharing the default is safe
    on_start: Callable[[int], None] = lambda _number: None,
    on_progress: Callable[[int, Progress], None] | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> Generator[TaskReport[Result], None, None]:
    """Do work on files and report the end of each task, see `forecaster.workers.pool.run_in_workers`.

    A cluster has no `limits` of a task.
    """
    cluster = current_cluster()
    if cluster is None:
        yield from run_in_workers(
            partial(work.do, work.folder),
            tasks,
            jobs,
            limits=limits,
            on_start=on_start,
            on_progress=on_progress,
            wanted=wanted,
        )
        return
    from forecaster.workers.cluster_run import run_on_cluster

    reports = run_on_cluster(
        cluster,
        partial(_work_on_copies, work.do, _hold_files(work.known)),
        (_pack(work, task) for task in tasks),
        jobs,
        on_start=on_start,
        on_progress=on_progress,
        wanted=wanted,
    )
    with closing(reports):
        for report in reports:
            reply, task = report.result, tasks[report.number]
            result = None if reply is None else _unpack(work, task, reply)
            yield TaskReport(report.number, report.end, result, report.seconds, report.attempts)


class _Parcel(NamedTuple, Generic[Item]):
    """A task on its way to a worker.

    Attributes:
        task: The task.
        sources: The files that it reads, by the names that the user gave them.
        results: Bytes of the files of its results, by their paths in the folder; None for one that does not exist.

    """

    task: Item
    sources: Mapping[str, HeldFile]
    results: Mapping[str, bytes | None]


class _Reply(NamedTuple, Generic[Result]):
    """The result of a task on its way back.

    Attributes:
        result: What the work returned.
        entries: What it noted for a ledger.
        written: Bytes of each file that it wrote, by its path in the folder; None for one that it removed.

    """

    result: Result
    entries: Sequence[Entry]
    written: Mapping[str, bytes | None]


def _hold_files(sources: Iterable[str]) -> dict[str, HeldFile]:
    """Return files as they are now."""
    return {source: hold_file(source) for source in sources}


def _pack(work: FileWork[Item, Result], task: Item) -> _Parcel[Item]:
    """Return a task with the bytes of its files."""
    files = work.files(task)
    return _Parcel(
        task,
        _hold_files(files.sources),
        {path.relative_to(work.folder).as_posix(): _content(path) for path in files.results},
    )


def _content(path: Path) -> bytes | None:
    """Return the bytes of a file; None if it does not exist or cannot be read."""
    with suppress(OSError):
        return read_regular(path)
    return None


def _work_on_copies(
    do: Callable[[Path, Item], Result], known: Mapping[str, HeldFile], parcel: _Parcel[Item]
) -> _Reply[Result]:
    """Do the work on a task in a worker: in a folder that is removed afterwards, with sources that are in memory."""
    with temporary_folder() as folder, files_held({**known, **parcel.sources}):
        (folder / FOLDER).mkdir()
        for path, content in parcel.results.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                (folder / path).write_bytes(content)
        result = do(folder, parcel.task)
        entries = list(read_entries(journal_files(folder / FOLDER)))
        now = {path: _content(folder / path) for path in parcel.results}
    changed = {path: content for path, content in now.items() if content != parcel.results[path]}
    return _Reply(result, entries, changed)


def _unpack(work: FileWork[Item, Result], task: Item, reply: _Reply[Result]) -> Result:
    """Note what a worker has noted, then write what it has written, and return its result."""
    written = {work.folder / path: content for path, content in reply.written.items()}
    try:
        for entry in reply.entries:
            if work.journal is not None:
                work.journal.append(entry)
        with sync_left_to_caller():
            for path, content in written.items():
                if content is not None:
                    atomic_write(path, content)
        for path in (path for path, content in written.items() if content is None):
            path.unlink(missing_ok=True)
    except (ForecasterError, OSError) as error:
        if work.failed is None:
            raise
        return work.failed(task, error)
    return work.stamped(task, reply.result, written.keys())
