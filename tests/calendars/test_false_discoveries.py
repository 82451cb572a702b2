"""Findings by chance are told from findings that hold."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.false_discoveries import benjamini_hochberg, chance_of_closures


def test_the_example_of_benjamini_and_hochberg() -> None:
    values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324]
    values += [0.4262, 0.5719, 0.6528, 0.759, 1.0]
    assert benjamini_hochberg(np.array(values[::-1]), 15, 0.05)[::-1].sum() == 4


def test_nothing_found_is_nothing_that_holds() -> None:
    assert benjamini_hochberg(np.empty(0), 100, 0.05).tolist() == []
    assert benjamini_hochberg(np.array([0.2]), 100, 0.05).tolist() == [False]


@pytest.mark.parametrize(
    ("run", "closed", "seen", "chance"), [(2, 2, 2, 0.01), (3, 3, 20, 0.001), (0, 3, 4, 0.0037), (0, 0, 3, 1)]
)
def test_the_chance_of_closures_in_a_row_or_with_exceptions(run: int, closed: int, seen: int, chance: float) -> None:
    assert chance_of_closures(run, closed, seen, 0.1) == pytest.approx(chance)
