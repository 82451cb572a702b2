"""The table and the verdict of a backtest, from the long frame of `forecaster.evaluation.backtest`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.evaluation.comparison import compare_losses, compare_with_reference
from forecaster.evaluation.score_tables import (
    FOLD,
    MEAN_SQUARE,
    MODEL,
    SCALE,
    STEP,
    score,
    score_by_series,
    score_by_step,
)
from forecaster.evaluation.sentences import SQUARED, IntervalCoverage, direction_sentence, volatility_sentence
from forecaster.evaluation.verdict import Verdict, verdict_from_losses
from forecaster.forecasting.method import ROUNDING
from forecaster.forecasting.methods.baselines import LAST_VALUE
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence


ALL_ROWS = "all_rows"
"""Column of zeros, by which all rows are one group."""


def score_with_skill(
    frame: pd.DataFrame, model: str, others: Sequence[str], step: int, by: str | None = None
) -> pd.DataFrame:
    """Return the scores of all methods, `model` first, with its skill against each of the others in that one's row.

    Args:
        frame: A backtest whose cutoffs lie `step` rows apart.
        model: The method in question.
        others: The methods that it is compared with.
        step: Rows between two cutoffs.
        by: `step` or `unique_id`, for one row a method and step or series; None for one row a method.

    Returns:
        The columns of `forecaster.evaluation.score_tables.score`, and

        skill: 100 (1 - loss of `model` / loss of the row's method), in percent, by the losses of `backtest_verdict`;
            NaN where only that method never erred, and in the rows of `model`.
        p_value: One-sided Diebold-Mariano p-value that `model` is better; NaN where it cannot be tested.

    """
    names, key = [model, *others], by or ALL_ROWS
    scores = {None: score, STEP: score_by_step, COLUMNS.series: score_by_series}[by](frame, names)
    keyed = frame.assign(**{ALL_ROWS: 0})
    horizons = keyed.groupby(key)[STEP].max().to_dict()
    rows = []
    for value, loss in _losses_by_fold(keyed, names, key).groupby(level=0):
        overlap = overlapping_cutoffs(horizons[value], step)
        for name in others:
            comparison = compare_losses(loss[model].to_numpy(), loss[name].to_numpy(), overlap)
            rows.append((name, value, comparison.skill, comparison.p_value))
    skills = pd.DataFrame(rows, columns=[MODEL, key, "skill", "p_value"]).astype({"skill": float, "p_value": float})
    return scores.assign(**{ALL_ROWS: 0}).merge(skills, "left", on=[MODEL, key]).drop(columns=ALL_ROWS)


def backtest_verdict(frame: pd.DataFrame, model: str, baselines: Sequence[str], step: int) -> Verdict:
    """Return the verdict on `model` by the frame of a backtest whose cutoffs lie `step` rows apart.

    The loss of a fold is the mean over its series and steps of the absolute error over the insample scale, or of rare
    demand of the squared error over the mean squared insample change. Series without a scale are left out; if none has
    a scale, the loss is the absolute error itself.
    """
    loss = _losses_by_fold(frame.assign(**{ALL_ROWS: 0}), [model, *baselines], ALL_ROWS)
    verdict = verdict_from_losses(
        loss[model].to_numpy(),
        {name: loss[name].to_numpy() for name in baselines},
        overlap=overlapping_cutoffs(int(frame[STEP].max()), step),
        coverage=_interval_coverage(frame, model, step),
    )
    return replace(verdict, sentences=(*verdict.sentences, *([SQUARED] if (frame[MEAN_SQUARE] > 0).any() else [])))


def backtest_price_verdict(frame: pd.DataFrame, model: str, baselines: Sequence[str], step: int) -> Verdict:
    """Return the verdict on a forecast of prices, where the question is whether any method beats their last value."""
    verdict = backtest_verdict(frame, model, baselines, step)
    loss = _losses_by_fold(frame.assign(**{ALL_ROWS: 0}), [model, *baselines], ALL_ROWS)
    losses = {str(name): values.to_numpy() for name, values in loss.items()}
    overlap = overlapping_cutoffs(int(frame[STEP].max()), step)
    direction, _ = direction_sentence(compare_with_reference(losses, LAST_VALUE, overlap), verdict.origins)
    moved = ~np.isclose(frame[model], frame[LAST_VALUE], rtol=ROUNDING, atol=0.0)
    often = f"the last value{f' but in {100 * moved.mean():.0f} % of the forecasts' if moved.any() else ''}"
    line = f"The point forecast is {'never the last value' if moved.all() else often}."
    ours, theirs = score(frame, [model, LAST_VALUE])["wql"]
    skill = 100 * (1 - ours / theirs) if theirs > 0 else None
    volatility = volatility_sentence(_interval_coverage(frame, model, step), skill)
    return replace(verdict, sentences=(direction, line, volatility))


def overlapping_cutoffs(horizon: int, step: int) -> int:
    """Return how many later cutoffs, `step` rows apart, a forecast reaches beyond: ceil(horizon / step) - 1."""
    return -(-horizon // step) - 1


def _interval_coverage(frame: pd.DataFrame, model: str, step: int) -> IntervalCoverage:
    """Return how many actuals were in the intervals of a method."""
    scores, horizon = score(frame, [model]).iloc[0], int(frame[STEP].max())
    percent = {level: float(scores[f"coverage-{level}"]) for level in LEVELS}
    independent = len(frame) // horizon // (overlapping_cutoffs(horizon, step) + 1)
    return IntervalCoverage(percent, len(frame), independent)


def _losses_by_fold(frame: pd.DataFrame, models: list[str], by: str) -> pd.DataFrame:
    """Return the loss of each model for each value of the column `by` in each fold."""
    keys = [frame[by], frame[FOLD]]
    error = frame[models].sub(frame[COLUMNS.target], axis=0).abs()
    demand = frame[MEAN_SQUARE] > 0
    scaled = error.div(frame[SCALE], axis=0).mask(demand, (error**2).div(frame[MEAN_SQUARE], axis=0))
    scaled = scaled.groupby(keys).mean()
    has_scale = scaled.notna().any(axis=1).groupby(level=0).transform("any")
    return scaled.where(has_scale, error.groupby(keys).mean(), axis=0).dropna()
