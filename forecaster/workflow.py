"""The verbs of the program as plain functions: they take paths and records, print nothing, and return records.

Each command of the command line is one call of a function here; so is each use from Python.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.data.elapsed import silences
from forecaster.data.join import check_positive, join, matched
from forecaster.data.moments import moments, passed
from forecaster.data.reader import read
from forecaster.data.split import check_room, rows_needed, split
from forecaster.errors import AllSeriesFailedError, Finding, InputRefusedError, Place, QualityGateError, UsageError
from forecaster.evaluation.metrics import score, score_by_step
from forecaster.evaluation.report import Verdict, backtest, holdout_scores, judge, verdict
from forecaster.forecasting.baselines import BASELINES, Baseline
from forecaster.forecasting.diagnosis import advise
from forecaster.forecasting.diagnosis import diagnose as backflow
from forecaster.forecasting.forecaster import Forecaster
from forecaster.forecasting.holdout import NETWORK
from forecaster.forecasting.model import HELD
from forecaster.forecasting.recipe import derive
from forecaster.nn.architecture import parameter_count
from forecaster.operations import artifact
from forecaster.operations.atomic import check_writable
from forecaster.operations.lock import exclusive
from forecaster.results import Diagnosis, Evaluation, Prediction, Training, forecast_frame
from forecaster.spec import COLUMNS, LEVELS, Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from forecaster.data.panel import Panel
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.forecaster import FittedForecaster
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.model import Forecast, Model
    from forecaster.forecasting.recipe import Recipe
    from forecaster.spec import Progress, Specification

    Watch = Callable[[Progress], None]

SHORTEST = 8
"""Rows that a series of a panel needs to be forecast at all."""


def train(  # noqa: PLR0913 - one argument an option
    sources: Sequence[str],
    *,
    selection: Selection,
    specification: Specification,
    output: Path,
    jobs: int = 1,
    dry_run: bool = False,
    require_skill: float | None = None,
    watch: Watch | None = None,
) -> Training:
    """Train one model on all series of the sources and write it to `output`.

    Args:
        sources: CSV files, or `-` for standard input.
        selection: Columns that the user named.
        specification: What the user asked of the model.
        output: The model file.
        jobs: Processes for the networks of the ensemble.
        dry_run: Stop before training; nothing is written.
        require_skill: Least skill against the best baseline, in percent; below it nothing is written.
        watch: Called with the progress.

    Raises:
        ForecasterError: As its subclasses say.

    """
    refuse_overwriting(output, sources)
    check_writable(output)
    source = read(sources, selection, irregular=specification.irregular)
    panel, short = _long_enough(source.panel, SHORTEST, "give a longer history")
    findings = (*source.findings, *silences(panel))
    failed = {**source.failed, **short}
    recipe = derive(panel, specification)
    parts = split(panel, recipe.horizon, recipe.shortest)
    check_room(parts, recipe.horizon, recipe.shortest)
    facts = _facts(panel, recipe) | {"windows": len(parts.training.origins.last)}
    if dry_run:
        return Training(findings, failed, recipe.decisions, None, None, None, None, facts)
    with exclusive(output):
        fitted, holdout = Forecaster(specification, jobs, watch).fit_and_judge(panel)
        judged = _judged(holdout, recipe, fitted.blend)
        scores = holdout_scores(holdout)
        _check_skill(holdout, judged.baseline, require_skill)
        model = artifact.Model(
            fitted,
            panel.tail(fitted.tail_rows),
            specification,
            source.selection,
            judged.to_dict(),
            [{str(key): value for key, value in row.items()} for row in scores.to_dict("records")],
            panel.fingerprint(),
        )
        digest = artifact.save(output, model)
    return Training(findings, failed, recipe.decisions, scores, judged, output, digest, facts)


def predict(
    model: Path,
    sources: Sequence[str] = (),
    *,
    selection: Selection,
    horizon: int | None = None,
    at: Sequence[str] = (),
) -> Prediction:
    """Forecast the series of a model, from the rows that it keeps or from newer ones.

    Args:
        model: The model file.
        sources: CSV files with newer rows, or `-` for standard input; none for the rows that the model keeps.
        selection: Columns that the user named; what is not named is as in training.
        horizon: Steps; None for as many as the model forecasts at once.
        at: Moments to forecast, of a model of unequal steps; none for the next typical steps.

    Raises:
        ForecasterError: As its subclasses say.

    """
    loaded = artifact.load(model)
    if at:
        _check_moments(loaded.fitted.recipe, horizon)
    fitted, panel, findings, failed = _latest(loaded, sources, selection)
    if at:
        asked = moments(at, panel)
        late = passed(asked, panel)
        fitted, panel, failed = *_without(fitted, panel, late), {**failed, **late}
        ds = np.tile(asked, (len(panel), 1))
    else:
        ds = panel.future(horizon or fitted.recipe.horizon)
    forecast = fitted.predict(panel, ds.shape[1], ds if fitted.recipe.irregular else None)
    return Prediction(forecast_frame(panel.ids, forecast, ds), (*findings, *_beyond(fitted, forecast)), failed)


def evaluate(  # noqa: PLR0913 - one argument an option
    sources: Sequence[str],
    *,
    selection: Selection,
    specification: Specification,
    folds: int = 5,
    step: int | None = None,
    jobs: int = 1,
    watch: Watch | None = None,
) -> Evaluation:
    """Backtest the forecaster and the baselines: at each cutoff everything is fitted anew on the history before it.

    Args:
        sources: CSV files, or `-` for standard input.
        selection: Columns that the user named.
        specification: What the user asked of the model.
        folds: Cutoffs.
        step: Rows between two cutoffs; None for one horizon.
        jobs: Processes that share the folds.
        watch: Called with the progress.

    Raises:
        ForecasterError: As its subclasses say.

    """
    source = read(sources, selection, irregular=specification.irregular)
    whole = derive(source.panel, specification)
    horizon = whole.horizon
    step = step or horizon
    later = horizon + (folds - 1) * step
    remedy = "give a longer history, or ask for a shorter --horizon or fewer --folds"
    panel, short = _long_enough(source.panel, rows_needed(horizon) + later, remedy)
    specification = replace(specification, horizon=horizon)
    recipe = derive(panel.head(later), specification)
    found = next(each for each in whole.decisions if each.name == "horizon")
    models: list[Model] = [Forecaster(specification), *(Baseline(name, horizon, recipe.season) for name in BASELINES)]
    frame = backtest(panel, models, horizon, folds, step, season=recipe.season, jobs=jobs, watch=watch)
    names = [model.name for model in models]
    facts = _facts(panel, recipe) | {"folds": folds, "horizon": horizon, "step": step}
    return Evaluation(
        score(frame, names),
        score_by_step(frame, names),
        frame,
        verdict(frame, COLUMNS.model, BASELINES, step),
        tuple(found if each.name == found.name else each for each in recipe.decisions),
        (*source.findings, *silences(panel)),
        {**source.failed, **short},
        facts,
    )


def inspect(model: Path) -> dict[str, Any]:
    """Return everything that a model file holds, with arrays as their type and shape."""
    return artifact.describe(model)


def diagnose(model: Path, sources: Sequence[str] = (), *, selection: Selection) -> Diagnosis:
    """Measure how far back a model's networks learn, on the rows that it keeps or on others.

    Args:
        model: The model file.
        sources: CSV files with series of the model; none for the rows that the model keeps.
        selection: Columns that the user named; what is not named is as in training.

    Raises:
        ForecasterError: As its subclasses say.

    """
    loaded = artifact.load(model)
    fitted, panel, findings, failed = _latest(loaded, sources, selection, joined=False)
    flow = backflow(fitted, panel)
    clipped = [member.clipped for member in fitted.members if member.clipped is not None]
    share = sum(clipped) / len(clipped) if clipped else None
    lags = np.arange(fitted.recipe.steps)
    paths = {f"{layer.name} c": layer.memory for layer in flow.layers if layer.memory is not None}
    paths = {layer.name: layer.norms for layer in flow.layers} | paths
    by_lag = pd.DataFrame({"lag": lags * fitted.recipe.segment, **paths})
    layers = [
        {"layer": layer.name, "norm_at_lag_0": layer.first, "spectral_radius": layer.radius}
        | {f"saturated_{gate}": part for gate, part in layer.saturation.items()}
        | ({} if layer.dead is None else {"dead_units": layer.dead})
        for layer in flow.layers
    ]
    facts = {"networks": len(fitted.members), "windows": flow.windows, "targets_known": flow.targets}
    facts |= {"head_was_zero": flow.silent}
    return Diagnosis(by_lag, pd.DataFrame(layers), share, advise(fitted.recipe, flow, share), facts, failed, findings)


def refuse_overwriting(output: Path, inputs: Iterable[str | Path]) -> None:
    """Refuse to write a result over a file that it is made from, or over another result.

    Raises:
        UsageError: The output is one of the inputs.

    """
    for name in inputs:
        if Path(output).resolve() == Path(name).resolve():
            raise UsageError(f"{output} is used twice and would be written over", "name another file")


def _long_enough(panel: Panel, rows: int, remedy: str) -> tuple[Panel, dict[str, str]]:
    """Return the series with at least `rows` rows, and the others with the reason."""
    long = np.flatnonzero(panel.lengths >= rows)
    short = np.flatnonzero(panel.lengths < rows)
    failed = {panel.ids[i]: f"{panel.lengths[i]} rows are too few, {rows} are needed" for i in short}
    if len(panel) == 1 and failed:
        raise InputRefusedError(failed[panel.ids[0]], remedy, Place(series=panel.ids[0]))
    if not len(long):
        raise AllSeriesFailedError(f"none of the {len(panel)} series has the {rows} rows that are needed", remedy)
    return (panel.take(long.tolist()) if failed else panel), failed


def _facts(panel: Panel, recipe: Recipe) -> dict[str, Any]:
    """Return the sizes of the work."""
    return {
        "series": len(panel),
        "rows": len(panel.values),
        "start": panel.ds.min(),
        "end": panel.ds.max(),
        "parameters": parameter_count(**asdict(recipe.architecture)),
    }


def _judged(holdout: Holdout, recipe: Recipe, blend: Blend) -> Verdict:
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


def _latest(
    loaded: artifact.Model, sources: Sequence[str], selection: Selection, *, joined: bool = True
) -> tuple[FittedForecaster, Panel, tuple[Finding, ...], Mapping[str, str]]:
    """Return a model's forecaster with the latest rows of its series, what is to be said of them, and what failed.

    The rows are those that the model keeps, with those of the sources behind them, or, not `joined`, in their place.
    """
    fitted, panel = loaded.fitted, loaded.tail
    if not sources:
        return fitted, panel, (), {}
    source = read(sources, _completed(selection, loaded.selection), irregular=fitted.recipe.irregular)
    ours, theirs, unknown = matched(panel, source.panel)
    fitted, panel, newer = fitted.take(ours), panel.take(ours), source.panel.take(theirs)
    counted = replace(newer, calendars=panel.calendars)  # time counts in the steps of training
    panel, said = join(panel, newer, fitted.tail_rows) if joined else (counted, ())
    if fitted.scaling.log:
        check_positive(panel)
    return fitted, panel, (*source.findings, *said), {**source.failed, **unknown}


def _completed(named: Selection, trained: Selection) -> Selection:
    """Return the selection of training, with what the user named now in its place."""
    return Selection(named.time or trained.time, named.targets or trained.targets, named.series or trained.series)


def _check_moments(recipe: Recipe, horizon: int | None) -> None:
    """Refuse to be asked for moments twice, or by a model of equal steps."""
    if not recipe.irregular:
        raise UsageError(
            "--at is for models that were trained with --irregular", "ask for --horizon, or train with --irregular"
        )
    if horizon is not None:
        raise UsageError("--at and --horizon both say what to forecast", "leave one of them out")


def _without(fitted: FittedForecaster, panel: Panel, late: Mapping[str, str]) -> tuple[FittedForecaster, Panel]:
    """Return the forecaster and the panel without the series named in `late`.

    Raises:
        AllSeriesFailedError: None is left.

    """
    kept = [i for i, name in enumerate(panel.ids) if name not in late]
    if not kept:
        raise AllSeriesFailedError("each of the series goes on beyond a moment asked for", "ask --at for later times")
    return (fitted.take(kept), panel.take(kept)) if late else (fitted, panel)


def _beyond(fitted: FittedForecaster, forecast: Forecast) -> tuple[Finding, ...]:
    """Say how much lies further ahead than the networks learned."""
    held = int((forecast.strategy == HELD).sum())
    if not held:
        return ()
    rows = f"{held} of {forecast.strategy.size} rows lie further ahead than the networks learned"
    return (Finding("HELD", f"{rows}, {fitted.reach:.3g} typical steps: the forecast is held there"),)


def _check_skill(holdout: Holdout, baseline: str, asked: float | None) -> None:
    """Refuse a forecast, as it would be delivered, whose skill against the best baseline is below what is asked for."""
    ours, theirs = holdout.losses(COLUMNS.model).mean(), holdout.losses(baseline).mean()
    skill = 100 * (1 - ours / theirs) if theirs > 0 else 0.0
    if asked is not None and skill < asked:
        what = f"the forecast has a skill of {skill:.1f} % against the {baseline.replace('_', ' ')}"
        raise QualityGateError(
            f"{what}, {asked:g} % is asked for", "nothing was written; an older model stays in place"
        )
