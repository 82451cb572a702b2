"""The scores and the verdict of a training on its held-out rows.

Points are scored on all held-out windows. Intervals are made from the errors at the earlier half of the cutoffs and
scored at the later half, for the forecast and for the baselines alike.
"""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.evaluation.comparison import compare_losses, compare_with_reference
from forecaster.evaluation.metrics import METRICS, Groups, coverage, mean_score, needs_intervals
from forecaster.evaluation.score_tables import MODEL
from forecaster.evaluation.sentences import (
    IntervalCoverage,
    capitalised,
    direction_sentence,
    drawn_sentences,
    name_in_sentence,
    volatility_sentence,
)
from forecaster.evaluation.verdict import verdict_from_losses
from forecaster.forecasting.holdout import NETWORK, RIDGE
from forecaster.forecasting.methods.baselines import DRIFT, LAST_VALUE, NAIVE
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.series.scaling import RETURNS
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.evaluation.comparison import LossComparison
    from forecaster.evaluation.verdict import Verdict
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.holdout import Holdout, HoldoutIntervals


NOT_SHOWN = {"rmse", *(f"width-{level}" for level in LEVELS)}
"""Metrics that the table of `train` leaves out, to fit a terminal; `evaluate` has them."""
SHOWN = [name for name in METRICS if name not in NOT_SHOWN]
SCORES = [*SHOWN, "skill", "p_value"]
"""Columns of the table after the method's name."""
OWN_DRIFT = "line_with_its_drift"
"""The forecast of a network that predicts volatility: the last value with its drift."""


def holdout_scores(holdout: Holdout) -> pd.DataFrame:
    """Return one row a method, the forecast as delivered first.

    Columns are those of `forecaster.evaluation.backtest_report.score_with_skill`, without `rmse` and widths. The
    network and the ridge regression have no intervals of their own, so `wql` and coverage are NaN there, and where
    there are too few values; `skill` and `p_value` are the forecast's against each baseline.
    """
    ours = holdout.losses(COLUMNS.model)
    rows: list[dict[str, float | None]] = []
    for name in holdout.forecasts:
        row: dict[str, float | None] = {**_method_scores(holdout, name)}
        if name in holdout.baselines:
            comparison = compare_losses(ours, holdout.losses(name), holdout.overlap)
            row |= {"skill": comparison.skill, "p_value": comparison.p_value}
        rows.append(row)
    scores = {name: np.array([row.get(name, np.nan) for row in rows], np.float64) for name in SCORES}
    return pd.DataFrame({MODEL: list(holdout.forecasts), **scores})


