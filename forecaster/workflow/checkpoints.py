"""Checkpoints of `train`: a folder next to the model, with a file for each training of a network.

They are removed when the model is written. The folds of `evaluate` have such files too, see
`forecaster.workflow.fold_checkpoints`. A run that is started again with the same files, options and version goes on
from those that a killed run left; those of another run are removed.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from forecaster.artifact.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from forecaster.artifact.refusal import REFUSED
from forecaster.errors import ForecasterError
from forecaster.files.atomic import resolve_links
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.forecasting.budget import sizes_of
from forecaster.forecasting.methods.training_session import FINAL, FINE_TUNED, JUDGED, NETWORK, VALIDATED
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.nn.architecture import parameter_count
from forecaster.workflow.run_description import describe_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.fit import Training
    from forecaster.nn.training_records import TrainingState

ENDING = ".checkpoint"
"""What the name of the folder adds to that of the model; its files have this ending too."""
FILE = re.compile(
    rf"(?P<kind>{NETWORK}|{FINE_TUNED})-(?P<number>\d{{1,3}})-(?P<part>{VALIDATED}|{JUDGED}|{FINAL}){re.escape(ENDING)}"
)
"""The names of the files: which network, and which of its trainings."""
SECONDS = 30.0
"""Seconds after which checkpoints are written in any case: the most work that is lost, but for the epoch in hand."""
WORTH = 100
"""How many times as long as it takes to write checkpoints work must have gone on before they are written again: so they
cost less than 1 % of the time on a disk that takes no longer than 0.3 seconds."""
FIRST_COST = 0.02
"""Seconds that writing is taken to take before it was measured: states of 20,000 to 150,000 parameters took 20 to 45
milliseconds."""
OTHER_SIZES = "it has another number of networks, epochs or updates"
"""Why a checkpoint cannot be used whose run was described in the same words."""


class OfRun(Protocol):
    """A checkpoint of any kind: it says of which run it is."""

    @property
    def run(self) -> Mapping[str, str]:
        """What the run was made of."""
        ...


Found = TypeVar("Found", bound=OfRun)


@dataclass
class WritingPace:
    """How often checkpoints are written: every few seconds, and less often the longer it takes to write them.

    Attributes:
        latest: When this process last wrote, or began to work; None before.
        cost: Seconds that writing took.

    """

    latest: float | None = None
    cost: float = FIRST_COST

    def begin(self) -> None:
        """Begin to measure the time, unless that has begun."""
        if self.latest is None:
            self.latest = perf_counter()

    def is_due(self, *, interrupted: bool = False) -> bool:
        """Return whether checkpoints are written now; when a run is `interrupted`, after 2 seconds of work."""
        self.begin()
        least = WORTH * (FIRST_COST if interrupted else self.cost)
        return perf_counter() - (self.latest or 0.0) >= min(SECONDS, least)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Measure how long writing takes, and ignore that it fails: work goes on without checkpoints."""
        began = perf_counter()
        with suppress(ForecasterError, OSError):
            yield
        self.latest = perf_counter()
        self.cost = self.latest - began


