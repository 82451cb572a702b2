"""Draws from the past of a series: zeros and whole numbers in their share, and what was never seen once more."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.methods.bootstrap import CHANGES, VALUES, Bootstrap, _fixed_uniforms
from forecaster.forecasting.methods.past_weights import DECAYS, PRIOR
from forecaster.series.limits import UNLIMITED, Limits

if TYPE_CHECKING:
    from forecaster.arrays import Floats

EVEN = np.append([1.0], np.zeros(2 * len(DECAYS) - 1))
"""Shares with which all of the past counts alike."""
DEMAND = np.tile([0.0, 0, 0, 0, 3, 0, 0, 1, 0, 0], 20)
PRICES = 10 + np.cumsum(np.tile([0.0] * 9 + [0.5], 12))


def of_values(y: Floats = DEMAND, **changes: object) -> Bootstrap:
    """Return the past of values, of which all count alike."""
    usual = float(np.unique(y)[np.unique(y, return_counts=True)[1].argmax()])
    found = Bootstrap(
        kind=VALUES,
        past=y,
        unseen=(y.min() - 2, y.max() + 2),
        shares=EVEN,
        season=1,
        last=float(y[-1]),
        extremes=(float(y.min()), float(y.max())),
        limits=Limits(0.0) if y.min() >= 0 else UNLIMITED,
        decimals=0,
        relative=False,
        usual=usual,
        wanted=1.0,
        before=float(y[-2]),
        doubt=0.0,
    )
    return replace(found, **changes)  # type: ignore[arg-type] - fields of other types


def of_changes(y: Floats = PRICES, **changes: object) -> Bootstrap:
    """Return the past of changes, of which all count alike."""
    past = np.diff(y)
    size = float(np.abs(past).max(initial=0)) or 1.0
    found = of_values(y, kind=CHANGES, past=past, unseen=(-size, size), decimals=1)
    return replace(found, **changes)  # type: ignore[arg-type] - fields of other types


ANY = [
    of_values(),
    of_values(-DEMAND),
    of_values(5 - DEMAND),
    of_values(season=10, shares=np.append(0 * PRIOR, PRIOR)),
    of_values(wanted=0.2),
    of_values(wanted=1e-16),
    of_changes(),
    of_changes(-PRICES),
    of_changes(decimals=None),
    of_changes(doubt=0.7),
    of_changes(past=np.diff(np.log(PRICES)), unseen=(-0.05, 0.05), relative=True),
    of_changes(limits=Limits(12.0, 16.5)),
    of_changes(np.full(30, 4.0)),
    of_changes(np.full(3, 4.0)),
]


@pytest.mark.sampled(slow=("*-1", "*-30", "bootstrap0-3000"))
@pytest.mark.parametrize("horizon", [1, 2, 30, 3000])
@pytest.mark.parametrize("bootstrap", ANY)
def test_points_lie_within_intervals_and_narrow_ones_within_wide_ones(bootstrap: Bootstrap, horizon: int) -> None:
    found = bootstrap.predict(horizon, (50, 80, 95))
    ends = [found.low[95], found.low[80], found.low[50], found.point, found.high[50], found.high[80], found.high[95]]
    assert all(end.shape == (horizon,) for end in ends)
    assert np.isfinite(ends).all()
    for lower, upper in pairwise(ends):
        assert (lower <= upper).all()
    assert not np.signbit(np.array(ends)[np.array(ends) == 0]).any(), "zero has no sign"


@pytest.mark.parametrize("bootstrap", ANY)
def test_the_same_forecast_each_time_and_the_same_paths_of_one_seed(bootstrap: Bootstrap) -> None:
    one, other = bootstrap.predict(12, (80,)), bootstrap.predict(12, (80,))
    np.testing.assert_array_equal(one.point, other.point)
    np.testing.assert_array_equal(one.high[80], other.high[80])
    first, again, different = (bootstrap.sample_paths(200, 12, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (200, 12)
    assert np.ptp(first) == 0 or not np.array_equal(first, different)


@pytest.mark.parametrize("bootstrap", ANY)
def test_sample_paths_fill_the_intervals(bootstrap: Bootstrap) -> None:
    """At least as many paths lie in an interval as its level says, as values that are drawn often come in steps."""
    paths = bootstrap.sample_paths(4000, 6, np.random.default_rng(0))
    found = bootstrap.predict(6, (50, 80, 95))
    for level in (50, 80, 95):
        inside = ((found.low[level] <= paths) & (paths <= found.high[level])).mean(axis=0)
        assert (inside >= level / 100 - 0.03).all()
        above, below = (paths > found.high[level]).mean(axis=0), (paths < found.low[level]).mean(axis=0)
        assert max(above.max(), below.max()) <= (1 - level / 100) / 2 + 0.03


def test_zeros_come_in_their_share() -> None:
    paths = of_values().sample_paths(5000, 4, np.random.default_rng(0))
    assert abs((paths == 0).mean() - 0.8) < 0.01
    assert abs((paths == 3).mean() - 0.1) < 0.01
    found = of_values().predict(4, (50, 70, 95))
    assert (found.high[50] == 1).all(), "the next whole number above the mean of 0.4"
    assert (found.high[70] == 1).all()
    assert (found.high[95] == 3).all()
    assert (found.low[95] == 0).all()


def test_what_was_never_seen_counts_as_one_observation_more() -> None:
    few = of_values(5 + DEMAND[:20])
    paths = few.sample_paths(20_000, 1, np.random.default_rng(0))
    for value in few.unseen:
        assert (paths == value).mean() == pytest.approx(0.5 / 21, rel=0.15)


def test_the_point_of_demand_is_the_mean_and_of_other_values_the_median() -> None:
    np.testing.assert_allclose(of_values().predict(5, (80,)).point, DEMAND.mean())
    assert of_values().counts_demand
    np.testing.assert_array_equal(of_values(5 + DEMAND).predict(5, (80,)).point, 5.0)
    assert not of_values(5 + DEMAND).counts_demand
    assert not of_changes(np.zeros(20)).counts_demand


def test_the_mean_follows_the_season() -> None:
    seasonal = of_values(season=10, shares=np.append(0 * PRIOR, [1.0, *0 * PRIOR[1:]]))
    point = seasonal.predict(25, (80,)).point
    assert point[4] > 2
    assert point[:4].max() < 1
    np.testing.assert_array_equal(point[:10], point[10:20])
    paths = seasonal.sample_paths(2000, 10, np.random.default_rng(0))
    assert (paths[:, 4] > 0).mean() > 0.8
    assert (paths[:, :4] > 0).mean() < 0.1


def test_whole_numbers_stay_whole_and_decimals_are_those_of_the_series() -> None:
    for bootstrap in (of_values(), of_values(wanted=0.3), of_changes(10 * PRICES, decimals=0)):
        found = bootstrap.predict(9, (80, 95))
        paths = bootstrap.sample_paths(500, 9, np.random.default_rng(0))
        for values in (found.low[95], found.high[80], found.high[95], paths):
            np.testing.assert_array_equal(values, np.round(values))
    relative = of_changes(past=np.diff(np.log(PRICES)), unseen=(-0.05, 0.05), relative=True)
    paths = relative.sample_paths(500, 9, np.random.default_rng(0))
    np.testing.assert_array_equal(paths, np.round(paths, 1))
    assert len(np.unique(paths)) > 5


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("value", [7.0, 0.1234567891, 1e-9, 3e11])
def test_a_series_that_stays_stays_exactly(value: float, *, relative: bool) -> None:
    still = of_changes(np.full(100, value), unseen=(-0.1, 0.1), relative=relative, decimals=None)
    found = still.predict(4, (80, 95))
    for values in (found.point, found.low[95], found.high[95]):
        np.testing.assert_array_equal(values, value)


@pytest.mark.parametrize("rows", [20, 39, 60, 100, 200, 400])
def test_a_constant_changes_in_h_steps_with_a_probability_of_h_to_its_rows(rows: int) -> None:
    """No interval of 95 % has width where n is 19 h, and none of 80 % where it is 4 h; much further ahead they have."""
    found = of_changes(np.full(rows, 5.0)).predict(rows, (80, 95))
    for level, rows_per_step in ((95, 19), (80, 4)):
        sure = int(0.8 * rows / rows_per_step)
        assert (found.low[level][:sure] == 5).all()
        assert (found.high[level][:sure] == 5).all()
        late = int(1.6 * rows / rows_per_step)
        assert (found.low[level][late:] < 5).all()
        assert (found.high[level][late:] > 5).all()
    assert (found.point == 5).all()
    paths = of_changes(np.full(rows, 5.0)).sample_paths(4000, 5, np.random.default_rng(0))
    changed = (paths[:, -1] != 5).mean()
    assert changed == pytest.approx(5 / rows, rel=0.3)


def test_a_jump_is_as_likely_as_it_was_and_its_direction_a_little_less_sure() -> None:
    paths = of_changes().sample_paths(20_000, 1, np.random.default_rng(0))[:, 0]
    rises, falls = (paths > PRICES[-1]).mean(), (paths < PRICES[-1]).mean()
    n, jumps = len(PRICES) - 1, int((np.diff(PRICES) > 0).sum())
    assert rises + falls == pytest.approx((jumps + 1) / (n + 1), rel=0.2)
    assert 0 < falls / (rises + falls) == pytest.approx(2 / (jumps + 4) + 0.5 / (jumps + 1), abs=0.06)


def test_rises_follow_rises_as_they_did() -> None:
    """Rates stand still for years, and then rise or fall in many steps."""
    runs = np.cumsum(np.r_[np.zeros(40), np.full(10, 0.25), np.zeros(40), np.full(10, -0.25), np.zeros(40)])
    moved = of_changes(3 + runs, decimals=2).sample_paths(4000, 10, np.random.default_rng(0))
    steps = np.diff(moved, axis=1)
    after_rise = steps[:, 1:][steps[:, :-1] == 0.25]
    assert (after_rise == 0.25).mean() > 0.6 > 5 * (steps == 0.25).mean()


@pytest.mark.slow
@pytest.mark.nightly
def test_paths_do_not_lead_further_than_the_past_makes_conceivable() -> None:
    found = of_changes().predict(10_000, (95,))
    changes = np.diff(PRICES)
    furthest = PRICES.max() + 0.5 * np.sqrt(10_000 * (changes != 0).mean()) + 10_000 * changes.mean()
    assert PRICES.max() < found.high[95].max() <= furthest + 0.05
    doubling, doubled = 2.0 ** np.repeat(np.arange(40.0), 5), np.log(2) * (np.arange(1, 200) % 5 == 0)
    growth = of_changes(doubling, past=doubled, unseen=(-np.log(2), np.log(2)), relative=True, decimals=0)
    assert np.isfinite(growth.predict(10_000, (95,)).high[95]).all()
    assert np.isfinite(growth.sample_paths(20, 10_000, np.random.default_rng(0))).all()


def test_a_doubted_last_change_is_taken_back_in_its_share_of_paths() -> None:
    jumped = np.append(np.full(60, 10.0), 30.0)
    for doubt, point in ((0.3, 30.0), (0.7, 10.0)):
        bootstrap = of_changes(jumped, past=np.zeros(59), unseen=(-20.0, 20.0), doubt=doubt)
        found = bootstrap.predict(3, (80,))
        assert (found.point == point).all()
        assert (found.low[80] == 10).all()
        assert (found.high[80] == 30).all()
        paths = bootstrap.sample_paths(4000, 3, np.random.default_rng(0))
        assert abs((paths[:, 0] == 10).mean() - doubt) < 0.04


def test_demand_that_may_have_ended_is_zero_as_often() -> None:
    full, half = of_values(), of_values(wanted=0.5)
    np.testing.assert_allclose(half.predict(4, (80,)).point, full.predict(4, (80,)).point / 2)
    paths = half.sample_paths(5000, 4, np.random.default_rng(0))
    assert abs((paths > 0).mean() - 0.1) < 0.01
    ended = of_values(wanted=1e-16).predict(4, (80, 95))
    for values in (ended.point, ended.high[95], ended.low[95]):
        assert not values.any()


def test_limits_hold_points_ends_and_paths() -> None:
    limited = of_changes(limits=Limits(15.0, 16.2))
    found = limited.predict(50, (95,))
    paths = limited.sample_paths(500, 50, np.random.default_rng(0))
    for values in (found.point, found.low[95], found.high[95], paths):
        assert values.min() >= 15
        assert values.max() <= 16.2
    assert paths.max() == 16.2


def test_events_are_unusual_values_or_changes() -> None:
    assert of_values().events(np.array([0.0, 3, 0, 0, 1])) == 2
    assert of_values(5 + DEMAND).events(np.array([5.0, 8, 5, 0])) == 2
    assert of_changes().events(np.array([10.0, 10, 10.5, 10.5, 11])) == 2


@pytest.mark.parametrize("horizon", [1, 12, 5000])
def test_numbers_that_quantiles_are_taken_from_are_evenly_spread(horizon: int) -> None:
    uniforms = _fixed_uniforms(horizon)
    paths = len(uniforms)
    assert paths >= 100
    parts = np.sort((uniforms * paths).astype(int), axis=0)
    np.testing.assert_array_equal(parts, np.broadcast_to(np.arange(paths)[:, None], uniforms.shape))
    if horizon == 12:
        assert abs(np.corrcoef(uniforms.T) - np.eye(uniforms.shape[1])).max() < 0.15
