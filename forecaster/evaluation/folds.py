"""Rolling-origin folds: the history up to a cutoff, and the actuals after it.

With `*` for history, `x` for the actuals to forecast and `-` for rows not used, three folds of horizon 3 and step 2 are

    fold 0   * * * * * x x x - - - -
    fold 1   * * * * * * * x x x - -
    fold 2   * * * * * * * * * x x x

Folds are counted from the end of each series, so series that end at different times have different cutoffs in a fold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import InputRefusedError, counted
from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.calendars.calendar import Calendar

NAMED = 5
"""Series that an error names; it counts the others."""


@dataclass(frozen=True)
class Folds:
    """The cutoffs of N series, fold 0 the oldest; the last fold ends with the last observation.

    Attributes:
        panel: The series.
        horizon: Steps to forecast from each cutoff, h.
        count: Folds, F.
        step: Rows between two cutoffs.

    """

    panel: Panel
    horizon: int
    count: int
    step: int

    def history_rows(self, number: int) -> Ints:
        """Return how many rows each series has up to the cutoff of a fold, (N,)."""
        return self.panel.lengths - self.horizon - (self.count - 1 - number) * self.step

    def history(self, number: int) -> Panel:
        """Return a copy of everything up to the cutoff, with calendars found from these rows alone.

        Raises:
            InputRefusedError: A series of a regular panel has no regular step there.

        """
        rows = self.tail(number, None, self.panel.calendars)
        parts = ((name, rows.slice(i)) for i, name in enumerate(rows.ids))
        series = ((name, rows.ds[part], rows.values[part]) for name, part in parts)
        return replace(panel_from_series(series, irregular=rows.irregular), covariates=rows.covariates)

    def tail(self, number: int, rows: int | None, calendars: Sequence[Calendar]) -> Panel:
        """Return a copy of the last `rows` rows up to the cutoff, or of all, with calendars found before.

        Finding calendars again would take longer than the forecast, and a fitted model counts in the steps of its own.
        """
        stop = self.history_rows(number)
        start = np.zeros_like(stop) if rows is None else np.maximum(0, stop - rows)
        return replace(self.panel.cut(start, stop), calendars=tuple(calendars))

    def actual_rows(self, number: int) -> Ints:
        """Return the positions of the actuals of a fold in the flat arrays of the panel, (N, h)."""
        return (self.panel.indptr[:-1] + self.history_rows(number))[:, None] + np.arange(self.horizon)

    def cutoffs(self, number: int) -> NDArray[Any]:
        """Return the last time stamp of the history of each series in a fold, (N,)."""
        return self.panel.ds[self.actual_rows(number)[:, 0] - 1]


def make_folds(panel: Panel, horizon: int, count: int, step: int) -> Folds:
    """Return `count` folds whose cutoffs lie `step` rows apart.

    Raises:
        InputRefusedError: A series would have no history in the oldest fold.

    """
    check_fold_lengths(panel, horizon, count, step, minimum=1)
    return Folds(panel, horizon, count, step)


def check_fold_lengths(panel: Panel, horizon: int, count: int, step: int, minimum: int) -> None:
    """Refuse a panel in which the oldest fold would leave a series fewer than `minimum` rows of history.

    Raises:
        InputRefusedError: Names the series that are too short, and folds or a horizon that would fit.

    """
    needed = minimum + horizon + (count - 1) * step
    short = np.flatnonzero(panel.lengths < needed)
    if len(short) == 0:
        return
    named = ", ".join(f"{panel.ids[i]} ({panel.lengths[i]})" for i in short[:NAMED])
    more = f" and {len(short) - NAMED} more" if len(short) > NAMED else ""
    raise InputRefusedError(
        f"{needed} rows are needed for {counted(count, 'fold')} of horizon {horizon}, found fewer in {named}{more}",
        _folds_or_horizon_that_fit(int(panel.lengths.min()) - minimum, horizon, count, step, needed),
    )


def _folds_or_horizon_that_fit(available: int, horizon: int, count: int, step: int, needed: int) -> str:
    """Return a remedy: folds or a horizon that fit into the `available` rows after the shortest history."""
    most = (available - horizon) // step + 1
    # Folds without a gap or an overlap stay so when the horizon shrinks: the step shrinks with it.
    longest = available // count if step == horizon else available - (count - 1) * step
    choices = {f"at most {counted(most, 'fold')}": most, f"a horizon of at most {longest}": longest}
    fitting = [choice for choice, size in choices.items() if size >= 1]
    return f"use {' or '.join(fitting)}" if fitting else f"give each series {needed} rows or leave the short ones out"
