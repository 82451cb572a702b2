"""What a person reads, word for word."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.evaluation.comparison import LossComparison, compare_losses
from forecaster.evaluation.sentences import (
    IntervalCoverage,
    coverage_sentence,
    direction_sentence,
    p_value_in_words,
    skill_sentence,
    volatility_sentence,
)
from forecaster.forecasting.uncertainty.significance import Comparison


def compared(skill: float | None, p_value: float, cutoffs: int = 20) -> LossComparison:
    """Return a comparison whose test that one is better has this p-value."""
    better, worse = Comparison(2.5, p_value, cutoffs), Comparison(-2.5, 1 - p_value, cutoffs)
    return LossComparison(skill, better, worse, cutoffs, 0)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            compared(23.4, 1e-9),
            "The forecast is 23.4 % better than Theta, the best baseline, on 20 held-out cutoffs (p < 0.001).",
        ),
        (
            compared(1.2, 0.312),
            (
                "The forecast is 1.2 % better than Theta, the best baseline, on 20 held-out cutoffs, which may be "
                "chance (p = 0.312)."
            ),
        ),
        (compared(0.04, 0.4), "The forecast is as good as Theta, the best baseline, on 20 held-out cutoffs."),
        (
            compared(-0.4, 0.688),
            (
                "The forecast is 0.4 % worse than Theta, the best baseline, on 20 held-out cutoffs, which may be "
                "chance (p = 0.312)."
            ),
        ),
        (
            compared(-14.0, 0.998),
            "The forecast is 14.0 % worse than Theta, the best baseline, on 20 held-out cutoffs (p = 0.002).",
        ),
        (
            compared(-2000.0, 1.0, 1500),
            (
                "The forecast is more than 999 % worse than Theta, the best baseline, on 1,500 held-out cutoffs "
                "(p < 0.001)."
            ),
        ),
        (
            LossComparison(10.0, None, None, 1, 0),
            (
                "The forecast is 10.0 % better than Theta, the best baseline, on 1 held-out cutoff, too few to tell "
                "that from chance."
            ),
        ),
        (
            LossComparison(-10.0, None, None, 5, 4),
            (
                "The forecast is 10.0 % worse than Theta, the best baseline, on 5 held-out cutoffs whose horizons "
                "overlap, too few to tell that from chance."
            ),
        ),
        (
            compared(None, 1.0),
            "Theta, the best baseline, made no error on 20 held-out cutoffs; the forecast did.",
        ),
    ],
)
def test_the_sentence_on_skill_says_how_much_and_with_what_p_value(found: LossComparison, sentence: str) -> None:
    assert skill_sentence(found, "theta") == sentence


@pytest.mark.parametrize(("p_value", "text"), [(0.0, "p < 0.001"), (0.05, "p = 0.050"), (1.0, "p > 0.999")])
def test_p_values_are_bounded_in_print(p_value: float, text: str) -> None:
    assert p_value_in_words(p_value) == text


def test_the_best_of_several_needs_more_to_be_believed() -> None:
    weak = compared(-3.0, 0.9)._replace(better=Comparison(-1.3, 0.9, 20))
    found = {"theta": compared(1.0, 0.03), "drift": weak}
    assert direction_sentence(found, 750) == (
        (
            "No forecast of the direction, this one's included, beat 'no change' on 750 held-out cutoffs; "
            "the best was Theta, 1.0 % better (t = 2.50, p = 0.060 for the best of 2)."
        ),
        None,
    )
    assert direction_sentence({"theta": compared(1.0, 0.03)}, 750) == (
        "Theta was 1.0 % better than 'no change' on 750 held-out cutoffs (t = 2.50, p = 0.030).",
        "theta",
    )
    assert direction_sentence(
        found | {"ridge": compared(4.0, 0.001)._replace(better=Comparison(3.5, 0.001, 20))}, 750
    ) == (
        (
            "The ridge regression was 4.0 % better than 'no change' on 750 held-out cutoffs "
            "(t = 3.50, p = 0.003 for the best of 3)."
        ),
        "ridge",
    )


def test_a_method_worse_than_no_change_has_no_p_value() -> None:
    worse = compared(-0.5, 0.8)._replace(better=Comparison(-0.76, 0.8, 20))
    assert direction_sentence({"drift": worse}, 20)[0] == (
        "No forecast of the direction, this one's included, beat 'no change' on 20 held-out cutoffs; "
        "the best was the drift, 0.5 % worse (t = -0.76)."
    )


def test_nothing_tried_and_nothing_testable() -> None:
    assert direction_sentence({}, 20) == (
        "No forecast of the direction, this one's included, beat 'no change' on 20 held-out cutoffs.",
        None,
    )
    assert direction_sentence({"drift": compare_losses(np.ones(3), np.full(3, 2.0), 4)}, 3) == (
        "Whether the direction can be predicted cannot be tested on 3 held-out cutoffs: too few.",
        None,
    )


@pytest.mark.parametrize(
    ("percent", "independent", "ending"),
    [
        ({80: 79.1, 95: 94.2}, 1000, "the 95 % interval 94.2 % of 1,250 held-out values."),
        ({80: 74.0, 95: 94.2}, 1000, "the 95 % interval 94.2 % of 1,250 held-out values: too narrow."),
        ({80: 74.0, 95: 94.2}, 40, "the 95 % interval 94.2 % of 1,250 held-out values."),
        ({80: 89.0, 95: 99.0}, 1000, "the 95 % interval 99.0 % of 1,250 held-out values: too wide."),
        ({80: 78.0, 95: 89.0}, 1000, "the 95 % interval 89.0 % of 1,250 held-out values: too narrow."),
    ],
)
def test_intervals_are_called_too_narrow_or_wide_only_beyond_chance(
    percent: dict[int, float | None], independent: int, ending: str
) -> None:
    covered = IntervalCoverage(percent, 1250, independent)
    assert coverage_sentence(covered) == f"The 80 % interval covered {percent[80]:.1f} % and {ending}"


def test_intervals_that_cannot_be_checked() -> None:
    nothing = IntervalCoverage({80: None, 95: None}, 4, 1)
    for sentence in (coverage_sentence(nothing), volatility_sentence(nothing, 3.0)):
        assert sentence == "Too few values were held out to check the intervals."
    assert (
        coverage_sentence(IntervalCoverage({80: None, 95: 94.0}, 40, 9))
        == "The 95 % interval covered 94.0 % of 40 held-out values."
    )


@pytest.mark.parametrize(
    ("covered_80", "skill", "begin", "end"),
    [
        (79.6, 3.14, "What can be predicted is the size of moves: the 80", "3.1 % better than"),
        (79.6, -3.14, "The 80", "3.1 % worse than"),
        (79.6, 0.01, "What can be predicted is the size of moves: the 80", "as good as"),
        (70.6, 3.14, "Moves were larger than predicted: the 80", "3.1 % better than"),
        (89.4, 3.14, "Moves were smaller than predicted: the 80", "3.1 % better than"),
    ],
)
def test_the_size_of_moves(covered_80: float, skill: float, begin: str, end: str) -> None:
    assert volatility_sentence(IntervalCoverage({80: covered_80, 95: 94.8}, 1115, 1000), skill) == (
        f"{begin} % interval covered {covered_80} % and the 95 % interval 94.8 % of 1,115 held-out values; "
        f"by WQL the intervals are {end} those of the last value."
    )
