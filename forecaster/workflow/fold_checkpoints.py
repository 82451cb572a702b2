"""Checkpoints of `evaluate`: a folder next to its first file, with the forecasts of folds and the states of trainings.

An evaluation that is started again with the same files, options and version takes the forecasts of the folds that a
killed run has finished, and goes on with the trainings of the others. The files are removed when the scores are
written. Evaluations of one file share the folder, so only one of them at a time keeps checkpoints.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.checkpoint import Checkpoint, load_checkpoint
from forecaster.artifact.fold_checkpoint import FoldCheckpoint, load_fold_checkpoint, save_fold_checkpoint
from forecaster.errors import ForecasterError, InputRefusedError, OutputError, StorageError, TryAgainError
from forecaster.files.lock import exclusive_lock
from forecaster.workflow.checkpoints import (
    ENDING,
    FILE,
    Resumption,
    TrainingCheckpoints,
    WritingPace,
    checkpoint_folder,
    create_folder,
    describe_restart,
    files_in_folder,
    load_of_run,
    open_checkpoints,
    remove_files,
    time_of_checkpoint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forecaster.arrays import Floats
    from forecaster.forecasting.plan import Plan

FOLDS = re.compile(rf"folds-\d{{1,9}}{re.escape(ENDING)}")
"""The names of files with forecasts, with the number of the first of the folds, counted from 1."""
PREFIX = re.compile(r"rows-\d{1,12}-")
"""What the names of the states of trainings begin with: how many rows of all series they are fitted on."""


@dataclass
class FoldCheckpoints:
    """The checkpoints of one evaluation: a store as `forecaster.evaluation.fold_store` wants it.

    Attributes:
        folder: The folder of the files, created with the first of them.
        resume: Whether to go on from checkpoints of an earlier run.
        run: What the run is made of, see `forecaster.workflow.run_description`; known when its rows are read.
        done: The files with the forecasts of folds that an earlier run has made, by the number of the fold.
        pace: When forecasts are written.
        waiting: Forecasts of folds that are not written yet, (N, h, models x 5) each, by the number of the fold.
        trainings: The trainings behind these.

    """

    folder: Path
    resume: bool
    run: Mapping[str, str] = field(default_factory=dict)
    done: dict[int, Path] = field(default_factory=dict)
    pace: WritingPace = field(default_factory=WritingPace)
    waiting: dict[int, Floats] = field(default_factory=dict)
    trainings: list[TrainingCheckpoints] = field(default_factory=list)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a worker process gets: it has a clock of its own."""
        return vars(self) | {"pace": WritingPace(), "waiting": {}, "trainings": []}

    def begin(self, run: Mapping[str, str], folds: int) -> Resumption:
        """Prepare the checkpoints of the folds of a `run`, and return what became of those of an earlier run.

        Those that cannot be used are removed: all of them without `resume`, else those of another run and those that
        are damaged.
        """
        self.run = run
        if not self.resume:
            self.remove()
            return Resumption()
        times, reason = self._read_files()
        restarted = describe_restart(reason, resumed=bool(times))
        if not times:
            self.remove()
            return Resumption(restarted=restarted)
        others = ", and more is trained for others" if len(times) > len(set(self.done.values())) else ""
        return Resumption(f"{len(self.done)} of {folds} folds are done{others}, saved at {max(times)}", restarted)

    def _read_files(self) -> tuple[list[str], str]:
        """Find the folds that are done, and remove the files that cannot be used.

        Returns:
            When each file was written that can be used, and the first reason why another one cannot.

        """
        times, reason = [], ""
        for file in self.files():
            found: FoldCheckpoint | Checkpoint | str
            if FOLDS.fullmatch(file.name):
                found = load_of_run(file, load_fold_checkpoint, self.run)
            else:
                found = load_of_run(file, load_checkpoint, self.run)
            if isinstance(found, FoldCheckpoint):
                self.done |= dict.fromkeys(found.folds.tolist(), file)
            if not isinstance(found, str):
                times.append(found.saved)
                continue
            reason = reason or found
            with suppress(OSError):
                file.unlink()
        return times, reason

    def saved(self, folds: range, shape: tuple[int, ...]) -> Floats | None:
        """Return the forecasts of some folds, if an earlier run of the same kind wrote them in this shape."""
        self.pace.begin()
        files = {self.done.get(number) for number in folds}
        if len(files) > 1 or (file := files.pop()) is None:
            return None
        with suppress(ForecasterError):
            checkpoint = load_fold_checkpoint(file)
            numbers = checkpoint.folds.tolist()
            _, series, horizon, models, columns = shape
            same = checkpoint.forecasts.shape == (len(numbers) * series, horizon, models * columns)
            if same and checkpoint.run == self.run and set(folds) <= set(numbers):
                forecasts = checkpoint.forecasts.reshape(-1, *shape[1:])
                return forecasts[[numbers.index(number) for number in folds]]
        return None

    def keep(self, folds: range, forecasts: Floats) -> None:
        """Write forecasts, with all that are not written yet, if it is time to do so.

        Forecasts that cannot be written do not end the evaluation. The states of the trainings behind those that are
        written are removed.
        """
        _, series, horizon, models, columns = forecasts.shape
        self.waiting |= zip(folds, forecasts.reshape(-1, series, horizon, models * columns), strict=True)
        if not self.pace.is_due():
            return
        with self.pace.writing():
            create_folder(self.folder)
            numbers, joined = np.array([*self.waiting]), np.concatenate([*self.waiting.values()])
            checkpoint = FoldCheckpoint(self.run, time_of_checkpoint(), numbers, joined)
            save_fold_checkpoint(self.folder / f"folds-{numbers[0] + 1}{ENDING}", checkpoint)
            for training in self.trainings:
                training.remove()
        self.waiting.clear()
        self.trainings.clear()

    def open_training(self, plan: Plan) -> TrainingCheckpoints:
        """Return the store of the trainings of one fit, which goes on from what an earlier run kept of them."""
        training = TrainingCheckpoints(self.folder, self.run, f"rows-{int(plan.views.rows.indptr[-1])}-")
        open_checkpoints(training, plan.recipe, resume=self.resume, limited=plan.time_limit is not None)
        self.trainings.append(training)
        return training

    def files(self) -> list[Path]:
        """Return the checkpoints in the folder, in the order of their names."""
        found = files_in_folder(self.folder)
        return [each for each in found if FOLDS.fullmatch(each.name) or FILE.fullmatch(PREFIX.sub("", each.name, 1))]

    def remove(self) -> None:
        """Remove the checkpoints, what a killed writer left, and the folder, unless it holds other files."""
        remove_files(self.folder, self.files())


@contextmanager
def fold_checkpoints(source: str, *, resume: bool) -> Iterator[FoldCheckpoints | None]:
    """Yield the checkpoints of an evaluation, and remove them when the context ends without an error.

    After an error they stay, unless the same run would end with it again. None stands for an evaluation that keeps
    none: of standard input, beside another run that evaluates the same file, and where no lock can be had.

    Args:
        source: The first file.
        resume: Whether to go on from checkpoints of an earlier run.

    """
    with ExitStack() as held:
        file = Path(source)
        if not file.is_file() or not _is_locked(held, folder := checkpoint_folder(file, "evaluate")):
            yield None
            return
        checkpoints = FoldCheckpoints(folder, resume)
        try:
            yield checkpoints
        except InputRefusedError:
            checkpoints.remove()  # to go on from them would lead to the same end
            raise
        checkpoints.remove()


def _is_locked(held: ExitStack, folder: Path) -> bool:
    """Hold the lock of the folder of checkpoints as long as the stack lasts; return whether that can be done."""
    try:
        held.enter_context(exclusive_lock(folder, "folder"))
    except (TryAgainError, OutputError, StorageError):
        return False
    return True
