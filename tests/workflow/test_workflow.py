"""The verbs as functions: what they return, what they write, what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import forecaster
from forecaster.errors import (
    AllSeriesFailedError,
    InputRefusedError,
    InputUnreadableError,
    ModelRefusedError,
    OutputError,
    QualityGateError,
    UsageError,
)
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection, Specification
from forecaster.workflow.check import check
from forecaster.workflow.evaluate import evaluate
from forecaster.workflow.inspect import inspect
from forecaster.workflow.predict import predict
from forecaster.workflow.train import train as train_model

if TYPE_CHECKING:
    from forecaster.workflow.results import Check, Training

SAMPLES = Path(__file__).parents[2] / "sample_data"
QUICK = Specification(horizon=5, members=2, epochs=3)
AUTO = Selection()


def business_days(first: str, rows: int) -> pd.DatetimeIndex:
    return pd.bdate_range(first, periods=rows)


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Write 400 business days of a seeded random walk."""
    close = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 400)))
    path = tmp_path / "prices.csv"
    pd.DataFrame({"Date": business_days("2020-01-01", 400), "Close": close.round(4)}).to_csv(path, index=False)
    return path


@pytest.fixture
def model(prices: Path, tmp_path: Path) -> Path:
    path = tmp_path / "model.joblib"
    train_model([str(prices)], selection=AUTO, specification=QUICK, output=path)
    return path


def train(source: Path | str, output: Path, specification: Specification = QUICK, **options: object) -> Training:
    selection = options.pop("selection", AUTO)
    return train_model([str(source)], selection=selection, specification=specification, output=output, **options)


