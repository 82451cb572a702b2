"""Checkpoints of `train`: a folder next to the model, with a file for each training of a network.

They are removed when the model is written. A run that is started again with the same files, options and version goes on
from those that a killed run left; those of another run are removed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from time import perf_counter
from typing import TYPE_CHECKING, Any

from forecaster import __version__
from forecaster.artifact.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from forecaster.artifact.refusal import REFUSED
from forecaster.errors import ForecasterError
from forecaster.files.atomic import resolve_links
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.forecasting.budget import sizes_of
from forecaster.forecasting.methods.training_session import FINAL, FINE_TUNED, JUDGED, NETWORK, VALIDATED
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.nn.architecture import parameter_count
from forecaster.text import MOST_SHOWN, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.forecasting.plan import Plan
    from forecaster.nn.fit import Training
    from forecaster.nn.training_records import TrainingState
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection, Specification

ENDING = ".checkpoint"
"""What the name of the folder adds to that of the model; its files have this ending too."""
FILE = re.compile(
    rf"(?P<kind>{NETWORK}|{FINE_TUNED})-(?P<number>\d{{1,3}})-(?P<part>{VALIDATED}|{JUDGED}|{FINAL}){re.escape(ENDING)}"
)
"""The names of the files: which network, and which of its trainings."""
SECONDS = 30.0
"""Seconds between two checkpoints of a training that goes on: the most work that is lost."""
WORTH = 100
"""How many times as long as it takes to write checkpoints work must have gone on before they are written again: so they
cost less than 1 % of the time, also on a slow disk."""
FIRST_COST = 0.02
"""Seconds that writing is taken to take before it was measured: states of 20,000 to 150,000 parameters took 20 to 45
milliseconds."""
NOT_GIVEN = "not given"
"""Stands for the value of an option without one."""
VERSION, DATA, RECIPE, REPAIR = "version", "data", "recipe", "--repair"
"""What a run is made of, beside its other options."""
REASONS = {
    VERSION: "it is of another version of the program or of its libraries",
    DATA: "the rows or the names of the series are not the same",
    RECIPE: "other choices follow from the data",
}
"""Why a checkpoint is of another run; where an option differs, the sentence names it with both values."""


@dataclass
class TrainingCheckpoints:
    """The checkpoints of one run: a store as `forecaster.forecasting.methods.training_session` wants it.

    Attributes:
        folder: The folder of the files, created with the first of them.
        run: What the run is made of, see `describe_run`.
        seconds: Seconds between two states of a training that goes on.
        sizes: How much is trained, as an earlier run decided it; empty if there was none.
        latest: When this process last wrote, or began to train; None before.
        cost: Seconds that writing took.
        ended: States of trainings that have ended and are not written yet, by name.

    """

    folder: Path
    run: Mapping[str, str]
    seconds: float = SECONDS
    sizes: Mapping[str, int] = field(default_factory=dict)
    latest: float | None = None
    cost: float = FIRST_COST
    ended: dict[str, TrainingState] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a worker process gets: it has a clock of its own."""
        return vars(self) | {"latest": None, "ended": {}}

    def saved(self, name: str) -> TrainingState | None:
        """Return the state of the training of this name, if an earlier run of the same kind wrote it."""
        if self.latest is None:
            self.latest = perf_counter()
        with suppress(ForecasterError):
            checkpoint = load_checkpoint(self.folder / f"{name}{ENDING}")
            return checkpoint.state if checkpoint.run == self.run else None
        return None

    def keep(self, name: str, training: Training, *, interrupted: bool = False) -> None:
        """Write the state of a training if enough time has passed since the last one was written.

        A training that has ended or is `interrupted` waits for less time. A state that cannot be written does not end
        the training.
        """
        now = perf_counter()
        if training.complete:
            self.ended[name] = training.state()
        least = max(0.0 if training.complete or interrupted else self.seconds, WORTH * self.cost)
        if now - (self.latest or now) < least:
            return
        with suppress(ForecasterError, OSError):
            self._write({**self.ended, name: training.state()})
        self.ended.clear()
        self.latest = perf_counter()
        self.cost = self.latest - now

    def _write(self, states: Mapping[str, TrainingState]) -> None:
        """Write states by name."""
        if not _is_folder(self.folder):
            self.folder.mkdir()
        saved = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        for name, state in states.items():
            save_checkpoint(self.folder / f"{name}{ENDING}", Checkpoint(self.run, self.sizes, saved, state))

    def files(self) -> list[Path]:
        """Return the checkpoints in the folder, in the order of their names."""
        with suppress(OSError):
            there = sorted(self.folder.iterdir()) if _is_folder(self.folder) else []
            return [file for file in there if FILE.fullmatch(file.name)]
        return []

    def remove(self) -> None:
        """Remove the checkpoints, what a killed writer left, and the folder, unless it holds other files."""
        with suppress(OSError):  # what cannot be removed does no harm
            for file in self.files():
                file.unlink()
            if _is_folder(self.folder):
                sweep_unfinished_files(self.folder)
                self.folder.rmdir()


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


