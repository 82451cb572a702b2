"""`train`: read files, train on their series, and write one model file."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from forecaster.artifact.expected_size import estimate_file_size
from forecaster.artifact.model import Model, save
from forecaster.errors import InputRefusedError, ModelRefusedError, QualityGateError
from forecaster.evaluation.method_sentence import method_sentence
from forecaster.evaluation.plain_sentences import repeated_values, short_accuracy_sentence
from forecaster.files.atomic import refuse_overwriting
from forecaster.files.lock import exclusive_lock
from forecaster.files.preflight import check_space, check_writable
from forecaster.forecasting.budget import expected_seconds
from forecaster.forecasting.defaults.rules import calendar_of
from forecaster.numeric_errors import refuse_numeric_errors
from forecaster.progress import WRITING, report_part
from forecaster.reading.reader import read_sources
from forecaster.workers.current_cluster import current_cluster
from forecaster.workflow.checkpoints import TrainingCheckpoints, checkpoint_folder, open_checkpoints
from forecaster.workflow.fit import fit_model, prepare_training
from forecaster.workflow.limits import requested_limits
from forecaster.workflow.request import Extent, Request
from forecaster.workflow.results import Training
from forecaster.workflow.run_description import describe_run
from forecaster.workflow.summary import describe_accuracy, summarise_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection, Specification
    from forecaster.workflow.checkpoints import Resumption
    from forecaster.workflow.request import CheckSize
    from forecaster.workflow.summary import TrainingPlan


@refuse_numeric_errors
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
    resume: bool = True,
    check_rows: Callable[[Panel, TimeStyle], None] | None = None,
    check_size: CheckSize | None = None,
    announce: Callable[[TrainingPlan], None] | None = None,
    announce_resumption: Callable[[Resumption], None] | None = None,
) -> Training:
    """Train one model on all series of the sources and write it to `output`.

    Args:
        sources: Files, or `-` for standard input.
        selection: Columns that the user named.
        specification: What the user wants of the model.
        output: The model file.
        repair: What is done about faults of the files, see `forecaster.spec.REPAIRS`.
        jobs: Processes for the networks of the ensemble; None for as many as pay.
        dry_run: Stop before training; nothing is written.
        require_skill: Least skill against the best baseline, in percent; below it nothing is written.
        resume: Whether to go on from the checkpoints of an earlier run that was killed.
        check_rows: Called with the series that are long enough and the style of their times, as soon as they are read;
            what it raises ends the run.
        check_size: Called with the extent of the work and of a forecast before it; what it raises ends the run.
        announce: Called with the plan before training begins.
        announce_resumption: Called with what became of the checkpoints of an earlier run.

    Raises:
        ForecasterError: As its subclasses say.

    """
    began = perf_counter()
    refuse_overwriting(output, sources)
    check_writable(output)
    limits = requested_limits(specification)
    source = read_sources(sources, selection, repair=repair, irregular=specification.irregular, limits=limits)
    prepared = prepare_training(source, specification, began, check_rows)
    panel, plan, findings, failed, facts = (
        prepared.panel,
        prepared.plan,
        prepared.findings,
        prepared.failed,
        prepared.facts,
    )
    check_space(output, estimate_file_size(plan))
    if check_size is not None:
        steps = plan.recipe.horizon
        check_size(Extent(len(panel), len(panel.values), steps, Request().count_cells(len(panel), steps)))
    summary = summarise_plan(
        sources,
        plan,
        panel,
        findings=findings,
        failed=failed,
        seconds=expected_seconds(plan, jobs),
        facts=facts,
    )
    if announce is not None:
        announce(summary)
    if dry_run:
        return Training(findings, failed, plan.recipe.decisions, None, None, None, None, facts)
    with exclusive_lock(output):
        trains, kept = not plan.recipe.trains_nothing, current_cluster() is None  # workers of a cluster share no disk
        records = source.selection, specification
        run = describe_run(panel, plan.recipe, records, {"--repair": repair}) if trains else {}
        checkpoints = TrainingCheckpoints(checkpoint_folder(output), run)
        limited = plan.time_limit is not None
        resumption = open_checkpoints(checkpoints, plan.recipe, resume=resume and trains and kept, limited=limited)
        if announce_resumption is not None:
            announce_resumption(resumption)
        try:
            model, scores, judged, trained = fit_model(prepared, jobs, checkpoints if kept else None, require_skill)
        except (InputRefusedError, QualityGateError):
            checkpoints.remove()  # to go on from them would lead to the same end
            raise
        report_part(WRITING, "file")
        digest = _save_or_blame_input(output, model)
        checkpoints.remove()
    recipe = model.fitted.recipe
    repeated = repeated_values(recipe.season, calendar_of(model.tail))
    return Training(
        findings,
        failed,
        recipe.decisions,
        scores,
        judged,
        output,
        digest,
        facts,
        trained,
        method=method_sentence(model.fitted),
        summary=short_accuracy_sentence(judged, model.scores, repeated),
        accuracy=describe_accuracy(judged, model.scores, recipe, model.tail),
        style=source.style,
        fingerprint=model.fingerprint,
    )


def _save_or_blame_input(output: Path, model: Model) -> str:
    """Write a model and return its digest; if it is one that no version would read, its rows are the reason.

    Raises:
        InputRefusedError: Numbers of the model are out of range.

    """
    try:
        return save(output, model)
    except ModelRefusedError as error:
        what = f"a model of these rows has numbers that are out of range: {error.what}"
        raise InputRefusedError(what, "look for extreme values, or use another unit") from error
