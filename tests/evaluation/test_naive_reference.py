"""Errors of all methods against the naive forecast that is harder to beat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.evaluation.naive_reference import errors_against_reference, naive_reference, paired_tests
from forecaster.forecasting.holdout import FINE_TUNED, NETWORK, RIDGE


def scores(**losses: float) -> list[dict[str, Any]]:
    """Return the scores of methods with these losses, the forecast first; the skill is that of the forecast."""
    ours = losses["forecast"]
    skills = [100.0 * (1.0 - ours / loss) if loss else None if ours else 0.0 for loss in losses.values()]
    return [
        {"model": name, "skill": None if name == "forecast" else skill, "p_value": 0.01}
        for name, skill in zip(losses, skills, strict=True)
    ]


def test_errors_are_those_of_each_method_against_the_better_naive_forecast() -> None:
    table = scores(forecast=0.5, last_value=4.0, seasonal_naive=1.0, theta=0.4, drift=1.0)
    assert naive_reference(paired_tests(table)) == "seasonal_naive"
    found = errors_against_reference(table)
    assert found == pytest.approx({"forecast": 50, "last_value": -300, "seasonal_naive": 0, "theta": 60, "drift": 0})


def test_the_last_value_is_the_reference_where_it_is_better_or_alone() -> None:
    assert naive_reference(paired_tests(scores(forecast=0.5, last_value=1.0, seasonal_naive=2.0))) == "last_value"
    assert naive_reference(paired_tests(scores(forecast=0.5, last_value=1.0, drift=0.1))) == "last_value"
    assert naive_reference(paired_tests(scores(forecast=0.5, last_value=1.0, seasonal_naive=1.0))) == "last_value"


def test_errors_against_a_method_without_any_are_unknown() -> None:
    assert np.isnan(errors_against_reference(scores(forecast=0.5, last_value=0.0, drift=1.0))["drift"])
    assert errors_against_reference(scores(forecast=0.5, last_value=1.0, drift=0.0))["drift"] == 100.0
    never = errors_against_reference(scores(forecast=0.0, last_value=1.0, drift=3.0))
    assert never["forecast"] == 100.0
    assert never["last_value"] == 0.0
    assert np.isnan(never["drift"])


def test_without_a_naive_forecast_all_errors_are_unknown() -> None:
    assert naive_reference(paired_tests(scores(forecast=0.5, drift=1.0))) is None
    assert np.isnan(list(errors_against_reference(scores(forecast=0.5, drift=1.0)).values())).all()


def test_parts_of_the_forecast_and_scores_without_skills_are_not_compared() -> None:
    parts = [{"model": name, "skill": None, "p_value": None} for name in (NETWORK, FINE_TUNED, RIDGE)]
    assert list(paired_tests([*scores(forecast=0.5, last_value=1.0), *parts])) == ["last_value"]
    assert not paired_tests([{"model": "last_value", "mae": 1.0}, {"mae": 1.0}])
