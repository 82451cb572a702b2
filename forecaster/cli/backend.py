"""Where the work is done: `--backend` and `--scheduler`. Nothing of Dask is imported unless a run uses it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Literal

import typer

from forecaster.errors import UsageError
from forecaster.spec import Panel

Backend = Annotated[
    Literal["local", "dask"],
    typer.Option(
        "--backend",
        help="Where the work is done: on this machine, or by a Dask cluster; the result is the same.",
        rich_help_panel=Panel.ADVANCED,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="With --backend dask: address of its scheduler, such as tcp://10.0.0.5:8786.",
        rich_help_panel=Panel.ADVANCED,
    ),
]
LOCAL = "local"
"""The backend that does the work with processes of this machine."""


@contextmanager
def open_backend(backend: str, scheduler: str | None, jobs: int | None) -> Iterator[int | None]:
    """Let the work be done where the user wants as long as the context lasts.

    Yields:
        How many tasks are done at once: as many as the cluster has workers, unless the user wants fewer. On this
        machine it is what the user says; None if that is nothing.

    Raises:
        UsageError: There is a scheduler without a cluster, or the other way round, or Dask is not installed.
        ClusterError: The cluster cannot be used.

    """
    if backend == LOCAL:
        if scheduler is not None:
            raise UsageError("--scheduler is for a cluster", "add --backend dask")
        yield jobs
        return
    if scheduler is None:
        raise UsageError("--backend dask needs the address of a scheduler", "add --scheduler tcp://HOST:8786")
    from forecaster.workers.cluster import open_cluster

    with open_cluster(scheduler) as cluster:
        yield min(jobs or cluster.workers, cluster.workers)


def refuse_with_cluster(backend: str, options: Mapping[str, object]) -> None:
    """Refuse options that a cluster cannot keep, where they have a value: a run must not ignore them.

    Raises:
        UsageError: One has a value.

    """
    for name, value in options.items():
        if backend != LOCAL and value:
            raise UsageError(f"{name} cannot be used with --backend {backend}", "leave one of them out")
