"""The verbs of the program as plain functions: they take paths and records, print nothing, and return records.

Each command of the command line is one call of a function here; so is each use from Python.
"""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.data.elapsed import silences
from forecaster.data.moments import moments, passed
from forecaster.data.reader import read
from forecaster.data.scaling import RETURNS
from forecaster.data.sources import expand
from forecaster.data.split import rows_needed
from forecaster.errors import UsageError
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.heldout import check_skill, holdout_scores, judge_holdout, known_scores
from forecaster.evaluation.metrics import STEP
from forecaster.evaluation.report import price_verdict, scored, verdict
from forecaster.evaluation.residuals import check_residuals
from forecaster.evaluation.statsforecast_models import StatsforecastModel, check_statsforecast
from forecaster.forecasting.baselines import BASELINES, NAIVE, Baseline
from forecaster.forecasting.diagnosis import advise
from forecaster.forecasting.diagnosis import diagnose as backflow
from forecaster.forecasting.forecaster import Forecaster
from forecaster.forecasting.recipe import derive
from forecaster.forecasting.room import SHORTEST, long_enough, planned
from forecaster.nn.architecture import parameter_count
from forecaster.operations import artifact
from forecaster.operations.atomic import check_writable
from forecaster.operations.checking import check_file
from forecaster.operations.latest import beyond, check_moments, latest, without
from forecaster.operations.lock import exclusive
from forecaster.results import (
    Check,
    Diagnosis,
    Evaluation,
    Prediction,
    Training,
    check_size,
    forecast_frame,
    paths_frame,
)
from forecaster.spec import COLUMNS, LEVELS, Specification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from forecaster.data.panel import Panel
    from forecaster.forecasting.model import Model
    from forecaster.forecasting.recipe import Recipe
    from forecaster.spec import Progress, Selection

    Watch = Callable[[Progress], None]

__all__ = ["check", "diagnose", "evaluate", "expand", "inspect", "predict", "refuse_overwriting", "train"]


