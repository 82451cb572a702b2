"""One method beside another, by their losses at the same cutoffs: (n,), in order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.uncertainty.significance import diebold_mariano

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats
    from forecaster.forecasting.uncertainty.significance import Comparison


SIGNIFICANT = 0.05
"""One-sided p-value below which a difference is called real."""
TIE = 1e-9
"""Difference of two scaled losses, relative to the other method's or to the scale, that is no more than rounding."""


class Compared(NamedTuple):
    """A method beside another.

    Attributes:
        skill: 100 (1 - its loss / loss of the other), in percent; None where only the other never erred.
        better: Test that it is better; None where the cutoffs are too few.
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


def compare(ours: Floats, theirs: Floats, overlap: int) -> Compared:
    """Compare the losses of a method with those of another; `overlap` later cutoffs lie within a horizon."""
    difference = np.where(np.isclose(ours, theirs, rtol=TIE, atol=TIE), 0.0, theirs - ours)
    lost = float(theirs.mean())
    skill = 100.0 * float(difference.mean()) / lost if lost else None if difference.any() else 0.0
    tests = diebold_mariano(difference, overlap), diebold_mariano(-difference, overlap)
    return Compared(skill, *tests, len(difference), overlap)


def compare_others(losses: Mapping[str, Floats], other: str, overlap: int) -> dict[str, Compared]:
    """Compare each method with one of them; those that forecast the same, or cannot be compared, are left out."""
    found = {name: compare(loss, losses[other], overlap) for name, loss in losses.items()}
    return {name: each for name, each in found.items() if each.skill}
