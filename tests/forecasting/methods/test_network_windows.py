"""What a network reads of a window, step by step and as a whole, and how much a window counts in its training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.forecasting.methods.network_windows import NetworkWindows
from forecaster.nn.network import NetworkInputs
from forecaster.series.covariate_windows import covariate_windows
from forecaster.series.covariates import Covariates
from forecaster.series.panel import panel_from_series
from forecaster.series.rollout import Rollout
from forecaster.series.scaling import LEVEL, Scaling, fit_covariate_scalings, fit_scaling
from forecaster.series.transforms import ASINH, LOG, Transform, identity_transform
from forecaster.series.windows import Windows, make_windows, origins

Y = np.array([2.0, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68])
OTHER = np.array([100.0, 90, 110, 80, 120, 70, 130])
VALUES, INDPTR = np.concatenate([Y, OTHER]), np.array([0, 12, 19])
TIME = np.concatenate([[0, 1, 1.5, 4, 4.25, 30.25, 60, 60.5, 61, 62, 63, 65], [0, 2, 3, 5, 6, 8, 9]])
RNG = np.random.default_rng(0)
PANEL = replace(
    panel_from_series((name, np.arange(rows), RNG.normal(size=rows)) for name, rows in (("a", 40), ("b", 30))),
    covariates=Covariates(
        observed=("o",),
        known=("k",),
        observed_values=RNG.normal(size=(1, 70)) * 10,
        known_values=RNG.normal(size=(1, 79)).cumsum(axis=1) + 100,
        start=np.array([0, 45]),
        stop=np.array([45, 79]),
    ),
)


def read(windows: NetworkWindows, chosen: np.ndarray, steps: int, inputs: int) -> np.ndarray:
    """Return what a network reads of the chosen windows, (T, S, B)."""
    x = np.full((steps, inputs, len(chosen)), 7.0)
    windows.inputs(chosen, NetworkInputs(x))
    return x


def with_covariates(horizon: int) -> Windows:
    scaling = replace(fit_scaling(PANEL, LEVEL, log=False), columns=fit_covariate_scalings(PANEL, log=False))
    windows = make_windows(PANEL.values, PANEL.indptr, scaling, 6, origins(PANEL.indptr, 1))
    return replace(windows, covariates=covariate_windows(PANEL, scaling.columns, (), horizon, hold_last=False))


def unequal() -> Windows:
    scaling = Scaling(LEVEL, identity_transform(2), spread=np.ones(2))
    return make_windows(VALUES, INDPTR, scaling, 4, origins(INDPTR, 2), TIME)


def of_two_units(*, scale_feature: bool) -> NetworkWindows:
    """Return windows of a series in logarithms and of one in units of its own, whose spread is 5."""
    transform = Transform(np.array([LOG, ASINH]), np.zeros(2), np.ones(2))
    scaling = Scaling(LEVEL, transform, spread=np.array([1.0, 5.0]), usual=2.0)
    return NetworkWindows(make_windows(VALUES, INDPTR, scaling, 6, origins(INDPTR, 2)), scale_feature)


def test_with_unequal_steps_the_time_since_the_step_before_is_an_input() -> None:
    windows = unequal()
    every = np.arange(len(windows))
    x = read(NetworkWindows(windows), every, 4, 2)
    np.testing.assert_array_equal(x[:, :1], read(NetworkWindows(replace(windows, time=None)), every, 4, 1))
    for w, (start, last) in enumerate(zip(windows.start, windows.last, strict=True)):
        rows = range(last - 3, last + 1)
        expected = [TIME[i] - TIME[i - 1] if i > start else 0.0 for i in rows]
        assert x[:, 1, w].tolist() == expected


def test_lead_times_are_written_where_the_network_reads_them() -> None:
    windows, chosen = unequal(), np.array([3, 0, 11])
    inputs = NetworkInputs(np.empty((4, 2, 3)), lead_times=np.empty((2, 3)))
    NetworkWindows(windows).inputs(chosen, inputs)
    np.testing.assert_array_equal(inputs.lead_times, windows.lead_times_of(chosen, 2).T)


def test_the_last_input_is_the_relative_scale() -> None:
    seen = of_two_units(scale_feature=True)
    windows, every = seen.windows, np.arange(len(seen))
    x, relative = read(seen, every, 3, 3), windows.relative_scale(every)
    assert set(windows.series) == {0, 1}
    for w in every:
        assert x[:, 2, w].tolist() == [relative[w]] * 3
    np.testing.assert_array_equal(x[:, :2], read(seen, every, 3, 2), "its values are the same")


def test_without_the_feature_the_last_input_is_zero() -> None:
    windows = of_two_units(scale_feature=False)
    assert not read(windows, np.array([0, 9]), 3, 3)[:, 2].any()
    assert windows.sample_weights is None


def test_windows_of_four_times_the_scale_count_twice() -> None:
    seen = of_two_units(scale_feature=True)
    weights, windows = seen.sample_weights, seen.windows
    assert weights is not None
    usual = np.where(windows.series == 1, 5, 2)
    np.testing.assert_allclose(weights, np.sqrt(windows.scale / usual), rtol=1e-12)
    larger = replace(seen, windows=replace(windows, scale=4 * windows.scale)).sample_weights
    np.testing.assert_allclose(larger, 2 * weights, rtol=1e-12)


def test_a_rollout_keeps_the_weights() -> None:
    seen = of_two_units(scale_feature=True)
    rollout = Rollout(seen.windows, 3)
    for steps in (0, 2):
        rollout.append(np.ones((steps, len(seen))))
        np.testing.assert_array_equal(replace(seen, windows=rollout.windows).sample_weights, seen.sample_weights)


def test_inputs_are_the_values_then_each_covariate_with_its_level_then_the_scale() -> None:
    windows, chosen = with_covariates(3), np.array([7, 60])
    x = read(NetworkWindows(windows, scale_feature=True), chosen, 2, 3 + 2 * 4 + 1)
    alone = read(NetworkWindows(replace(windows, covariates=None), scale_feature=True), chosen, 2, 3 + 1)
    np.testing.assert_array_equal(x[:, :3], alone[:, :3])
    np.testing.assert_array_equal(x[:, -1], alone[:, -1])
    for c, column in enumerate(windows.past_covariates(chosen, 6)):
        np.testing.assert_array_equal(x[:, 3 + 4 * c : 6 + 4 * c].reshape(6, 2), column[:-1])
        np.testing.assert_array_equal(x[:, 6 + 4 * c], np.broadcast_to(column[-1], (2, 2)))


@pytest.mark.parametrize("blocks", [2, 5])
def test_context_is_the_mean_over_blocks_of_the_horizon(blocks: int) -> None:
    windows, chosen = with_covariates(5), np.array([3, 50])
    ahead = windows.future_covariates(chosen)[0]
    inputs = NetworkInputs(np.empty((6, 1 + 2 * 2, 2)), context=np.empty((blocks, 2)))
    NetworkWindows(windows).inputs(chosen, inputs)
    expected = ahead if blocks == 5 else [ahead[:3].mean(axis=0), ahead[3:].mean(axis=0)]
    np.testing.assert_allclose(inputs.context, expected)
