"""A forecast is the sum of its parts, and each part is what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.explanation import explain_forecast, seasons_of, split_path
from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.series.covariates import Covariates
from forecaster.series.panel import panel_from_series
from forecaster.series.usual_values import with_usual_known_values
from forecaster.spec import Specification
from tests.forecasting.effects.simulated import CHRISTMAS, sales, time_stamps

if TYPE_CHECKING:
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.series.panel import Panel


def test_a_path_is_level_and_season() -> None:
    week = np.array([1.0, 2, 3, -1, -2, -3, 0])
    values = 100 + 0.5 * np.arange(70) + np.tile(week, 10)
    parts = split_path(values[:49], values[49:], [7])
    assert list(parts) == ["level", "season-7"]
    np.testing.assert_allclose(parts["level"], 100 + 0.5 * np.arange(49, 70))
    np.testing.assert_allclose(parts["season-7"], np.tile(week, 3), atol=1e-9)


@pytest.mark.parametrize("seasons", [[24, 168], [4], []])
def test_parts_sum_to_the_path(seasons: list[int]) -> None:
    rng = np.random.default_rng(1)
    history, path = rng.standard_normal(400), rng.standard_normal(30)
    parts = split_path(history, path, seasons)
    assert list(parts) == ["level", *(f"season-{steps}" for steps in seasons)]
    np.testing.assert_allclose(np.sum(list(parts.values()), axis=0), path)


def test_two_seasons_are_told_apart() -> None:
    t = np.arange(24 * 7 * 6)
    day, week = np.sin(2 * np.pi * t / 24), np.where(t // 24 % 7 >= 5, -5.0, 2.0)
    parts = split_path((day + week)[:-168], (day + week)[-168:], [24, 168])
    np.testing.assert_allclose(parts["season-24"][60:90], day[-168:][60:90], atol=1e-9)
    assert np.corrcoef(parts["season-168"], week[-168:])[0, 1] > 0.8
    np.testing.assert_allclose(parts["level"], 0, atol=0.5)


def test_a_season_longer_than_the_history_has_no_part() -> None:
    parts = split_path(np.arange(10.0), np.arange(10.0, 15), [7])
    assert not parts["season-7"].any()
    np.testing.assert_array_equal(parts["level"], np.arange(10.0, 15))


def test_hours_have_a_week_as_well() -> None:
    ds = np.datetime64("2020-01-01", "us") + np.arange(500) * np.timedelta64(1, "h")
    panel = panel_from_series([("a", ds, np.arange(500.0))])
    assert seasons_of(panel, 24) == [24, 168]
    assert seasons_of(panel, 12) == [12]
    assert seasons_of(panel_from_series([("a", time_stamps(60), np.arange(60.0))]), 7) == [7]


def test_the_parts_of_a_forecast_sum_to_it_and_name_christmas() -> None:
    long, short = sales(2557, 1), sales(200, 2)
    end = int(np.flatnonzero(long[0] == np.datetime64("2022-12-20"))[0])
    panel = panel_from_series([("long", long[0][:end], long[1][:end]), ("short", *short)])
    fitted, _ = train_forecaster(make_plan(panel, Specification(zero_shot=True, horizon=14)))
    forecast, ds = fitted.predict(panel, 14), panel.future(14)
    parts, names = explain_forecast(fitted, panel, forecast.point, ds)
    assert list(parts) == ["level", "season-7", "year", "month", "holidays"]
    np.testing.assert_allclose(np.sum(list(parts.values()), axis=0), forecast.point)
    assert not parts["holidays"][1].any()
    assert names is not None
    assert list(names[1]) == [None] * 14, "a short series has no named days"
    (christmas,) = np.flatnonzero(ds[0] == np.datetime64("2022-12-25"))
    assert parts["holidays"][0, christmas] < -30
    others = np.delete(parts["holidays"][0], [christmas, christmas + 1])
    assert (others == 0).all(), "but for the Monday after, because the 25th is a Sunday"
    assert list(names[0, christmas : christmas + 3]) == ["25 December", "the Monday after 25 December", None]


@pytest.mark.sampled("14")
@pytest.mark.parametrize("horizon", [6, 14])
def test_the_holidays_take_all_on_a_day_that_is_always_zero(horizon: int) -> None:
    ds, values = sales(2557, 1)
    days = ds.astype("datetime64[D]").astype(np.int64)
    values[CHRISTMAS.days(int(days[0]), int(days[-1])) - days[0]] = 0
    end = int(np.flatnonzero(ds == np.datetime64("2021-12-22"))[0])
    panel = panel_from_series([("a", ds[:end], values[:end])])
    fitted, _ = train_forecaster(make_plan(panel, Specification(zero_shot=True, horizon=horizon)))
    forecast, ahead = fitted.predict(panel, horizon), panel.future(horizon)
    parts, names = explain_forecast(fitted, panel, forecast.point, ahead)
    np.testing.assert_allclose(np.sum(list(parts.values()), axis=0), forecast.point, atol=1e-9)
    (christmas,) = np.flatnonzero(ahead[0] == np.datetime64("2021-12-25"))
    assert names is not None
    assert names[0, christmas] == "25 December"
    for ends in (forecast.low[95], forecast.point, forecast.high[95]):
        assert ends[0, christmas] == 0
    assert parts["holidays"][0, christmas] < -50
    level = parts["level"][0]
    assert level[christmas] == pytest.approx(level[christmas - 1], rel=0.1)


def trained_on_promotions() -> tuple[Panel, FittedForecaster]:
    """Return weeks of sales that a promotion doubles, with promotions and a steady column known, and a forecaster."""
    rng = np.random.default_rng(5)
    days, horizon = 350, 7
    promotion = (rng.random(days + horizon) < 0.15).astype(float)
    promotion[days:] = [0, 0, 1, 0, 0, 0, 0]
    values = 100 + 10 * (np.arange(days) % 7 == 5) + 60 * promotion[:days] + rng.standard_normal(days)
    panel = panel_from_series([("a", time_stamps(days), values)])
    known = np.stack([promotion, np.full(days + horizon, 7.0)])
    covariates = Covariates(
        ("load",), ("promotion", "price"), promotion[None, :days], known, np.array([0]), np.array([days + horizon])
    )
    panel = replace(panel, covariates=covariates)
    wanted = Specification(horizon=horizon, mode="level", members=1, epochs=3, updates=30, hidden=8)
    fitted, _ = train_forecaster(make_plan(panel, wanted))
    return panel, fitted


def test_a_promotion_is_told_apart_from_what_is_usual() -> None:
    panel, fitted = trained_on_promotions()
    ds = panel.future(7)
    point = fitted.predict(panel, 7).point
    parts, names = explain_forecast(fitted, panel, point, ds)
    assert list(parts) == ["level", "season-7", "covariates"]
    assert names is None
    np.testing.assert_allclose(np.sum(list(parts.values()), axis=0), point)
    added = parts["covariates"][0]
    assert added[2] > 25
    assert np.abs(np.delete(added, 2)).max() < 0.25 * added[2]
    kept, _ = explain_forecast(fitted, panel.tail(fitted.tail_rows), point, ds)
    for name, part in kept.items():
        np.testing.assert_allclose(part, parts[name], err_msg="a model file keeps all that an explanation needs")


@pytest.mark.slow
def test_columns_as_usual_add_nothing() -> None:
    panel, fitted = trained_on_promotions()
    usual = with_usual_known_values(panel.tail(fitted.tail_rows), [7])
    parts, _ = explain_forecast(fitted, usual, fitted.predict(usual, 7).point, panel.future(7))
    assert not parts["covariates"].any()


@pytest.mark.slow
def test_columns_that_are_only_observed_have_no_part() -> None:
    panel, _ = trained_on_promotions()
    past = replace(panel.covariates, known=(), known_values=np.empty((0, 357)))  # type: ignore[type-var] - it has some
    panel = replace(panel, covariates=past)
    wanted = Specification(horizon=7, mode="level", members=1, epochs=1, updates=5, hidden=8)
    fitted, _ = train_forecaster(make_plan(panel, wanted))
    parts, _ = explain_forecast(fitted, panel, fitted.predict(panel, 7).point, panel.future(7))
    assert list(parts) == ["level", "season-7"]
