"""Every metric is that of utilsforecast, the library of the field, and averages as its groups say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from utilsforecast import losses

from forecaster.evaluation.holdout_report import SCORES
from forecaster.evaluation.metrics import (
    METRICS,
    Groups,
    group_scores,
    insample_scale,
    mean_score,
    needs_intervals,
    pinball_loss,
    seasonal_error,
)
from forecaster.series.panel import panel_from_series
from forecaster.spec import LEVELS

SERIES, ROWS = 3, 40
KEYS = {"id_col": "unique_id", "target_col": "y"}
QUANTILES = {"m": 0.5, "m-lo-80": 0.1, "m-hi-80": 0.9, "m-lo-95": 0.025, "m-hi-95": 0.975}


@pytest.fixture
def frame() -> pd.DataFrame:
    """Return forecasts of three series of different sizes, in an order without meaning."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"unique_id": np.arange(SERIES * ROWS) % SERIES})
    size = 10.0 ** frame["unique_id"]
    frame["y"] = size * rng.normal(3, 1, len(frame))
    frame["m"] = frame["y"] + size * rng.normal(size=len(frame))
    frame["scale"] = size * 1.5
    for level, half in zip(LEVELS, (1.0, 2.0), strict=True):
        frame[f"m-lo-{level}"], frame[f"m-hi-{level}"] = frame["m"] - half * size, frame["m"] + 1.1 * half * size
    return frame


def scores(name: str, frame: pd.DataFrame) -> np.ndarray:
    """Return the score of each series, with the factor of the metric."""
    arrays = {argument: frame[[column]].to_numpy() for argument, column in ARGUMENTS.items()}
    ends = {level: (frame[[f"m-lo-{level}"]].to_numpy(), frame[[f"m-hi-{level}"]].to_numpy()) for level in LEVELS}
    groups = Groups(frame["unique_id"].to_numpy(), SERIES)
    return METRICS[name].factor * group_scores(name, groups, ends, **arrays)


ARGUMENTS = {"actual": "y", "forecast": "m", "scale": "scale"}
"""Column of each array that a metric may need."""


def of_library(name: str, frame: pd.DataFrame) -> np.ndarray:
    """Return the score of each series by utilsforecast."""
    if name == "mase":
        scaled = frame.assign(y=frame["y"] / frame["scale"], m=frame["m"] / frame["scale"])
        return losses.mae(scaled, ["m"], **KEYS)["m"].to_numpy()
    if name == "wql":
        found = losses.mqloss(frame, {"m": list(QUANTILES)}, np.array(list(QUANTILES.values())), **KEYS)
        return 2 * found["m"].to_numpy() / frame["y"].abs().groupby(frame["unique_id"]).mean().to_numpy()
    if name.startswith("coverage"):
        return 100 * losses.coverage(frame, ["m"], METRICS[name].level, **KEYS)["m"].to_numpy()
    if name.startswith("width"):
        ends = frame.assign(y=frame[f"m-lo-{METRICS[name].level}"], m=frame[f"m-hi-{METRICS[name].level}"])
        return losses.mae(ends, ["m"], **KEYS)["m"].to_numpy()
    factor = 200 if name == "smape" else 1
    return factor * getattr(losses, name)(frame, ["m"], **KEYS)["m"].to_numpy()


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_that_of_utilsforecast(frame: pd.DataFrame, name: str) -> None:
    np.testing.assert_allclose(scores(name, frame), of_library(name, frame), rtol=1e-12)


@pytest.mark.parametrize("tau", [0.025, 0.1, 0.5, 0.9])
def test_the_pinball_loss_is_that_of_utilsforecast_without_a_factor(frame: pd.DataFrame, tau: float) -> None:
    found = pinball_loss(frame["y"].to_numpy(), frame["m"].to_numpy(), tau)
    mean = pd.Series(found).groupby(frame["unique_id"]).mean().to_numpy()
    np.testing.assert_allclose(mean, losses.quantile_loss(frame, {"m": "m"}, tau, **KEYS)["m"], rtol=1e-12)


def test_the_columns_and_their_order() -> None:
    points = ["mae", "rmse", "smape", "mase"]
    assert list(METRICS) == [*points, "wql", "coverage-80", "coverage-95", "width-80", "width-95"]
    assert SCORES == ["mae", "smape", "mase", "wql", "coverage-80", "coverage-95", "skill", "p_value"]


def test_which_metrics_need_intervals() -> None:
    assert [name for name in METRICS if not needs_intervals(name)] == ["mae", "rmse", "smape", "mase"]


def test_a_score_of_several_groups_is_the_mean_of_those_that_have_one() -> None:
    actual, scale = np.array([[1.0, 3.0], [2.0, 2.0], [5.0, 1.0]]), np.array([[2.0], [np.nan], [4.0]])
    arrays = {"actual": actual, "forecast": np.zeros((3, 2)), "scale": scale}
    assert group_scores("mae", Groups(np.array([0, 0, 2]), 3), **arrays).tolist() == pytest.approx(
        [2.0, math.nan, 3.0], nan_ok=True
    )
    assert mean_score("mae", Groups(np.array([0, 0, 2]), 3), **arrays) == 2.5
    assert mean_score("mase", Groups(np.array([0, 1, 2]), 3), **arrays) == (1.0 + 0.75) / 2
    assert math.isnan(mean_score("mase", Groups(np.array([0, 1, 2]), 3), **arrays | {"scale": scale * np.nan}))


def test_seasonal_error_by_hand() -> None:
    assert seasonal_error(np.array([1.0, 5.0, 2.0, 9.0]), season=2) == 2.5
    assert seasonal_error(np.array([1.0, 5.0, 2.0]), season=1) == 3.5
    assert seasonal_error(np.array([1.0, 5.0, 2.0]), season=2) == 1.0


@pytest.mark.parametrize(
    ("insample", "season"),
    [
        (np.arange(5.0), 5),
        (np.arange(5.0), 9),
        (np.zeros(9), 1),
        (np.full(9, 0.1), 3),
        (np.sin(np.arange(500) * 2.0 * np.pi / 24.0), 24),
    ],
    ids=["as long as the season", "shorter", "zeros", "constant", "noise-free season"],
)
def test_nothing_is_scaled_by_an_error_of_zero(insample: np.ndarray, season: int) -> None:
    with np.errstate(all="raise"):
        assert math.isnan(seasonal_error(insample, season))


def test_scale_of_each_series_of_a_panel() -> None:
    series = [("a", 3.0 * np.arange(9.0)), ("b", np.ones(4)), ("c", -1e-9 * np.arange(6.0))]
    panel = panel_from_series((name, np.arange(len(y)), y) for name, y in series)
    assert insample_scale(panel, panel.lengths, season=2) == pytest.approx([6.0, math.nan, 2e-9], nan_ok=True)


def test_scale_of_the_first_rows_knows_no_later_one() -> None:
    rows = np.array([5, 3])
    series = [("a", np.append(np.arange(5.0), [99.0, -99.0])), ("b", np.append(2.0 * np.arange(3.0), 1e9))]
    panel = panel_from_series((name, np.arange(len(y)), y) for name, y in series)
    assert insample_scale(panel, rows, season=1).tolist() == [1.0, 2.0]
