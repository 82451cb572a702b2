"""End the program when a signal asks for it: in order, and at once if it does not end in time or is asked again.

This module imports as little as it can, because signals must be handled before anything else is loaded: until then
Python prints a traceback for one that interrupts. What it imports has no `typing`, `dataclasses` or `contextlib`.
"""

from __future__ import annotations

import _thread
import atexit
import os
import select
import signal
import sys
import time
import weakref
from functools import partial

TYPE_CHECKING = False  # `typing` takes longer to import than all else here
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

SIGNALS: dict[int, str] = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
"""The signals that end the program in order, each with its word; the exit code is 128 + the number of the signal."""
if sys.platform != "win32" and hasattr(signal, "SIGHUP"):
    SIGNALS[signal.SIGHUP] = "its terminal was closed"
SECONDS_TO_END = 4.0
"""Seconds from a signal in which the program removes what is half-written. Then it ends whatever it does, within the 5
seconds after which a person, or a service manager, loses patience; the next run removes what is left."""
SECONDS_OF_ONE_REQUEST = 0.5
"""Seconds in which signals count as one: `timeout` and shells send theirs twice, to the process and to its group."""
SECONDS_BETWEEN_LOOKS = 0.1
"""Seconds between two looks whether the error of a signal was dropped, so that nobody notices it."""
FIRST_FREE_HANDLE = 3
"""The first handle that is no standard stream: a pipe that stood for a closed one would get what is printed."""


class StoppedBySignal(SystemExit):
    """A signal ended the program; a SystemExit, so that no `except Exception` catches it."""

    def __init__(self, number: int) -> None:
        """Keep the signal and set the exit code."""
        super().__init__(128 + number)
        self.signal = signal.Signals(number)


class SignalState:
    """What is known of the signals of a run.

    Attributes:
        number: The first signal that arrived; None before.
        arrived: When it arrived.
        error: The error that was raised for it; None before.
        raise_again: Whether the error is to be raised anew, because the program goes on without it.
        ending: Whether the error has arrived where it ends the program.
        report: Called with the signal if the run does not end in time.

    """

    def __init__(self) -> None:
        """Begin without a signal."""
        self.number: int | None = None
        self.arrived = 0.0
        self.error: weakref.ref[StoppedBySignal] | None = None
        self.raise_again = False
        self.ending = False
        self.report: Callable[[int], object] = lambda _number: None

    def stop(self, number: int, _frame: Any) -> None:
        """Raise the error of the first signal; end the program at once at a second one."""
        if self.number is None or self.is_dropped():
            if self.number is None:
                self.number, self.arrived = number, time.monotonic()
            raise self._new_error(self.number)
        if not self.raise_again:
            self.end_if_asked_again(number)
        self.raise_again = False

    def _new_error(self, number: int) -> StoppedBySignal:
        """Return a new error for a signal; nothing but who handles it keeps it alive."""
        error = StoppedBySignal(number)
        self.error, self.raise_again = weakref.ref(error), False
        return error

    def is_dropped(self) -> bool:
        """Return whether the error was dropped where it must not be: the program goes on as if nothing had happened.

        Python drops errors in finalizers, and libraries in places where they expect no error. An error that is still
        handled is alive: the program puts things in order.
        """
        return self.error is not None and self.error() is None and not self.ending

    def end_if_asked_again(self, number: int) -> None:
        """End the program at once, unless this signal belongs to the first one."""
        if time.monotonic() - self.arrived > SECONDS_OF_ONE_REQUEST:
            os._exit(128 + number)


class SignalHandling:
    """A context in which a signal raises `StoppedBySignal`."""

    def __init__(self, *, end_of_program: bool) -> None:
        """Prepare the context.

        Args:
            end_of_program: Whether the program ends after the context. Then its exit code stands, and a signal changes
                it only if the program does not end in time or is asked again; otherwise signals are handled as before.

        """
        self._end_of_program = end_of_program

    def __enter__(self) -> SignalState:
        """Handle signals, and return what is known of them."""
        # A signal that is ignored stays ignored: the parent process, `nohup` for example, wants it so.
        handlers = {number: signal.getsignal(number) for number in SIGNALS}
        self._before = {number: each for number, each in handlers.items() if each is not signal.SIG_IGN}
        state, self._hook = SignalState(), sys.unraisablehook
        sys.unraisablehook = partial(_hide_signal, self._hook)
        self._end_watch = _watch_signals(state)
        if self._end_of_program:
            # what registers first runs last
            atexit.register(_handle_signals, dict.fromkeys(self._before, signal.SIG_IGN))
        _handle_signals(dict.fromkeys(self._before, state.stop))
        return state

    def __exit__(self, *_error: object) -> None:
        """Handle signals as before, or leave them to the watching thread until the program has ended."""
        _handle_signals(dict.fromkeys(self._before, _leave_to_watch) if self._end_of_program else self._before)
        sys.unraisablehook = self._hook
        if not self._end_of_program:
            self._end_watch()


def _handle_signals(handlers: Mapping[int, Any]) -> None:
    """Set the handler of each signal."""
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _leave_to_watch(_number: int, _frame: Any) -> None:
    """Do nothing: the exit code is known, and the thread that watches ends a program that does not end in time."""


def _hide_signal(hook: Callable[[Any], object], dropped: Any) -> None:
    """Hand on an error that Python has dropped, unless it is that of a signal, which is raised anew."""
    if not isinstance(dropped.exc_value, StoppedBySignal):
        hook(dropped)


def _watch_signals(state: SignalState) -> Callable[[], None]:
    """Start a thread that sees signals also while a library computes, and return what ends it.

    Windows has no handle for the numbers of signals that can be waited for.
    """
    if sys.platform == "win32":
        return lambda: None
    reader, writer = (_handle_above_standard_streams(each) for each in os.pipe())
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    _thread.start_new_thread(_end_in_time, (reader, state, _thread.get_ident()))

    def end() -> None:
        signal.set_wakeup_fd(before, warn_on_full_buffer=False)
        os.close(writer)

    return end


def _handle_above_standard_streams(handle: int) -> int:
    """Return a handle of the same file that is no standard stream, instead of this one."""
    if handle >= FIRST_FREE_HANDLE:
        return handle
    import fcntl  # here, because Windows has none

    moved = fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE_HANDLE)
    os.close(handle)
    return moved


def _end_in_time(reader: int, state: SignalState, main_thread: int) -> None:
    """Wait for a signal; end the program at a second one, or if it does not end in time after the first.

    Return when the other end of the pipe is closed.
    """
    first: Any = 0  # a number; `interrupt_main` is annotated for one kind of numbers only
    began = time.monotonic()
    while first == 0 or time.monotonic() - began < SECONDS_TO_END:
        ready, _, _ = select.select([reader], [], [], SECONDS_BETWEEN_LOOKS if first else None)
        number = int.from_bytes(os.read(reader, 1)) if ready else None
        if ready and not number:
            os.close(reader)
            return
        if first == 0 and number in SIGNALS:
            first, began = number, time.monotonic()
            state.arrived = state.arrived or began
        elif number in SIGNALS:
            state.end_if_asked_again(number)
        elif state.is_dropped():
            state.raise_again = True
            signal.pthread_kill(main_thread, first)  # unlike `interrupt_main`, it wakes a thread that waits
            if select.select([reader], [], [], SECONDS_BETWEEN_LOOKS)[0]:
                os.read(reader, 1)  # it comes as a signal, too
    state.report(first)
    os._exit(128 + first)
