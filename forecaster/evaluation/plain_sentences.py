"""One sentence on how good a forecast is, for a reader who knows no statistics: the screen of every command shows it.

The exact sentences, with tests and all baselines, are those of `forecaster.evaluation.verdict`. Skills and coverages
are in percent, and are rounded to whole numbers here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.errors import counted
from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.evaluation.score_tables import MODEL
from forecaster.evaluation.sentences import OFF, name_in_sentence
from forecaster.forecasting.defaults.rules import cycle_of
from forecaster.forecasting.methods.baselines import DRIFT, LAST_VALUE, SEASONAL_NAIVE, THETA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.calendars.calendar import Calendar
    from forecaster.evaluation.verdict import Verdict

LEVEL = 80
"""The interval whose coverage the sentence gives: one number is enough to see whether intervals can be trusted."""
LEAST_PERCENT = 0.5
"""Percent below which a difference is rounded to 0: the forecasts are called equal."""
MOST_SMALLER = 99.0
"""Percent of smaller errors at most: more would be rounded to 100, as if there were no error left."""
TIMES_AS_LARGE = 200.0
"""Percent of larger errors from which a factor is easier to understand. Chosen by hand."""
REPEATED = {"day": "yesterday", "week": "last week", "year": "last year"}
"""What a naive forecast repeats, by the cycle that the season is."""
SIMPLE_METHODS = {THETA: "Theta, a simple method,", DRIFT: "a straight line from the first to the last value"}
"""The baselines that are no mere repetition, in words."""


class NaiveComparison(NamedTuple):
    """The forecast compared with the better of the two naive ones.

    Attributes:
        method: That naive forecast.
        skill: By how many percent the errors of the forecast are smaller; None if only the naive one never erred.
        p_value: One-sided p-value that the forecast is better; None if it cannot be tested.

    """

    method: str
    skill: float | None
    p_value: float | None

    @property
    def may_be_chance(self) -> bool:
        """Whether the difference is none that tests are sure of."""
        if self.p_value is None or self.skill is None:
            return False
        return (self.p_value if self.skill > 0.0 else 1.0 - self.p_value) >= SIGNIFICANT


def accuracy_sentence(
    verdict: Verdict, scores: Sequence[Mapping[str, Any]], season: int, calendar: Calendar, series: int
) -> str:
    """Say how good a forecast is against the better naive forecast, and how far its 80 % interval can be trusted.

    Args:
        verdict: The verdict on the forecast.
        scores: One record a method with `model`, `skill` and `p_value`, of the forecast against each baseline; those of
            old model files have no skills.
        season: Steps in a season; 1 for none.
        calendar: Calendar of the series.
        series: Number of series.

    """
    naive = compare_with_naive(scores, verdict)
    reference, tests = _reference_in_words(naive.method, season, calendar), tests_in_words(verdict.origins, series)
    parts = [_naive_clause(naive, reference, tests)]
    parts += [_simple_method_clause(verdict) if naive.method != verdict.baseline else "", _interval_clause(verdict)]
    return "; ".join(part for part in parts if part)


def short_accuracy_sentence(
    verdict: Verdict, scores: Sequence[Mapping[str, Any]], season: int, calendar: Calendar
) -> str:
    """Say in a few words how good a forecast is against the better naive forecast, for a list of many forecasts."""
    naive = compare_with_naive(scores, verdict)
    return _difference_from_naive(naive, _reference_in_words(naive.method, season, calendar))


def compare_with_naive(scores: Sequence[Mapping[str, Any]], verdict: Verdict) -> NaiveComparison:
    """Return the comparison with the naive forecast that is harder to beat: the last value, or the last season.

    Scores without skills, as old model files have them, leave the comparison with the best baseline of the verdict.
    """
    found = [
        NaiveComparison(record[MODEL], _number_or_none(record["skill"]), _number_or_none(record.get("p_value")))
        for record in scores
        if record.get(MODEL) in {LAST_VALUE, SEASONAL_NAIVE} and "skill" in record
    ]
    known = NaiveComparison(verdict.baseline, verdict.skill, verdict.p_value)
    return min(found, key=lambda each: -math.inf if each.skill is None else each.skill, default=known)


def repeated_values(method: str, season: int, calendar: Calendar) -> str:
    """Say what a naive forecast repeats: the last value, last week, last year."""
    if method == LAST_VALUE or season == 1:
        return "the last value"
    cycle = cycle_of(season, calendar)
    return REPEATED[cycle] if cycle else f"the last {season} values"


def _reference_in_words(method: str, season: int, calendar: Calendar) -> str:
    """Return what a forecast is compared with, as it stands behind `than`."""
    if method in {LAST_VALUE, SEASONAL_NAIVE}:
        return f"repeating {repeated_values(method, season, calendar)}"
    return name_in_sentence(method)


def tests_in_words(origins: int, series: int) -> str:
    """Say how often the forecast was tested, in words for one series or for several."""
    if series == 1:
        return f"{counted(origins, 'forecast')} of the past"
    return f"forecasts from {counted(origins, 'point')} in the past"


def _naive_clause(naive: NaiveComparison, reference: str, tests: str) -> str:
    """Say how the forecast compares with a naive one, and whether that may be chance."""
    difference = _difference_from_naive(naive, reference)
    if naive.skill is None or abs(naive.skill) < LEAST_PERCENT:
        return f"{difference}, on {tests}"
    sure = ", too few to be sure" if naive.p_value is None else ", which may be chance" if naive.may_be_chance else ""
    return f"{difference}, on {tests}{sure}"


def _difference_from_naive(naive: NaiveComparison, reference: str) -> str:
    """Say how the errors of the forecast compare with those of a naive one."""
    if naive.skill is None:
        return f"Worse than {reference}, which made no error"
    if abs(naive.skill) < LEAST_PERCENT:
        return f"No better than {reference}"
    if naive.skill > 0.0:
        return f"{_smaller(naive.skill)} errors than {reference}"
    larger = -naive.skill
    if larger < TIMES_AS_LARGE:
        return f"No better than {reference}: {larger:.0f} % larger errors"
    return f"Worse than {reference}: errors {1 + larger / 100:.0f} times as large"


def _simple_method_clause(verdict: Verdict) -> str:
    """Say so where another simple method than the naive ones has smaller errors than the forecast."""
    if verdict.baseline in {LAST_VALUE, SEASONAL_NAIVE}:
        return ""
    name = SIMPLE_METHODS.get(verdict.baseline, name_in_sentence(verdict.baseline))
    if verdict.skill is None:
        return f"{name} made no error"
    smaller = 100.0 * (1.0 - 1.0 / (1.0 - verdict.skill / 100.0)) if verdict.skill < 0.0 else 0.0
    return f"{name} had {_smaller(smaller)} errors" if smaller >= LEAST_PERCENT else ""


def _interval_clause(verdict: Verdict) -> str:
    """Say how many values the interval held."""
    covered = verdict.coverage.get(LEVEL)
    if covered is None:
        return "too few values to test the intervals"
    few = "only " if covered < LEVEL - OFF else ""
    return f"{few}{covered:.0f} % of the values fell into the {LEVEL} % interval"


def _smaller(percent: float) -> str:
    """Return how much smaller errors are."""
    return f"more than {MOST_SMALLER:.0f} % smaller" if percent > MOST_SMALLER else f"{percent:.0f} % smaller"


def _number_or_none(value: Any) -> float | None:
    """Return a score of a table or of a model file, which may hold anything; what is no number is none."""
    return float(value) if isinstance(value, int | float) and not math.isnan(value) else None
