"""Scores of point forecasts and intervals, in the definitions of the field.

The input is the long frame of a backtest: `unique_id, ds, cutoff, fold, step, y, scale` and, for each model, its
point forecast and the ends of its intervals. Every score is taken for each series over all its folds and then
averaged over the series, each weighing the same, as the organisers of the M4 competition do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.series.panel import Panel

FOLD, STEP, SCALE, MODEL = "fold", "step", "scale", "model"
NEGLIGIBLE = 1e-9
"""Seasonal differences, relative to the values, that are no more than rounding."""


def insample_scale(panel: Panel, rows: Ints, season: int) -> Floats:
    """Return the denominator of MASE from the first `rows` rows of each series, (N,), NaN where there is none."""
    begin, values = panel.indptr[:-1], panel.values  # noqa: PD011 - an array of the panel, not of a frame
    return np.array([seasonal_error(values[a:b], season) for a, b in zip(begin, begin + rows, strict=True)])


def seasonal_error(insample: Floats, season: int) -> float:
    """Return the mean absolute difference between the values of `insample`, (n,), and those `season` steps earlier.

    It is NaN, not available, where the history is not longer than the season and where each season repeats the one
    before to the last digits, as in a constant series: nothing can be measured against an error of zero.

    Source: Hyndman and Koehler (2006), Int. J. Forecasting 22:679-688.
    """
    if len(insample) <= season:
        return float("nan")
    error = float(np.abs(insample[season:] - insample[:-season]).mean())
    return error if error > NEGLIGIBLE * float(np.abs(insample).mean()) else float("nan")


def score(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return one row for each of `models`, over all steps of the horizon.

    Columns:
        model: Name.
        mae, rmse: Mean absolute error and root mean squared error, in the units of the data.
        smape: Mean of 200 |e| / (|y| + |forecast|), in percent, 0 to 200; a forecast of 0 for a 0 is exact.
        mase: Absolute error over the insample error of the seasonal naive forecast, `scale`.
        wql: Weighted quantile loss: twice the pinball loss over the sum of |y|, averaged over the point forecast as
            the median and the ends of the intervals as their quantiles.
        coverage-80, coverage-95: Actuals within the interval, in percent, ends included.
        width-80, width-95: Mean width of the interval, in the units of the data.

    Series without a scale do not enter `mase`, and series of zeros do not enter `wql`; where none is left the score is
    NaN.

    Source: Makridakis, Spiliotis and Assimakopoulos (2020), Int. J. Forecasting 36:54-74; Gasthaus et al. (2019),
    AISTATS, for the quantile loss.
    """
    return score_by_series(frame, models).drop(columns=COLUMNS.series).groupby(MODEL, sort=False).mean().reset_index()


def score_by_step(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return one row for each of `models` and each `step` of the horizon, with the columns of `score`."""
    tables = {name: table.groupby(level=STEP).mean() for name, table in _scores(frame, models).items()}
    return pd.concat(tables, names=[MODEL]).reset_index()


def score_by_series(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return one row for each of `models` and each series, in the frame's order, with the columns of `score`."""
    order = frame[COLUMNS.series].unique()
    pooled = _scores(frame.assign(**{STEP: 0}), models)
    tables = {name: table.droplevel(STEP).loc[order] for name, table in pooled.items()}
    return pd.concat(tables, names=[MODEL]).reset_index()


def _scores(frame: pd.DataFrame, models: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return for each of `models` its scores at each step of each series."""
    from utilsforecast import losses  # here, because a forecast does without

    names = list(models)
    keys = {"id_col": COLUMNS.series, "target_col": COLUMNS.target, "cutoff_col": STEP}
    scaled = frame.assign(**{column: frame[column] / frame[SCALE] for column in (COLUMNS.target, *names)})
    tables = {
        "mae": _values(losses.mae(frame, names, **keys)),
        "rmse": _values(losses.rmse(frame, names, **keys)),
        "smape": 200.0 * _values(losses.smape(frame, names, **keys)),
        "mase": _values(losses.mae(scaled, names, **keys)),
        "wql": _weighted_quantile_loss(frame, names, keys),
    }
    tables |= {f"coverage-{level}": 100.0 * _values(losses.coverage(frame, names, level, **keys)) for level in LEVELS}
    tables |= {f"width-{level}": _width(frame, names, level) for level in LEVELS}
    return {name: pd.DataFrame({metric: table[name] for metric, table in tables.items()}) for name in names}


def _values(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of utilsforecast, one row a step and series, with these two as its index."""
    return table.set_index([STEP, COLUMNS.series])


def _weighted_quantile_loss(frame: pd.DataFrame, models: list[str], keys: dict[str, str]) -> pd.DataFrame:
    """Return the score of each step and series from mean losses: their number cancels out of the ratio of sums."""
    from utilsforecast import losses  # here, because a forecast does without

    tails = [(100 - level) / 200 for level in LEVELS]
    quantiles = np.array([0.5, *tails, *(1.0 - tail for tail in tails)])
    columns = {
        model: [
            model,
            *(COLUMNS.low(model, level) for level in LEVELS),
            *(COLUMNS.high(model, level) for level in LEVELS),
        ]
        for model in models
    }
    pinball = _values(losses.mqloss(frame, columns, quantiles, **keys))
    size = frame[COLUMNS.target].abs().groupby([frame[STEP], frame[COLUMNS.series]]).mean()
    return 2.0 * pinball.div(size.where(size > 0.0), axis=0)


def _width(frame: pd.DataFrame, models: list[str], level: int) -> pd.DataFrame:
    """Return the mean width of the intervals at `level` for each step and series."""
    widths = {model: frame[COLUMNS.high(model, level)] - frame[COLUMNS.low(model, level)] for model in models}
    return pd.DataFrame(widths).groupby([frame[STEP], frame[COLUMNS.series]]).mean()
