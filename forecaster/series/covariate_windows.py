"""Covariates as networks and regressions see them: without units, and no further into the future than known.

Observed and known columns take units of their own, as the target does, and are then

    (v - centre) / size      centre = median, size = max(4 mean |v_i - v_{i-1}|, mean |v_i - centre| / 4)

of the training rows. In these units a usual window of any column, whether it wanders or keeps its level, moves by about
one. Features of the calendar are of that size as they are. See `forecaster.series.windows` for what a window takes.
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
    """Scaled covariates of the panel that windows are of.

    Attributes:
        past: The observed columns, then the known ones, row by row, (C, n).
        future: The known columns, then the features of the calendar, (A, m): the rows of each series and the `horizon`
            steps after them.
        future_row: Where each row of the panel stands in `future`, (n,).
        known: How many columns are known; they are in both arrays.
        horizon: Steps after the last row of each series that `future` has at least.

    """

    past: Floats
    future: Floats
    future_row: Ints
    known: int
    horizon: int

    def future_after(self, last: Ints) -> Floats:
        """Return the covariates of the `horizon` steps after these rows, (B,), as (A, horizon, B).

        A known column is relative to its value at the row.
        """
        v = self.future[:, self.future_row[last] + np.arange(1, self.horizon + 1)[:, None]]
        v[: self.known] -= self.past[len(self.past) - self.known :, None, last]
        return v

    def for_rollout(self, rows: Ints, steps: int) -> CovariateWindows:
        """Return the covariates at rows, (L, W), and the `steps` steps after the last one, window by window.

        Observed columns keep their last value in these steps.
        """
        last = rows[-1]
        later_row = self.future_row[last] + np.arange(1, steps + 1)[:, None]
        observed = len(self.past) - self.known
        repeated = np.repeat(self.past[:observed, None, last], steps, axis=1)
        later = np.concatenate([repeated, self.future[: self.known, later_row]])
        past = np.concatenate([self.past[:, rows], later], axis=1)
        future_row = np.concatenate([self.future_row[rows], later_row])
        return replace(self, past=past.swapaxes(1, 2).reshape(len(past), -1), future_row=future_row.T.reshape(-1))


def covariate_windows(
    panel: Panel, columns: Sequence[CovariateScaling], calendar: Sequence[str], horizon: int, *, hold_last: bool
) -> CovariateWindows | None:
    """Scale the covariates of a panel, with the known ones for `horizon` steps after each series.

    Known columns are looked up as far as they go after the last row, and keep their last value from there on. With
    `hold_last` they keep the value of the last row. Training does so: it must not depend on values after its rows.
    """
    covariates = panel.covariates
    if covariates is None and not calendar:
        return None
    series, lengths = panel.series, panel.lengths
    past, future = np.empty((0, len(series))), np.empty((0, len(series) + len(panel) * horizon))
    if covariates is not None:
        past = _scaled(columns, covariates.rows(lengths), series)
        later = covariates.known_rows(lengths, horizon, hold_last=hold_last)
        later_series = np.repeat(np.arange(len(panel)), lengths + horizon)
        future = _scaled(columns[len(covariates.observed) :], later, later_series)
    if calendar:
        future = np.concatenate([future, calendar_columns(panel, horizon, calendar)])
    future_row = np.arange(len(series)) + horizon * series
    return CovariateWindows(past, future, future_row, len(covariates.known) if covariates is not None else 0, horizon)


def _scaled(columns: Sequence[CovariateScaling], values: Floats, series: Ints) -> Floats:
    """Return the scaled columns, (C, n)."""
    scaled = [column.forward(row, series) for column, row in zip(columns, values, strict=True)]
    return np.stack(scaled) if scaled else values
