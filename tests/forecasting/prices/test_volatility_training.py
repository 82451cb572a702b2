"""Pretraining: weights are the same to the bit when made again, and the shipped ones have the right shape and help."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.pretrained.__main__ import main
from forecaster.forecasting.pretrained.weights import VOLATILITY, load_weights
from forecaster.forecasting.prices.volatility import (
    ARCHITECTURE,
    Volatility,
    fit_volatility,
)
from forecaster.forecasting.prices.volatility_training import simulate, train_volatility_network
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import shapes
from forecaster.nn.parameters import count

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel

STEPS = (1, 5, 20, 60)


def pinball(fitted: Volatility, panel: Panel) -> float:
    """Return the mean pinball loss over all windows, in units of each window's scale and the root of the steps."""
    windows = fitted.moves.training_windows(panel)
    kept = windows.last + max(STEPS) < windows.stop
    names = ("series", "start", "stop", "last")
    windows = replace(windows, **{name: getattr(windows, name)[kept] for name in names}).subsample(6000)
    offsets, total = fitted.offsets(windows, fitted.moves.time_ahead(panel, windows, max(STEPS))), 0.0
    for step in STEPS:
        unit = windows.scale * np.sqrt(step)
        error = (windows.x[windows.last + step] - windows.x[windows.last])[:, None] - offsets[:, step - 1]
        total += float((np.maximum(TAUS * error, (TAUS - 1) * error) / unit[:, None]).mean())
    return total


def test_simulated_prices_have_calm_and_volatile_times() -> None:
    panel = simulate(20, 1000, np.random.default_rng(0))
    size = np.abs(np.diff(np.log(panel.values.reshape(20, 1000))))
    together = [np.corrcoef(each[:-1], each[1:])[0, 1] for each in size]
    assert np.mean(together) > 0.05
    assert panel.lengths.tolist() == [1000] * 20
    np.testing.assert_array_equal(panel.values, simulate(20, 1000, np.random.default_rng(0)).values)


@pytest.mark.slow
@pytest.mark.nightly
def test_pretraining_twice_gives_the_same_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digests = []
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        path = tmp_path / f"{name}.npy"
        main(["volatility", "--output", str(path), "--updates", "20", "--seed", str(seed)])
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        assert capsys.readouterr().out == digests[-1] + "\n"
    assert digests[0] == digests[1] != digests[2]


def test_training_moves_head_and_skip_away_from_zero() -> None:
    weights = train_volatility_network(3, 300, 20, 0)
    assert weights.dtype == np.float32
    assert np.isfinite(weights).all()
    assert (weights != 0).mean() > 0.9


def test_the_start_that_ships_has_the_shape_of_the_network() -> None:
    weights = load_weights(VOLATILITY)
    assert weights.dtype == np.float32
    assert weights.shape == (count(shapes(ARCHITECTURE)),)
    assert np.isfinite(weights).all()


@pytest.mark.slow
@pytest.mark.nightly
def test_the_start_beats_the_silent_network_on_series_that_it_has_not_seen(recipe_of: Callable[..., Recipe]) -> None:
    panel = simulate(20, 2000, np.random.default_rng(12345))
    start = fit_volatility(panel, None, recipe_of(horizon=20, seed=0, epochs=0))
    silent = replace(start, weights=np.zeros_like(start.weights))
    assert pinball(start, panel) < 0.999 * pinball(silent, panel)
