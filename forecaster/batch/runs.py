"""Train a model from each of many files, or predict from each of many models and tables, into one folder.

Each result has the same bytes as that of a run on its file alone, whatever the number of processes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.batch.file_names import distinct_names, distinct_series_names, possible_names
from forecaster.batch.file_work import known_files
from forecaster.batch.folder import make_folder
from forecaster.batch.tasks import FileFailure, Task, TaskOutcome, process_count, run_tasks
from forecaster.errors import Code, Finding, OutputError, Place, UsageError, counted
from forecaster.files.atomic import atomic_write, refuse_overwriting
from forecaster.files.lock import exclusive_lock
from forecaster.files.preflight import SMALLEST_FILE, check_writable
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.reading.tables.content import printed
from forecaster.reading.tables.sources import expand_sources
from forecaster.spec import COLUMNS, FAILURES, STDIN
from forecaster.workflow.frame_files import encode_frame
from forecaster.workflow.frames import frame_of_rows
from forecaster.workflow.predict import predict as predict_series
from forecaster.workflow.predict import predict_table
from forecaster.workflow.request import Request
from forecaster.workflow.train import train as train_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from forecaster.spec import Selection, Specification
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Prediction, Training

    Write = Callable[[Path, Prediction], None]
    """Writes a forecast to a file."""

MODEL_ENDING = ".joblib"


@dataclass(frozen=True)
class Batch:
    """The outcome of a run on many files.

    Attributes:
        total: Number of files.
        failures: Files and series without a result, in the order of the files.
        findings: Findings for the user.
        summaries: How good each result is, in a few words, by file, with the number of its findings.

    """

    total: int
    failures: tuple[FileFailure, ...]
    findings: tuple[Finding, ...]
    summaries: Mapping[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Number of files with a result."""
        return self.total - sum(not failure.series for failure in self.failures)

    def frame(self) -> Frame:
        """Return one row a failure: `file, series, code, exit_code, text`."""
        return frame_of_rows([astuple(each) for each in self.failures], [each.name for each in fields(FileFailure)])


def train_each_file(  # noqa: PLR0913 - one argument an option
    sources: Sequence[str],
    out: Path,
    *,
    files_from: str | None = None,
    selection: Selection,
    specification: Specification,
    repair: str = "safe",
    require_skill: float | None = None,
    resume: bool = True,
    jobs: int | None = None,
) -> Batch:
    """Train a model of each file and write it to the folder `out` under the name of the file.

    Args:
        sources: Files, patterns and folders.
        out: The folder; it is created if it is missing.
        files_from: A file that names one source a line.
        selection: What the user says about each file.
        specification: What the user wants of each model.
        repair: How faults of the files are repaired, see `forecaster.spec.REPAIRS`.
        require_skill: Least skill against the best baseline, in percent; a model below it fails.
        resume: Whether to go on from the checkpoints of an earlier run that was killed.
        jobs: Processes; None for one per core.

    Raises:
        UsageError: A result would have the name of a source, or a source has none.
        InputUnreadableError: There are no such files.
        OutputError: The folder cannot be created.
        TryAgainError: Another run writes to the folder.

    """
    sources = expand_sources(sources, files_from)
    names = _result_names(sources)
    tasks = [Task(file, out / f"{names[file]}{MODEL_ENDING}") for file in sources]
    train_one = partial(
        train_model,
        selection=selection,
        specification=specification,
        repair=repair,
        jobs=1,
        require_skill=require_skill,
        resume=resume,
    )
    work = partial(_train_from_task, train_one)
    with _only_run_in(out, sources):
        done = run_tasks(work, tasks, process_count(jobs, len(tasks)), known_files(selection))
        batch = _collect_batch(done, ())
        _write_failures(out, batch)
    trained = {printed(task.file): _summarise_outcome(each) for task, each in zip(tasks, done, strict=True)}
    return replace(batch, summaries={file: summary for file, summary in trained.items() if summary})


