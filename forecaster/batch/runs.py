"""Train a model from each of many files, or predict from each of many models and tables, into one folder.

Each result has the same bytes as that of a run on its file alone, whatever the number of processes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.batch.file_names import file_name, result_name
from forecaster.batch.tasks import FileFailure, Task, TaskOutcome, run_tasks
from forecaster.errors import Code, Finding, OutputError, Place, UsageError, counted
from forecaster.files.atomic import check_writable, output_failure, refuse_overwriting
from forecaster.reading.tables.content import printed
from forecaster.reading.tables.sources import expand_sources
from forecaster.spec import COLUMNS, FAILURES, STDIN
from forecaster.workflow.frames import frame_of_rows
from forecaster.workflow.predict import Request, predict_table
from forecaster.workflow.predict import predict as predict_series
from forecaster.workflow.train import train as train_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from forecaster.spec import Selection, Specification
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Prediction, Training

    Write = Callable[[Path, Prediction], None]
    """Writes a forecast to a file."""

"""The file in the folder that lists the failures; no result has this name."""
MODEL_ENDING = ".joblib"
FORECASTS_PER_PROCESS = 100
"""Forecasts that pay for another process, which takes about a second to start."""


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

    """
    sources = expand_sources(sources, files_from)
    files, clashes = _files_by_result_name(sources)
    _prepare_folder(out, sources)
    tasks = [Task(file, _result_path(out, name, MODEL_ENDING)) for name, file in files.items()]
    train_one = partial(
        train_model,
        selection=selection,
        specification=specification,
        repair=repair,
        jobs=1,
        require_skill=require_skill,
        resume=resume,
    )
    done = run_tasks(partial(_train_from_task, train_one), tasks, _process_count(jobs, len(tasks)))
    trained = {printed(task.file): _summarise_outcome(each) for task, each in zip(tasks, done, strict=True)}
    summaries = {file: summary for file, summary in trained.items() if summary}
    return replace(_collect_batch([*clashes, *done], ()), summaries=summaries)


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
        jobs: Processes; None for as many as `FORECASTS_PER_PROCESS` allows.

    Raises:
        UsageError: A result would have the name of a source, or a source has none, or two newer files have one.
        InputUnreadableError: There are no such files.
        OutputError: The folder cannot be created.

    """
    sources = expand_sources(sources, files_from, (MODEL_ENDING,))
    files, clashes = _files_by_result_name(sources)
    rows, newer_clashes = _files_by_result_name(expand_sources(newer))
    if newer_clashes:
        raise UsageError(str(newer_clashes[0].failures[0]), "name one of them with --newer")
    _prepare_folder(out, sources, list(rows.values()))
    tasks = [
        Task(file, _result_path(out, name, "" if by_series else ending), (rows[name],) if name in rows else ())
        for name, file in files.items()
    ]
    forecast = partial(_forecast_file, zero_shot=zero_shot, selection=selection, request=request)
    work = partial(_predict_from_task, forecast, write, ending if by_series else None, selection.known)
    processes = _process_count(jobs, len(tasks) if jobs else len(tasks) // FORECASTS_PER_PROCESS)
    done = run_tasks(work, tasks, processes)
    return _collect_batch(
        [*clashes, *done], [*_find_newer_rows_without_model(files, rows), *_find_models_without_newer_rows(files, rows)]
    )


def _files_by_result_name(files: Sequence[str]) -> tuple[dict[str, str], list[TaskOutcome]]:
    """Return the files by the names of their results, and the failures of files whose results would share a name.

    Raises:
        UsageError: Standard input is among them: it has no name.

    """
    named: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if file == STDIN:
            raise UsageError("standard input (-) has no name for a result in --out", "name a file")
        named[file_name(result_name(file))].append(file)
    alike = [each for each in named.values() if len(each) > 1]
    clashes = [_name_clash(file, [other for other in each if other != file]) for each in alike for file in each]
    return {name: each[0] for name, each in named.items() if len(each) == 1}, clashes


def _name_clash(file: str, others: Sequence[str]) -> TaskOutcome:
    """Return the failure of a file whose result would have the same name as that of other files."""
    text = f"its result would have the same name as that of {', '.join(map(printed, others))}; rename one"
    return TaskOutcome([FileFailure(printed(file), "", UsageError.kind, UsageError.exit_code, text)])


def _result_path(folder: Path, name: str, ending: str) -> Path:
    """Return the file of a result; if its name is that of the list of failures, the first letter is encoded."""
    full = name + ending
    return folder / (f"%{ord(full[0]):02X}{full[1:]}" if full == FAILURES else full)


def _prepare_folder(out: Path, files: Sequence[str], newer: Sequence[str] = ()) -> None:
    """Create the folder of the results, and refuse before the work begins what would make it fail at the end."""
    if not files:
        raise UsageError("there is nothing to read", "name files, a folder, or a pattern in quotes")
    refuse_overwriting(out / FAILURES, [*files, *newer])
    _make_folder(out)
    check_writable(out / FAILURES)


def _make_folder(path: Path) -> None:
    """Create a folder unless it exists, but not those above it."""
    try:
        path.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise OutputError("is not a folder", "name a folder", Place(str(path))) from error
    except OSError as error:
        raise output_failure(error, path) from error


def _process_count(jobs: int | None, most: int) -> int:
    """Return the number of processes: as many as the user wants or one per core, and at most `most`."""
    from joblib import cpu_count  # here, because a single file does without

    return max(1, min(jobs or cpu_count(), most))


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
    prediction = forecast(task)
    if ending is not None:
        _make_folder(task.output)
    for path, part in (
        [(task.output, prediction)] if ending is None else _forecasts_by_series(prediction, task.output, ending)
    ):
        refuse_overwriting(path, [task.file, *task.newer, *known])
        write(path, part)
    return prediction


def _forecasts_by_series(prediction: Prediction, folder: Path, ending: str) -> Iterator[tuple[Path, Prediction]]:
    """Yield the file of each series with its forecast."""
    for series, frame in prediction.frame.groupby(COLUMNS.series, sort=False):
        yield folder / (file_name(str(series)) + ending), replace(prediction, frame=frame)


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


def _find_newer_rows_without_model(files: Mapping[str, str], rows: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return a finding for each file of newer rows without a model of the same name."""
    return tuple(
        Finding(Code.UNUSED, "no model has this name, so these rows are not used", Place(printed(file)))
        for name, file in rows.items()
        if name not in files
    )


def _find_models_without_newer_rows(files: Mapping[str, str], rows: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return a finding for each model without newer rows of the same name, if there are newer rows at all."""
    return tuple(
        Finding(
            Code.KEPT,
            "no newer file has this name: the forecast follows the rows that the model keeps",
            Place(printed(file)),
        )
        for name, file in files.items()
        if rows and name not in rows
    )