def scores_to_records(scores: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the scores as text, numbers and None, as a model file keeps them."""
    names = [str(name) for name in scores]
    return [
        dict(zip(names, map(_none_for_nan, record), strict=True)) for record in scores.to_numpy(dtype=object).tolist()
    ]


def _none_for_nan(score: str | float) -> str | float | None:
    return None if isinstance(score, float) and isnan(score) else score


def _method_scores(holdout: Holdout, method: str) -> dict[str, float]:
    """Return the scores of a method's points and, if it has intervals, of these; each series weighs the same."""
    groups = Groups(holdout.series, int(holdout.series.max()) + 1)
    actual, forecast, scale = holdout.actual, holdout.forecasts[method], holdout.denominator[:, None]
    scores = {
        name: mean_score(name, groups, actual=actual, forecast=forecast, scale=scale)
        for name in SHOWN
        if not needs_intervals(name)
    }
    intervals = holdout.intervals(method, LEVELS)
    return scores if intervals is None else scores | _interval_scores(holdout, forecast, intervals)


def _interval_scores(holdout: Holdout, forecast: Floats, intervals: HoldoutIntervals) -> dict[str, float]:
    """Return the scores of intervals.

    For coverage the values of all series are one group, because the verdict states a share of all values.
    """
    rows = intervals.rows
    actual, groups = holdout.actual[rows], Groups(holdout.series[rows], int(holdout.series.max()) + 1)
    all_values = Groups(np.zeros(actual.size, dtype=np.int64), 1)
    columns = {level: (low.reshape(-1, 1), high.reshape(-1, 1)) for level, (low, high) in intervals.ends.items()}
    return {
        name: mean_score(name, all_values, columns, actual=actual.reshape(-1, 1))
        if METRICS[name].function is coverage
        else mean_score(name, groups, intervals.ends, actual=actual, forecast=forecast[rows])
        for name in SHOWN
        if needs_intervals(name)
    }


def holdout_verdict(holdout: Holdout, scores: pd.DataFrame, fitted: FittedForecaster) -> Verdict:
    """Return the verdict on the forecast as it is delivered, from the held-out rows and their scores."""
    ours = scores_to_records(scores)[0]
    percent = {level: ours[f"coverage-{level}"] for level in LEVELS}
    coverage = IntervalCoverage(percent, holdout.values_with_intervals, holdout.independent_windows() // 2)
    losses = {name: holdout.losses(name) for name in holdout.baselines}
    verdict = verdict_from_losses(holdout.losses(COLUMNS.model), losses, holdout.overlap, coverage)
    if fitted.recipe.mode == RETURNS:
        return replace(verdict, sentences=_price_sentences(holdout, scores, fitted, coverage))
    drawn = drawn_sentences(fitted.drawn, rare_demand=holdout.mean_square is not None)
    if (fitted.drawn != NONE).all():
        return replace(verdict, sentences=(*verdict.sentences, *drawn))
    mixed = fitted.blend.describe(chosen_before=fitted.recipe.zero_shot)
    return replace(verdict, sentences=(*verdict.sentences, mixed, *drawn))


def _price_sentences(
    holdout: Holdout, scores: pd.DataFrame, fitted: FittedForecaster, coverage: IntervalCoverage
) -> tuple[str, ...]:
    """Return sentences on whether the direction was predicted, what the line therefore is, and on the size of moves."""
    renamed = {NETWORK: OWN_DRIFT} if fitted.recipe.predicts_volatility else {}
    methods = [name for name in holdout.forecasts if name != COLUMNS.model]
    losses = {renamed.get(name, name): holdout.losses(name) for name in methods}
    comparisons = compare_with_reference(losses, LAST_VALUE, holdout.overlap)
    direction, winner = direction_sentence(comparisons, len(losses[LAST_VALUE]))
    wql = scores.set_index(MODEL)["wql"]
    skill = 100 * (1 - wql[COLUMNS.model] / wql[LAST_VALUE])
    volatility = volatility_sentence(coverage, None if np.isnan(skill) else skill)
    return direction, _line_sentence(holdout, fitted, comparisons.get(OWN_DRIFT), winner), volatility


def _line_sentence(
    holdout: Holdout, fitted: FittedForecaster, own_drift: LossComparison | None, winner: str | None
) -> str:
    """Say what the point forecast is made of, and why it is not the method that predicted the direction, `winner`."""
    drift, learned = _drift_phrase(fitted, own_drift), RIDGE if fitted.recipe.predicts_volatility else NETWORK
    weight = 100 * fitted.blend.weight_of(learned)
    if weight:
        naive = holdout.best(NAIVE)
        test = compare_losses(holdout.losses(learned), holdout.losses(naive), holdout.overlap).better
        surely = "" if test is None else f" (t = {test.statistic:z.2f} against {name_in_sentence(naive)})"
        earned = f"{capitalised(name_in_sentence(learned))} earned a place in the point forecast{surely}"
        return f"{earned}: it is {weight:.0f} % of it, and the last value{drift} {100 - weight:.0f} %."
    if winner == DRIFT and not drift:
        return "The point forecast is still the last value, as the rows before these showed no drift beyond chance."
    if winner in {None, DRIFT, OWN_DRIFT}:
        return f"{'The' if drift else 'So the'} point forecast is the last value{drift}."
    return f"The point forecast is still the last value{drift}: what predicted prices once seldom does so again."


def _drift_phrase(fitted: FittedForecaster, own_drift: LossComparison | None) -> str:
    """Say which drift is added to the last value, and how it did compared with no change."""
    slope = fitted.components.volatility.slope if fitted.components.volatility else np.zeros(1)
    if not slope.any():
        return ""
    if len(slope) > 1:
        return f", with a drift in {np.count_nonzero(slope)} of {len(slope)} series"
    size = np.format_float_positional(100 * np.expm1(slope[0]), precision=2, fractional=False, trim="-")
    tested = "" if own_drift is None or own_drift.better is None else f" (t = {own_drift.better.statistic:z.2f})"
    return f" with a drift of {size} % a step{tested}"