@dataclass
class TrainingCheckpoints:
    """The checkpoints of one training: a store as `forecaster.forecasting.methods.training_session` wants it.

    Attributes:
        folder: The folder of the files, created with the first of them.
        run: What the run is made of, see `forecaster.workflow.run_description`.
        prefix: What the names of its files begin with, where the folder has those of other trainings too.
        sizes: How much is trained, as an earlier run decided it; empty if there was none.
        pace: When they are written.
        ended: States of trainings that have ended and are not written yet, by name.

    """

    folder: Path
    run: Mapping[str, str]
    prefix: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    pace: WritingPace = field(default_factory=WritingPace)
    ended: dict[str, TrainingState] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a worker process gets: it has a clock of its own."""
        return vars(self) | {"pace": WritingPace(), "ended": {}}

    def saved(self, name: str) -> TrainingState | None:
        """Return the state of the training of this name, if an earlier run of the same kind wrote it."""
        self.pace.begin()
        with suppress(ForecasterError):
            checkpoint = load_checkpoint(self._file(name))
            return checkpoint.state if checkpoint.run == self.run else None
        return None

    def keep(self, name: str, training: Training, *, interrupted: bool = False) -> None:
        """Write the state of a training, with those of all that have ended, if it is time to do so.

        A state that cannot be written does not end the training.
        """
        if training.complete:
            self.ended[name] = training.state()
        if self.pace.is_due(interrupted=interrupted):
            with self.pace.writing():
                self._write({**self.ended, name: training.state()})
            self.ended.clear()

    def _file(self, name: str) -> Path:
        """Return the file of the training of this name."""
        return self.folder / f"{self.prefix}{name}{ENDING}"

    def _write(self, states: Mapping[str, TrainingState]) -> None:
        """Write states by name."""
        create_folder(self.folder)
        for name, state in states.items():
            save_checkpoint(self._file(name), Checkpoint(self.run, self.sizes, time_of_checkpoint(), state))

    def files(self) -> list[Path]:
        """Return the checkpoints in the folder, in the order of their names."""
        named = len(self.prefix)
        found = files_in_folder(self.folder)
        return [each for each in found if each.name.startswith(self.prefix) and FILE.fullmatch(each.name[named:])]

    def remove(self) -> None:
        """Remove the checkpoints, what a killed writer left, and the folder, unless it holds other files."""
        remove_files(self.folder, self.files())


def time_of_checkpoint() -> str:
    """Return the time as a checkpoint says it: `2026-03-31 17:05:00`."""
    return datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")


def create_folder(folder: Path) -> None:
    """Create the folder of checkpoints, unless it is there; a link is none, because it may lead to files of others.

    Raises:
        OSError: It cannot be created.

    """
    if not _is_folder(folder):
        folder.mkdir()


def files_in_folder(folder: Path) -> list[Path]:
    """Return what lies in the folder of checkpoints, in the order of the names; nothing if there is none."""
    with suppress(OSError):
        return sorted(folder.iterdir()) if _is_folder(folder) else []
    return []


def remove_files(folder: Path, files: Iterable[Path]) -> None:
    """Remove files of the folder of checkpoints, what a killed writer left, and the folder if it is empty then."""
    with suppress(OSError):  # what cannot be removed does no harm
        for file in files:
            file.unlink(missing_ok=True)
        if _is_folder(folder):
            sweep_unfinished_files(folder)
            folder.rmdir()


def _is_folder(path: Path) -> bool:
    """Return whether a folder is there; a link to one is not, because it may lead to files of others."""
    return path.is_dir() and not path.is_symlink()


@dataclass(frozen=True)
class Resumption:
    """What became of the checkpoints of an earlier run, in sentences for the user; empty where there were none.

    Attributes:
        resumed: Where training goes on.
        restarted: Why checkpoints are not used.

    """

    resumed: str = ""
    restarted: str = ""


def checkpoint_folder(output: Path, command: str = "") -> Path:
    """Return the folder of checkpoints next to a file: `m.joblib.checkpoint`, or `m.joblib.update.checkpoint`."""
    target = resolve_links(output)
    return target.with_name(f"{target.name}{command and '.'}{command}{ENDING}")


def open_checkpoints(
    checkpoints: TrainingCheckpoints, recipe: Recipe, *, resume: bool, limited: bool = False
) -> Resumption:
    """Prepare the checkpoints of a training, and return what became of those of an earlier run.

    Those that cannot be used are removed: all of them without `resume`, else those of another run and those that are
    damaged. The caller holds a lock, so that no other run writes them.

    Args:
        checkpoints: Where they are, and of which run; it gets the sizes that the earlier run decided.
        recipe: What will be trained.
        resume: Whether to go on from checkpoints.
        limited: Whether a time limit decides how much is trained.

    """
    if not resume:
        checkpoints.remove()
        return Resumption()
    usable: dict[str, Checkpoint] = {}
    reason = ""
    for file in checkpoints.files():
        name = file.name.removeprefix(checkpoints.prefix)
        found = _usable_checkpoint(file, name, recipe, checkpoints.run, limited=limited)
        if isinstance(found, Checkpoint) and any(found.sizes != other.sizes for other in usable.values()):
            found = OTHER_SIZES
        if isinstance(found, Checkpoint):
            usable[name] = found
        else:
            reason = reason or found
            with suppress(OSError):
                file.unlink()
    restarted = describe_restart(reason, resumed=bool(usable))
    if not usable:
        checkpoints.remove()
        return Resumption(restarted=restarted)
    checkpoints.sizes = next(iter(usable.values())).sizes
    return Resumption(_describe_latest(usable, recipe, checkpoints.sizes), restarted)


def describe_restart(reason: str, *, resumed: bool) -> str:
    """Say why a checkpoint is not used, while others are if the run is `resumed`; nothing without a reason."""
    return f"{'a' if resumed else 'the'} checkpoint of an earlier run is not used: {reason}" if reason else ""


def _usable_checkpoint(
    file: Path, name: str, recipe: Recipe, run: Mapping[str, str], *, limited: bool
) -> Checkpoint | str:
    """Return the checkpoint of the training of this name, or why it cannot be used."""
    found = load_of_run(file, load_checkpoint, run)
    if isinstance(found, str):
        return found
    sizes = sizes_of(recipe)
    fits = all(found.sizes[name] <= most for name, most in sizes.items()) if limited else found.sizes == sizes
    architecture = ARCHITECTURE if name.startswith(FINE_TUNED) else recipe.architecture
    if not fits:
        return OTHER_SIZES
    if len(found.state.weights) != parameter_count(**asdict(architecture)):
        return "its network has other sizes"
    return found


def load_of_run(file: Path, load: Callable[[Path], Found], run: Mapping[str, str]) -> Found | str:
    """Return a checkpoint that was written by the same `run`, or why it cannot be used."""
    if file.is_symlink():
        return "it is a link"
    try:
        found = load(file)
    except ForecasterError as error:
        return error.what.removeprefix(REFUSED)
    return found if found.run == run else describe_difference(found.run, run)


def _describe_latest(usable: Mapping[str, Checkpoint], recipe: Recipe, sizes: Mapping[str, int]) -> str:
    """Say where training goes on: at the latest checkpoint."""
    parts = (VALIDATED, JUDGED, FINAL)

    def when(name: str) -> tuple[str, int, int]:
        named = FILE.fullmatch(name)
        return (usable[name].saved, int(named["number"]), parts.index(named["part"])) if named else ("", 0, 0)

    latest = max(usable, key=when)
    _, number, part = when(latest)
    tuned = latest.startswith(FINE_TUNED)
    network = f"{'fine-tuned ' * tuned}network {number} of {recipe.fine_tuned if tuned else sizes['members']}"
    checkpoint = usable[latest]
    rows = " on all rows" if parts[part] == FINAL else ""
    return f"{network}{rows} from epoch {len(checkpoint.state.epochs) - 1}, saved at {checkpoint.saved}"
