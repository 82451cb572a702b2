"""Connect to a Dask cluster, and compare the versions of its workers with those of this process.

Nothing of Dask is imported unless a run uses a cluster.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from forecaster.errors import ClusterError, UsageError
from forecaster.workers.cluster_task import own_versions
from forecaster.workers.current_cluster import Cluster, cluster_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


SECONDS_TO_CONNECT = 10
"""Seconds in which a scheduler must answer."""
SECONDS_WITHOUT_WORKERS = 30.0
"""Seconds that a run waits for a worker if the scheduler has none: one that is started again takes a few."""
SECONDS_TO_CLOSE = 2
"""Seconds to take leave of a scheduler: less than a run that is interrupted has in all."""
SAME_INSTALLATION = "install the same versions on both sides"
LOGS = ("distributed", "tornado", "asyncio")
"""Loggers that write about lost connections, which is said once, as an error."""


@contextmanager
def open_cluster(address: str) -> Iterator[Cluster]:
    """Use a cluster as long as the context lasts. Its TLS and other settings are those of Dask's configuration.

    Args:
        address: The address of the scheduler, such as `tcp://10.0.0.5:8786` or `tls://...`.

    Raises:
        UsageError: Dask is not installed, or a worker does several tasks at once.
        ClusterError: The scheduler cannot be reached, has no worker, or a worker has other versions.

    """
    with _silent_logs():
        client = _connect(address)
        try:
            cluster = Cluster(client, address, _check_workers(client, address))
            with cluster_in_use(cluster):
                yield cluster
        finally:
            with suppress(Exception):  # a scheduler that is gone needs no leave
                client.close(timeout=SECONDS_TO_CLOSE)


@contextmanager
def _silent_logs() -> Iterator[None]:
    """Keep the libraries of the connection from writing to standard error as long as the context lasts."""
    try:
        import distributed  # noqa: F401 - its import sets the loggers up
    except ImportError as error:
        what = "--backend dask needs distributed, which is not installed"
        raise UsageError(what, "pip install 'forecaster-rnn[dask]'") from error
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in LOGS]
    loggers = [logging.getLogger(name) for name in {*names, *LOGS}]
    before = [each.disabled for each in loggers]
    for each in loggers:
        each.disabled = True
    try:
        yield
    finally:
        for each, disabled in zip(loggers, before, strict=True):
            each.disabled = disabled


def _connect(address: str) -> Any:
    """Return a connection to a scheduler.

    Raises:
        ClusterError: It cannot be reached, or the certificates for it are not known.

    """
    from distributed import Client, Security

    class ClosedByUs(Client):
        def __del__(self) -> None:
            """Do nothing: one that could not connect would wait for its end, and print that it failed."""

    open_client: Any = ClosedByUs
    if address.startswith("tls://") and Security().get_connection_args("client").get("ssl_context") is None:
        what = f"the scheduler at {address} wants certificates, and Dask knows none"
        raise ClusterError(what, "set DASK_DISTRIBUTED__COMM__TLS__CA_FILE and the others of docs/how-to/cluster.md")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions, which are compared here
            return open_client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except Exception as error:
        reason = in_one_line(error) if isinstance(error, OSError) else "what answers there is no scheduler of Dask"
        what = f"the scheduler at {address} cannot be reached: {reason}"
        raise ClusterError(what, "check --scheduler against the address that dask scheduler prints") from error


def in_one_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its kind if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _check_workers(client: Any, address: str) -> int:
    """Return how many workers a cluster has, after a comparison of their versions with those of this process.

    Raises:
        ClusterError: It has none, or one has other versions.
        UsageError: A worker does several tasks at once.

    """
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=SECONDS_WITHOUT_WORKERS)
    threads: Mapping[str, int] = client.nthreads()
    if not threads:
        raise no_worker_error(address)
    for worker, found in client.run(own_versions, on_error="return").items():
        if isinstance(found, BaseException):
            what = f"the worker at {worker} cannot do the work: {in_one_line(found)}"
            raise ClusterError(what, SAME_INSTALLATION)
        refuse_other_versions(found, f"the worker at {worker}")
    for worker, count in threads.items():
        if count != 1:
            what = f"the worker at {worker} does {count} tasks at once in one process"
            raise UsageError(what, f"start it with --nthreads 1 --nworkers {count}")
    return len(threads)


def no_worker_error(address: str) -> ClusterError:
    """Return the error about a cluster without a worker."""
    what = f"the scheduler at {address} has had no worker for {SECONDS_WITHOUT_WORKERS:g} seconds"
    return ClusterError(what, f"start one with dask worker {address} --nthreads 1")


def refuse_other_versions(found: Mapping[str, str], who: str) -> None:
    """Refuse a worker with other versions: its models and forecasts might have other bytes.

    Raises:
        ClusterError: It has some.

    """
    own = own_versions()
    differences = [f"{name} {found.get(name)} and not {own[name]}" for name in own if found.get(name) != own[name]]
    if differences:
        raise ClusterError(f"{who} has {', '.join(differences)} as here", SAME_INSTALLATION)
