"""What the verbs of the program return: plain frozen records, for the command line and for use from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from forecaster.errors import Finding
    from forecaster.evaluation.report import Verdict
    from forecaster.forecasting.model import Forecast
    from forecaster.spec import Decision


@dataclass(frozen=True)
class Training:
    """What `train` found and made.

    Attributes:
        findings: What the reader has to say of the data.
        failed: Series that could not be used, each with the reason.
        decisions: What the recipe chose and why.
        scores: One row a method on the held-out rows: model, mae, smape, mase; None in a dry run.
        verdict: The network against the baselines on those rows; None in a dry run.
        path: The model file; None in a dry run.
        digest: Content digest of the model; None in a dry run.
        facts: Rows, series, windows, parameters.

    """

    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    decisions: tuple[Decision, ...]
    scores: pd.DataFrame | None
    verdict: Verdict | None
    path: Path | None
    digest: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Prediction:
    """What `predict` made.

    Attributes:
        frame: Long frame: `unique_id, ds, forecast, forecast-lo-80, ..., strategy`.
        findings: What a user should know.
        failed: Series of the source that could not be forecast, each with the reason.

    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]


def forecast_frame(ids: Sequence[str], forecast: Forecast, ds: NDArray[Any]) -> pd.DataFrame:
    """Return the long frame of a forecast for the time stamps `ds`, (N, h)."""
    columns: dict[str, Any] = {
        COLUMNS.series: np.repeat(np.array(ids, dtype=object), ds.shape[1]),
        COLUMNS.time: ds.ravel(),
        COLUMNS.model: forecast.point.ravel(),
    }
    for level in LEVELS:
        columns[COLUMNS.low(COLUMNS.model, level)] = forecast.low[level].ravel()
        columns[COLUMNS.high(COLUMNS.model, level)] = forecast.high[level].ravel()
    columns[COLUMNS.strategy] = forecast.strategy.ravel()
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured.

    Attributes:
        scores: One row a method, pooled over folds, series and steps.
        scores_by_step: One row a method and step of the horizon.
        forecasts: The forecasts of all folds beside the actuals.
        verdict: The forecaster against the baselines.
        decisions: What the recipe chose for the oldest fold and why.
        findings: What the reader has to say of the data.
        failed: Series that could not be used, each with the reason.
        facts: Folds, horizon, rows between cutoffs.

    """

    scores: pd.DataFrame
    scores_by_step: pd.DataFrame
    forecasts: pd.DataFrame
    verdict: Verdict
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Diagnosis:
    """How far back a model's networks learn.

    Attributes:
        by_lag: One row a lag: `lag`, in rows of the data, and for each layer and direction the norm of dL/dh there
            relative to lag 0, the geometric mean over the networks; of the LSTM that of dL/dc too.
        layers: One row a layer and direction: `layer, norm_at_lag_0, spectral_radius`, the shares of saturated
            activations and, of relu, of dead units.
        clipped: Share of training's updates whose gradient was clipped; None if the model does not know.
        advice: What follows, in a sentence or two.
        facts: What was measured: networks, windows, whether their targets were known, and whether the heads were zero,
            so that heads of ones stood in.
        failed: Series of the source that could not be used, each with the reason.
        findings: What the reader has to say of the data.

    """

    by_lag: pd.DataFrame
    layers: pd.DataFrame
    clipped: float | None
    advice: tuple[str, ...]
    facts: Mapping[str, Any]
    failed: Mapping[str, str]
    findings: tuple[Finding, ...]
