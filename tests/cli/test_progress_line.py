"""The line of progress: the time left is an estimate from the steps so far."""

from __future__ import annotations

import pytest

from forecaster.cli.progress_line import TimeLeft
from forecaster.cli.resources import elapsed_text, peak_megabytes


def test_the_time_left_is_that_of_equal_steps_and_goes_on_between_them() -> None:
    timing = TimeLeft(began=100.0)
    assert timing.left(101.0) is None
    timing.update(0.25, 110.0)
    assert timing.left(110.0) == 30
    assert timing.left(114.0) == 26
    timing.update(0.5, 122.0)
    assert timing.left(122.0) == 22
    assert timing.left(200.0) == 0


def test_too_few_steps_and_too_little_time_say_nothing() -> None:
    timing = TimeLeft(began=0.0)
    timing.update(0.5, 0.5)
    assert timing.left(0.5) is None
    timing = TimeLeft(began=0.0)
    timing.update(0.01, 60.0)
    assert timing.left(60.0) is None


@pytest.mark.parametrize("slower", [1.0, 1.6])
def test_from_a_tenth_on_it_is_right_within_a_factor_of_two(slower: float) -> None:
    """Twenty steps, of which the second half takes longer."""
    steps = [1.0] * 10 + [slower] * 10
    timing = TimeLeft(began=0.0)
    for number in range(1, 20):
        now = sum(steps[:number])
        timing.update(number / 20, now)
        if number >= 2:
            left = timing.left(now)
            assert left is not None
            assert 0.5 <= left / (sum(steps) - now) <= 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.84, "0.8 s"), (41.6, "42 s"), (59.7, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations_are_written_as_people_do(seconds: float, text: str) -> None:
    assert elapsed_text(seconds) == text


def test_memory_is_that_of_a_python_process() -> None:
    memory = peak_megabytes()
    assert memory is None or 10 < memory < 100_000
