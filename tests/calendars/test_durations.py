"""Times, lengths and steps in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.calendars.durations import (
    duration_in_words,
    seconds_in_words,
    step_in_words,
    write_span,
    write_time,
)


@pytest.mark.parametrize(
    ("stamp", "text"),
    [
        (np.datetime64("2024-01-31", "us"), "2024-01-31"),
        (np.datetime64("2024-01-31T09:30", "us"), "2024-01-31 09:30"),
        (np.int64(120), "120"),
    ],
)
def test_time_stamps(stamp: Any, text: str) -> None:
    assert write_time(stamp) == text


def test_both_ends_of_a_span_have_a_time_of_day_or_none() -> None:
    day, morning = np.datetime64("2024-01-31", "us"), np.datetime64("2024-02-01T09:30", "us")
    assert write_span(day, day) == ("2024-01-31", "2024-01-31")
    assert write_span(day, morning) == ("2024-01-31 00:00", "2024-02-01 09:30")
    assert write_span(np.int64(1), np.int64(9)) == ("1", "9")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 second"),
        (90, "1.5 minutes"),
        (3600, "1 hour"),
        (31 * 86_400, "31 days"),
        (10**9 * 86_400, "1000000000 days"),
    ],
)
def test_lengths(seconds: int, text: str) -> None:
    assert duration_in_words(seconds) == text


def test_steps() -> None:
    assert (step_in_words(1, "week"), step_in_words(2, "week")) == ("every week", "every 2 weeks")
    assert [seconds_in_words(seconds) for seconds in (1, 60, 5400, 7200)] == [
        "every second",
        "every minute",
        "every 90 minutes",
        "every 2 hours",
    ]
