"""What `train` returns, what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.model import load
from forecaster.errors import (
    AllSeriesFailedError,
    InputRefusedError,
    InputUnreadableError,
    ModelRefusedError,
    OutputError,
    QualityGateError,
    UsageError,
)
from forecaster.forecasting import budget
from forecaster.spec import Selection, Specification
from forecaster.workflow.inspect import inspect
from forecaster.workflow.predict import predict
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.workflow.check import Check
    from forecaster.workflow.results import Training


SAMPLES = Path(__file__).parents[2] / "sample_data"
AUTO = Selection()


def test_training_reports_a_split_that_prices_were_not_adjusted_for(
    prices: Path, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    frame = pd.read_csv(prices)
    frame.loc[300:, "Close"] /= 2
    frame.to_csv(tmp_path / "split.csv", index=False)
    plain, split = (train_file(name, tmp_path / "m.joblib", dry_run=True) for name in (prices, tmp_path / "split.csv"))
    assert "JUMP" not in {found.code for found in plain.findings}
    (found,) = (found for found in split.findings if found.code == "JUMP")
    assert ", like a 2 for 1 split that earlier values were not adjusted for" in str(found)


def test_train_predict_inspect(prices: Path, tmp_path: Path, train_file: Callable[..., Training]) -> None:
    result = train_file(prices, tmp_path / "m.joblib")
    assert result.path is not None
    assert result.path.is_file()
    assert result.scores is not None
    baselines = ["last_value", "drift", "seasonal_naive", "theta"]
    assert result.scores["model"].tolist() == ["forecast", "network", "ridge", *baselines]
    assert result.verdict is not None
    assert "'no change' on 56 held-out cutoffs" in result.verdict.sentences[0]
    assert result.verdict.sentences[1] == "So the point forecast is the last value."
    assert "of 140 held-out values" in result.verdict.sentences[2]
    frame = predict(result.path, selection=AUTO).frame
    intervals = ["forecast-lo-80", "forecast-hi-80", "forecast-lo-95", "forecast-hi-95"]
    assert frame.columns.tolist() == ["unique_id", "ds", "forecast", *intervals, "strategy"]
    assert frame["unique_id"].tolist() == ["prices"] * 5
    assert frame["ds"].tolist() == pd.bdate_range("2020-01-01", periods=405)[400:].tolist()
    content = inspect(result.path)
    assert content["sha256"] == result.digest
    assert content["recipe"]["horizon"] == 5
    assert [decision["name"] for decision in content["decisions"]] == [d.name for d in result.decisions]


def test_the_same_file_and_flags_give_the_same_bytes_whatever_the_jobs(
    prices: Path, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    files = [tmp_path / name for name in ("a.joblib", "b.joblib", "c.joblib")]
    digests = [train_file(prices, path, jobs=jobs).digest for path, jobs in zip(files, (1, 1, 2), strict=True)]
    assert len(set(digests)) == 1
    assert len({path.read_bytes() for path in files}) == 1


def test_a_dry_run_writes_nothing(prices: Path, tmp_path: Path, train_file: Callable[..., Training]) -> None:
    result = train_file(prices, tmp_path / "m.joblib", dry_run=True)
    assert result.facts["windows"] > 100
    assert result.facts["parameters"] > 1000
    assert result.verdict is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prices.csv"]


@pytest.mark.slow
def test_the_quality_gate_leaves_the_older_model(
    prices: Path, model: Path, train_file: Callable[..., Training]
) -> None:
    before = model.read_bytes()
    with pytest.raises(QualityGateError) as error:
        train_file(prices, model, require_skill=50.0)
    assert str(error.value).endswith("50 % is required; nothing was written; an older model stays in place")
    assert model.read_bytes() == before


def test_series_that_are_too_short_are_named_and_do_not_affect_the_others(
    tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    rows = [(name, t, 50 + 5 * np.sin(t / 2)) for name, n in (("a", 90), ("b", 90), ("c", 2)) for t in range(n)]
    path = tmp_path / "panel.csv"
    pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(path, index=False)
    result = train_file(path, tmp_path / "m.joblib")
    assert result.failed == {"c": "too few rows: have 2, need 8"}
    assert set(predict(tmp_path / "m.joblib", selection=AUTO).frame["unique_id"]) == {"a", "b"}


def test_a_panel_of_series_that_are_all_too_short_is_refused(
    tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    path = tmp_path / "panel.csv"
    path.write_text("unique_id,ds,y\n" + "".join(f"{name},{t},{t + 1}\n" for name in "ab" for t in range(4)))
    with pytest.raises(AllSeriesFailedError, match="none of the 2 series has the 8 rows that are needed"):
        train_file(path, tmp_path / "m.joblib")


def test_refusals_have_their_error(
    prices: Path, model: Path, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    with pytest.raises(OutputError):
        train_file(prices, tmp_path / "no" / "such" / "folder" / "m.joblib")
    with pytest.raises(InputUnreadableError):
        train_file(tmp_path / "missing.csv", model)
    with pytest.raises(InputUnreadableError):
        predict(tmp_path / "missing.joblib", selection=AUTO)
    with pytest.raises(ModelRefusedError):
        predict(prices, selection=AUTO)
    with pytest.raises(InputRefusedError, match="too few"):
        train_file(prices, model, Specification(horizon=300, hidden=8))


@pytest.mark.slow
def test_the_sample_panel_trains_as_one_network(tmp_path: Path, train_file: Callable[..., Training]) -> None:
    selection = Selection(series="industry")
    result = train_file(
        SAMPLES / "us_employment.csv", tmp_path / "m.joblib", Specification(epochs=2), selection=selection
    )
    assert result.facts["series"] == 22
    frame = predict(tmp_path / "m.joblib", selection=AUTO, request=Request(horizon=2)).frame
    assert frame.groupby("unique_id").size().eq(2).all()
    assert set(frame["ds"]) == {pd.Timestamp("2016-01-01"), pd.Timestamp("2016-02-01")}


def test_dates_that_follow_several_schedules_are_noted_and_the_option_decides(
    tmp_path: Path, train_file: Callable[..., Training], check_files: Callable[..., Check]
) -> None:
    fiscal = pd.offsets.FY5253Quarter(startingMonth=9, weekday=5, variation="nearest", qtr_with_extra_week=4)
    quarters = pd.date_range("2012-01-01", periods=30, freq=fiscal)
    file, model = tmp_path / "sales.csv", tmp_path / "m.joblib"
    pd.DataFrame({"ds": quarters[:12], "y": np.arange(12) % 4 + 10.5}).to_csv(file, index=False)
    zero_shot = Specification(zero_shot=True)
    (note,) = (found for found in train_file(file, model, zero_shot).findings if found.code == "SCHEDULE")
    assert note in check_files(file).findings
    (step,) = (each["reason"] for each in inspect(model)["decisions"] if each["name"] == "step")
    assert step.startswith("quarters of 13 weeks, years end on ")
    assert step.endswith(" would fit as well)")

    named = Selection(calendar="13-weeks-saturday-nearest-end-of-september")
    assert "SCHEDULE" not in {found.code for found in train_file(file, model, zero_shot, selection=named).findings}
    assert predict(model, selection=AUTO, request=Request(horizon=18)).frame["ds"].tolist() == quarters[12:].tolist()

    with pytest.raises(UsageError, match="third-friday is not a schedule that the rows follow; use one of 13-weeks-"):
        train_file(file, model, selection=Selection(calendar="third-friday"))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["level", "returns"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_training_that_takes_longer_than_planned_ends_in_time_and_says_so(  # noqa: PLR0917 - fixtures and cases
    prices: Path,
    tmp_path: Path,
    train_file: Callable[..., Training],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    jobs: int,
) -> None:
    monkeypatch.setattr(budget, "SHARE", 1e9)  # so the plan promises days of training
    endless = Specification(
        horizon=5, mode=mode, members=3, epochs=1000, updates=10_000, zero_shot=False, time_limit=2.0
    )
    result = train_file(prices, tmp_path / "m.joblib", endless, jobs=jobs)
    assert result.time_limit == "limit of 2 seconds: training ended early, each network keeps its best weights"
    fitted = load(tmp_path / "m.joblib").fitted
    volatility = fitted.components.volatility
    assert 1 <= fitted.recipe.members <= 3
    assert fitted.recipe.members == len(fitted.members if volatility is None else volatility.weights)
    assert not (tmp_path / "m.joblib.checkpoint").exists()
