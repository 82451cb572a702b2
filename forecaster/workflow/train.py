"""`train`: files in, one model file out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.artifact.model import Model, save
from forecaster.evaluation.heldout import check_skill, holdout_scores, judge_holdout, known_scores
from forecaster.files.atomic import check_writable, refuse_overwriting
from forecaster.files.lock import exclusive
from forecaster.forecasting.forecaster import Forecaster
from forecaster.forecasting.plan import SHORTEST, long_enough, planned
from forecaster.reading.reader import read_sources
from forecaster.series.elapsed import silences
from forecaster.workflow.results import (
    Training,
    _facts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecaster.spec import Selection, Specification, Watch


def train(
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
    source = read_sources(sources, selection, repair=repair, irregular=specification.irregular)
    panel, short = long_enough(source.panel, source.files, SHORTEST, "give a longer history")
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
        model = Model(
            fitted,
            panel.tail(fitted.kept_rows),
            specification,
            source.selection,
            judged.to_dict(),
            known_scores(scores),
            panel.fingerprint(),
            source.style,
        )
        digest = save(output, model)
    return Training(findings, failed, fitted.recipe.decisions, scores, judged, output, digest, facts)
