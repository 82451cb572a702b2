"""What the held-out rows of a training say: the methods side by side, the verdict, and the gate before the file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.errors import QualityGateError
from forecaster.evaluation.metrics import MODEL
from forecaster.evaluation.report import judge
from forecaster.forecasting.baselines import BASELINES
from forecaster.forecasting.holdout import NETWORK
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from forecaster.evaluation.report import Verdict
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.recipe import Recipe


def holdout_scores(holdout: Holdout) -> pd.DataFrame:
    """Return one row a method, the network first: MAE, sMAPE in percent and MASE on the held-out rows."""
    rows = []
    for name, forecast in holdout.forecasts.items():
        error, size = np.abs(holdout.actual - forecast), np.abs(holdout.actual) + np.abs(forecast)
        smape = 200 * float(np.mean(np.divide(error, size, out=np.zeros_like(error), where=size > 0)))
        mase = float((error / holdout.denominator[:, None]).mean())
        rows.append({MODEL: name, "mae": float(error.mean()), "smape": smape, "mase": mase})
    return pd.DataFrame(rows)


def judge_holdout(holdout: Holdout, recipe: Recipe, blend: Blend) -> Verdict:
    """Judge the network on the held-out rows, and say what becomes of its forecast."""
    coverage, count = holdout.coverage(LEVELS)
    judged = judge(
        holdout.losses(NETWORK),
        {name: holdout.losses(name) for name in BASELINES},
        recipe.horizon - 1,
        {level: coverage.get(level) for level in LEVELS},
        count,
        subject="network",
    )
    return replace(judged, sentences=(*judged.sentences, blend.describe()))


def check_skill(holdout: Holdout, baseline: str, asked: float | None) -> None:
    """Refuse a forecast, as it would be delivered, whose skill against the best baseline is below what is asked for.

    Raises:
        QualityGateError: It is so.

    """
    ours, theirs = holdout.losses(COLUMNS.model).mean(), holdout.losses(baseline).mean()
    skill = 100 * (1 - ours / theirs) if theirs > 0 else 0.0
    if asked is not None and skill < asked:
        what = f"the forecast has a skill of {skill:.1f} % against the {baseline.replace('_', ' ')}"
        raise QualityGateError(
            f"{what}, {asked:g} % is asked for", "nothing was written; an older model stays in place"
        )
