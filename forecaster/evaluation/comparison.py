"""Compare two methods by their losses at the same cutoffs: (n,), in order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.method import ROUNDING
from forecaster.forecasting.uncertainty.significance import diebold_mariano

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats
    from forecaster.forecasting.uncertainty.significance import Comparison


SIGNIFICANT = 0.05
"""One-sided p-value below which a difference counts as more than chance: the usual level of the field."""


class LossComparison(NamedTuple):
    """A method compared with another.

    Attributes:
        skill: 100 (1 - its loss / loss of the other), in percent; None if only the other never erred.
        better: Test that it is better; None if there are too few cutoffs.
        worse: Test that it is worse.
        cutoffs: Cutoffs of both.
        overlap: Later cutoffs that a forecast reaches beyond.

    """

    skill: float | None
    better: Comparison | None
    worse: Comparison | None
    cutoffs: int
    overlap: int

    @property
    def p_value(self) -> float | None:
        """One-sided p-value that it is better."""
        return None if self.better is None else self.better.p_value


def compare_losses(ours: Floats, theirs: Floats, overlap: int) -> LossComparison:
    """Compare the losses of a method with those of another; each forecast reaches beyond `overlap` later cutoffs.

    Losses are scaled errors, near 1, so a difference within `ROUNDING`, relative or absolute, counts as none.
    """
    difference = np.where(np.isclose(ours, theirs, rtol=ROUNDING, atol=ROUNDING), 0.0, theirs - ours)
    lost = float(theirs.mean())
    skill = 100.0 * float(difference.mean()) / lost if lost else None if difference.any() else 0.0
    tests = diebold_mariano(difference, overlap), diebold_mariano(-difference, overlap)
    return LossComparison(skill, *tests, len(difference), overlap)


def compare_with_reference(losses: Mapping[str, Floats], reference: str, overlap: int) -> dict[str, LossComparison]:
    """Compare each method with the reference method, leaving out those with the same losses or without a skill."""
    comparisons = {name: compare_losses(loss, losses[reference], overlap) for name, loss in losses.items()}
    return {name: comparison for name, comparison in comparisons.items() if comparison.skill}
