"""The cluster that a run uses, as a variable of the context: no function hands it on, and nothing is imported."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecaster.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Cluster:
    """A Dask cluster that a run uses.

    Attributes:
        client: The connection, a `distributed.Client`.
        address: The address of its scheduler.
        workers: Workers when the run began.

    """

    client: Any
    address: str
    workers: int

    def check_connection(self) -> None:
        """Check that the scheduler is still there.

        Raises:
            ClusterError: It is not.

        """
        if self.client.status != "running":
            raise ClusterError(f"the connection to the scheduler at {self.address} was lost", "start the run again")

    def has_workers(self) -> bool:
        """Return whether the scheduler has a worker, as it said a few seconds ago."""
        return bool(self.client.scheduler_info().get("workers"))


_CLUSTER: ContextVar[Cluster | None] = ContextVar("cluster", default=None)


def current_cluster() -> Cluster | None:
    """Return the cluster that the run uses; None if its tasks are done by processes of this machine."""
    return _CLUSTER.get()


@contextmanager
def cluster_in_use(cluster: Cluster) -> Iterator[None]:
    """Let tasks be done by a cluster as long as the context lasts."""
    token = _CLUSTER.set(cluster)
    try:
        yield
    finally:
        _CLUSTER.reset(token)
