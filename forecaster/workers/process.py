"""A worker process: do one task after another, and end when the process that hands them out is gone.

Tasks and answers are pickled and go over one pipe. This module imports no large library: the work, which is pickled
too, imports what it needs.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import current_process, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.progress import watched_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forecaster.spec import Progress

if sys.platform != "win32":
    import resource

SECONDS_BETWEEN_REPORTS = 0.2
"""Least seconds between two progress reports of a task: a person sees no faster change of numbers."""
MEMORY_FOR_THREADS = 256 * 2**20
"""Bytes that a task may reserve past its limit before the system refuses more. The system counts reserved memory, such
as the 8 MB for the stack of a thread, of which little is used; the thread pool of Arrow waits for ever if it cannot
start a thread. Whoever started the worker looks at the memory that is used."""
HANDLES = 1
"""File handles that a request for a new process brings: the worker's end of its pipe."""
LONGEST_REQUEST = 32
"""Bytes of a request at most: the number of a process in digits."""


@dataclass
class PickledWork:
    """The function that makes a result from a task, pickled; its arrays may be large, so it is held only once."""

    content: bytes

    def load(self) -> Callable[[Any], Any]:
        """Return the function, and forget what it was pickled as."""
        work: Callable[[Any], Any] = pickle.loads(self.content)  # noqa: S301 - it comes from the parent process
        self.content = b""
        return work


def pickle_work(work: Callable[[Any], Any]) -> PickledWork:
    """Return a function as it is sent to a process that starts."""
    return PickledWork(pickle.dumps(work))


class WorkerSetup(NamedTuple):
    """What a worker process is started with, in addition to the work.

    Attributes:
        memory: Bytes that a task may take in addition to what the process has; None for any number.
        reports: Whether the process reports the progress of its tasks.

    """

    memory: int | None
    reports: bool


class Ready(NamedTuple):
    """The process is ready for its first task."""


class Returned(NamedTuple):
    """The result of a task, and the seconds that it took."""

    result: Any
    seconds: float


class OutOfMemory(NamedTuple):
    """The task needs more memory than it may take or than there is."""


class Raised(NamedTuple):
    """An error that the work raised, and its traceback as text."""

    error: Exception
    traceback: str


def serve_forks(requests: socket.socket, pickled: PickledWork, setup: WorkerSetup) -> None:
    """Make a worker process of a copy of this one for each request, until the requests end.

    The work is unpickled and its modules are imported here once, so that a new worker is ready within milliseconds, and
    all share the memory of the arrays that belong to the work. A request either brings the worker's end of its pipe and
    is answered by the number of the new process, or it is the number of a process that has been killed: until then, the
    system gives this number to no other.
    """
    _prepare_process()
    _kill_with_parent()
    work = None
    with suppress(Exception):  # each worker meets the same error, and reports it
        work = pickled.load()
    killed: set[int] = set()
    while True:
        request, handles, _, _ = socket.recv_fds(requests, LONGEST_REQUEST, HANDLES)
        if not request:
            return
        if not handles:
            # Without waiting: a process that waits for a dead network drive does not end even when it is killed.
            killed = {pid for pid in {*killed, int(request)} if os.waitpid(pid, os.WNOHANG) == (0, 0)}
        elif pid := os.fork():
            os.close(handles[0])
            requests.send(str(pid).encode())
        else:
            requests.close()
            run_worker(Connection(handles[0]), pickled, setup, work)


def run_worker(
    channel: Connection, pickled: PickledWork, setup: WorkerSetup, work: Callable[[Any], Any] | None = None
) -> None:
    """Do the tasks that come over `channel`, one after another, and end this process when no more can come.

    Args:
        channel: The worker's end of its pipe.
        pickled: The work, unless it is loaded already.
        setup: What else the process is started with.
        work: The work; None if it is still pickled.

    """
    try:
        _prepare_process()
        _end_with_parent()
        current_process().daemon = False  # the work may start workers of its own, which end with this process
        _serve_tasks(channel, work or pickled, setup)
    except (EOFError, OSError):  # the parent process has closed the pipe, or is gone
        pass
    finally:
        os._exit(0)  # without waiting for the threads of libraries


