"""Covariates: observed columns help up to the cutoff, known ones beyond it, and neither leaks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError, UsageError
from forecaster.evaluation.backtest import backtest
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.forecaster import BlendedForecaster, train_forecaster
from forecaster.forecasting.gradient_report import report_gradients
from forecaster.forecasting.methods.baselines import Baseline
from forecaster.forecasting.plan import make_plan
from forecaster.series.covariates import Covariates
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.fitted import FittedForecaster

ROWS, AHEAD = 300, 12
LEVEL = Specification(horizon=3, mode="level", members=1, epochs=2, updates=30, hidden=8)
ARCHES = ("many-to-one", "many-to-many", "encoder-decoder", "one-to-many", "one-to-one")
RNG = np.random.default_rng(0)
X, NOISE = RNG.normal(size=ROWS + AHEAD) + 5, 0.1 * RNG.normal(size=ROWS)
FOLLOWS = np.append(X[0], X[: ROWS - 1]) + NOISE
"""y_t = x_{t-1} + noise"""
DOUBLE = 2 * X[:ROWS] + NOISE
"""y_t = 2 x_t + noise"""


def with_columns(y: np.ndarray, observed: np.ndarray | None = None, known: np.ndarray | None = None) -> Panel:
    """Return one series of daily rows with its columns."""
    days = np.datetime64("2024-01-01", "us") + np.arange(len(y)) * np.timedelta64(86_400 * 10**6, "us")
    past = np.empty((0, len(y))) if observed is None else observed[None, : len(y)]
    ahead = np.empty((0, len(y))) if known is None else known[None]
    covariates = Covariates(
        () if observed is None else ("load",),
        () if known is None else ("plan",),
        past,
        ahead,
        np.array([0]),
        np.array([ahead.shape[1]]),
    )
    return replace(panel_from_series([("a", days, y)]), covariates=covariates)


OBSERVED, KNOWN = with_columns(FOLLOWS, observed=X), with_columns(DOUBLE, known=X)


@cache
def fitted_to_known() -> FittedForecaster:
    return BlendedForecaster(LEVEL).fit(KNOWN)


def weights_of(fitted: FittedForecaster) -> bytes:
    ridge = fitted.components.ridge
    assert ridge is not None
    covariates = b"" if ridge.ahead is None else ridge.ahead.tobytes()
    return b"".join(each.tobytes() for each in fitted.components.weights) + ridge.weights.tobytes() + covariates


def held_out_errors(panel: Panel, asked: Specification) -> dict[str, float]:
    _, holdout = train_forecaster(make_plan(panel, asked))
    return {name: float(np.abs(holdout.actual - made).mean()) for name, made in holdout.forecasts.items()}


@pytest.mark.sampled("panel0-1-many-to-one", slow=("panel1-3-many-to-one", "panel0-1-one-to-one"))
@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.parametrize(("panel", "horizon"), [(OBSERVED, 1), (KNOWN, 3)])
def test_a_column_that_predicts_the_target_makes_the_forecast_much_better(
    panel: Panel, horizon: int, arch: str
) -> None:
    asked = replace(LEVEL, horizon=horizon, arch=arch)
    told = held_out_errors(panel, asked)["forecast"]
    untold = held_out_errors(replace(panel, covariates=None), asked)["forecast"]
    assert told < 0.25 * untold


@pytest.mark.sampled(slow=("panel0-1",))
@pytest.mark.parametrize(("panel", "horizon"), [(OBSERVED, 1), (KNOWN, 3)])
def test_the_network_alone_uses_it_too(panel: Panel, horizon: int) -> None:
    asked = replace(LEVEL, horizon=horizon, epochs=10, updates=50)
    told, untold = (held_out_errors(each, asked)["network"] for each in (panel, replace(panel, covariates=None)))
    assert told < 0.5 * untold


def test_prices_use_a_column_through_the_regression_and_its_gate() -> None:
    signal = RNG.normal(size=ROWS)
    prices = 100 * np.exp(np.cumsum(np.append(0, 0.01 * signal[:-1]) + 0.002 * RNG.normal(size=ROWS)))
    fitted = BlendedForecaster(Specification(horizon=1, mode="returns")).fit(with_columns(prices, observed=signal))
    assert fitted.recipe.predicts_volatility
    assert fitted.blend.weight_of("ridge") > 0.9
    point = fitted.predict(with_columns(prices, observed=signal), 1).point[0, 0]
    assert abs(np.log(point / prices[-1]) - 0.01 * signal[-1]) < 0.002


@pytest.mark.slow
def test_the_forecast_follows_what_is_known_ahead_beyond_the_trained_horizon() -> None:
    fitted = fitted_to_known()
    forecast = fitted.predict(KNOWN, AHEAD)
    np.testing.assert_allclose(forecast.point[0], 2 * X[ROWS:], atol=0.6)
    assert list(forecast.strategy[0, [2, 3]]) == ["direct", "recursive"]
    np.testing.assert_array_equal(fitted.predict(KNOWN, AHEAD).point[:, :6], fitted.predict(KNOWN, 6).point)
    paths = fitted.sample_paths(KNOWN, AHEAD, 50, 0)
    assert np.abs(np.median(paths, axis=0)[0] - 2 * X[ROWS:]).max() < 1


@pytest.mark.slow
def test_rolled_forward_what_was_observed_stays_as_it_was() -> None:
    fitted = replace(
        BlendedForecaster(replace(LEVEL, horizon=1)).fit(OBSERVED), blend=Blend({"network": 0.5, "ridge": 0.5})
    )
    by_hand, expected = OBSERVED, []
    for _ in range(4):
        step = fitted.predict(by_hand, 1).point
        expected.append(step[0, 0])
        by_hand = by_hand.append_rows(by_hand.future(1), step)
    np.testing.assert_allclose(fitted.predict(OBSERVED, 4).point[0], expected, rtol=1e-9)


@pytest.mark.sampled("many-to-one", slow=("encoder-decoder", "one-to-one"))
@pytest.mark.parametrize("arch", ARCHES)
def test_a_forecast_needs_the_kept_rows_alone(arch: str) -> None:
    for panel in (OBSERVED, KNOWN):
        usual = panel is KNOWN and arch == LEVEL.arch
        fitted = fitted_to_known() if usual else BlendedForecaster(replace(LEVEL, arch=arch)).fit(panel)
        whole, kept = (fitted.predict(each, 7) for each in (panel, panel.tail(fitted.kept_rows)))
        np.testing.assert_allclose(kept.point, whole.point, rtol=1e-12)
        np.testing.assert_allclose(kept.high[80], whole.high[80], rtol=1e-12)


def test_known_values_that_are_missing_are_named_with_their_date() -> None:
    short = with_columns(DOUBLE, known=X[: ROWS + 2])
    fitted = BlendedForecaster(LEVEL).fit(short)
    assert np.isfinite(fitted.predict(short, 2).point).all()
    with pytest.raises(InputRefusedError) as refused:
        fitted.predict(short, 5)
    assert str(refused.value) == (
        "series a: column plan: the value for 2024-10-29, which the forecast needs, is missing; "
        "give it with --known FILE, or use --horizon 2"
    )
    with pytest.raises(InputRefusedError, match=r"2024-10-27, .* needs, is missing; give it with --known FILE$"):
        fitted.predict(with_columns(DOUBLE, known=X[:ROWS]), 1)


def test_what_is_observed_after_a_cutoff_changes_nothing_before() -> None:
    later = X.copy()
    later[ROWS - 60 :] += 50
    cutoff = np.array([ROWS - 60])
    one, two = (with_columns(FOLLOWS, observed=x).cut(np.array([0]), cutoff) for x in (X, later))
    fitted, other = BlendedForecaster(LEVEL).fit(one), BlendedForecaster(LEVEL).fit(two)
    assert weights_of(fitted) == weights_of(other)
    np.testing.assert_array_equal(fitted.predict(one, 5).point, other.predict(two, 5).point)


@pytest.mark.slow
def test_what_is_known_beyond_a_cutoff_changes_the_forecast_and_no_training() -> None:
    later = X.copy()
    later[ROWS - 60 :] += 1
    cutoff = np.array([ROWS - 60])
    one, two = (with_columns(DOUBLE, known=x).cut(np.array([0]), cutoff) for x in (X, later))
    fitted, other = BlendedForecaster(LEVEL).fit(one), BlendedForecaster(LEVEL).fit(two)
    assert weights_of(fitted) == weights_of(other)
    assert (fitted.calibration.held_out.scores == other.calibration.held_out.scores).all()
    moved = other.predict(two, 3).point - fitted.predict(one, 3).point
    np.testing.assert_allclose(moved, 2, atol=0.4)


@pytest.mark.slow
def test_calibration_rows_do_not_change_the_components_that_they_judge() -> None:
    later = DOUBLE.copy()
    later[-10:] += 30
    judged = [
        train_forecaster(make_plan(with_columns(y, known=X), replace(LEVEL, all_rows=False))) for y in (DOUBLE, later)
    ]
    first, second = (holdout.forecasts["ridge"] for _, holdout in judged)
    before = judged[0][1].distance > 10 + LEVEL.horizon
    np.testing.assert_array_equal(first[before], second[before])
    assert judged[0][0].components.weights[0].tobytes() == judged[1][0].components.weights[0].tobytes()


@pytest.mark.slow
@pytest.mark.sampled("True")
@pytest.mark.parametrize("known", [False, True])
def test_a_backtest_sees_no_more_than_was_known(*, known: bool) -> None:
    start = ROWS - 13
    later, target = X.copy(), DOUBLE.copy()
    target[start:] += 100  # all that comes after the first cutoff
    if not known:
        later[start:] += 100
    frames = [
        backtest(
            with_columns(y, known=x) if known else with_columns(y, observed=x),
            [BlendedForecaster(LEVEL), Baseline("last_value", 3, 1)],
            3,
            2,
            10,
            season=1,
            refit=None,
        )
        for x, y in ((X, DOUBLE), (later, target))
    ]
    first = [frame[frame["fold"] == 0] for frame in frames]
    assert first[0]["ds"].min() == np.datetime64("2024-01-01") + np.timedelta64(start, "D")
    np.testing.assert_array_equal(first[0]["forecast"], first[1]["forecast"])


@pytest.mark.slow
def test_backtests_look_up_what_is_known_ahead() -> None:
    frame = backtest(KNOWN, [BlendedForecaster(LEVEL), Baseline("last_value", 3, 1)], 3, 4, 3, season=1, refit=2)
    error = (frame["y"] - frame["forecast"]).abs().mean()
    assert error < 0.25 * (frame["y"] - frame["last_value"]).abs().mean()


def test_newer_rows_with_their_columns_update_the_intervals() -> None:
    fitted = BlendedForecaster(LEVEL).fit(KNOWN.cut(np.array([0]), np.array([ROWS - 40])))
    forecast = fitted.predict(KNOWN, 3)
    np.testing.assert_allclose(forecast.point[0], 2 * X[ROWS : ROWS + 3], atol=0.6)
    assert len(fitted._updated_calibrations(fitted.read(KNOWN))[0].held_out.scores) > len(
        fitted.calibration.held_out.scores
    )


@pytest.mark.slow
def test_many_series_have_columns_of_their_own() -> None:
    other = 3 * X[:ROWS] + 40 + NOISE[::-1]
    first, second = (replace(with_columns(y, known=X), ids=(name,)) for y, name in ((DOUBLE, "a"), (other, "b")))
    assert first.covariates is not None
    together = replace(
        panel_from_series((p.ids[0], p.ds, p.values) for p in (first, second)),
        covariates=Covariates(
            (),
            ("plan",),
            np.empty((0, 2 * ROWS)),
            np.tile(first.covariates.known_values, 2),
            np.array([0, len(X)]),
            np.array([len(X), 2 * len(X)]),
        ),
    )
    fitted = BlendedForecaster(LEVEL).fit(together)
    point = fitted.predict(together, 3).point
    np.testing.assert_allclose(point[0], 2 * X[ROWS : ROWS + 3], atol=1.5)
    alone = fitted.take([1]).predict(together.take([1]), 3)
    np.testing.assert_allclose(alone.point[0], point[1], rtol=1e-12)


@pytest.mark.slow
def test_gradients_are_measured_with_columns() -> None:
    flow = report_gradients(fitted_to_known(), KNOWN)
    assert flow.targets
    assert flow.windows > 0


def test_unequal_steps_have_no_columns() -> None:
    with pytest.raises(UsageError) as refused:
        BlendedForecaster(replace(LEVEL, irregular=True)).fit(KNOWN)
    assert str(refused.value) == "--observed and --known cannot be used with --irregular; leave one of them out"


@pytest.mark.parametrize(
    ("panel", "given"), [(replace(KNOWN, covariates=None), "no columns"), (OBSERVED, "the columns load")]
)
def test_rows_without_the_columns_of_training_are_refused(panel: Panel, given: str) -> None:
    with pytest.raises(InputRefusedError) as refused:
        fitted_to_known().predict(panel, 3)
    assert str(refused.value) == (
        f"the model was trained with the columns plan and the target, but the rows have {given}; "
        "name the columns of training with --observed and --known"
    )


@pytest.mark.slow
def test_a_column_without_information_does_no_harm() -> None:
    noise = with_columns(FOLLOWS, observed=np.random.default_rng(9).normal(size=ROWS))
    constant = with_columns(FOLLOWS, observed=np.full(ROWS, 3.0), known=np.zeros(ROWS + 3))
    asked = replace(LEVEL, horizon=1)
    untold = held_out_errors(replace(noise, covariates=None), asked)["forecast"]
    for panel in (noise, constant):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            assert held_out_errors(panel, asked)["forecast"] < 1.15 * untold
