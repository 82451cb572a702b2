"""Periods are parsed, hold the times that lie in them, and are offered by how dense the rows are."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.periods import aggregation_advice, look_like_events, parse_period, step_of_times
from forecaster.errors import UsageError


def times(*texts: str) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.array(texts, dtype="datetime64[us]")


@pytest.mark.parametrize(
    ("text", "moment", "start"),
    [
        ("minute", "2024-02-29T13:47:31", "2024-02-29T13:47"),
        ("15min", "2024-02-29T13:47:31", "2024-02-29T13:45"),
        ("6 hours", "1969-12-31T23:00", "1969-12-31T18:00"),
        ("hourly", "2024-02-29T13:47:31", "2024-02-29T13:00"),
        ("d", "1960-02-29T13:47:31", "1960-02-29"),
        ("Week", "2024-03-03T23:59", "2024-02-26"),
        ("weeks", "1969-12-29", "1969-12-29"),
        ("month", "1969-12-31", "1969-12-01"),
        ("6 months", "2024-11-05", "2024-07-01"),
        ("quarterly", "2024-05-05", "2024-04-01"),
        ("year", "1969-05-05", "1969-01-01"),
    ],
)
def test_a_period_begins_at_its_first_moment(text: str, moment: str, start: str) -> None:
    period = parse_period(text)
    number = period.numbers(times(moment))
    assert period.starts(number) == times(start)
    assert (period.numbers(period.starts(number + 1)) == number + 1).all()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((text, "is not a period") for text in ("fortnight", "", "m", "0 days")),
        ("7h", "7 hours do not divide a day"),
        ("2 weeks", "2 weeks do not divide a day"),
        ("5 months", "5 months do not divide a year"),
    ],
)
def test_other_words_are_usage_errors(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        parse_period(text)


@pytest.mark.parametrize(
    ("stamps", "step"),
    [
        (np.arange("2024-01", "2024-09", dtype="datetime64[M]"), "month"),
        (np.arange("2024-02", "2024-10", dtype="datetime64[M]").astype("datetime64[D]") - 1, "month"),
        (np.arange("2020-01", "2024-01", 3, dtype="datetime64[M]"), "quarter"),
        (np.arange("2010", "2024", dtype="datetime64[Y]"), "year"),
        (np.arange("2024-01-03", "2024-03-03", 7, dtype="datetime64[D]"), "week"),
        (np.arange("2024-01-03", "2024-03-03", dtype="datetime64[D]"), "day"),
        (np.arange("2024-01-03T00:30", "2024-01-04", 60, dtype="datetime64[m]"), "hour"),
        (np.arange("2024-01-03T00:00", "2024-01-04", 15, dtype="datetime64[m]"), "15 minutes"),
        (np.arange("2024-01-03T00:00:00", "2024-01-03T02", 7, dtype="datetime64[s]"), None),
        (np.arange("2024-01-03", "2024-01-06", dtype="datetime64[D]"), None),
    ],
)
def test_the_step_is_the_longest_period_in_which_all_rows_stand_alike(stamps: np.ndarray, step: str | None) -> None:
    found = step_of_times(stamps.astype("datetime64[us]"))
    assert (found and found.name) == step


def test_events_repeat_times_or_have_no_usual_distance() -> None:
    rng = np.random.default_rng(0)
    daily = np.arange("2024-01-01", "2024-07-01", dtype="datetime64[D]").astype("datetime64[us]")
    weekdays = daily[np.is_busday(daily.astype("datetime64[D]"))]
    assert not look_like_events(weekdays)
    assert not look_like_events(np.append(weekdays, weekdays[:3]))
    assert look_like_events(np.repeat(daily, 2))
    assert look_like_events(daily[0] + rng.integers(0, 10**6, 500).astype("timedelta64[s]"))
    quarters = np.arange("2000-01", "2010-01", 3, dtype="datetime64[M]").astype("datetime64[us]")
    assert not look_like_events(np.append(quarters, quarters[0]))
    assert not look_like_events(np.arange(9))


@pytest.mark.parametrize(
    ("per_day", "days", "period"), [(500, 5, "hour"), (8, 300, "day"), (0.3, 400, "week"), (0.06, 2000, "month")]
)
def test_the_period_that_is_offered_follows_from_the_density_of_the_rows(
    per_day: float, days: int, period: str
) -> None:
    rng = np.random.default_rng(1)
    seconds = rng.integers(0, days * 86_400, int(per_day * days)).astype("timedelta64[s]")
    ds = np.datetime64("2023-01-01", "us") + seconds
    event, reading = f"--every {period} --agg sum", f"--every {period} --agg mean"
    assert aggregation_advice(ds) == f"if each row is an event, use {event}; if it is a reading, use {reading}"
    assert aggregation_advice(ds, "Close") == f"if each row is a trade, use --every {period} --agg last"


def test_dates_alone_are_never_offered_by_the_hour() -> None:
    ds = np.repeat(np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]"), 30).astype("datetime64[us]")
    assert "--every day " in aggregation_advice(ds)
