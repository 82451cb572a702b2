"""Volatility of prices: quantiles over any horizon, the same again with the same seed, from whole series or tail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.forecasting.methods.training_session import FINAL, JUDGED, TimeLimit, TrainingSession
from forecaster.forecasting.pretrained.weights import VOLATILITY, load_weights
from forecaster.forecasting.prices.features import MEMORY
from forecaster.forecasting.prices.volatility import Volatility, fit_volatility
from forecaster.forecasting.uncertainty.calibration import NORMAL
from forecaster.series.windows import Origins, ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.forecasting.prices.features import VolatilityWindows
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.scaling import Floats

    RecipeMaker = Callable[..., Recipe]


def prices(rows: int, seed: int = 0, size: float = 0.01) -> Floats:
    return 50 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, size, rows)))


def last_window(fitted: Volatility, panel: Panel) -> VolatilityWindows:
    return fitted.moves.windows(panel, ends(panel.indptr))


def last_offsets(fitted: Volatility, panel: Panel, horizon: int) -> Floats:
    windows = last_window(fitted, panel)
    return fitted.offsets(windows, fitted.moves.time_ahead(panel, windows, horizon))


@pytest.mark.slow
def test_a_random_walk_is_forecast_as_one(panel_of: Callable[..., Panel], recipe_of: RecipeMaker) -> None:
    panel = panel_of(a=prices(3000))
    fitted = fit_volatility(panel.head(500), panel, recipe_of(horizon=20, seed=0))
    offsets = last_offsets(fitted, panel, 20)
    assert offsets.shape == (1, 20, len(NORMAL))
    for step in (1, 5, 20):
        np.testing.assert_allclose(offsets[0, step - 1] / (0.01 * np.sqrt(step)), NORMAL, atol=0.45)


def test_volatile_prices_have_wider_quantiles(panel_of: Callable[..., Panel], recipe_of: RecipeMaker) -> None:
    returns = np.random.default_rng(0).normal(0, 0.01, 600)
    returns[-20:] *= 3
    panel = panel_of(calm=prices(600), wild=np.exp(np.cumsum(returns)))
    calm, wild = last_offsets(fit_volatility(panel, None, recipe_of(horizon=5, seed=0, epochs=0)), panel, 5)
    assert wild[0, -1] > 1.5 * calm[0, -1]


@pytest.mark.parametrize("rows", [1, 5, 20, 21, 22, 119, 120, 301])
def test_series_of_any_length_have_quantiles_that_do_not_cross(
    panel_of: Callable[..., Panel], rows: int, recipe_of: RecipeMaker
) -> None:
    panel = panel_of(a=prices(rows), flat=np.ones(rows))
    offsets = last_offsets(fit_volatility(panel, None, recipe_of(horizon=70, seed=0, epochs=1)), panel, 100)
    assert np.isfinite(offsets).all()
    assert (np.diff(offsets, axis=-1) >= 0).all()


@pytest.mark.parametrize(("rows", "silent", "trains"), [(119, True, False), (299, False, False), (400, False, True)])
def test_rows_decide_what_the_network_does(
    panel_of: Callable[..., Panel], rows: int, silent: bool, trains: bool, recipe_of: RecipeMaker
) -> None:
    fitted = fit_volatility(panel_of(a=prices(rows)), None, recipe_of(horizon=5, seed=0, epochs=1))
    assert (not fitted.weights.any()) == silent
    assert (fitted.epochs == 1) == trains
    assert np.array_equal(fitted.weights[0], load_weights(VOLATILITY)) == (not silent and not trains)


@pytest.mark.slow
def test_validation_keeps_the_start_where_training_does_not_help(
    panel_of: Callable[..., Panel], recipe_of: RecipeMaker
) -> None:
    panel = panel_of(a=prices(800))
    fitted = fit_volatility(panel.head(100), panel, recipe_of(horizon=5, rate=1.0))
    assert fitted.epochs == 0
    np.testing.assert_array_equal(fitted.weights, load_weights(VOLATILITY)[None])


def test_validation_rows_train_nothing(panel_of: Callable[..., Panel], recipe_of: RecipeMaker) -> None:
    panel = panel_of(a=prices(500))
    other = panel_of(a=np.append(prices(400), prices(100, seed=1)))
    fitted = [fit_volatility(each.head(100), each, recipe_of(horizon=5, seed=0, epochs=0)) for each in (panel, other)]
    np.testing.assert_array_equal(*(each.weights for each in fitted))
    assert fitted[0].moves.ewma.floor != fitted[1].moves.ewma.floor


def test_the_tail_forecasts_what_the_whole_does(panel_of: Callable[..., Panel], recipe_of: RecipeMaker) -> None:
    panel = panel_of(a=prices(600), b=prices(700, seed=1))
    fitted = fit_volatility(panel, None, recipe_of(horizon=5, seed=0, epochs=1))
    whole, tail = (last_offsets(fitted, each, 8) for each in (panel, panel.tail(MEMORY + 1)))
    np.testing.assert_array_equal(whole, tail)


def test_a_forecast_does_not_depend_on_the_other_series(panel_of: Callable[..., Panel], recipe_of: RecipeMaker) -> None:
    panel = panel_of(a=prices(600), b=prices(700, seed=1, size=0.03))
    fitted = fit_volatility(panel, None, recipe_of(horizon=5, seed=0, epochs=1))
    np.testing.assert_array_equal(
        last_offsets(fitted, panel, 5)[1:], last_offsets(fitted.take([1]), panel.take([1]), 5)
    )


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(panel_of: Callable[..., Panel], recipe_of: RecipeMaker) -> None:
    panel = panel_of(a=prices(400))
    one, same, other = (fit_volatility(panel, None, recipe_of(horizon=5, seed=seed, epochs=1)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.weights, same.weights)
    assert (one.weights != other.weights).any()


def test_the_point_is_the_last_value_and_the_drift(panel_of: Callable[..., Panel], recipe_of: RecipeMaker) -> None:
    rising = np.exp(np.random.default_rng(0).normal(0.004, 0.01, 500).cumsum())
    noise = np.random.default_rng(0).normal(0, 0.01, 500)
    panel = panel_of(rising=rising, still=np.exp(np.cumsum(noise - noise.mean())))
    fitted = fit_volatility(panel, None, recipe_of(horizon=3, seed=0, epochs=0))
    windows = fitted.moves.windows(panel, Origins(np.array([0, 1]), np.array([300, 700])))
    point = fitted.point(windows, 3) - np.log(panel.values)[[300, 700]][:, None]
    np.testing.assert_allclose(point[0], fitted.slope[0] * np.array([1, 2, 3]))
    assert fitted.slope[0] > 0.002
    assert not point[1].any()


def test_a_drift_takes_the_place_of_the_median_of_past_moves(
    panel_of: Callable[..., Panel], recipe_of: RecipeMaker
) -> None:
    panel = panel_of(a=prices(500))
    still = fit_volatility(panel, None, recipe_of(horizon=3, seed=0, epochs=0))
    assert not still.slope.any()
    around_last = last_offsets(still, panel, 3)
    around_drift = last_offsets(replace(still, slope=np.array([0.001])), panel, 3)
    assert (around_last[..., 5] != 0).all()
    np.testing.assert_allclose(around_drift, around_last - around_last[..., 5:6], atol=1e-15)


@pytest.mark.slow
def test_volatility_is_learned_from_the_latest_rows_of_a_long_series(
    panel_of: Callable[..., Panel], recipe_of: RecipeMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecaster.forecasting.prices.volatility.LATEST_ROWS", 400)
    long, recipe = prices(700), recipe_of(horizon=5, seed=0, epochs=1)
    whole, latest = (fit_volatility(panel_of(a=y[:-50]), panel_of(a=y), recipe) for y in (long, long[700 - 450 :]))
    np.testing.assert_array_equal(whole.weights, latest.weights)
    np.testing.assert_array_equal(whole.moves.quantiles, latest.moves.quantiles)
    np.testing.assert_array_equal(whole.slope, latest.slope)


def test_quantiles_are_wider_across_a_close_and_as_wide_again_after_it(
    session_panel: Callable[..., Panel], recipe_of: RecipeMaker
) -> None:
    panel = session_panel(5, 5, days=300)
    fitted = fit_volatility(panel, None, recipe_of(horizon=5, seed=0, epochs=0))
    close, midday = (last_offsets(fitted, panel.head(dropped), 5)[0] for dropped in (0, 4))
    width = close[:, -2] - close[:, 1]
    assert width[0] == pytest.approx(5 * (midday[0, -2] - midday[0, 1]), rel=0.35)
    assert width[0] < width[4] < 1.3 * width[0]


def test_a_close_does_not_make_the_steps_behind_it_volatile(
    session_panel: Callable[..., Panel], recipe_of: RecipeMaker
) -> None:
    panel = session_panel(6, 6, days=300).head(6)
    fitted = fit_volatility(panel, None, recipe_of(horizon=5, seed=0, epochs=0))
    windows = last_window(fitted, panel)
    still = replace(fitted.moves, close_variance=np.ones((1, 3))).windows(panel, ends(panel.indptr))
    assert windows.scale[0] < 0.7 * still.scale[0]


def test_a_close_between_known_rows_and_one_after_the_end_take_the_same_time(
    session_panel: Callable[..., Panel], recipe_of: RecipeMaker
) -> None:
    panel = session_panel(4, 6, days=300)
    fitted = fit_volatility(panel, None, recipe_of(horizon=12, seed=0, epochs=0))
    last = panel.last - 7 * 6 - np.arange(10)
    inside = fitted.moves.windows(panel, Origins(np.zeros(10, np.int64), last))
    times = fitted.moves.time_ahead(panel, inside, 12)
    for time, end in zip(times, last, strict=True):
        seen = panel.head(int(panel.last[0] - end))
        np.testing.assert_allclose(time, fitted.moves.time_ahead(seen, last_window(fitted, seen), 12)[0], rtol=1e-9)


def test_the_tail_of_a_series_with_sessions_forecasts_what_the_whole_does(
    session_panel: Callable[..., Panel], recipe_of: RecipeMaker
) -> None:
    panel = session_panel(4, 6, days=100, series=2)
    fitted = fit_volatility(panel, None, recipe_of(horizon=5, seed=0, epochs=0))
    whole, tail = (last_offsets(fitted, each, 12) for each in (panel, panel.tail(MEMORY + 1)))
    np.testing.assert_array_equal(whole, tail)


@pytest.mark.parametrize("epochs", [2, 5, 8])
@pytest.mark.slow
def test_a_volatility_that_was_killed_goes_on_to_the_same_bits(
    panel_of: Callable[..., Panel], recipe_of: RecipeMaker, killed_store: Callable[..., Any], epochs: int
) -> None:
    panel, recipe = panel_of(a=prices(400)), recipe_of(horizon=5, seed=0, epochs=2, updates=3, members=2)

    def fit(store: Any) -> list[bytes]:
        session = TrainingSession(store)
        judged = fit_volatility(panel.head(40), panel, recipe, session=session)
        final = fit_volatility(panel, None, recipe, judged.weights, FINAL, session)
        return [judged.weights.tobytes(), final.weights.tobytes()]

    whole = fit(None)
    store = killed_store(fit, epochs)
    assert fit(store) == whole
    assert list(store.states) == [f"network-{number}-{part}" for part in (JUDGED, FINAL) for number in (1, 2)]


def test_without_time_one_network_is_trained_for_an_update_and_then_keeps_its_start(
    panel_of: Callable[..., Panel], recipe_of: RecipeMaker
) -> None:
    panel, recipe = panel_of(a=prices(400)), recipe_of(horizon=5, seed=0, epochs=2, updates=3, members=3)
    late = TrainingSession(limit=TimeLimit(-1, 0))
    judged = fit_volatility(panel, None, recipe, session=late)
    assert len(judged.weights) == 1
    assert judged.epochs == 1
    again = fit_volatility(panel, None, replace(recipe, members=1), judged.weights, FINAL, late)
    assert np.array_equal(again.weights, judged.weights)
    assert again.epochs == 0
