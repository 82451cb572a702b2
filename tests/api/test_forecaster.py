"""The library: kinds and forms of frames, the same numbers as a file, and what Python users expect of an object."""

from __future__ import annotations

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import forecaster
from forecaster import Forecaster, read_series
from forecaster.api.keywords import KEYWORDS, keyword_of
from forecaster.api.notebook import _ProgressLine, progress_in_notebook
from forecaster.errors import Code, ForecasterError, ForecastWarning, InputRefusedError, ModelRefusedError, UsageError
from forecaster.progress import current_watch, watched_by
from forecaster.spec import Progress, Specification
from forecaster.workflow.pictures import _figure_class

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MONTHS = pd.date_range("2019-01-01", periods=60, freq="MS")
SEASONAL = (
    200 + 3 * np.arange(60) + 40 * np.sin(np.arange(60) * np.pi / 6) + np.random.default_rng(0).normal(0, 4, 60)
).round(2)
LONG = pd.DataFrame(
    {"unique_id": np.repeat(["north", "south"], 60), "ds": [*MONTHS, *MONTHS], "y": [*SEASONAL, *2 * SEASONAL]}
)
STOCK = pd.concat(
    [pd.DataFrame({"day": MONTHS, "store": s, "item": i, "sold": SEASONAL}) for s in "ab" for i in "pq"],
    ignore_index=True,
)
SALES = pd.DataFrame({"month": MONTHS, "sales": SEASONAL})


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster(horizon=3).fit(LONG)


def in_order(frame: pd.DataFrame) -> list[float]:
    return [float(value) for value in frame["forecast"]]


def test_a_forecast_has_the_usual_columns(fitted: Forecaster) -> None:
    forecast = fitted.predict(level=[80, 90])
    bounds = ["forecast-lo-80", "forecast-hi-80", "forecast-lo-90", "forecast-hi-90"]
    assert list(forecast.columns) == ["unique_id", "ds", "forecast", *bounds, "strategy"]
    assert forecast["unique_id"].tolist() == ["north"] * 3 + ["south"] * 3
    assert forecast["ds"].tolist() == 2 * pd.date_range("2024-01-01", periods=3, freq="MS").tolist()


@pytest.mark.parametrize("repair", ["safe", "full"])
def test_a_frame_gives_the_numbers_of_its_file(tmp_path: Path, repair: str) -> None:
    holes = SALES.drop(index=[20, 21])
    holes.to_csv(tmp_path / "frame.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ForecastWarning)
        of_frame = Forecaster(horizon=4, repair=repair).fit(holes).predict()
        of_file = Forecaster(horizon=4, repair=repair).fit(tmp_path / "frame.csv").predict()
    pd.testing.assert_frame_equal(of_frame, of_file, check_exact=True)


def test_a_kind_of_frame_comes_back(fitted: Forecaster) -> None:
    numbers = in_order(fitted.predict())
    long = pl.from_pandas(LONG)
    polars = Forecaster(horizon=3).fit(long).predict()
    assert isinstance(polars, pl.DataFrame)
    assert polars["forecast"].to_list() == numbers
    assert polars.schema["ds"] == long.schema["ds"]
    arrow = Forecaster(horizon=3).fit(pa.Table.from_pandas(LONG)).predict()
    assert isinstance(arrow, pa.Table)
    assert arrow["forecast"].to_pylist() == numbers


@pytest.mark.parametrize(
    "series",
    [
        SALES.set_index("month")["sales"],
        SALES.assign(month=MONTHS.to_period("M")).set_index("month")["sales"],
    ],
    ids=["times", "periods"],
)
def test_a_series_is_data(series: pd.Series[float]) -> None:
    forecast = Forecaster(horizon=2).fit(series).predict()
    assert list(forecast["unique_id"]) == ["sales", "sales"]
    following = pd.date_range("2024-01-01", periods=2, freq="MS")
    expected = following if isinstance(series.index, pd.DatetimeIndex) else following.to_period("M")
    assert forecast["month"].tolist() == expected.tolist()


def test_values_without_times_are_counted() -> None:
    with pytest.warns(ForecastWarning, match="season= is the number of steps in a season"):
        forecast = Forecaster(horizon=2, season=12).fit(pl.Series("sales", SEASONAL)).predict()
    assert forecast["step"].to_list() == [61, 62]


def test_a_wide_frame_has_a_series_a_column(fitted: Forecaster) -> None:
    wide = LONG.pivot_table(index="ds", columns="unique_id", values="y")
    forecast = Forecaster(horizon=3).fit(wide).predict()
    assert forecast["unique_id"].tolist() == ["north"] * 3 + ["south"] * 3
    assert in_order(forecast) == in_order(fitted.predict())


def test_named_columns_keep_their_names() -> None:
    frame = LONG.rename(columns={"unique_id": "region", "ds": "month", "y": "sales"}).assign(visitors=1.0)
    forecast = Forecaster(horizon=2, time="month", series="region", target="sales").fit(frame).predict()
    assert list(forecast.columns[:3]) == ["region", "month", "forecast"]


def test_times_keep_their_zone() -> None:
    hours = pd.date_range("2024-01-01", periods=240, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"ds": hours, "y": np.sin(np.arange(240) * np.pi / 12) * 10 + 50})
    assert Forecaster(horizon=2).fit(frame).predict()["ds"][0] == hours[-1] + pd.Timedelta("1h")
    polars = Forecaster(horizon=2).fit(pl.from_pandas(frame)).predict()
    assert polars["ds"][0].timestamp() == (hours[-1] + pd.Timedelta("1h")).timestamp()


