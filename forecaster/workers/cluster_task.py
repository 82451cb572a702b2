"""What a worker of a Dask cluster does with a task: check that it has the same versions, do the work, answer in bytes.

Tasks and answers are pickled here and not by Dask, so that arrays arrive as they do in a process of this machine: they
can be written to.
"""

from __future__ import annotations

import pickle
import sys
import time
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.progress import watched_by
from forecaster.workers.process import SECONDS_BETWEEN_REPORTS, OutOfMemory, Returned, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forecaster.spec import Progress

COMPARED = ("numpy", "pandas", "joblib", "forecaster")
"""Packages whose versions the bytes of models and forecasts follow from, in addition to that of Python."""


class TaskRequest(NamedTuple):
    """What a worker needs to know about a task, in addition to the work and the task itself.

    Attributes:
        run: A name that no other run has: of the work, and of the topic of its reports.
        number: Number of the task.
        versions: The versions of the process that sends it.
        reports: Whether somebody watches the progress.

    """

    run: str
    number: int
    versions: Mapping[str, str]
    reports: bool


class OtherVersions(NamedTuple):
    """The answer of a worker that has other versions, which are these."""

    versions: Mapping[str, str]


class _Cancelled(BaseException):
    """Nobody waits for the task any more; no `except Exception` catches it."""


@cache
def own_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that are compared, of this process."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python} | {name: str(import_module(name).__version__) for name in COMPARED}


def hold(content: bytes) -> bytes:
    """Return the pickled work as it is: a task of its own, which workers hand on and which any of them can repeat."""
    return content


_WORKS: dict[str, Callable[[Any], Any]] = {}
"""The work of the latest run, by its name: a worker does many tasks of one run, and unpickles its arrays once."""


def do_task(work: bytes, task: bytes, request: TaskRequest) -> bytes:
    """Do a task in a worker of a cluster, and return the answer, pickled.

    Args:
        work: The function that makes a result from a task, pickled.
        task: The task, pickled.
        request: What else is to be known.

    """
    if own_versions() != request.versions:
        return pickle.dumps(OtherVersions(own_versions()))
    from forecaster.blas import one_thread  # here, because it imports NumPy's libraries

    try:
        if request.run not in _WORKS:
            _WORKS.clear()
            _WORKS[request.run] = pickle.loads(work)  # noqa: S301 - it comes from the run that this worker works for
        with one_thread(), watched_by(_Reporter(request)):
            began = time.monotonic()
            result = _WORKS[request.run](pickle.loads(task))  # noqa: S301 - as above
            return pickle.dumps(Returned(result, time.monotonic() - began))
    except MemoryError:
        return pickle.dumps(OutOfMemory())
    except Exception as error:  # noqa: BLE001 - the process that waits raises it again
        return pickle.dumps(raised(error))


class _Reporter:
    """Send the progress of a task to whoever waits for it, a few times a second, and end a task that nobody wants."""

    def __init__(self, request: TaskRequest) -> None:
        """Find the worker and the name by which it knows the task."""
        from distributed import get_worker

        self._request, self._worker, self._next = request, get_worker(), 0.0
        self._key = self._worker.get_current_task()

    def __call__(self, now: Progress) -> None:
        """Send a report unless the last one is too recent.

        Raises:
            _Cancelled: The run was interrupted, or has lost the scheduler.

        """
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SECONDS_BETWEEN_REPORTS
        task = self._worker.state.tasks.get(self._key)
        if task is None or task.state == "cancelled":
            raise _Cancelled
        if self._request.reports:
            self._worker.log_event(self._request.run, [self._request.number, now.stage, now.done, now.total, now.note])
