"""The table of a backtest and the verdict that a person reads.

`scored` and `verdict` take the long frame of `forecaster.evaluation.backtest` and set one method in it against the
others. `judge` makes a verdict from losses alone, for callers that have no frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd

from forecaster.evaluation.metrics import FOLD, MODEL, SCALE, STEP, score, score_by_series, score_by_step
from forecaster.forecasting.significance import Comparison, diebold_mariano
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

SIGNIFICANT = 0.05
"""One-sided p-value below which a difference is called real."""
TIE = 1e-9
"""Difference of two scaled losses, relative to the baseline's or to the scale, that is no more than rounding."""
WHOLE = "whole"
"""Column of zeros, by which all rows are one group."""
LOWEST_SKILL = -999.0
"""Percent below which the size of a negative skill says nothing more."""


@dataclass(frozen=True)
class Verdict:
    """What may honestly be said of a model after forecasts of rows that it had not seen.

    Attributes:
        sentences: The same in words for a person, one or two sentences.
        baseline: The best baseline, the one with the lowest mean loss.
        skill: 100 (1 - loss of the model / loss of the baseline), in percent; None where the baseline never erred.
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
            that method never erred, and in the rows of `model`.
        p_value: One-sided Diebold-Mariano p-value that `model` is better; NaN where it cannot be tested.

    """
    names, key = [model, *others], by or WHOLE
    scores = {None: score, STEP: score_by_step, COLUMNS.series: score_by_series}[by](frame, names)
    keyed = frame.assign(**{WHOLE: 0})
    reach = keyed.groupby(key)[STEP].max().to_dict()
    found = []
    for value, loss in _fold_losses(keyed, names, key).groupby(level=0):
        for name in others:
            compared = _set_against(loss[model], loss[name], _overlap(reach[value], step))
            found.append((name, value, compared.skill, compared.p_value))
    beside = pd.DataFrame(found, columns=[MODEL, key, "skill", "p_value"]).astype({"skill": float, "p_value": float})
    return scores.assign(**{WHOLE: 0}).merge(beside, "left", on=[MODEL, key]).drop(columns=WHOLE)


def verdict(frame: pd.DataFrame, model: str, baselines: Sequence[str], step: int) -> Verdict:
    """Judge `model` by the frame of a backtest whose cutoffs lie `step` rows apart.

    The loss of a fold is the mean over its series and steps of the absolute error over the insample scale. What has
    no scale is left out; if nothing has one, the loss is the absolute error itself.
    """
    loss = _fold_losses(frame.assign(**{WHOLE: 0}), [model, *baselines], WHOLE)
    scores = score(frame, [model]).iloc[0]
    return judge(
        loss[model].to_numpy(),
        {name: loss[name].to_numpy() for name in baselines},
        lags=_overlap(int(frame[STEP].max()), step),
        coverage={level: float(scores[f"coverage-{level}"]) for level in LEVELS},
        count=len(frame),
    )


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


class _Compared(NamedTuple):
    """A model beside a baseline: its skill in percent, and the tests that it is better and that it is worse."""

    skill: float | None
    better: Comparison | None
    worse: Comparison | None

    @property
    def p_value(self) -> float | None:
        """One-sided p-value that the model is better."""
        return None if self.better is None else self.better.p_value


def _set_against(model: ArrayLike, baseline: ArrayLike, lags: int) -> _Compared:
    """Compare the losses of a model and a baseline at the same cutoffs, (n,)."""
    ours, theirs = np.asarray(model), np.asarray(baseline)
    difference = np.where(np.isclose(ours, theirs, rtol=TIE, atol=TIE), 0.0, theirs - ours)
    skill = 100.0 * float(difference.mean() / theirs.mean()) if theirs.any() else None
    return _Compared(skill, diebold_mariano(difference, lags), diebold_mariano(-difference, lags))


def judge(  # noqa: PLR0913 - two sets of losses, what was counted on them, and the subject of the sentence
    model_loss: NDArray[np.float64],
    baseline_losses: Mapping[str, NDArray[np.float64]],
    lags: int,
    coverage: Mapping[int, float | None],
    count: int,
    *,
    subject: str = "forecast",
) -> Verdict:
    """Set a model against the best of the baselines.

    Args:
        model_loss: Loss of the model at each cutoff, (n,), in order of time.
        baseline_losses: Loss of each baseline at the same cutoffs, by name, each (n,).
        lags: Later cutoffs that a forecast reaches beyond, ceil(horizon / rows between cutoffs) - 1.
        coverage: Actuals within the interval of each level, in percent.
        count: Actuals that the coverage was counted on.
        subject: What the sentence calls the model.

    """
    baseline = min(baseline_losses, key=lambda name: float(baseline_losses[name].mean()))
    found, origins = _set_against(model_loss, baseline_losses[baseline], lags), len(model_loss)
    opening = (
        f"The {subject} is {_claim(*found)} the {baseline.replace('_', ' ')}, the best baseline, "
        f"on {_cutoffs(origins)}: skill {_percent(found.skill)}, {_chance(found.better, origins)}."
    )
    sentences = (opening, *_interval_sentence(coverage, count))
    return Verdict(sentences, baseline, found.skill, found.p_value, dict(coverage), origins)


def _claim(skill: float | None, better: Comparison | None, worse: Comparison | None) -> str:
    """Return the comparison that the test allows."""
    if better is not None and better.p_value < SIGNIFICANT:
        return "better than"
    if worse is not None and worse.p_value < SIGNIFICANT:
        return "worse than"
    if skill is None or skill <= 0.0:
        return "no better than"
    return "not significantly better than" if better is not None else "perhaps better than"


def _percent(skill: float | None) -> str:
    """Return the skill as text; a baseline without error leaves nothing to compare with."""
    if skill is None:
        return "n/a"
    return f"below {LOWEST_SKILL:.0f} %" if skill < LOWEST_SKILL else f"{skill:z.1f} %"


def _chance(better: Comparison | None, cutoffs: int) -> str:
    """Return the p-value as text, or why there is none."""
    if better is None:
        return f"p not testable with {'one cutoff' if cutoffs == 1 else 'so few cutoffs whose horizons overlap'}"
    shown = min(max(better.p_value, 0.001), 0.999)
    sign = "<" if better.p_value < shown else ">" if better.p_value > shown else "="
    return f"p {sign} {shown:.3f} (one-sided Diebold-Mariano)"


def _cutoffs(count: int) -> str:
    """Return the number of cutoffs with its noun."""
    return f"{count} held-out cutoff" + ("" if count == 1 else "s")


def _interval_sentence(coverage: Mapping[int, float | None], count: int) -> list[str]:
    """Return the sentence on the intervals, or nothing where the model gives none."""
    given = [f"{level} % interval {covered:.1f} %" for level, covered in coverage.items() if covered is not None]
    if not given:
        return []
    text = ", the ".join(given).replace("interval", "interval covered", 1)
    return [f"The {text} of {count} actuals."]
