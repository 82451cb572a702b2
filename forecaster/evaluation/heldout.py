"""What the held-out rows of a training say: the methods side by side, the verdict, and the gate before the file.

Points are scored on all held-out windows. Intervals are made from the errors on the earlier half of the cutoffs and
scored on the later half, of the forecast and of the baselines alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.errors import QualityGateError
from forecaster.evaluation.comparison import compare, compare_others
from forecaster.evaluation.metrics import MODEL
from forecaster.evaluation.report import judge
from forecaster.evaluation.sentences import Covered, direction, opening, size_of_moves, spoken
from forecaster.forecasting.holdout import NETWORK, RIDGE
from forecaster.forecasting.methods.baselines import DRIFT, LAST_VALUE, NAIVE
from forecaster.series.scaling import RETURNS
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.evaluation.comparison import Compared
    from forecaster.evaluation.report import Verdict
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.holdout import Holdout, Intervals


SCORES = ["mae", "smape", "mase", "wql", *(f"coverage-{level}" for level in LEVELS), "skill", "p_value"]
"""Columns of the table behind the method's name."""
OWN_DRIFT = "line_with_its_drift"
"""The network's forecast where it does not learn where prices go."""


def holdout_scores(holdout: Holdout) -> pd.DataFrame:
    """Return one row a method, the forecast as delivered first.

    Columns are those of `forecaster.evaluation.report.scored`, without `rmse` and widths; each series weighs the same.
    What was learned has no intervals alone, so `wql` and coverage are NaN there, as where values are too few; `skill`
    and `p_value` are the forecast's against each baseline.
    """
    ours = holdout.losses(COLUMNS.model)
    rows = []
    for name in holdout.forecasts:
        row = {MODEL: name, **_point_scores(holdout, name), **_interval_scores(holdout, name)}
        if name in holdout.baselines:
            found = compare(ours, holdout.losses(name), holdout.overlap)
            row |= {"skill": found.skill, "p_value": found.p_value}
        rows.append(row)
    table = pd.DataFrame(rows, columns=[MODEL, *SCORES])
    return table.astype(dict.fromkeys(SCORES, float))


