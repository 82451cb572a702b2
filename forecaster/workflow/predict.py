"""Forecast the series of a model file, from the rows that it keeps or from newer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.artifact.model import load
from forecaster.errors import UsageError
from forecaster.spec import LEVELS, Selection
from forecaster.workflow.newer_rows import combine_with_newer_rows, held_rows_finding
from forecaster.workflow.requested_times import (
    check_requested_times,
    drop_late_series,
    find_late_series,
    parse_requested_times,
)
from forecaster.workflow.results import Prediction, check_size, forecast_frame, paths_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def predict(  # noqa: PLR0913 - each option of the command line is an argument
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
        selection: The options that say how to read the files; what is not given is as in training.
        horizon: Steps; None for as many as the model forecasts at once.
        at: Requested times, for a model of unequal steps; none for the next typical steps.
        levels: Levels of the intervals in percent; none for 80 and 95.
        samples: Number of sample paths to draw instead of intervals.
        seed: Seed of these draws.

    Raises:
        ForecasterError: Its subclasses say which input or option is at fault.

    """
    if levels and samples is not None:
        raise UsageError("--level and --samples both say how to tell what may come", "leave one of them out")
    loaded = load(model)
    if at:
        check_requested_times(loaded.fitted.recipe, horizon)
    steps = horizon or loaded.fitted.recipe.horizon
    fitted, panel, style, findings, failed = combine_with_newer_rows(loaded, sources, selection, horizon=steps)
    if at:
        times = parse_requested_times(at, panel)
        late = find_late_series(times, panel)
        fitted, panel, failed = *drop_late_series(fitted, panel, late), {**failed, **late}
        ds = np.tile(times, (len(panel), 1))
    else:
        ds = panel.future(steps)
    requested = ds if fitted.recipe.irregular else None
    forecast = fitted.predict(panel, ds.shape[1], requested, levels or LEVELS)
    if samples is None:
        frame = forecast_frame(panel.ids, forecast, ds)
    else:
        check_size(samples, ds)
        paths = fitted.sample_paths(panel, ds.shape[1], samples, np.random.default_rng(seed), requested)
        frame = paths_frame(panel.ids, paths, ds)
    return Prediction(frame, (*findings, *held_rows_finding(fitted, forecast)), failed, style)
