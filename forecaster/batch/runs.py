"""Train a model from each of many files, or predict from each of many models, into one folder.

Each result is what a run on that file alone would write, byte for byte, however many processes share the work.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.batch.file_names import decoded_stem, file_name
from forecaster.batch.tasks import Failure, Outcome, Task, run_each
from forecaster.errors import Code, Finding, OutputError, Place, UsageError
from forecaster.files.atomic import check_writable, output_failure, refuse_overwriting
from forecaster.reading.tables.content import STDIN, printed
from forecaster.reading.tables.sources import expand
from forecaster.spec import COLUMNS, Watch
from forecaster.workflow.predict import predict as predict_model
from forecaster.workflow.train import train as train_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from forecaster.spec import Selection, Specification
    from forecaster.workflow.results import Prediction, Training

    Write = Callable[[Path, Prediction], None]

FAILURES = "failures.csv"
"""Name of the list of failures in the folder; no result has this name."""
MODEL_ENDING = ".joblib"
FORECASTS_PER_PROCESS = 100
"""Forecasts for which another process pays: chosen by hand, since a process takes about a second to start."""


@dataclass(frozen=True)
class Batch:
    """The outcome of a run over many files.

    Attributes:
        total: Number of files.
        failures: Files and series without a result, in the order of the files.
        findings: What the user should know about the files.

    """

    total: int
    failures: tuple[Failure, ...]
    findings: tuple[Finding, ...]

    @property
    def done(self) -> int:
        """Number of files with a result."""
        return self.total - sum(not failure.series for failure in self.failures)


def train(  # noqa: PLR0913 - each option of the command line is an argument
    sources: Sequence[str],
    out: Path,
    *,
    files_from: str | None = None,
    selection: Selection,
    specification: Specification,
    repair: str = "safe",
    require_skill: float | None = None,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Batch:
    """Train a model from each file and write it to the folder `out` under the name of the file.

    Args:
        sources: Files, patterns and folders.
        out: The folder; it is created if it is missing.
        files_from: A file that names one source on each line.
        selection: The options that say how to read each file.
        specification: The options of each model.
        repair: How to repair faults of the files, see `forecaster.spec.REPAIRS`.
        require_skill: Least skill against the best baseline, in percent; a model below it fails.
        jobs: Processes; None for one per core.
        watch: Called after each file.

    Raises:
        UsageError: A result would overwrite a source, or a source is standard input, which has no name.
        InputUnreadableError: There are no such files.
        OutputError: The folder cannot be created.

    """
    expanded = expand(sources, files_from)
    files, name_clashes = _files_by_result_name(expanded)
    _prepare_output_folder(out, expanded)
    tasks = [Task(file, _result_path(out, name, MODEL_ENDING)) for name, file in files.items()]
    train_with_options = partial(
        train_model,
        selection=selection,
        specification=specification,
        repair=repair,
        jobs=1,
        require_skill=require_skill,
    )
    outcomes = run_each(partial(_train_task, train_with_options), tasks, _process_count(jobs, len(tasks)), watch)
    return _batch_from_outcomes([*name_clashes, *outcomes], ())


def predict(  # noqa: PLR0913 - each option of the command line is an argument
    models: Sequence[str],
    out: Path,
    *,
    files_from: str | None = None,
    write: Write,
    ending: str = ".csv",
    newer: Sequence[str] = (),
    by_series: bool = False,
    selection: Selection,
    horizon: int | None = None,
    at: Sequence[str] = (),
    levels: Sequence[float] = (),
    samples: int | None = None,
    seed: int = 0,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Batch:
    """Forecast from each model and write the forecast to the folder `out` under the name of the model.

    Args:
        models: Model files, patterns and folders.
        out: The folder; it is created if it is missing.
        files_from: A file that names one model on each line.
        write: Function that writes a forecast to a file.
        ending: Ending of these files.
        newer: Files, patterns and folders with newer rows, each for the model of its name; a model without such a file
            continues from the rows that it keeps.
        by_series: Whether each series has a file of its own, in a folder with the name of the model.
        selection: The options that say how to read the newer rows; what is not given is as in training.
        horizon: Steps; None for as many as the model forecasts at once.
        at: Requested times, for models of unequal steps.
        levels: Levels of the intervals in percent; none for 80 and 95.
        samples: Number of sample paths to draw instead of intervals.
        seed: Seed of these draws.
        jobs: Processes; None for as many as save time.
        watch: Called after each model.

    Raises:
        UsageError: A result would overwrite a source, a source is standard input, which has no name, or two files of
            newer rows have the same name.
        InputUnreadableError: There are no such files.
        OutputError: The folder cannot be created.

    """
    expanded = expand(models, files_from, (MODEL_ENDING,))
    files, name_clashes = _files_by_result_name(expanded)
    newer_files, newer_clashes = _files_by_result_name(expand(newer))
    if newer_clashes:
        raise UsageError(str(newer_clashes[0].failures[0]), "name one of them with --newer")
    _prepare_output_folder(out, expanded, list(newer_files.values()))
    tasks = [
        Task(
            file,
            _result_path(out, name, "" if by_series else ending),
            (newer_files[name],) if name in newer_files else (),
        )
        for name, file in files.items()
    ]
    predict_with_options = partial(
        predict_model, selection=selection, horizon=horizon, at=at, levels=levels, samples=samples, seed=seed
    )
    work = partial(_predict_task, predict_with_options, write, ending if by_series else None, selection.known)
    processes = _process_count(jobs, len(tasks) if jobs else len(tasks) // FORECASTS_PER_PROCESS)
    outcomes = run_each(work, tasks, processes, watch)
    findings = [*_newer_files_without_model(files, newer_files), *_models_without_newer_file(files, newer_files)]
    return _batch_from_outcomes([*name_clashes, *outcomes], findings)


def _files_by_result_name(files: Sequence[str]) -> tuple[dict[str, str], list[Outcome]]:
    """Return each file by the name of its result, and a failure for each file whose result would share its name.

    Raises:
        UsageError: A file is standard input, which has no name.

    """
    groups: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if file == STDIN:
            raise UsageError("- has no name to give to a result in --out", "name a file")
        groups[file_name(decoded_stem(file))].append(file)
    shared = [group for group in groups.values() if len(group) > 1]
    clashes = [_name_clash(file, [other for other in group if other != file]) for group in shared for file in group]
    return {name: group[0] for name, group in groups.items() if len(group) == 1}, clashes


def _name_clash(file: str, others: Sequence[str]) -> Outcome:
    """Return the failure of a file whose result would have the same name as the results of others."""
    text = f"its result would have the name of that of {', '.join(map(printed, others))}; rename one"
    return Outcome([Failure(printed(file), "", UsageError.kind, UsageError.exit_code, text)])


def _result_path(folder: Path, name: str, ending: str) -> Path:
    """Return the path of a result; the name of the list of failures gets its first letter encoded."""
    full = name + ending
    return folder / (f"%{ord(full[0]):02X}{full[1:]}" if full == FAILURES else full)


def _prepare_output_folder(out: Path, files: Sequence[str], newer_files: Sequence[str] = ()) -> None:
    """Create the folder of the results before the work begins; refuse a run that has no files or cannot write."""
    if not files:
        raise UsageError("there is nothing to read", "name files, a folder, or a pattern in quotes")
    refuse_overwriting(out / FAILURES, [*files, *newer_files])
    _create_folder(out)
    check_writable(out / FAILURES)


def _create_folder(path: Path) -> None:
    """Create a folder unless it exists; the folders above it must exist."""
    try:
        path.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise OutputError("is not a folder", "name a folder", Place(str(path))) from error
    except OSError as error:
        raise output_failure(error, path) from error


def _process_count(jobs: int | None, most: int) -> int:
    """Return how many processes share the work: `jobs` or one per core, and never more than `most`."""
    from joblib import cpu_count  # here, because a run on a single file does not need it

    return max(1, min(jobs or cpu_count(), most))


def _train_task(train_with_options: Callable[..., Training], task: Task) -> Training:
    """Train a model from the file of a task."""
    return train_with_options([task.file], output=task.output)


def _predict_task(
    predict_with_options: Callable[..., Prediction],
    write: Write,
    series_ending: str | None,
    known_files: Sequence[str],
    task: Task,
) -> Prediction:
    """Forecast from the model of a task and write one file or, with a `series_ending`, one file for each series.

    Raises:
        UsageError: The forecast would overwrite a file that it was made from.

    """
    prediction = predict_with_options(Path(task.file), task.newer)
    parts = iter([(task.output, prediction)])
    if series_ending is not None:
        _create_folder(task.output)
        parts = _split_by_series(prediction, task.output, series_ending)
    for path, part in parts:
        refuse_overwriting(path, [task.file, *task.newer, *known_files])
        write(path, part)
    return prediction


def _split_by_series(prediction: Prediction, folder: Path, ending: str) -> Iterator[tuple[Path, Prediction]]:
    """Yield the forecast of each series with the path of its file."""
    for series, frame in prediction.frame.groupby(COLUMNS.series, sort=False):
        yield folder / (file_name(str(series)) + ending), replace(prediction, frame=frame)


def _batch_from_outcomes(outcomes: Sequence[Outcome], findings: Sequence[Finding]) -> Batch:
    """Return the outcomes of all files as one record; `findings` are those that belong to no single outcome."""
    failures = tuple(failure for outcome in outcomes for failure in outcome.failures)
    return Batch(
        len(outcomes), failures, (*findings, *(finding for outcome in outcomes for finding in outcome.findings))
    )


def _newer_files_without_model(models: Mapping[str, str], newer_files: Mapping[str, str]) -> list[Finding]:
    """Return a finding for each file of newer rows that has the name of no model."""
    text = "no model has this name, so that these rows are not used"
    return [
        Finding(Code.UNUSED, text, Place(printed(file))) for name, file in newer_files.items() if name not in models
    ]


def _models_without_newer_file(models: Mapping[str, str], newer_files: Mapping[str, str]) -> list[Finding]:
    """Return a finding for each model without newer rows, if there are any newer rows at all."""
    text = "no newer file has this name: the forecast follows the rows that the model keeps"
    return [
        Finding(Code.KEPT, text, Place(printed(file)))
        for name, file in models.items()
        if newer_files and name not in newer_files
    ]
