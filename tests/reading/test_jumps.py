"""Splits and typing errors are found and named; crashes, wild series and splits that were adjusted for are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.reading.jumps import LAST_ROW, UNFINISHED, find_jumps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def prices(rows: int = 200, seed: int = 0) -> Floats:
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, rows)))


def stepped(factor: float, at: int = 120) -> Floats:
    return np.where(np.arange(200) < at, 1, factor) * prices()


def with_slip(factor: float, row: int) -> Floats:
    return np.where(np.arange(200) == row, factor, 1) * prices()


@pytest.mark.parametrize(
    ("ratio", "name", "remedy"),
    [
        (1 / 7, "7 for 1 split", "divide the values before by 7 if it is one"),
        (0.5, "2 for 1 split", "divide the values before by 2 if it is one"),
        (2 / 3, "3 for 2 split", "divide the values before by 1.5 if it is one"),
        (10, "1 for 10 consolidation", "multiply the values before by 10 if it is one"),
    ],
)
def test_a_split_is_named_with_its_row(ratio: float, name: str, remedy: str) -> None:
    like = f"like a {name} that earlier values were not adjusted for"
    assert find_jumps(stepped(ratio)) == [(120, like, remedy)]


@pytest.mark.parametrize("factor", [100, 0.01, 10, 3])
@pytest.mark.parametrize("row", [1, 50, 198])
def test_a_value_that_jumps_and_comes_back_is_a_typing_error(factor: float, row: int) -> None:
    (found,) = find_jumps(with_slip(factor, row))
    assert (found.row, found.like) == (row, "and comes back at once, like a typing error")


def test_a_typing_error_in_the_last_row_has_not_come_back_yet() -> None:
    (found,) = find_jumps(with_slip(100, 199))
    assert (found.row, found.like) == (199, "in the last row, so no later row says whether it stays")


def test_a_typing_error_next_to_a_split_is_a_jump_of_its_own() -> None:
    values = stepped(0.25)
    values[60] *= 1000
    assert [jump.row for jump in find_jumps(values)] == [60, 120]


def test_a_typing_error_through_zero_is_found_among_levels() -> None:
    values = with_slip(-1, 70)
    assert [jump.row for jump in find_jumps(values)] == [70]


@pytest.mark.parametrize("factor", [0.82, 1.2])
def test_a_crash_is_news(factor: float) -> None:
    assert not find_jumps(stepped(factor))


@pytest.mark.parametrize("factor", [6.0, 1e9, 1e-9])
def test_a_change_of_units_is_found_though_no_split_is_like_it(factor: float) -> None:
    (found,) = find_jumps(stepped(factor))
    assert (found.row, found.like) == (120, "and stays there")


def test_a_move_that_others_come_near_to_is_no_jump() -> None:
    values = stepped(0.5)
    assert find_jumps(values)
    values[60:65] *= 0.65
    assert not find_jumps(values)


def test_large_moves_of_a_wild_series_are_its_nature() -> None:
    assert not find_jumps(np.exp(np.random.default_rng(0).normal(0, 0.5, 300)))
    spikes = prices()
    spikes[20::20] *= 100
    assert not find_jumps(spikes)


def test_a_level_that_is_left_again_was_no_split() -> None:
    values = prices()
    values[120:125] /= 4
    assert not find_jumps(values)


@pytest.mark.parametrize("seed", range(20))
def test_random_walks_do_not_jump(seed: int) -> None:
    assert not find_jumps(prices(2000, seed))
    assert not find_jumps(np.random.default_rng(seed).standard_t(4, 2000).cumsum())


def test_short_and_still_series_do_not_jump() -> None:
    assert not find_jumps(np.array([1.0, 100.0] * 10))
    assert not find_jumps(np.ones(100))


@pytest.mark.parametrize("last", [0.0, -50.0, 5e4, 0.05])
def test_a_last_value_far_from_all_others_is_reported_also_in_short_series(last: float) -> None:
    values = np.append(50 + np.arange(15.0) % 4, last)
    (jump,) = find_jumps(values)
    assert (jump.row, jump.like) == (15, UNFINISHED.like if last == 0.05 else LAST_ROW.like)
    assert [each.row for each in find_jumps(np.append(np.tile(values[:15], 4), last))] == [60]


@pytest.mark.parametrize("last", [186.0, 19.0, 1.0])
def test_a_last_value_of_fewer_digits_may_be_cut_or_of_an_unfinished_period(last: float) -> None:
    values = np.append(np.random.default_rng(0).integers(1000, 2000, 100), last)
    assert [(jump.row, jump.like) for jump in find_jumps(values)] == [(100, UNFINISHED.like)]
    assert [(jump.row, jump.like) for jump in find_jumps(values[-8:])] == [(7, UNFINISHED.like)]


def test_small_last_values_that_others_come_near_to_are_none() -> None:
    noisy = np.random.default_rng(0).integers(1000, 2000, 100)
    assert not find_jumps(np.append(noisy, 900.0)), "one digit fewer, but not far"
    assert not find_jumps(np.append(np.append(noisy, [400.0] + [1500.0] * 9), 300.0))
    assert not find_jumps(1e5 * 0.3 ** np.arange(8.0)), "it falls so all the time"


def test_a_cut_last_value_is_not_called_a_split_alone() -> None:
    values = np.append(np.random.default_rng(0).uniform(400, 450, 120), 42.0)
    (jump,) = find_jumps(values)
    assert jump.row == 120
    assert jump.like == "like a 10 for 1 split that earlier values were not adjusted for, or its period is not over"


def monthly_sums(rows: int = 60, seed: int = 0, spread: float = 0.08) -> Floats:
    wave = 1 + 0.2 * np.sin(2 * np.pi * np.arange(rows) / 12)
    return np.round(5000 * wave * np.exp(np.random.default_rng(seed).normal(0, spread, rows)), 1)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.45])
def test_a_last_sum_of_a_part_of_its_month_is_found(share: float) -> None:
    found = 0
    for seed in range(20):
        values = monthly_sums(seed=seed)
        values[-1] *= share
        jumps = find_jumps(values)
        found += bool(jumps) and jumps[-1].row == 59 and "its period is not over" in jumps[-1].like
    assert found >= 17


@pytest.mark.parametrize("spread", [0.02, 0.08, 0.3])
def test_whole_last_sums_and_prices_are_not_small(spread: float) -> None:
    assert not any(find_jumps(monthly_sums(seed=seed, spread=spread)) for seed in range(50))
    assert not any(find_jumps(prices(rows, seed)) for seed in range(20) for rows in (30, 60, 200))


def test_small_counts_fall_to_zero_by_chance() -> None:
    counts = np.random.default_rng(0).poisson(6, 60).astype(float).clip(2)
    counts[-13:] = 4
    counts[-1] = 0
    assert [jump for jump in find_jumps(counts) if jump.like == UNFINISHED.like] != []
    counts[-13:-1] = 2
    assert [jump for jump in find_jumps(counts) if jump.like == UNFINISHED.like] == []


def test_a_half_in_the_last_row_may_be_a_split_or_a_part_of_a_period() -> None:
    values = np.append(prices(), prices()[-1] / 2)
    (jump,) = find_jumps(values)
    assert jump.like == "like a 2 for 1 split that earlier values were not adjusted for, or its period is not over"
    assert jump.remedy == "divide the values before by 2 if it is one, or leave the row out with --drop-last"
