"""What may be said of forecasts, in sentences for a person who does not know the tests behind them.

A p-value in a sentence is one-sided and belongs to what the sentence says: of a forecast that is called worse, it is
that it is worse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import counted
from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.forecasting.baselines import LAST_VALUE, SEASONAL_NAIVE, THETA
from forecaster.forecasting.holdout import RIDGE

if TYPE_CHECKING:
    from collections.abc import Mapping

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
OFF = 5.0
"""Points by which a coverage misses its level noticeably."""


def spoken(method: str) -> str:
    """Return the name of a method as a sentence has it."""
    return SPOKEN.get(method, f"the {method.replace('_', ' ')}")


def opening(text: str) -> str:
    """Return a sentence with a capital."""
    return text[0].upper() + text[1:]


def claim(found: Compared, baseline: str) -> str:
    """Say how a forecast compares with the best baseline, and whether that may be chance."""
    name, where = spoken(baseline), _where(found)
    if found.skill is None:
        same = found.worse is None or found.worse.statistic == 0.0
        made = f"{opening(name)}, the best baseline, made no error {where}"
        return f"{made}, nor did the forecast." if same else f"{made}; the forecast did."
    beside = f"The forecast is {difference(found.skill)} {name}, the best baseline, {where}"
    if abs(found.skill) < SHOWN:
        return f"{beside}."
    test = found.better if found.skill > 0.0 else found.worse
    if test is None:
        return f"{beside}, too few to tell that from chance."
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


def direction(found: Mapping[str, Compared], own: str) -> tuple[str, str | None]:
    """Say whether anything told where prices go better than their last value.

    Where several methods are tried, the best of them is so by chance too: its p-value is multiplied by their number
    (Bonferroni).

    Args:
        found: Each method beside the last value.
        own: The forecast in question, which may be the last value itself.

    Returns:
        The sentence, and the method that did, or None.

    """
    tried = {name: each for name, each in found.items() if name != LAST_VALUE and _moves(each)}
    where = _where(found[own])
    nothing = f"No forecast of the direction, this one's included, beat 'no change' {where}"
    if not tried:
        return f"{nothing}.", None
    best = max(tried, key=lambda name: tried[name].gain)
    among, gain, test = tried[best], tried[best].gain, tried[best].better
    size = f"{difference(gain)} it" if gain else "which made no error"
    of = f" of {len(tried)}" if len(tried) > 1 else ""
    if test is None:
        return (
            f"Whether any forecast of the direction beats 'no change' cannot be told {where}: they are too few.",
            None,
        )
    p = min(1.0, len(tried) * test.p_value)
    told = f"t = {test.statistic:.2f}, {chance(p)}"
    if p < SIGNIFICANT:
        name = "this forecast" if best == own else spoken(best)
        return (
            f"{opening(name)} beat 'no change' {where}: it is {gain:.1f} % better ({told}{as_best(len(tried))}).",
            best,
        )
    return f"{nothing} (the best{of}: {spoken(best)}, {size}, {told}).", None
