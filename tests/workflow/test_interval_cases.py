"""Odd series whose intervals were once absurd, by the program as a user runs it: train, predict, evaluate, samples."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pd.DataFrame]

CASES = Path(__file__).parent / "interval_cases"
HORIZONS = {
    "list_prices": 12,
    "policy_rate": 12,
    "intermittent_5pct": 14,
    "late_drop_month": 12,
    "wrong_last_value": 40,
    "absurd_intervals_yearly": 5,
    "wide_short": 10,
}
ENDS = ["forecast-lo-95", "forecast-lo-80", "forecast", "forecast-hi-80", "forecast-hi-95"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line and returns the table that it prints."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> pd.DataFrame:
        code, done = main([str(argument) for argument in arguments]), capsys.readouterr()
        assert code == 0, done.err
        return pd.read_csv(io.StringIO(done.out)) if done.out else pd.DataFrame()

    return command


def rows_of(name: str) -> np.ndarray:
    return pd.read_csv(CASES / f"{name}.csv").iloc[:, -1].to_numpy(dtype=np.float64)


def forecast_of(run: Run, name: str, *options: object) -> pd.DataFrame:
    """Train a model on a case and return its forecast."""
    run("train", CASES / f"{name}.csv", *options, "-o", "m.joblib", "-q")
    return run("predict", "-m", "m.joblib", "-H", HORIZONS[name], "-q")


@pytest.mark.sampled("list_prices", "intermittent_5pct", "wide_short")
@pytest.mark.parametrize("name", HORIZONS)
def test_every_interval_is_of_the_order_of_the_data_and_contains_the_point(run: Run, name: str) -> None:
    frame, y = forecast_of(run, name), rows_of(name)
    ends = frame[ENDS].to_numpy()
    assert len(frame) == HORIZONS[name]
    assert np.isfinite(ends).all()
    assert (np.diff(ends, axis=1) >= 0).all()
    assert ends.min() >= 0, "none of these series is negative"
    assert ends.max() <= 3 * y.max()


@pytest.mark.slow
@pytest.mark.parametrize("name", HORIZONS)
def test_without_a_model_the_forecast_is_the_same(run: Run, name: str) -> None:
    trained = forecast_of(run, name, "--horizon", HORIZONS[name])
    at_once, again = (run("predict", CASES / f"{name}.csv", "-H", HORIZONS[name], "-q") for _ in range(2))
    pd.testing.assert_frame_equal(at_once, again)
    pd.testing.assert_frame_equal(at_once[ENDS], trained[ENDS], rtol=1e-9)


@pytest.mark.sampled("wide_short")
@pytest.mark.sampled("list_prices", "wide_short")
@pytest.mark.parametrize("name", HORIZONS)
def test_samples_fill_the_intervals(run: Run, name: str) -> None:
    frame = forecast_of(run, name)
    paths = run("predict", "-m", "m.joblib", "-H", HORIZONS[name], "--samples", 400, "-q")
    drawn = paths.pivot_table(index="sample", columns="ds", values="forecast").to_numpy()
    for level in (80, 95):
        low, high = (frame[f"forecast-{end}-{level}"].to_numpy() for end in ("lo", "hi"))
        # a path at the level of a doubted last value varies a little around it
        assert ((drawn >= low) & (drawn <= 1.001 * high)).mean() >= level / 100 - 0.05
    assert np.quantile(drawn, 0.99) <= 3 * rows_of(name).max()
    assert drawn.max() <= 10 * rows_of(name).max()


def test_list_prices_stay_within_a_step_or_two(run: Run) -> None:
    """They are raised by .5 to 1 every year."""
    frame = forecast_of(run, "list_prices")
    assert (frame["forecast"] == 11.99).all()
    assert frame["forecast-lo-95"].between(9, 11.99).all()
    assert frame["forecast-hi-95"].between(11.99, 15).all()
    assert frame["forecast-hi-95"].iloc[-1] > 11.99
    assert ((frame[ENDS] * 100).round(6) % 1 == 0).all(axis=None), "prices have two decimals"


def test_a_policy_rate_may_go_on_rising(run: Run) -> None:
    frame = forecast_of(run, "policy_rate")
    assert frame[ENDS].min(axis=None) >= 0
    assert frame["forecast-hi-95"].max() <= 8
    last = frame.iloc[-1]
    assert last["forecast-lo-95"] < 4.5 < last["forecast-hi-80"]
    assert last["forecast-hi-95"] - 4.5 > 4.5 - last["forecast-lo-95"], "it rises at present"
    assert (np.diff(frame["forecast-hi-95"]) >= 0).all()


def test_rare_demand_is_mostly_zero(run: Run) -> None:
    frame, y = forecast_of(run, "intermittent_5pct"), rows_of("intermittent_5pct")
    assert (frame[["forecast-lo-80", "forecast-lo-95"]] == 0).all(axis=None)
    assert frame["forecast-hi-80"].between(0, 2).all()
    assert frame["forecast-hi-95"].between(0, y.max()).all()
    assert frame["forecast"].between(0.5 * y.mean(), 1.5 * y.mean()).all(), "the mean is what is sold in all"
    whole = frame[["forecast-hi-80", "forecast-hi-95"]]
    pd.testing.assert_frame_equal(whole, whole.round())
    paths = run("predict", "-m", "m.joblib", "-H", 14, "--samples", 300, "-q")["forecast"]
    assert (paths == 0).mean() == pytest.approx((y == 0).mean(), abs=0.03)
    assert (paths == paths.round()).all()


def test_after_a_late_drop_bounds_are_of_the_order_of_the_data(run: Run) -> None:
    frame = forecast_of(run, "late_drop_month")
    assert frame["forecast"].between(20, 60).all()
    assert frame["forecast-lo-95"].min() > 5
    assert frame["forecast-hi-80"].max() < 115
    assert frame["forecast-hi-95"].max() < 160


def test_a_wrong_last_value_does_not_carry_the_forecast(run: Run) -> None:
    frame = forecast_of(run, "wrong_last_value")
    assert frame["forecast"].between(40, 60).all()
    assert (frame["forecast-hi-80"] == 50_000).all(), "it may be right"
    assert frame["forecast-lo-95"].between(30, 50).all()
    paths = run("predict", "-m", "m.joblib", "-H", 1, "--samples", 1500, "-q")["forecast"]
    assert (paths > 40_000).mean() == pytest.approx(1 / 3, abs=0.05)


def test_yields_stay_within_what_forty_years_allow(run: Run) -> None:
    frame = forecast_of(run, "absurd_intervals_yearly")
    assert frame["forecast"].between(3, 6).all()
    assert frame["forecast-lo-95"].min() > 0.3
    assert frame["forecast-hi-80"].max() < 15
    assert frame["forecast-hi-95"].max() < 25


def test_short_seasonal_series_have_intervals_of_their_noise(run: Run) -> None:
    frame, y = forecast_of(run, "wide_short"), rows_of("wide_short")
    width = (frame["forecast-hi-80"] - frame["forecast-lo-80"]).mean()
    # what is left of the series without a line and the mean of each month
    t, month = np.arange(len(y)), np.arange(len(y)) % 12
    columns = np.column_stack([t, *(month == m for m in range(12))]).astype(float)
    left = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    sigma = np.sqrt((left**2).sum() / (len(y) - columns.shape[1]))
    assert 2 * sigma < width < 2.5 * 2.56 * sigma


def test_a_panel_with_zeros_and_a_constant_has_the_right_ones(run: Run) -> None:
    options = "--series", "unique_id", "-q"
    run("train", CASES / "zero_in_panel.csv", *options, "-o", "m.joblib")
    frame = run("predict", "-m", "m.joblib", "-H", 5, "-q").set_index("unique_id")
    # 200 equal rows: a change within five steps is rarer than 5 %
    assert (frame.loc["zero", ENDS] == 0).all(axis=None)
    assert (frame.loc["flat", ENDS] == 5).all(axis=None)
    assert (frame.loc["busy", "forecast-lo-80"] < frame.loc["busy", "forecast"]).all()


@pytest.mark.slow
def test_a_backtest_of_that_panel_scores_zeros_as_right(run: Run) -> None:
    command = "evaluate", CASES / "zero_in_panel.csv", "--series", "unique_id", "--folds", 3, "--refit", "never"
    scores = run(*command, "--per-series", "--effort", "quick", "-q").set_index(["model", "unique_id"])
    for name in ("zero", "flat"):
        ours = scores.loc[("forecast", name)]
        assert ours["mae"] == 0
        assert ours["smape"] == 0
        assert ours["coverage-80"] == ours["coverage-95"] == 100
        assert ours["width-80"] == 0
    assert scores.loc[("forecast", "busy"), "mase"] < 1.5


def test_a_long_constant_has_no_width_and_a_short_one_has_one_in_time(run: Run, tmp_path: Path) -> None:
    days = pd.date_range("2023-01-01", periods=200)
    pd.DataFrame({"ds": days, "y": 5.0}).to_csv(tmp_path / "long.csv", index=False)
    pd.DataFrame({"ds": days[:50], "y": 5.0}).to_csv(tmp_path / "short.csv", index=False)
    assert (run("predict", "long.csv", "-H", 8, "-q")[ENDS] == 5).all(axis=None), "25 rows a step"
    short = run("predict", "short.csv", "-H", 25, "-q")
    assert (short[ENDS][:2] == 5).all(axis=None)
    assert (short[ENDS[1:4]][:10] == 5).all(axis=None)
    late = short.iloc[-1]
    assert late["forecast-lo-95"] < late["forecast"] == 5 < late["forecast-hi-95"]


@pytest.mark.slow
def test_newer_rows_move_a_drawn_forecast_and_the_model_does_not_change(run: Run, tmp_path: Path) -> None:
    run("train", CASES / "list_prices.csv", "-o", "m.joblib", "-q")
    before = run("predict", "-m", "m.joblib", "-H", 3, "-q")
    frame = pd.read_csv(CASES / "list_prices.csv")
    weeks = pd.date_range(frame["ds"].iloc[-1], periods=7, freq="7D")[1:].astype(str)
    pd.concat([frame, pd.DataFrame({"ds": weeks, "y": 12.99})]).to_csv(tmp_path / "list_prices.csv", index=False)
    after = run("predict", "list_prices.csv", "-m", "m.joblib", "-H", 3, "-q")
    assert (before["forecast"] == 11.99).all()
    assert (after["forecast"] == 12.99).all()
    assert (after["forecast-hi-95"] >= 12.99).all()
    pd.testing.assert_frame_equal(run("predict", "-m", "m.joblib", "-H", 3, "-q"), before)


@pytest.mark.sampled("options0-*")
@pytest.mark.parametrize(("options", "low", "high"), [(("--max", 5.5), 0, 5.5), (("--min", 0.25, "--max", 6), 0.25, 6)])
def test_limits_hold_what_is_drawn(run: Run, options: tuple[object, ...], low: float, high: float) -> None:
    frame = run("predict", CASES / "policy_rate.csv", "-H", 48, *options, "-q")
    assert frame[ENDS].min(axis=None) >= low
    assert frame[ENDS].max(axis=None) == high
