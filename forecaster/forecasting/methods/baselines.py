"""The baselines: last value, drift, seasonal naive and Theta, the forecasts that any method has to beat.

Each follows from the values of W windows of a flat array, (n,), and is (W, h). `Baseline` is one of them as a method
that can be backtested, with intervals from its own errors at the latest steps of the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.errors import InputRefusedError
from forecaster.forecasting.method import DIRECT, ROUNDING, Forecast
from forecaster.forecasting.methods.theta import longest_window, theta
from forecaster.forecasting.uncertainty.calibration import (
    Calibration,
    HeldOutScores,
    calibrate_alone,
    fit_horizon_exponent,
    normal_offsets,
    normal_scores,
)
from forecaster.series.elapsed import elapsed, lead_times_to
from forecaster.series.grid_steps import on_every_step, steps_to
from forecaster.series.imputation import SEASONS
from forecaster.series.scaling import RETURNS, Scaling, fit_scaling
from forecaster.series.windows import actual_values, at_steps, ends, judged_steps, make_windows, origins
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.series.panel import Panel

LAST_VALUE, DRIFT, SEASONAL_NAIVE, THETA = "last_value", "drift", "seasonal_naive", "theta"
NAIVE = (LAST_VALUE, DRIFT, SEASONAL_NAIVE)
BASELINES = (*NAIVE, THETA)
"""All of them; Theta is for equal steps alone."""
SCALE_STEPS = 30
"""Steps that give the scale of a baseline's errors: steady means, but still following volatility. Chosen by hand."""
MOST_WINDOWS = 5000
"""Windows from which a baseline's intervals are calibrated, the latest of each series: more change them little."""


class History(NamedTuple):
    """The values up to the cutoff of each of W windows.

    A window has the values of x, (n,), from `start`, where its series begins, to `last`, (W,) each; `slope` is their
    mean change in a step, (W,).
    """

    x: Floats
    start: Ints
    last: Ints
    slope: Floats


def history_of(x: Floats, start: Ints, last: Ints, time: Floats | None = None) -> History:
    """Return the history between these places and its slope, 0 where they are one; `time`, (n,), where steps differ."""
    steps = last - start if time is None else time[last] - time[start]
    return History(x, start, last, (x[last] - x[start]) / np.where(last > start, steps, 1))


def slopes_of(panel: Panel) -> Floats:
    """Return the mean change in a step of each series, (N,)."""
    return history_of(panel.values, panel.indptr[:-1], panel.last, elapsed(panel)).slope


def forecast_baseline(name: str, history: History, ahead: Floats, season: int) -> Floats:
    """Return a baseline's forecasts, (W, h), for steps at distances of `ahead`, (h,) or (W, h), from the last value.

    last_value      x_t
    drift           x_t + ahead * slope
    seasonal_naive  the value of the same phase in the last season; x_t where the series is shorter
    theta           see forecaster.forecasting.methods.theta; for steps 1 to h alone

    (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, section 5.2.)
    """
    if name == THETA:
        return theta(history.x, history.start, history.last, ahead.shape[-1], season)
    last = history.last[:, None]
    if name == SEASONAL_NAIVE:
        rows = last - season + 1 + np.arange(ahead.shape[-1]) % season
        return history.x[np.where(rows >= history.start[:, None], rows, last)]
    return history.x[last] + (history.slope[:, None] * ahead if name == DRIFT else np.zeros(ahead.shape[-1]))


def steps_ahead(horizon: int) -> Floats:
    """Return 1, 2, ... horizon: how far equal steps lie ahead."""
    return np.arange(1.0, horizon + 1)


@dataclass(frozen=True)
class Baseline:
    """A baseline as a method that can be backtested: one of `BASELINES`, with intervals calibrated for the horizon."""

    name: str
    horizon: int
    season: int

    def fit(self, panel: Panel) -> FittedBaseline:
        """Learn the size of the errors from the steps of the history, each forecast from what came before.

        Raises:
            InputRefusedError: No series has two rows.

        """
        panel = on_every_step(panel, self.season)
        recent = np.maximum(0, panel.lengths - max(2 * self.horizon, MOST_WINDOWS // len(panel)))
        horizon, chosen = self.horizon, origins(panel.indptr, self.horizon, first=recent)
        if not len(chosen.last):
            horizon, chosen = 1, origins(panel.indptr, 1)
        if not len(chosen.last):
            raise InputRefusedError("no series has two rows", "give a longer history")
        chosen = chosen.where_observed(panel.observed, horizon)
        scaling = fit_scaling(panel, RETURNS, log=False)
        time = elapsed(panel)
        windows = make_windows(panel.values, panel.indptr, scaling, SCALE_STEPS, chosen, time)
        error = actual_values(panel.values, panel.observed, windows.last, horizon)
        history = history_of(panel.values, windows.start, windows.last, time)
        ahead = windows.lead_times_of(slice(None), horizon)
        steps = judged_steps(panel.observed, windows.last, horizon)
        error -= at_steps(forecast_baseline(self.name, history, ahead, self.season), steps)
        horizon_exponent = fit_horizon_exponent(np.abs(error) / windows.scale[:, None], ahead)
        scores = normal_scores(error, normal_offsets(windows.scale, ahead, horizon_exponent))
        sample = HeldOutScores(scores, windows.last - panel.last[windows.series])
        return FittedBaseline(self, scaling, horizon_exponent, calibrate_alone(sample, pools_steps=panel.irregular))


@dataclass(frozen=True)
class FittedBaseline:
    """A baseline whose errors, ~ scale step^horizon_exponent, are known; `scaling` gives the scale of a window."""

    baseline: Baseline
    scaling: Scaling
    horizon_exponent: float
    calibration: Calibration

    @property
    def tail_rows(self) -> int | None:
        """Rows at the end of a series that prediction looks at; the drift looks at all of them."""
        name, season = self.baseline.name, self.baseline.season
        read = longest_window(season) if name == THETA else max(SCALE_STEPS + 1, season)
        return None if name == DRIFT else read + SEASONS * season

    def predict(
        self, panel: Panel, horizon: int, ds: NDArray[Any] | None = None, levels: Sequence[float] = LEVELS
    ) -> Forecast:
        """Forecast the `horizon` steps after the end of each series, or the rows at `ds`; always direct."""
        if panel.irregular:
            return self._predict_rows(panel, horizon, ds, levels)
        steps = steps_to(panel, panel.future(horizon) if ds is None else ds)
        read = on_every_step(panel, self.baseline.season)
        return self._predict_rows(read, int(steps.max()), None, levels).at_steps(steps - 1)

    def _predict_rows(self, panel: Panel, horizon: int, ds: NDArray[Any] | None, levels: Sequence[float]) -> Forecast:
        """Forecast the rows after a panel that has a row on every step, or those at `ds` where steps are unequal."""
        windows = make_windows(panel.values, panel.indptr, self.scaling, SCALE_STEPS, ends(panel.indptr))
        history = history_of(panel.values, windows.start, windows.last, elapsed(panel))
        ahead = steps_ahead(horizon) if ds is None else lead_times_to(panel, ds)
        point = forecast_baseline(self.baseline.name, history, ahead, self.baseline.season)
        offsets, least = normal_offsets(windows.scale, ahead, self.horizon_exponent), ROUNDING * np.abs(point)
        errors = {level: self.calibration.interval(level, offsets) for level in levels}
        low = {level: point + np.minimum(below, -least) for level, (below, _) in errors.items()}
        high = {level: point + np.maximum(above, least) for level, (_, above) in errors.items()}
        return Forecast(point, low, high, np.full(point.shape, DIRECT, dtype=object))
