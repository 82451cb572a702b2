"""Which series charts show, how much of their history, and with which forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import InputRefusedError
from forecaster.spec import Selection, Specification
from forecaster.workflow.chart_series import (
    charts_of_evaluation,
    charts_of_prediction,
    charts_of_training,
    history_rows,
)
from forecaster.workflow.evaluate import evaluate
from forecaster.workflow.predict import predict, predict_table
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.workflow.results import Training

AUTO = Selection()
ZERO_SHOT = Specification(horizon=4, zero_shot=True)
NAMES = [f"shop {i}" for i in range(7)]


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    """Write seven monthly series whose noise and size grow with their number."""
    noise = np.random.default_rng(0).normal(0, 1, (7, 60))
    size = 100.0 * np.arange(1, 8)[:, None]
    values = size * (1 + 0.02 * np.arange(7)[:, None] * noise)
    months = pd.date_range("2015-01-01", periods=60, freq="MS").strftime("%Y-%m-%d")
    path = tmp_path / "panel.csv"
    columns = {"shop": np.repeat(NAMES, 60), "ds": np.tile(months, 7), "y": values.ravel().round(2)}
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_a_prediction_shows_the_rows_before_it(prices: Path) -> None:
    result = predict_table([str(prices)], selection=AUTO, request=Request(horizon=10))
    charts = charts_of_prediction(result)
    assert charts is not None
    assert (charts.others, charts.unit) == (0, "business day")
    (one,) = charts.series
    assert (one.name, one.rank, one.actual) == ("prices", "", None)
    known = pd.read_csv(prices)
    assert one.history.tolist() == known["Close"].tolist()[-40:]
    assert one.point.tolist() == result.frame["forecast"].tolist()
    assert one.high[95.0].tolist() == result.frame["forecast-hi-95"].tolist()
    dates = pd.to_datetime(known["Date"]).to_numpy()[[-40, -1]]
    assert (one.ds[[0, 39]] == dates).all()
    assert one.ds[40:].tolist() == result.frame["ds"].to_numpy().tolist()


def test_levels_and_paths_are_intervals(prices: Path) -> None:
    named = predict_table([str(prices)], selection=AUTO, request=Request(horizon=3, levels=(50.0, 99.5)))
    charts = charts_of_prediction(named)
    assert charts is not None
    assert sorted(charts.series[0].low) == [50.0, 99.5]
    paths = predict_table([str(prices)], selection=AUTO, request=Request(horizon=3, samples=400, seed=1))
    charts = charts_of_prediction(paths)
    assert charts is not None
    one = charts.series[0]
    exact = predict_table([str(prices)], selection=AUTO, request=Request(horizon=3)).frame
    assert one.point == pytest.approx(exact["forecast"], rel=0.02)
    assert one.low[80.0] == pytest.approx(exact["forecast-lo-80"], rel=0.03)
    assert len(one.ds) == 30 + 3


def test_of_many_series_the_most_and_the_least_certain_are_shown(panel: Path) -> None:
    charts = charts_of_prediction(predict_table([str(panel)], selection=AUTO, request=Request(horizon=4)))
    assert charts is not None
    assert (charts.others, charts.unit) == (3, "month")
    ranks = {one.rank: one.name for one in charts.series}
    assert ranks["most certain"] == "shop 0"
    assert list(ranks)[:2] == ["most certain", "median"]
    assert {name for rank, name in ranks.items() if rank.endswith(", largest")} == {"shop 6"}
    assert ranks["next largest"] in {"shop 4", "shop 5"}


def test_training_shows_the_next_steps(panel: Path, tmp_path: Path, train_file: Callable[..., Training]) -> None:
    result = train_file(panel, tmp_path / "m.joblib", ZERO_SHOT)
    charts = charts_of_training(result)
    assert charts is not None
    assert [one.rank.partition(",")[0] for one in charts.series[:3]] == ["best", "median", "worst"]
    assert (len(charts.series), charts.others) == (4, 3)
    frame = predict(tmp_path / "m.joblib", selection=AUTO).frame.set_index("unique_id")
    for one in charts.series:
        assert one.point == pytest.approx(frame.loc[one.name, "forecast"].to_numpy())
        assert one.low[80] == pytest.approx(frame.loc[one.name, "forecast-lo-80"].to_numpy())
    assert charts_of_training(train_file(panel, tmp_path / "m.joblib", ZERO_SHOT, dry_run=True)) is None


def test_training_needs_known_values_for_its_chart(tmp_path: Path, train_file: Callable[..., Training]) -> None:
    values = np.random.default_rng(0).normal(100, 5, 300)
    days = pd.date_range("2020-01-01", periods=300).strftime("%Y-%m-%d")
    pd.DataFrame({"ds": days, "y": values, "promo": np.arange(300) % 7 == 0}).to_csv(tmp_path / "a.csv", index=False)
    chosen = replace(Specification(horizon=3, members=1, epochs=1), zero_shot=False)
    selection = Selection(targets=("y",), known=("promo",))
    result = train_file(tmp_path / "a.csv", tmp_path / "m.joblib", chosen, selection=selection)
    with pytest.raises(InputRefusedError):
        charts_of_training(result)


@pytest.mark.slow
def test_an_evaluation_shows_its_last_fold(panel: Path) -> None:
    result = evaluate([str(panel)], selection=AUTO, specification=ZERO_SHOT, folds=2)
    charts = charts_of_evaluation(result)
    assert charts is not None
    known = pd.read_csv(panel).set_index("shop")["y"]
    for one in charts.series:
        assert one.actual is not None
        assert one.actual.tolist() == known[one.name].tolist()[-4:]
        assert one.history.tolist() == known[one.name].tolist()[:-4][-30:]
        last = result.forecasts[(result.forecasts["fold"] == 1) & (result.forecasts["unique_id"] == one.name)]
        assert one.point.tolist() == last["forecast"].tolist()


def test_values_that_were_not_observed_are_not_shown(tmp_path: Path) -> None:
    frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=60), "y": np.arange(60.0) % 7 + 10})
    frame.drop(index=[50]).to_csv(tmp_path / "gap.csv", index=False)
    result = predict_table([str(tmp_path / "gap.csv")], selection=AUTO, request=Request(horizon=7))
    charts = charts_of_prediction(result)
    assert charts is not None
    assert np.isfinite(charts.series[0].history).all()
    assert np.datetime64("2024-02-20") not in charts.series[0].ds


@pytest.mark.parametrize(
    ("horizon", "season", "rows"),
    [(12, 12, 48), (1, 1, 30), (5, 5, 30), (24, 168, 240), (48, 168, 336), (1000, 24, 4000)],
)
def test_the_history_is_long_enough_to_see_seasons(horizon: int, season: int, rows: int) -> None:
    assert history_rows(horizon, season) == rows


@pytest.mark.sampled("times0-*", "times1-*", "times3-*", "times6-*")
@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (pd.date_range("2020-01-01", periods=40, freq="h"), "hour"),
        (pd.date_range("2020-01-01", periods=40, freq="30min"), "step of 30 minutes"),
        (pd.date_range("2020-01-01", periods=40), "day"),
        (pd.date_range("2020-01-05", periods=40, freq="7D"), "week"),
        (pd.date_range("2020-01-01", periods=40, freq="QS"), "quarter"),
        (pd.date_range("1960-01-01", periods=40, freq="YS"), "year"),
        (np.arange(40), "step"),
    ],
)
def test_rows_are_called_by_their_step(tmp_path: Path, times: Any, unit: str) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame({"ds": times, "y": np.random.default_rng(0).normal(50, 5, 40)}).to_csv(path, index=False)
    charts = charts_of_prediction(predict_table([str(path)], selection=AUTO, request=Request(horizon=3)))
    assert charts is not None
    assert charts.unit == unit
