"""What `evaluate` measures: it knows no later row, and processes do not change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import UsageError
from forecaster.spec import Selection, Specification
from forecaster.workflow.evaluate import evaluate

if TYPE_CHECKING:
    from pathlib import Path


QUICK = Specification(horizon=5, members=2, epochs=3)
AUTO = Selection()


def test_evaluate_scores_all_methods(prices: Path) -> None:
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


@pytest.mark.slow
def test_earlier_folds_do_not_change_when_rows_are_appended(prices: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.csv"
    extra = pd.DataFrame({"Date": pd.bdate_range("2020-01-01", periods=405)[400:], "Close": [1.0, 500, 2, 400, 3]})
    pd.concat([pd.read_csv(prices, parse_dates=["Date"]), extra]).to_csv(longer, index=False)
    before = evaluate([str(prices)], selection=AUTO, specification=QUICK, folds=2).forecasts
    after = evaluate([str(longer)], selection=AUTO, specification=QUICK, folds=3).forecasts
    shared = after[after["fold"] < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(before.drop(columns="unique_id"), shared.drop(columns="unique_id"), check_exact=True)


@pytest.mark.slow
def test_jobs_do_not_change_an_evaluation(prices: Path) -> None:
    one, two = (
        evaluate([str(prices)], selection=AUTO, specification=QUICK, folds=2, jobs=jobs).forecasts for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.slow
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
    assert before.loc[known, "cutoff"].max() == pd.bdate_range("2020-01-01", periods=389)[-1]
    pd.testing.assert_frame_equal(before.loc[known, columns], after.loc[known, columns], check_exact=True)
    assert (before.loc[~known, "forecast"] != after.loc[~known, "forecast"]).all()


@pytest.mark.slow
def test_jobs_do_not_change_an_evaluation_without_a_refit(prices: Path) -> None:
    one, two = (
        evaluate([str(prices)], selection=AUTO, specification=QUICK, folds=3, refit=None, jobs=jobs).forecasts
        for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_errors_of_an_evaluation_are_checked(tmp_path: Path) -> None:
    """A series that alternates on the rows that are forecast, and not on those that were learned from."""
    path = tmp_path / "alternating.csv"
    y = 100 + np.random.default_rng(0).normal(size=300)
    y[240:] += 10.0 * (-1.0) ** np.arange(60)
    pd.DataFrame({"ds": np.arange(300), "y": y}).to_csv(path, index=False)
    tiny = Specification(horizon=1, members=1, epochs=1, updates=1, hidden=4, season=1, mode="level")
    result = evaluate([str(path)], selection=AUTO, specification=tiny, folds=60, refit=None)
    assert any("not independent: each says something about the next" in each for each in result.verdict.sentences)


def test_a_method_that_is_not_installed_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--baselines does not know 'prophet'"):
        evaluate([str(tmp_path / "missing.csv")], selection=AUTO, specification=QUICK, baselines=["prophet"])


@pytest.mark.slow
def test_scores_do_not_depend_on_the_order_of_the_series(tmp_path: Path) -> None:
    values = np.random.default_rng(0).lognormal(3, 1, (5, 40)).round(3)
    days = np.datetime64("2024-01-01") + np.arange(40)
    names, scores = [*"zebra"[::-1]], []
    for order in (names, names[::-1]):
        file = tmp_path / "series.csv"
        rows = [
            f"{name},{day},{value}"
            for name in order
            for day, value in zip(days, values[names.index(name)], strict=True)
        ]
        file.write_text("\n".join(["unique_id,ds,y", *rows, ""]))
        specification = Specification(horizon=3, zero_shot=True)
        found = evaluate([str(file)], selection=Selection(), specification=specification, folds=2, jobs=1)
        assert list(found.forecasts["unique_id"].unique()) == order
        scores.append(found.scores)
    assert scores[0].equals(scores[1])
