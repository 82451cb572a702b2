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

    def find_workers(self) -> dict[str, int]:
        """Return how many tasks each worker does at once, by its address.

        Raises:
            ClusterError: The scheduler does not answer.

        """
        try:
            return dict(self.client.nthreads())
        except Exception as error:
            self.check_connection()
            what = f"the scheduler at {self.address} does not answer"
            raise ClusterError(what, "start the run again") from error


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
