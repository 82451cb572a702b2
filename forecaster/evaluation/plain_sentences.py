"""Sentences on how good a forecast is, for a reader who knows no statistics: the screen of every command shows them.

The exact sentences, with tests and all baselines, are those of `forecaster.evaluation.verdict`. Skills and coverages
are in percent, and are rounded to whole numbers here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from forecaster.errors import counted
from forecaster.evaluation.naive_reference import PairedTest, naive_reference, number_or_nan, paired_tests, skill_of
from forecaster.evaluation.sentences import OFF, capitalised, name_in_sentence
from forecaster.forecasting.defaults.rules import cycle_of
from forecaster.forecasting.methods.baselines import DRIFT, LAST_VALUE, SEASONAL_NAIVE, THETA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.calendars.calendar import Calendar
    from forecaster.evaluation.verdict import Verdict

LEVEL = 80
"""The interval whose coverage a sentence gives: one number is enough to see whether intervals can be trusted."""
REPEATED = {"day": "yesterday", "week": "last week", "year": "last year"}
"""What the seasonal naive forecast repeats, by the cycle that the season is."""
SIMPLE_METHODS = {THETA: "Theta, a simple method,", DRIFT: "a straight line from the first to the last value"}
"""The baselines that are no mere repetition, in words."""
LEAST_PERCENT = 0.5
"""Percent below which a difference is rounded to 0: the forecasts are called equal."""
MOST_PERCENT = 99.0
"""Percent of smaller errors at most: more would be rounded to 100, as if there were no error left."""
TIMES_AS_LARGE = 200.0
"""Percent of larger errors from which a factor is easier to understand; chosen by hand."""
MOST_CONFIDENCE = 99.9
"""Percent of confidence at most: no test on a few forecasts is surer."""


def accuracy_sentences(
    verdict: Verdict, scores: Sequence[Mapping[str, Any]], repeated: Mapping[str, str], series: int
) -> tuple[str, ...]:
    """Say how the forecast compares with the reference, and with the best method if that is another and better one.

    Args:
        verdict: The verdict on the forecast.
        scores: One record a method, see `forecaster.evaluation.naive_reference`; without skills, the comparison is that
            of the verdict.
        repeated: What each naive forecast repeats, in words.
        series: Number of series.

    """
    tests, reference = paired_tests(scores), reference_test(verdict, scores)
    sentences = [_reference_sentence(reference, repeated, tests_in_words(verdict.origins, series))]
    best = min(tests.values(), key=skill_of, default=reference)
    if best.method != reference.method and not best.skill >= -LEAST_PERCENT:
        sentences.append(_best_sentence(best))
    return tuple(sentences)


def short_accuracy_sentence(verdict: Verdict, scores: Sequence[Mapping[str, Any]], repeated: Mapping[str, str]) -> str:
    """Say in a few words how good a forecast is against the reference, for a list of many forecasts."""
    test = reference_test(verdict, scores)
    lead, size = _lead_in_words(test, repeated), _size_clause(test)
    return f"{lead}: {size}" if size else lead


def reference_test(verdict: Verdict, scores: Sequence[Mapping[str, Any]]) -> PairedTest:
    """Return the comparison with the reference, or without skills with the best baseline of the verdict."""
    tests = paired_tests(scores)
    reference = naive_reference(tests)
    if reference is not None:
        return tests[reference]
    return PairedTest(verdict.baseline, number_or_nan(verdict.skill), number_or_nan(verdict.p_value))


def repeated_values(season: int, calendar: Calendar) -> dict[str, str]:
    """Return what each naive forecast repeats, in words: the last value, last week, last year."""
    cycle = cycle_of(season, calendar)
    of_season = "the last value" if season == 1 else REPEATED[cycle] if cycle else f"the last {season} values"
    return {LAST_VALUE: "the last value", SEASONAL_NAIVE: of_season}


def tests_in_words(origins: int, series: int) -> str:
    """Say how often the forecast was tested, in words for one series or for several."""
    if series == 1:
        return f"{counted(origins, 'forecast')} of the past"
    return f"forecasts from {counted(origins, 'point')} in the past"


def interval_sentence(verdict: Verdict) -> str:
    """Say how many values the interval held."""
    covered = verdict.coverage.get(LEVEL)
    if covered is None:
        return "There were too few values to test the intervals."
    few = "Only " if covered < LEVEL - OFF else ""
    return f"{few}{covered:.0f} % of the values fell into the {LEVEL} % interval."


def difference_in_words(percent: float) -> str:
    """Return by how many percent errors are smaller, in words: `12 % smaller`, `3.5 times` as large."""
    if abs(percent) < LEAST_PERCENT:
        return "equal"
    if percent > MOST_PERCENT:
        return f"more than {MOST_PERCENT:.0f} % smaller"
    if percent <= -TIMES_AS_LARGE:
        factor = 1.0 - percent / 100.0
        return f"{factor:,.{0 if factor >= 10.0 else 1}f} times"
    return f"{abs(percent):.0f} % {'smaller' if percent > 0.0 else 'larger'}"


def confidence_in_words(p_value: float) -> str:
    """Return the confidence that belongs to a one-sided p-value, rounded down: `98 % confidence`."""
    percent = 100.0 * (1.0 - p_value)
    return f"more than {MOST_CONFIDENCE} % confidence" if percent > MOST_CONFIDENCE else f"{int(percent)} % confidence"


def _reference_sentence(test: PairedTest, repeated: Mapping[str, str], past: str) -> str:
    """Say how the forecast compares with the reference, and how certain that is."""
    lead, size = _lead_in_words(test, repeated), _size_clause(test)
    if not size:
        return f"{lead}, on {past}."
    if math.isnan(test.p_value):
        return f"{lead}, on {past}: {size}, which may be chance (too few to test)."
    confidence = confidence_in_words(test.p_value_of_difference)
    if test.may_be_chance:
        return f"{lead}, on {past}: {size}, which may be chance ({confidence})."
    return f"{lead} with {confidence}, on {past}: {size}."


def _lead_in_words(test: PairedTest, repeated: Mapping[str, str]) -> str:
    """Say whether the forecast is better than another method."""
    name = f"repeating {repeated[test.method]}" if test.method in repeated else name_in_sentence(test.method)
    if math.isnan(test.skill):
        return f"Worse than {name}, which made no error"
    if abs(test.skill) < LEAST_PERCENT:
        return f"As good as {name}"
    return f"{'Better' if test.skill > 0.0 else 'Worse'} than {name}"


def _size_clause(test: PairedTest) -> str:
    """Say how large the errors of the forecast are against those of another method; empty where they are equal."""
    if math.isnan(test.skill) or abs(test.skill) < LEAST_PERCENT:
        return ""
    return f"errors are {_size_in_words(test.skill)}"


def _best_sentence(test: PairedTest) -> str:
    """Say by how much another method is better than the forecast."""
    name = capitalised(SIMPLE_METHODS.get(test.method, name_in_sentence(test.method)))
    if math.isnan(test.skill):
        return f"{name} made no error."
    size = f"{name} is better: its errors are {_size_in_words(100.0 * (1.0 - 1.0 / test.error_ratio))}"
    if math.isnan(test.p_value):
        return f"{size}, which may be chance (too few to test)."
    confidence = confidence_in_words(test.p_value_of_difference)
    return f"{size}, which may be chance ({confidence})." if test.may_be_chance else f"{size}, with {confidence}."


def _size_in_words(percent: float) -> str:
    """Return by how many percent errors are smaller, as it stands in a sentence."""
    return f"{difference_in_words(percent)}{' as large' if percent <= -TIMES_AS_LARGE else ''}"
