"""The columns beside the target as networks and regressions see them: without units, and no further than known.

Observed and known columns take units of their own, as the target does, and are then

    (v - centre) / size      centre = median, size = max(4 mean |v_i - v_{i-1}|, mean |v_i - centre| / 4)

of the training rows, in which a usual window of any column, level or wandering, moves by about one. Features of the
calendar are of that size as they are. See `forecaster.series.windows` for what a window takes of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.calendar_features import calendar_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.series.panel import Panel
    from forecaster.series.scaling import CovariateScaling


@dataclass(frozen=True)
class CovariateWindows:
    """Scaled columns of the panel that windows are of.

    Attributes:
        past: The observed columns and behind them the known ones, row by row, (C, n).
        ahead: The known columns and behind them those of the calendar, (A, m).
        place: Place in `ahead` of each row, (n,): the values of the steps behind it follow there.
        known: Known columns, which are in both.
        horizon: Steps behind the last row of each series that `ahead` has at least.

    """

    past: Floats
    ahead: Floats
    place: Ints
    known: int
    horizon: int

    def along(self, rows: Ints, steps: int) -> CovariateWindows:
        """Return the columns at rows, (L, W), and `steps` steps behind the last, window by window.

        What is observed stays as it was.
        """
        last = rows[-1]
        place = self.place[last] + np.arange(1, steps + 1)[:, None]
        observed = len(self.past) - self.known
        held = np.repeat(self.past[:observed, None, last], steps, axis=1)
        later = np.concatenate([held, self.ahead[: self.known, place]])
        past = np.concatenate([self.past[:, rows], later], axis=1)
        places = np.concatenate([self.place[rows], place])
        return replace(self, past=past.swapaxes(1, 2).reshape(len(past), -1), place=places.T.reshape(-1))


def covariate_windows(
    panel: Panel, columns: Sequence[CovariateScaling], calendar: Sequence[str], horizon: int, *, held: bool
) -> CovariateWindows | None:
    """Lay out the columns of a panel, with the known ones for `horizon` steps behind each series.

    Known values behind the rows are looked up as far as they go, or, `held`, not at all; from there on they stay as
    they are. In training they are held: what is learned depends on nothing behind its rows.
    """
    known = panel.covariates
    if known is None and not calendar:
        return None
    series, lengths = panel.series, panel.lengths
    past, ahead = np.empty((0, len(series))), np.empty((0, len(series) + len(panel) * horizon))
    if known is not None:
        past = _scaled(columns, known.rows(lengths), series)
        later = known.known_rows(lengths, horizon, held=held)
        ahead = _scaled(columns[len(known.observed) :], later, np.repeat(np.arange(len(panel)), lengths + horizon))
    if calendar:
        ahead = np.concatenate([ahead, calendar_columns(panel, horizon, calendar)])
    place = np.arange(len(series)) + horizon * series
    return CovariateWindows(past, ahead, place, len(known.known) if known is not None else 0, horizon)


def _scaled(columns: Sequence[CovariateScaling], values: Floats, series: Ints) -> Floats:
    """Return the scaled columns, (C, n)."""
    scaled = [column.forward(row, series) for column, row in zip(columns, values, strict=True)]
    return np.stack(scaled) if scaled else values
