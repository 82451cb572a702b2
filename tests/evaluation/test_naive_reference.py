"""What a newcomer reads about an evaluation: errors against a naive forecast, and how certain that is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecaster.evaluation.naive_reference import (
    confidence_in_words,
    difference_in_words,
    errors_against_reference,
    naive_reference,
    naive_sentences,
    repeated_values,
)
from forecaster.series.panel import panel_from_series

WORDS = {"last_value": "the last value", "seasonal_naive": "last year"}


def scores(p_value: float = 0.01, **losses: float) -> pd.DataFrame:
    """Return the scores of methods with these losses, the forecast first; the skill is that of the forecast."""
    ours = losses["forecast"]
    skill = [100.0 * (1.0 - ours / loss) if loss else np.nan if ours else 0.0 for loss in losses.values()]
    table = pd.DataFrame({"model": list(losses), "skill": skill, "p_value": p_value})
    table.loc[0, ["skill", "p_value"]] = np.nan
    return table


def test_errors_are_those_of_each_method_against_the_better_naive_forecast() -> None:
    table = scores(forecast=0.5, last_value=4.0, seasonal_naive=1.0, theta=0.4, drift=1.0)
    assert naive_reference(table) == "seasonal_naive"
    found = errors_against_reference(table)
    assert found == pytest.approx({"forecast": 50, "last_value": -300, "seasonal_naive": 0, "theta": 60, "drift": 0})


def test_the_last_value_is_the_reference_where_it_is_better_or_alone() -> None:
    assert naive_reference(scores(forecast=0.5, last_value=1.0, seasonal_naive=2.0)) == "last_value"
    assert naive_reference(scores(forecast=0.5, last_value=1.0, drift=0.1)) == "last_value"
    assert naive_reference(scores(forecast=0.5, last_value=1.0, seasonal_naive=1.0)) == "last_value"


def test_errors_against_a_method_without_any_are_unknown() -> None:
    assert np.isnan(errors_against_reference(scores(forecast=0.5, last_value=0.0, drift=1.0))["drift"])
    assert errors_against_reference(scores(forecast=0.5, last_value=1.0, drift=0.0))["drift"] == 100.0
    never = errors_against_reference(scores(forecast=0.0, last_value=1.0, drift=3.0))
    assert never["forecast"] == 100.0
    assert never["last_value"] == 0.0
    assert np.isnan(never["drift"])


LAST, SEASON = "repeating the last value", "repeating last year"


@pytest.mark.parametrize(
    ("ours", "naive", "p_value", "sentence"),
    [
        (0.5, {"last_value": 1.0}, 0.018, f"Better than {LAST} with 98 % confidence, PAST: errors are 50 % smaller."),
        (
            0.5,
            {"last_value": 1.0},
            0.2,
            f"Better than {LAST}, PAST: errors are 50 % smaller, {{chance}} (80 % confidence).",
        ),
        (
            3.5,
            {"seasonal_naive": 1.0},
            0.99,
            f"Worse than {SEASON} with 99 % confidence, PAST: errors are 3.5 times as large.",
        ),
        (
            1.5,
            {"last_value": 1.0},
            np.nan,
            f"Worse than {LAST}, PAST: errors are 50 % larger, {{chance}} (too few to test).",
        ),
        (1.0, {"last_value": 1.0}, 0.5, f"This forecast is as good as {LAST}, PAST."),
        (1.0, {"last_value": 0.0}, 0.5, "Repeating the last value made no error PAST; this forecast did."),
    ],
)
def test_the_comparison_in_words(ours: float, naive: dict[str, float], p_value: float, sentence: str) -> None:
    words = {"chance": "which may be chance"}
    expected = sentence.format(**words).replace("PAST", "on 9 forecasts of the past")
    assert naive_sentences(scores(p_value, forecast=ours, **naive), WORDS, 9, 1) == (expected,)


def test_a_better_method_is_named() -> None:
    table = scores(forecast=0.5, last_value=1.0, theta=0.4, drift=0.45)
    table["p_value"] = [np.nan, 0.001, 0.97, 0.9]
    assert naive_sentences(table, WORDS, 9, 1)[1:] == (
        "Theta is better: its errors are 20 % smaller, with 97 % confidence.",
    )
    table["p_value"] = [np.nan, 0.001, 0.6, 0.9]
    (_, chance) = naive_sentences(table, WORDS, 9, 1)
    assert chance == "Theta is better: its errors are 20 % smaller, which may be chance (60 % confidence)."
    assert naive_sentences(scores(np.nan, forecast=0.5, last_value=1.0, theta=0.0), WORDS, 9, 1)[1:] == (
        "Theta made no error.",
    )
    assert len(naive_sentences(scores(forecast=0.5, last_value=1.0, theta=0.6), WORDS, 9, 1)) == 1


def test_of_several_series_the_points_in_the_past_are_counted() -> None:
    (sentence,) = naive_sentences(scores(forecast=0.5, last_value=1.0), WORDS, 5, 12)
    assert "on forecasts from 5 points in the past:" in sentence


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


@pytest.mark.parametrize(
    ("ds", "season", "words"),
    [
        (pd.date_range("2020-01-01", periods=60, freq="D"), 7, "last week"),
        (pd.date_range("2020-01-01", periods=60, freq="h"), 24, "yesterday"),
        (pd.date_range("2020-01-01", periods=60, freq="MS"), 12, "last year"),
        (pd.date_range("2020-01-01", periods=60, freq="D"), 10, "the last 10 values"),
        (pd.date_range("2020-01-01", periods=60, freq="D"), 1, "the last value"),
    ],
)
def test_what_is_repeated_is_named_by_the_season(ds: pd.DatetimeIndex, season: int, words: str) -> None:
    panel = panel_from_series([("a", ds.to_numpy("datetime64[us]"), np.arange(60.0))])
    assert repeated_values(season, panel.calendars[0]) == {"last_value": "the last value", "seasonal_naive": words}
