"""Which series are drawn from their own past, and what their history says about what may come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.methods import own_past
from forecaster.forecasting.methods.bootstrap import CHANGES, NONE, VALUES
from forecaster.forecasting.methods.own_past import (
    DOUBTED,
    bootstrap_kinds,
    bootstraps,
    last_value_doubt,
)
from forecaster.series.panel import panel_from_series
from forecaster.series.slips import last_value_is_far
from forecaster.series.windows import Origins, ends
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.forecasting.methods.bootstrap import Bootstrap
    from forecaster.series.panel import Panel


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def demand(rows: int = 200, rate: float = 0.1, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(rows) < rate, rng.integers(1, 6, rows), 0).astype(np.float64)


def prices(rows: int = 200) -> Floats:
    return 10 + np.cumsum(np.where(generator().random(rows) < 0.05, 0.5, 0.0))


def policy_rate() -> Floats:
    """Return a rate that stands at zero for half of its history."""
    steps = np.r_[np.zeros(30), np.full(8, 0.25), np.zeros(24), np.full(8, -0.25), np.zeros(80)]
    return np.cumsum(steps)


def solar_power() -> Floats:
    """Return hours of power for 14 days: nothing from evening to morning."""
    hour = np.arange(14 * 24) % 24
    day = np.maximum(0, np.sin((hour - 8) * np.pi / 8)) * (hour < 17) * (hour > 7)
    return day * generator().uniform(0.7, 1, len(day)) * 50


def with_spikes(value: float, rows: int = 200) -> Floats:
    y = np.full(rows, value)
    y[7::29] = 3 * value
    return y


def panel_of_one(y: Floats) -> Panel:
    return panel_from_series([("a", np.arange(len(y)), np.asarray(y, dtype=np.float64))])


def kind(y: Floats, season: int = 1) -> int:
    return int(bootstrap_kinds(panel_of_one(y), season)[0])


def past(y: Floats, season: int = 1, **requested: float) -> Bootstrap:
    """Return what is drawn after the end of a series."""
    panel = panel_of_one(y)
    recipe = derive_recipe(panel, Specification(season=season, horizon=3, zero_shot=True, **requested))  # type: ignore[arg-type] - limits
    return bootstraps(panel, bootstrap_kinds(panel, season), recipe, ends(panel.indptr))[0]


BURSTS = np.tile(np.r_[np.zeros(12), np.full(4, 3.0)], 12)
CLOSED_ON_SUNDAYS = np.where(np.arange(140) % 7 == 6, 0.0, 20 + generator().normal(size=140))
KINDS = {
    "rare demand": (demand(), 1, VALUES),
    "rare demand with a week": (demand(), 7, VALUES),
    "returns of rare demand": (-demand(), 1, VALUES),
    "demand in bursts": (BURSTS, 1, VALUES),
    "prices that return for a while": (5 + BURSTS, 1, CHANGES),
    "spikes on a constant": (with_spikes(7.0), 1, VALUES),
    "outages of a constant": (4 - with_spikes(1.0), 7, VALUES),
    "list prices": (prices(), 1, CHANGES),
    "a policy rate": (policy_rate(), 12, CHANGES),
    "a constant": (np.full(50, 5.0), 1, CHANGES),
    "zeros": (np.zeros(50), 7, CHANGES),
    "one new level": (np.repeat([5.0, 50], [40, 20]), 1, CHANGES),
    "three equal rows": (np.full(3, 2.0), 1, CHANGES),
    "a late jump": (np.append(np.full(60, 100.0), 0.0), 1, CHANGES),
    "two rows": (np.zeros(2), 1, NONE),
    "a random walk": (100 + generator().normal(size=200).cumsum(), 1, NONE),
    "a rounded random walk": (100 + generator().normal(size=200).cumsum().round(1), 1, NONE),
    "noise": (generator().normal(size=200), 1, NONE),
    "counts": (generator().poisson(3, 200), 1, VALUES),
    "many counts": (generator().poisson(30, 200), 1, NONE),
    "frequent demand": (demand(rate=0.6), 1, VALUES),
    "a start without change": (np.append(np.full(80, 30.0), generator().normal(30, 3, 40)), 1, NONE),
    "a change to standing still": (np.append(generator().normal(30, 3, 60), np.full(60, 31.5)), 1, CHANGES),
    "two rows at a new level": (np.append(np.full(38, 120.0), [126.0, 126.0]), 1, CHANGES),
    "rare demand on weekends": (generator().poisson(np.where(np.arange(300) % 7 > 4, 2.5, 0.15)), 7, VALUES),
    "solar power": (solar_power(), 24, NONE),
    "shops closed on sundays": (CLOSED_ON_SUNDAYS, 7, NONE),
    "offices closed for four days": (np.tile([0.0, 0, 0, 0, 9, 8, 7], 20), 7, NONE),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_series(name: str) -> None:
    y, season, expected = KINDS[name]
    assert kind(y, season) == expected


@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"counts", "frequent demand"}))
def test_the_kind_of_a_series_does_not_depend_on_its_unit_or_its_neighbours(name: str) -> None:
    y, season, expected = KINDS[name]
    assert kind(2.0**20 * np.asarray(y), season) == kind(2.0**-20 * np.asarray(y), season) == expected
    together = panel_from_series(
        (str(i), np.arange(len(each)), np.asarray(each, dtype=np.float64))
        for i, each in enumerate((prices(), y, demand()))
    )
    assert bootstrap_kinds(together, season)[1] == expected


def test_only_the_latest_rows_say_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_past, "LONGEST", 100)
    y = np.concatenate([generator().normal(size=300), demand(100)])
    assert kind(y) == VALUES
    assert len(past(y).past) == 100
    assert kind(y[::-1]) == NONE


def test_what_values_and_changes_are() -> None:
    values, changes, relative = past(demand()), past(policy_rate()), past(np.repeat(2.0 ** np.arange(12), 9))
    np.testing.assert_array_equal(values.past, demand())
    np.testing.assert_array_equal(changes.past, np.diff(policy_rate()))
    assert (values.relative, changes.relative, relative.relative) == (False, False, True)
    assert relative.past.max() == pytest.approx(np.log(2))
    assert (values.usual, values.last, values.extremes) == (0, demand()[-1], (0, demand().max()))


@pytest.mark.parametrize(
    ("y", "decimals"),
    [(demand(), 0), (policy_rate(), 2), (prices(), 1), (prices() + 0.99, 2), (prices() / 7, None)],
)
def test_decimals_are_those_of_all_values(y: Floats, decimals: int | None) -> None:
    assert past(y).decimals == decimals


@pytest.mark.parametrize(
    ("y", "unseen"),
    [
        (np.full(30, 5.0), (-1.0, 1.0)),
        (np.full(30, 200.0), (-20.0, 20.0)),
        (np.full(30, 0.5), (-0.1, 0.1)),
        (np.full(30, 1.5e-9), (-1.5e-10, 1.5e-10)),
        (np.zeros(30), (-1.0, 1.0)),
        (policy_rate(), (-0.25, 0.25)),
        (np.tile([0.0, 0, 0, 2, 0, 0, 0, 4], 10), (-3.0, 7.0)),
    ],
)
def test_what_was_never_seen_is_as_large_as_what_was(y: Floats, unseen: tuple[float, float]) -> None:
    assert past(y).unseen == pytest.approx(unseen, rel=1e-9)


def test_forecasts_do_not_fall_below_what_a_series_can_be() -> None:
    """A positive series stays above a tenth of its least value, and one with zeros at zero."""
    assert past(prices()).limits.minimum == pytest.approx(1.0)
    assert past(demand()).limits.minimum == 0
    assert past(-demand()).limits.minimum == -np.inf
    requested = past(prices(), minimum=9.0, maximum=40.0).limits
    assert (requested.minimum, requested.maximum) == (9.0, 40.0)


ENDED = np.append(demand(150, 0.4), np.zeros(100))


def test_demand_that_ended_goes_to_zero() -> None:
    going_on, ended = past(demand(250, 0.4)), past(ENDED)
    assert going_on.wanted > 0.9
    assert ended.wanted < 0.01
    assert ended.predict(3, (80,)).point.max() < 0.01 < going_on.predict(3, (80,)).point.min()


def test_demand_is_wanted_the_less_the_longer_it_is_zero() -> None:
    wanted = [past(ENDED[:rows]).wanted for rows in range(150, 251, 10)]
    assert wanted == sorted(wanted, reverse=True)
    assert wanted[-1] < wanted[0] / 100


def test_what_is_not_mostly_zero_does_not_end() -> None:
    assert past(np.append(with_spikes(7.0), np.full(200, 7.0))).wanted == 1
    assert past(np.zeros(300)).wanted == 1


def test_a_last_change_is_doubted_as_often_as_earlier_ones_were_undone() -> None:
    assert last_value_doubt(np.array([5.0, 5, 5])) == 0
    assert last_value_doubt(np.array([5.0, 6, 6])) == 0
    assert last_value_doubt(np.array([5.0])) == 0
    steps = np.repeat([1.0, 2, 3, 4, 5, 6], 10)
    assert last_value_doubt(np.append(steps, 7.0)) == pytest.approx(1 / 8), "none of five was undone"
    blips = np.full(60, 5.0)
    blips[[10, 20, 30]] = 6
    # three jumps were undone, and the three returns were not
    assert last_value_doubt(np.append(blips, 6.0)) == pytest.approx(4 / 9)


@pytest.mark.parametrize(
    ("y", "far"),
    [
        ([50.0, 51, 49, 50, 50_000], True),
        ([50.0, 51, 49, 50, 5], True),
        ([50.0, 51, 49, 50, -50_000], True),
        ([-50.0, -51, -49, -50, -50_000], True),
        ([5.0, 5, 5, 5, 50], True),
        ([50.0, 51, 49, 50, 55], False),
        ([50.0, 51, 49, 50, 60], False),
        ([1.0, 2, 4, 8, 16, 32], False),
        ([0.0, 0, 0, 0, 7], False),
        ([10.0, 90, 10, 90, 300], False),
        ([5.0, 5, 50], False),
    ],
)
def test_a_last_value_is_far_in_its_size_and_beyond_the_range(y: list[float], *, far: bool) -> None:
    assert last_value_is_far(np.array(y)) is far


def test_a_far_last_value_is_rather_wrong_but_may_be_right() -> None:
    y = np.append(np.full(60, 5.0), 500.0)
    assert last_value_doubt(y) == DOUBTED
    found = past(y)
    assert not found.past.any(), "the doubted change is not drawn again"
    forecast = found.predict(5, (80, 95))
    assert (forecast.point == 5).all()
    assert (forecast.high[80] == 500).all()
    paths = found.sample_paths(4000, 1, generator())
    assert abs((paths == 500).mean() - (1 - DOUBTED)) < 0.04


SERIES = {"demand": demand(), "prices": prices(), "walk": generator().normal(size=150).cumsum(), "rate": policy_rate()}


def mixed_panel() -> Panel:
    return panel_from_series((name, np.arange(len(y)), y) for name, y in SERIES.items())


def test_a_series_alone_and_among_others_gives_the_same_forecast() -> None:
    panel = mixed_panel()
    recipe = derive_recipe(panel, Specification(season=7, horizon=3, zero_shot=True))
    found = bootstraps(panel, bootstrap_kinds(panel, 7), recipe, ends(panel.indptr))
    assert sorted(found) == [0, 1, 3]
    for i, name in ((0, "demand"), (1, "prices"), (3, "rate")):
        alone = past(SERIES[name], 7).predict(20, (80, 95))
        together = found[i].predict(20, (80, 95))
        np.testing.assert_allclose(together.point, alone.point, rtol=1e-9)
        for level in (80, 95):
            np.testing.assert_allclose(together.low[level], alone.low[level], rtol=1e-9)
            np.testing.assert_allclose(together.high[level], alone.high[level], rtol=1e-9)


@pytest.mark.parametrize("name", ["demand", "prices", "rate"])
@pytest.mark.parametrize("last", [40, 90, 140])
def test_a_window_in_the_middle_is_drawn_as_if_the_series_ended_there(name: str, last: int) -> None:
    y = SERIES[name]
    panel = panel_of_one(y)
    recipe = derive_recipe(panel, Specification(season=7, horizon=3, zero_shot=True))
    what = np.array([VALUES if name == "demand" else CHANGES])
    middle = bootstraps(panel, what, recipe, Origins(np.array([0]), np.array([last])))[0]
    short = panel_of_one(y[: last + 1])
    end = bootstraps(short, what, recipe, ends(short.indptr))[0]
    assert middle.relative == end.relative
    np.testing.assert_allclose(middle.predict(9, (80,)).point, end.predict(9, (80,)).point, rtol=1e-9)
    np.testing.assert_allclose(middle.predict(9, (80,)).high[80], end.predict(9, (80,)).high[80], rtol=1e-9)
    assert (middle.last, middle.extremes) == (y[last], (y[: last + 1].min(), y[: last + 1].max()))


@pytest.mark.parametrize("name", ["demand", "rate", "prices", "growth"])
def test_a_window_sees_nothing_of_what_comes_after_it(name: str) -> None:
    y, last = (SERIES | {"growth": np.repeat(2.0 ** np.arange(12), 12)})[name], 90
    rng = generator()
    changed = np.concatenate([y[: last + 1], y[last] + rng.permutation(60)[: len(y) - last - 1] / 7])
    what, chosen = np.array([VALUES if name == "demand" else CHANGES]), Origins(np.array([0]), np.array([last]))
    one, other = panel_of_one(y), panel_of_one(changed)
    recipe = derive_recipe(one, Specification(season=7, horizon=3, zero_shot=True))
    first, second = (bootstraps(panel, what, recipe, chosen)[0] for panel in (one, other))
    np.testing.assert_array_equal(first.past, second.past)
    np.testing.assert_array_equal(first.shares, second.shares)
    for field in ("unseen", "last", "extremes", "limits", "decimals", "relative", "usual", "wanted", "before", "doubt"):
        assert getattr(first, field) == getattr(second, field), field


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_window_of_hardly_any_row_is_drawn(rows: int) -> None:
    panel = panel_of_one(SERIES["prices"])
    recipe = derive_recipe(panel, Specification(horizon=3, zero_shot=True))
    found = bootstraps(panel, np.array([CHANGES]), recipe, Origins(np.array([0]), np.array([rows + 1])))[0]
    forecast = found.predict(4, (95,))
    assert np.isfinite([forecast.point, forecast.low[95], forecast.high[95]]).all()
