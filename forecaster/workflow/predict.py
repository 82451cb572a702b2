"""`predict`: forecast with a model from the latest rows of its series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.artifact.model import load
from forecaster.errors import UsageError
from forecaster.spec import LEVELS, Selection
from forecaster.workflow.newer_rows import held_forecast_findings, latest_rows
from forecaster.workflow.requested_times import (
    check_times_can_be_requested,
    drop_late_series,
    late_series,
    requested_times,
)
from forecaster.workflow.results import Prediction, check_samples_fit_memory, forecast_frame, sample_paths_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def predict(  # noqa: PLR0913 - one argument an option
    model: Path,
    sources: Sequence[str] = (),
    *,
    selection: Selection,
    horizon: int | None = None,
    at: Sequence[str] = (),
    levels: Sequence[float] = (),
    samples: int | None = None,
    seed: int = 0,
) -> Prediction:
    """Forecast the series of a model, from the rows that it keeps or from newer ones.

    Args:
        model: The model file.
        sources: Files with newer rows, or `-` for standard input; none for the rows that the model keeps.
        selection: What the user says about the files; the rest is as in training.
        horizon: Steps; None for as many as the model forecasts at once.
        at: Requested times, for a model of unequal steps; none for the next typical steps.
        levels: Levels of the intervals in percent; none for 80 and 95.
        samples: Sample paths to draw instead of intervals.
        seed: Seed of the sample paths.

    Raises:
        ForecasterError: As its subclasses say.

    """
    if levels and samples is not None:
        raise UsageError("--level and --samples both say how to tell what may come", "leave one of them out")
    loaded = load(model)
    if at:
        check_times_can_be_requested(loaded.fitted.recipe, horizon)
    steps = horizon or loaded.fitted.recipe.horizon
    fitted, panel, style, findings, failed = latest_rows(loaded, sources, selection, horizon=steps)
    if at:
        requested = requested_times(at, panel)
        late = late_series(requested, panel)
        fitted, panel, failed = *drop_late_series(fitted, panel, late), {**failed, **late}
        ds = np.tile(requested, (len(panel), 1))
    else:
        ds = panel.future(steps)
    requested_ds = ds if fitted.recipe.irregular else None
    forecast = fitted.predict(panel, ds.shape[1], requested_ds, levels or LEVELS)
    if samples is None:
        frame = forecast_frame(panel.ids, forecast, ds)
    else:
        check_samples_fit_memory(samples, ds)
        paths = fitted.sample_paths(panel, ds.shape[1], samples, np.random.default_rng(seed), requested_ds)
        frame = sample_paths_frame(panel.ids, paths, ds)
    return Prediction(frame, (*findings, *held_forecast_findings(fitted, forecast)), failed, style)
