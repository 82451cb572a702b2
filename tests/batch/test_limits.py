"""Limits of a run as a user types them: what is accepted is exact, and what is refused says how to write it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.batch.limits import (
    BYTES,
    LONGEST_DURATION,
    SECONDS,
    FailureLimit,
    RetrainingRule,
    parse_duration,
    parse_failure_limit,
    parse_retraining_rule,
    parse_size,
)
from forecaster.errors import UsageError

COUNTS = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("45m", 2700),
        ("2h", 7200),
        ("3d", 259_200),
        ("1w", 604_800),
        ("2y", 63_072_000),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        (" 2 H ", 7200),
        ("1.5h", 5400),
        ("0.25s", 0.25),
        ("1w1d1h1m1s", 694_861),
    ],
)
def test_a_duration_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text, "--time-budget") == seconds


@given(st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
def test_the_parts_of_a_duration_are_added(counts: list[int]) -> None:
    text = "".join(f"{count}{unit}" for count, unit in zip(counts, SECONDS, strict=True) if count)
    total = sum(count * size for count, size in zip(counts, SECONDS.values(), strict=True))
    if 0 < total <= LONGEST_DURATION:
        assert parse_duration(text, "--time-budget") == total
    else:
        with pytest.raises(UsageError):
            parse_duration(text, "--time-budget")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "90",
            "--max-age: 90 has no unit; write --max-age 90s for seconds, 90m for minutes or 90h for hours",
        ),
        ("", "--max-age: '' is not a duration; write --max-age 90s, 45m, 2h, 3d, 1w or 1h30m"),
        ("30m1h", "--max-age: '30m1h' is not a duration; write --max-age 90s, 45m, 2h, 3d, 1w or 1h30m"),
        ("0s", "--max-age: '0s' is not a duration above zero and of at most 100 years; write --max-age 2h"),
        ("5300w", "--max-age: '5300w' is not a duration above zero and of at most 100 years; write --max-age 2h"),
    ],
)
def test_a_text_that_is_no_duration(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(text, "--max-age")
    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["-2h", "2q", "1h1h", "1e3s", "٣d", "3\nd", "nan", "inf", "1h30", "1" * 13 + "s", "s"])
def test_what_only_looks_like_a_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_duration(text, "--max-age")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500MB", 500_000_000),
        ("2GB", 2_000_000_000),
        ("512MiB", 2**29),
        ("1.5 gb", 1_500_000_000),
        ("64kib", 2**16),
        ("1TiB", 2**40),
    ],
)
def test_a_size_in_bytes(text: str, size: int) -> None:
    assert parse_size(text, "--series-memory") == size


def test_units_of_sizes_are_powers_of_1000_and_of_1024() -> None:
    decimal = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
    assert {**decimal, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40} == BYTES


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "500",
            "--series-memory: 500 has no unit; write --series-memory 500MB for megabytes or 500GB for gigabytes",
        ),
        ("500M", "--series-memory: '500M' is not a size; write --series-memory 500MB, 2GB or 512MiB"),
        (
            "0GB",
            "--series-memory: '0GB' is not a size from 1 byte to 1,024 TiB; write --series-memory 500MB",
        ),
    ],
)
def test_a_text_that_is_no_size(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_size(text, "--series-memory")
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("any", FailureLimit(count=1)),
        ("All", FailureLimit(percent=Fraction(100))),
        ("10", FailureLimit(count=10)),
        ("5%", FailureLimit(percent=Fraction(5))),
        ("0.1 %", FailureLimit(percent=Fraction(1, 10))),
        ("100%", FailureLimit(percent=Fraction(100))),
    ],
)
def test_a_limit_of_failures(text: str, limit: FailureLimit) -> None:
    assert parse_failure_limit(text, "--fail-on") == limit


@pytest.mark.parametrize("text", ["0", "0%", "101%", "-1", "some", "", "%", "5 percent", "1.5", "²"])
def test_a_text_that_is_no_limit_of_failures(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_failure_limit(text, "--fail-on")
    assert str(caught.value) == (
        f"--fail-on: {text!r} is not any, all, a number from 1, or a share up to 100%; write --fail-on any, 10 or 5%"
    )


@pytest.mark.parametrize(
    ("text", "failed", "total", "reached"),
    [
        ("any", 0, 10, False),
        ("any", 1, 10, True),
        ("all", 9, 10, False),
        ("all", 10, 10, True),
        ("all", 0, 0, False),
        ("3", 2, 1000, False),
        ("3", 3, 1000, True),
        ("5%", 4, 100, False),
        ("5%", 5, 100, True),
        ("0.1%", 1, 1000, True),
        ("0.1%", 1, 1001, False),
        ("5%", 0, 0, False),
    ],
)
def test_when_too_many_failed(text: str, failed: int, total: int, reached: bool) -> None:
    assert parse_failure_limit(text, "--fail-on").reached(failed, total) is reached


@given(st.sampled_from(("any", "all", "7", "12.5%")), COUNTS, COUNTS)
def test_another_failure_never_saves_a_run(text: str, failed: int, total: int) -> None:
    limit = parse_failure_limit(text, "--fail-on")
    assert limit.reached(failed, total) <= limit.reached(failed + 1, total)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("30", RetrainingRule(rows=30)),
        ("10%", RetrainingRule(percent=Fraction(10))),
        ("30d", RetrainingRule(seconds=30 * 86_400)),
        ("250%", RetrainingRule(percent=Fraction(250))),
    ],
)
def test_a_rule_for_retraining(text: str, rule: RetrainingRule) -> None:
    assert parse_retraining_rule(text, "--retrain-after") == rule


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0", "'0' is not above zero; write --retrain-after 30 for rows, 10% or 30d"),
        ("0%", "'0%' is not above zero; write --retrain-after 30 for rows, 10% or 30d"),
        ("", "'' is not a number of rows, a share or a duration; write --retrain-after 30 for rows, 10% or 30d"),
        ("0.5s", "'0.5s' is not at least a second; write --retrain-after 30 for rows, 10% or 30d"),
        ("0d", "'0d' is not a duration above zero and of at most 100 years; write --retrain-after 2h"),
        (
            "monthly",
            "'monthly' is not a number of rows, a share or a duration; write --retrain-after 30 for rows, 10% or 30d",
        ),
    ],
)
def test_a_text_that_is_no_rule_for_retraining(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_retraining_rule(text, "--retrain-after")
    assert str(caught.value) == f"--retrain-after: {sentence}"


DAYS_29, DAYS_30 = np.timedelta64(29, "D"), np.timedelta64(30 * 86_400, "s")


@pytest.mark.parametrize(
    ("text", "new_rows", "elapsed", "reason"),
    [
        ("30", 29, DAYS_30, ""),
        ("30", 31, DAYS_29, "31 new rows; the limit is 30"),
        ("1", 1, DAYS_29, "1 new row; the limit is 1"),
        ("10%", 29, DAYS_30, ""),
        ("10%", 30, None, "30 new rows, 10 % of the 300 in training; the limit is 10 %"),
        ("30d", 1000, DAYS_29, ""),
        ("30d", 1, DAYS_30, "rows are up to 30 days newer than those in training; the limit is 30 days"),
        ("30d", 0, DAYS_30, ""),
        ("30d", 1000, 5_000_000, ""),
        ("30d", 1000, None, ""),
        ("30d", 1000, np.timedelta64("NaT", "s"), ""),
        (
            "1h30m",
            1,
            np.timedelta64(2, "h"),
            "rows are up to 2 hours newer than those in training; the limit is 1.5 hours",
        ),
    ],
)
def test_why_a_model_is_trained_again(
    text: str, new_rows: int, elapsed: np.timedelta64 | int | None, reason: str
) -> None:
    found = parse_retraining_rule(text, "--retrain-after").due(new_rows, 300, elapsed)
    assert found == reason


@pytest.mark.slow
@given(COUNTS, COUNTS, st.integers(1, 1000))
def test_more_new_rows_never_put_training_off(new_rows: int, trained_rows: int, limit: int) -> None:
    for text in (str(limit), f"{limit}%"):
        rule = parse_retraining_rule(text, "--retrain-after")
        if rule.due(new_rows, trained_rows, None):
            assert rule.due(new_rows + 1, trained_rows, None)
