"""Read what a ledger knows of series at the beginning of a night: measures, widths of intervals, and drift.

A night that was killed and begins again reads the states as they were when it began first: its `NightStart` says which
run was the last one then, and has the pools, which change with every source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from forecaster.ledger.adaptive_intervals import pools_of_dict, pools_to_dict, read_pools
from forecaster.ledger.error_drift import NONE
from forecaster.ledger.live_state import NAME, StoredState, check_states, read_state
from forecaster.ledger.sums import MEASURES
from forecaster.ledger.trusted_rows import read_row, read_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from forecaster.ledger.adaptive_intervals import Pools


@dataclass(frozen=True)
class NightStart:
    """A ledger when a night began.

    Attributes:
        run: Number of its last run.
        pools: States of the pools.

    """

    run: int
    pools: Pools

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> Self:
        """Return the ledger as it is now."""
        (run,) = read_row(connection, "SELECT coalesce(max(id), 0) AS run FROM runs") or (0,)
        return cls(int(run), read_pools(connection))

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: It did not write this.

        """
        return cls(int(fields["run"]), pools_of_dict(fields["pools"]))

    def to_dict(self) -> dict[str, Any]:
        """Return it as text and numbers."""
        return {"run": self.run, "pools": pools_to_dict(self.pools)}


class LiveSeries(NamedTuple):
    """What is known of the forecasts of one series by its current model.

    Attributes:
        model: SHA-256 of the model.
        times: Times of which values came.
        scored: Forecasts that were scored.
        sums: Sums over them of each of `forecaster.ledger.sums.MEASURES`.
        hits: Values inside the interval of each level.
        widths: The series' own part of the logarithm of the factor of each level.
        drift: What has drifted, see `forecaster.ledger.error_drift`; `NONE` for nothing.
        began: The time after which that began.

    """

    model: str
    times: int
    scored: int
    sums: Mapping[str, float]
    hits: Mapping[float, int]
    widths: Mapping[float, float]
    drift: int = NONE
    began: int = 0


def read_live_series(
    connection: sqlite3.Connection, sources: Collection[str], last_run: int | None = None
) -> dict[str, dict[str, LiveSeries]]:
    """Return what is known of the series of sources, by the names of source and series.

    Args:
        connection: The ledger.
        sources: Names of the sources in the ledger.
        last_run: The run after which it is read; None for the last one.

    """
    wanted: dict[str, dict[str, LiveSeries]] = {source: {} for source in sources}
    rows = read_rows(
        connection,
        "SELECT source, series.name, value AS state FROM series JOIN state ON state.series = series.id"
        " WHERE state.name = ?",
        (NAME,),
    )
    models = dict(read_rows(connection, "SELECT id, digest FROM models"))
    for source, name, data in rows:
        if source not in wanted:
            continue
        stored = StoredState.unpack(data)
        state = read_state(stored.as_of(last_run)) if stored else None
        if state is not None and int(state["model"][0]) in models:
            check_states(state)
            wanted[source][name] = _live_series(state[0], models[int(state["model"][0])])
    return wanted


def _live_series(state: NDArray[Any], model: str) -> LiveSeries:
    """Return what a state says, with the digest of its model."""
    levels = state["levels"]
    return LiveSeries(
        model=model,
        times=int(state["times"]),
        scored=int(state["count"]),
        sums={name: float(state[name]) for name in MEASURES},
        hits={float(each["level"]): int(each["hits"]) for each in np.atleast_1d(levels)},
        widths={float(each["level"]): float(each["width"]) for each in np.atleast_1d(levels)},
        drift=int(state["drift"]["found"]),
        began=int(state["drift"]["began"]),
    )
