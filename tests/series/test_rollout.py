"""A rollout is the series with the forecasts appended to it, in the scale of the windows that it began with."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.series.rollout import Rollout
from forecaster.series.scaling import LEVEL, Scaling
from forecaster.series.transforms import ASINH, LOG, Transform, identity_transform
from forecaster.series.windows import Windows, ends, make_windows, origins

Y = np.array([2.0, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68])
OTHER = np.array([100.0, 90, 110, 80, 120, 70, 130])
VALUES, INDPTR = np.concatenate([Y, OTHER]), np.array([0, 12, 19])


def of_two_units() -> Windows:
    """Return windows of a series in logarithms and of one in units of its own, whose spread is 5."""
    transform = Transform(np.array([LOG, ASINH]), np.zeros(2), np.ones(2))
    scaling = Scaling(LEVEL, transform, spread=np.array([1.0, 5.0]), usual=2.0)
    return make_windows(VALUES, INDPTR, scaling, 6, origins(INDPTR, 2))


def test_a_rollout_keeps_the_relative_scale() -> None:
    windows = of_two_units()
    rollout = Rollout(windows, 3)
    for steps in (0, 2):
        rollout.append(np.ones((steps, len(windows))))
        every = np.arange(len(windows))
        np.testing.assert_array_equal(rollout.windows.relative_scale(every), windows.relative_scale(every))


def test_the_windows_of_a_rollout_end_with_its_horizon() -> None:
    windows = of_two_units()
    rollout = Rollout(windows, 3)
    rollout.append(np.ones((1, len(windows))))
    now = rollout.windows
    np.testing.assert_array_equal(now.stop - now.last, 3, "the step itself, and two that are to come")
    assert (now.stop[:-1] <= now.start[1:]).all()


@pytest.mark.parametrize("anchored_at_start", [False, True])
def test_a_rollout_is_the_series_with_the_forecasts_appended(*, anchored_at_start: bool) -> None:
    scaling = Scaling(LEVEL, identity_transform(2), spread=np.ones(2), anchored_at_start=anchored_at_start)
    windows = make_windows(VALUES, INDPTR, scaling, 5, ends(INDPTR))
    rollout = Rollout(windows, 3)
    rollout.append(np.array([[1.0, -2.0], [0.5, 0.25]]))
    first, second = windows.scale
    grown = [np.append(Y, [68 + first, 68 + 0.5 * first]), np.append(OTHER, [130 - 2 * second, 130 + 0.25 * second])]
    indptr = np.array([0, 14, 23])
    by_hand = make_windows(np.concatenate(grown), indptr, scaling, 5, ends(indptr))
    inputs = []
    for each in (rollout.windows, by_hand):
        x = np.empty((5, 1, 2))
        each.scaled_values(np.arange(2), x)
        inputs.append(x[:, 0] * each.scale)  # a rollout keeps its scale
    np.testing.assert_allclose(*inputs, rtol=1e-12)
    np.testing.assert_array_equal(rollout.windows.scale, windows.scale)
    rollout.append(np.array([[1.0, 1.0], [9.0, 9.0]]))  # there is room for one more step
    np.testing.assert_allclose(rollout.output, [[1.0, -2.0], [0.5, 0.25], [1.5, 1.25]], rtol=1e-12)


def test_a_rollout_of_a_short_series_stays_in_it() -> None:
    indptr = np.array([0, 3])
    windows = make_windows(Y[:3], indptr, Scaling(LEVEL, identity_transform(1), spread=np.ones(1)), 5, ends(indptr))
    rollout, steps = Rollout(windows, 2), []
    for _ in range(2):
        x = np.empty((5, 1, 1))
        rollout.windows.scaled_values(np.array([0]), x)
        steps.append((x[:, 0, 0] * windows.scale).tolist())
        rollout.append(np.array([[1.0]]))
    last = 5 + windows.scale[0]
    np.testing.assert_allclose(steps[0], [0, 0, -3, -2, 0], atol=1e-12)
    np.testing.assert_allclose(steps[1], [0, 2 - last, 3 - last, 5 - last, 0], atol=1e-12)
