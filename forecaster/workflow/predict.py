"""`predict`: forecast with a model from the latest rows of its series, or a table at once, with nothing trained."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.artifact.model import load
from forecaster.errors import (
    Code,
    Finding,
    InputRefusedError,
    InputUnreadableError,
    ModelRefusedError,
    UsageError,
)
from forecaster.evaluation.holdout_report import holdout_scores, holdout_verdict, scores_to_records
from forecaster.evaluation.method_sentence import method_sentence
from forecaster.evaluation.plain_sentences import repeated_values
from forecaster.evaluation.verdict import Verdict
from forecaster.forecasting.defaults.rules import calendar_of
from forecaster.forecasting.explanation import explain_forecast
from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.method import DIRECT, NEW_SERIES
from forecaster.forecasting.other_methods import forecast_other_methods
from forecaster.forecasting.plan import long_enough, make_plan, shortest_series
from forecaster.forecasting.series_order import in_order_of_names, in_order_of_panel
from forecaster.numeric_errors import refuse_numeric_errors
from forecaster.reading.reader import read_sources
from forecaster.reading.tables.content import standard_input_kept
from forecaster.spec import LEVELS, Selection, Specification
from forecaster.workflow.limits import requested_limits, share_findings, with_requested_limits
from forecaster.workflow.newer_rows import (
    LatestRows,
    few_rows_findings,
    held_forecast_findings,
    latest_rows,
    read_newer_rows,
    reason_rows_are_not_of_model,
    rolled_forecast_findings,
)
from forecaster.workflow.request import Request
from forecaster.workflow.requested_times import (
    check_times_can_be_requested,
    drop_late_series,
    late_series,
    requested_times,
)
from forecaster.workflow.results import (
    History,
    Judgement,
    Prediction,
    check_samples_fit_memory,
    forecast_frame,
    sample_paths_frame,
)
from forecaster.workflow.summary import describe_accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.artifact.model import Model
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.holdout import Holdout
    from forecaster.reading.reader import ReadResult
    from forecaster.series.panel import Panel
    from forecaster.workflow.request import CheckSize


@refuse_numeric_errors
def predict(
    model: Path,
    sources: Sequence[str] = (),
    *,
    selection: Selection,
    request: Request = Request(),  # noqa: B008 - frozen
    check_size: CheckSize | None = None,
) -> Prediction:
    """Forecast the series of a model, from the rows that it keeps or from newer ones.

    Args:
        model: The model file.
        sources: Files with newer rows, or `-` for standard input; none for the rows that the model keeps.
        selection: What the user says about the files; the rest is as in training.
        request: What is forecast.
        check_size: Called with the extent of the forecast before the work; what it raises ends the run.

    Raises:
        ForecasterError: As its subclasses say.

    """
    loaded = load_for_request(model, request)
    source = None
    if sources:
        source = read_newer_rows(loaded, sources, selection, requested_limits(loaded.specification))
    return predict_rows(loaded, source, selection=selection, request=request, check_size=check_size)


def load_for_request(model: Path, request: Request) -> Model:
    """Read the model that a request is made of, with the limits that the user gives.

    Raises:
        ForecasterError: As its subclasses say.

    """
    request.check()
    return with_requested_limits(load(model), request.minimum, request.maximum)


@refuse_numeric_errors
def predict_rows(
    loaded: Model,
    source: ReadResult | None,
    *,
    selection: Selection,
    request: Request,
    check_size: CheckSize | None = None,
) -> Prediction:
    """Forecast the series of a model that was loaded for the request, from rows that were read for it.

    Args:
        loaded: The model.
        source: Newer rows, as `forecaster.workflow.newer_rows.read_newer_rows` reads them; None for the rows that the
            model keeps.
        selection: What the user says about the files; the rest is as in training.
        request: What is forecast.
        check_size: Called with the extent of the forecast before the work; what it raises ends the run.

    Raises:
        ForecasterError: As its subclasses say.

    """
    if request.at:
        check_times_can_be_requested(loaded.fitted.recipe, request.horizon)
    steps = request.horizon or loaded.fitted.recipe.horizon
    parts = latest_rows(loaded, source, selection, horizon=steps)
    request.check_size([part.panel for part in parts], len(request.at) or steps, check_size, of_model=True)
    prediction = _predict_parts(parts, steps, request)
    verdict = Verdict.from_dict(loaded.verdict)
    recipe, tail = loaded.fitted.recipe, loaded.tail
    repeated = repeated_values(recipe.season, calendar_of(tail))
    return replace(
        prediction,
        method=method_sentence(loaded.fitted),
        accuracy=describe_accuracy(verdict, loaded.scores, recipe, tail),
        verdict=verdict.sentences,
        judgement=Judgement(verdict, loaded.scores, repeated, loaded.fitted.blend.weights),
    )


@refuse_numeric_errors
def predict_table(
    sources: Sequence[str],
    *,
    selection: Selection,
    request: Request,
    with_verdict: bool = True,
    check_size: CheckSize | None = None,
) -> Prediction:
    """Forecast the series of tables at once, with nothing trained on them.

    Args:
        sources: Files, or `-` for standard input.
        selection: What the user says about the files.
        request: What is forecast.
        with_verdict: Whether to judge the forecast.
        check_size: Called with the extent of the forecast before the work; what it raises ends the run.

    Raises:
        ForecasterError: As its subclasses say.

    """
    request.check()
    if request.at:
        raise UsageError("--at is for a model of unequal steps", "train one with --irregular")
    wanted = Specification(horizon=request.horizon, minimum=request.minimum, maximum=request.maximum, zero_shot=True)
    columns = selection.known + selection.observed
    source = read_sources(sources, replace(selection, known=(), observed=()), limits=requested_limits(wanted))
    panel, short = long_enough(source.panel, source.files, shortest_series(wanted), "give a longer history")
    plan = make_plan(in_order_of_names(panel), wanted)
    steps = request.horizon or plan.recipe.horizon
    request.check_size([panel], steps, check_size, of_model=False)
    fitted, holdout = in_order_of_panel(*train_forecaster(plan), panel)
    unused = "nothing is trained, so no other columns help the forecast: forecast train learns from them"
    findings = (
        *source.findings,
        *([Finding(Code.UNUSED, unused)] if columns else []),
        *few_rows_findings(fitted.recipe, panel),
        *share_findings(fitted.recipe, wanted),
    )
    now = LatestRows(fitted, panel, source.style, findings, {**source.failed, **short})
    prediction = replace(_predict_parts([now], steps, request), from_model=False)
    return _with_judgement(prediction, fitted, holdout, panel) if with_verdict else prediction


def _with_judgement(prediction: Prediction, fitted: FittedForecaster, holdout: Holdout, panel: Panel) -> Prediction:
    """Return a prediction with how good it is, and with what it is made of, in sentences."""
    table = holdout_scores(holdout)
    verdict, scores = holdout_verdict(holdout, table, fitted), scores_to_records(table)
    repeated = repeated_values(fitted.recipe.season, calendar_of(panel))
    return replace(
        prediction,
        method=method_sentence(fitted),
        accuracy=describe_accuracy(verdict, scores, fitted.recipe, panel),
        verdict=verdict.sentences,
        judgement=Judgement(verdict, scores, repeated, fitted.blend.weights, holdout),
    )


def predict_with_default(
    model: Path,
    sources: Sequence[str],
    *,
    selection: Selection,
    request: Request,
    check_size: CheckSize | None = None,
) -> Prediction:
    """Forecast the series of tables with the model in its usual place if it belongs to them, else with nothing trained.

    It belongs to them if their rows overlap those that it keeps and agree with them, or follow them directly.

    Args:
        model: Where the model would be.
        sources: Files, or `-` for standard input.
        selection: What the user says about the files.
        request: What is forecast.
        check_size: Called with the extent of the forecast before the work; what it raises ends the run.

    Raises:
        ForecasterError: As its subclasses say.

    """
    if not model.exists():
        return predict_table(sources, selection=selection, request=request, check_size=check_size)
    with standard_input_kept():
        return _predict_with_existing(model, sources, selection, request, check_size)


def _predict_with_existing(
    model: Path, sources: Sequence[str], selection: Selection, request: Request, check_size: CheckSize | None
) -> Prediction:
    """Forecast with a model that exists if it belongs to the files, else with nothing trained."""
    try:
        loaded = load(model)
        reason = _reason_model_is_of_other_data(loaded, sources, selection)
    except (ModelRefusedError, InputUnreadableError) as error:
        reason = error.what
    if not reason:
        return predict(model, sources, selection=selection, request=request, check_size=check_size)
    prediction = predict_table(sources, selection=selection, request=request, check_size=check_size)
    note = Finding(Code.ZERO_SHOT, f"{model} is not used: {reason}")
    return replace(prediction, findings=(*prediction.findings, note))


def _reason_model_is_of_other_data(loaded: Model, sources: Sequence[str], selection: Selection) -> str:
    """Return why a model does not belong to files, in words; empty where it does."""
    try:
        source = read_newer_rows(loaded, sources, selection)
    except InputRefusedError as error:
        return f"the file cannot be read as its training data was: {error.what}"
    return reason_rows_are_not_of_model(loaded, source)


def _predict_parts(parts: Sequence[LatestRows], steps: int, request: Request) -> Prediction:
    """Forecast the series of each part, and put the results together."""
    done = [_predict_part(part, steps, request) for part in parts]
    if len(done) == 1:
        return done[0]
    names = tuple(dict.fromkeys(name for each in done for name in each.parts))
    frame = pd.concat([each.frame for each in done], ignore_index=True)
    return Prediction(
        # a part that a forecaster does not have adds nothing
        frame.fillna(dict.fromkeys(names, 0.0)),
        tuple(finding for each in done for finding in each.findings),
        {name: text for each in done for name, text in each.failed.items()},
        done[0].style,
        parts=names,
        history=_joined_history([each.history for each in done if each.history is not None]),
    )


def _joined_history(parts: Sequence[History]) -> History:
    """Return the rows of all parts, with the season of the first."""
    first, *others = parts
    return reduce(lambda joined, other: History(joined.panel.followed_by(other.panel), first.season), others, first)


def _predict_part(part: LatestRows, steps: int, request: Request) -> Prediction:
    """Forecast the series of one forecaster."""
    fitted, panel, failed = part.fitted, part.panel, part.failed
    if request.at:
        requested = requested_times(request.at, panel)
        late = late_series(requested, panel)
        fitted, panel, failed = *drop_late_series(fitted, panel, late), {**failed, **late}
        ds = np.tile(requested, (len(panel), 1))
    else:
        ds = panel.future(steps)
    requested_ds = ds if fitted.recipe.irregular else None
    forecast = fitted.predict(panel, ds.shape[1], requested_ds, request.levels or LEVELS)
    if part.unseen:
        marked = np.where(forecast.strategy == DIRECT, np.array(NEW_SERIES, object), forecast.strategy)
        forecast = replace(forecast, strategy=marked)
    explanation = explain_forecast(fitted, panel, forecast.point, ds) if request.explain else None
    names = tuple(explanation.parts) if explanation else ()
    if request.samples is None:
        frame = forecast_frame(panel.ids, forecast, ds, explanation)
        if request.members:
            others = forecast_other_methods(panel, ds.shape[1], fitted.recipe.season, ds)
            frame = frame.assign(**{name: point.ravel() for name, point in others.items()})
    else:
        check_samples_fit_memory(request.samples, ds)
        paths = fitted.sample_paths(panel, ds.shape[1], request.samples, request.seed, requested_ds)
        frame = sample_paths_frame(panel.ids, paths, ds)
    findings = (*part.findings, *held_forecast_findings(fitted, forecast))
    findings += rolled_forecast_findings(fitted.recipe, ds.shape[1])
    return Prediction(frame, findings, failed, part.style, names, History(panel, fitted.recipe.season))