def known_scores(scores: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the scores as text, numbers and None, as a model file keeps them."""
    known = scores.astype(object).where(scores.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in known.to_dict("records")]


def _point_scores(holdout: Holdout, method: str) -> dict[str, float]:
    """Return the scores of a method's points."""
    forecast, actual = holdout.forecasts[method], holdout.actual
    error, size = np.abs(actual - forecast), np.abs(actual) + np.abs(forecast)
    relative = np.divide(error, size, out=np.zeros_like(error), where=size > 0)
    smape = 200 * _mean(relative, holdout.series)
    return {
        "mae": _mean(error, holdout.series),
        "smape": smape,
        "mase": _mean(error / holdout.denominator[:, None], holdout.series),
    }


def _interval_scores(holdout: Holdout, method: str) -> dict[str, float]:
    """Return the scores of a method's intervals, nothing where it has none."""
    found = holdout.intervals(method, LEVELS)
    if found is None:
        return {}
    actual, series = holdout.actual[found.rows], holdout.series[found.rows]
    covered = {
        f"coverage-{level}": 100 * float(np.mean((low <= actual) & (actual <= high)))
        for level, (low, high) in found.ends.items()
    }
    return {"wql": _wql(actual, holdout.forecasts[method][found.rows], found, series), **covered}


def _wql(actual: Floats, point: Floats, found: Intervals, series: Ints) -> float:
    """Return the weighted quantile loss as `forecaster.evaluation.metrics.score` defines it."""
    loss = np.abs(actual - point)
    for level, (low, high) in found.ends.items():
        tail = (100 - level) / 200
        for end, tau in ((low, tail), (high, 1 - tail)):
            error = actual - end
            loss += 2 * np.maximum(tau * error, (tau - 1) * error)
    loss /= 1 + 2 * len(found.ends)
    total, size = (np.bincount(series, values.sum(axis=1)) for values in (loss, np.abs(actual)))
    return float((total[size > 0] / size[size > 0]).mean()) if size.any() else float("nan")


def _mean(values: NDArray[Any], series: Ints) -> float:
    """Return the mean over the series of the mean of the values, (W, h), of each."""
    count = np.bincount(series)
    return float((np.bincount(series, values.mean(axis=1))[count > 0] / count[count > 0]).mean())


def judge_holdout(holdout: Holdout, scores: pd.DataFrame, fitted: FittedForecaster) -> Verdict:
    """Judge the forecast as it is delivered on the held-out rows, by these and their scores."""
    ours = known_scores(scores)[0]
    percent = {level: ours[f"coverage-{level}"] for level in LEVELS}
    covered = Covered(percent, holdout.later, holdout.independent() // 2)
    losses = {name: holdout.losses(name) for name in holdout.baselines}
    judged = judge(holdout.losses(COLUMNS.model), losses, holdout.overlap, covered)
    if fitted.recipe.mode == RETURNS:
        return replace(judged, sentences=_on_prices(holdout, scores, fitted, covered))
    return replace(judged, sentences=(*judged.sentences, fitted.blend.describe()))


def _on_prices(holdout: Holdout, scores: pd.DataFrame, fitted: FittedForecaster, covered: Covered) -> tuple[str, ...]:
    """Say whether the direction was foretold, what the line is therefore, and how far the size of moves was."""
    named = {NETWORK: OWN_DRIFT} if fitted.recipe.predicts_volatility else {}
    methods = [name for name in holdout.forecasts if name != COLUMNS.model]
    losses = {named.get(name, name): holdout.losses(name) for name in methods}
    found = compare_others(losses, LAST_VALUE, holdout.overlap)
    told, winner = direction(found, len(losses[LAST_VALUE]))
    wql = scores.set_index(MODEL)["wql"]
    skill = 100 * (1 - wql[COLUMNS.model] / wql[LAST_VALUE])
    predicts_volatility = size_of_moves(covered, None if np.isnan(skill) else skill)
    return told, _line(holdout, fitted, found.get(OWN_DRIFT), winner), predicts_volatility


def _line(holdout: Holdout, fitted: FittedForecaster, found: Compared | None, winner: str | None) -> str:
    """Say what the line is made of, and why not of the method that told the direction."""
    drift, learned = _drift(fitted, found), RIDGE if fitted.recipe.predicts_volatility else NETWORK
    weight = 100 * fitted.blend.weight_of(learned)
    if weight:
        naive = holdout.best(NAIVE)
        test = compare(holdout.losses(learned), holdout.losses(naive), holdout.overlap).better
        surely = "" if test is None else f" (t = {test.statistic:z.2f} against {spoken(naive)})"
        earned = f"{opening(spoken(learned))} earned a place in the line{surely}"
        return f"{earned}: it is {weight:.0f} % of it, and the last value{drift} {100 - weight:.0f} %."
    if winner == DRIFT and not drift:
        return "The line is the last value all the same, as the rows before these showed no drift beyond chance."
    if winner in {None, DRIFT, OWN_DRIFT}:
        return f"{'The' if drift else 'So the'} line is the last value{drift}."
    return f"The line is the last value{drift} all the same: what told prices once seldom does so again."


def _drift(fitted: FittedForecaster, found: Compared | None) -> str:
    """Say which drift is added to the last value, and how it did beside no change."""
    slope = fitted.components.volatility.slope if fitted.components.volatility else np.zeros(1)
    if not slope.any():
        return ""
    if len(slope) > 1:
        return f", with a drift in {np.count_nonzero(slope)} of {len(slope)} series"
    size = np.format_float_positional(100 * np.expm1(slope[0]), precision=2, fractional=False, trim="-")
    tested = "" if found is None or found.better is None else f" (t = {found.better.statistic:z.2f})"
    return f" with a drift of {size} % a step{tested}"


def check_skill(verdict: Verdict, asked: float | None) -> None:
    """Refuse a forecast whose skill against the best baseline is below what is asked for; none at all counts as zero.

    Raises:
        QualityGateError: It is so.

    """
    skill = verdict.skill or 0.0
    if asked is not None and skill < asked:
        what = f"the forecast has a skill of {skill:.1f} % against {spoken(verdict.baseline)}"
        raise QualityGateError(
            f"{what}, {asked:g} % is asked for", "nothing was written; an older model stays in place"
        )