def open_checkpoints(
    output: Path, plan: Plan, run: Mapping[str, str], *, resume: bool
) -> tuple[TrainingCheckpoints, Resumption]:
    """Return the checkpoints of a model, and what became of those of an earlier run.

    Those that cannot be used are removed: all of them without `resume`, else those of another run and those that are
    damaged. The caller holds the lock of the model.

    Args:
        output: The model file.
        plan: What will be trained.
        run: What the run is made of, see `describe_run`.
        resume: Whether to go on from checkpoints.

    """
    target = resolve_links(output)
    checkpoints = TrainingCheckpoints(target.with_name(target.name + ENDING), run, SECONDS)
    if not resume:
        checkpoints.remove()
        return checkpoints, Resumption()
    usable: dict[str, Checkpoint] = {}
    reason = ""
    for file in checkpoints.files():
        found = _usable_checkpoint(file, plan, run, next(iter(usable.values()), None))
        if isinstance(found, Checkpoint):
            usable[file.name] = found
        else:
            reason = reason or found
            with suppress(OSError):
                file.unlink()
    restarted = f"{'a' if usable else 'the'} checkpoint of an earlier run is not used: {reason}" if reason else ""
    if not usable:
        checkpoints.remove()
        return checkpoints, Resumption(restarted=restarted)
    checkpoints.sizes = next(iter(usable.values())).sizes
    return checkpoints, Resumption(_describe_latest(usable, plan, checkpoints.sizes), restarted)


def _usable_checkpoint(file: Path, plan: Plan, run: Mapping[str, str], other: Checkpoint | None) -> Checkpoint | str:
    """Return a checkpoint, or why it cannot be used: it has to be of this run, as the `other` one is."""
    if file.is_symlink():
        return "it is a link"
    try:
        found = load_checkpoint(file)
    except ForecasterError as error:
        return error.what.removeprefix(REFUSED)
    if found.run != run:
        return _describe_difference(found.run, run)
    sizes = sizes_of(plan.recipe)
    fits = all(found.sizes[name] <= most for name, most in sizes.items()) if plan.time_limit else found.sizes == sizes
    architecture = ARCHITECTURE if file.name.startswith(FINE_TUNED) else plan.recipe.architecture
    if not fits or (other and found.sizes != other.sizes):
        return "it has another number of networks, epochs or updates"
    if len(found.state.weights) != parameter_count(**asdict(architecture)):
        return "its network has other sizes"
    return found


def _describe_difference(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Say in what two runs differ, by the first difference."""
    name = next(each for each in (*new, *old) if old.get(each) != new.get(each))
    if name in REASONS:
        return REASONS[name]
    before, now = (shown(each.get(name, NOT_GIVEN)) for each in (old, new))
    return f"{shown(name)} was {before} and is {now} now"


def _describe_latest(usable: Mapping[str, Checkpoint], plan: Plan, sizes: Mapping[str, int]) -> str:
    """Say where training goes on: at the latest checkpoint."""
    parts = (VALIDATED, JUDGED, FINAL)

    def when(name: str) -> tuple[str, int, int]:
        named = FILE.fullmatch(name)
        return (usable[name].saved, int(named["number"]), parts.index(named["part"])) if named else ("", 0, 0)

    latest = max(usable, key=when)
    _, number, part = when(latest)
    tuned = latest.startswith(FINE_TUNED)
    network = f"{'fine-tuned ' * tuned}network {number} of {plan.recipe.fine_tuned if tuned else sizes['members']}"
    checkpoint = usable[latest]
    rows = " on all rows" if parts[part] == FINAL else ""
    return f"{network}{rows} from epoch {len(checkpoint.state.epochs) - 1}, saved at {checkpoint.saved}"


def describe_run(
    plan: Plan, panel: Panel, selection: Selection, specification: Specification, repair: str
) -> dict[str, str]:
    """Return what the result of a run follows from, in texts by name: version, rows, options and choices."""
    options = {
        f"--{each.metadata.get('option', each.name).replace('_', '-')}": getattr(record, each.name)
        for record in (selection, specification)
        for each in fields(record)
    }
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas"))
    calendars = [calendar.to_dict() for calendar in panel.calendars]
    return {
        VERSION: f"forecaster {__version__}, {libraries}",
        **{name: _option_text(value) for name, value in (options | {REPAIR: repair}).items()},
        DATA: panel.fingerprint()["sha256"],
        RECIPE: sha256(repr((plan.recipe, calendars)).encode()).hexdigest(),
    }


def _option_text(value: Any) -> str:
    """Return the value of an option as printable text, or the digest of a long one."""
    if value in {None, ()}:
        return NOT_GIVEN
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return shown(text) if len(text) <= MOST_SHOWN else sha256(text.encode()).hexdigest()
