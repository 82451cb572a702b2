"""The decoder: fed with its own forecasts, in training with the requested share of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn.decoder import DecoderWorkspace, TrainingContext, decode, forced_share
from forecaster.nn.dense import shapes as head_shapes
from forecaster.nn.layer import CELLS, Stack
from forecaster.nn.parameters import Parameters
from forecaster.nn.stack import stack_shapes

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array

O, B, H = 4, 50, 3


class Decoder:
    """A decoder with random parameters and random states to start from."""

    def __init__(self, cell: str = "gru", outputs: int = O) -> None:
        """Draw everything."""
        rng = np.random.default_rng(0)
        s = Stack("decoder", inputs=1, hidden=H, layers=1, cell=cell)
        sizes = {f"decoder0.{name}": shape for name, shape in stack_shapes(s)["decoder0"].items()}
        sizes |= {"head.W": head_shapes(H, 1)["W"]}
        self.W, gradient = Parameters(sizes, np.float64), Parameters(sizes, np.float64)
        self.W.vector[:] = rng.normal(0, 0.7, self.W.vector.shape)
        self.ws = DecoderWorkspace(s, outputs, B, gradient)
        self.starts = [tuple(rng.normal(size=(H, B)) for _ in range(2 if cell == "lstm" else 1))]
        self.skip = rng.normal(size=(O, B))[:outputs]

    def run(self, training: TrainingContext | None = None) -> Array:
        return decode(self.W, self.starts, self.skip, self.ws, training)[0].copy()

    @property
    def fed(self) -> Array:
        """What each step was fed with, (O, B)."""
        return np.stack([step.layers[0].cells[0].x[0, 0] for step in self.ws.steps])


def training(target: Array, forced: float, seed: int = 1) -> TrainingContext:
    return TrainingContext(np.random.default_rng(seed), target, forced)


@pytest.mark.parametrize("cell", CELLS)
def test_it_starts_with_zero_and_goes_on_with_its_own_forecasts(cell: str) -> None:
    decoder = Decoder(cell)
    y = decoder.run()
    assert not decoder.fed[0].any()
    assert np.array_equal(decoder.fed[1:], y[:-1])


def test_a_share_of_zero_feeds_no_truth() -> None:
    decoder = Decoder()
    y = decoder.run()
    chance = np.random.default_rng(1)
    assert np.array_equal(decoder.run(TrainingContext(chance, np.ones((O, B)), 0.0)), y)
    assert chance.random() == np.random.default_rng(1).random()  # no chance is used up for it


def test_all_truth_is_fed_one_step_late() -> None:
    decoder, target = Decoder(), np.random.default_rng(2).normal(size=(O, B))
    own, taught = decoder.run(), decoder.run(training(target, 1.0))
    assert not decoder.fed[0].any()
    assert np.array_equal(decoder.fed[1:], target[:-1])
    assert np.array_equal(taught[0], own[0])
    assert not np.isclose(taught[1:], own[1:]).all(axis=1).any()


def test_the_share_of_truth_is_the_requested_one_and_drawn_for_each_window() -> None:
    decoder, target = Decoder(), np.full((O, B), 1000.0)
    decoder.run(training(target, 0.3))
    forced = decoder.fed[1:] == 1000
    assert forced.mean() == pytest.approx(0.3, abs=0.1)
    assert not (forced.all(axis=1) | ~forced.any(axis=1)).any()


def test_a_truth_that_is_not_known_is_not_fed() -> None:
    decoder, target = Decoder(), np.ones((O, B))
    target[1, : B // 2] = np.nan
    y = decoder.run(training(target, 1.0))
    assert np.isfinite(y).all()
    assert np.array_equal(decoder.fed[2], np.where(np.isnan(target[1]), y[1], 1))


def test_training_leaves_nothing_behind() -> None:
    decoder = Decoder()
    y = decoder.run()
    decoder.run(training(np.ones((O, B)), 1.0))
    assert np.array_equal(decoder.run(), y)


def test_the_last_truth_is_never_fed() -> None:
    decoder, target = Decoder(), np.ones((O, B))
    before = decoder.run(training(target, 1.0))
    target[-1] = 1000
    assert np.array_equal(decoder.run(training(target, 1.0)), before)


def test_a_longer_forecast_begins_with_the_shorter_one() -> None:
    assert np.array_equal(Decoder().run()[:2], Decoder(outputs=2).run())


def test_the_share_of_truth_falls_in_a_line_and_stays_at_nothing() -> None:
    shares = [forced_share(step, 100) for step in (0, 10, 25, 49, 50, 51, 100)]
    assert shares == pytest.approx([1, 0.8, 0.5, 0.02, 0, 0, 0])
