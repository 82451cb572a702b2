"""Intervals at any level and sample paths of a fitted forecaster, through the workflow."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import UsageError
from forecaster.forecasting.forecaster import Forecaster
from forecaster.reading.cells.time_style import TimeStyle
from forecaster.series.panel import panel_from_series
from forecaster.spec import Selection, Specification
from forecaster.workflow.predict import predict as predict_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

QUICK = Specification(horizon=10, members=1, epochs=2, hidden=8, updates=5)
MODEL = Path("model.joblib")


@pytest.fixture(scope="module")
def loaded() -> SimpleNamespace:
    """Return a model of a random walk and of a noisy wave, as it is read from a file."""
    rng, t = np.random.default_rng(0), np.arange(300)
    walk = 100 * np.exp(0.01 * rng.normal(size=300).cumsum())
    wave = 50 + 10 * np.sin(t / 6) + rng.normal(size=300)
    panel = panel_from_series([("walk", t, walk), ("wave", t, wave)])
    return SimpleNamespace(fitted=Forecaster(QUICK).fit(panel), tail=panel, selection=Selection(), style=TimeStyle())


@pytest.fixture
def predict(loaded: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pd.DataFrame]:
    monkeypatch.setattr("forecaster.workflow.predict.load", lambda _: loaded)
    return lambda **named: predict_model(MODEL, selection=Selection(), **named).frame


def test_intervals_are_those_asked_for_and_lie_within_each_other(predict: Callable[..., Any]) -> None:
    levels = (10, 50, 80, 95, 99, 99.5)
    frame = predict(levels=levels, horizon=15)
    ends = [f"forecast-lo-{level}" for level in levels[::-1]] + [f"forecast-hi-{level}" for level in levels]
    assert set(frame) == {"unique_id", "ds", "forecast", "strategy", *ends}
    assert (np.diff(frame[ends], axis=1) >= 0).all()
    both = predict(horizon=15)
    assert [name for name in both if "-lo-" in name] == ["forecast-lo-80", "forecast-lo-95"]
    for name in both:
        assert both[name].tolist() == frame[name].tolist()


def test_sample_paths_fill_the_intervals(predict: Callable[..., Any]) -> None:
    paths = predict(samples=2000, horizon=15)
    assert list(paths) == ["unique_id", "ds", "sample", "forecast"]
    assert (
        paths.groupby("unique_id", sort=False)["sample"].agg(["min", "max", "size"]).to_numpy().tolist()
        == [[0, 1999, 30_000]] * 2
    )
    intervals = predict(levels=(50, 80, 95), horizon=15).drop(columns=["forecast", "strategy"])
    beside = paths.merge(intervals, on=["unique_id", "ds"])
    for level in (50, 80, 95):
        inside = beside["forecast"].between(beside[f"forecast-lo-{level}"], beside[f"forecast-hi-{level}"])
        shares = inside.groupby([beside["unique_id"], beside["ds"]]).mean()
        np.testing.assert_allclose(shares, level / 100, atol=0.06)


def test_the_seed_is_the_whole_of_chance(predict: Callable[..., Any]) -> None:
    first, again, other = (predict(samples=3, seed=seed)["forecast"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert (first != other).all()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"levels": (50,), "samples": 3},
            "--level and --samples both say how to tell what may come; leave one of them out",
        ),
        (
            {"samples": 10_000, "horizon": 1000},
            "10000 sample paths of 2000 values are more than 10,000,000 rows; ask for --samples 5000 or less",
        ),
    ],
)
def test_what_cannot_be_asked_for(predict: Callable[..., Any], asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        predict(**asked)
    assert str(refused.value) == sentence
