"""Rolling-origin folds: what was known at a cutoff, and what came after it.

With `*` for history, `x` for the actuals to forecast and `-` for rows not used, three folds of horizon 3 and step 2 are

    fold 0   * * * * * x x x - - - -
    fold 1   * * * * * * * x x x - -
    fold 2   * * * * * * * * * x x x

Each series is counted from its own end, so series that end at different times have different cutoffs in one fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.panel import Panel, panel_from_series
from forecaster.errors import InputRefusedError, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

NAMED = 5
"""Series that an error names before it only counts them."""


@dataclass(frozen=True)
class Fold:
    """One cutoff of N series and the h steps after it.

    Attributes:
        number: Its place among the folds, 0 for the oldest.
        history: Everything up to the cutoff, in memory of its own, its calendars learned from these rows alone.
        cutoffs: Last time stamp of each history, (N,).
        ds: Time stamps of the actuals, (N, h).
        actual: Observations after the cutoff, (N, h).

    """

    number: int
    history: Panel
    cutoffs: NDArray[Any]
    ds: NDArray[Any]
    actual: NDArray[np.float64]


def folds(panel: Panel, horizon: int, count: int, step: int) -> Iterator[Fold]:
    """Yield `count` folds whose cutoffs lie `step` rows apart, oldest first; the last ends with the last observation.

    Raises:
        InputRefusedError: A series would have no history in the oldest fold, or in a regular panel one without a
            regular step.

    """
    check_room(panel, horizon, count, step, minimum=1)
    for number in range(count):
        ahead = (count - 1 - number) * step
        history = _known(panel.head(horizon + ahead))
        rows = panel.indptr[1:, None] - horizon - ahead + np.arange(horizon)
        yield Fold(number, history, history.ds[history.last], panel.ds[rows], panel.values[rows])


def _known(panel: Panel) -> Panel:
    """Return the panel with calendars that know nothing of the time after its last row."""
    parts = ((name, panel.slice(i)) for i, name in enumerate(panel.ids))
    series = ((name, panel.ds[part], panel.values[part]) for name, part in parts)
    return panel_from_series(series, irregular=panel.irregular)


def check_room(panel: Panel, horizon: int, count: int, step: int, minimum: int) -> None:
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
