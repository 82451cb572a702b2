"""The table and the verdict of a training, on held-out rows that are made here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.evaluation.holdout_report import NOT_SHOWN, holdout_scores, holdout_verdict, scores_to_records
from forecaster.evaluation.metrics import METRICS
from forecaster.evaluation.score_tables import score
from forecaster.evaluation.verdict import Verdict
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.holdout import Holdout, IntervalInputs
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.uncertainty.calibration import HeldOutScores, normal_offsets, normal_scores
from forecaster.series.panel import panel_from_series
from forecaster.series.transforms import identity_transform
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.fitted import FittedForecaster

WINDOWS, STEPS = 120, 2
AHEAD = np.broadcast_to(np.arange(1.0, STEPS + 1), (WINDOWS, STEPS))


def holdout(**sizes: float) -> Holdout:
    """Return windows of two series in turn, of methods whose errors have these sizes."""
    rng = np.random.default_rng(0)
    actual = 50 + rng.normal(size=(WINDOWS, STEPS))
    forecasts = {name: actual - size * rng.normal(size=(WINDOWS, STEPS)) for name, size in sizes.items()}
    series, distance = np.arange(WINDOWS) % 2, STEPS + np.arange(WINDOWS)[::-1] // 2
    offsets = normal_offsets(np.ones(WINDOWS), AHEAD, 0.0)
    scores = HeldOutScores(normal_scores(actual - forecasts["forecast"], offsets), -distance)
    inputs = IntervalInputs(offsets, scores, None, identity_transform(2), np.ones(WINDOWS), AHEAD, pools_steps=False)
    return Holdout(actual, forecasts, series, distance, np.full(WINDOWS, 4.0), interval_inputs=inputs)


def as_frame(data: Holdout, methods: list[str]) -> pd.DataFrame:
    """Return held-out forecasts as a backtest's frame, with the windows whose intervals are known."""
    found = {name: data.intervals(name, (80, 95)) for name in methods}
    rows = found[methods[0]].rows  # type: ignore[union-attr]
    columns = {
        "unique_id": np.repeat(data.series[rows], STEPS),
        "step": np.tile(np.arange(1, STEPS + 1), len(rows)),
        "y": data.actual[rows].ravel(),
        "scale": np.repeat(data.denominator[rows], STEPS),
    }
    for name, intervals in found.items():
        columns[name] = data.forecasts[name][rows].ravel()
        for level, (low, high) in intervals.ends.items():  # type: ignore[union-attr]
            columns |= {f"{name}-lo-{level}": low.ravel(), f"{name}-hi-{level}": high.ravel()}
    return pd.DataFrame(columns)


def test_every_method_has_the_scores_of_its_points() -> None:
    data = holdout(forecast=1.0, network=1.5, last_value=2.0)
    table = holdout_scores(data)
    columns = ["model", *(name for name in METRICS if name not in NOT_SHOWN), "skill", "p_value"]
    assert table.columns.tolist() == columns
    assert table["model"].tolist() == ["forecast", "network", "last_value"]
    for name, mae, mase in table[["model", "mae", "mase"]].itertuples(index=False):
        assert mae == pytest.approx(np.abs(data.actual - data.forecasts[name]).mean())
        assert mase == pytest.approx(mae / 4.0)


def test_intervals_are_scored_on_the_later_half_as_a_backtest_scores_them() -> None:
    data = holdout(forecast=1.0, network=1.0, last_value=2.0)
    table = holdout_scores(data).set_index("model")
    by_hand = score(as_frame(data, ["forecast", "last_value"]), ["forecast", "last_value"]).set_index("model")
    names = ["wql", "coverage-80", "coverage-95"]
    pd.testing.assert_frame_equal(table.loc[["forecast", "last_value"], names], by_hand[names])
    assert table.loc["network", names].isna().all()


def test_the_forecast_is_compared_with_each_baseline() -> None:
    data = holdout(forecast=1.0, network=1.5, last_value=2.0, drift=1.01)
    table = holdout_scores(data).set_index("model")
    assert table.loc[["forecast", "network"], ["skill", "p_value"]].isna().all(axis=None)
    ours, theirs = data.losses("forecast").mean(), data.losses("last_value").mean()
    assert table.loc["last_value", "skill"] == pytest.approx(100 * (1 - ours / theirs))
    assert table.loc["last_value", "p_value"] < 1e-6
    assert table.loc["drift", "p_value"] > 0.05


def test_too_few_values_have_no_intervals() -> None:
    data = holdout(forecast=1.0, last_value=2.0)
    first = {name: values[:30] for name, values in data.forecasts.items()}
    few = Holdout(
        data.actual[:30],
        first,
        data.series[:30],
        data.distance[:30],
        data.denominator[:30],
        interval_inputs=data.interval_inputs,
    )
    assert holdout_scores(few)[["wql", "coverage-80", "coverage-95"]].isna().all(axis=None)


