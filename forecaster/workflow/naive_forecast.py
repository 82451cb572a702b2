"""The seasonal naive forecast of a file, for series that have no other: the last season repeats.

It is made of the rows of the file or, if these cannot be read, of the rows that the model of the file keeps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.artifact.model import load
from forecaster.errors import ForecasterError
from forecaster.forecasting.defaults.rules import usual_horizon, usual_season
from forecaster.forecasting.methods.baselines import SEASONAL_NAIVE, Baseline
from forecaster.reading.reader import read_sources
from forecaster.spec import LEVELS
from forecaster.workflow.results import Prediction, forecast_frame

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection, Specification
    from forecaster.workflow.request import Request


def predict_naive(
    source: str, model: Path, *, selection: Selection, specification: Specification, request: Request
) -> Prediction:
    """Forecast the series of a file by their last season.

    Args:
        source: The file.
        model: Its model, whose rows are used if those of the file cannot be read.
        selection: What the user says about the file.
        specification: What the user wants of a model: season, horizon and limits.
        request: The levels of the intervals, and the horizon.

    Raises:
        ForecasterError: Neither file nor model can be read, or no series has two rows.

    """
    panel, style = _readable_rows(source, model, selection, specification)
    season = specification.season or usual_season(panel, panel)[0]
    horizon = request.horizon or specification.horizon or usual_horizon(panel, season)[0]
    fitted = Baseline(SEASONAL_NAIVE, horizon, season).fit(panel)
    forecast = fitted.predict(panel, horizon, levels=request.levels or LEVELS)
    named = replace(forecast, strategy=forecast.strategy.astype(object))
    named.strategy[:] = SEASONAL_NAIVE
    return Prediction(forecast_frame(panel.ids, named, panel.future(horizon)), (), {}, style, from_model=False)


def _readable_rows(
    source: str, model: Path, selection: Selection, specification: Specification
) -> tuple[Panel, TimeStyle]:
    """Return the rows of a file and how it writes times or, if they cannot be read, those that its model keeps."""
    columns = replace(selection, known=(), observed=())
    try:
        found = read_sources([source], columns, irregular=specification.irregular)
    except ForecasterError as refused:
        try:
            loaded = load(model)
        except ForecasterError:
            raise refused from None
        return loaded.tail, loaded.style
    return found.panel, found.style