def predict_each_file(  # noqa: PLR0913 - one argument an option
    sources: Sequence[str],
    out: Path,
    *,
    files_from: str | None = None,
    write: Write,
    ending: str = ".csv",
    newer: Sequence[str] = (),
    by_series: bool = False,
    selection: Selection,
    zero_shot: bool = False,
    request: Request = Request(),  # noqa: B008 - frozen, so sharing the default is safe
    jobs: int | None = None,
) -> Batch:
    """Forecast from each model and each table and write that to the folder `out` under the name of the file.

    Args:
        sources: Models, tables, patterns and folders; a file whose name ends in `.joblib` is a model.
        out: The folder; it is created if it is missing.
        files_from: A file that names one source a line.
        write: Writes a forecast to a file.
        ending: Ending of these files.
        newer: Files, patterns and folders with newer rows, each for the model of its name; a model without such a file
            continues from the rows that it keeps.
        by_series: Whether each series has a file of its own, in a folder with the name of the model.
        selection: What the user says about each table; of newer rows, the rest is as in training.
        zero_shot: Whether all sources are tables: a model is refused.
        request: What is forecast.
        jobs: Processes; None for one per core.

    Raises:
        UsageError: A result would have the name of a source, or a source has none, or two newer files have one.
        InputUnreadableError: There are no such files.
        OutputError: The folder cannot be created.
        TryAgainError: Another run writes to the folder.

    """
    sources = expand_sources(sources, files_from, (MODEL_ENDING,))
    newer = expand_sources(newer)
    names = _result_names(sources)
    rows = _newer_rows_by_source(names, newer)
    tasks = [
        Task(file, out / f"{names[file]}{'' if by_series else ending}", (rows[file],) if file in rows else ())
        for file in sources
    ]
    forecast = partial(_forecast_file, zero_shot=zero_shot, selection=selection, request=request)
    work = partial(_predict_from_task, forecast, write, ending if by_series else None, selection.known)
    findings = _find_newer_rows_without_model(newer, rows)
    findings += _find_models_without_newer_rows(sources, rows) if newer else ()
    with _only_run_in(out, [*sources, *newer], len(sources)):
        batch = _collect_batch(run_tasks(work, tasks, process_count(jobs, len(tasks))), findings)
        _write_failures(out, batch)
    return batch


def _result_names(files: Sequence[str]) -> dict[str, str]:
    """Return the name of the result of each file.

    Raises:
        UsageError: Standard input is among them: it has no name.

    """
    if STDIN in files:
        raise UsageError("standard input (-) has no name for a result in --out", "name a file")
    return distinct_names(files)


def _newer_rows_by_source(names: Mapping[str, str], newer: Sequence[str]) -> dict[str, str]:
    """Return the file of newer rows of each source, by source; the names of the results say which belong together.

    Raises:
        UsageError: Two files belong to one source.

    """
    sources = {name: source for source, name in names.items()}
    rows: dict[str, str] = {}
    for file in newer:
        source = next((sources[name] for name in possible_names(file) if name in sources), None)
        if source in rows:
            what = f"{printed(rows[source])} and {printed(file)} both have the name of {printed(source)}"
            raise UsageError(what, "name one of them with --newer")
        if source is not None:
            rows[source] = file
    return rows


@contextmanager
def _only_run_in(out: Path, inputs: Sequence[str], results: int | None = None) -> Iterator[None]:
    """Create the folder of the results and hold its lock; refuse before the work what would make it fail at the end.

    The disk must have space for a small file for each of the `results`, by default as many as there are inputs.

    Raises:
        UsageError: There is nothing to read, or the list of failures would replace an input.
        OutputError: The folder cannot be created, or its disk is full.
        TryAgainError: Another run writes to the folder.

    """
    if not inputs:
        raise UsageError("there is nothing to read", "name files, a folder, or a pattern in quotes")
    refuse_overwriting(out / FAILURES, inputs)
    make_folder(out)
    check_writable(out / FAILURES, SMALLEST_FILE * (results or len(inputs)))
    with exclusive_lock(out, "folder"):
        sweep_unfinished_files(out)
        yield


