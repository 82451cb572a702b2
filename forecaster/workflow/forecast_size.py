"""Refuse forecasts that are too large for the memory, before the work: series times steps times columns."""

from __future__ import annotations

from forecaster.errors import Code, InputRefusedError, ModelRefusedError, counted
from forecaster.size_limits import MOST_FOLD_CELLS, MOST_FORECAST_CELLS


def check_forecast_size(series: int, steps: int, columns: int, *, of_model: bool) -> None:
    """Check the cells of a forecast.

    Args:
        series: The number of series.
        steps: The steps or times that are forecast of each.
        columns: The columns of the forecast.
        of_model: Whether a model says which series there are; else a table does.

    Raises:
        ModelRefusedError: There are too many, and a model says which series there are.
        InputRefusedError: There are too many, and a table says so.

    """
    if series * steps * columns <= MOST_FORECAST_CELLS:
        return
    what = f"a forecast of {series:,} series, {counted(steps, 'step')} and {columns} columns has too many cells"
    most = MOST_FORECAST_CELLS // (series * columns)
    fewer = "train models of fewer series" if of_model else "split the file"
    remedy = f"use --horizon {most} or less" if most else fewer
    if of_model:
        raise ModelRefusedError(what, remedy)
    raise InputRefusedError(what, remedy, code=Code.LIMIT)


def check_backtest_size(series: int, steps: int, folds: int, columns: int) -> None:
    """Check the cells of the forecasts of all folds.

    Raises:
        InputRefusedError: There are too many.

    """
    if series * steps * folds * columns <= MOST_FOLD_CELLS:
        return
    what = f"{counted(folds, 'fold')} of {series:,} series and {counted(steps, 'step')} have too many cells"
    most = MOST_FOLD_CELLS // (series * steps * columns)
    remedy = f"use --folds {most} or less" if most else "split the file, or use a shorter --horizon"
    raise InputRefusedError(what, remedy, code=Code.LIMIT)
