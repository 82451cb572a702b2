"""Tables of scores from backtest frames are those of a plain program that takes one row at a time."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from forecaster.evaluation.metrics import METRICS
from forecaster.evaluation.score_tables import score, score_by_series, score_by_step
from forecaster.spec import LEVELS

MODELS = ("forecast", "drift")
QUANTILES = {0.025: "-lo-95", 0.1: "-lo-80", 0.5: "", 0.9: "-hi-80", 0.975: "-hi-95"}


def backtest_frame(actuals: dict[str, np.ndarray], scale: float = 2.0, seed: int = 0) -> pd.DataFrame:
    """Return forecasts of `actuals`, each (folds, h), by two models with random errors and half-widths of 1 and 2."""
    rng = np.random.default_rng(seed)
    parts = []
    for name, y in actuals.items():
        count, h = y.shape
        part = pd.DataFrame({"unique_id": name, "fold": np.repeat(np.arange(count), h), "y": y.ravel()})
        part["step"] = np.tile(np.arange(1, h + 1), count)
        part["scale"] = scale
        for model in MODELS:
            part[model] = part["y"] + rng.normal(size=count * h)
            for level, half in zip(LEVELS, (1.0, 2.0), strict=True):
                part[f"{model}-lo-{level}"], part[f"{model}-hi-{level}"] = part[model] - half, part[model] + half
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def pinball(y: float, forecast: float, q: float) -> float:
    return q * (y - forecast) if y >= forecast else (1.0 - q) * (forecast - y)


def mean(values: list[float]) -> float:
    """Return the mean of what is available."""
    available = [value for value in values if not math.isnan(value)]
    return sum(available) / len(available) if available else math.nan


def plain(frame: pd.DataFrame, model: str) -> dict[str, float]:
    """Return the scores of `model`, a series, a row and a quantile at a time."""
    scores: dict[str, list[float]] = {}
    for _, part in frame.groupby("unique_id"):
        rows = part.to_dict("records")
        error = [abs(row["y"] - row[model]) for row in rows]
        size = [abs(row["y"]) + abs(row[model]) for row in rows]
        total = sum(abs(row["y"]) for row in rows)
        loss = [sum(pinball(row["y"], row[model + end], q) for row in rows) for q, end in QUANTILES.items()]
        one = {
            "mae": mean(error),
            "rmse": math.sqrt(mean([e * e for e in error])),
            "smape": mean([200.0 * e / s if s else 0.0 for e, s in zip(error, size, strict=True)]),
            "mase": mean([e / row["scale"] for e, row in zip(error, rows, strict=True)]),
            "wql": mean([2.0 * value / total for value in loss]) if total else math.nan,
        }
        for level in LEVELS:
            ends = [(row[f"{model}-lo-{level}"], row["y"], row[f"{model}-hi-{level}"]) for row in rows]
            one[f"coverage-{level}"] = 100.0 * mean([float(low <= y <= high) for low, y, high in ends])
            one[f"width-{level}"] = mean([high - low for low, _, high in ends])
        for metric, value in one.items():
            scores.setdefault(metric, []).append(value)
    return {metric: mean(values) for metric, values in scores.items()}


def assert_plain(frame: pd.DataFrame) -> None:
    """Assert that pooled scores and those of each step are the plain ones, and that nothing was warned of."""
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        pooled, by_step, by_series = (f(frame, MODELS) for f in (score, score_by_step, score_by_series))
    for row in by_series.to_dict("records"):
        alone = plain(frame[frame["unique_id"] == row["unique_id"]], row["model"])
        assert row == pytest.approx({"model": row["model"], "unique_id": row["unique_id"], **alone}, nan_ok=True)
    for row in pooled.to_dict("records"):
        assert row == pytest.approx({"model": row["model"], **plain(frame, row["model"])}, nan_ok=True)
    for row in by_step.to_dict("records"):
        alone = plain(frame[frame["step"] == row["step"]], row["model"])
        assert row == pytest.approx({"model": row["model"], "step": row["step"], **alone}, nan_ok=True)


def test_every_metric_by_hand() -> None:
    """One series, two steps: errors 1 and -3."""
    frame = pd.DataFrame({"unique_id": "a", "fold": 0, "step": [1, 2], "y": [4.0, 2.0], "scale": 2.0})
    frame["drift"] = [3.0, 5.0]
    frame["drift-lo-80"], frame["drift-hi-80"] = [2.0, 4.0], [4.0, 6.0]
    frame["drift-lo-95"], frame["drift-hi-95"] = [1.0, 2.0], [5.0, 8.0]
    row = score(frame, ["drift"]).iloc[0]
    assert row["mae"] == 2.0
    assert row["rmse"] == pytest.approx(math.sqrt(5.0))
    assert row["smape"] == pytest.approx((200.0 / 7.0 + 600.0 / 7.0) / 2.0)
    assert row["mase"] == 1.0
    median = 0.5 * 1.0 + 0.5 * 3.0
    tenths = 0.1 * 2.0 + 0.9 * 2.0 + 0.0 + 0.1 * 4.0
    fortieths = 0.025 * 3.0 + 0.0 + 0.025 * 1.0 + 0.025 * 6.0
    assert row["wql"] == pytest.approx(2.0 * (median + tenths + fortieths) / 5.0 / 6.0)
    assert (row["coverage-80"], row["coverage-95"]) == (50.0, 100.0)
    assert (row["width-80"], row["width-95"]) == (2.0, 5.0)


def test_columns_and_order() -> None:
    frame = backtest_frame({"a": np.ones((2, 3)), "b": np.ones((2, 3))})
    metrics = list(METRICS)
    pooled, by_step = score(frame, MODELS), score_by_step(frame, MODELS)
    assert pooled.columns.tolist() == ["model", *metrics]
    assert pooled["model"].tolist() == list(MODELS)
    assert by_step.columns.tolist() == ["model", "step", *metrics]
    assert by_step["model"].tolist() == ["forecast"] * 3 + ["drift"] * 3
    assert by_step["step"].tolist() == [1, 2, 3, 1, 2, 3]
    by_series = score_by_series(backtest_frame({"b": np.ones((2, 3)), "a": np.ones((2, 3))}), MODELS)
    assert by_series.columns.tolist() == ["model", "unique_id", *metrics]
    assert by_series["model"].tolist() == ["forecast"] * 2 + ["drift"] * 2
    assert by_series["unique_id"].tolist() == ["b", "a", "b", "a"]


ZOO = {
    "zeros": np.zeros((3, 4)),
    "constant": np.full((3, 4), 7.0),
    "linear": np.arange(12.0).reshape(3, 4),
    "tiny": 1e-9 * np.arange(1.0, 13.0).reshape(3, 4),
    "huge": 1e12 * np.arange(1.0, 13.0).reshape(3, 4),
    "negative": -5.0 - np.arange(12.0).reshape(3, 4),
    "alternating": np.array([[1.0, -1.0, 1.0, -1.0]] * 3),
}


@pytest.mark.parametrize("kind", ZOO)
def test_scores_of_a_series_are_the_plain_ones(kind: str) -> None:
    assert_plain(backtest_frame({kind: ZOO[kind]}))


def test_scores_of_a_panel_are_means_over_its_series() -> None:
    frame = backtest_frame(ZOO)
    assert_plain(frame)
    shuffled = frame.sample(frac=1.0, random_state=0)
    pd.testing.assert_frame_equal(score(shuffled, MODELS), score(frame, MODELS))


def test_series_without_a_scale_do_not_enter_mase() -> None:
    frame = backtest_frame({"a": ZOO["linear"], "b": ZOO["negative"]})
    partly = frame.assign(scale=frame["scale"].where(frame["unique_id"] == "a"))
    assert_plain(partly)
    alone = score(frame[frame["unique_id"] == "a"], MODELS)
    assert score(partly, MODELS)["mase"].tolist() == pytest.approx(alone["mase"].tolist(), rel=1e-12)
    assert score(frame.assign(scale=np.nan), MODELS)["mase"].isna().all()


def test_zeros_have_no_weighted_quantile_loss_and_exact_zeros_no_smape() -> None:
    frame = backtest_frame({"a": np.zeros((2, 3))}).assign(forecast=0.0)
    scores = score(frame, MODELS).set_index("model")
    assert scores["wql"].isna().all()
    assert scores.loc["forecast", "smape"] == 0.0
    assert scores.loc["drift", "smape"] == 200.0


def test_the_frame_is_left_as_it_is() -> None:
    frame = backtest_frame({"a": ZOO["linear"]})
    before = frame.copy()
    score(frame, MODELS)
    score_by_step(frame, MODELS)
    pd.testing.assert_frame_equal(frame, before)
