"""Fit a model to series that were read: the plan first, which a user may want to see, then the training.

No file is read or written here; `forecaster.workflow.train` does that for the command line, and
`forecaster.python` fits frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.artifact.model import Model
from forecaster.evaluation.holdout_report import holdout_scores, holdout_verdict, scores_to_records
from forecaster.evaluation.verdict import check_skill
from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.kept_rows import most_needed_rows
from forecaster.forecasting.plan import long_enough, make_plan, shortest_series
from forecaster.forecasting.series_order import in_order_of_names, in_order_of_panel, panel_in_order
from forecaster.series.elapsed import silences
from forecaster.series.empty_steps import refuse_many_empty_steps
from forecaster.workflow.limits import share_findings
from forecaster.workflow.newer_rows import few_rows_findings
from forecaster.workflow.results import Trained, panel_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forecaster.errors import Finding
    from forecaster.evaluation.verdict import Verdict
    from forecaster.forecasting.methods.training_session import TrainingStore
    from forecaster.forecasting.plan import Plan
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.reading.reader import ReadResult
    from forecaster.series.panel import Panel
    from forecaster.spec import Specification


@dataclass(frozen=True)
class PreparedTraining:
    """Series that are long enough, and the plan of training on them.

    Attributes:
        source: What was read.
        panel: The series that are long enough.
        specification: What the user wants of the model.
        plan: The recipe and the split.
        findings: Findings about the data and the plan.
        failed: Series that cannot be used, each with the reason.
        facts: The sizes and the span of the panel, parameters of a network, and training windows.

    """

    source: ReadResult
    panel: Panel
    specification: Specification
    plan: Plan
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    facts: Mapping[str, Any]


class FittedModel(NamedTuple):
    """A model, the scores and the verdict of the rows that were held out, and the forecaster with all rows."""

    model: Model
    scores: Any
    verdict: Verdict
    trained: Trained


def prepare_training(
    source: ReadResult,
    specification: Specification,
    began: float | None = None,
    check_rows: Callable[[Panel, TimeStyle], None] | None = None,
) -> PreparedTraining:
    """Return the series that are long enough, with the plan of training on them.

    Args:
        source: What was read.
        specification: What the user wants of the model.
        began: When the work began, as `time.perf_counter` counts, where it has a time limit; None for now.
        check_rows: Called with the series that are long enough and the style of their times; what it raises ends the
            work.

    Raises:
        ForecasterError: No series is long enough, or the specification does not fit the data.

    """
    panel, short = long_enough(source.panel, source.files, shortest_series(specification), "give a longer history")
    if check_rows is not None:
        check_rows(panel, source.style)
    plan = make_plan(in_order_of_names(panel), specification, began)
    refuse_many_empty_steps(plan.views.rows.tail(most_needed_rows(plan.recipe)))
    findings = (
        *source.findings,
        *silences(panel),
        *few_rows_findings(plan.recipe, panel),
        *share_findings(plan.recipe, specification),
    )
    facts = panel_facts(panel, plan.recipe) | {"windows": len(plan.split.training.origins.last) if plan.split else 0}
    return PreparedTraining(source, panel, specification, plan, findings, {**source.failed, **short}, facts)


def fit_model(
    prepared: PreparedTraining,
    jobs: int | None = None,
    store: TrainingStore | None = None,
    require_skill: float | None = None,
) -> FittedModel:
    """Train as planned, and return the model.

    Args:
        prepared: The series and the plan.
        jobs: Processes for the networks of the ensemble; None for as many as pay.
        store: What keeps the states of trainings, for a run that is killed; None to keep nothing.
        require_skill: Least skill against the best baseline, in percent; below it nothing is returned.

    Raises:
        InputRefusedError: Training did not stay finite.
        QualityGateError: The skill is below the least one.

    """
    panel = prepared.panel
    fitted, holdout = train_forecaster(prepared.plan, jobs, store)
    scores = holdout_scores(holdout)
    judged = holdout_verdict(holdout, scores, fitted)
    check_skill(judged, require_skill)
    fitted, holdout = in_order_of_panel(fitted, holdout, panel)
    rows = panel_in_order(prepared.plan.views.rows, panel.ids)
    model = Model(
        fitted,
        rows.tail(fitted.kept_rows),
        prepared.specification,
        prepared.source.selection,
        judged.to_dict(),
        scores_to_records(scores),
        panel.fingerprint(),
        prepared.source.style,
    )
    return FittedModel(model, scores, judged, Trained(fitted, rows, holdout))
