"""Held-out forecasts: which windows have one cutoff, and intervals of the later half from the earlier half alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.holdout import Holdout
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.uncertainty.calibration import (
    HeldOutScores,
    calibrate,
    calibrate_alone,
    fit_horizon_exponent,
    normal_offsets,
    normal_scores,
)
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

LEVELS = (80, 95)


def small(distance: list[int], steps: int = 1, **errors: list[float]) -> Holdout:
    """Return windows of series 0, each at a distance to the end, of methods with these errors at every step."""
    shape = (len(distance), steps)
    forecasts = {name: np.broadcast_to(np.array(each)[:, None], shape) for name, each in errors.items()}
    zeros = np.zeros(len(distance), np.int64)
    return Holdout(np.zeros(shape), forecasts, zeros, np.array(distance), np.ones(len(distance)))


@pytest.fixture(scope="module")
def panel() -> Panel:
    rng = np.random.default_rng(0)
    series = [(name, np.arange(220), np.exp(rng.normal(0, 0.02, 220).cumsum() + 4)) for name in "ab"]
    return panel_from_series(series)


@pytest.fixture(scope="module")
def holdout(panel: Panel) -> Holdout:
    return train_forecaster(make_plan(panel, Specification(horizon=3, zero_shot=False)))[1]


@pytest.mark.parametrize(
    ("distance", "steps", "overlap"),
    [([4, 3, 2, 1], 1, 0), ([9, 8, 7], 3, 2), ([48, 24], 48, 1), ([48, 24], 24, 0), ([5], 3, 0)],
)
def test_the_overlap_is_counted_in_cutoffs(distance: list[int], steps: int, overlap: int) -> None:
    assert small(distance, steps).overlap == overlap


def test_the_baselines_are_those_that_were_made() -> None:
    data = small([1], forecast=[0.0], network=[0.0], drift=[0.0], last_value=[0.0])
    assert data.baselines == ("last_value", "drift")


def test_the_later_half_is_the_larger() -> None:
    assert small([5, 4, 3, 2, 1], 3).values_with_intervals == 9


@pytest.mark.parametrize(("ours", "kept"), [(0.9, True), (1.0, False), (1.0 - 1e-12, False), (1.1, False)])
def test_a_network_is_better_than_the_last_value_if_its_errors_are_smaller(ours: float, kept: bool) -> None:
    data = small([2, 1], network=[ours, ours], last_value=[1.0, 1.0])
    assert data.not_better_than_last_value(2).tolist() == [not kept, True]


def halves(data: Holdout) -> tuple[np.ndarray, np.ndarray]:
    """Return the windows of the earlier half, and of the later, by their distance to the end."""
    order = np.argsort(-data.distance, kind="stable")
    return order[: len(order) // 2], order[len(order) // 2 :]


def test_intervals_of_a_baseline_are_those_that_it_has_alone(holdout: Holdout) -> None:
    earlier, later = halves(holdout)
    inputs = holdout.interval_inputs
    assert inputs is not None
    error, point = holdout.actual - holdout.forecasts["drift"], holdout.forecasts["drift"][later]
    size = np.abs(error[earlier]) / inputs.scale[earlier, None]
    offsets = normal_offsets(inputs.scale, inputs.lead_times, fit_horizon_exponent(size, inputs.lead_times[earlier]))
    scores = calibrate_alone(HeldOutScores(normal_scores(error[earlier], offsets[earlier]), -holdout.distance[earlier]))
    found = holdout.intervals("drift", LEVELS)
    assert found is not None
    np.testing.assert_array_equal(found.rows, later)
    for level, (low, high) in found.ends.items():
        below, above = scores.interval(level, offsets[later])
        np.testing.assert_allclose(low, point + below)
        np.testing.assert_allclose(high, point + above)


def test_intervals_of_the_forecast_are_calibrated_on_the_earlier_half(holdout: Holdout) -> None:
    earlier, later = halves(holdout)
    inputs = holdout.interval_inputs
    assert inputs is not None
    scores = calibrate(inputs.scores.take(earlier), inputs.earlier)
    found = holdout.intervals("forecast", LEVELS)
    assert found is not None
    for level, (low, high) in found.ends.items():
        below, above = scores.interval(level, inputs.offsets[later])
        np.testing.assert_allclose(low, holdout.forecasts["forecast"][later] * np.exp(below))
        np.testing.assert_allclose(high, holdout.forecasts["forecast"][later] * np.exp(above))


def test_no_interval_of_the_later_half_depends_on_its_actual_values(holdout: Holdout) -> None:
    _, later = halves(holdout)
    actual = holdout.actual.copy()
    actual[later] *= 3.0
    for method in ("forecast", "last_value", "theta"):
        one, other = (data.intervals(method, LEVELS) for data in (holdout, replace(holdout, actual=actual)))
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one.ends[95][0], other.ends[95][0])


def test_trained_methods_have_no_intervals_of_their_own(holdout: Holdout) -> None:
    assert holdout.intervals("network", LEVELS) is None
    assert replace(holdout, interval_inputs=None).intervals("forecast", LEVELS) is None


def test_a_drift_that_is_not_delivered_is_not_scored() -> None:
    """Prices that rose, and fall on the held-out rows."""
    rng = np.random.default_rng(1)
    steps = np.r_[rng.normal(0.01, 0.01, 340), rng.normal(-0.01, 0.01, 60)]
    falling = panel_from_series([("a", np.arange(400), 100 * np.exp(steps.cumsum()))])
    fitted, data = train_forecaster(make_plan(falling, Specification(horizon=3, mode="returns")))
    assert fitted.components.volatility is not None
    assert fitted.components.volatility.slope.tolist() == [0.0]
    np.testing.assert_allclose(data.forecasts["forecast"], data.forecasts["last_value"])
