"""The progress of several tasks is that of one stage, whoever does them."""

from __future__ import annotations

from forecaster.spec import Progress
from forecaster.workers.task_progress import TaskProgress


def test_tasks_count_by_their_weights() -> None:
    seen: list[Progress] = []
    tasks = TaskProgress("backtest", [1, 3], seen.append)
    first, second = tasks.watch_of(0), tasks.watch_of(1)
    assert first is not None
    assert second is not None
    first(Progress("backtest", 1, 2, "cutoff 7"))
    second(Progress("backtest", 2, 3, "cutoff 9"))
    tasks.finish(0)
    tasks.finish(1)
    assert seen == [
        Progress("backtest", 0.5, 4, "cutoff 7"),
        Progress("backtest", 2.5, 4, "cutoff 9"),
        Progress("backtest", 3, 4, "cutoff 9"),
        Progress("backtest", 4, 4, "cutoff 9"),
    ]


def test_stages_of_a_task_follow_each_other_and_never_go_back() -> None:
    seen: list[Progress] = []
    tasks = TaskProgress("files", [1, 1], seen.append, ["a.csv", "b.csv"])
    for stage in ("reading", "choosing", "training", "forecasting", "calibrating"):
        for number in (0, 1, 2):
            tasks.update(1, Progress(stage, number, 2))
    tasks.finish(1)
    tasks.update(1, Progress("reading", 0, 2))
    done = [each.done for each in seen]
    assert done == sorted(done)
    assert 0 < done[3] < done[-2] < done[-1] == 1
    assert seen[0].note == "b.csv: reading"


def test_nobody_watches_a_task_if_nobody_watches_all() -> None:
    tasks = TaskProgress("files", [1, 1], None)
    assert tasks.watch_of(0) is None
    tasks.finish(0)
