"""Start worker processes, and end them.

On Linux, one process imports the modules of the work and forks, so that a new worker is ready within milliseconds;
elsewhere each worker is a new interpreter. Neither leaves files, and neither runs the main module again.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from threading import current_thread, main_thread
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from forecaster.variables import variables_set
from forecaster.workers.process import LONGEST_REQUEST, pickle_work, run_worker, serve_forks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from forecaster.workers.process import WorkerSetup

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Variables that limit linear algebra to one thread in new processes; the workers share the cores already."""
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if sys.platform != "win32" else []))
"""Signals whose handlers end the program."""
SECONDS_TO_WAIT = 1.0
"""Seconds to wait for a process that was killed. One that waits for a dead network drive may take longer."""


class Worker(Protocol):
    """A worker process and the pipe to it."""

    @property
    def channel(self) -> Connection:
        """The end of the pipe that is held here; it ends when the process ends."""

    @property
    def pid(self) -> int:
        """The number of the process."""

    def terminate(self) -> None:
        """Ask the process to end."""

    def kill(self) -> None:
        """End the process, whatever it does."""

    def release(self) -> None:
        """Free what the system keeps of the process, which has ended or is about to."""


class WorkerStarter(Protocol):
    """Something that starts worker processes of one kind."""

    def start(self) -> Worker:
        """Start a worker process."""

    def close(self) -> None:
        """End what was needed to start them."""


def open_starter(work: Callable[[Any], Any], setup: WorkerSetup) -> WorkerStarter:
    """Return what starts worker processes for this work on this system."""
    if sys.platform != "win32":
        _open_standard_streams()
    return ForkStarter(work, setup) if sys.platform == "linux" else SpawnStarter(work, setup)


@dataclass(frozen=True)
class SpawnedWorker:
    """A worker process that is a new interpreter."""

    process: SpawnProcess
    channel: Connection

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid or 0

    def terminate(self) -> None:
        """Ask the process to end."""
        self.process.terminate()

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()

    def release(self) -> None:
        """Wait for the end of the process."""
        self.channel.close()
        _release_interpreter(self.process)


@dataclass(frozen=True)
class SpawnStarter:
    """Start each worker process as a new interpreter."""

    work: Callable[[Any], Any]
    setup: WorkerSetup

    def start(self) -> SpawnedWorker:
        """Start a worker process."""
        channel, theirs = Pipe()
        with theirs:
            return SpawnedWorker(_start_interpreter(run_worker, theirs, self.work, self.setup), channel)

    def close(self) -> None:
        """Do nothing: there is nothing but the workers."""


@dataclass(frozen=True)
class ForkedWorker:
    """A worker process that is a copy of the process that forks.

    Its number stays its own until `release`, so that no signal can meet another process.
    """

    channel: Connection
    pid: int
    requests: socket.socket

    def terminate(self) -> None:
        """Ask the process to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def release(self) -> None:
        """Let the process that forks wait for its end."""
        self.channel.close()
        with suppress(OSError):
            self.requests.send(str(self.pid).encode())


@dataclass(frozen=True)
class ForkStarter:
    """Start worker processes as copies of one process, which has imported the modules of the work.

    Attributes:
        work: What the workers do.
        setup: What else they are started with.
        servers: The process that forks, behind those that were killed; empty before the first worker is needed.

    """

    work: Callable[[Any], Any]
    setup: WorkerSetup
    servers: list[_ForkServer] = field(default_factory=list)

    def start(self) -> ForkedWorker:
        """Start a worker process, and the process that forks unless it lives.

        Raises:
            OSError: No process can be started.

        """
        if self.servers:
            with suppress(OSError):  # someone killed it; its workers live as long as what is kept of it here
                return self.servers[-1].fork()
        self.servers.append(_open_fork_server(self.work, self.setup))
        return self.servers[-1].fork()

    def close(self) -> None:
        """End the process that forks."""
        for server in self.servers:
            server.close()


class _ForkServer(NamedTuple):
    """The process that forks, and the socket to it."""

    process: SpawnProcess
    requests: socket.socket

    def fork(self) -> ForkedWorker:
        """Have a worker process forked.

        Raises:
            OSError: The process that forks is dead.

        """
        channel, theirs = Pipe()
        with theirs:
            socket.send_fds(self.requests, [b"fork"], [theirs.fileno()])
        answer = self.requests.recv(LONGEST_REQUEST)
        if not answer:
            raise ConnectionResetError("the process that starts the workers has died")
        return ForkedWorker(channel, int(answer), self.requests)

    def close(self) -> None:
        """End the process, which may still import modules."""
        self.requests.close()
        self.process.kill()
        _release_interpreter(self.process)


def _open_fork_server(work: Callable[[Any], Any], setup: WorkerSetup) -> _ForkServer:
    """Start a process that forks."""
    requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        return _ForkServer(_start_interpreter(serve_forks, theirs, work, setup), requests)


def _open_standard_streams() -> None:
    """Open the null device for closed standard streams, so that no pipe, here or in a worker, gets their numbers."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    for stream in (0, 1, 2):
        os.set_inheritable(stream, True)  # noqa: FBT003 - it has no name


def _start_interpreter(
    target: Callable[..., None], theirs: Any, work: Callable[[Any], Any], setup: WorkerSetup
) -> SpawnProcess:
    """Start a new interpreter that calls `target` with its end of a pipe, the work and the setup.

    The work is pickled here and not once for all, because its bytes may be many and are needed only now.
    """
    arguments = theirs, pickle_work(work), setup
    process = get_context("spawn").Process(target=target, args=arguments, daemon=True)
    del arguments
    with variables_set(ONE_THREAD), _main_module_hidden(), _interrupt_blocked(), _signals_deferred():
        process.start()
    return process


def _release_interpreter(process: SpawnProcess) -> None:
    """Free what is kept of a process that was killed, unless it does not end."""
    process.join(SECONDS_TO_WAIT)
    if process.exitcode is not None:
        process.close()


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Hide the main module, which a new interpreter would run again: it need not be written for that."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Handle signals after the context: a new interpreter that is sent half of its work prints a traceback.

    Python handles signals in its main thread, also those that the system delivers to another one.
    """
    arrived: list[int] = []
    handled = [number for number in ENDING_SIGNALS if callable(signal.getsignal(number))]
    if current_thread() is not main_thread():
        handled = []
    before = {number: signal.signal(number, lambda number, _: arrived.append(number)) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in arrived:
            signal.raise_signal(late)


@contextmanager
def _interrupt_blocked() -> Iterator[None]:
    """Keep SIGINT from processes that are started meanwhile, until they ignore it; here it arrives afterwards."""
    if sys.platform == "win32":
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it unblocks SIGINT when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
