"""The naive forecast that a reader measures all methods by, and what the comparison with it says in plain words.

Scores are tables of `forecaster.evaluation.backtest_report.score_with_skill`, one row a method, the forecast first:
`skill` is how much smaller its loss is than that of the row's method, in percent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import counted
from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.evaluation.score_tables import MODEL
from forecaster.evaluation.sentences import capitalised, name_in_sentence
from forecaster.forecasting.defaults.rules import cycle_of
from forecaster.forecasting.methods.baselines import LAST_VALUE, SEASONAL_NAIVE
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from forecaster.calendars.calendar import Calendar

REPETITIONS = (LAST_VALUE, SEASONAL_NAIVE)
"""The naive forecasts that a reader could make without a program; the better one is the reference."""
REPEATED = {"day": "yesterday", "week": "last week", "year": "last year"}
"""What the seasonal naive forecast repeats, by the cycle that the season is."""
LEAST_PERCENT = 0.5
"""Percent below which a difference is rounded to 0."""
MOST_PERCENT = 99.0
"""Percent of smaller errors at most: more would be rounded to 100, as if there were no error left."""
TIMES_AS_LARGE = 200.0
"""Percent of larger errors from which a factor is easier to understand; chosen by hand."""
MOST_CONFIDENCE = 99.9
"""Percent of confidence at most: no test on a few forecasts is surer."""


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


def paired_tests(scores: pd.DataFrame) -> dict[str, PairedTest]:
    """Return the comparison of the forecast with each other method, by the name of the method."""
    others = scores[scores[MODEL] != COLUMNS.model]
    rows = others[[MODEL, "skill", "p_value"]].itertuples(index=False)
    return {str(name): PairedTest(str(name), float(skill), float(p_value)) for name, skill, p_value in rows}


def naive_reference(scores: pd.DataFrame) -> str:
    """Return the naive forecast that is harder to beat: the last value, or the last season."""
    tests = paired_tests(scores)
    return min((name for name in REPETITIONS if name in tests), key=lambda name: _skill_of(tests[name]))


def errors_against_reference(scores: pd.DataFrame) -> dict[str, float]:
    """Return by how many percent the loss of each method is smaller than that of the reference; NaN if unknown."""
    tests, reference = paired_tests(scores), naive_reference(scores)
    ours = tests[reference].error_ratio
    shares = {name: _quotient(ours, test.error_ratio) for name, test in tests.items()}
    return {name: 100.0 * (1.0 - share) for name, share in {COLUMNS.model: ours, **shares, reference: 1.0}.items()}


def repeated_values(season: int, calendar: Calendar) -> dict[str, str]:
    """Return what each naive forecast repeats, in words: the last value, last week, last year."""
    cycle = cycle_of(season, calendar)
    of_season = "the last value" if season == 1 else REPEATED[cycle] if cycle else f"the last {season} values"
    return {LAST_VALUE: "the last value", SEASONAL_NAIVE: of_season}


def naive_sentences(scores: pd.DataFrame, repeated: Mapping[str, str], cutoffs: int, series: int) -> tuple[str, ...]:
    """Say how the forecast compares with the reference, and with the best method if that is another and better one.

    Args:
        scores: The scores of all methods.
        repeated: What each naive forecast repeats, in words.
        cutoffs: Cutoffs that the forecasts were made from.
        series: Number of series.

    """
    tests, reference = paired_tests(scores), naive_reference(scores)
    past = tests_in_words(cutoffs, series)
    best = min(tests.values(), key=_skill_of)
    sentences = [_reference_sentence(tests[reference], f"repeating {repeated[reference]}", past)]
    if best.method != reference and not best.skill >= -LEAST_PERCENT:
        sentences.append(_best_sentence(best))
    return tuple(sentences)


def tests_in_words(cutoffs: int, series: int) -> str:
    """Say how often the forecast was tested, in words for one series or for several."""
    if series == 1:
        return f"{counted(cutoffs, 'forecast')} of the past"
    return f"forecasts from {counted(cutoffs, 'point')} in the past"


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


def _reference_sentence(test: PairedTest, name: str, past: str) -> str:
    """Say how the forecast compares with the reference, by its name in words."""
    if math.isnan(test.skill):
        return f"{capitalised(name)} made no error on {past}; this forecast did."
    if abs(test.skill) < LEAST_PERCENT:
        return f"This forecast is as good as {name}, on {past}."
    better = f"{'Better' if test.skill > 0.0 else 'Worse'} than {name}"
    size = f"errors are {_size_in_words(test.skill)}"
    if math.isnan(test.p_value):
        return f"{better}, on {past}: {size}, which may be chance (too few to test)."
    confidence = confidence_in_words(test.p_value_of_difference)
    if test.may_be_chance:
        return f"{better}, on {past}: {size}, which may be chance ({confidence})."
    return f"{better} with {confidence}, on {past}: {size}."


def _best_sentence(test: PairedTest) -> str:
    """Say by how much another method is better than the forecast."""
    name = capitalised(name_in_sentence(test.method))
    if math.isnan(test.skill):
        return f"{name} made no error."
    size = f"{name} is better: its errors are {_size_in_words(100.0 * (1.0 - 1.0 / test.error_ratio))}"
    if math.isnan(test.p_value):
        return f"{size}."
    confidence = confidence_in_words(test.p_value_of_difference)
    return f"{size}, which may be chance ({confidence})." if test.may_be_chance else f"{size}, with {confidence}."


def _size_in_words(percent: float) -> str:
    """Return by how many percent errors are smaller, as it stands in a sentence."""
    return f"{difference_in_words(percent)}{' as large' if percent <= -TIMES_AS_LARGE else ''}"


def _skill_of(test: PairedTest) -> float:
    """Return the skill against a method; one that never erred is the hardest to beat."""
    return -math.inf if math.isnan(test.skill) else test.skill


def _quotient(ours: float, ratio: float) -> float:
    """Return the loss of a method over that of the reference from what the forecast's loss is of theirs.

    A method without a ratio never erred. If the forecast never erred, the two losses cannot be told from their ratios.
    """
    if math.isnan(ratio):
        return 0.0 if not math.isnan(ours) else math.nan
    return ours / ratio if ratio else math.nan
