"""The forecaster as a whole: exactness, honesty, leakage, determinism."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import ForecasterError, InputRefusedError
from forecaster.forecasting.forecaster import FittedForecaster, Forecaster
from forecaster.forecasting.significance import diebold_mariano
from forecaster.spec import Progress, Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.data.panel import Panel

RAMP = np.arange(1.0, 301.0)
PERIOD = 20
QUICK = Specification(horizon=5, members=2, epochs=4)


def sine(rows: int) -> np.ndarray:
    return 10 + 3 * np.sin(2 * np.pi * np.arange(rows) / PERIOD)


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    return float(200 * np.mean(np.abs(actual - forecast) / (np.abs(actual) + np.abs(forecast))))


def network_alone(fitted: FittedForecaster) -> FittedForecaster:
    """Return the forecaster without its baseline, so that the network has to be exact itself."""
    return replace(fitted, blend=replace(fitted.blend, weight=1.0))


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("name", ["ramp", "sine"])
def test_a_ramp_and_a_sine_are_continued_direct_and_rolled(
    panel_of: Callable[..., Panel], name: str, cell: str
) -> None:
    make = {"ramp": lambda n: np.arange(1.0, n + 1), "sine": sine}[name]
    panel = panel_of(a=make(300))
    fitted = Forecaster(Specification(horizon=PERIOD, cell=cell, members=2)).fit(panel)
    actual = make(300 + 2 * PERIOD)[300:]
    for forecaster in (fitted, network_alone(fitted)):
        forecast = forecaster.predict(panel, 2 * PERIOD)
        assert forecast.strategy == ("direct",) * PERIOD + ("recursive",) * PERIOD
        assert smape(actual[:PERIOD], forecast.point[0, :PERIOD]) < 1.0
        assert smape(actual[PERIOD:], forecast.point[0, PERIOD:]) < 1.0


def test_a_random_walk_is_not_forecast_better_than_its_last_value(panel_of: Callable[..., Panel]) -> None:
    claims = 0
    for seed in range(12):
        walk = 100 + np.cumsum(np.random.default_rng(seed).normal(size=400))
        fitted, holdout = Forecaster(Specification(horizon=5, members=1)).fit_and_judge(panel_of(a=walk))
        difference = holdout.losses("last_value") - holdout.losses("network")
        comparison = diebold_mariano(difference, 4)
        assert comparison is not None
        claims += comparison.p_value < 0.05
        if fitted.recipe.mode == "returns" and comparison.p_value >= 0.06:
            assert fitted.blend.weight == 0.0
            np.testing.assert_array_equal(fitted.predict(panel_of(a=walk), 5).point, np.full((1, 5), walk[-1]))
    assert claims <= 2


def test_nothing_after_the_cutoff_can_change_scaler_weights_or_forecast(panel_of: Callable[..., Panel]) -> None:
    y = np.random.default_rng(0).lognormal(size=260)
    changed = y.copy()
    changed[200:] = np.random.default_rng(1).lognormal(size=60) * 50
    fits = []
    for values in (y, changed):
        history = panel_of(a=values).head(60)
        fitted = Forecaster(QUICK).fit(history)
        fits.append((fitted, fitted.predict(history, 12)))
    (a, forecast_a), (b, forecast_b) = fits
    np.testing.assert_array_equal(a.scaling.spread, b.scaling.spread)
    np.testing.assert_array_equal([m.weights for m in a.members], [m.weights for m in b.members])
    np.testing.assert_array_equal(a.scores.sorted, b.scores.sorted)
    np.testing.assert_array_equal(forecast_a.point, forecast_b.point)
    np.testing.assert_array_equal(forecast_a.high[95], forecast_b.high[95])


def test_calibration_rows_do_not_reach_the_network_that_is_judged_on_them(panel_of: Callable[..., Panel]) -> None:
    y = sine(300) + np.random.default_rng(0).normal(0, 0.2, 300)
    changed = y.copy()
    changed[-1] += 1.0
    outputs = []
    for values in (y, changed):
        _, holdout = Forecaster(QUICK).fit_and_judge(panel_of(a=values))
        outputs.append(holdout.forecasts["network"])
    np.testing.assert_array_equal(*outputs)


def test_jobs_do_not_change_a_bit(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=sine(200) + np.random.default_rng(0).normal(0, 0.2, 200))
    alone, shared = Forecaster(QUICK).fit(panel), Forecaster(QUICK, jobs=2).fit(panel)
    for a, b in zip(alone.members, shared.members, strict=True):
        np.testing.assert_array_equal(a.weights, b.weights)
    assert alone.blend == shared.blend
    np.testing.assert_array_equal(alone.scores.sorted, shared.scores.sorted)


def test_seeds_matter_and_repeat(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=sine(200) + np.random.default_rng(0).normal(0, 0.2, 200))
    one, again, other = (Forecaster(replace(QUICK, seed=seed)).fit(panel) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.members[0].weights, again.members[0].weights)
    assert not np.array_equal(one.members[0].weights, other.members[0].weights)
    assert not np.array_equal(one.members[0].weights, one.members[1].weights)


def test_a_forecast_does_not_depend_on_its_neighbours(panel_of: Callable[..., Panel]) -> None:
    rng = np.random.default_rng(0)
    panel = panel_of(**{f"s{i}": sine(120) * (i + 1) + rng.normal(0, 0.1, 120) for i in range(7)})
    fitted = Forecaster(QUICK).fit(panel)
    together = fitted.predict(panel, 12)
    for i in (0, 3, 6):
        alone = fitted.take([i]).predict(panel.take([i]), 12)
        np.testing.assert_array_equal(alone.point[0], together.point[i])
        np.testing.assert_array_equal(alone.low[95][0], together.low[95][i])


def test_prediction_needs_no_more_than_the_tail(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=sine(200) + np.random.default_rng(0).normal(0, 0.2, 200))
    fitted = Forecaster(QUICK).fit(panel)
    whole, tail = fitted.predict(panel, 30), fitted.predict(panel.tail(fitted.tail_rows), 30)
    np.testing.assert_array_equal(whole.point, tail.point)


def test_intervals_nest_around_the_point_and_positive_series_stay_positive(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.exp(np.linspace(5, 0.1, 150) + np.random.default_rng(0).normal(0, 0.3, 150)))
    forecast = Forecaster(QUICK).fit(panel).predict(panel, 40)
    assert (forecast.low[95] <= forecast.low[80]).all()
    assert (forecast.low[80] <= forecast.point).all()
    assert (forecast.point <= forecast.high[80]).all()
    assert (forecast.high[80] <= forecast.high[95]).all()
    assert (forecast.low[95] > 0).all()


@pytest.mark.parametrize(
    "values",
    [
        np.full(80, 5.0),
        np.zeros(80),
        np.tile([0.0, 0, 0, 4], 20),
        -np.arange(80.0),
        np.r_[np.ones(79), 1e9],
        np.arange(80) * 1e-9,
    ],
    ids=["constant", "zeros", "intermittent", "negative", "spike", "tiny"],
)
def test_degenerate_series_give_finite_forecasts(panel_of: Callable[..., Panel], values: np.ndarray) -> None:
    panel = panel_of(a=values)
    forecast = Forecaster(QUICK).fit(panel).predict(panel, 12)
    for array in (forecast.point, *forecast.low.values(), *forecast.high.values()):
        assert np.isfinite(array).all()


def test_series_of_unequal_lengths_share_a_network(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(long=sine(200), short=sine(11) * 100)
    forecast = Forecaster(QUICK).fit(panel).predict(panel, 5)
    assert (forecast.point[1] > 100).all()


def test_too_short_is_refused(panel_of: Callable[..., Panel]) -> None:
    with pytest.raises(InputRefusedError, match="12 rows are too few to forecast 5 steps; give at least"):
        Forecaster(QUICK).fit(panel_of(a=np.arange(12.0)))


def test_progress_is_told_and_a_divergence_is_a_sentence(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Progress] = []
    panel = panel_of(a=sine(100))
    Forecaster(QUICK, watch=heard.append).fit(panel)
    assert {progress.stage for progress in heard} == {"training"}
    assert all(0 <= progress.done <= progress.total for progress in heard)
    monkeypatch.setattr("forecaster.nn.fit.clip", lambda _gradient, _limit: np.nan)
    with pytest.raises(ForecasterError, match="training did not stay finite"):
        Forecaster(QUICK).fit(panel)
