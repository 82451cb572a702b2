"""What `predict` returns: rows, intervals at any level and sample paths, from kept or newer rows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import InputRefusedError, UsageError
from forecaster.evaluation.verdict import Verdict
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.reading.cells.time_style import TimeStyle
from forecaster.series.panel import panel_from_series
from forecaster.spec import Selection, Specification
from forecaster.workflow.predict import predict
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.workflow.results import Training


SAMPLES = Path(__file__).parents[2] / "sample_data"
AUTO = Selection()
QUICK = Specification(horizon=10, members=1, epochs=2, hidden=8, updates=5)


@pytest.fixture(scope="module")
def waves_model() -> SimpleNamespace:
    """Return a model of a random walk and of a noisy wave, as it is read from a file."""
    rng, t = np.random.default_rng(0), np.arange(300)
    walk = 100 * np.exp(0.01 * rng.normal(size=300).cumsum())
    wave = 50 + 10 * np.sin(t / 6) + rng.normal(size=300)
    panel = panel_from_series([("walk", t, walk), ("wave", t, wave)])
    verdict = Verdict(("",), "last_value", 1.0, 0.5, {80: 80.0, 95: 95.0}, 9).to_dict()
    fitted = BlendedForecaster(QUICK).fit(panel)
    return SimpleNamespace(
        fitted=fitted, tail=panel, selection=Selection(), style=TimeStyle(), verdict=verdict, scores=[]
    )


@pytest.fixture
def predict_waves(waves_model: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pd.DataFrame]:
    """Return a function that forecasts with this model."""
    monkeypatch.setattr("forecaster.workflow.predict.load", lambda _: waves_model)
    return lambda **options: predict(Path("model.joblib"), selection=AUTO, request=Request(**options)).frame


@pytest.fixture(scope="module")
def sp500_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a quick model on the latest five years of the sample of daily prices."""
    folder = tmp_path_factory.mktemp("sp500")
    head, *rows = (SAMPLES / "sp500.csv").read_text(encoding="utf-8").splitlines()
    (folder / "sp500.csv").write_text("\n".join([head, *rows[-1250:], ""]), encoding="utf-8")
    specification = Specification(members=1, epochs=2)
    train([str(folder / "sp500.csv")], selection=AUTO, specification=specification, output=folder / "m.joblib")
    return folder / "m.joblib"


@pytest.mark.slow
def test_kept_rows_and_the_training_file_give_the_same_forecast(prices: Path, model: Path) -> None:
    from_tail = predict(model, selection=AUTO, request=Request(horizon=12)).frame
    from_file = predict(model, [str(prices)], selection=AUTO, request=Request(horizon=12)).frame
    pd.testing.assert_frame_equal(from_tail, from_file)
    assert from_tail["strategy"].tolist() == ["direct"] * 5 + ["recursive"] * 7


