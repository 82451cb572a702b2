"""Run `--out`: train or predict many files, and report the result of each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from forecaster.batch import runs
from forecaster.cli.commands_to_type import predict_folder_command
from forecaster.cli.forecast_table import forecast_table
from forecaster.cli.json_messages import open_messages
from forecaster.cli.options import DEFAULT_MODEL
from forecaster.cli.output import ENDINGS, Destination, check_parquet
from forecaster.errors import ALL_FAILED, DONE, SOME_FAILED, UsageError, counted, exit_in_words
from forecaster.spec import FAILURES
from forecaster.workflow.frame_files import frame_in_form
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.cli.json_messages import JsonMessages
    from forecaster.cli.logs import JsonLog, TextLog
    from forecaster.cli.messages import Messages
    from forecaster.cli.options import DatesName, FormatName
    from forecaster.workflow.results import Prediction


def train_into_folder(arguments: Mapping[str, Any]) -> runs.Batch:
    """Train a model of each file, as the arguments of `forecast train` say."""
    _refuse_single_result_options(arguments, {"output": DEFAULT_MODEL, "dry_run": False})
    return runs.train_each_file(
        arguments["sources"] or (),
        arguments["out"],
        files_from=arguments["files_from"],
        selection=arguments["selection"],
        specification=arguments["specification"],
        repair=arguments["repair"],
        require_skill=arguments["require_skill"],
        resume=arguments["resume"],
        jobs=arguments["jobs"],
    )


def predict_into_folder(arguments: Mapping[str, Any]) -> runs.Batch:
    """Forecast from each model and each table, as the arguments of `forecast predict` say."""
    _refuse_single_result_options(arguments, {"output": None, "model": None})
    form: FormatName = arguments["format"] or "csv"
    if form == "parquet":
        check_parquet(Destination(arguments["out"], form))
    return runs.predict_each_file(
        arguments["sources"] or (),
        arguments["out"],
        files_from=arguments["files_from"],
        write=partial(_write_forecast, form, arguments["dates"]),
        ending=next(ending for ending, each in ENDINGS.items() if each == form),
        newer=arguments["newer"] or (),
        by_series=arguments["by_series"],
        selection=arguments["selection"],
        zero_shot=arguments["zero_shot"],
        request=Request(
            arguments["horizon"],
            arguments["at"] or (),
            arguments["level"] or (),
            arguments["samples"],
            arguments["seed"],
            arguments["specification"].minimum,
            arguments["specification"].maximum,
            arguments["explain"],
            arguments["members"],
        ),
        jobs=arguments["jobs"],
    )


def _refuse_single_result_options(arguments: Mapping[str, Any], alone: Mapping[str, Any]) -> None:
    """Check that no option has a value that only makes sense for a single result."""
    given = [name for name, default in alone.items() if arguments[name] != default]
    for name in [*given, *(name for name in ("chart", "plot", "report") if arguments[name])]:
        raise UsageError(f"--{name.replace('_', '-')} cannot be used with --out", "leave one of them out")


def _write_forecast(form: FormatName, dates: DatesName, path: Path, prediction: Prediction) -> None:
    """Write a forecast to its file, in the form and with the dates that the user wants."""
    frame = frame_in_form(prediction, form, dates)
    Destination(path, form).write(frame, lambda page: forecast_table(frame, prediction, page))


def report_training(done: runs.Batch, out: Path, log: TextLog | JsonLog) -> int:
    """Report the models of a folder, what to type next, and return the exit code."""
    messages = open_messages(log)
    messages.print_each_file(done.summaries)
    code = _report_batch(done if log.verbose else replace(done, findings=()), "model", out, messages)
    if done.findings and not log.verbose:
        messages.print_facts([("Found", "forecast check FILE shows what was found in a file")])
    if done.done:
        messages.print_next(predict_folder_command(out))
    messages.print_elapsed()
    return code


def report_forecasts(done: runs.Batch, out: Path, log: TextLog | JsonLog) -> int:
    """Report the forecasts of a folder, and return the exit code."""
    messages = open_messages(log)
    code = _report_batch(done, "forecast", out, messages)
    messages.print_elapsed()
    return code


def _report_batch(done: runs.Batch, noun: str, out: Path, messages: Messages | JsonMessages) -> int:
    """Print a summary, and return the exit code."""
    messages.print_findings(done.findings)
    many = counted(done.total, noun)
    if not done.failures:
        messages.print_batch_summary(f"{many} written to {out}", (), succeeded=True)
        return DONE
    code = SOME_FAILED if done.done else ALL_FAILED
    summary = f"{done.done} of {many} written to {out}; what failed is listed in {out / FAILURES}"
    messages.print_batch_summary(f"{summary}; {exit_in_words(code)}", done.failures, succeeded=False)
    return code
