"""The sentence that a reader without statistics repeats right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.evaluation.plain_sentences import accuracy_sentence, short_accuracy_sentence
from forecaster.evaluation.verdict import Verdict

DAYS = Calendar.learn(np.arange("2021-01-01", "2021-06-01", dtype="datetime64[D]").astype("datetime64[us]"))
MONTHS = Calendar.learn(np.arange("2010-01", "2020-01", dtype="datetime64[M]").astype("datetime64[us]"))
HOURS = Calendar.learn(np.arange("2021-01-01", "2021-03-01", dtype="datetime64[h]").astype("datetime64[us]"))
COUNTS = Calendar.learn(np.arange(100))


def verdict(baseline: str = "seasonal_naive", skill: float | None = 0.0, covered: float | None = 79.4) -> Verdict:
    return Verdict(("",), baseline, skill, None, {80: covered, 95: covered}, 9)


def scores(seasonal: float | None, p_value: float | None = 0.01, last: float | None = 99.95) -> list[dict[str, Any]]:
    return [
        {"model": "forecast", "skill": None, "p_value": None},
        {"model": "last_value", "skill": last, "p_value": 0.001},
        {"model": "seasonal_naive", "skill": seasonal, "p_value": p_value},
    ]


HELD = "; 79 % of the values fell into the 80 % interval"
WHERE = ", on 9 forecasts of the past"


@pytest.mark.parametrize(
    ("skill", "p_value", "sentence"),
    [
        (12.4, 0.01, f"12 % smaller errors than repeating last week{WHERE}"),
        (12.4, 0.2, f"12 % smaller errors than repeating last week{WHERE}, which may be chance"),
        (12.4, None, f"12 % smaller errors than repeating last week{WHERE}, too few to be sure"),
        (12.4, np.nan, f"12 % smaller errors than repeating last week{WHERE}, too few to be sure"),
        (99.9, 0.01, f"more than 99 % smaller errors than repeating last week{WHERE}"),
        (0.4, 0.01, f"No better than repeating last week{WHERE}"),
        (-0.4, 0.9, f"No better than repeating last week{WHERE}"),
        (-7.0, 0.99, f"No better than repeating last week: 7 % larger errors{WHERE}"),
        (-7.0, 0.9, f"No better than repeating last week: 7 % larger errors{WHERE}, which may be chance"),
        (-900.0, 0.99, f"Worse than repeating last week: errors 10 times as large{WHERE}"),
        (None, 1.0, f"Worse than repeating last week, which made no error{WHERE}"),
        (np.nan, 1.0, f"Worse than repeating last week, which made no error{WHERE}"),
    ],
)
def test_the_forecast_is_compared_with_the_better_naive_one(
    skill: float | None, p_value: float | None, sentence: str
) -> None:
    assert accuracy_sentence(verdict(), scores(skill, p_value), 7, DAYS, 1) == sentence + HELD


@pytest.mark.parametrize(
    ("season", "calendar", "words"),
    [
        (7, DAYS, "last week"),
        (12, MONTHS, "last year"),
        (24, HOURS, "yesterday"),
        (14, DAYS, "the last 14 values"),
        (12, COUNTS, "the last 12 values"),
        (1, DAYS, "the last value"),
    ],
)
def test_what_is_repeated_has_the_name_of_its_cycle(season: int, calendar: Calendar, words: str) -> None:
    assert (
        short_accuracy_sentence(verdict(), scores(5.0), season, calendar)
        == f"5 % smaller errors than repeating {words}"
    )


def test_the_last_value_may_be_the_better_naive_forecast() -> None:
    sentence = short_accuracy_sentence(verdict(), scores(30.0, last=3.0), 7, DAYS)
    assert sentence == "3 % smaller errors than repeating the last value"


@pytest.mark.parametrize("old", [[], [{"model": "last_value", "mae": 1.0}], [{"mae": 1.0}]])
def test_without_skills_as_in_old_model_files_the_best_baseline_of_the_verdict_counts(
    old: list[dict[str, Any]],
) -> None:
    judged = Verdict(("",), "theta", 8.2, 0.2, {80: 79.4, 95: None}, 9)
    assert (
        accuracy_sentence(judged, old, 7, DAYS, 1) == f"8 % smaller errors than Theta{WHERE}, which may be chance{HELD}"
    )
    naive = Verdict(("",), "seasonal_naive", -8.2, None, {80: 79.4, 95: None}, 9)
    assert short_accuracy_sentence(naive, old, 7, DAYS) == "No better than repeating last week: 8 % larger errors"


def test_scores_of_a_model_file_may_be_of_any_kind() -> None:
    odd = [{"model": "last_value", "skill": "x", "p_value": True}]
    assert (
        short_accuracy_sentence(verdict(), odd, 7, DAYS) == "Worse than repeating the last value, which made no error"
    )


def test_several_series_are_tested_from_points_in_the_past() -> None:
    sentence = accuracy_sentence(verdict(), scores(12.0), 7, DAYS, 22)
    assert sentence.startswith("12 % smaller errors than repeating last week, on forecasts from 9 points in the past;")


@pytest.mark.parametrize(
    ("judged", "clause"),
    [
        (verdict("theta", -25.0), "; Theta, a simple method, had 20 % smaller errors"),
        (verdict("drift", -1.0), "; a straight line from the first to the last value had 1 % smaller errors"),
        (verdict("theta", -0.2), ""),
        (verdict("theta", 3.0), ""),
        (verdict("drift", None), "; a straight line from the first to the last value made no error"),
    ],
)
def test_a_simple_method_that_is_better_is_named(judged: Verdict, clause: str) -> None:
    assert accuracy_sentence(judged, scores(12.0), 7, DAYS, 1) == (
        f"12 % smaller errors than repeating last week{WHERE}{clause}{HELD}"
    )


def test_too_few_values_in_the_interval_are_said() -> None:
    sentence = accuracy_sentence(verdict(covered=38.4), scores(12.0), 7, DAYS, 1)
    assert sentence.endswith("; only 38 % of the values fell into the 80 % interval")


def test_intervals_that_could_not_be_tested_are_not_praised() -> None:
    sentence = accuracy_sentence(verdict(covered=None), scores(12.0), 7, DAYS, 1)
    assert sentence.endswith("; too few values to test the intervals")
