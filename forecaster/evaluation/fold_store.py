"""What keeps the forecasts of folds, so that a backtest can go on after the process was killed.

The caller of `backtest` brings a store that writes files; nothing here knows of files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from forecaster.arrays import Floats


class FoldStore(Protocol):
    """What keeps the forecasts of folds; it goes to worker processes with the tasks."""

    def saved(self, folds: range, shape: tuple[int, ...]) -> Floats | None:
        """Return the forecasts of some folds in this shape, if a run before kept them; None if it did not."""
        ...

    def keep(self, folds: range, forecasts: Floats) -> None:
        """Keep the forecasts of some folds, (F, N, h, models, 5), if it is time to do so."""
        ...
