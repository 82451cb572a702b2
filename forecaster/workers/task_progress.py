"""Make one progress of that of several tasks, which this process or worker processes do.

Reports of a worker process come over its pipe to whoever waits for the results, so no result depends on who watches.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from forecaster.progress import CALIBRATING, CHOOSING, PREPARING, READING, TRAINING, TUNING
from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.spec import Watch

SHARES = {READING: 0.05, CHOOSING: 0.08, PREPARING: 0.12, TUNING: 0.55, TRAINING: 0.6, CALIBRATING: 0.95}
"""How much of a task is done at the end of each of its stages, until the first task has ended: between prices, where
training took 40 % of a fold, and weekly series of the M4 competition, where it took 77 %."""
MOST_BY_TIME = 0.97
"""Most of a task that is taken to be done because earlier ones took as long: it has not ended yet."""


@dataclass
class TaskProgress:
    """The progress of several tasks as that of one stage.

    Attributes:
        stage: What they do together.
        weights: Steps of each task.
        watch: Called with the progress of all; None if nobody watches.
        names: Name of each task, if they have any.
        done: Share of each running task that is done.
        finished: The tasks that are finished.
        steps_finished: Steps of these.
        note: The latest words about any task.
        stages: Stage of each task, and the share of the task that was done when it began.
        began: When each task reported first.
        seconds: Seconds that the finished tasks took that had reported, which are `timed`.

    """

    stage: str
    weights: Sequence[float]
    watch: Watch | None
    names: Sequence[str] = ()
    done: dict[int, float] = field(default_factory=dict)
    stages: dict[int, tuple[str, float]] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    seconds: float = 0.0
    timed: int = 0
    finished: set[int] = field(default_factory=set)
    steps_finished: float = 0
    note: str = ""

    def __post_init__(self) -> None:
        """Add up the steps once, because there may be many tasks."""
        self.total = sum(self.weights)

    def watch_of(self, number: int) -> Watch | None:
        """Return what a task calls with its own progress."""
        return None if self.watch is None else partial(self.update, number)

    def update(self, number: int, now: Progress) -> None:
        """Report the progress of all after that of one task."""
        self.began.setdefault(number, time.monotonic())
        if number not in self.finished:
            self.done[number] = self._share_done(number, now)
            self.note = self._note(number, now)
            self._report()

    def finish(self, number: int) -> None:
        """Report the progress of all after the end of a task, unless the task itself has reported its end."""
        if number in self.finished:
            return
        self.finished.add(number)
        self.steps_finished += self.weights[number]
        if number in self.began:
            self.seconds, self.timed = self.seconds + time.monotonic() - self.began[number], self.timed + 1
        self.note = self.names[number] if self.names else self.note
        if self.done.pop(number, 0.0) != 1:
            self._report()

    def _note(self, number: int, now: Progress) -> str:
        """Return a few words about what a task does."""
        if self.names:
            return f"{self.names[number]}: {now.stage}"
        return now.note if now.stage == self.stage else f"{now.stage}: {now.note}".removesuffix(": ")

    def _share_done(self, number: int, now: Progress) -> float:
        """Return which share of a task is done; it never falls.

        Finished tasks tell how long a task takes; before, the share follows from the stage. What the task reports of
        the steps that all tasks do together is exact.
        """
        before = self.done.get(number, 0.0)
        if self.timed and now.stage != self.stage:
            usual = self.seconds / self.timed
            elapsed = time.monotonic() - self.began[number]
            return max(before, min(MOST_BY_TIME, elapsed / usual if usual else 0.0))
        if self.stages.get(number, ("", 0))[0] != now.stage:
            self.stages[number] = now.stage, before
        begin = self.stages[number][1]
        end = 1.0 if now.stage == self.stage else SHARES.get(now.stage, begin)
        return max(before, begin + (end - begin) * now.done / max(now.total, 1))

    def _report(self) -> None:
        """Report the progress of all."""
        if self.watch is not None:
            running = sum(self.weights[number] * share for number, share in self.done.items())
            self.watch(Progress(self.stage, self.steps_finished + running, self.total, self.note))
