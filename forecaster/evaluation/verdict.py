"""The verdict: how a forecast compares with the best baseline on rows that it was not fitted on.

Losses are (n,), one for each cutoff in order of time; coverages and skills are in percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from forecaster.errors import QualityGateError
from forecaster.evaluation.comparison import compare_losses
from forecaster.evaluation.sentences import coverage_sentence, name_in_sentence, skill_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats
    from forecaster.evaluation.sentences import IntervalCoverage


@dataclass(frozen=True)
class Verdict:
    """How a forecast compares with the baselines.

    Attributes:
        sentences: The verdict in words.
        baseline: The best baseline, the one with the lowest mean loss.
        skill: 100 (1 - loss of the forecast / loss of the baseline), in percent; None if only the baseline never erred.
        p_value: One-sided Diebold-Mariano p-value that the forecast is better; None if it cannot be tested.
        coverage: Actuals within the interval of each level, in percent; None if there is no interval.
        origins: Number of cutoffs that the forecasts were made from.

    """

    sentences: tuple[str, ...]
    baseline: str
    skill: float | None
    p_value: float | None
    coverage: dict[int, float | None]
    origins: int

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict in text, numbers, lists and dicts, as JSON has them."""
        coverage = {str(level): covered for level, covered in self.coverage.items()}
        return {**vars(self), "sentences": list(self.sentences), "coverage": coverage}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the verdict that `to_dict` turned into `fields`."""
        coverage = {int(level): covered for level, covered in fields["coverage"].items()}
        return cls(**{**fields, "sentences": tuple(fields["sentences"]), "coverage": coverage})


def verdict_from_losses(
    forecast_loss: Floats, baseline_losses: Mapping[str, Floats], overlap: int, coverage: IntervalCoverage
) -> Verdict:
    """Compare a forecast with the best of the baselines.

    Args:
        forecast_loss: Loss of the forecast at each cutoff, (n,), in order of time.
        baseline_losses: Loss of each baseline at the same cutoffs, by name, each (n,).
        overlap: Later cutoffs that a forecast reaches beyond.
        coverage: How many actuals were in the intervals of the forecast.

    """
    baseline = min(baseline_losses, key=lambda name: float(baseline_losses[name].mean()))
    comparison = compare_losses(forecast_loss, baseline_losses[baseline], overlap)
    sentences = (skill_sentence(comparison, baseline), coverage_sentence(coverage))
    return Verdict(
        sentences, baseline, comparison.skill, comparison.p_value, dict(coverage.percent), comparison.cutoffs
    )


def check_skill(verdict: Verdict, required: float | None) -> None:
    """Refuse a forecast whose skill against the best baseline is below the required one; no skill counts as zero.

    Raises:
        QualityGateError: The skill is below.

    """
    skill = verdict.skill or 0.0
    if required is not None and skill < required:
        what = f"the forecast has a skill of {skill:.1f} % against {name_in_sentence(verdict.baseline)}"
        raise QualityGateError(
            f"{what}, and {required:g} % is required", "nothing was written; an older model stays in place"
        )
