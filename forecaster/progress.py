"""Report how far long work has come to whoever watches: the command line does, on a terminal or in a log.

The one who watches is a variable of the context, so that the many functions between the command and the work need not
hand it on. `forecaster.workers` brings the reports of several processes to one who watches.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.spec import Watch

READING, CHOOSING, PREPARING = "reading", "choosing", "preparing"
TUNING, TRAINING, CALIBRATING, WRITING = "fine-tuning", "training", "calibrating", "writing"
BACKTEST, FILES, FORECASTING, DRAWING = "backtest", "files", "forecasting", "drawing"
PARTS: dict[str, dict[str, int]] = {
    READING: {"text": 1, "columns": 1, "dates": 1, "numbers": 1, "series": 1},
    CHOOSING: {"season and method": 1, "effects of the calendar": 1},
    PREPARING: {"windows": 1, "time limit": 1, "ridge regression": 1},
    CALIBRATING: {"forecasts of held-out rows": 8, "blend": 1, "intervals": 2, "longer horizons": 4, "scores": 5},
    WRITING: {"file": 1},
    DRAWING: {"charts": 1},
}
"""The parts of the stages that do not repeat one kind of work, in their order, each with its steps: about as many as
the time that it takes, measured on the weekly series of the M4 competition."""
REPORTS = 100
"""Reports on many items at most: a bar on a screen hardly shows more steps, and each takes some time."""
_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)
Item = TypeVar("Item")


@contextmanager
def watched_by(watch: Watch | None) -> Iterator[None]:
    """Report to `watch` as long as the context lasts; to nobody if it is None."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def current_watch() -> Watch | None:
    """Return what is called with the progress now; None if nobody watches."""
    return _WATCH.get()


def report_progress(stage: str, done: float, total: float, note: str = "") -> None:
    """Report that `done` of `total` steps of a stage are done, and a few words about the latest."""
    watch = _WATCH.get()
    if watch is not None:
        watch(Progress(stage, done, total, note))


def report_part(stage: str, part: str, detail: str = "") -> None:
    """Report which of the `PARTS` of a stage begins now, and a few words about it."""
    steps = PARTS[stage]
    before = sum(list(steps.values())[: list(steps).index(part)])
    report_progress(stage, before, sum(steps.values()), f"{part}{detail}")


def report_reading(file: str, part: str, rows: int = 0) -> None:
    """Report which part of a file is read now, and how many rows of it were read if that is known."""
    report_part(READING, part, f" of {file}" + (f", {rows:,} rows" if rows else ""))


def describe_losses(losses: Sequence[float]) -> str:
    """Return the latest and the lowest loss in words; nothing before the first, which is not a number then."""
    known = [loss for loss in losses if loss == loss]  # noqa: PLR0124 - NaN differs from itself
    return f"loss {known[-1]:.4g}, best {min(known):.4g}" if known else ""


def with_progress(items: Sequence[Item], stage: str, note: str = "") -> Iterator[Item]:
    """Yield items one by one, and report how many of them were taken, with a few words."""
    every = max(1, len(items) // REPORTS)
    for i, item in enumerate(items):
        if i % every == 0:
            report_progress(stage, i, len(items), note)
        yield item
    if items:
        report_progress(stage, len(items), len(items), note)
