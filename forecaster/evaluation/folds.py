"""Rolling-origin folds: what was known at a cutoff, and what came after it.

With `*` for history, `x` for the actuals to forecast and `-` for rows not used, three folds of horizon 3 and step 2 are

    fold 0   * * * * * x x x - - - -
    fold 1   * * * * * * * x x x - -
    fold 2   * * * * * * * * * x x x

Each series is counted from its own end, so series that end at different times have different cutoffs in one fold.
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
"""Series that an error names before it only counts them."""


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

    def known(self, number: int) -> Ints:
        """Return how many rows of each series lie before the cutoff of a fold, (N,)."""
        return self.panel.lengths - self.horizon - (self.count - 1 - number) * self.step

    def history(self, number: int) -> Panel:
        """Return everything up to the cutoff, in memory of its own, its calendars learned from these rows alone.

        Raises:
            InputRefusedError: A series of a regular panel has no regular step there.

        """
        seen = self.tail(number, None, self.panel.calendars)
        parts = ((name, seen.slice(i)) for i, name in enumerate(seen.ids))
        series = ((name, seen.ds[part], seen.values[part]) for name, part in parts)
        return replace(panel_from_series(series, irregular=seen.irregular), covariates=seen.covariates)

    def tail(self, number: int, rows: int | None, calendars: Sequence[Calendar]) -> Panel:
        """Return the last `rows` rows up to the cutoff, or all, in memory of its own, under calendars learned before.

        To learn them anew would cost more than the forecast, and what was fitted counts in the steps that it knows.
        """
        stop = self.known(number)
        start = np.zeros_like(stop) if rows is None else np.maximum(0, stop - rows)
        return replace(self.panel.cut(start, stop), calendars=tuple(calendars))

    def ahead(self, number: int) -> Ints:
        """Return the places of the actuals of a fold in the flat arrays of the panel, (N, h)."""
        return (self.panel.indptr[:-1] + self.known(number))[:, None] + np.arange(self.horizon)

    def cutoffs(self, number: int) -> NDArray[Any]:
        """Return the last time stamp that each series knows in a fold, (N,)."""
        return self.panel.ds[self.ahead(number)[:, 0] - 1]


def lay_folds(panel: Panel, horizon: int, count: int, step: int) -> Folds:
    """Return `count` folds whose cutoffs lie `step` rows apart.

    Raises:
        InputRefusedError: A series would have no history in the oldest fold.

    """
    check_fold_lengths(panel, horizon, count, step, minimum=1)
    return Folds(panel, horizon, count, step)


def check_fold_lengths(panel: Panel, horizon: int, count: int, step: int, minimum: int) -> None:
    """Refuse a panel in which the oldest fold would leave a series fewer than `minimum` rows of history.

    Raises:
        InputRefusedError: With the series that are too short, and the folds or the horizon that would do.

    """
    needed = minimum + horizon + (count - 1) * step
    short = np.flatnonzero(panel.lengths < needed)
    if len(short) == 0:
        return
    named = ", ".join(f"{panel.ids[i]} ({panel.lengths[i]})" for i in short[:NAMED])
    more = f" and {len(short) - NAMED} more" if len(short) > NAMED else ""
    raise InputRefusedError(
        f"{needed} rows are needed for {counted(count, 'fold')} of horizon {horizon}, found fewer in {named}{more}",
        _remedy(int(panel.lengths.min()) - minimum, horizon, count, step, needed),
    )


def _remedy(room: int, horizon: int, count: int, step: int, needed: int) -> str:
    """Return what fits into the `room` rows that the shortest series has beside its history."""
    most = (room - horizon) // step + 1
    # Folds that lie end to end stay so when the horizon shrinks.
    longest = room // count if step == horizon else room - (count - 1) * step
    choices = {f"at most {counted(most, 'fold')}": most, f"a horizon of at most {longest}": longest}
    fitting = [choice for choice, size in choices.items() if size >= 1]
    return f"use {' or '.join(fitting)}" if fitting else f"give each series {needed} rows or leave the short ones out"
