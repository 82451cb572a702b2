"""Make one progress of that of several tasks, which this process or worker processes do.

A worker writes its latest progress into a slot of a file, and a thread of the process that waits for the
results reads the slots a few times a second. So no worker ever waits for anyone, and no result depends on who watches.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from forecaster.files.unfinished import sweep_unfinished_files, unfinished_file
from forecaster.numeric_errors import raise_numeric_errors
from forecaster.progress import CALIBRATING, CHOOSING, PREPARING, READING, TRAINING, TUNING, current_watch, watched_by
from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from forecaster.spec import Watch

SHARES = {READING: 0.05, CHOOSING: 0.08, PREPARING: 0.12, TUNING: 0.55, TRAINING: 0.6, CALIBRATING: 0.95}
"""How much of a task is done at the end of each of its stages, until the first task has ended: between prices, where
training took 40 % of a fold, and weekly series of the M4 competition, where it took 77 %."""
MOST_BY_TIME = 0.97
"""Most of a task that is taken to be done because earlier ones took as long: it has not ended yet."""
SLOT, SLOTS = 512, 64
"""Bytes of a slot, enough for the numbers and a short note; and slots: more than there are processes."""
SECONDS = 0.2
"""Seconds between two looks at the slots: a person sees no faster change of numbers."""
P = ParamSpec("P")
Result = TypeVar("Result")


class TaskWriter:
    """Write the progress of a task into its slot; it goes to a worker process with the task."""

    def __init__(self, path: Path, number: int) -> None:
        """Keep the file of the slots and the number of the task."""
        self._path, self._number = path, number

    def __call__(self, now: Progress) -> None:
        """Write the latest progress; a report that cannot be written must not stop the work."""
        numbers = [self._number, now.stage, float(now.done), float(now.total)]
        line = json.dumps([*numbers, now.note]).encode()
        if len(line) > SLOT:
            line = json.dumps([*numbers, ""]).encode()
        with suppress(OSError), self._path.open("r+b", buffering=0) as file:
            file.seek(self._number % SLOTS * SLOT)
            file.write(line.ljust(SLOT)[:SLOT])


@dataclass
class TaskProgress:
    """The progress of several tasks as that of one stage.

    Attributes:
        stage: What they do together.
        weights: Steps of each task.
        watch: Called with the progress of all; None if nobody watches.
        names: Name of each task, if they have any.
        slots: File through which worker processes report; None if there is none.
        done: Share of each task that is done.
        finished: The tasks that are finished.
        note: The latest words about any task.
        stages: Stage of each task, and the share of the task that was done when it began.
        began: When each task reported first.
        durations: Seconds that the finished tasks took.

    """

    stage: str
    weights: Sequence[float]
    watch: Watch | None
    names: Sequence[str] = ()
    slots: Path | None = None
    done: dict[int, float] = field(default_factory=dict)
    stages: dict[int, tuple[str, float]] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    durations: list[float] = field(default_factory=list)
    finished: set[int] = field(default_factory=set)
    note: str = ""
    lock: Lock = field(default_factory=Lock)

    def watch_of(self, number: int) -> Watch | None:
        """Return what a task calls with its own progress."""
        if self.watch is None:
            return None
        return partial(self.update, number) if self.slots is None else TaskWriter(self.slots, number)

    def update(self, number: int, now: Progress) -> None:
        """Report the progress of all after that of one task."""
        with self.lock:
            self.began.setdefault(number, time.monotonic())
            if number not in self.finished:  # a slot may be read after the task has ended
                self.done[number] = self._share_done(number, now)
                self.note = self._note(number, now)
                self._report()

    def finish(self, number: int) -> None:
        """Report the progress of all after the end of a task, unless the task itself has reported its end."""
        with self.lock:
            self.finished.add(number)
            if number in self.began:
                self.durations.append(time.monotonic() - self.began[number])
            self.note = self.names[number] if self.names else self.note
            if self.done.get(number) != 1:
                self.done[number] = 1
                self._report()

    def _note(self, number: int, now: Progress) -> str:
        """Return a few words about what a task does."""
        if self.names:
            return f"{self.names[number]}: {now.stage}"
        return now.note if now.stage == self.stage else f"{now.stage}: {now.note}".removesuffix(": ")

    def _share_done(self, number: int, now: Progress) -> float:
        """Return which share of a task is done; it never falls.

        Finished tasks tell how long a task takes; before, the share follows from the stage. What the task reports of
        the steps that all tasks do together is exact.
        """
        before = self.done.get(number, 0.0)
        if self.durations and now.stage != self.stage:
            usual = sum(self.durations) / len(self.durations)
            elapsed = time.monotonic() - self.began[number]
            return max(before, min(MOST_BY_TIME, elapsed / usual if usual else 0.0))
        if self.stages.get(number, ("", 0))[0] != now.stage:
            self.stages[number] = now.stage, before
        begin = self.stages[number][1]
        end = 1.0 if now.stage == self.stage else SHARES.get(now.stage, begin)
        return max(before, begin + (end - begin) * now.done / max(now.total, 1))

    def _report(self) -> None:
        """Report the progress of all."""
        if self.watch is not None:
            done = sum(self.weights[number] * share for number, share in self.done.items())
            self.watch(Progress(self.stage, done, sum(self.weights), self.note))


def results_in_order(  # noqa: PLR0913 - the work and the way to do it
    work: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    stage: str,
    weights: Sequence[float],
    jobs: int,
    *,
    memory_maps: bool = True,
) -> Iterator[Result]:
    """Do `work` on each of the tasks, and yield the results in their order; they do not depend on `jobs`.

    Args:
        work: Makes a result from the arguments of a task.
        tasks: The arguments of each.
        stage: What the tasks do together.
        weights: Steps of each task.
        jobs: Processes; with one, this process does the work itself.
        memory_maps: Whether processes may share large arrays, which they then cannot change.

    """
    jobs = min(jobs, len(tasks))
    with progress_of_tasks(stage, weights, jobs) as progress:
        calls = ((progress.watch_of(number), work, *arguments) for number, arguments in enumerate(tasks))
        for number, result in enumerate(_in_processes(calls, jobs, memory_maps=memory_maps)):
            progress.finish(number)
            yield result


def _in_processes(calls: Iterable[tuple[Any, ...]], jobs: int, *, memory_maps: bool) -> Iterator[Any]:
    """Yield the results of calls of `run_watched` in their order."""
    if jobs <= 1:
        return (run_watched(*call) for call in calls)
    from joblib import Parallel, delayed  # here, because a forecast must not wait for this import

    parallel = Parallel(n_jobs=jobs, return_as="generator", **({} if memory_maps else {"max_nbytes": None}))
    results: Iterator[Any] = parallel(delayed(run_watched)(*call) for call in calls)
    return results


@contextmanager
def progress_of_tasks(stage: str, weights: Sequence[float], jobs: int) -> Iterator[TaskProgress]:
    """Report the tasks that `jobs` processes do as one stage as long as the context lasts.

    Args:
        stage: What the tasks do together.
        weights: Steps of each task.
        jobs: Processes; with one, this process does the tasks itself.

    """
    watch = current_watch()
    if watch is None or jobs == 1:
        yield TaskProgress(stage, weights, watch)
        return
    with ExitStack() as stack:
        slots = _open_slots(stack)
        tasks, end = TaskProgress(stage, weights, watch if slots else None, slots=slots), Event()
        thread = Thread(target=_read_slots, args=(slots, tasks, end), daemon=True)
        thread.start()
        try:
            yield tasks
        finally:
            end.set()
            thread.join()


def run_watched(watch: Watch | None, work: Callable[P, Result], *args: P.args, **named: P.kwargs) -> Result:
    """Do `work`, which reports its progress to `watch`; numeric errors raise, also in another process."""
    with watched_by(watch), raise_numeric_errors():
        return work(*args, **named)


def _open_slots(stack: ExitStack) -> Path | None:
    """Return a file of empty slots that exists as long as the `stack` is open, or as this process lives.

    Where there is `/proc`, as on Linux, the file has no name, so a killed process leaves none. Elsewhere the next run
    removes what a killed one has left.

    Returns:
        The path by which worker processes open the file; None if it cannot be created, because work does not need its
        progress.

    """
    try:
        file = stack.enter_context(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - the stack closes it
        path = Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        if not path.exists():
            path = _create_named_file(stack)
        path.write_bytes(b" " * SLOT * SLOTS)
    except OSError:
        return None
    return path


def _create_named_file(stack: ExitStack) -> Path:
    """Create a temporary file that exists as long as the `stack` is open, after those that killed runs have left."""
    folder = Path(tempfile.gettempdir())
    sweep_unfinished_files(folder)
    path, handle = stack.enter_context(unfinished_file(folder / "forecast", 0o600))
    stack.callback(path.unlink, missing_ok=True)
    stack.callback(os.close, handle)
    return path


def _read_slots(path: Path | None, tasks: TaskProgress, end: Event) -> None:
    """Report what is written in the slots until the end."""
    seen: dict[int, bytes] = {}
    while path is not None and not end.wait(SECONDS):
        content = path.read_bytes()
        for slot in range(SLOTS):
            line = content[slot * SLOT : (slot + 1) * SLOT].strip()
            if line and line != seen.get(slot):
                seen[slot] = line
                with suppress(ValueError):  # it was being written: the next look sees the whole of it
                    number, *now = json.loads(line)
                    tasks.update(number, Progress(*now))
