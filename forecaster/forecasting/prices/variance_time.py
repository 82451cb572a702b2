"""Variance time: a step within a session takes 1 unit, a step across a close as many as its moves are larger.

Prices move further while an exchange is closed than from one bar to the next. With v, the variance of the moves across
a close over that of the moves within a session, a move r counts as r / sqrt(v), and the variance of moves over several
steps grows with the sum of their v. There are three kinds of closes, C of them, with a v for each series, (N, C): a
break of a few hours, a night, and a weekend or holiday. `forecaster.forecasting.prices.close_variance` learns it.
Steps of a day or more take 1, whatever lies between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.schedule import INTRADAY
from forecaster.calendars.units import DAY, HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.series.panel import Panel

LONGEST_CLOSES = np.array([4 * HOUR, DAY])
"""Distance of two rows, in seconds, up to which a close is a break, and up to which it is a night. The usual breaks are
those at lunch, of an hour or two, and those of futures, of an hour; exchanges with long hours close for eight hours."""
CLOSES = len(LONGEST_CLOSES) + 1
"""Kinds of closes, C; they are numbered from 1, and 0 is a step within a session."""
FEWEST_STEPS = 1.5
"""Steps of the calendar that two rows with a close between them are apart at least: more than the one of all others,
less than two, as times may be a little off."""


class LogPrices(NamedTuple):
    """Log prices x, (n,), of series that begin at places in `indptr`, (N + 1,), and the variance time of steps.

    `step_variance` is v of the step that leads to each row, (n,).
    """

    x: Floats
    indptr: Ints
    step_variance: Floats


def log_prices(panel: Panel, close_variance: Floats) -> LogPrices:
    """Return the log prices of a panel with the variance time of its steps, for v of its closes, (N, C)."""
    variance = np.ones(len(panel.values))
    if (close_variance != 1).any():
        variance = _variance_of_closes(close_variance)[panel.series, close_kinds(panel)]
    return LogPrices(np.log(panel.values), panel.indptr, variance)


def time_after_end(panel: Panel, close_variance: Floats, horizon: int) -> Floats:
    """Return the variance time from the end of each series to the steps after it, (N, horizon + 1), 0 at the end.

    Raises:
        UsageError: The sessions of the exchange cannot be had.

    """
    variance = np.ones((len(panel), horizon))
    if horizon and (close_variance != 1).any():
        stamps = np.concatenate([panel.ds[panel.last, None], panel.future(horizon)], axis=1)
        kinds = _kinds_of_gaps(np.diff(stamps, axis=1), _steps_with_sessions(panel)[:, None])
        variance = np.take_along_axis(_variance_of_closes(close_variance), kinds, axis=1)
    return np.cumsum(np.pad(variance, ((0, 0), (1, 0))), axis=1)


def close_kinds(panel: Panel) -> Ints:
    """Return the kind of the close between each row and the row before it, (n,); 0 for none."""
    kinds = np.zeros(len(panel.values), dtype=np.int64)
    kinds[1:] = _kinds_of_gaps(np.diff(panel.ds), _steps_with_sessions(panel)[panel.series[1:]])
    kinds[panel.indptr[:-1]] = 0
    return kinds


def _steps_with_sessions(panel: Panel) -> Floats:
    """Return the step of each series in seconds, (N,); infinite where it is a day or longer, or not steady."""
    return np.array([each.step if each.kind == INTRADAY else np.inf for each in panel.calendars], dtype=np.float64)


def _kinds_of_gaps(gap: NDArray[np.generic], step: Floats) -> Ints:
    """Return the kind of close in each gap between the time stamps of rows, for steps in seconds; same shapes."""
    if gap.dtype.kind != "m":
        return np.zeros(gap.shape, dtype=np.int64)
    seconds = gap.astype("timedelta64[s]").astype(np.int64)
    kinds: Ints = np.where(seconds > FEWEST_STEPS * step, 1 + np.searchsorted(LONGEST_CLOSES, seconds), 0)
    return kinds


def _variance_of_closes(close_variance: Floats) -> Floats:
    """Return v by kind of step, (N, C + 1): 1 within a session, then that of each close."""
    return np.insert(close_variance, 0, 1.0, axis=1)
