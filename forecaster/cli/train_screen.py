"""What `train` says on standard error: the plan before training, the result behind it, the details with `--verbose`.

Each fact is a label and a sentence; on a terminal of 80 columns all of them fit on one screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.commands_to_type import check_command, predict_command
from forecaster.cli.findings import findings_as_facts
from forecaster.workflow import chart_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.cli.json_messages import JsonMessages
    from forecaster.cli.messages import Messages
    from forecaster.workflow.checkpoints import Resumption
    from forecaster.workflow.results import Training
    from forecaster.workflow.summary import TrainingPlan


MOST_FAILED = 2
"""Failed series that are named, chosen by hand, so that the result stays on one screen; the others are counted."""


def print_plan(plan: TrainingPlan, sources: Sequence[str], messages: Messages | JsonMessages, *, verbose: bool) -> None:
    """Print what was read, what was found in it, which series failed, and what will be trained."""
    facts = [("Read", plan.data), ("Columns", plan.columns)]
    if not verbose:
        facts += [*findings_as_facts(plan.findings, sources), *_failures_as_facts(plan, sources)]
    messages.print_facts([*facts, ("Plan", plan.work)])
    if verbose:
        messages.print_findings(plan.findings)
        messages.print_decisions(plan.decisions)
    if verbose or messages.quiet:
        messages.print_failures(plan.failed)


def print_resumption(found: Resumption, messages: Messages | JsonMessages) -> None:
    """Print where training goes on after a run that was killed, or why it starts anew."""
    messages.print_facts([("Resumed", found.resumed), ("Restarted" if not found.resumed else "", found.restarted)])


def _failures_as_facts(plan: TrainingPlan, sources: Sequence[str]) -> list[tuple[str, str]]:
    """Return the first series that cannot be used with the reasons, and how to see the others."""
    failed = [("Failed", f"{name}: {reason}") for name, reason in plan.failed.items()]
    others = len(failed) - MOST_FAILED
    more = f"and {others:,} more series: {check_command(sources)} shows all"
    return failed[:MOST_FAILED] + ([("", more)] if others > 0 else [])


def print_result(result: Training, messages: Messages | JsonMessages, *, chart: bool | None, verbose: bool) -> None:
    """Print how good the trained forecast is, draw it, and print where the model is and the command that uses it."""
    if verbose and result.scores is not None and result.verdict is not None:
        messages.print_scores(result.scores)
        messages.print_verdict(result.verdict.sentences)
        messages.print_blank_line()
    messages.print_facts([("Time", result.time_limit), ("Method", result.method), ("Accuracy", result.accuracy)])
    messages.print_charts(lambda: chart_series.charts_of_training(result), chart=chart)
    if result.path is not None:
        digest = f", digest {result.digest}" if verbose else ""
        messages.print_facts([("Model", f"{result.path}{digest}")])
        messages.print_next(predict_command(result.path))
