"""A model and the latest rows of its series: those that it keeps, or newer ones from files.

What is asked of the two together is checked here, and what follows for the forecast is said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from forecaster.data.join import check_logarithms, join, matched
from forecaster.data.reader import read
from forecaster.errors import AllSeriesFailedError, Finding, UsageError
from forecaster.forecasting.model import HELD
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.data.panel import Panel
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.model import Forecast
    from forecaster.forecasting.recipe import Recipe
    from forecaster.operations.artifact import Model


class Latest(NamedTuple):
    """A model's forecaster with rows of its series.

    Attributes:
        fitted: The forecaster of these series.
        panel: Their rows.
        findings: What is to be said of the rows.
        failed: Series of the sources that the model cannot forecast, each with the reason.

    """

    fitted: FittedForecaster
    panel: Panel
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]


def latest(loaded: Model, sources: Sequence[str], selection: Selection, *, joined: bool = True) -> Latest:
    """Return a model's forecaster with the latest rows of its series.

    The rows are those that the model keeps, with those of the sources behind them, or, not `joined`, in their place.

    Raises:
        ForecasterError: As its subclasses say.

    """
    fitted, panel = loaded.fitted, loaded.tail
    if not sources:
        return Latest(fitted, panel, (), {})
    source = read(sources, _completed(selection, loaded.selection), irregular=fitted.recipe.irregular)
    ours, theirs, unknown = matched(panel, source.panel)
    fitted, panel, newer = fitted.take(ours), panel.take(ours), source.panel.take(theirs)
    counted = replace(newer, calendars=panel.calendars)  # time counts in the steps of training
    panel, said = join(panel, newer, fitted.tail_rows) if joined else (counted, [])
    check_logarithms(panel, fitted.scaling.units)
    return Latest(fitted, panel, (*source.findings, *said), {**source.failed, **unknown})


def _completed(named: Selection, trained: Selection) -> Selection:
    """Return the selection of training, with what the user named now in its place."""
    return Selection(named.time or trained.time, named.targets or trained.targets, named.series or trained.series)


def check_moments(recipe: Recipe, horizon: int | None) -> None:
    """Refuse to be asked for moments twice, or by a model of equal steps.

    Raises:
        UsageError: It is so.

    """
    if not recipe.irregular:
        raise UsageError(
            "--at is for models that were trained with --irregular", "ask for --horizon, or train with --irregular"
        )
    if horizon is not None:
        raise UsageError("--at and --horizon both say what to forecast", "leave one of them out")


def without(fitted: FittedForecaster, panel: Panel, late: Mapping[str, str]) -> tuple[FittedForecaster, Panel]:
    """Return the forecaster and the panel without the series named in `late`.

    Raises:
        AllSeriesFailedError: None is left.

    """
    kept = [i for i, name in enumerate(panel.ids) if name not in late]
    if not kept:
        raise AllSeriesFailedError("each of the series goes on beyond a moment asked for", "ask --at for later times")
    return (fitted.take(kept), panel.take(kept)) if late else (fitted, panel)


def beyond(fitted: FittedForecaster, forecast: Forecast) -> tuple[Finding, ...]:
    """Say how much lies further ahead than the networks learned."""
    held = int((forecast.strategy == HELD).sum())
    if not held:
        return ()
    rows = f"{held} of {forecast.strategy.size} rows lie further ahead than the networks learned"
    return (Finding("HELD", f"{rows}, {fitted.reach:.3g} typical steps: the forecast is held there"),)