def _serve_tasks(channel: Connection, given: Callable[[Any], Any] | PickledWork, setup: WorkerSetup) -> None:
    """Answer each task that comes over `channel`."""
    try:
        work = given.load() if isinstance(given, PickledWork) else given
    except Exception as error:  # noqa: BLE001 - the parent process raises it again
        channel.send(raised(error))
        return
    channel.send(Ready())
    while True:
        task = channel.recv_bytes()
        try:
            with _memory_limited_to(setup.memory), watched_by(_ProgressSender(channel) if setup.reports else None):
                began = time.monotonic()
                result = work(pickle.loads(task))  # noqa: S301 - as above
                answer = pickle.dumps(Returned(result, time.monotonic() - began))
        except MemoryError:
            answer = pickle.dumps(OutOfMemory())
        except Exception as error:  # noqa: BLE001 - as above
            answer = pickle.dumps(raised(error))
        channel.send_bytes(answer)


def _prepare_process() -> None:
    """Set the signals and the standard streams of this process.

    A terminal sends SIGINT and SIGHUP to all processes, but the parent ends the workers. SIGTERM unwinds the stack, so
    that files that are half-written are removed. What libraries print must not mix with the forecasts on standard
    output.
    """
    for number in (signal.SIGINT, *([signal.SIGHUP] if sys.platform != "win32" else [])):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit_on_signal)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _exit_on_signal(number: int, _frame: Any) -> None:
    """End this process as SIGTERM does, but with all `finally` blocks."""
    sys.exit(128 + number)


def _end_with_parent() -> None:
    """End this process when the one that started the workers is gone.

    That process alone holds the other end of a pipe, which the system closes however it dies. A thread waits for that.
    """
    Thread(target=_exit_after_parent, daemon=True).start()
    if sys.platform == "linux":
        _kill_with_parent()


def _exit_after_parent() -> None:
    """Wait for the end of the parent process, and end this one."""
    wait(_lifelines())
    os._exit(1)


def _kill_with_parent() -> None:
    """Have Linux kill this process when the parent process ends.

    A thread of Python cannot run while a library computes without releasing the interpreter. The pipe is opened anew,
    because the signal and its receiver belong to an open file, and all workers share the other one.
    """
    import fcntl

    for lifeline in _lifelines():
        with suppress(OSError):  # a system that only resembles Linux: the thread remains
            own = os.open(f"/proc/self/fd/{lifeline}", os.O_RDONLY)
            fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(own, fcntl.F_SETSIG, signal.SIGKILL)
            fcntl.fcntl(own, fcntl.F_SETFL, fcntl.fcntl(own, fcntl.F_GETFL) | os.O_ASYNC)
    if wait(_lifelines(), 0):  # it ended before
        os._exit(1)


def _lifelines() -> list[int]:
    """Return the pipe of which the parent process holds the other end; this process has it, too, if it was forked."""
    parent = parent_process()
    return [] if parent is None else [parent.sentinel]


class _ProgressSender:
    """Send the progress of a task to the parent process, a few times a second."""

    def __init__(self, channel: Connection) -> None:
        """Keep the pipe."""
        self._channel, self._next = channel, 0.0

    def __call__(self, now: Progress) -> None:
        """Send a report unless the last one is too recent."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + SECONDS_BETWEEN_REPORTS
            with suppress(OSError):  # the end of the parent process is noticed elsewhere
                self._channel.send(now)


@contextmanager
def _memory_limited_to(memory: int | None) -> Iterator[None]:
    """Let this process reserve little more than `memory` more bytes as long as the context lasts."""
    data = _data_bytes() if memory is not None else None
    if memory is None or data is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = data + memory + MEMORY_FOR_THREADS
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_bytes() -> int | None:
    """Return the bytes of this process that RLIMIT_DATA counts; None where the system does not tell."""
    pages = memory_pages(os.getpid())
    return None if pages is None else pages[5] * resource.getpagesize()


def memory_pages(pid: int) -> list[int] | None:
    """Return the counts of pages in /proc/PID/statm; None where there is no such file.

    They are: size, resident, shared, text, an unused one, data and stack, an unused one.
    """
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - read often, and by a process without memory
            return [int(count) for count in file.read().split()]
    except (OSError, ValueError):
        return None


def raised(error: Exception) -> Raised:
    """Return an error as an answer; one that cannot be pickled becomes a `RuntimeError` of the same words."""
    text = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - it was made here
    except Exception:  # noqa: BLE001 - an error of any library
        return Raised(RuntimeError(f"{type(error).__name__}: {error}"), text)
    return Raised(error, text)