def test_training_names_a_split_that_prices_were_not_adjusted_for(prices: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(prices)
    frame.loc[300:, "Close"] /= 2
    frame.to_csv(tmp_path / "split.csv", index=False)
    plain, split = (train(name, tmp_path / "m.joblib", dry_run=True) for name in (prices, tmp_path / "split.csv"))
    assert "JUMP" not in {found.code for found in plain.findings}
    (found,) = (found for found in split.findings if found.code == "JUMP")
    assert ", like a 2 for 1 split that earlier values were not adjusted for" in str(found)


def checked(*sources: Path, **options: object) -> Check:
    selection = options.pop("selection", AUTO)
    return check([str(each) for each in sources], selection=selection, **options)


def test_a_check_says_what_training_says(prices: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(prices)
    frame.loc[200, "Close"] *= 100
    frame[::-1].to_csv(tmp_path / "odd.csv", index=False)
    found = checked(tmp_path / "odd.csv")
    assert [each.code for each in found.findings] == ["CHOSEN", "SORTED", "JUMP"]
    assert found.findings == train(tmp_path / "odd.csv", tmp_path / "m.joblib", dry_run=True).findings
    assert (found.refused, found.failed, found.repaired) == ({}, {}, None)
    assert found.frame()["line"].tolist() == [pd.NA, pd.NA, 201]


def test_each_file_is_checked_on_its_own(prices: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(prices.read_text().replace("2020-01-06,", "2020-01-06,x"))
    absent = tmp_path / "absent.csv"
    found = checked(bad, prices, absent)
    assert [(each.code, each.place.line) for each in found.findings] == [
        ("NUMBER", 5),
        ("CHOSEN", None),
        ("NOINPUT", None),
    ]
    assert {name: error.exit_code for name, error in found.refused.items()} == {str(bad): 65, str(absent): 66}
    assert all(each.place.file for each in found.findings)


def test_all_cells_with_a_fault_are_findings(prices: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(prices.read_text().replace(",9", ",x"))
    found = checked(bad).findings
    assert len(found) > 20
    assert {each.code for each in found} == {"NUMBER"}
    assert [each.place.line for each in found] == sorted({each.place.line for each in found})


def test_a_check_tells_whether_there_are_rows_enough(prices: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.csv"
    short.write_text("".join(prices.read_text().splitlines(keepends=True)[:41]))
    assert not checked(short, specification=Specification(horizon=4)).refused
    (error,) = checked(short, specification=Specification(horizon=30)).refused.values()
    assert str(error).startswith(f"{short}: 40 rows are too few to forecast 30 steps; give at least ")
    short.write_text("Date,Close\n2024-01-01,1\n2024-01-02,2\n")
    found = checked(short)
    assert [(each.code, each.text) for each in found.findings] == [
        ("CHOSEN", "time column Date (YYYY-MM-DD), target Close"),
        ("SHORT", "too few rows: have 2, need 8"),
    ]


def test_a_check_names_the_series_that_fail(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    rows = [f"{name},{t},{50 + t % 7}" for name, n in (("a", 90), ("b", 3)) for t in range(n)]
    path.write_text("id,t,y\n" + "\n".join([*rows, *(f"c,{t // 2},{t}" for t in range(20))]))
    found = checked(path)
    assert (found.refused, set(found.failed)) == ({}, {"b", "c"})
    assert [(each.code, each.place.series) for each in found.findings[-2:]] == [("DUP", "c"), ("SHORT", "b")]


def test_the_repaired_table_reads_as_the_file_did(prices: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(prices)
    frame["Date"] = pd.to_datetime(frame["Date"]).dt.strftime("%d.%m.%Y")
    frame = pd.concat([frame.drop(index=[50, 51])[::-1], frame[:1]])
    frame.to_csv(tmp_path / "odd.csv", index=False, sep=";", decimal=",")
    for repair in ("safe", "full"):
        repaired = checked(tmp_path / "odd.csv", with_repaired=True, repair=repair).repaired
        assert repaired is not None
        (tmp_path / repair).mkdir()
        repaired.to_csv(tmp_path / repair / "odd.csv", index=False)
        found = read_sources([str(tmp_path / repair / "odd.csv")], AUTO)
        expected = read_sources([str(tmp_path / "odd.csv")], AUTO, repair=repair)
        assert found.panel.fingerprint() == expected.panel.fingerprint()
        assert found.style == expected.style


def test_train_predict_inspect(prices: Path, tmp_path: Path) -> None:
    result = train(prices, tmp_path / "m.joblib")
    assert result.path is not None
    assert result.path.is_file()
    assert result.scores is not None
    baselines = ["last_value", "drift", "seasonal_naive", "theta"]
    assert result.scores["model"].tolist() == ["forecast", "network", "ridge", *baselines]
    assert result.verdict is not None
    assert "'no change' on 56 held-out cutoffs" in result.verdict.sentences[0]
    assert result.verdict.sentences[1] == "So the line is the last value."
    assert "of 140 held-out values" in result.verdict.sentences[2]
    frame = predict(result.path, selection=AUTO).frame
    intervals = ["forecast-lo-80", "forecast-hi-80", "forecast-lo-95", "forecast-hi-95"]
    assert frame.columns.tolist() == ["unique_id", "ds", "forecast", *intervals, "strategy"]
    assert frame["unique_id"].tolist() == ["prices"] * 5
    assert frame["ds"].tolist() == business_days("2020-01-01", 405)[400:].tolist()
    content = inspect(result.path)
    assert content["sha256"] == result.digest
    assert content["recipe"]["horizon"] == 5
    assert [decision["name"] for decision in content["decisions"]] == [d.name for d in result.decisions]


def test_what_predict_reads_is_what_train_made(prices: Path, model: Path) -> None:
    from_tail = predict(model, selection=AUTO, horizon=12).frame
    from_file = predict(model, [str(prices)], selection=AUTO, horizon=12).frame
    pd.testing.assert_frame_equal(from_tail, from_file)
    assert from_tail["strategy"].tolist() == ["direct"] * 5 + ["recursive"] * 7


def test_newer_rows_move_the_forecast_on(model: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.csv"
    pd.DataFrame({"Date": business_days("2020-01-01", 403)[400:], "Close": [90.0, 91, 92]}).to_csv(newer, index=False)
    frame = predict(model, [str(newer)], selection=AUTO).frame
    assert frame["ds"].iloc[0] == business_days("2020-01-01", 404)[403]
    assert abs(frame["forecast"].iloc[0] - 92) < 2


def test_newer_values_without_a_logarithm_are_refused(model: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.csv"
    pd.DataFrame({"Date": business_days("2020-01-01", 402)[400:], "Close": [90.0, -3]}).to_csv(newer, index=False)
    with pytest.raises(InputRefusedError) as error:
        predict(model, [str(newer)], selection=AUTO)
    assert str(error.value) == (
        "series prices: the value -3 at 2021-07-15 has no logarithm, which the model takes; train a model on these rows"
    )


def test_the_same_file_and_flags_give_the_same_bytes_whatever_the_jobs(prices: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.joblib", "b.joblib", "c.joblib")]
    digests = [train(prices, path, jobs=jobs).digest for path, jobs in zip(files, (1, 1, 2), strict=True)]
    assert len(set(digests)) == 1
    assert len({path.read_bytes() for path in files}) == 1


def test_a_dry_run_writes_nothing(prices: Path, tmp_path: Path) -> None:
    result = train(prices, tmp_path / "m.joblib", dry_run=True)
    assert result.facts["windows"] > 100
    assert result.facts["parameters"] > 1000
    assert result.verdict is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prices.csv"]


def test_the_quality_gate_leaves_the_older_model(prices: Path, model: Path) -> None:
    before = model.read_bytes()
    with pytest.raises(QualityGateError) as error:
        train(prices, model, require_skill=50.0)
    assert str(error.value).endswith("50 % is asked for; nothing was written; an older model stays in place")
    assert model.read_bytes() == before


def test_series_that_are_too_short_are_named_and_cost_the_others_nothing(tmp_path: Path) -> None:
    rows = [(name, t, 50 + 5 * np.sin(t / 2)) for name, n in (("a", 90), ("b", 90), ("c", 3)) for t in range(n)]
    path = tmp_path / "panel.csv"
    pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(path, index=False)
    result = train(path, tmp_path / "m.joblib")
    assert result.failed == {"c": "too few rows: have 3, need 8"}
    assert set(predict(tmp_path / "m.joblib", selection=AUTO).frame["unique_id"]) == {"a", "b"}


def test_when_every_series_is_too_short_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text("unique_id,ds,y\n" + "".join(f"{name},{t},{t + 1}\n" for name in "ab" for t in range(4)))
    with pytest.raises(AllSeriesFailedError, match="none of the 2 series has the 8 rows that are needed"):
        train(path, tmp_path / "m.joblib")


def test_a_series_that_the_model_does_not_know_is_named(tmp_path: Path) -> None:
    def write(name: str, ids: str) -> Path:
        rows = [(i, t, 50 + 5 * np.sin(t / 2)) for i in ids for t in range(90)]
        pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(tmp_path / name, index=False)
        return tmp_path / name

    train(write("train.csv", "ab"), tmp_path / "m.joblib")
    result = predict(tmp_path / "m.joblib", [str(write("new.csv", "bz"))], selection=AUTO)
    assert result.failed == {"z": "the model was not trained on this series"}
    assert set(result.frame["unique_id"]) == {"b"}
    with pytest.raises(InputRefusedError, match="the model knows none of the 2 series"):
        predict(tmp_path / "m.joblib", [str(write("other.csv", "yz"))], selection=AUTO)


def test_evaluate_sets_all_methods_side_by_side(prices: Path) -> None:
    result = evaluate([str(prices)], selection=AUTO, specification=QUICK, folds=3)
    assert result.scores["model"].tolist() == ["forecast", "last_value", "drift", "seasonal_naive", "theta"]
    assert {"mae", "rmse", "smape", "mase", "wql", "coverage-80", "coverage-95"} <= set(result.scores.columns)
    assert len(result.scores_by_step) == 5 * 5
    assert result.scores.columns[-2:].tolist() == ["skill", "p_value"]
    assert result.scores["skill"].isna().tolist() == [True, False, False, False, False]
    assert result.scores_by_series["unique_id"].tolist() == ["prices"] * 5
    assert result.hardest.empty
    assert len(result.forecasts) == 3 * 5
    assert result.verdict.origins == 3
    assert (result.forecasts["cutoff"] < result.forecasts["ds"]).all()


def test_earlier_folds_do_not_change_when_rows_are_appended(prices: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.csv"
    extra = pd.DataFrame({"Date": business_days("2020-01-01", 405)[400:], "Close": [1.0, 500, 2, 400, 3]})
    pd.concat([pd.read_csv(prices, parse_dates=["Date"]), extra]).to_csv(longer, index=False)
    before = evaluate([str(prices)], selection=AUTO, specification=QUICK, folds=2).forecasts
    after = evaluate([str(longer)], selection=AUTO, specification=QUICK, folds=3).forecasts
    shared = after[after["fold"] < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(before.drop(columns="unique_id"), shared.drop(columns="unique_id"), check_exact=True)


def test_jobs_do_not_change_an_evaluation(prices: Path) -> None:
    one, two = (
        evaluate([str(prices)], selection=AUTO, specification=QUICK, folds=2, jobs=jobs).forecasts for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_without_a_refit_earlier_folds_know_no_later_row(prices: Path, tmp_path: Path) -> None:
    """Six folds from one fit: the rows after a cutoff are changed, and with them the forecasts after it alone."""
    changed = tmp_path / "changed.csv"
    rows = pd.read_csv(prices)
    rows.loc[390:, "Close"] *= 3.0
    rows.to_csv(changed, index=False)
    before, after = (
        evaluate([str(path)], selection=AUTO, specification=QUICK, folds=6, step=2, refit=None).forecasts
        for path in (prices, changed)
    )
    columns = [name for name in before if name.startswith("forecast")]
    known = before["fold"] <= 2
    assert before.loc[known, "cutoff"].max() == business_days("2020-01-01", 389)[-1]
    pd.testing.assert_frame_equal(before.loc[known, columns], after.loc[known, columns], check_exact=True)
    assert (before.loc[~known, "forecast"] != after.loc[~known, "forecast"]).all()


def test_jobs_do_not_change_an_evaluation_without_a_refit(prices: Path) -> None:
    one, two = (
        evaluate([str(prices)], selection=AUTO, specification=QUICK, folds=3, refit=None, jobs=jobs).forecasts
        for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_the_hardest_of_many_series_are_named(tmp_path: Path) -> None:
    """Twelve series, of which the later move the more from what they were."""
    rng = np.random.default_rng(0)
    rows = [(f"s{i}", t, 50 + rng.normal() + (t > 80) * i * 9.0 * (-1) ** t) for i in range(12) for t in range(90)]
    path = tmp_path / "panel.csv"
    pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(path, index=False)
    tiny = Specification(horizon=3, members=1, epochs=1, updates=2, hidden=4)
    result = evaluate([str(path)], selection=AUTO, specification=tiny, folds=3)
    assert result.hardest.columns.tolist() == ["unique_id", "mase", "skill"]
    assert len(result.hardest) == 10
    ours = result.scores_by_series.query("model == 'forecast'")
    assert result.hardest["mase"].tolist() == sorted(ours["mase"], reverse=True)[:10]
    assert "s0" not in result.hardest["unique_id"].tolist()
    theirs = result.scores_by_series.query("model == @result.verdict.baseline").set_index("unique_id")["skill"]
    assert result.hardest["skill"].tolist() == theirs[result.hardest["unique_id"]].tolist()


def test_the_errors_of_an_evaluation_are_checked(tmp_path: Path) -> None:
    """A series that alternates on the rows that are forecast, and not on those that were learned from."""
    path = tmp_path / "alternating.csv"
    y = 100 + np.random.default_rng(0).normal(size=300)
    y[240:] += 10.0 * (-1.0) ** np.arange(60)
    pd.DataFrame({"ds": np.arange(300), "y": y}).to_csv(path, index=False)
    tiny = Specification(horizon=1, members=1, epochs=1, updates=1, hidden=4, season=1, mode="level")
    result = evaluate([str(path)], selection=AUTO, specification=tiny, folds=60, refit=None)
    assert any("not independent: one cutoff tells of the next" in each for each in result.verdict.sentences)


def test_a_method_that_is_not_installed_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--baselines knows no 'prophet'"):
        evaluate([str(tmp_path / "missing.csv")], selection=AUTO, specification=QUICK, baselines=["prophet"])


def test_refusals_have_their_error(prices: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        train(prices, tmp_path / "no" / "such" / "folder" / "m.joblib")
    with pytest.raises(InputUnreadableError):
        train(tmp_path / "missing.csv", model)
    with pytest.raises(InputUnreadableError):
        predict(tmp_path / "missing.joblib", selection=AUTO)
    with pytest.raises(ModelRefusedError):
        predict(prices, selection=AUTO)
    with pytest.raises(InputRefusedError, match="too few"):
        train(prices, model, Specification(horizon=300))


def test_the_sample_panel_trains_as_one_network(tmp_path: Path) -> None:
    selection = Selection(series="industry")
    result = train(SAMPLES / "us_employment.csv", tmp_path / "m.joblib", Specification(epochs=2), selection=selection)
    assert result.facts["series"] == 22
    frame = predict(tmp_path / "m.joblib", selection=AUTO, horizon=2).frame
    assert frame.groupby("unique_id").size().eq(2).all()
    assert set(frame["ds"]) == {pd.Timestamp("2016-01-01"), pd.Timestamp("2016-02-01")}


def test_windows_are_handed_to_anyone_with_a_frame() -> None:
    frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=6), "y": np.arange(6.0)})
    x, y, unique_id, cutoff = forecaster.windows(frame, lookback=3, horizon=2)
    assert x.tolist() == [[0, 1, 2], [1, 2, 3]]
    assert y.tolist() == [[3, 4], [4, 5]]
    assert len(set(unique_id)) == 1
    assert cutoff.astype("datetime64[D]").astype(str).tolist() == ["2024-01-03", "2024-01-04"]


@pytest.fixture(scope="module")
def sp500_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sp500") / "m.joblib"
    specification = Specification(members=1, epochs=2)
    train_model([str(SAMPLES / "sp500.csv")], selection=AUTO, specification=specification, output=path)
    return path


def test_forecast_rows_fall_on_trading_days(sp500_model: Path) -> None:
    frame = predict(sp500_model, selection=AUTO, horizon=15).frame
    days = frame["ds"].dt.strftime("%Y-%m-%d").tolist()
    assert days[:5] == ["2019-01-02", "2019-01-03", "2019-01-04", "2019-01-07", "2019-01-08"], "1 January is closed"
    assert "2019-01-21" not in days, "Martin Luther King day is closed"
