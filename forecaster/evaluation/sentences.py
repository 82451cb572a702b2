"""Sentences about forecasts for a person who does not know the statistical tests behind them.

A p-value in a sentence is one-sided and belongs to its statement: where the sentence calls a forecast worse, it is the
p-value that the forecast is worse. Skills and coverages are in percent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.forecasting.holdout import RIDGE
from forecaster.forecasting.methods.baselines import SEASONAL_NAIVE, THETA
from forecaster.forecasting.methods.bootstrap import CHANGES, NONE
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Ints
    from forecaster.evaluation.comparison import LossComparison

NAMES_IN_SENTENCES = {
    COLUMNS.model: "this forecast",
    THETA: "Theta",
    SEASONAL_NAIVE: "the seasonal naive forecast",
    RIDGE: "the ridge regression",
    "statsforecast_auto_ets": "AutoETS",
    "statsforecast_auto_arima": "AutoARIMA",
    "statsforecast_theta": "Theta of statsforecast",
}
"""Names of methods in sentences; any other is `the` and its name, as in `the last value`."""
NO_CHANGE = "'no change'"
"""The name of the last value as a forecast of the direction of prices."""
MOST_WORSE = 999.0
"""Percent worse beyond which the exact number tells a reader nothing more; chosen by hand."""
SHOWN = 0.05
"""Percent below which one decimal shows zero."""
OFF, ERRORS = 5.0, 2.0
"""Percentage points, and standard errors, by which a coverage must be off its level before a sentence mentions it.