def test_newer_rows_move_the_forecast(fitted: Forecaster) -> None:
    newer = LONG.assign(ds=[day + pd.DateOffset(months=2) for day in LONG["ds"]]).groupby("unique_id").tail(5)
    moved = fitted.predict(LONG.groupby("unique_id").tail(30))
    pd.testing.assert_frame_equal(moved, fitted.predict())
    with pytest.warns(ForecastWarning):
        later = fitted.predict(newer.assign(y=newer["y"] + 50))
    assert later["ds"].min() == pd.Timestamp("2024-03-01")


def test_covariates_known_ahead_are_rows_without_a_target() -> None:
    promotion = (np.arange(63) % 5 == 0).astype(float)
    days = pd.date_range("2019-01-01", periods=63, freq="MS")
    frame = pd.DataFrame({"ds": days, "y": [*SEASONAL, *[np.nan] * 3], "promotion": promotion})
    forecast = Forecaster(horizon=3, known="promotion", epochs=1, updates=2, members=1).fit(frame).predict()
    assert forecast["ds"].tolist() == days[-3:].tolist()


def test_other_methods_stand_beside_the_forecast(fitted: Forecaster) -> None:
    forecast = fitted.predict(members=True)
    assert list(forecast.columns[-4:]) == ["last_value", "drift", "seasonal_naive", "theta"]
    last_year = LONG.groupby("unique_id")["y"].apply(lambda y: y.iloc[-12:-9]).to_numpy()
    assert forecast["seasonal_naive"].to_numpy() == pytest.approx(last_year)


def test_a_backtest_scores_every_method(fitted: Forecaster) -> None:
    backtest = fitted.evaluate(LONG, folds=2)
    assert set(backtest.scores["model"]) >= {"forecast", "last_value", "seasonal_naive"}
    assert backtest.forecasts["cutoff"].nunique() == 2
    assert backtest.summary().startswith("Better than repeating")
    assert repr(backtest) == backtest.summary()
    assert isinstance(backtest, forecaster.Backtest)
    skill = backtest.scores.set_index("model")["skill"]
    assert skill.index[skill.isna()].tolist() == ["forecast"]


def test_a_saved_forecaster_is_a_model_file(fitted: Forecaster, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model.joblib")
    loaded = Forecaster.load(tmp_path / "model.joblib")
    pd.testing.assert_frame_equal(loaded.predict(), fitted.predict(), check_exact=True)
    assert loaded.get_params()["horizon"] == 3
    assert loaded.summary() == fitted.summary()
    assert "2 series, 120 rows from 2019-01-01 to 2023-12-01\n" in loaded.summary()


def test_a_pickle_is_no_model_file(fitted: Forecaster, tmp_path: Path) -> None:
    (tmp_path / "pickle.joblib").write_bytes(pickle.dumps(fitted, protocol=4))
    with pytest.raises(ModelRefusedError, match="a pickle of a Forecaster, not a model; write it with the method save"):
        Forecaster.load(tmp_path / "pickle.joblib")


@pytest.mark.slow
def test_a_figure_can_be_pickled() -> None:
    pytest.importorskip("matplotlib")
    figure = _figure_class()(figsize=(2, 1))
    figure.subplots().plot([1, 2])
    copied = pickle.loads(pickle.dumps(figure))  # noqa: S301 - written here
    assert type(copied) is type(figure)
    assert copied.axes[0].lines[0].get_ydata().tolist() == [1, 2]


def test_series_may_be_named_by_several_columns() -> None:
    with pytest.raises(InputRefusedError, match=r"use series=\['store', 'item'\]"):
        Forecaster(3).fit(STOCK)
    forecast = Forecaster(3, series=["store", "item"], zero_shot=True).fit(STOCK).predict()
    assert sorted(set(forecast["unique_id"])) == ["a/p", "a/q", "b/p", "b/q"]


def test_a_forecaster_is_an_object_of_python(fitted: Forecaster) -> None:
    assert repr(fitted) == "Forecaster(horizon=3)"
    assert repr(Forecaster(5, target=["a", "b"])) == "Forecaster(horizon=5, target=['a', 'b'])"
    copied = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - written here
    pd.testing.assert_frame_equal(copied.predict(), fitted.predict(), check_exact=True)
    fresh = fitted.clone().set_params(horizon=7)
    assert fresh.get_params()["horizon"] == 7
    assert fitted.get_params()["horizon"] == 3
    with pytest.raises(UsageError, match="not fitted; call fit with data first"):
        fresh.predict()
    with pytest.raises(UsageError, match="there is no keyword horizons"):
        fresh.set_params(horizons=7)


@pytest.mark.slow
def test_threads_give_what_one_thread_gives() -> None:
    frames = [SALES.assign(sales=SALES["sales"] * factor) for factor in (1, 2, 3, 4)]
    fit: Callable[[pd.DataFrame], list[float]] = lambda frame: in_order(Forecaster(horizon=2).fit(frame).predict())  # noqa: E731
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fit, frames)) == [fit(frame) for frame in frames]