def test_a_score_that_is_not_available_is_none_in_a_file() -> None:
    first, second = scores_to_records(holdout_scores(holdout(forecast=1.0, last_value=2.0)))
    assert (first["model"], first["skill"], first["p_value"]) == ("forecast", None, None)
    assert {type(value) for value in second.values()} == {str, float}


@pytest.fixture(scope="module")
def price() -> tuple[Holdout, FittedForecaster]:
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.01, 400)))
    fitted, data = train_forecaster(
        make_plan(panel_from_series([("a", np.arange(400), walk)]), Specification(horizon=5, zero_shot=False))
    )
    assert fitted.recipe.predicts_volatility
    return data, fitted


def sentences(data: Holdout, fitted: FittedForecaster) -> tuple[str, ...]:
    return holdout_verdict(data, holdout_scores(data), fitted).sentences


def with_drift(fitted: FittedForecaster, *slope: float) -> FittedForecaster:
    assert fitted.components.volatility
    predicts_volatility = replace(fitted.components.volatility, slope=np.array(slope))
    return replace(fitted, components=replace(fitted.components, volatility=predicts_volatility))


def test_nothing_predicts_a_random_walk(price: tuple[Holdout, FittedForecaster]) -> None:
    data, fitted = price
    direction, line, volatility = sentences(data, fitted)
    assert direction.startswith(
        "No forecast of the direction, this one's included, beat 'no change' on 56 held-out cutoffs"
    )
    assert line == "So the point forecast is the last value."
    assert " of 140 held-out values; by WQL the intervals are " in volatility


def test_the_drift_of_the_line_is_stated(price: tuple[Holdout, FittedForecaster]) -> None:
    data, fitted = price
    drifting = replace(data, forecasts={**data.forecasts, "network": data.forecasts["last_value"] + 0.1})
    assert sentences(drifting, with_drift(fitted, 0.0003))[1].startswith(
        "The point forecast is the last value with a drift of 0.03 % a step (t = "
    )
    assert sentences(data, with_drift(fitted, -1.234e-5))[1] == (
        "The point forecast is the last value with a drift of -0.0012 % a step."
    )
    assert sentences(data, with_drift(fitted, 0.0, 0.01, -0.02))[1] == (
        "The point forecast is the last value, with a drift in 2 of 3 series."
    )


def better(data: Holdout, name: str) -> Holdout:
    """Return held-out rows on which a method has half of the errors of the last value, a little more or less."""
    part = 0.5 + 0.1 * np.random.default_rng(0).random((len(data.actual), 1))
    last = data.forecasts["last_value"]
    return replace(data, forecasts={**data.forecasts, name: last + part * (data.actual - last)})


def test_a_method_that_predicted_the_direction_is_named_and_not_followed(
    price: tuple[Holdout, FittedForecaster],
) -> None:
    data, fitted = price
    direction, line, _ = sentences(better(data, "theta"), fitted)
    assert direction.startswith("Theta was 5")
    assert "% better than 'no change' on 56 held-out cutoffs (t = " in direction
    assert line == "The point forecast is still the last value: what predicted prices once seldom does so again."
    assert sentences(better(data, "drift"), fitted)[1] == (
        "The point forecast is still the last value, as the rows before these showed no drift beyond chance."
    )


def test_a_trained_method_in_the_line_is_named_with_its_weight(price: tuple[Holdout, FittedForecaster]) -> None:
    data, fitted = price
    opened = replace(fitted, blend=Blend({"ridge": 0.9, "network": 0.1}))
    line = sentences(better(data, "ridge"), opened)[1]
    assert line.startswith("The ridge regression earned a place in the point forecast (t = ")
    assert line.endswith("): it is 90 % of it, and the last value 10 %.")


def test_other_series_are_compared_with_the_best_baseline(price: tuple[Holdout, FittedForecaster]) -> None:
    data, fitted = price
    level = replace(fitted, recipe=replace(fitted.recipe, mode="level"), blend=Blend({"network": 0.7, "theta": 0.3}))
    judged = holdout_verdict(better(data, "forecast"), holdout_scores(data), level)
    claim, intervals, blend = judged.sentences
    assert claim.startswith("The forecast is ")
    assert claim.endswith("the best baseline, on 56 held-out cutoffs (p < 0.001).")
    assert intervals.startswith("The 80 % interval covered ")
    assert blend == "The point forecast is 70 % network and 30 % Theta, weighed by their errors on held-out rows."
    assert judged.baseline in data.baselines
    assert Verdict.from_dict(judged.to_dict()) == judged