Both must be exceeded. Two standard errors exclude chance; five points, chosen by hand, exclude differences that are
real but too small to matter.
"""

SQUARED = "Errors of rare demand count by their squares, as a forecast of nothing has the smallest absolute errors."
"""How errors of series that are mostly zero are compared."""


class IntervalCoverage(NamedTuple):
    """How many held-out values were in the intervals.

    Attributes:
        percent: Share of the values within the interval of each level, in percent; None if there are no intervals.
        values: Number of held-out values.
        independent: Number of forecasts among them that do not overlap.

    """

    percent: Mapping[int, float | None]
    values: int
    independent: int

    @property
    def available(self) -> dict[int, float]:
        """The coverage of each level that has intervals."""
        return {level: covered for level, covered in self.percent.items() if covered is not None}

    @property
    def off_level(self) -> int:
        """-1 if noticeably few values were covered at some level, 1 if noticeably many were, else 0."""
        for level, covered in self.available.items():
            error = math.sqrt(level * (100 - level) / max(self.independent, 1))
            if abs(covered - level) > max(OFF, ERRORS * error):
                return 1 if covered > level else -1
        return 0

    def __str__(self) -> str:
        """Return the shares in words."""
        given = [f"the {level} % interval {covered:.1f} %" for level, covered in self.available.items()]
        shares = " and ".join(given).replace("interval", "interval covered", 1)
        return f"{shares} of {self.values:,} held-out values"


def name_in_sentence(method: str) -> str:
    """Return the name of a method as it stands in a sentence."""
    return NAMES_IN_SENTENCES.get(method, f"the {method.replace('_', ' ')}")


def capitalised(text: str) -> str:
    """Return a sentence that begins with a capital."""
    return text[0].upper() + text[1:]


def skill_sentence(comparison: LossComparison, baseline: str) -> str:
    """Say how a forecast compares with the best baseline, and whether that may be chance."""
    name, where = name_in_sentence(baseline), number_of_cutoffs(comparison.cutoffs)
    if comparison.skill is None:
        return f"{capitalised(name)}, the best baseline, made no error on {where}; the forecast did."
    said = f"The forecast is {skill_against(comparison.skill, name)}, the best baseline, on {where}"
    test = comparison.better if comparison.skill > 0.0 else comparison.worse
    if abs(comparison.skill) < SHOWN:
        return f"{said}."
    if test is None:
        return f"{said}{' whose horizons overlap' if comparison.overlap else ''}, too few to tell that from chance."
    return f"{said}{'' if test.p_value < SIGNIFICANT else ', which may be chance'} ({p_value_in_words(test.p_value)})."


def number_of_cutoffs(count: int) -> str:
    """Return a number of held-out cutoffs with its noun."""
    return f"{count:,} held-out cutoff{'' if count == 1 else 's'}"


def skill_against(skill: float, name: str) -> str:
    """Return a skill in words, with the name of the method that it is against."""
    return f"as good as {name}" if abs(skill) < SHOWN else f"{skill_in_words(skill)} than {name}"


def skill_in_words(skill: float) -> str:
    """Return a skill in percent in words."""
    if abs(skill) < SHOWN:
        return "as good"
    size = f"more than {MOST_WORSE:.0f} %" if skill < -MOST_WORSE else f"{abs(skill):.1f} %"
    return f"{size} {'better' if skill > 0.0 else 'worse'}"


def p_value_in_words(p_value: float) -> str:
    """Return a p-value as text."""
    shown = min(max(p_value, 0.001), 0.999)
    return f"p {'<' if p_value < shown else '>' if p_value > shown else '='} {shown:.3f}"


def drawn_sentences(drawn: Ints, *, rare_demand: bool) -> tuple[str, ...]:
    """Say which series are drawn from their past, (N,), and how errors of rare demand count, if there are any."""
    if not (drawn != NONE).any():
        return ()
    what = f"{capitalised(drawn_phrase(drawn))}."
    return (what, SQUARED) if rare_demand else (what,)


def drawn_phrase(drawn: Ints) -> str:
    """Say which series are drawn from their past, (N,), of which there are some."""
    if len(drawn) > 1:
        count = int((drawn != NONE).sum())
        repeat = (
            "repeats a value or rarely changes: it is" if count == 1 else "repeat a value or rarely change: they are"
        )
        return f"{count} of {len(drawn)} series mostly {repeat} drawn from {'its' if count == 1 else 'their'} past"
    if drawn[0] == CHANGES:
        return "the series rarely changes: the forecast is drawn from its past changes"
    return "most values are equal: the forecast is drawn from the past values of the series"


def direction_sentence(comparisons: Mapping[str, LossComparison], count: int) -> tuple[str, str | None]:
    """Say whether any method forecast the direction of prices better than their last value.

    The best of several methods looks good by chance, so its p-value is multiplied by their number (Bonferroni).

    Args:
        comparisons: Each other method compared with the last value.
        count: Cutoffs at which they were compared.

    Returns:
        The sentence, and the method that was better, or None.

    """
    nothing = f"No forecast of the direction, this one's included, beat {NO_CHANGE} on {number_of_cutoffs(count)}"
    tests = {name: each.better for name, each in comparisons.items() if each.better is not None}
    if not comparisons:
        return f"{nothing}.", None
    if not tests:
        return f"Whether the direction can be predicted cannot be tested on {number_of_cutoffs(count)}: too few.", None
    best = max(tests, key=lambda name: tests[name].statistic)
    t, p, skill = tests[best].statistic, min(1.0, len(tests) * tests[best].p_value), comparisons[best].skill or 0.0
    tried = f" for the best of {len(tests)}" if len(tests) > 1 else ""
    if p < SIGNIFICANT:
        told = (
            f"{capitalised(name_in_sentence(best))} was {skill_against(skill, NO_CHANGE)} on {number_of_cutoffs(count)}"
        )
        return f"{told} (t = {t:z.2f}, {p_value_in_words(p)}{tried}).", best
    likely = f", {p_value_in_words(p)}{tried}" if t > 0.0 else ""
    return f"{nothing}; the best was {name_in_sentence(best)}, {skill_in_words(skill)} (t = {t:z.2f}{likely}).", None


def volatility_sentence(coverage: IntervalCoverage, skill: float | None) -> str:
    """Say how well the size of moves was predicted.

    Args:
        coverage: How many held-out values were in the intervals.
        skill: 100 (1 - WQL / WQL of the last value), in percent; None if it is not available.

    """
    if not coverage.available or skill is None:
        return coverage_sentence(coverage)
    leads = {
        0: "" if skill < 0.0 else "What can be predicted is the size of moves: ",
        1: "Moves were smaller than predicted: ",
        -1: "Moves were larger than predicted: ",
    }
    told = f"{leads[coverage.off_level]}{coverage}"
    return f"{capitalised(told)}; by WQL the intervals are {skill_against(skill, 'those of the last value')}."


def coverage_sentence(coverage: IntervalCoverage) -> str:
    """Say how many held-out values the intervals covered."""
    if not coverage.available:
        return "Too few values were held out to check the intervals."
    return f"{capitalised(str(coverage))}{ {0: '', 1: ': too wide', -1: ': too narrow'}[coverage.off_level] }."
