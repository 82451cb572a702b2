"""Smoothing side by side against a plain loop, and where its answer is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.pretrained.smoothing import SMOOTHINGS, smooth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.arrays import Floats

LASTING = np.flatnonzero((SMOOTHINGS[:, 1] > 0) & (SMOOTHINGS[:, 2] == 1))


@pytest.fixture(autouse=True)
def _raise_on_all_accidents() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def plain(x: Floats, slope: float, a: float, d: float, c: float) -> tuple[float, float, float]:
    """Return level, slope and mean error of one smoothing of one series, (T,)."""
    values = [float(value) for value in x]
    while np.isnan(values[0]):
        del values[0]
    level, b, errors = values[0], slope if d > 0 else 0.0, []
    for value in values[1:]:
        level, b = level + c * b, c * b
        if not np.isnan(value):
            e = value - level
            errors.append(abs(e))
            level, b = level + a * e, b + a * d * e
    return level, b, sum(errors) / max(len(errors), 1)


def test_every_smoothing_is_that_of_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 4)).cumsum(axis=0)
    x[rng.random(x.shape) < 0.2] = np.nan
    x[:7, 1] = np.nan
    x[-1] = 1
    slope = np.array([0.3, -0.2, 0.0, 1.0])
    found = smooth(x, slope)
    for k, (a, d, c) in enumerate(SMOOTHINGS):
        for i in range(4):
            expected = plain(x[:, i], slope[i], a, d, c)
            np.testing.assert_allclose([each[k, i] for each in found], expected, rtol=1e-10, atol=1e-12)


def test_a_straight_line_is_foreseen_by_lasting_slopes() -> None:
    x = 5 + 2.5 * np.arange(30.0)[:, None]
    x[[4, 5, 17]] = np.nan
    found = smooth(x, np.array([2.5]))
    np.testing.assert_allclose(found.error[LASTING], 0, atol=1e-12)
    np.testing.assert_allclose(found.level[LASTING], 77.5, rtol=1e-12)
    np.testing.assert_allclose(found.slope[LASTING], 2.5, rtol=1e-12)
    assert (np.delete(found.error, LASTING, axis=0) > 0.1).all()


def test_a_constant_is_foreseen_by_all() -> None:
    found = smooth(np.full((20, 2), -4.0), np.zeros(2))
    assert (found.level == -4).all()
    assert not found.slope.any()
    assert not found.error.any()


def test_a_level_alone_has_no_slope() -> None:
    found = smooth(np.random.default_rng(0).normal(size=(20, 3)), np.ones(3))
    assert not found.slope[SMOOTHINGS[:, 1] == 0].any()


def test_the_faster_a_smoothing_the_nearer_it_is_to_the_last_value() -> None:
    x = np.concatenate([np.zeros((30, 1)), np.ones((3, 1))])
    level = smooth(x, np.zeros(1)).level[SMOOTHINGS[:, 1] == 0, 0]
    assert (np.diff(level) > 0).all()
    assert ((level > 0) & (level < 1)).all()


def test_a_single_value_is_its_own_level_without_error() -> None:
    found = smooth(np.array([[np.nan], [np.nan], [7.0]]), np.zeros(1))
    assert (found.level == 7).all()
    assert not found.error.any()
