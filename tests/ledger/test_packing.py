"""Packed forecasts are close to what they were, and no value leaves its interval."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.ledger.packing import (
    ACTUAL,
    DamagedLedgerError,
    Layout,
    needs_doubles,
    pack_block,
    pack_records,
    rows_of_records,
    unpack_block,
    unpack_rows,
)

LAYOUT = Layout(4, (80.0, 95.0))


def simulated(n: int, size: float, level: float) -> dict[str, np.ndarray]:
    """Return forecasts around a level whose changes have a size."""
    rng = np.random.default_rng(0)
    base = level + size * rng.normal(size=n)
    point = base[:, None] + size * rng.normal(size=(n, 4))
    width = size * rng.uniform(0.1, 2, size=(n, 4, 2)).cumsum(axis=2)
    ends = np.stack([point - width[..., 0], point + width[..., 0], point - width[..., 1], point + width[..., 1]], 2)
    return {"base": base, "point": point, "ends": ends, "naive": base[:, None] + size * rng.normal(size=(n, 4))}


@pytest.mark.parametrize(("size", "level"), [(1, 0), (1e-3, 1e6), (50, 0.1), (1e25, 0), (1e-25, 0), (0, 5)])
def test_packed_numbers_are_close_and_intervals_never_narrower(size: float, level: float) -> None:
    numbers = simulated(50, size, level)
    times = {"origin": np.arange(50), "targets": np.arange(50)[:, None] + np.arange(1, 5)}
    assert not needs_doubles(**numbers).any()
    records = pack_records(LAYOUT, **times, **numbers)
    found = unpack_rows(LAYOUT, rows_of_records(LAYOUT, [(i, 2 * i, 3) for i in range(50)], records))
    assert found.origin.tolist() == times["origin"].tolist()
    assert found.targets.tolist() == times["targets"].tolist()
    assert found.series.tolist() == list(range(50))
    assert found.model.tolist() == list(range(0, 100, 2))
    assert np.abs(found.point - numbers["point"]).max() <= 1e-6 * size + 1e-15 * abs(level)
    assert np.abs(found.naive - numbers["naive"]).max() <= 1e-3 * size
    assert np.abs(found.ends - numbers["ends"]).max() <= 1e-3 * size
    assert (found.ends[:, :, 0::2] <= numbers["ends"][:, :, 0::2]).all()
    assert (found.ends[:, :, 1::2] >= numbers["ends"][:, :, 1::2]).all()


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_numbers_that_single_precision_has_not_are_doubles(size: float) -> None:
    numbers = simulated(3, size, 0)
    assert needs_doubles(**numbers).all()
    wide = Layout(4, (80.0, 95.0), wide=True)
    times = {"origin": np.arange(3), "targets": np.ones((3, 4), np.int64)}
    found = unpack_rows(wide, rows_of_records(wide, [(1, 1, 1)] * 3, pack_records(wide, **times, **numbers)))
    assert np.array_equal(found.ends, numbers["ends"])
    assert np.array_equal(found.point, numbers["point"])


def test_a_value_on_the_end_of_an_interval_stays_inside() -> None:
    ends = np.zeros((1, 4, 4))
    ends[..., 1::2] = 0.3
    point = np.full((1, 4), 0.1)
    times = {"origin": np.zeros(1, np.int64), "targets": np.ones((1, 4), np.int64)}
    records = pack_records(LAYOUT, **times, base=np.array([0.7]), point=point, ends=ends, naive=point)
    found = unpack_rows(LAYOUT, rows_of_records(LAYOUT, [(1, 1, 1)], records))
    assert (found.ends[..., 0::2] <= 0).all()
    assert (found.ends[..., 1::2] >= 0.3).all()


def test_a_block_is_read_back_and_a_damaged_one_is_noticed() -> None:
    rows = np.array([(1, 5, 1.5), (2, -7, 2.5)], ACTUAL)
    data = pack_block(rows)
    assert unpack_block(ACTUAL, 2, data).tolist() == rows.tolist()
    for wrong in (data[:-3], b"", b"x" + data):
        with pytest.raises(DamagedLedgerError):
            unpack_block(ACTUAL, 2, wrong)
    with pytest.raises(DamagedLedgerError):
        unpack_block(ACTUAL, 3, data)