def test_newer_rows_move_the_forecast_on(model: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.csv"
    pd.DataFrame({"Date": pd.bdate_range("2020-01-01", periods=403)[400:], "Close": [90.0, 91, 92]}).to_csv(
        newer, index=False
    )
    frame = predict(model, [str(newer)], selection=AUTO).frame
    assert frame["ds"].iloc[0] == pd.bdate_range("2020-01-01", periods=404)[403]
    assert abs(frame["forecast"].iloc[0] - 92) < 2


def test_newer_values_without_a_logarithm_are_refused(model: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.csv"
    pd.DataFrame({"Date": pd.bdate_range("2020-01-01", periods=402)[400:], "Close": [90.0, -3]}).to_csv(
        newer, index=False
    )
    with pytest.raises(InputRefusedError) as error:
        predict(model, [str(newer)], selection=AUTO)
    assert str(error.value) == (
        "series prices: the value -3 at 2021-07-15 has no logarithm, which the model needs; train a model on these rows"
    )


def test_a_series_that_training_did_not_see_is_forecast_and_marked(
    tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    def write(name: str, ids: str) -> Path:
        rows = [(i, t, 50 + 5 * np.sin(t / 2)) for i in ids for t in range(90)]
        pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(tmp_path / name, index=False)
        return tmp_path / name

    train_file(write("train.csv", "ab"), tmp_path / "m.joblib")
    result = predict(tmp_path / "m.joblib", [str(write("new.csv", "bz"))], selection=AUTO)
    assert not result.failed
    assert result.frame.groupby("unique_id")["strategy"].unique().map(list).to_dict() == {
        "b": ["direct"],
        "z": ["new-series"],
    }
    other = predict(tmp_path / "m.joblib", [str(write("other.csv", "yz"))], selection=AUTO)
    assert set(other.frame["strategy"]) == {"new-series"}
    assert [finding.code for finding in other.findings].count("NEW") == 1


def test_forecast_rows_fall_on_trading_days(sp500_model: Path) -> None:
    frame = predict(sp500_model, selection=AUTO, request=Request(horizon=15)).frame
    days = frame["ds"].dt.strftime("%Y-%m-%d").tolist()
    assert days[:5] == ["2019-01-02", "2019-01-03", "2019-01-04", "2019-01-07", "2019-01-08"], "1 January is closed"
    assert "2019-01-21" not in days, "Martin Luther King day is closed"


def test_intervals_have_the_requested_levels_and_lie_within_each_other(predict_waves: Callable[..., Any]) -> None:
    levels = (10, 50, 80, 95, 99, 99.5)
    frame = predict_waves(levels=levels, horizon=15)
    ends = [f"forecast-lo-{level}" for level in levels[::-1]] + [f"forecast-hi-{level}" for level in levels]
    assert set(frame) == {"unique_id", "ds", "forecast", "strategy", *ends}
    assert (np.diff(frame[ends], axis=1) >= 0).all()
    both = predict_waves(horizon=15)
    assert [name for name in both if "-lo-" in name] == ["forecast-lo-80", "forecast-lo-95"]
    for name in both:
        assert both[name].tolist() == frame[name].tolist()


def test_sample_paths_fill_the_intervals(predict_waves: Callable[..., Any]) -> None:
    paths = predict_waves(samples=2000, horizon=15)
    assert list(paths) == ["unique_id", "ds", "sample", "forecast"]
    assert (
        paths.groupby("unique_id", sort=False)["sample"].agg(["min", "max", "size"]).to_numpy().tolist()
        == [[0, 1999, 30_000]] * 2
    )
    intervals = predict_waves(levels=(50, 80, 95), horizon=15).drop(columns=["forecast", "strategy"])
    joined = paths.merge(intervals, on=["unique_id", "ds"])
    for level in (50, 80, 95):
        inside = joined["forecast"].between(joined[f"forecast-lo-{level}"], joined[f"forecast-hi-{level}"])
        shares = inside.groupby([joined["unique_id"], joined["ds"]]).mean()
        np.testing.assert_allclose(shares, level / 100, atol=0.06)


def test_the_seed_alone_decides_the_sample_paths(predict_waves: Callable[..., Any]) -> None:
    first, again, other = (predict_waves(samples=3, seed=seed)["forecast"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert (first != other).all()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"levels": (50,), "samples": 3},
            "--level and --samples both describe what may happen; leave one of them out",
        ),
        (
            {"samples": 10_000, "horizon": 1000},
            "10000 sample paths of 2000 values are more than 10,000,000 rows; use --samples 5000 or less",
        ),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    predict_waves: Callable[..., Any], asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError) as refused:
        predict_waves(**asked)
    assert str(refused.value) == sentence


def test_a_model_knows_how_far_prices_move_across_the_closes_after_newer_rows(tmp_path: Path) -> None:
    day = np.busday_offset("2024-01-01", np.arange(120)).astype("datetime64[m]")
    times = (day[:, None] + np.arange(570, 960, 60)).ravel()
    returns = np.random.default_rng(0).normal(0, 0.001, len(times))
    returns[::7] *= 6
    table = pd.DataFrame({"time": times.astype("datetime64[s]"), "close": 50 * np.exp(np.cumsum(returns))})
    table[:-70].to_csv(tmp_path / "bars.csv", index=False)
    path, wanted = tmp_path / "m.joblib", Specification(horizon=3, members=1, epochs=1, mode="returns")
    train([str(tmp_path / "bars.csv")], selection=AUTO, specification=wanted, output=path)
    widths = {}
    for name, rows in (("close", -7), ("midday", -11)):
        newer = tmp_path / f"{name}.csv"
        table[:rows].to_csv(newer, index=False)
        frame = predict(path, [str(newer)], selection=AUTO).frame
        widths[name] = (frame["forecast-hi-80"] - frame["forecast-lo-80"]).to_numpy()
        paths = predict(path, [str(newer)], selection=AUTO, request=Request(samples=1000)).frame
        low, high = (paths.groupby("ds")["forecast"].quantile(share) for share in (0.1, 0.9))
        np.testing.assert_allclose(high - low, widths[name], rtol=0.15)
    assert widths["close"][0] > 3 * widths["midday"][0]
    assert widths["close"][2] < 1.3 * widths["close"][0]


def test_an_explanation_has_a_column_for_each_part_whose_sum_is_the_forecast(sp500_model: Path) -> None:
    plain = predict(sp500_model, selection=AUTO, request=Request(horizon=5)).frame
    frame = predict(sp500_model, selection=AUTO, request=Request(horizon=5, explain=True)).frame
    assert list(frame.columns) == [*plain.columns, "level"], "prices have no seasons"
    np.testing.assert_allclose(frame["level"], frame["forecast"])


def test_paths_have_no_explanation(sp500_model: Path) -> None:
    with pytest.raises(UsageError, match="--explain cannot be used with --samples"):
        predict(sp500_model, selection=AUTO, request=Request(samples=10, explain=True))
