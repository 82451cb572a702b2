"""What a forecast is made of, in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forecaster.evaluation.method_sentence import method_sentence, shares_in_words
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.methods.bootstrap import CHANGES, NONE

SOME_DRAWN = "1 of 2 series mostly repeats a value or rarely changes: it is drawn from its past"


def fitted(
    weights: dict[str, float],
    *,
    mode: str = "level",
    slope: tuple[float, ...] | None = None,
    drawn: tuple[int, ...] = (NONE,),
) -> Any:
    """Return a stand-in with all that the sentence is made from; a `slope` is that of a network of price moves."""
    return SimpleNamespace(
        blend=Blend(weights),
        drawn=np.array(drawn),
        recipe=SimpleNamespace(mode=mode, predicts_volatility=slope is not None),
        components=SimpleNamespace(volatility=None if slope is None else SimpleNamespace(slope=np.array(slope))),
    )


def test_shares_are_whole_percents_the_largest_first() -> None:
    weights = {"theta": 0.3, "network": 0.697, "ridge": 0.003}
    assert shares_in_words(Blend(weights)) == "70 % network, 30 % Theta"
    assert shares_in_words(Blend({"theta": 1.0})) == "Theta alone"
    assert shares_in_words(Blend({"seasonal_naive": 1.0})) == "the last season alone"


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (fitted({"network": 0.7, "theta": 0.3}), "70 % network, 30 % Theta"),
        (
            fitted({"network": 1.0}, mode="returns", slope=(0.0,)),
            "the last value, which other forecasts of prices seldom beat for long; a network predicts how far it moves",
        ),
        (
            fitted({"network": 1.0}, mode="returns", slope=(0.0002,)),
            "the last value, with a drift of 0.02 % a step; a network predicts how far it moves",
        ),
        (
            fitted({"network": 1.0}, mode="returns", slope=(0.0, 0.1), drawn=(NONE, NONE)),
            "the last value, with a drift in 1 of 2 series; a network predicts how far it moves",
        ),
        (
            fitted({"ridge": 0.6, "network": 0.4}, mode="returns", slope=(0.0,)),
            "60 % linear regression, 40 % last value; a network predicts how far it moves",
        ),
        (fitted({"network": 0.25, "last_value": 0.75}, mode="returns"), "25 % network, 75 % last value"),
        (
            fitted({"theta": 1.0}, drawn=(CHANGES,)),
            "the series rarely changes: the forecast is drawn from its past changes",
        ),
        (
            fitted({"network": 0.7, "theta": 0.3}, drawn=(NONE, CHANGES)),
            f"70 % network, 30 % Theta; {SOME_DRAWN}",
        ),
    ],
)
def test_the_method_is_one_sentence(model: Any, sentence: str) -> None:
    assert method_sentence(model) == sentence
