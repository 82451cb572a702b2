"""What the ledger keeps of each series for the nights to come: live measures, interval widths, and drift of errors.

A state is about the forecasts of the model that forecast last: another model begins a new one. It is a structured array
of one element, whose dtype follows from the number of levels L of the intervals. The ledger has it as bytes, together
with the state before the run that changed it last, so that a night that was killed can begin again from where it began.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.ledger.error_drift import DRIFT_FIELDS, WORDS
from forecaster.ledger.sums import MEASURES
from forecaster.ledger.trusted_rows import LARGEST_SUM, DamagedLedgerError, check_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NAME = "live"
"""The name of the states of series in the table `state`."""
HEAD: list[tuple[Any, ...]] = [
    ("model", "<i4"),
    ("times", "<u4"),  # times of which values came
    ("count", "<u4"),  # forecasts that were scored
    *((name, "<f8") for name in MEASURES),  # their sums, see `forecaster.ledger.sums`
    ("drift", DRIFT_FIELDS),
]
LEVEL: list[tuple[Any, ...]] = [
    ("level", "<f8"),  # of an interval, in percent
    ("hits", "<u4"),  # values inside
    ("width", "<f8"),  # the series' own part of the logarithm of the factor of the interval
]
VERSION = 1
"""The first byte of a state; one of another version is not read, as if the series were new."""
LARGEST_WIDTH = 10.0
"""Size of a width, a logarithm, above the bound of `forecaster.ledger.adaptive_intervals`."""
LARGEST_DRIFT = {"previous": 10, "squares": 1e12, "products": 1e12, "sums": 1e6, "found": max(WORDS)}
"""Sizes of the numbers of the drift of a series, well above those that errors of a normal size can lead to."""
LENGTHS = struct.Struct("<BiHH")
"""The version, the run that changed a state last, and the bytes of the state after that run and before it."""


@cache
def state_dtype(levels: int) -> np.dtype[Any]:
    """Return the dtype of a state with this number of levels."""
    return np.dtype([*HEAD, ("levels", LEVEL, (levels,))])


class StoredState(NamedTuple):
    """The state of a series as the ledger has it.

    Attributes:
        run: Number of the run that changed it last.
        now: Its bytes.
        before: Its bytes before that run; none where it began with it.

    """

    run: int
    now: bytes
    before: bytes

    @classmethod
    def unpack(cls, data: bytes) -> StoredState | None:
        """Return the state in these bytes; None where another version wrote them.

        Raises:
            DamagedLedgerError: They are damaged.

        """
        if data and data[0] != VERSION:
            return None
        if len(data) < LENGTHS.size:
            raise DamagedLedgerError("the state of a series is cut")
        _, run, now, before = LENGTHS.unpack_from(data)
        rest = data[LENGTHS.size :]
        if len(rest) != now + before:
            raise DamagedLedgerError("the state of a series is cut")
        return cls(run, rest[:now], rest[now:])

    def pack(self) -> bytes:
        """Return it as bytes."""
        return LENGTHS.pack(VERSION, self.run, len(self.now), len(self.before)) + self.now + self.before

    def as_of(self, last_run: int | None) -> bytes:
        """Return the state after a run, which is the one before the last change if that came later."""
        return self.before if last_run is not None and self.run > last_run else self.now


def read_state(data: bytes) -> NDArray[Any] | None:
    """Return a state, (1,), from its bytes; None where there are none. `check_states` checks its numbers.

    Raises:
        DamagedLedgerError: They have another size.

    """
    if not data:
        return None
    levels, rest = divmod(len(data) - state_dtype(0).itemsize, np.dtype(LEVEL).itemsize)
    if levels < 0 or rest:
        raise DamagedLedgerError("the state of a series is cut")
    return np.frombuffer(data, state_dtype(levels)).copy()


def check_states(states: NDArray[Any]) -> None:
    """Check the numbers of states, (S,): of many at once, because that is quicker.

    Raises:
        DamagedLedgerError: One is missing, infinite or too large.

    """
    drift, levels = states["drift"], states["levels"]
    check_numbers("the state of a series", np.array([states[name] for name in MEASURES]), LARGEST_SUM)
    check_numbers("the level of an interval", levels["level"], 100)
    check_numbers("the width of an interval", levels["width"], LARGEST_WIDTH)
    for name, largest in LARGEST_DRIFT.items():
        check_numbers("the drift of a series", drift[name], largest)


def with_levels(states: Sequence[NDArray[Any] | None], levels: Sequence[float]) -> NDArray[Any]:
    """Return states as one array, (S,), with these levels; what a state lacks is zero, and None is a new state.

    Raises:
        DamagedLedgerError: A state has a number that is missing, infinite or too large.

    """
    found = np.zeros(len(states), state_dtype(len(levels)))
    found["levels"]["level"] = levels
    for place, state in enumerate(states):
        if state is None:
            continue
        for name, *_ in HEAD:
            found[name][place] = state[name][0]
        for each in state["levels"][0]:
            found["levels"][place][found["levels"]["level"][place] == each["level"]] = each
    check_states(found)
    return found
