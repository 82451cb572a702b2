"""What may be said of forecasts, in sentences for a person who does not know the tests behind them.

A p-value in a sentence is one-sided and belongs to what the sentence says: of a forecast that is called worse, it is
that it is worse.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.forecasting.holdout import RIDGE
from forecaster.forecasting.methods.baselines import SEASONAL_NAIVE, THETA
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.evaluation.comparison import Compared

SPOKEN = {
    COLUMNS.model: "this forecast",
    THETA: "Theta",
    SEASONAL_NAIVE: "the seasonal naive forecast",
    RIDGE: "the ridge regression",
    "statsforecast_auto_ets": "AutoETS",
    "statsforecast_auto_arima": "AutoARIMA",
    "statsforecast_theta": "Theta of statsforecast",
}
"""Methods whose names read otherwise than `the last value`."""
NO_CHANGE = "'no change'"
"""The last value, as a forecast of where prices go."""
MOST_WORSE = 999.0
"""Percent beyond which the size of a loss says nothing more."""
SHOWN = 0.05
"""Percent that one decimal does not show."""
OFF, ERRORS = 5.0, 2.0
"""Points, and standard errors, by which a coverage misses its level noticeably."""


class Covered(NamedTuple):
    """How many held-out values were in the intervals.

    Attributes:
        percent: Those within the interval of each level, in percent; None where there are no intervals.
        values: How many these are.
        independent: Forecasts among them that do not overlap.

    """

    percent: Mapping[int, float | None]
    values: int
    independent: int

    @property
    def known(self) -> dict[int, float]:
        """The levels of which something is known."""
        return {level: covered for level, covered in self.percent.items() if covered is not None}

    @property
    def missed(self) -> int:
        """-1 where noticeably few values were covered, 1 where noticeably many were, else 0."""
        for level, covered in self.known.items():
            error = math.sqrt(level * (100 - level) / max(self.independent, 1))
            if abs(covered - level) > max(OFF, ERRORS * error):
                return 1 if covered > level else -1
        return 0

    def __str__(self) -> str:
        """Return the shares in words."""
        given = [f"the {level} % interval {covered:.1f} %" for level, covered in self.known.items()]
        shares = " and ".join(given).replace("interval", "interval covered", 1)
        return f"{shares} of {self.values:,} held-out values"


def spoken(method: str) -> str:
    """Return the name of a method as a sentence has it."""
    return SPOKEN.get(method, f"the {method.replace('_', ' ')}")


def opening(text: str) -> str:
    """Return a sentence with a capital."""
    return text[0].upper() + text[1:]


def claim(found: Compared, baseline: str) -> str:
    """Say how a forecast compares with the best baseline, and whether that may be chance."""
    name, where = spoken(baseline), cutoffs(found.cutoffs)
    if found.skill is None:
        return f"{opening(name)}, the best baseline, made no error on {where}; the forecast did."
    said = f"The forecast is {compared_with(found.skill, name)}, the best baseline, on {where}"
    test = found.better if found.skill > 0.0 else found.worse
    if abs(found.skill) < SHOWN:
        return f"{said}."
    if test is None:
        return f"{said}{' whose horizons overlap' if found.overlap else ''}, too few to tell that from chance."
    return f"{said}{'' if test.p_value < SIGNIFICANT else ', which may be chance'} ({chance(test.p_value)})."


def cutoffs(count: int) -> str:
    """Return a number of held-out cutoffs with its noun."""
    return f"{count:,} held-out cutoff{'' if count == 1 else 's'}"


def compared_with(skill: float, name: str) -> str:
    """Return a skill in percent as a comparison with what it is the skill against."""
    return f"as good as {name}" if abs(skill) < SHOWN else f"{size_of(skill)} than {name}"


def size_of(skill: float) -> str:
    """Return a skill in percent in words."""
    if abs(skill) < SHOWN:
        return "as good"
    size = f"more than {MOST_WORSE:.0f} %" if skill < -MOST_WORSE else f"{abs(skill):.1f} %"
    return f"{size} {'better' if skill > 0.0 else 'worse'}"


def chance(p_value: float) -> str:
    """Return a p-value as text."""
    shown = min(max(p_value, 0.001), 0.999)
    return f"p {'<' if p_value < shown else '>' if p_value > shown else '='} {shown:.3f}"


def direction(found: Mapping[str, Compared], count: int) -> tuple[str, str | None]:
    """Say whether anything told where prices go better than their last value did.

    Of several methods the best looks good by chance, so its p-value is multiplied by their number (Bonferroni).

    Args:
        found: Each method that is not the last value, beside it.
        count: Cutoffs at which they were compared.

    Returns:
        The sentence, and the method that did, or None.

    """
    nothing = f"No forecast of the direction, this one's included, beat {NO_CHANGE} on {cutoffs(count)}"
    tests = {name: each.better for name, each in found.items() if each.better is not None}
    if not found:
        return f"{nothing}.", None
    if not tests:
        return f"Whether the direction can be foretold cannot be tested on {cutoffs(count)}: too few.", None
    best = max(tests, key=lambda name: tests[name].statistic)
    t, p, skill = tests[best].statistic, min(1.0, len(tests) * tests[best].p_value), found[best].skill or 0.0
    tried = f" for the best of {len(tests)}" if len(tests) > 1 else ""
    if p < SIGNIFICANT:
        told = f"{opening(spoken(best))} was {compared_with(skill, NO_CHANGE)} on {cutoffs(count)}"
        return f"{told} (t = {t:z.2f}, {chance(p)}{tried}).", best
    likely = f", {chance(p)}{tried}" if t > 0.0 else ""
    return f"{nothing}; the best was {spoken(best)}, {size_of(skill)} (t = {t:z.2f}{likely}).", None


def size_of_moves(covered: Covered, skill: float | None) -> str:
    """Say how well the size of moves was foretold.

    Args:
        covered: How many held-out values were in the intervals.
        skill: 100 (1 - WQL / WQL of the last value), in percent; None where that is not known.

    """
    if not covered.known or skill is None:
        return intervals(covered)
    leads = {
        0: "" if skill < 0.0 else "What can be foretold is the size of moves: ",
        1: "Moves were smaller than foretold: ",
        -1: "Moves were larger than foretold: ",
    }
    told = f"{leads[covered.missed]}{covered}"
    return f"{opening(told)}; by WQL the intervals are {compared_with(skill, 'those of the last value')}."


def intervals(covered: Covered) -> str:
    """Say how many held-out values the intervals covered."""
    if not covered.known:
        return "Too few values were held out to check the intervals."
    return f"{opening(str(covered))}{ {0: '', 1: ': too wide', -1: ': too narrow'}[covered.missed] }."
