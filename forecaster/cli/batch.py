"""`--out`: many files in one run, each on its own, and what became of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from forecaster.batch import runs
from forecaster.cli.exits import ALL_FAILED, DONE, SOME_FAILED
from forecaster.cli.messages import Messages
from forecaster.cli.options import DEFAULT_MODEL
from forecaster.cli.output import ENDINGS, Destination, check_parquet, in_form
from forecaster.cli.reading_options import selection
from forecaster.cli.training_options import specification
from forecaster.errors import UsageError, counted
from forecaster.workflow.frames import failures_frame

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.cli.options import DatesName, FormatName
    from forecaster.workflow.results import Prediction


def train_each(arguments: Mapping[str, Any]) -> int:
    """Train a model of each file, as the arguments of `forecast train` say; return the exit code."""
    _refuse(arguments, {"output": DEFAULT_MODEL, "dry_run": False})
    messages = Messages(quiet=arguments["quiet"])
    with messages.progress() as watch:
        done = runs.train(
            arguments["sources"] or (),
            arguments["out"],
            files_from=arguments["files_from"],
            selection=selection(arguments),
            specification=specification(arguments),
            repair=arguments["repair"],
            require_skill=arguments["require_skill"],
            jobs=arguments["jobs"],
            watch=watch,
        )
    return _ended(done, "model", arguments["out"], messages)


def predict_each(arguments: Mapping[str, Any]) -> int:
    """Forecast from each model, as the arguments of `forecast predict` say; return the exit code."""
    _refuse(arguments, {"output": None, "model": DEFAULT_MODEL})
    form: FormatName = arguments["format"] or "csv"
    if form == "parquet":
        check_parquet(Destination(arguments["out"], form))
    messages = Messages(quiet=arguments["quiet"])
    with messages.progress() as watch:
        done = runs.predict(
            arguments["sources"] or (),
            arguments["out"],
            files_from=arguments["files_from"],
            write=partial(_write, form, arguments["dates"]),
            ending=next(ending for ending, each in ENDINGS.items() if each == form),
            newer=arguments["newer"] or (),
            by_series=arguments["by_series"],
            selection=selection(arguments),
            horizon=arguments["horizon"],
            at=arguments["at"] or (),
            levels=arguments["level"] or (),
            samples=arguments["samples"],
            seed=arguments["seed"],
            jobs=arguments["jobs"],
            watch=watch,
        )
    return _ended(done, "forecast", arguments["out"], messages)


def _refuse(arguments: Mapping[str, Any], alone: Mapping[str, Any]) -> None:
    """Refuse options that only a single result has."""
    for name, default in alone.items():
        if arguments[name] != default:
            raise UsageError(f"--{name.replace('_', '-')} does not go with --out", "leave one of them out")


def _write(form: FormatName, dates: DatesName, path: Path, made: Prediction) -> None:
    """Write a forecast to its file."""
    Destination(path, form).write(in_form(made, form, dates))


def _ended(done: runs.Batch, noun: str, out: Path, messages: Messages) -> int:
    """Write the list of failures, tell what became of the files, and return the exit code."""
    record = out / runs.FAILURES
    Destination(record, "csv").write(failures_frame(done.failures))
    messages.findings(done.findings)
    many = counted(done.total, noun)
    if not done.failures:
        messages.summary(f"{many} written to {out}", ())
        return DONE
    summary = f"{done.done} of {many} written to {out}; what failed is listed in {record}"
    messages.summary(summary, [str(each) for each in done.failures])
    return SOME_FAILED if done.done else ALL_FAILED
