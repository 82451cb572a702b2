"""Results come in the order of their tasks, and depend neither on the number of processes nor on who watches."""

from __future__ import annotations

import os
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import InputRefusedError, Place
from forecaster.progress import report_progress, watched_by
from forecaster.workers.ordered_results import results_in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.spec import Progress

    ByValue = Callable[[Callable[..., Any]], Callable[..., Any]]


def square(number: int) -> int:
    """Return a square, with a report on the way; earlier tasks take longer."""
    report_progress("training", 1, 2, f"number {number}")
    sleep(0.02 * (4 - number))
    return number * number


def slow_square(number: int) -> int:
    """Return a square slowly enough for the reports to be seen."""
    for step in range(1, 6):
        report_progress("training", step, 10, f"number {number}")
        sleep(0.15)
    return number * number


@pytest.mark.sampled("1")
@pytest.mark.parametrize("jobs", [1, 2])
def test_results_do_not_depend_on_who_watches(jobs: int, by_value: ByValue) -> None:
    tasks = [(number,) for number in range(4)]
    seen: list[Progress] = []
    unwatched = list(results_in_order(by_value(square), tasks, "training", [1] * 4, jobs))
    with watched_by(seen.append):
        watched = list(results_in_order(by_value(square), tasks, "training", [1] * 4, jobs))
    assert unwatched == watched == [0, 1, 4, 9]
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert (seen[-1].stage, seen[-1].done, seen[-1].total) == ("training", 4, 4)


@pytest.mark.slow
def test_workers_report_before_their_tasks_end(by_value: ByValue) -> None:
    seen: list[tuple[float, Progress]] = []
    with watched_by(lambda now: seen.append((monotonic(), now))):
        results = results_in_order(by_value(slow_square), [(1,), (2,)], "training", [10, 10], 2)
        first = next(results)
        ended = monotonic()
        assert [first, *results] == [1, 4]
    before = [now for moment, now in seen if moment < ended]
    assert any(0 < now.done < 10 for now in before)
    assert {now.note for now in before} <= {"number 1", "number 2"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_common_arguments_and_those_of_a_task_keep_their_places(jobs: int, by_value: ByValue) -> None:
    def work(before: int, common: np.ndarray, after: int) -> float:
        return before + common.sum() / after

    common = np.arange(10.0)
    results = results_in_order(by_value(work), [(n, common, n + 1) for n in range(3)], "training", [1] * 3, jobs)
    assert list(results) == [45.0, 23.5, 17.0]


def test_a_process_may_write_to_common_arrays_as_this_one_may(by_value: ByValue) -> None:
    def work(common: np.ndarray, number: int) -> bool:
        common[0] = number
        return bool(common.flags.writeable)

    common = np.zeros(2**18)
    assert list(results_in_order(by_value(work), [(common, n) for n in range(2)], "training", [1, 1], 2)) == [True] * 2
    assert common[0] == 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_errors_keep_their_type_and_words(jobs: int, by_value: ByValue) -> None:
    def work(number: int) -> int:
        if number == 1:
            raise InputRefusedError("not finite", "look for extreme values", Place(series="a"))
        return number

    with pytest.raises(InputRefusedError, match="series a: not finite; look for extreme values") as caught:
        list(results_in_order(by_value(work), [(n,) for n in range(3)], "training", [1] * 3, jobs))
    assert caught.value.exit_code == InputRefusedError.exit_code


@pytest.mark.slow
def test_a_process_that_dies_is_an_error(by_value: ByValue) -> None:
    def die(number: int) -> None:
        os._exit(number)

    with pytest.raises(RuntimeError, match="a worker process was killed"):
        list(results_in_order(by_value(die), [(1,), (2,)], "training", [1, 1], 2))


def test_too_little_memory_is_that_error(by_value: ByValue) -> None:
    def fill(_: int) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        list(results_in_order(by_value(fill), [(1,), (2,)], "training", [1, 1], 2))
