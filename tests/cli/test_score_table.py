"""The table of an evaluation: sorted, marked, in words, with all scores on request."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len

from forecaster.cli.page import Page
from forecaster.cli.score_table import evaluation_lines
from forecaster.cli.tables import BOLD, PLAIN
from forecaster.evaluation.backtest_report import backtest_verdict, score_with_skill
from forecaster.evaluation.score_tables import STEP
from forecaster.series.panel import panel_from_series
from forecaster.workflow.results import Evaluation, History

OTHERS = ["last_value", "seasonal_naive", "statsforecast_auto_ets"]
SPREADS = {"forecast": 2.0, "last_value": 12.0, "seasonal_naive": 4.0, "statsforecast_auto_ets": 1.0}
"""Mean absolute error of each method at the first step; it grows to the double until the last."""


@cache
def evaluation(
    ids: tuple[str, ...] = ("sales",), steps: int = 4, folds: int = 5, level: float = 100.0, **columns: Any
) -> Evaluation:
    """Return an evaluation of methods whose errors are known, on series whose values are whole numbers."""
    n = folds * len(ids) * steps
    step = np.tile(np.arange(1, steps + 1), folds * len(ids))
    fold = np.repeat(np.arange(folds), len(ids) * steps)
    frame = pd.DataFrame(
        {
            "unique_id": np.tile(np.repeat(np.array(ids, object), steps), folds),
            "ds": pd.Timestamp("2024-01-01") + pd.to_timedelta(fold * steps + step, "D"),
            "cutoff": pd.Timestamp("2024-01-01") + pd.to_timedelta(fold * steps, "D"),
            "fold": fold,
            STEP: step,
            "y": level,
            "scale": 8.0,
            "mean_square": 0.0,
            **columns,
        }
    )
    growth = 1.0 + (step - 1) / max(steps - 1, 1)
    noise = 1.0 + np.random.default_rng(0).uniform(-0.01, 0.01, n)
    for name, spread in SPREADS.items():
        frame[name] = frame["y"] + spread * growth * noise
        for half, share in ((80, 0.5), (95, 3.0)):
            width = spread * growth * (share if name == "forecast" else 2.0)
            frame[f"{name}-lo-{half}"], frame[f"{name}-hi-{half}"] = frame[name] - width, frame[name] + width
    days = np.datetime64("2023-11-01", "us") + np.arange(50) * np.timedelta64(1, "D")
    tables = [score_with_skill(frame, "forecast", OTHERS, steps, by) for by in (None, STEP, "unique_id")]
    panel = panel_from_series([(name, days, np.full(50, level)) for name in ids])
    verdict = backtest_verdict(frame, "forecast", OTHERS, steps)
    return Evaluation(*tables, frame, verdict, (), (), {}, {}, History(panel, 7))


def lines(result: Evaluation, page: Page | None = None, **wanted: bool) -> list[str]:
    options = {"by_series": False, "by_step": False, "verbose": False} | wanted
    return evaluation_lines(result, page or Page(80, 40, grouped=True), **options)


def test_methods_are_sorted_and_each_row_is_about_its_method() -> None:
    assert lines(evaluation()) == [
        "Errors of 5 forecasts of the past, 4 steps each; the best method first",
        "",
        "                     Mean error  Errors against  In interval of  Error at",
        "  Method         amount    in %       last week     80 %   95 %  steps 1 to 4",
        "  AutoETS           1.5   1.5 %    75 % smaller    100 %  100 %  ▃▃▄▄",
        "▸ This forecast     3.0   3.0 %    50 % smaller      0 %  100 %  ▅▆▇█",
        "  Last week         6.0   5.8 %       reference    100 %  100 %  ████",
        "  Last value       18.0  16.4 %       3.0 times    100 %  100 %  ████",
    ]


def test_letters_stand_in_for_blocks() -> None:
    plain = lines(evaluation(), Page(80, 40, blocks=False))
    assert "\n".join(plain).isascii()
    assert plain[5].startswith("> This forecast")
    assert plain[7].endswith("@@@@")


def test_the_best_value_of_each_column_and_our_name_are_bold() -> None:
    shown = lines(evaluation(), Page(80, 40, grouped=True, bold=True))
    assert [line.replace(BOLD, "").replace(PLAIN, "") for line in shown] == lines(evaluation())
    assert [line.count(BOLD) for line in shown[4:]] == [4, 1, 1, 1]
    assert shown[0].startswith(BOLD)
    assert f"{BOLD}▸ This forecast{PLAIN}" in shown[5]


@pytest.mark.sampled("*-4-40", "wanted0-*-80", slow=("*-1-60", "*-100-120", "*-100-40"))
@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("steps", [1, 4, 100])
@pytest.mark.parametrize("wanted", [{}, {"by_step": True}, {"by_series": True}, {"verbose": True}])
def test_no_line_is_wider_than_the_terminal(width: int, steps: int, wanted: dict[str, bool]) -> None:
    result = evaluation(("東京の店", "b"), steps, level=123_456.0)
    assert max(map(cell_len, lines(result, Page(width, 40, grouped=True), **wanted))) <= width


def test_more_steps_than_marks_are_averaged() -> None:
    shown = lines(evaluation(steps=100), Page(200, 40))
    assert shown[3].endswith("steps 1 to 100")
    assert 14 <= len(shown[4].split()[-1]) <= 24


def test_without_a_season_there_is_one_naive_forecast() -> None:
    result = evaluation()
    without = replace(result, history=result.history._replace(season=1))
    assert [line.split()[0] for line in lines(without)[4:]] == ["AutoETS", "▸", "Last"]


def test_errors_of_several_series_are_scaled() -> None:
    shown = lines(evaluation(("a", "b")))
    assert shown[0].startswith("Errors of forecasts from 5 points in the past, 2 series, 4 steps each;")
    assert shown[4].split()[:3] == ["Method", "scaled", "in"]
    assert shown[5].split()[:2] == ["AutoETS", "0.188"]


def test_errors_in_percent_need_positive_values() -> None:
    assert "in %" not in lines(evaluation(level=0.0))[3]


def test_errors_of_rare_demand_are_squared() -> None:
    shown = lines(evaluation(mean_square=1.0))
    assert shown[3].split()[:2] == ["Method", "squared"]
    assert shown[4].split()[:2] == ["AutoETS", "2.4"]  # 1.5 times 1.5, before rounding


def test_an_order_that_the_mean_errors_do_not_have_is_explained() -> None:
    result = evaluation()
    assert len(lines(result)) == 8
    larger = result.scores.assign(mae=result.scores["mae"].where(result.scores["model"] != "forecast", 9.0))
    shown = lines(replace(result, scores=larger))
    assert shown[-3] == ""
    assert " ".join(shown[-2:]).startswith("The methods are compared by scaled errors: each error is divided by how")


def test_each_series_and_each_step_has_a_row_with_a_column_a_method() -> None:
    both = lines(evaluation(("a", "東京")), by_series=True, by_step=True)
    series = both.index("Mean error of each series in its own unit")
    assert both[series + 1] == "Series  AutoETS  This forecast  Last week  Last value"
    assert both[series + 3] == "東京        1.5            3.0        6.0        18.0"
    steps = both.index("Mean error of each step")
    assert both[steps + 1].split()[0] == "Step"
    assert [line.split()[0] for line in both[steps + 2 :]] == ["1", "2", "3", "4"]


def test_many_series_are_cut_on_a_terminal_alone() -> None:
    result = evaluation(tuple(f"s{i}" for i in range(45)))
    assert lines(result, by_series=True)[-1] == "and 5 more; -o FILE for all"
    assert lines(result, Page(), by_series=True)[-1].startswith("s44")


def test_all_scores_have_the_names_of_the_csv_and_a_meaning() -> None:
    result = evaluation()
    shown = lines(result, Page(200, 40), verbose=True)
    start = shown.index("All scores, with their names in CSV and JSON")
    assert shown[start + 1].split() == list(result.scores.columns)
    assert {"mae", "coverage", "p_value"} <= {line.split()[0] for line in shown[start + 7 :]}


def test_a_method_that_never_erred_is_the_best() -> None:
    result = evaluation()
    frame = result.forecasts.assign(forecast=result.forecasts["y"])
    tables = [score_with_skill(frame, "forecast", OTHERS, 4, by) for by in (None, STEP, "unique_id")]
    perfect = Evaluation(*tables, frame, result.verdict, (), (), {}, {}, result.history)
    assert lines(perfect)[4].split()[:3] == ["▸", "This", "forecast"]
    assert "more than 99 % smaller" in lines(perfect)[4]
