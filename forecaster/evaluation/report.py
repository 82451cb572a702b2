"""Backtests of several methods side by side, and the verdict that a person reads.

`backtest` makes the long frame that `forecaster.evaluation.metrics` scores; `verdict` sets one method in it against
the best baseline. `judge` does the same from losses alone, for callers that have no frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from forecaster.evaluation.folds import folds
from forecaster.evaluation.metrics import FOLD, MODEL, SCALE, STEP, insample_scale, score
from forecaster.forecasting.significance import Comparison, diebold_mariano
from forecaster.spec import COLUMNS, LEVELS, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.evaluation.folds import Fold
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.model import Model

SIGNIFICANT = 0.05
"""One-sided p-value below which a difference is called real."""
TIE = 1e-9
"""Difference of two scaled losses, relative to the baseline's or to the scale, that is no more than rounding."""
LOWEST_SKILL = -999.0
"""Percent below which the size of a negative skill says nothing more."""


def backtest(  # noqa: PLR0913 - the three sizes of the folds stand beside the data, the models and the way to run
    panel: Panel,
    models: Sequence[Model],
    horizon: int,
    count: int,
    step: int,
    *,
    season: int,
    jobs: int = 1,
    watch: Callable[[Progress], None] | None = None,
) -> pd.DataFrame:
    """Fit each model anew on the history of each fold and set its forecasts beside what came after.

    The result does not depend on `jobs`: the folds are independent, and the linear algebra of each runs in one thread.

    Args:
        panel: The series.
        models: The methods, their names all different.
        horizon: Steps forecast from each cutoff, h.
        count: Folds.
        step: Rows between two cutoffs.
        season: Steps in a season, for the scale of MASE.
        jobs: Processes that share the folds.
        watch: Called after each fold.

    Returns:
        One row for each fold, series and step, in this order: `unique_id, ds, cutoff, fold` (0 for the oldest),
        `step` (1 to h), `y, scale` (the insample error of the seasonal naive forecast) and, for each model,
        `<model>, <model>-lo-80, <model>-hi-80, <model>-lo-95, <model>-hi-95`.

    Raises:
        InputRefusedError: A series is too short for the folds.

    """
    from joblib import Parallel, delayed  # here, because a forecast does without

    # Memory-mapped arrays would be read-only in the workers and writable here.
    parallel = Parallel(n_jobs=min(jobs, count), return_as="generator", max_nbytes=None)
    frames: list[pd.DataFrame] = []
    for frame in parallel(delayed(_fold_frame)(fold, models, season) for fold in folds(panel, horizon, count, step)):
        frames.append(frame)
        if watch is not None:
            watch(Progress("backtest", len(frames), count, f"cutoff {frame[COLUMNS.cutoff].max()}"))
    return pd.concat(frames, ignore_index=True)


def _fold_frame(fold: Fold, models: Sequence[Model], season: int) -> pd.DataFrame:
    """Return the rows of one fold; the models see nothing of it but its history."""
    n, h = fold.actual.shape
    columns = {
        COLUMNS.series: np.repeat(np.array(fold.history.ids, dtype=object), h),
        COLUMNS.time: fold.ds.ravel(),
        COLUMNS.cutoff: np.repeat(fold.cutoffs, h),
        FOLD: np.full(n * h, fold.number),
        STEP: np.tile(np.arange(1, h + 1), n),
        COLUMNS.target: fold.actual.ravel(),
        SCALE: np.repeat(insample_scale(fold.history, season), h),
    }
    with threadpool_limits(1):
        for model in models:
            columns |= _forecast_columns(model, fold)
    return pd.DataFrame(columns)


def _forecast_columns(model: Model, fold: Fold) -> dict[str, NDArray[np.float64]]:
    """Return point forecast and interval ends of `model`, each (N * h,)."""
    history, ds = fold.history, fold.ds if fold.history.irregular else None
    forecast = model.fit(history).predict(history, fold.actual.shape[1], ds)
    columns = {model.name: forecast.point.ravel()}
    for level in LEVELS:
        columns[COLUMNS.low(model.name, level)] = forecast.low[level].ravel()
        columns[COLUMNS.high(model.name, level)] = forecast.high[level].ravel()
    return columns


def holdout_scores(holdout: Holdout) -> pd.DataFrame:
    """Return one row a method, the network first: MAE, sMAPE in percent and MASE on the held-out rows."""
    rows = []
    for name, forecast in holdout.forecasts.items():
        error, size = np.abs(holdout.actual - forecast), np.abs(holdout.actual) + np.abs(forecast)
        smape = 200 * float(np.mean(np.divide(error, size, out=np.zeros_like(error), where=size > 0)))
        mase = float((error / holdout.denominator[:, None]).mean())
        rows.append({MODEL: name, "mae": float(error.mean()), "smape": smape, "mase": mase})
    return pd.DataFrame(rows)


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


def verdict(frame: pd.DataFrame, model: str, baselines: Sequence[str], step: int) -> Verdict:
    """Judge `model` by the frame of a backtest whose cutoffs lie `step` rows apart.

    The loss of a fold is the mean over its series and steps of the absolute error over the insample scale. What has
    no scale is left out; if nothing has one, the loss is the absolute error itself.
    """
    names = [model, *baselines]
    error = frame[names].sub(frame[COLUMNS.target], axis=0).abs()
    loss = error.div(frame[SCALE], axis=0).groupby(frame[FOLD]).mean().dropna()
    if loss.empty:
        loss = error.groupby(frame[FOLD]).mean()
    scores = score(frame, [model]).iloc[0]
    horizon = int(frame[STEP].max())
    return judge(
        loss[model].to_numpy(),
        {name: loss[name].to_numpy() for name in baselines},
        lags=-(-horizon // step) - 1,
        coverage={level: float(scores[f"coverage-{level}"]) for level in LEVELS},
        count=len(frame),
    )


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
    best = baseline_losses[baseline]
    difference = np.where(np.isclose(model_loss, best, rtol=TIE, atol=TIE), 0.0, best - model_loss)
    skill = 100.0 * float(difference.mean() / best.mean()) if best.any() else None
    better, worse = diebold_mariano(difference, lags), diebold_mariano(-difference, lags)
    opening = (
        f"The {subject} is {_claim(skill, better, worse)} the {baseline.replace('_', ' ')}, the best baseline, "
        f"on {_cutoffs(len(best))}: skill {_percent(skill)}, {_chance(better, len(best))}."
    )
    return Verdict(
        sentences=(opening, *_interval_sentence(coverage, count)),
        baseline=baseline,
        skill=skill,
        p_value=None if better is None else better.p_value,
        coverage=dict(coverage),
        origins=len(best),
    )


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
