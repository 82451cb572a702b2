"""What may be said of forecasts, in sentences for a person who does not know the tests behind them.

A p-value in a sentence is one-sided and belongs to what the sentence says: of a forecast that is called worse, it is
that it is worse.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import counted
from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.forecasting.baselines import SEASONAL_NAIVE, THETA
from forecaster.forecasting.holdout import RIDGE

if TYPE_CHECKING:
    from forecaster.evaluation.comparison import Compared

SPOKEN = {
    THETA: "Theta",
    SEASONAL_NAIVE: "the seasonal naive forecast",
    RIDGE: "the ridge regression",
    "statsforecast_auto_ets": "AutoETS",
    "statsforecast_auto_arima": "AutoARIMA",
    "statsforecast_theta": "Theta of statsforecast",
}
"""Methods whose names read otherwise than `the last value`."""
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
        count: Values.
        independent: Forecasts among them that do not overlap.

    """

    percent: Mapping[int, float | None]
    count: int
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
        return f"{shares} of {self.count:,} held-out values"


def spoken(method: str) -> str:
    """Return the name of a method as a sentence has it."""
    return SPOKEN.get(method, f"the {method.replace('_', ' ')}")


def opening(text: str) -> str:
    """Return a sentence with a capital."""
    return text[0].upper() + text[1:]


def claim(found: Compared, baseline: str) -> str:
    """Say how a forecast compares with the best baseline, and whether that may be chance."""
    name, where = spoken(baseline), f"on {counted(found.cutoffs, 'held-out cutoff')}"
    if found.skill is None:
        return f"{opening(name)}, the best baseline, made no error {where}; the forecast did."
    beside = f"The forecast is {difference(found.skill)} {name}, the best baseline, {where}"
    if abs(found.skill) < SHOWN:
        return f"{beside}."
    test = found.better if found.skill > 0.0 else found.worse
    if test is None:
        return f"{beside}{' whose horizons overlap' if found.overlap else ''}, too few to tell that from chance."
    if test.p_value < SIGNIFICANT:
        return f"{beside} ({chance(test.p_value)})."
    return f"{beside}, which may be chance ({chance(test.p_value)})."


def difference(skill: float) -> str:
    """Return a skill in percent as a comparison."""
    if abs(skill) < SHOWN:
        return "as good as"
    size = f"more than {MOST_WORSE:.0f} %" if skill < -MOST_WORSE else f"{abs(skill):.1f} %"
    return f"{size} {'better' if skill > 0.0 else 'worse'} than"


def chance(p_value: float) -> str:
    """Return a p-value as text."""
    shown = min(max(p_value, 0.001), 0.999)
    return f"p {'<' if p_value < shown else '>' if p_value > shown else '='} {shown:.3f}"


def direction(found: Mapping[str, Compared], cutoffs: int) -> tuple[str, str | None]:
    """Say whether anything told where prices go better than their last value did.

    Of several methods the best looks good by chance, so its p-value is multiplied by their number (Bonferroni).

    Args:
        found: Each method that is not the last value, beside it.
        cutoffs: Cutoffs at which they were compared.

    Returns:
        The sentence, and the method that did, or None.

    """
    tests = {name: each.better for name, each in found.items() if each.better is not None}
    where = f"on {counted(cutoffs, 'held-out cutoff')}"
    nothing = f"No forecast of the direction, this one's included, beat 'no change' {where}"
    if not found:
        return f"{nothing}.", None
    if not tests:
        return f"Whether the direction can be foretold cannot be tested {where}: these are too few.", None
    best = max(tests, key=lambda name: tests[name].statistic)
    t, p = tests[best].statistic, min(1.0, len(tests) * tests[best].p_value)
    name, among = spoken(best), f", the best of {len(tests)}," if len(tests) > 1 else ""
    size = difference(found[best].skill or 0.0)
    if p < SIGNIFICANT:
        return f"{opening(name)}{among} was {size} 'no change' {where} (t = {t:.2f}, {chance(p)}).", best
    likely = f", {chance(p)}" if t > 0.0 else ""
    return f"{nothing}; {name}{among} was {size} that (t = {t:.2f}{likely}).", None


def size_of_moves(covered: Covered, skill: float | None) -> str:
    """Say how well the size of moves was foretold.

    Args:
        covered: How many held-out values were in the intervals.
        skill: 100 (1 - WQL / WQL of the last value), in percent; None where that is not known.

    """
    if not covered.known:
        return intervals(covered)
    lead = {
        0: "What can be foretold is the size of moves",
        1: "Moves were smaller than foretold",
        -1: "Moves were larger than foretold",
    }
    beside = "" if skill is None else f"; by WQL the intervals are {difference(skill)} those of the last value"
    return f"{lead[covered.missed]}: {covered}{beside}."


def intervals(covered: Covered) -> str:
    """Say how many held-out values the intervals covered."""
    if not covered.known:
        return "Too few values were held out to check the intervals."
    return f"{opening(str(covered))}{ {0: '', 1: ': too wide', -1: ': too narrow'}[covered.missed] }."
