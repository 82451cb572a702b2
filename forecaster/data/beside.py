"""The columns beside the target as networks and regressions see them: without units, and no further than known.

Observed and known columns take units of their own, as the target does, and are then

    (v - centre) / size      centre = median, size = max(4 mean |v_i - v_{i-1}|, mean |v_i - centre| / 4)

of the training rows, in which a usual window of any column, level or wandering, moves by about one. Features of the
calendar are of that size as they are. See `forecaster.data.windows` for what a window takes of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.scaling import USUAL, mean_change
from forecaster.data.seasons import calendar_columns
from forecaster.data.units import fit_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats
    from forecaster.data.units import Units

    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Column:
    """How one column of N series is scaled; learned from training rows.

    Attributes:
        units: How its values become x.
        centre: The median of x, (N,).
        size: Distance that counts as one, (N,).

    """

    units: Units
    centre: Floats
    size: Floats

    def take(self, chosen: Sequence[int]) -> Column:
        """Return the scaling of the series with these numbers, in this order."""
        return Column(self.units.take(chosen), self.centre[list(chosen)], self.size[list(chosen)])

    def forward(self, values: Floats, series: Ints) -> Floats:
        """Return the scaled values, (n,), of the series with these numbers, (n,)."""
        scaled: Floats = (self.units.forward(values, series) - self.centre[series]) / self.size[series]
        return scaled


def fit_columns(panel: Panel, *, log: bool) -> tuple[Column, ...]:
    """Learn the scaling of the observed and the known columns from every row of `panel`, which holds training rows."""
    if panel.covariates is None:
        return ()
    series = panel.series
    return tuple(
        _fit_column(replace(panel, values=row), series, log=log) for row in panel.covariates.rows(panel.lengths)
    )


def _fit_column(column: Panel, series: Ints, *, log: bool) -> Column:
    """Learn the scaling of a column that stands in the place of a panel's values."""
    units = fit_units(column, log=log)
    x = units.forward(column.values, series)
    parts = [x[column.slice(i)] for i in range(len(column))]
    centre = np.array([np.median(part) if len(part) else 0.0 for part in parts])
    away = [np.abs(part - middle).sum() / max(len(part), 1) for part, middle in zip(parts, centre, strict=True)]
    size = [max(USUAL * mean_change(part), far / USUAL) for part, far in zip(parts, away, strict=True)]
    return Column(units, centre, np.array(size))


@dataclass(frozen=True)
class Beside:
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

    def along(self, rows: Ints, steps: int) -> Beside:
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


def lay_beside(
    panel: Panel, columns: Sequence[Column], calendar: Sequence[str], horizon: int, *, held: bool
) -> Beside | None:
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
    return Beside(past, ahead, place, len(known.known) if known is not None else 0, horizon)


def _scaled(columns: Sequence[Column], values: Floats, series: Ints) -> Floats:
    """Return the scaled columns, (C, n)."""
    scaled = [column.forward(row, series) for column, row in zip(columns, values, strict=True)]
    return np.stack(scaled) if scaled else values
