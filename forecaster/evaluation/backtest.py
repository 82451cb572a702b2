"""Backtests of several methods: each forecasts every fold from the history up to its cutoff.

A method is fitted on the history of a fold and may also forecast the folds after it, as a model in use does: from newer
rows of the series that it was fitted on. The result is a long frame, see `backtest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.blas import one_thread
from forecaster.evaluation.folds import Folds, make_folds
from forecaster.evaluation.metrics import demand_scale, insample_scale
from forecaster.evaluation.score_tables import FOLD, MEAN_SQUARE, SCALE, STEP
from forecaster.numeric_errors import check_finite
from forecaster.progress import BACKTEST, current_watch, report_progress
from forecaster.spec import COLUMNS, LEVELS
from forecaster.workers.ordered_results import results_in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.evaluation.fold_store import FoldStore
    from forecaster.forecasting.method import Forecast, Method
    from forecaster.series.panel import Panel

FRAME_COLUMNS, COLUMNS_OF_METHOD = 8, 1 + 2 * len(LEVELS)
"""Columns of the frame of a backtest besides those of the methods, and columns of each method."""


def backtest(  # noqa: PLR0913 - the three sizes of the folds stand beside the data, the models and the way to run
    panel: Panel,
    models: Sequence[Method],
    horizon: int,
    count: int,
    step: int,
    *,
    season: int,
    refit: int | None = 1,
    jobs: int = 1,
    store: FoldStore | None = None,
) -> pd.DataFrame:
    """Forecast each fold with each model, and return the forecasts with the actuals.

    The result does not depend on `jobs`: the fits are independent, and the linear algebra of each runs in one thread.

    Args:
        panel: The series.
        models: The methods, their names all different.
        horizon: Steps forecast from each cutoff, h.
        count: Folds.
        step: Rows between two cutoffs.
        season: Steps in a season, for the scale of MASE.
        refit: Folds from one fit to the next; None fits once, on the history of the oldest fold.
        jobs: Processes that share the fits.
        store: Keeps the forecasts of folds; None to keep nothing.

    Returns:
        One row for each fold, series and step, in this order: `unique_id, ds, cutoff, fold` (0 for the oldest),
        `step` (1 to h), `y, scale` (the insample error of the seasonal naive forecast), `mean_square` (the mean squared
        insample change of rare demand, else 0) and, for each model,
        `<model>, <model>-lo-80, <model>-hi-80, <model>-lo-95, <model>-hi-95`.

    Raises:
        InputRefusedError: A series is too short for the folds, or of no regular step in the history of one.

    """
    folds, every = make_folds(panel, horizon, count, step), refit or count
    blocks = [range(first, min(first + every, count)) for first in range(0, count, every)]
    tasks, weights = [(folds, block, models, store) for block in blocks], [len(block) for block in blocks]
    results = results_in_order(_forecast_block, tasks, BACKTEST, weights, jobs)
    return _backtest_frame(folds, season, [model.name for model in models], np.concatenate(list(results)))


def _forecast_block(folds: Folds, block: range, models: Sequence[Method], store: FoldStore | None) -> Floats:
    """Fit each model on the history of the first fold of a block; return its forecasts of all, (F, N, h, models, 5).

    Of each fold the models see only the history up to its cutoff. Forecasts that the store has are not made again.
    """
    shape = (len(block), len(folds.panel), folds.horizon, len(models), COLUMNS_OF_METHOD)
    if store is not None and (saved := store.saved(block, shape)) is not None:
        return saved
    history, forecasts = folds.history(block[0]), np.empty(shape)
    with one_thread():
        fitted = [model.fit(history) for model in models]
        for place, number in enumerate(block):
            ds = folds.panel.ds[folds.actual_rows(number)]
            for m, each in enumerate(fitted):
                tail = folds.tail(number, each.tail_rows, history.calendars)
                forecasts[place, :, :, m] = _points_and_ends(each.predict(tail, folds.horizon, ds))
                check_finite(f"the forecast of {models[m].name}", forecasts[place, :, :, m])
            if current_watch() is not None:  # thousands of folds would call pandas for nothing
                report_progress(BACKTEST, place + 1, len(block), f"cutoff {pd.Series(folds.cutoffs(number)).max()}")
    if store is not None:
        store.keep(block, forecasts)
    return forecasts


def _points_and_ends(forecast: Forecast) -> Floats:
    """Return point forecast and interval ends, (N, h, 5), in the order of the columns."""
    ends = [end[level] for level in LEVELS for end in (forecast.low, forecast.high)]
    return np.stack([forecast.point, *ends], axis=-1)


def _backtest_frame(folds: Folds, season: int, names: Sequence[str], forecasts: Floats) -> pd.DataFrame:
    """Return the long frame of the forecasts, (F, N, h, models, 5), of all folds."""
    panel, numbers = folds.panel, range(folds.count)
    ahead = np.stack([folds.actual_rows(number) for number in numbers])
    scale = np.stack([insample_scale(panel, folds.history_rows(number), season) for number in numbers])
    demand = np.stack([demand_scale(panel, folds.history_rows(number)) for number in numbers])
    columns = {
        COLUMNS.series: np.tile(np.repeat(np.array(panel.ids, dtype=object), folds.horizon), folds.count),
        COLUMNS.time: panel.ds[ahead].ravel(),
        COLUMNS.cutoff: np.repeat(panel.ds[ahead[:, :, 0] - 1], folds.horizon),
        FOLD: np.repeat(np.arange(folds.count), len(panel) * folds.horizon),
        STEP: np.tile(np.arange(1, folds.horizon + 1), folds.count * len(panel)),
        COLUMNS.target: panel.values[ahead].ravel(),  # noqa: PD011 - an array of the panel, not of a frame
        SCALE: np.repeat(scale, folds.horizon),
        MEAN_SQUARE: np.repeat(demand, folds.horizon),
    }
    for m, name in enumerate(names):
        ends = [end(name, level) for level in LEVELS for end in (COLUMNS.low_column, COLUMNS.high_column)]
        columns |= {column: forecasts[..., m, q].ravel() for q, column in enumerate([name, *ends])}
    return pd.DataFrame(columns)
