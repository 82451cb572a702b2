"""Intervals that learn from the values that came: wider where too many lay outside, narrower where too few did.

The logarithm of the factor of an interval, at level a percent and step k of the horizon, has three parts:

    log factor = POOL_RATE E / (N h + POOL_SHRINKAGE)  +  STEP_RATE E_k / (N + POOL_SHRINKAGE)  +  w

E is the number of values outside the intervals of all N series of the pool, less the number that there should be,
(1 - a/100) n for n values; E_k is that of step k alone. A pool has the series of a ledger whose rows have one distance,
such as business days. w is a part of each series: with each time, it changes by OWN_RATE E' / (n' + OWN_SHRINKAGE), E'
and n' being those of the values of this time.

Each part is an integrator, as in adaptive conformal inference (Gibbs & Candes 2021) and conformal P control
(Angelopoulos et al. 2023), on the logarithm of the width: it moves until the share outside is right in the long run,
over the pool, for each step, and for each series. Together they are online gradient descent on the pinball loss with
these groups as features (Angelopoulos et al. 2025). All begin at zero: with little history, an interval is the model's
own.

Sums of pools are whole numbers, so that they do not depend on the order in which sources are taken. A value on an end
of its interval says nothing: otherwise the intervals of counts and of constant series would shrink for ever.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from math import log
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.ledger.records import ALL_SERIES
from forecaster.ledger.state import read_states, write_states
from forecaster.ledger.trusted_rows import DamagedLedgerError
from forecaster.size_limits import MOST_STEPS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints

POOL_RATE, STEP_RATE, OWN_RATE = 0.05, 0.05, 0.02
"""How fast each part learns: chosen on two earlier years of seven series of prices, from rates of 0 to 0.4. Their 95 %
intervals held 93.8 to 94.1 % of the values in windows of 250 nights before, and 94.7 to 95.0 % then, for 0.5 % of the
weighted quantile loss; faster rates of the pools cost 0.7 to 2 %, and without an own part the coverage of each series
was off by 2.5 points in the mean and not by 1.5."""
POOL_SHRINKAGE, OWN_SHRINKAGE = 10.0, 7.0
"""Values that count as expected ones, so that few values move little. Chosen by hand."""
LARGEST = log(4)
"""Bound of the logarithm of a factor, chosen by hand: an interval that is wrong by more needs another model."""
TOUCHES = 1e-4
"""Distance from an end at which a value lies on it, as a share of the widest interval of the forecast: the ledger keeps
ends in steps of 1/32,767 of it."""
LARGEST_COUNT = 2**50
"""No pool counts so far."""
NAME = "pools"
"""The name of the pools in the table `state`."""


@dataclass
class Pool:
    """Series of one step.

    Attributes:
        series: How many series have had a value.
        count, outside: For each level, as text, how many values there were at each step, and how many lay outside.

    """

    series: int = 0
    count: dict[str, list[int]] = field(default_factory=dict)
    outside: dict[str, list[int]] = field(default_factory=dict)

    def add(self, levels: Sequence[float], step: Ints, outside: Bools, touched: Bools) -> None:
        """Add values at steps from 0, (c,): whether each lies outside the interval of a level, or on an end, (c, L)."""
        for place, level in enumerate(levels):
            counts = ~touched[:, place]
            for totals, chosen in ((self.count, counts), (self.outside, counts & outside[:, place])):
                added = np.bincount(step[chosen])
                before = totals.get(f"{level:g}", [])
                total = np.zeros(max(len(before), len(added)), np.int64)
                total[: len(before)] += np.array(before, np.int64)
                total[: len(added)] += added
                totals[f"{level:g}"] = total.tolist()

    def log_factors(self, level: float, steps: int) -> Floats:
        """Return the pool's part of the log factors of the next steps, (steps,), constant after known ones."""
        count = np.array(self.count.get(f"{level:g}", []), np.float64)
        if not len(count):
            return np.zeros(steps)
        outside = np.zeros(len(count))
        known = self.outside[f"{level:g}"]
        outside[: len(known)] = known
        excess = outside - count * (100 - level) / 100
        every = POOL_RATE * excess.sum() / (self.series * len(count) + POOL_SHRINKAGE)
        each: Floats = every + STEP_RATE * excess / (self.series + POOL_SHRINKAGE)
        return each[np.minimum(np.arange(steps), len(count) - 1)]

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the pool that `dataclasses.asdict` made a dictionary of.

        Raises:
            KeyError, TypeError, ValueError: It did not.

        """
        count, outside = (
            {str(name): _whole_numbers(each) for name, each in fields[part].items()} for part in ("count", "outside")
        )
        if count.keys() != outside.keys() or any(len(outside[name]) > len(count[name]) for name in count):
            raise ValueError("a pool counts values outside of no interval")
        (series,) = _whole_numbers([fields["series"]])
        return cls(series, count, outside)


def _whole_numbers(found: Any) -> list[int]:
    """Return the list of counts of steps that JSON held.

    Raises:
        ValueError: It did not.

    """
    if type(found) is not list or len(found) > MOST_STEPS or {type(each) for each in found} - {int}:
        raise ValueError("a pool has no list of counts")
    if not all(0 <= each < LARGEST_COUNT for each in found):
        raise ValueError("a pool has an impossible count")
    return found


Pools = defaultdict[str, Pool]
"""Pools by what a row of their series is called."""


def read_pools(connection: sqlite3.Connection) -> Pools:
    """Return the pools of a ledger.

    Raises:
        DamagedLedgerError: They are damaged.

    """
    data = read_states(connection, NAME).get(ALL_SERIES)
    try:
        return pools_of_dict(json.loads(data)) if data else defaultdict(Pool)
    except (ValueError, RecursionError) as error:
        raise DamagedLedgerError("the states of pools are damaged") from error


def pools_of_dict(fields: Mapping[str, Any]) -> Pools:
    """Return pools from text and numbers.

    Raises:
        ValueError: They are not those of pools.

    """
    try:
        return defaultdict(Pool, {str(name): Pool.from_dict(each) for name, each in fields.items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("the states of pools are damaged") from error


def pools_to_dict(pools: Mapping[str, Pool]) -> dict[str, Any]:
    """Return pools as text and numbers."""
    return {name: asdict(pool) for name, pool in pools.items()}


def write_pools(connection: sqlite3.Connection, pools: Mapping[str, Pool]) -> None:
    """Write the pools of a ledger; the caller has a transaction."""
    write_states(connection, NAME, {ALL_SERIES: json.dumps(pools_to_dict(pools)).encode()})


def ends_touched(actual: Floats, ends: Floats, widest: Floats) -> Bools:
    """Return which values, (c,), lie on an end of the interval of each level, (c, L); ends are (c, 2 L)."""
    near = np.abs(actual[:, None] - ends) <= TOUCHES * widest[:, None] if ends.size else np.zeros(ends.shape, bool)
    touched: Bools = near[:, 0::2] | near[:, 1::2]
    return touched


def add_to_widths(levels: NDArray[Any], outside: Bools, touched: Bools, group: Ints, count: Ints) -> None:
    """Add the values of one time to the own parts of series, which change.

    Args:
        levels: Levels and widths of each series, (S, L), see `forecaster.ledger.live_state.LEVEL`.
        outside: Whether each value lies outside the interval of each level, (c, L).
        touched: Whether it lies on an end of it, (c, L).
        group: The series of each value, (c,).
        count: Values of each series, (S,).

    """
    expected = (100 - levels["level"][group]) / 100
    excess = np.zeros(levels.shape)
    np.add.at(excess, group, (outside - expected) * ~touched)
    change = OWN_RATE * excess / (count[:, None] + OWN_SHRINKAGE)
    levels["width"] = np.clip(levels["width"] + change, -LARGEST, LARGEST)


def factors(pool: Pool, own: Mapping[float, float], levels: Sequence[float], steps: int) -> dict[float, Floats]:
    """Return the factors of the intervals of a series at each level, (steps,)."""
    return {
        level: np.exp(np.clip(pool.log_factors(level, steps) + own.get(level, 0.0), -LARGEST, LARGEST))
        for level in levels
    }
