"""The errors of forecasts of held-out rows, step by step and series by series, as the reports of trainings show them.

There are W windows of h steps, of N series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.metrics import Groups, mean_score
from forecaster.evaluation.naive_reference import number_or_nan
from forecaster.evaluation.plain_sentences import tests_in_words
from forecaster.report.scores import Accuracy, format_of_errors
from forecaster.spec import COLUMNS
from forecaster.workflow.results import decimals_of_series
from forecaster.workflow.score_formats import ErrorScore

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.forecasting.holdout import Holdout
    from forecaster.series.panel import Panel
    from forecaster.workflow.results import Judgement

MOST_MEASURED = 100
"""Series whose decimals say how an error in their unit is written: it is only shown of one series, or of a few."""
SCALED, AMOUNT = ErrorScore("mase", "scaled"), ErrorScore("mae", "amount")


def accuracy_of_holdout(judgement: Judgement, panel: Panel) -> Accuracy:
    """Return how good a forecast of a panel was on held-out rows."""
    holdout, records = judgement.holdout, judgement.scores
    error = error_of_holdout(holdout, len(panel))
    written = max(decimals_of_series(panel, panel.ids[:MOST_MEASURED]).values(), default=0)
    values = [number_or_nan(record.get(error.name)) for record in records]
    return Accuracy(
        verdict=judgement.verdict,
        scores=records,
        repeated=judgement.repeated,
        error=error,
        form=format_of_errors(error, written, np.array(values)),
        past=tests_in_words(judgement.verdict.origins, len(panel)),
        steps={} if holdout is None else errors_by_step(holdout, error),
        sentences=judgement.verdict.sentences,
    )


def error_of_holdout(holdout: Holdout | None, series: int) -> ErrorScore:
    """Return the error that methods are compared by: of several series the scaled one, if they have a scale."""
    if series == 1 or (holdout is not None and not np.isfinite(_scale(holdout)).any()):
        return AMOUNT
    return SCALED


def errors_by_step(holdout: Holdout, error: ErrorScore) -> dict[str, Floats]:
    """Return the mean error of each method at each step, (h,); each series weighs the same."""
    groups, scale = Groups(holdout.series, int(holdout.series.max()) + 1), _scale(holdout)[:, None]
    return {
        name: np.array(
            [
                mean_score(error.name, groups, actual=actual[:, None], forecast=forecast[:, None], scale=scale)
                for actual, forecast in zip(holdout.actual.T, points.T, strict=True)
            ]
        )
        for name, points in holdout.forecasts.items()
    }


def skill_by_series(holdout: Holdout, reference: str, series: int) -> Floats | None:
    """Return by how many percent the loss of the forecast is smaller than that of the reference, (N,).

    It is NaN for a series without held-out windows, or where the reference never erred; None if no method is the
    reference.
    """
    if reference not in holdout.forecasts:
        return None
    ours, theirs = (
        np.bincount(holdout.series, holdout.window_losses(name), series) for name in (COLUMNS.model, reference)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        skill = 100.0 * (1.0 - ours / theirs)
    return np.where(np.isfinite(skill), skill, np.nan)


def _scale(holdout: Holdout) -> Floats:
    """Return the scale of each window's errors, (W,), NaN where there is none."""
    return np.where(holdout.denominator > 0, holdout.denominator, np.nan)
