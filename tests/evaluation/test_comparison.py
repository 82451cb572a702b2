from __future__ import annotations

import numpy as np
import pytest

from forecaster.evaluation.comparison import compare_losses, compare_with_reference
from forecaster.forecasting.uncertainty.significance import diebold_mariano


def test_skill_and_tests_in_both_directions() -> None:
    ours, theirs = np.array([0.9, 1.0, 0.7, 1.1]), np.ones(4)
    found = compare_losses(ours, theirs, 1)
    assert found.skill == pytest.approx(7.5)
    assert found.better == diebold_mariano(theirs - ours, 1)
    assert found.worse == diebold_mariano(ours - theirs, 1)
    assert (found.cutoffs, found.overlap) == (4, 1)
    assert found.better is not None
    assert found.p_value == found.better.p_value


def test_too_few_cutoffs_have_no_p_value() -> None:
    found = compare_losses(np.ones(3), np.full(3, 2.0), 2)
    assert (found.skill, found.p_value) == (50.0, None)


def test_rounding_is_no_difference() -> None:
    base = 1.0 + np.arange(5) / 7
    assert compare_losses(base * (1 - 1e-14), base, 0).skill == 0.0


def test_nothing_is_measured_against_no_error_but_no_error() -> None:
    assert compare_losses(np.ones(3), np.zeros(3), 0).skill is None
    assert compare_losses(np.zeros(3), np.zeros(3), 0).skill == 0.0


def test_methods_with_the_same_losses_are_left_out() -> None:
    base = np.array([1.0, 2.0, 1.5])
    losses = {"last_value": base, "same": base * (1 + 1e-15), "drift": base / 2}
    assert list(compare_with_reference(losses, "last_value", 0)) == ["drift"]
    assert compare_with_reference({"last_value": np.zeros(3), "drift": base}, "last_value", 0) == {}
