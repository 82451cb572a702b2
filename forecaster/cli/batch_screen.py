"""Run `forecast batch` with what the user typed, and report it: findings, failures, a line about all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from forecaster.batch.batch_run import RunOptions
from forecaster.batch.engine import run_batch
from forecaster.batch.limits import (
    RetrainingRule,
    parse_duration,
    parse_failure_limit,
    parse_retraining_rule,
    parse_size,
)
from forecaster.batch.retraining_conditions import check_levels, parse_condition
from forecaster.batch.settings import BatchSettings, digest_known_files
from forecaster.cli.batch_lists import decision_lines, finding_facts
from forecaster.cli.commands_to_type import look_at_failure_command
from forecaster.cli.json_messages import open_messages
from forecaster.cli.logs import TextLog
from forecaster.cli.output import Destination, check_parquet
from forecaster.errors import DONE, Code, Finding, UsageError, counted, exit_in_words
from forecaster.ledger.connection import NAME, ledger_file
from forecaster.reading.tables.content import printed
from forecaster.spec import FAILURES, LEVELS
from forecaster.workers.pool import WorkerLimits
from forecaster.workflow.frames import frame_of_rows
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.batch.batch_run import BatchRun
    from forecaster.batch.retraining_conditions import Condition
    from forecaster.cli.logs import JsonLog
    from forecaster.ledger.writer import Taken

DECISION_COLUMNS = ("source", "action", "reason")
RETRAIN_AFTER = "10%"
"""The usual value of `--retrain-after`."""
UP_TO_DATE = "its network is not to be trained"


def run_batch_as_typed(arguments: Mapping[str, Any], log: TextLog | JsonLog) -> BatchRun:
    """Run a batch as the arguments of `forecast batch` say; a log for programs and a verbose one name each source.

    Raises:
        ForecasterError: As its subclasses say.

    """
    if arguments["format"] == "parquet":
        check_parquet(Destination(arguments["out"], "parquet"))
    if arguments["regroup"] and not arguments["group"]:
        raise UsageError("--regroup is for groups", "add --group")
    selection = arguments["selection"]
    settings = BatchSettings(
        selection=selection,
        specification=arguments["specification"],
        repair=arguments["repair"],
        request=Request(
            levels=arguments["level"] or (),
            samples=arguments["samples"],
            seed=arguments["specification"].seed,
            explain=arguments["explain"],
        ),
        form=arguments["format"],
        # times of many files in one file are written alike
        dates="iso" if arguments["one_file"] else arguments["dates"],
        grouped=arguments["group"],
        regroup=arguments["regroup"],
        in_parts=arguments["one_file"],
        retrain_after=_retraining_rule_as_typed(arguments),
        retrain_if=_condition_as_typed(arguments),
        adapt=not arguments["no_adapt"],
        oldest=_moment_before_now(arguments["max_age"]),
        known_files=digest_known_files(selection),
    )
    settings.request.check()
    options = RunOptions(
        jobs=arguments["jobs"],
        fail_on=parse_failure_limit(arguments["fail_on"], "--fail-on"),
        limits=WorkerLimits(
            _seconds(arguments["series_timeout"], "--series-timeout"),
            parse_size(arguments["series_memory"], "--series-memory") if arguments["series_memory"] else None,
        ),
        max_failures=arguments["max_failures"],
        time_budget=_seconds(arguments["time_budget"], "--time-budget"),
        dry_run=arguments["dry_run"],
        naive_fallback=arguments["fallback"] == "naive",
        one_file=arguments["one_file"],
        metrics_file=arguments["metrics_file"],
        ledger=_ledger_as_typed(arguments),
        keep=_seconds(arguments["keep"], "--keep"),
        on_done=open_messages(log).print_source,
    )
    return run_batch(
        arguments["sources"] or (), arguments["out"], settings, options, files_from=arguments["files_from"]
    )


def _retraining_rule_as_typed(arguments: Mapping[str, Any]) -> RetrainingRule:
    """Return after how many new rows a model is trained again; with a condition alone, after no number of them.

    Raises:
        UsageError: The text is no such rule.

    """
    typed = arguments["retrain_after"]
    if typed is None and arguments["retrain_if"] is not None:
        return RetrainingRule()
    return parse_retraining_rule(typed or RETRAIN_AFTER, "--retrain-after")


def _condition_as_typed(arguments: Mapping[str, Any]) -> Condition | None:
    """Return the condition under which a model is trained again; None without one.

    Raises:
        UsageError: The text is no condition, or it is about what the forecasts do not have.

    """
    if arguments["retrain_if"] is None:
        return None
    if arguments["no_ledger"]:
        raise UsageError("--no-ledger cannot be used with --retrain-if", "leave one of them out")
    condition = parse_condition(arguments["retrain_if"])
    check_levels(condition, () if arguments["samples"] is not None else arguments["level"] or LEVELS)
    return condition


def _ledger_as_typed(arguments: Mapping[str, Any]) -> Path | None:
    """Return the ledger of a batch; None for none.

    Raises:
        UsageError: The options contradict each other.

    """
    if not arguments["no_ledger"]:
        return ledger_file(arguments["ledger"] or arguments["out"] / NAME)
    if arguments["ledger"] is not None or arguments["keep"] is not None:
        raise UsageError("--no-ledger cannot be used with --ledger or --keep", "leave one of them out")
    return None


def report_batch(run: BatchRun, log: TextLog | JsonLog, *, dry_run: bool) -> int:
    """Report how a batch ended, and return the exit code.

    Raises:
        ForecasterError: The ledger has not taken the forecasts; all else is reported before.

    """
    messages = open_messages(log)
    messages.print_findings(run.findings)
    if log.verbose:
        messages.print_findings(_findings_of_sources(run))
    else:
        messages.print_facts(finding_facts([*run.records.values()]))
    if dry_run:
        decisions = [(printed(each.source), str(each.action), each.reason) for each in run.records.values()]
        rows = [*_group_rows(run), *decisions]
        frame = frame_of_rows(rows, DECISION_COLUMNS)
        Destination.choose(None, None).write(frame, partial(decision_lines, rows, verbose=log.verbose))
        parts = ["dry run: nothing was written", run.sentence(dry_run=True), exit_in_words(run.exit_code)]
        messages.print_summary("; ".join(filter(None, parts)), [])
        return run.exit_code
    failures = run.failures_by_group if isinstance(log, TextLog) and not log.verbose else run.failures
    where = f"{run.folder / FAILURES} lists what failed" if failures else ""
    parts = [run.sentence(), where, exit_in_words(run.exit_code)]
    messages.print_batch_summary("; ".join(filter(None, parts)), failures, succeeded=run.exit_code == DONE)
    if command := _next_command(run):
        messages.print_next(command)
    if run.ledger is not None and log.verbose:
        messages.print_facts([("Ledger", ledger_sentence(run.ledger))])
    if run.left:
        messages.print_facts([("" if command else "Next", "start the same command again: it does the rest")])
    messages.print_elapsed()
    if run.ledger_error is not None:
        raise run.ledger_error
    return run.exit_code


def ledger_sentence(taken: Taken) -> str:
    """Return what a run brought into a ledger, in a sentence."""
    parts = [
        f"{counted(taken.forecasts, 'forecast')} kept",
        f"{counted(taken.scored, 'step')} of earlier ones scored",
        f"{counted(taken.revised, 'value')} revised" if taken.revised else "",
        f"{counted(taken.late, 'forecast')} left out, because a later value was known" if taken.late else "",
    ]
    return ", ".join(filter(None, parts))


def _next_command(run: BatchRun) -> str:
    """Return the command that shows more about the first failed source whose name can be typed; empty without one."""
    for record in run.records.values():
        if record.failures and record.source == printed(record.source):
            return look_at_failure_command(record.source, record.failures[0].code)
    return ""


def _group_rows(run: BatchRun) -> list[tuple[str, str, str]]:
    """Return what would be done about the network of each group, and why."""
    return [
        (f"group {group.name}", "train" if group.pending else "skip", group.pending or UP_TO_DATE)
        for group in (run.groups if run.grouped else ())
    ]


def _findings_of_sources(run: BatchRun) -> list[Finding]:
    """Return what was found in the files of this run."""
    return [Finding(Code(code), text) for record in run.records.values() for code, text in record.findings]


def _seconds(text: str | None, option: str) -> float | None:
    """Return the seconds of a duration; None without one."""
    return parse_duration(text, option) if text else None


def _moment_before_now(text: str | None) -> str | None:
    """Return the moment that lies a duration before now, in UTC and ISO 8601; None without a duration."""
    if text is None:
        return None
    moment = datetime.now(UTC) - timedelta(seconds=parse_duration(text, "--max-age"))
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
