"""Effects are removed and restored exactly, on any shape, and a hostile model file is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.forecasting.effects.describe import describe_effects
from forecaster.forecasting.effects.fit import fit_effects
from forecaster.forecasting.effects.panel_effects import PanelEffects, fit_effects_of_panel, listed_days
from forecaster.series.panel import panel_from_series
from tests.forecasting.effects.simulated import CHRISTMAS, DAYS, NEW_YEAR, sales

if TYPE_CHECKING:
    from forecaster.forecasting.effects.effects import Effects


@pytest.fixture(scope="module")
def learned() -> Effects:
    effects = fit_effects(*sales(2557, 1), DAYS)
    assert effects is not None
    return effects


def test_what_is_removed_is_restored(learned: Effects) -> None:
    ds, values = sales(3000, 1)
    np.testing.assert_allclose(learned.restore(learned.remove(values, ds), ds), values)


def test_points_quantiles_and_paths_have_the_effects_of_their_dates(learned: Effects) -> None:
    ds, values = sales(30, 2)
    points = learned.restore(values, ds)
    paths = learned.restore(np.tile(values, (5, 1)), ds)
    np.testing.assert_array_equal(paths, np.tile(points, (5, 1)))
    np.testing.assert_array_equal(learned.restore(values[3:4], ds[3:4]), points[3:4])


def test_no_dates_have_no_effects(learned: Effects) -> None:
    empty = np.empty(0, "datetime64[us]")
    assert learned.remove(np.empty(0), empty).shape == (0,)


def test_dates_far_apart_are_cheap_and_finite(learned: Effects) -> None:
    ds = np.array(["1700-01-01", "2500-12-25", "9000-06-01"], "datetime64[us]")
    assert np.isfinite(learned.restore(np.full(3, 1e300), ds)).all()


def test_parts_sum_to_the_effect(learned: Effects) -> None:
    ds, values = sales(400, 3)
    parts = learned.parts(ds)
    assert set(parts) == {"year", "month", "holidays"}
    np.testing.assert_allclose(learned.restore(values, ds), values * np.exp(sum(parts.values())))


def test_values_of_0_or_more_stay_so() -> None:
    ds, values = sales(2557, 4)
    counts = np.round(values / 10)
    counts[100] = 0
    effects = fit_effects(ds, counts, DAYS)
    assert effects is not None
    assert not effects.log
    assert (effects.remove(np.zeros(2557), ds) >= 0).all()
    assert (effects.restore(np.zeros(2557), ds) >= 0).all()


@pytest.mark.parametrize("log", [True, False])
def test_intervals_are_wider_on_named_days_alone(learned: Effects, log: bool) -> None:
    ds, _ = sales(400, 3)
    effects = replace(learned, log=log)
    points, ends = np.full(400, 100.0), np.full(400, 90.0)
    named = effects.spread(ds) > 0
    assert 0 < named.sum() < 20
    for each in (ends, 2 * points - ends):
        widened = effects.widen(each, points, ds, 1.28)
        assert (np.abs(widened - points)[named] > np.abs(each - points)[named]).all()
        np.testing.assert_array_equal(widened[~named], each[~named])
    zeros = np.zeros(400)
    assert np.isfinite(effects.widen(zeros, points, ds, 1.28)).all()


def test_one_line_names_the_days(learned: Effects) -> None:
    text = describe_effects(learned)
    assert text.startswith("year; 5 days: ")
    assert "the day after the fourth Thursday of November (+1" in text
    assert "25 December (-" in text
    assert "Easter Sunday (-" in text


def test_zero_days_are_zero_and_methods_read_the_week_before(learned: Effects) -> None:
    ds, values = sales(1500, 3)
    effects = replace(learned, zero_days=(CHRISTMAS, NEW_YEAR))
    zero = effects.is_zero_day(ds)
    assert zero.sum() == 8
    restored = effects.restore(np.tile(values, (2, 1)), ds)
    assert (restored[:, zero] == 0).all()
    np.testing.assert_array_equal(restored[:, ~zero], np.tile(learned.restore(values, ds), (2, 1))[:, ~zero])
    removed = effects.remove(np.where(zero, 0.0, values), ds)
    np.testing.assert_array_equal(removed[~zero], learned.remove(values, ds)[~zero])
    for place in np.flatnonzero(zero).tolist():
        assert removed[place] == removed[place - 7]
    assert (effects.widen(np.zeros(1500), np.zeros(1500), ds, 1.28) == 0).all()
    assert (effects.vary(restored, ds, np.random.default_rng(1))[:, zero] == 0).all()


def panel_effects(learned: Effects) -> tuple[dict[str, Any], Any]:
    effects = PanelEffects((learned, None, replace(learned, zero_days=learned.named[:1])))
    return effects.to_dict(), effects.numbers()


def test_effects_survive_the_model_file(learned: Effects) -> None:
    ds, values = sales(900, 5)
    data, numbers = panel_effects(learned)
    assert len(data["named"]) == len(learned.named), "stored once"
    again = PanelEffects.from_dict(data, numbers)
    assert again.series[1] is None
    assert again.series[2] is not None
    assert again.series[2].zero_days == learned.named[:1]
    assert again.series[0] is not None
    np.testing.assert_array_equal(again.series[0].remove(values, ds), learned.remove(values, ds))


@pytest.mark.parametrize(
    "change",
    [
        {"clock": "lunar"},
        {"daily": 1},
        {"named": [99]},
        {"named": [-1]},
        {"named": [0.0]},
        {"named": list(range(5)) * 20},
        {"zero_days": [99]},
        {"zero_days": [-1]},
        {"zero_days": [True]},
        {"zero_days": 1},
        {"slots": []},
        {"slots": [0, 0]},
        {"slots": [90_000]},
        {"slots": [0, 1]},
        {"slots": list(range(2000))},
        {"more": 1},
    ],
)
def test_what_is_no_effect_is_refused(learned: Effects, change: dict[str, Any]) -> None:
    data, numbers = panel_effects(learned)
    data["series"][0] = data["series"][0] | change
    with pytest.raises((KeyError, TypeError, ValueError)):
        PanelEffects.from_dict(data, numbers)


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e250])
def test_a_number_that_is_no_effect_is_refused(learned: Effects, number: float) -> None:
    data, numbers = panel_effects(learned)
    numbers[0] = number
    with pytest.raises(ValueError, match="too large"):
        PanelEffects.from_dict(data, numbers)


def test_a_negative_spread_and_other_counts_of_numbers_are_refused(learned: Effects) -> None:
    data, numbers = panel_effects(learned)
    for wrong in (numbers[:-1], np.append(numbers, 0.0), numbers[None], np.append(numbers[:-1], -7.0)):
        with pytest.raises(ValueError, match=r"number|spread"):
            PanelEffects.from_dict(data, wrong)
    with pytest.raises(TypeError):
        PanelEffects.from_dict({"named": []}, numbers)


def test_the_largest_numbers_of_a_model_file_give_finite_forecasts(learned: Effects) -> None:
    ds, values = sales(400, 6)
    for log in (True, False):
        extreme = replace(learned, log=log, year=np.full_like(learned.year, 1e200), weekdays=learned.weekdays * 1e190)
        with np.errstate(over="raise", invalid="raise"):
            assert np.isfinite(extreme.restore(values, ds)).all()


def test_a_panel_loses_its_effects_and_its_forecasts_get_them_back() -> None:
    long, short = sales(2557, 7), sales(300, 8)
    panel = panel_from_series([("long", *long), ("short", *short)])
    effects = fit_effects_of_panel(panel)
    assert [each is not None for each in effects.series] == [True, False]
    without = effects.remove(panel)
    assert (without.values[panel.slice(1)] == panel.values[panel.slice(1)]).all()
    ds = panel.future(28)
    forecasts = np.ones((2, 3, 28))
    restored = effects.restore(forecasts, ds)
    assert restored.shape == (2, 3, 28)
    assert (restored[1] == 1).all()
    assert (restored[0] != 1).any()
    assert effects.take([1]).restore(forecasts[1:], ds[1:]) is not None
    assert not effects.take([1]).found
    assert effects.describe(1) == "none"


def test_counted_steps_have_no_calendar() -> None:
    panel = panel_from_series([("a", np.arange(3000), np.arange(3000.0))])
    assert not fit_effects_of_panel(panel).found
    assert listed_days("US", panel) == ()


def test_no_country_lists_no_days() -> None:
    panel = panel_from_series([("a", *sales(500, 1))])
    assert listed_days(None, panel) == ()