def train(  # noqa: PLR0913 - one argument an option
    sources: Sequence[str],
    *,
    selection: Selection,
    specification: Specification,
    output: Path,
    repair: str = "safe",
    jobs: int | None = None,
    dry_run: bool = False,
    require_skill: float | None = None,
    watch: Watch | None = None,
) -> Training:
    """Train one model on all series of the sources and write it to `output`.

    Args:
        sources: Files, or `-` for standard input.
        selection: Columns that the user named.
        specification: What the user asked of the model.
        output: The model file.
        repair: What is done about faults of the files, see `forecaster.spec.REPAIRS`.
        jobs: Processes for the networks of the ensemble; None for as many as pay.
        dry_run: Stop before training; nothing is written.
        require_skill: Least skill against the best baseline, in percent; below it nothing is written.
        watch: Called with the progress.

    Raises:
        ForecasterError: As its subclasses say.

    """
    refuse_overwriting(output, sources)
    check_writable(output)
    source = read(sources, selection, repair=repair, irregular=specification.irregular)
    panel, short = long_enough(source, SHORTEST, "give a longer history")
    findings = (*source.findings, *silences(panel))
    failed = {**source.failed, **short}
    recipe, parts = planned(panel, specification)
    facts = _facts(panel, recipe) | {"windows": len(parts.training.origins.last)}
    if dry_run:
        return Training(findings, failed, recipe.decisions, None, None, None, None, facts)
    with exclusive(output):
        fitted, holdout = Forecaster(specification, jobs, watch).fit_and_judge(panel)
        scores = holdout_scores(holdout)
        judged = judge_holdout(holdout, scores, fitted)
        check_skill(judged, require_skill)
        model = artifact.Model(
            fitted,
            panel.tail(fitted.kept_rows),
            specification,
            source.selection,
            judged.to_dict(),
            known_scores(scores),
            panel.fingerprint(),
            source.style,
        )
        digest = artifact.save(output, model)
    return Training(findings, failed, fitted.recipe.decisions, scores, judged, output, digest, facts)


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
        selection: Columns that the user named; what is not named is as in training.
        horizon: Steps; None for as many as the model forecasts at once.
        at: Moments to forecast, of a model of unequal steps; none for the next typical steps.
        levels: Levels of the intervals in percent; none for 80 and 95.
        samples: Sample paths to draw instead of intervals.
        seed: Seed of these draws.

    Raises:
        ForecasterError: As its subclasses say.

    """
    if levels and samples is not None:
        raise UsageError("--level and --samples both say how to tell what may come", "leave one of them out")
    loaded = artifact.load(model)
    if at:
        check_moments(loaded.fitted.recipe, horizon)
    steps = horizon or loaded.fitted.recipe.horizon
    fitted, panel, style, findings, failed = latest(loaded, sources, selection, horizon=steps)
    if at:
        asked = moments(at, panel)
        late = passed(asked, panel)
        fitted, panel, failed = *without(fitted, panel, late), {**failed, **late}
        ds = np.tile(asked, (len(panel), 1))
    else:
        ds = panel.future(steps)
    asked_ds = ds if fitted.recipe.irregular else None
    forecast = fitted.predict(panel, ds.shape[1], asked_ds, levels or LEVELS)
    if samples is None:
        frame = forecast_frame(panel.ids, forecast, ds)
    else:
        check_size(samples, ds)
        paths = fitted.sample_paths(panel, ds.shape[1], samples, np.random.default_rng(seed), asked_ds)
        frame = paths_frame(panel.ids, paths, ds)
    return Prediction(frame, (*findings, *beyond(fitted, forecast)), failed, style)


def evaluate(  # noqa: PLR0913 - one argument an option
    sources: Sequence[str],
    *,
    selection: Selection,
    specification: Specification,
    folds: int = 5,
    step: int | None = None,
    refit: int | None = 1,
    baselines: Sequence[str] = (),
    repair: str = "safe",
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Evaluation:
    """Backtest the forecaster and the baselines: each is fitted on the history before a cutoff and scored behind it.

    Args:
        sources: Files, or `-` for standard input.
        selection: Columns that the user named.
        specification: What the user asked of the model.
        folds: Cutoffs.
        step: Rows between two cutoffs; None for one horizon.
        refit: Folds from one fit to the next; None fits once, on the history of the oldest fold.
        baselines: Methods of the statsforecast package to set beside the baselines: `auto-ets, auto-arima, theta`.
        repair: What is done about faults of the files, see `forecaster.spec.REPAIRS`.
        jobs: Processes that share the fits, or the networks of the only one; None for networks in as many as pay.
        watch: Called with the progress.

    Raises:
        ForecasterError: As its subclasses say.

    """
    check_statsforecast(baselines, irregular=specification.irregular)
    source = read(sources, selection, repair=repair, irregular=specification.irregular)
    whole = derive(source.panel, specification)
    horizon = whole.horizon
    step = step or horizon
    later = horizon + (folds - 1) * step
    remedy = "give a longer history, or ask for a shorter --horizon or fewer --folds"
    panel, short = long_enough(source, rows_needed(horizon) + later, remedy)
    specification = replace(specification, horizon=horizon)
    recipe = derive(panel.head(later), specification)
    found = next(each for each in whole.decisions if each.name == "horizon")
    others: list[Model] = [
        *(Baseline(name, horizon, recipe.season) for name in (NAIVE if recipe.irregular else BASELINES)),
        *(StatsforecastModel(name, recipe.season) for name in dict.fromkeys(baselines)),
    ]
    alone = refit is None or refit >= folds
    ours = Forecaster(specification, jobs, watch) if alone else Forecaster(specification, 1 if jobs else None)
    frame = backtest(
        panel, [ours, *others], horizon, folds, step, season=recipe.season, refit=refit, jobs=jobs or 1, watch=watch
    )
    names = [model.name for model in others]
    judged = (price_verdict if recipe.mode == RETURNS else verdict)(frame, COLUMNS.model, names, step)
    return Evaluation(
        scored(frame, COLUMNS.model, names, step),
        scored(frame, COLUMNS.model, names, step, STEP),
        scored(frame, COLUMNS.model, names, step, COLUMNS.series),
        frame,
        replace(judged, sentences=(*judged.sentences, *check_residuals(frame, COLUMNS.model))),
        tuple(found if each.name == found.name else each for each in recipe.decisions),
        (*source.findings, *silences(panel)),
        {**source.failed, **short},
        _facts(panel, recipe) | {"folds": folds, "horizon": horizon, "step": step, "refit": refit},
    )


def check(
    sources: Sequence[str],
    *,
    selection: Selection,
    repair: str = "safe",
    specification: Specification = Specification(),  # noqa: B008 - frozen, so sharing the default is safe
    mend: bool = False,
) -> Check:
    """Find all that is odd or wrong about files, each on its own, up to where training would begin.

    Args:
        sources: The files, or `-` for standard input.
        selection: What the user said of them.
        repair: What is done about their faults, see `forecaster.spec.REPAIRS`.
        specification: What will be asked of the model: with its horizon, whether there are rows enough.
        mend: Whether the table of the only file is wanted as it was read and repaired.

    Raises:
        UsageError: What is asked for contradicts itself.

    """
    checked = [check_file(name, selection, specification, repair, mend=mend) for name in sources]
    return Check(
        tuple(finding for each in checked for finding in each.findings),
        {name: each.error for name, each in zip(sources, checked, strict=True) if each.error},
        {name: reason for each in checked for name, reason in each.failed.items()},
        checked[0].mended if len(checked) == 1 else None,
    )


def inspect(model: Path) -> dict[str, Any]:
    """Return everything that a model file holds, with arrays as their type and shape."""
    return artifact.describe(model)


def diagnose(model: Path, sources: Sequence[str] = (), *, selection: Selection) -> Diagnosis:
    """Measure how far back a model's networks learn, on the rows that it keeps or on others.

    Args:
        model: The model file.
        sources: Files with series of the model; none for the rows that the model keeps.
        selection: Columns that the user named; what is not named is as in training.

    Raises:
        ForecasterError: As its subclasses say.

    """
    loaded = artifact.load(model)
    fitted, panel, _, findings, failed = latest(loaded, sources, selection, joined=False)
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
    facts = {"networks": fitted.recipe.members, "windows": flow.windows, "targets_known": flow.targets}
    facts |= {"head_was_zero": flow.silent}
    return Diagnosis(by_lag, pd.DataFrame(layers), share, advise(fitted.recipe, flow, share), facts, failed, findings)


def refuse_overwriting(output: Path, inputs: Iterable[str | Path]) -> None:
    """Refuse to write a result over a file that it is made from, or over another result.

    Raises:
        UsageError: The output is one of the inputs.

    """
    target = os.path.realpath(output)
    for name in inputs:
        if os.path.realpath(name) == target:  # Path.resolve raises where a link leads back to itself
            raise UsageError(f"{output} is used twice and would be written over", "name another file")


def _facts(panel: Panel, recipe: Recipe) -> dict[str, Any]:
    """Return the sizes of the work."""
    return {
        "series": len(panel),
        "rows": len(panel.values),
        "start": panel.ds.min(),
        "end": panel.ds.max(),
        "parameters": parameter_count(**asdict(recipe.architecture)),
    }