def _write_failures(out: Path, batch: Batch) -> None:
    """Write the list of failures."""
    atomic_write(out / FAILURES, encode_frame(batch.frame(), "csv"))


def _forecast_file(task: Task, *, zero_shot: bool, selection: Selection, request: Request) -> Prediction:
    """Forecast from a model, or with nothing trained from a table.

    Raises:
        UsageError: A model is named although nothing trained is wanted, or a table has newer rows.

    """
    is_model = task.file.lower().endswith(MODEL_ENDING)
    if is_model and zero_shot:
        raise UsageError("a model cannot be used with --zero-shot", "leave one of them out")
    if is_model:
        return predict_series(Path(task.file), task.newer, selection=selection, request=request)
    if task.newer:
        raise UsageError("--newer has rows for models, and this is a table", "leave it out of the sources")
    return predict_table([task.file], selection=selection, request=request, with_verdict=False)


def _train_from_task(train_one: Callable[..., Training], task: Task) -> Training:
    """Train the model of a task."""
    return train_one([task.file], output=task.output)


def _predict_from_task(
    forecast: Callable[..., Prediction], write: Write, ending: str | None, known: Sequence[str], task: Task
) -> Prediction:
    """Forecast, and write the result to one file or, with an `ending`, to one for each series; never over an input."""
    prediction, inputs = forecast(task), [task.file, *task.newer, *known]
    if ending is not None:
        return _write_each_series(prediction, task.output, ending, write, inputs)
    refuse_overwriting(task.output, inputs)
    write(task.output, prediction)
    return prediction


def _write_each_series(
    prediction: Prediction, folder: Path, ending: str, write: Write, inputs: Sequence[str]
) -> Prediction:
    """Write the forecast of each series to a file in the folder, and return it with those that cannot be created."""
    make_folder(folder)
    sweep_unfinished_files(folder)
    series = {str(name): frame for name, frame in prediction.frame.groupby(COLUMNS.series, sort=False)}
    failed = dict(prediction.failed)
    for name, written in distinct_series_names(series).items():
        path = folder / f"{written}{ending}"
        refuse_overwriting(path, inputs)
        try:
            write(path, replace(prediction, frame=series[name]))
        except OutputError as error:
            failed[name] = str(error)
    return replace(prediction, failed=failed)


def _collect_batch(outcomes: Sequence[TaskOutcome], findings: Sequence[Finding]) -> Batch:
    """Return the outcome of the whole run, with `findings` that concern no single file."""
    failures = tuple(failure for outcome in outcomes for failure in outcome.failures)
    return Batch(
        len(outcomes), failures, (*findings, *(finding for outcome in outcomes for finding in outcome.findings))
    )


def _summarise_outcome(outcome: TaskOutcome) -> str:
    """Return how good a result is and how much was found in its file, in a few words; empty if there is none."""
    found = f"; {counted(len(outcome.findings), 'finding')}" if outcome.findings else ""
    return f"{outcome.summary}{found}" if outcome.summary else ""


def _find_newer_rows_without_model(newer: Sequence[str], rows: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return a finding for each file of newer rows without a model of the same name."""
    used = set(rows.values())
    return tuple(
        Finding(Code.UNUSED, "no model has this name, so these rows are not used", Place(printed(file)))
        for file in newer
        if file not in used
    )


def _find_models_without_newer_rows(sources: Sequence[str], rows: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return a finding for each model without newer rows of the same name."""
    return tuple(
        Finding(
            Code.KEPT,
            "no newer file has this name: the forecast follows the rows that the model keeps",
            Place(printed(file)),
        )
        for file in sources
        if file not in rows
    )
