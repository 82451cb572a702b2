"""The scores and the table of the accuracy benchmark, on numbers that can be worked out by hand."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _scripts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield


@pytest.fixture(scope="module")
def scores() -> ModuleType:
    return importlib.import_module("accuracy_scores")


@pytest.fixture(scope="module")
def origins() -> ModuleType:
    return importlib.import_module("accuracy_origins")


@pytest.fixture(scope="module")
def accuracy() -> ModuleType:
    return importlib.import_module("accuracy")


def long(column: str, **series: list[float]) -> pd.DataFrame:
    rows = [(name, str(n), value) for name, values in series.items() for n, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["unique_id", "ds", column])


def test_smape_and_mase_are_means_over_the_steps_and_then_the_series(scores: ModuleType) -> None:
    train = long("y", a=[1, 2, 4, 7], b=[5, 5, 5, 5], c=[1, 3, np.nan, 9])
    test = long("y", a=[10, 0], b=[5, 5], c=[10, np.nan])
    forecast = long("forecast", a=[6, 0], b=[5, 15], c=[10, 99])
    found = scores.competition_scores(train, test, forecast, 1)
    # a: 200 * 4 / 16 = 50 and 0 / 0 = 0; b: 0 and 200 * 10 / 20 = 100; c: 0, and a step that was not observed
    assert found["sMAPE"] == pytest.approx((25 + 50 + 0) / 3, abs=1e-12)
    # a: 2 over (1 + 2 + 3) / 3; b has no scale; c: 0 over 2, the one difference between neighbours that are there
    assert found["MASE"] == pytest.approx((1 + 0) / 2, abs=1e-12)


def test_the_scale_of_mase_looks_back_a_season(scores: ModuleType) -> None:
    assert scores.seasonal_change(np.array([1.0, 2, 4, 8]), 2) == pytest.approx((3 + 6) / 2)
    assert np.isnan(scores.seasonal_change(np.array([1.0, 2]), 2))


def test_a_row_without_a_forecast_is_named(scores: ModuleType) -> None:
    test, forecast = long("y", a=[1, 2]), long("forecast", a=[1])
    with pytest.raises(ValueError, match=r"no forecast for \{'unique_id': 'a', 'ds': '1'\}"):
        scores.competition_scores(test, test, forecast, 1)


def test_owa_is_the_mean_of_two_ratios(scores: ModuleType) -> None:
    found = scores.overall_weighted_average({"sMAPE": 5, "MASE": 1}, {"sMAPE": 10, "MASE": 4})
    assert found == pytest.approx((0.5 + 0.25) / 2)


def test_naive2_repeats_a_season_that_is_there_and_holds_the_last_value_otherwise(scores: ModuleType) -> None:
    wave = np.tile([8.0, 10, 12, 10], 6)
    assert scores.has_season(wave, 4)
    assert scores.seasonal_index(wave, 4) == pytest.approx([0.8, 1, 1.2, 1], abs=1e-12)
    assert scores.naive2(wave[:-1], 6, 4) == pytest.approx([10, 8, 10, 12, 10, 8], abs=1e-12)
    line = np.arange(1.0, 25)
    assert not scores.has_season(line[:11], 4), "less than three seasons"
    assert not scores.has_season(np.tile(wave, 2), 17), "beyond the lags that R computes"
    assert scores.naive2(line[:11], 3, 4).tolist() == [11, 11, 11]
    assert scores.naive2(wave, 3, 1).tolist() == [10, 10, 10]
    assert not scores.has_season(np.full(24, 3.0), 4)


def test_an_odd_season_has_an_index_without_half_weights(scores: ModuleType) -> None:
    assert scores.seasonal_index(np.tile([1.0, 2, 3], 5), 3) == pytest.approx([0.5, 1, 1.5], abs=1e-12)


def test_naive2_is_forecast_for_every_row_of_the_test(scores: ModuleType) -> None:
    train, test = long("y", a=[1, 2], b=[3, np.nan]), long("y", a=[0, 0], b=[0])
    assert scores.naive2_forecasts(train, test, 1)["forecast"].tolist() == [2, 2, 3]


def test_the_pinball_loss_at_the_median_is_the_absolute_error(scores: ModuleType) -> None:
    y, quantiles = np.array([3.0, 3.0]), np.array([[1.0], [4.0]])
    assert scores.pinball(y, quantiles, [0.5]).tolist() == [2, 1]
    # above the quantile 2 * 0.9 * 1, below it 2 * 0.1 * 1, each beside a median without error
    assert scores.pinball(np.array([3.0, 3.0]), np.array([[3.0, 2.0], [3.0, 4.0]]), [0.5, 0.9]) == pytest.approx(
        [0.9, 0.1]
    )


def test_worse_means_significantly_higher_losses(scores: ModuleType) -> None:
    losses = np.random.default_rng(0).uniform(1, 2, 100)
    assert scores.is_worse(losses + 0.1, losses, 0)
    assert not scores.is_worse(losses, losses + 0.1, 0)
    assert not scores.is_worse(losses, losses, 0)


def test_coverage_includes_the_ends_of_the_interval(scores: ModuleType) -> None:
    low, high = np.zeros(4), np.ones(4)
    assert scores.is_within(np.array([0, 1, -0.1, 1.1]), low, high).tolist() == [True, True, False, False]


def test_the_origins_lie_in_the_last_part_with_the_second_fit_in_their_middle(origins: ModuleType) -> None:
    far = origins.Origins(rows=100, horizon=10)
    assert (far.step, far.count, far.refit) == (5, 5, 3)
    assert far.known.tolist() == [70, 75, 80, 85, 90]
    assert far.fitted.tolist() == [70, 70, 70, 85, 85]
    assert far.options == ("--horizon", "10", "--folds", "5", "--step", "5", "--refit", "3")
    near = origins.Origins(rows=100, horizon=1)
    assert near.known.tolist() == list(range(70, 100))


def test_quantiles_rise_from_the_widest_interval_over_the_point(origins: ModuleType) -> None:
    one = origins.Origins(rows=20, horizon=5)
    sides = ({80: np.array([2.0]), 95: np.array([1.0])}, {80: np.array([4.0]), 95: np.array([5.0])})
    test = origins.Backtest("a", one, np.arange(20.0), np.array([3.0]), *sides)
    assert test.taus == pytest.approx((0.025, 0.1, 0.5, 0.9, 0.975))
    assert test.quantiles.tolist() == [[1, 2, 3, 4, 5]]
    assert (test.last.tolist(), test.actual.tolist()) == ([14], [19])


def test_a_random_walk_spreads_by_the_changes_known_at_the_origin(origins: ModuleType) -> None:
    random_walk = importlib.import_module("accuracy_rivals").random_walk
    history = np.array([-1.0, 1, 2, 0, 0, 0, 0, 99, 99, 99])
    empty = {80: np.zeros(3)}
    test = origins.Backtest("a", origins.Origins(10, 1), history, np.zeros(3), empty, empty)
    assert test.origins.known.tolist() == [7, 8, 9]
    first = random_walk(test)[0]
    # the changes 2, 1, -2, 0, 0, 0 have the root mean square sqrt(9 / 6); 1.2816 of these is the 90 % quantile
    assert first == pytest.approx([-1.2815515655 * np.sqrt(1.5), 0, 1.2815515655 * np.sqrt(1.5)])


def test_a_rival_without_a_fit_is_left_out_by_name(origins: ModuleType) -> None:
    rivals = importlib.import_module("accuracy_rivals")
    one, ends = origins.Origins(rows=20, horizon=1), np.arange(16.0, 22)
    sides = dict.fromkeys((80, 95), ends)
    tests = [origins.Backtest(name, one, np.arange(20.0), ends, sides, sides) for name in ("fitted", "pegged")]
    figure = rivals.ratio_figure(tests, "GARCH", [tests[0].quantiles + 2, np.full((6, 5), np.nan)])
    # what comes is 2 below every quantile of ours and 4 below those of the rival
    assert tests[0].actual.tolist() == [14, 15, 16, 17, 18, 19]
    assert figure.ours == "0.5000"
    assert figure.anchors == "GARCH 1; single series from 0.500 to 0.500; without pegged, where it has no fit"


def test_the_rows_of_a_data_set_take_their_place_in_the_page(accuracy: ModuleType) -> None:
    empty = f"before\n\n{accuracy.BEGIN}\n{accuracy.END}\n\nafter\n"
    figure = importlib.import_module("accuracy_sets").Figure
    command = ("train", "a b.csv")
    cost = importlib.import_module("end_to_end").Cost(2.0, 100.0)
    figures = [figure("MASE", "1.5", "Theta 2"), figure("sMAPE", "3")]
    yearly = accuracy.rows("m1_yearly", figures, [command, command], [cost, cost])
    assert yearly[0].startswith(
        "| m1_yearly | MASE | 1.5 | Theta 2 | train 4.0 s; 100 MB | `forecast train 'a b.csv'` |"
    )
    hourly = accuracy.rows("m4_hourly", figures, [command], [cost])
    page = accuracy.with_rows(accuracy.with_rows(empty, yearly), hourly)
    lines = page.splitlines()
    assert lines[:3] == ["before", "", accuracy.BEGIN]
    assert lines[5:9] == [*hourly, *yearly]
    assert lines[9:] == [accuracy.END, "", "after"]
    assert accuracy.with_rows(page, yearly) == page, "the same rows again change nothing"


def test_a_page_without_a_place_is_refused(accuracy: ModuleType) -> None:
    with pytest.raises(ValueError, match="the page needs one line <!-- accuracy: begin -->"):
        accuracy.with_rows("text", ["| m1_yearly |"])


def test_the_page_has_its_place() -> None:
    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert page.count("<!-- accuracy: begin -->") == page.count("<!-- accuracy: end -->") == 1


@pytest.mark.nightly
@pytest.mark.slow
def test_the_command_runs_the_program_and_scores_what_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "m1_yearly"
    folder.mkdir(parents=True)
    values = np.random.default_rng(0).normal(100, 1, (4, 30))
    for name, part in (("train", slice(24)), ("test", slice(24, 30))):
        rows = [(f"s{i}", n, values[i, n]) for i in range(4) for n in range(30)[part]]
        pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(folder / f"{name}.csv.gz", index=False)
    page = tmp_path / "page.md"
    page.write_text("<!-- accuracy: begin -->\n<!-- accuracy: end -->\n")
    command = [sys.executable, "benchmarks/accuracy.py", "m1_yearly", "--data", str(folder.parent), "--docs", str(page)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    heading, mase, smape = done.stdout.splitlines()
    assert heading.startswith("| data | metric | ours |")
    assert mase.startswith("| m1_yearly | MASE | ")
    assert "`forecast train train.csv --series unique_id --time ds --target y --horizon 6`" in mase
    assert smape.startswith("| m1_yearly | sMAPE | ")
    assert mase in page.read_text()
