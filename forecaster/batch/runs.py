"""Many files in one run, each on its own: a model of each, or a forecast from each, in one folder.

What is written is what a run on that file alone would write, byte for byte, however many processes share the work.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.batch.file_names import file_name, stem
from forecaster.batch.tasks import Failure, Outcome, Task, run_each
from forecaster.errors import Code, Finding, OutputError, Place, UsageError
from forecaster.files.atomic import check_writable, output_failure, refuse_overwriting
from forecaster.reading.tables.content import STDIN, printed
from forecaster.reading.tables.sources import expand
from forecaster.spec import COLUMNS, Watch
from forecaster.workflow.frames import frame_of_rows
from forecaster.workflow.predict import predict as predict_one
from forecaster.workflow.train import train as train_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from forecaster.spec import Selection, Specification
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Prediction, Training

    Write = Callable[[Path, Prediction], None]

FAILURES = "failures.csv"
"""The file in the folder that no result is called, for the list of failures."""
MODEL = ".joblib"
WORTH = 100
"""Forecasts for which another process is worth its start of about a second."""


@dataclass(frozen=True)
class Batch:
    """What became of many files.

    Attributes:
        total: Files that there were.
        failures: What failed, in the order of the files.
        findings: What a user should know of them.

    """

    total: int
    failures: tuple[Failure, ...]
    findings: tuple[Finding, ...]

    @property
    def done(self) -> int:
        """Files with a result."""
        return self.total - sum(not failure.series for failure in self.failures)

    def frame(self) -> Frame:
        """Return one row a failure: `file, series, code, exit_code, text`."""
        return frame_of_rows([astuple(each) for each in self.failures], [each.name for each in fields(Failure)])


def train(  # noqa: PLR0913 - one argument an option
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
    """Train a model of each file and write it to the folder `out` under the name of the file.

    Args:
        sources: Files, patterns and folders.
        out: The folder; it is made if it is missing.
        files_from: A file that names one source a line.
        selection: What the user said of each file.
        specification: What the user asked of each model.
        repair: What is done about faults of the files, see `forecaster.spec.REPAIRS`.
        require_skill: Least skill against the best baseline, in percent; a model below it fails.
        jobs: Processes; None for one each core.
        watch: Called after each file.

    Raises:
        UsageError: A result would have the name of a source, or a source has none.
        InputUnreadableError: There are no such files.
        OutputError: The folder cannot be made.

    """
    named = expand(sources, files_from)
    files, clashes = _named(named)
    _prepare(out, named)
    tasks = [Task(file, _result(out, name, MODEL)) for name, file in files.items()]
    one = partial(
        train_one,
        selection=selection,
        specification=specification,
        repair=repair,
        jobs=1,
        require_skill=require_skill,
    )
    done = run_each(partial(_train, one), tasks, _processes(jobs, len(tasks)), watch)
    return _gathered([*clashes, *done], ())


def predict(  # noqa: PLR0913 - one argument an option
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
    """Forecast from each model and write that to the folder `out` under the name of the model.

    Args:
        models: Model files, patterns and folders.
        out: The folder; it is made if it is missing.
        files_from: A file that names one model a line.
        write: Writes a forecast to a file.
        ending: Ending of these files.
        newer: Files, patterns and folders with newer rows, each for the model of its name; a model without such a file
            goes on from the rows that it keeps.
        by_series: Whether each series has a file of its own, in a folder with the name of the model.
        selection: What the user said of each file of newer rows; the rest is as in training.
        horizon: Steps; None for as many as the model forecasts at once.
        at: Moments to forecast, of models of unequal steps.
        levels: Levels of the intervals in percent; none for 80 and 95.
        samples: Sample paths to draw instead of intervals.
        seed: Seed of these draws.
        jobs: Processes; None for as many as pay.
        watch: Called after each model.

    Raises:
        UsageError: A result would have the name of a source, or a source has none, or two newer files have one.
        InputUnreadableError: There are no such files.
        OutputError: The folder cannot be made.

    """
    named = expand(models, files_from, (MODEL,))
    files, clashes = _named(named)
    rows, twice = _named(expand(newer))
    if twice:
        raise UsageError(str(twice[0].failures[0]), "name one of them with --newer")
    _prepare(out, named, list(rows.values()))
    tasks = [
        Task(file, _result(out, name, "" if by_series else ending), (rows[name],) if name in rows else ())
        for name, file in files.items()
    ]
    one = partial(predict_one, selection=selection, horizon=horizon, at=at, levels=levels, samples=samples, seed=seed)
    work = partial(_predict, one, write, ending if by_series else None, selection.known)
    processes = _processes(jobs, len(tasks) if jobs else len(tasks) // WORTH)
    done = run_each(work, tasks, processes, watch)
    return _gathered([*clashes, *done], [*_unused(files, rows), *_kept(files, rows)])


def _named(files: Sequence[str]) -> tuple[dict[str, str], list[Outcome]]:
    """Return the files by the names of their results, and the failures of those that would share one.

    Raises:
        UsageError: One has no name.

    """
    named: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if file == STDIN:
            raise UsageError("- has no name to give to a result in --out", "name a file")
        named[file_name(stem(file))].append(file)
    alike = [each for each in named.values() if len(each) > 1]
    clashes = [_clash(file, [other for other in each if other != file]) for each in alike for file in each]
    return {name: each[0] for name, each in named.items() if len(each) == 1}, clashes


def _clash(file: str, others: Sequence[str]) -> Outcome:
    """Return the failure of a file whose result would have the name of that of others."""
    text = f"its result would have the name of that of {', '.join(map(printed, others))}; rename one"
    return Outcome([Failure(printed(file), "", UsageError.kind, UsageError.exit_code, text)])


def _result(folder: Path, name: str, ending: str) -> Path:
    """Return the file of a result; one that is called like the list of failures has its first letter encoded."""
    full = name + ending
    return folder / (f"%{ord(full[0]):02X}{full[1:]}" if full == FAILURES else full)


def _prepare(out: Path, files: Sequence[str], newer: Sequence[str] = ()) -> None:
    """Make the folder of the results and see, before the work begins, that there is some and what could spoil it."""
    if not files:
        raise UsageError("there is nothing to read", "name files, a folder, or a pattern in quotes")
    refuse_overwriting(out / FAILURES, [*files, *newer])
    _make_folder(out)
    check_writable(out / FAILURES)


def _make_folder(path: Path) -> None:
    """Make a folder, unless it is there; not those above it."""
    try:
        path.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise OutputError("is not a folder", "name a folder", Place(str(path))) from error
    except OSError as error:
        raise output_failure(error, path) from error


def _processes(jobs: int | None, most: int) -> int:
    """Return how many processes share the work: those asked for or one each core, and never more than `most`."""
    from joblib import cpu_count  # here, because a single file does without

    return max(1, min(jobs or cpu_count(), most))


def _train(one: Callable[..., Training], task: Task) -> Training:
    """Train a model."""
    return one([task.file], output=task.output)


def _predict(
    one: Callable[..., Prediction], write: Write, ending: str | None, known: Sequence[str], task: Task
) -> Prediction:
    """Forecast, and write that to one file or, with an `ending`, to one for each series; over none that was read."""
    made = one(Path(task.file), task.newer)
    if ending is not None:
        _make_folder(task.output)
    for path, part in [(task.output, made)] if ending is None else _by_series(made, task.output, ending):
        refuse_overwriting(path, [task.file, *task.newer, *known])
        write(path, part)
    return made


def _by_series(made: Prediction, folder: Path, ending: str) -> Iterator[tuple[Path, Prediction]]:
    """Return the forecast of each series with its file."""
    for series, frame in made.frame.groupby(COLUMNS.series, sort=False):
        yield folder / (file_name(str(series)) + ending), replace(made, frame=frame)


def _gathered(outcomes: Sequence[Outcome], findings: Sequence[Finding]) -> Batch:
    """Return what became of all files, with the findings that are of no single one."""
    failures = tuple(failure for outcome in outcomes for failure in outcome.failures)
    return Batch(
        len(outcomes), failures, (*findings, *(finding for outcome in outcomes for finding in outcome.findings))
    )


def _unused(files: Mapping[str, str], rows: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the files of newer rows that no model is named like."""
    return tuple(
        Finding(Code.UNUSED, "no model has this name, so that these rows are not used", Place(printed(file)))
        for name, file in rows.items()
        if name not in files
    )


def _kept(files: Mapping[str, str], rows: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the models that no file of newer rows is named like, where there are such files at all."""
    return tuple(
        Finding(
            Code.KEPT,
            "no newer file has this name: the forecast follows the rows that the model keeps",
            Place(printed(file)),
        )
        for name, file in files.items()
        if rows and name not in rows
    )
