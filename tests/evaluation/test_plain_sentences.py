"""The sentences that a reader without statistics repeats right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.evaluation.plain_sentences import (
    accuracy_sentences,
    confidence_in_words,
    difference_in_words,
    interval_sentence,
    repeated_values,
    short_accuracy_sentence,
)
from forecaster.evaluation.verdict import Verdict

DAYS = Calendar.learn(np.arange("2021-01-01", "2021-06-01", dtype="datetime64[D]").astype("datetime64[us]"))
MONTHS = Calendar.learn(np.arange("2010-01", "2020-01", dtype="datetime64[M]").astype("datetime64[us]"))
HOURS = Calendar.learn(np.arange("2021-01-01", "2021-03-01", dtype="datetime64[h]").astype("datetime64[us]"))
COUNTS = Calendar.learn(np.arange(100))
REPEATED = {"last_value": "the last value", "seasonal_naive": "last week"}
WEEK = "repeating last week"
LINE = "A straight line from the first to the last value"


def verdict(baseline: str = "seasonal_naive", skill: float | None = 0.0, covered: float | None = 79.4) -> Verdict:
    return Verdict(("",), baseline, skill, None, {80: covered, 95: covered}, 9)


def scores(seasonal: float | None, p_value: float | None = 0.01, last: float | None = 99.95) -> list[dict[str, Any]]:
    return [
        {"model": "forecast", "skill": None, "p_value": None},
        {"model": "network", "skill": None, "p_value": None},
        {"model": "last_value", "skill": last, "p_value": 0.001},
        {"model": "seasonal_naive", "skill": seasonal, "p_value": p_value},
    ]


def accuracy(found: list[dict[str, Any]], judged: Verdict | None = None, series: int = 1) -> tuple[str, ...]:
    return accuracy_sentences(judged or verdict(), found, REPEATED, series)


@pytest.mark.parametrize(
    ("skill", "p_value", "sentence"),
    [
        (12.4, 0.018, f"Better than {WEEK} with 98 % confidence, PAST: errors are 12 % smaller."),
        (12.4, 0.2, f"Better than {WEEK}, PAST: errors are 12 % smaller, which may be chance (80 % confidence)."),
        (12.4, None, f"Better than {WEEK}, PAST: errors are 12 % smaller, which may be chance (too few to test)."),
        (12.4, np.nan, f"Better than {WEEK}, PAST: errors are 12 % smaller, which may be chance (too few to test)."),
        (99.9, 0.01, f"Better than {WEEK} with 99 % confidence, PAST: errors are more than 99 % smaller."),
        (0.4, 0.01, f"As good as {WEEK}, PAST."),
        (-0.4, 0.9, f"As good as {WEEK}, PAST."),
        (-7.0, 0.99, f"Worse than {WEEK} with 99 % confidence, PAST: errors are 7 % larger."),
        (-7.0, 0.9, f"Worse than {WEEK}, PAST: errors are 7 % larger, which may be chance (90 % confidence)."),
        (-250.0, 0.99, f"Worse than {WEEK} with 99 % confidence, PAST: errors are 3.5 times as large."),
        (None, 1.0, f"Worse than {WEEK}, which made no error, PAST."),
        (np.nan, 1.0, f"Worse than {WEEK}, which made no error, PAST."),
    ],
)
def test_the_forecast_is_compared_with_the_better_naive_one(
    skill: float | None, p_value: float | None, sentence: str
) -> None:
    assert accuracy(scores(skill, p_value)) == (sentence.replace("PAST", "on 9 forecasts of the past"),)


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
    assert repeated_values(season, calendar) == {"last_value": "the last value", "seasonal_naive": words}


@pytest.mark.parametrize(
    ("skill", "sentence"),
    [
        (5.0, f"Better than {WEEK}: errors are 5 % smaller"),
        (0.1, f"As good as {WEEK}"),
        (-900.0, f"Worse than {WEEK}: errors are 10 times as large"),
        (None, f"Worse than {WEEK}, which made no error"),
    ],
)
def test_a_list_of_many_forecasts_has_the_comparison_alone(skill: float | None, sentence: str) -> None:
    assert short_accuracy_sentence(verdict(), scores(skill), REPEATED) == sentence


def test_the_last_value_may_be_the_better_naive_forecast() -> None:
    sentence = short_accuracy_sentence(verdict(), scores(30.0, last=3.0), REPEATED)
    assert sentence == "Better than repeating the last value: errors are 3 % smaller"


@pytest.mark.parametrize("old", [[], [{"model": "last_value", "mae": 1.0}], [{"mae": 1.0}]])
def test_without_skills_as_in_old_model_files_the_best_baseline_of_the_verdict_counts(
    old: list[dict[str, Any]],
) -> None:
    judged = Verdict(("",), "theta", 8.2, 0.2, {80: 79.4, 95: None}, 9)
    assert accuracy(old, judged) == (
        "Better than Theta, on 9 forecasts of the past: errors are 8 % smaller, which may be chance (80 % confidence).",
    )
    naive = Verdict(("",), "seasonal_naive", -8.2, None, {80: 79.4, 95: None}, 9)
    assert short_accuracy_sentence(naive, old, REPEATED) == f"Worse than {WEEK}: errors are 8 % larger"


def test_scores_of_a_model_file_may_be_of_any_kind() -> None:
    odd = [{"model": "last_value", "skill": "x", "p_value": True}]
    sentence = short_accuracy_sentence(verdict(), odd, REPEATED)
    assert sentence == "Worse than repeating the last value, which made no error"


def test_several_series_are_tested_from_points_in_the_past() -> None:
    (sentence,) = accuracy(scores(12.0), series=22)
    assert "on forecasts from 9 points in the past:" in sentence


@pytest.mark.parametrize(
    ("method", "skill", "p_value", "clause"),
    [
        (
            "theta",
            -25.0,
            0.97,
            ["Theta, a simple method, is better: its errors are 20 % smaller, with 97 % confidence."],
        ),
        (
            "drift",
            -1.0,
            0.6,
            [f"{LINE} is better: its errors are 1 % smaller, which may be chance (60 % confidence)."],
        ),
        (
            "auto_arima",
            -25.0,
            None,
            ["The auto arima is better: its errors are 20 % smaller, which may be chance (too few to test)."],
        ),
        ("theta", -0.2, 0.5, []),
        ("theta", 3.0, 0.1, []),
        ("drift", None, None, [f"{LINE} made no error."]),
    ],
)
def test_a_better_method_is_named(method: str, skill: float | None, p_value: float | None, clause: list[str]) -> None:
    found = [*scores(12.0), {"model": method, "skill": skill, "p_value": p_value}]
    assert list(accuracy(found)[1:]) == clause


@pytest.mark.parametrize(
    ("covered", "sentence"),
    [
        (79.4, "79 % of the values fell into the 80 % interval."),
        (38.4, "Only 38 % of the values fell into the 80 % interval."),
        (None, "There were too few values to test the intervals."),
    ],
)
def test_what_fell_into_the_interval(covered: float | None, sentence: str) -> None:
    assert interval_sentence(verdict(covered=covered)) == sentence


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (12.4, "12 % smaller"),
        (99.7, "more than 99 % smaller"),
        (0.4, "equal"),
        (-0.4, "equal"),
        (-35.0, "35 % larger"),
        (-250.0, "3.5 times"),
        (-123_456.0, "1,236 times"),
    ],
)
def test_differences_in_words(percent: float, words: str) -> None:
    assert difference_in_words(percent) == words


@pytest.mark.parametrize(
    ("p_value", "words"), [(0.0199, "98 %"), (0.0499, "95 %"), (1e-9, "more than 99.9 %"), (0.5, "50 %")]
)
def test_confidence_is_rounded_down(p_value: float, words: str) -> None:
    assert confidence_in_words(p_value) == f"{words} confidence"
