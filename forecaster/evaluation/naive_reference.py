"""The naive forecast that a reader measures all methods by, and how the forecast compares with each other method.

Scores are records as `forecaster.evaluation.holdout_report.scores_to_records` makes them, one a method: `skill` is by
how many percent the loss of the forecast is smaller than that of the record's method. Those of old model files have no
skills.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.evaluation.score_tables import MODEL
from forecaster.forecasting.holdout import FINE_TUNED, NETWORK, PRETRAINED, RIDGE
from forecaster.forecasting.methods.baselines import LAST_VALUE, SEASONAL_NAIVE
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPETITIONS = (LAST_VALUE, SEASONAL_NAIVE)
"""The naive forecasts that a reader could make without a program; the better one is the reference."""
NOT_COMPARED = {COLUMNS.model, NETWORK, PRETRAINED, FINE_TUNED, RIDGE}
"""The forecast and its parts, which have scores and no skill."""


class PairedTest(NamedTuple):
    """The forecast compared with another method.

    Attributes:
        method: The other method.
        skill: By how many percent the loss of the forecast is smaller; NaN if only the other never erred.
        p_value: One-sided p-value that the forecast is better; NaN if it cannot be tested.

    """

    method: str
    skill: float
    p_value: float

    @property
    def error_ratio(self) -> float:
        """The loss of the forecast over that of the other."""
        return 1.0 - self.skill / 100.0

    @property
    def p_value_of_difference(self) -> float:
        """One-sided p-value of a difference in the direction that it has."""
        return self.p_value if self.skill > 0.0 else 1.0 - self.p_value

    @property
    def may_be_chance(self) -> bool:
        """Whether a test is not sure of the difference."""
        return self.p_value_of_difference >= SIGNIFICANT


def paired_tests(scores: Sequence[Mapping[str, Any]]) -> dict[str, PairedTest]:
    """Return the comparison of the forecast with each other method, by the name of the method."""
    return {
        name: PairedTest(name, number_or_nan(record["skill"]), number_or_nan(record.get("p_value")))
        for record in scores
        if "skill" in record and (name := str(record.get(MODEL))) not in NOT_COMPARED
    }


def naive_reference(tests: Mapping[str, PairedTest]) -> str | None:
    """Return the naive forecast that is harder to beat, the last value or the last season; None if none was tested."""
    return min((name for name in REPETITIONS if name in tests), key=lambda name: skill_of(tests[name]), default=None)


def errors_against_reference(scores: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return by how many percent the loss of each method is smaller than that of the reference; NaN if unknown."""
    tests = paired_tests(scores)
    reference = naive_reference(tests)
    if reference is None:
        return dict.fromkeys((COLUMNS.model, *tests), math.nan)
    ours = tests[reference].error_ratio
    shares = {name: _quotient(ours, test.error_ratio) for name, test in tests.items()}
    return {name: 100.0 * (1.0 - share) for name, share in {COLUMNS.model: ours, **shares, reference: 1.0}.items()}


def skill_of(test: PairedTest) -> float:
    """Return the skill against a method; one that never erred is the hardest to beat."""
    return -math.inf if math.isnan(test.skill) else test.skill


def number_or_nan(value: Any) -> float:
    """Return a score of a table or of a model file, which may hold anything; what is no number is NaN."""
    return float(value) if isinstance(value, int | float) else math.nan


def _quotient(ours: float, ratio: float) -> float:
    """Return the loss of a method over that of the reference from what the forecast's loss is of theirs.

    A method without a ratio never erred. If the forecast never erred, the two losses cannot be told from their ratios.
    """
    if math.isnan(ratio):
        return 0.0 if not math.isnan(ours) else math.nan
    return ours / ratio if ratio else math.nan
