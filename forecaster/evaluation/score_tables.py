"""Tables of scores from the long frame of a backtest: one row for each method, or for each method and step or series.

The frame has the columns `unique_id, ds, cutoff, fold, step, y, scale` and, for each method, its point forecast and the
ends of its intervals. A score is taken for each series over all its folds and then averaged over the series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from forecaster.evaluation.metrics import METRICS, Groups, group_scores, mean_of_available
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Floats

FOLD, STEP, SCALE, MODEL, MEAN_SQUARE = "fold", "step", "scale", "model", "mean_square"
"""Columns of the frame and of the tables."""


def score(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return one row for each of `models`, over all steps of the horizon.

    Args:
        frame: The long frame of a backtest: `unique_id, ds, cutoff, fold, step, y, scale` and, for each model, its
            point forecast and the ends of its intervals.
        models: Names of the models.

    The columns are `model` and the metrics of `forecaster.evaluation.metrics.METRICS`, in their order.
    Series without a scale do not enter `mase`, and series of zeros do not enter `wql`; if none is left, the score is
    NaN.
    """
    series, ids = pd.factorize(frame[COLUMNS.series])
    return _score_table(frame, models, Groups(series, len(ids)), 1, {})


def score_by_series(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return one row for each of `models` and each series, in the frame's order, with the columns of `score`."""
    series, ids = pd.factorize(frame[COLUMNS.series])
    return _score_table(frame, models, Groups(series, len(ids)), len(ids), {COLUMNS.series: ids})


def score_by_step(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return one row for each of `models` and each `step` of the horizon, with the columns of `score`."""
    (series, ids), (step, steps) = pd.factorize(frame[COLUMNS.series]), pd.factorize(frame[STEP], sort=True)
    groups = Groups(step * len(ids) + series, len(steps) * len(ids))
    return _score_table(frame, models, groups, len(steps), {STEP: steps})


def _score_table(
    frame: pd.DataFrame, models: Sequence[str], groups: Groups, rows: int, keys: Mapping[str, Any]
) -> pd.DataFrame:
    """Return `rows` scores of each of `models`, each a mean over an equal part of the groups; `keys` names them."""
    actual, scale = _column(frame, COLUMNS.target), _column(frame, SCALE)
    tables = []
    for model in models:
        forecast = _column(frame, model)
        ends = {
            level: (_column(frame, COLUMNS.low_column(model, level)), _column(frame, COLUMNS.high_column(model, level)))
            for level in LEVELS
        }
        scores = {
            name: group_scores(name, groups, ends, actual=actual, forecast=forecast, scale=scale) for name in METRICS
        }
        means = {name: METRICS[name].factor * mean_of_available(scores[name].reshape(rows, -1)) for name in METRICS}
        tables.append(pd.DataFrame({MODEL: model, **keys, **means}))
    return pd.concat(tables, ignore_index=True)


def _column(frame: pd.DataFrame, name: str) -> Floats:
    """Return a column of the frame, (rows, 1): each row of the frame is one of its group."""
    values: Floats = frame[name].to_numpy()[:, None]
    return values
