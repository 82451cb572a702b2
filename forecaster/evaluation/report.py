"""The table of a backtest and the verdict that a person reads.

`scored`, `verdict` and `price_verdict` take the long frame of `forecaster.evaluation.backtest` and set one method in it
against the others. `judge` makes a verdict from losses alone, for callers that have no frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from forecaster.evaluation.comparison import TIE, compare, compare_others
from forecaster.evaluation.metrics import FOLD, MODEL, SCALE, STEP, score, score_by_series, score_by_step
from forecaster.evaluation.sentences import Covered, claim, direction, intervals, size_of_moves
from forecaster.forecasting.methods.baselines import LAST_VALUE
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Floats


WHOLE = "whole"
"""Column of zeros, by which all rows are one group."""


@dataclass(frozen=True)
class Verdict:
    """What may honestly be said of a model after forecasts of rows that it had not seen.

    Attributes:
        sentences: The same in words for a person.
        baseline: The best baseline, the one with the lowest mean loss.
        skill: 100 (1 - loss of the model / loss of the baseline), in percent; None where only the baseline never
            erred.
        p_value: One-sided Diebold-Mariano p-value that the model is better; None where it cannot be tested.
        coverage: Actuals within the interval of each level, in percent; None where there is no interval.
        origins: Cutoffs that the forecasts were made from.

    """

    sentences: tuple[str, ...]
    baseline: str
    skill: float | None
    p_value: float | None
    coverage: dict[int, float | None]
    origins: int

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict in text, numbers, lists and dicts, as JSON knows them."""
        coverage = {str(level): covered for level, covered in self.coverage.items()}
        return {**vars(self), "sentences": list(self.sentences), "coverage": coverage}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the verdict that `to_dict` made `fields` from."""
        coverage = {int(level): covered for level, covered in fields["coverage"].items()}
        return cls(**{**fields, "sentences": tuple(fields["sentences"]), "coverage": coverage})


def scored(frame: pd.DataFrame, model: str, others: Sequence[str], step: int, by: str | None = None) -> pd.DataFrame:
    """Return the scores of all methods, `model` first, with its skill against each of the others in that one's row.

    Args:
        frame: A backtest whose cutoffs lie `step` rows apart.
        model: The method in question.
        others: Those beside it.
        step: Rows between two cutoffs.
        by: `step` or `unique_id`, for one row a method and step or series; None for one row a method.

    Returns:
        The columns of `forecaster.evaluation.metrics.score`, and

        skill: 100 (1 - loss of `model` / loss of the row's method), in percent, by the losses of `verdict`; NaN where
            only that method never erred, and in the rows of `model`.
        p_value: One-sided Diebold-Mariano p-value that `model` is better; NaN where it cannot be tested.

    """
    names, key = [model, *others], by or WHOLE
    scores = {None: score, STEP: score_by_step, COLUMNS.series: score_by_series}[by](frame, names)
    keyed = frame.assign(**{WHOLE: 0})
    reach = keyed.groupby(key)[STEP].max().to_dict()
    found = []
    for value, loss in _fold_losses(keyed, names, key).groupby(level=0):
        for name in others:
            compared = compare(loss[model].to_numpy(), loss[name].to_numpy(), _overlap(reach[value], step))
            found.append((name, value, compared.skill, compared.p_value))
    compared_with = pd.DataFrame(found, columns=[MODEL, key, "skill", "p_value"]).astype(
        {"skill": float, "p_value": float}
    )
    return scores.assign(**{WHOLE: 0}).merge(compared_with, "left", on=[MODEL, key]).drop(columns=WHOLE)


def verdict(frame: pd.DataFrame, model: str, baselines: Sequence[str], step: int) -> Verdict:
    """Judge `model` by the frame of a backtest whose cutoffs lie `step` rows apart.

    The loss of a fold is the mean over its series and steps of the absolute error over the insample scale. What has
    no scale is left out; if nothing has one, the loss is the absolute error itself.
    """
    loss = _fold_losses(frame.assign(**{WHOLE: 0}), [model, *baselines], WHOLE)
    return judge(
        loss[model].to_numpy(),
        {name: loss[name].to_numpy() for name in baselines},
        lags=_overlap(int(frame[STEP].max()), step),
        covered=_covered(frame, model, step),
    )


def price_verdict(frame: pd.DataFrame, model: str, baselines: Sequence[str], step: int) -> Verdict:
    """Judge a forecast of prices, where the question is whether anything beats their last value."""
    judged, overlap = verdict(frame, model, baselines, step), _overlap(int(frame[STEP].max()), step)
    loss = _fold_losses(frame.assign(**{WHOLE: 0}), [model, *baselines], WHOLE)
    losses = {str(name): values.to_numpy() for name, values in loss.items()}
    told, _ = direction(compare_others(losses, LAST_VALUE, overlap), judged.origins)
    moved = ~np.isclose(frame[model], frame[LAST_VALUE], rtol=TIE, atol=0.0)
    often = f"the last value{f' but in {100 * moved.mean():.0f} % of the forecasts' if moved.any() else ''}"
    line = f"The line is {'never the last value' if moved.all() else often}."
    ours, theirs = score(frame, [model, LAST_VALUE])["wql"]
    skill = 100 * (1 - ours / theirs) if theirs > 0 else None
    return replace(judged, sentences=(told, line, size_of_moves(_covered(frame, model, step), skill)))


def _covered(frame: pd.DataFrame, model: str, step: int) -> Covered:
    """Return how many actuals the intervals of a model covered."""
    scores, horizon = score(frame, [model]).iloc[0], int(frame[STEP].max())
    percent = {level: float(scores[f"coverage-{level}"]) for level in LEVELS}
    return Covered(percent, len(frame), len(frame) // horizon // (_overlap(horizon, step) + 1))


def _fold_losses(frame: pd.DataFrame, models: list[str], by: str) -> pd.DataFrame:
    """Return the loss of each model for each value of the column `by` in each fold."""
    keys = [frame[by], frame[FOLD]]
    error = frame[models].sub(frame[COLUMNS.target], axis=0).abs()
    scaled = error.div(frame[SCALE], axis=0).groupby(keys).mean()
    has_scale = scaled.notna().any(axis=1).groupby(level=0).transform("any")
    return scaled.where(has_scale, error.groupby(keys).mean(), axis=0).dropna()


def _overlap(horizon: int, step: int) -> int:
    """Return how many later cutoffs, `step` rows apart, a forecast reaches beyond."""
    return -(-horizon // step) - 1


def judge(model_loss: Floats, baseline_losses: Mapping[str, Floats], lags: int, covered: Covered) -> Verdict:
    """Set a forecast against the best of the baselines.

    Args:
        model_loss: Loss of the forecast at each cutoff, (n,), in order of time.
        baseline_losses: Loss of each baseline at the same cutoffs, by name, each (n,).
        lags: Later cutoffs that a forecast reaches beyond, ceil(horizon / rows between cutoffs) - 1.
        covered: How many actuals were in its intervals.

    """
    baseline = min(baseline_losses, key=lambda name: float(baseline_losses[name].mean()))
    found = compare(model_loss, baseline_losses[baseline], lags)
    sentences = (claim(found, baseline), intervals(covered))
    return Verdict(sentences, baseline, found.skill, found.p_value, dict(covered.percent), found.cutoffs)
