"""The rules as a whole: what each kind of data leads to, with its reason in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.months import Anchor, MonthDates
from forecaster.calendars.year_dates import WEEK_OFFSETS, YearDates
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.defaults.levels import FEWEST_STEPS, MEMBERS, MOST_STEPS, context_size
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from forecaster.calendars.date_rules import DateRule
    from forecaster.forecasting.recipe import Recipe

STEPS = {
    "5 minutes": ("2020-01-01", "m", 5),
    "half-hourly": ("2020-01-01", "m", 30),
    "hourly": ("2020-01-01", "h", 1),
    "daily": ("2020-01-01", "D", 1),
    "weekly": ("1990-01-07", "D", 7),
    "monthly": ("1990-01", "M", 1),
    "quarterly": ("1970-01", "M", 3),
    "yearly": ("1900", "Y", 1),
}
"""First stamp, unit, and units in a step."""
WAVE = {"5 minutes": 288, "half-hourly": 48, "hourly": 24, "weekly": 52, "monthly": 12, "quarterly": 4}
"""Steps in a wave of what is not a price; 7 of all others."""


def stamps(step: str, rows: int) -> NDArray[Any]:
    if step == "integer":
        return np.arange(rows)
    if step == "business days":
        days: NDArray[Any] = np.busday_offset("2015-01-01", np.arange(rows), roll="forward")
        return days.astype("datetime64[us]")
    first, unit, transform = STEPS[step]
    return (np.datetime64(first, unit) + transform * np.arange(rows)).astype("datetime64[us]")


def waves(step: str, rows: int, series: int = 1) -> Panel:
    rng, phase = np.random.default_rng(1), 2 * np.pi * np.arange(rows) / WAVE.get(step, 7)
    made = (100 + 30 * np.sin(phase) + 3 * rng.normal(size=rows) for _ in range(series))
    return panel_from_series((f"s{i}", stamps(step, rows), y) for i, y in enumerate(made))


def prices(step: str, rows: int, series: int = 1) -> Panel:
    rng = np.random.default_rng(1)
    made = (np.exp(4 + np.cumsum(rng.normal(0, 0.01, rows))) for _ in range(series))
    return panel_from_series((f"s{i}", stamps(step, rows), y) for i, y in enumerate(made))


def reasons(recipe: Recipe) -> dict[str, str]:
    return {decision.name: decision.reason for decision in recipe.decisions}


@pytest.mark.parametrize(
    ("step", "rows", "series", "horizon", "season", "lookback", "segment"),
    [
        ("5 minutes", 3000, 1, None, 288, 1728, 288),  # 60 % of the series: a week would be more
        ("half-hourly", 3000, 1, None, 48, 336, 48),  # a week of days
        ("hourly", 960, 40, 48, 24, 288, 24),  # six horizons
        ("hourly", 960, 4, None, 24, 168, 24),
        ("hourly", 40, 30, 8, 1, 14, 1),  # less than two seasons are none
        ("daily", 1000, 1, None, 7, 42, 7),  # a week is one segment
        ("daily", 200, 300, 14, 7, 84, 7),
        ("business days", 600, 1, None, 5, 30, 5),
        ("weekly", 2000, 30, 13, 52, 104, 13),  # two seasons
        ("weekly", 260, 10, 13, 52, 104, 13),
        pytest.param("monthly", 80, 600, 18, 12, 48, 4, marks=pytest.mark.slow),
        ("monthly", 120, 1, None, 12, 72, 6),
        pytest.param("quarterly", 40, 700, 8, 4, 24, 2, marks=pytest.mark.slow),
        pytest.param("yearly", 20, 600, 6, 1, 12, 1, marks=pytest.mark.slow),
        ("yearly", 13, 1, None, 1, 7, 1),
        ("integer", 300, 1, None, 7, 42, 7),
    ],
)
def test_season_and_window_follow_from_step_length_and_horizon(  # noqa: PLR0917 - a row of a table
    step: str, rows: int, series: int, horizon: int | None, season: int, lookback: int, segment: int
) -> None:
    recipe = derive_recipe(waves(step, rows, series), Specification(members=4, horizon=horizon))
    assert (recipe.mode, recipe.season, recipe.lookback, recipe.segment) == ("level", season, lookback, segment)
    assert recipe.horizon == horizon or horizon is None
    assert recipe.steps * recipe.segment == recipe.lookback
    assert FEWEST_STEPS <= recipe.steps <= MOST_STEPS
    assert recipe.season % recipe.segment == 0


@pytest.mark.sampled("2", "7", "24", "47")
@pytest.mark.sampled("[2-9]", "24", "47", "48", "52")
@pytest.mark.parametrize("season", range(2, 60))
def test_a_window_of_segments_reaches_two_seasons_whatever_their_divisors(season: int) -> None:
    recipe = derive_recipe(waves("integer", 1000), Specification(zero_shot=False, season=season))
    assert recipe.lookback >= 2 * season
    assert recipe.season % recipe.segment == 0
    assert FEWEST_STEPS <= recipe.steps <= MOST_STEPS


@pytest.mark.parametrize(
    ("step", "rows", "horizon", "why"),
    [
        ("5 minutes", 3000, 48, "usual for intraday steps"),
        ("hourly", 960, 24, "one season"),
        ("daily", 1000, 7, "one season"),
        ("business days", 600, 5, "one season"),
        ("weekly", 500, 13, "usual for weekly steps"),
        ("monthly", 240, 12, "one season"),
        ("quarterly", 120, 8, "usual for quarterly steps"),
        ("yearly", 60, 6, "usual for yearly steps"),
        ("yearly", 30, 5, "a sixth of a typical series"),
        ("integer", 300, 7, "one season"),
    ],
)
def test_the_usual_horizon_of_each_step(step: str, rows: int, horizon: int, why: str) -> None:
    recipe = derive_recipe(waves(step, rows), Specification(zero_shot=False))
    assert (recipe.horizon, reasons(recipe)["horizon"]) == (horizon, why)


@pytest.mark.parametrize(
    ("step", "rows", "why"),
    [
        ("hourly", 960, "steps in a day"),
        ("daily", 300, "steps in a week"),
        ("monthly", 240, "steps in a year"),
        ("monthly", 23, "a season of 12 steps in a year needs two whole seasons of data"),
        ("integer", 300, "the strongest repetition, every 7 steps"),
    ],
)
def test_a_season_has_its_reason(step: str, rows: int, why: str) -> None:
    assert reasons(derive_recipe(waves(step, rows), Specification(zero_shot=False, horizon=2)))["season"] == why


@pytest.mark.parametrize(
    ("step", "season", "horizon", "why"),
    [
        (np.timedelta64(14, "D"), 26, 7, "steps in a year"),
        (np.timedelta64(28, "D"), 13, 13, "steps in a year"),
        (np.timedelta64(91, "D"), 4, 8, "steps in a year"),
        (np.timedelta64(21, "D"), 1, 5, "a year is not a whole number of such steps"),
        (np.timedelta64(2, "D"), 1, 10, "a week is not a whole number of such steps"),
        (np.timedelta64(10, "D"), 1, 10, "a week is not a whole number of such steps"),
        (np.timedelta64(4, "h"), 6, 6, "steps in a day"),
        (np.timedelta64(12, "h"), 2, 2, "steps in a day"),
        (np.timedelta64(5, "h"), 1, 10, "a day is not a whole number of such steps"),
        (np.timedelta64(2, "M"), 6, 6, "steps in a year"),
        (np.timedelta64(6, "M"), 2, 4, "steps in a year"),
        (np.timedelta64(5, "M"), 1, 4, "a year is not a whole number of such steps"),
        (np.timedelta64(1, "Y"), 1, 6, "yearly rows have no season within a year"),
        (np.timedelta64(2, "Y"), 1, 6, "yearly rows have no season within a year"),
    ],
)
def test_the_season_of_steps_that_are_a_multiple_of_a_unit(
    step: np.timedelta64, season: int, horizon: int, why: str
) -> None:
    unit = np.datetime_data(step)[0]
    start = np.datetime64("1990-01-06" if unit == "D" else "1990", unit)
    ds = (start + np.arange(120) * step).astype("datetime64[us]")
    y = 50 + np.random.default_rng(0).normal(size=120).cumsum()
    recipe = derive_recipe(panel_from_series([("a", ds, y)]), Specification(zero_shot=False, mode="level"))
    assert (recipe.season, recipe.horizon, reasons(recipe)["season"]) == (season, horizon, why)


@pytest.mark.parametrize(
    ("rule", "season", "horizon"),
    [
        (MonthDates((Anchor(15), Anchor(31))), 24, 6),
        (MonthDates((Anchor(1), Anchor(11), Anchor(21))), 36, 9),
        (YearDates(1, 1, None, tuple(range(0, 365, 8))), 46, 12),
        (YearDates(1, -6, 5, WEEK_OFFSETS[2]), 12, 12),
        (YearDates(1, -6, 5, WEEK_OFFSETS[5]), 13, 13),
        (YearDates(1, -6, 5, WEEK_OFFSETS[1]), 4, 8),
        (YearDates(1, -6, 5, WEEK_OFFSETS[0]), 1, 6),
    ],
)
def test_the_season_of_other_dates_is_their_number_in_a_year(rule: DateRule, season: int, horizon: int) -> None:
    ds = rule.days(np.arange(30 * rule.per_year, 30 * rule.per_year + 120)).astype("datetime64[D]")
    y = 50 + np.random.default_rng(0).normal(size=120).cumsum()
    panel = panel_from_series([("a", ds.astype("datetime64[us]"), y)])
    recipe = derive_recipe(panel, Specification(zero_shot=False, mode="level"))
    assert (recipe.season, recipe.horizon) == (season, horizon)


def test_noise_has_no_season() -> None:
    noise = panel_from_series([("a", np.arange(200), np.random.default_rng(0).normal(size=200))])
    recipe = derive_recipe(noise, Specification(zero_shot=False))
    assert (recipe.season, recipe.horizon) == (1, 10)
    assert reasons(recipe)["season"] == "no repetition stands out"
    assert reasons(recipe)["horizon"] == "usual for integer steps"


@pytest.mark.sampled("*hourly-*00-24", "*hourly-*00-48", "hourly-*99-1", "hourly-479-*")
@pytest.mark.parametrize(
    ("step", "rows", "series", "stride"),
    [
        ("hourly", 960, 200, 24),
        ("hourly", 960, 199, 1),  # 1,990 windows
        ("hourly", 20_000, 3, 1),  # few series, however long
        ("hourly", 479, 250, 1),  # less than 20 seasons
        ("half-hourly", 1000, 400, 48),
        ("daily", 3000, 60, 1),  # a week is too short to wait for its phase
    ],
)
def test_windows_have_a_stride_where_many_end_at_the_phase_of_the_forecast(
    step: str, rows: int, series: int, stride: int
) -> None:
    recipe = derive_recipe(waves(step, rows, series), Specification(members=4, horizon=24))
    assert recipe.stride == stride
    assert recipe.shortest_window == (stride if stride > 1 else 6)
    phase = "at the phase of the season" in reasons(recipe)["stride"]
    assert phase == (stride > 1)


@pytest.mark.parametrize(
    ("rows", "series", "hidden", "quantiles", "rate", "updates"),
    [
        (300, 1, 32, 1, 1e-3, 400),
        (499, 1, 32, 1, 1e-3, 400),
        (500, 1, 32, len(TAUS), 1e-3, 400),
        (1999, 1, 32, len(TAUS), 1e-3, 400),
        (2000, 1, 64, len(TAUS), 1e-3, 400),
        (526, 19, 64, len(TAUS), 1e-3, 480),  # 5 sqrt(9,994) = 499.8: whole updates in each of 20 epochs
        (500, 20, 64, len(TAUS), 4e-3, 500),
        pytest.param(2000, 200, 64, len(TAUS), 4e-3, 3000, marks=[pytest.mark.slow, pytest.mark.nightly]),
    ],
)
def test_more_data_more_of_everything(  # noqa: PLR0917 - a row of a table
    rows: int, series: int, hidden: int, quantiles: int, rate: float, updates: int
) -> None:
    recipe = derive_recipe(waves("daily", rows, series), Specification(zero_shot=False))
    network = recipe.architecture
    assert (network.hidden, network.head, network.quantiles) == (hidden, 2 * hidden, quantiles)
    assert network.outputs == quantiles * recipe.horizon
    assert network.inputs == recipe.segment + 1  # and the size of the window
    assert (recipe.rate, recipe.updates * recipe.epochs) == (rate, updates)
    assert not recipe.early_stopping
    assert f"{rows * series:,} rows are" in reasons(recipe)["hidden"]
    assert reasons(recipe)["rate"].startswith("small steps" if rate < 2e-3 else "large steps")


@pytest.mark.sampled("prices")
@pytest.mark.parametrize("make", [waves, prices])
def test_more_effort_means_more_networks_and_updates(make: Callable[..., Panel]) -> None:
    quick, standard, best = (
        derive_recipe(make("business days", 1500), Specification(zero_shot=False, effort=effort))
        for effort in ("quick", "standard", "best")
    )
    if make is waves:
        assert [recipe.members for recipe in (quick, standard, best)] == [2, 2, 4]
        assert [recipe.updates for recipe in (quick, standard, best)] == [10, 20, 40]
        assert [recipe.fine_tuned for recipe in (quick, standard, best)] == [1, 1, 3]
        many = (derive_recipe(make("business days", 900), Specification(lookback=30, effort=each)) for each in MEMBERS)
        assert [recipe.members for recipe in many] == [2, 4, 8]
        assert reasons(quick)["members"] == "effort quick: the mean of 2 networks is steadier than one"
    else:
        assert [recipe.members for recipe in (quick, standard, best)] == [1, 1, 3]
        assert reasons(best)["members"] == "effort best: the mean of three networks"


@pytest.mark.parametrize(
    ("step", "rows", "series", "season", "horizon"),
    [("business days", 1500, 1, 5, 5), ("hourly", 1500, 3, 24, 24), ("integer", 300, 1, 1, 10)],
)
def test_prices_keep_to_the_sizes_of_the_pretrained_network(
    step: str, rows: int, series: int, season: int, horizon: int
) -> None:
    recipe = derive_recipe(prices(step, rows, series), Specification(zero_shot=False))
    assert recipe.predicts_volatility
    assert (recipe.mode, recipe.season, recipe.horizon) == ("returns", season, horizon)
    assert (recipe.lookback, recipe.segment, recipe.steps, recipe.stride) == (60, 5, 12, 1)
    assert (recipe.architecture.hidden, recipe.architecture.quantiles, recipe.architecture.head) == (32, 1, 0)
    assert (recipe.members, recipe.epochs, recipe.batch, recipe.rate) == (1, 8, 128, 5e-4)
    assert recipe.updates == max(1, rows * series // 128)
    assert recipe.early_stopping
    why = reasons(recipe)
    assert "changes look like noise" in why["mode"]
    assert why["log"] == "every price is positive"
    assert why["quantiles"].startswith("the network forecasts how far prices move")


@pytest.mark.parametrize(
    ("asked", "segment", "lookback"),
    [
        ({"lookback": 40}, 5, 40),
        ({"lookback": 42}, 1, 42),
        ({"segment": 4}, 4, 48),
        ({"lookback": 9, "segment": 3}, 3, 9),
    ],
)
def test_other_windows_of_prices(asked: dict[str, int], segment: int, lookback: int) -> None:
    recipe = derive_recipe(prices("business days", 500), Specification(zero_shot=False, **asked))
    assert (recipe.segment, recipe.lookback) == (segment, lookback)


@pytest.mark.parametrize(
    ("values", "log", "why"),
    [
        (np.exp(np.arange(200) / 20), True, "every value is positive: changes are relative"),
        (100 + 5.0 * np.arange(200), False, "changes keep their size while the level moves"),
        (np.tile([0.0, 3, 0, 5], 50), True, "some values are zero: such series are moved up by a tenth"),
        (np.sin(np.arange(200.0)), True, "some values are negative"),
    ],
    ids=["growth", "ramp", "zeros", "negative"],
)
def test_units(panel_of: Callable[..., Panel], values: NDArray[np.float64], why: str, *, log: bool) -> None:
    recipe = derive_recipe(panel_of(a=values), Specification(zero_shot=False, mode="level"))
    assert recipe.log == log
    assert reasons(recipe)["log"].startswith(why)


@pytest.mark.slow
def test_recent_rows_are_trained_on_and_more_where_series_are_few() -> None:
    assert derive_recipe(waves("daily", 100, 2), Specification(zero_shot=False, horizon=5)).recent_rows == 50_000
    assert derive_recipe(waves("daily", 60, 4000), Specification(zero_shot=False, horizon=5)).recent_rows == 50


def test_rows_that_count_as_steps_have_no_season_and_the_usual_horizon() -> None:
    panel = waves("integer", 300)
    rowwise = replace(panel, calendars=tuple(replace(each, kind="rows integer") for each in panel.calendars))
    recipe = derive_recipe(rowwise, Specification(zero_shot=False))
    assert (recipe.season, recipe.horizon) == (1, 10)
    assert reasons(recipe)["horizon"] == "usual for unequal steps"


@pytest.mark.parametrize(
    ("columns", "horizon", "numbers"), [(0, 9, 0), (1, 3, 3), (2, 60, 48), (28, 24, 112), (300, 5, 300)]
)
def test_the_network_sees_what_is_known_ahead_in_blocks(columns: int, horizon: int, numbers: int) -> None:
    assert context_size(columns, horizon) == numbers


def shares(rows: int = 60, largest: float = 0.9, seed: int = 0) -> np.ndarray:
    """Return a weekly season with noise between 0.2 and `largest`."""
    rng = np.random.default_rng(seed)
    y = np.sin(2 * np.pi * np.arange(rows) / 7) + 0.3 * rng.normal(size=rows)
    return np.asarray(0.2 + (largest - 0.2) * (y - y.min()) / (y.max() - y.min()))


def limits_of(*series: np.ndarray, **requested: Any) -> tuple[float | None, float | None]:
    days = [(f"s{i}", stamps("daily", len(y)), y) for i, y in enumerate(series)]
    recipe = derive_recipe(panel_from_series(days), Specification(**requested))
    named = {each.name: each.value for each in recipe.decisions if each.name in {"minimum", "maximum"}}
    assert named == {
        name: limit
        for name, limit in (("minimum", recipe.minimum), ("maximum", recipe.maximum))
        if limit is not None or np.isinf(requested.get(name, 0))
    } | {name: "none" for name, limit in requested.items() if np.isinf(limit)}
    return recipe.minimum, recipe.maximum


def test_values_between_0_and_1_are_taken_for_shares() -> None:
    assert limits_of(shares()) == limits_of(shares(), shares(30, seed=1)) == (0, 1)
    assert limits_of(shares(20)) == (0, 1)
    assert limits_of(np.round(shares())) == (0, 1), "0 and 1 alone are shares, too"
    assert limits_of(np.minimum(1, shares(largest=1.3))) == (0, 1), "the limit is reached several times"
    assert limits_of(0.02 * shares()) == (0, 1)


@pytest.mark.parametrize(
    "series",
    [
        [shares(19)],
        [shares(largest=1.01)],
        [shares() - 0.21],
        [shares(), 100 * shares(seed=1)],
        [np.full(60, 0.5)],
        [np.zeros(60)],
        [shares(largest=1.0)],
        [shares(largest=1.0), shares(largest=1.0, seed=1)],
    ],
    ids=[
        "few rows",
        "above 1",
        "below 0",
        "another unit",
        "constant",
        "zero",
        "divided by its largest",
        "each divided",
    ],
)
def test_other_values_have_no_limits(series: list[np.ndarray]) -> None:
    assert limits_of(*series) == (None, None)


def test_an_exchange_rate_is_no_share() -> None:
    rate = 0.85 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.003, 500)))
    assert rate.max() < 1
    for rows in (100, 500):
        recipe = derive_recipe(panel_from_series([("a", stamps("business days", rows), rate[:rows])]), Specification())
        assert (recipe.minimum, recipe.maximum) == (None, None)


def test_a_given_limit_takes_the_place_of_a_derived_one() -> None:
    assert limits_of(shares(), maximum=np.inf) == (0, None)
    assert limits_of(shares(), minimum=-np.inf, maximum=np.inf) == (None, None)
    assert limits_of(shares(), maximum=0.95) == (0, 0.95)
    assert limits_of(100 * shares(), minimum=0.0, maximum=100.0) == (0, 100)
    assert limits_of(100 * shares(), minimum=0.0) == (0, None)


def test_limits_say_nothing_about_training() -> None:
    y = panel_from_series([("a", stamps("daily", 60), 100 * shares())])
    assert derive_recipe(y, Specification(minimum=0.0, maximum=100.0)).zero_shot


def test_years_have_no_season_also_where_they_are_whole_numbers() -> None:
    wave = waves("integer", 70)
    assert wave.calendars[0].kind == "integer"
    years = panel_from_series([("y", 1950 + wave.ds, wave.values)])
    recipe = derive_recipe(years, Specification())
    assert (recipe.season, recipe.horizon) == (1, 6)
    assert reasons(recipe)["season"] == "yearly rows have no season within a year"
    assert reasons(recipe)["horizon"] == "usual for yearly steps"