def test_findings_are_warnings_and_errors_have_parts() -> None:
    with pytest.warns(ForecastWarning) as caught:
        found = Forecaster(horizon=2).fit(SALES.drop(index=[30])).findings
    assert [each.message.finding for each in caught] == list(found)
    assert Code.GAP in {each.code for each in found}
    assert caught[0].filename == __file__
    with pytest.raises(InputRefusedError, match="name one with target=") as refused:
        Forecaster(horizon=2).fit(SALES.assign(visitors=SALES["sales"]))
    assert refused.value.code is Code.COLUMN
    assert refused.value.exit_code == 65


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"cell": "gpu"}, "cell='gpu' is not possible; use one of rnn, gru, lstm"),
        ({"horizon": 0}, "horizon=0 is out of range; give a whole number from 1"),
        ({"horizon": "5"}, "horizon='5' is no number"),
        ({"repair": "all"}, "repair='all' is not possible; use one of off, safe, full"),
        ({"target": "Sale"}, "Sale"),
    ],
)
def test_a_wrong_keyword_is_named(keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(ForecasterError, match=said.replace("(", r"\(")):
        Forecaster(**keywords).fit(SALES)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"horizon": 0}, "horizon=0 is out of range; give a whole number from 1 to 10000"),
        ({"horizon": -3}, "horizon=-3 is out of range"),
        ({"samples": 0}, "samples=0 is out of range"),
        ({"level": 100}, "level=100 is out of range"),
        ({"level": [80, -5]}, "level=-5 is out of range"),
        ({"level": ["80"]}, "level='80' is no number"),
        ({"level": 80, "samples": 3}, "level= and samples= both describe what may happen"),
    ],
)
def test_a_wrong_request_is_named(fitted: Forecaster, keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fitted.predict(**keywords)


def test_levels_are_named_as_the_command_line_names_them(fitted: Forecaster) -> None:
    assert "forecast-lo-80" in fitted.predict(level=80.0).columns
    assert "forecast-hi-97.5" in fitted.predict(level=[97.5, 50]).columns


def test_a_backtest_has_folds(fitted: Forecaster) -> None:
    with pytest.raises(UsageError, match="folds=0 is out of range; give a whole number at least 1"):
        fitted.evaluate(LONG, folds=0)


@pytest.mark.parametrize("data", [{"y": [1, 2]}, 5, None, [], np.arange(3)])
def test_what_is_no_data_is_refused(data: object) -> None:
    with pytest.raises(UsageError, match="give a frame of pandas, Polars or PyArrow"):
        Forecaster().fit(data)


def test_keywords_are_the_options() -> None:
    parameters = signature(Forecaster).parameters
    assert set(KEYWORDS) | {"repair", "jobs"} == set(parameters)
    for each in fields(Specification):
        assert parameters[keyword_of(each)].default == each.default, each.name
    assert set(signature(read_series).parameters) - {"data"} < set(parameters)


def test_public_names_are_few() -> None:
    assert forecaster.__all__ == ["Backtest", "Forecaster", "errors", "read_series", "windows"]
    assert [getattr(forecaster, name) for name in forecaster.__all__]
    assert set(forecaster.__all__) < set(dir(forecaster))
    with pytest.raises(AttributeError, match="no attribute 'Forecasters'"):
        _ = forecaster.Forecasters


def test_files_are_read_as_the_command_line_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "umsatz.csv"
    file.write_text("Monat;Umsatz\n" + "".join(f"01.{i % 12 + 1:02}.{2020 + i // 12};{i},5\n" for i in range(30)))
    frame = read_series(file)
    assert list(frame.columns) == ["unique_id", "ds", "y"]
    assert frame["y"].tolist() == [i + 0.5 for i in range(30)]
    assert frame["unique_id"].unique().tolist() == ["umsatz"]


def test_progress_is_a_line_that_is_cleared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecaster.api.notebook.SECONDS_BEFORE", 0.0)
    line = _ProgressLine()
    line.update(Progress("training", 1, 2, "loss 0.5"))
    line.clear()
    shown = capsys.readouterr().err
    assert "training  50 %  loss 0.5" in shown
    assert shown.endswith(" \r")
    with progress_in_notebook():
        assert current_watch() is None, "a script shows nothing"
    monkeypatch.setattr("forecaster.api.notebook.is_notebook", lambda: True)
    with progress_in_notebook():
        assert current_watch() is not None
    with watched_by(print), progress_in_notebook():
        assert current_watch() is print
