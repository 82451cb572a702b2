"""A training that was killed goes on from its checkpoints to the same bits; those of another run are not used."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.checkpoint import load_checkpoint, save_checkpoint
from forecaster.artifact.model import load
from forecaster.errors import QualityGateError, StorageError
from forecaster.forecasting import budget
from forecaster.nn.optimiser import AdamW
from forecaster.series.covariates import Covariates
from forecaster.series.panel import panel_from_series
from forecaster.spec import Selection, Specification
from forecaster.workflow import checkpoints, run_description
from forecaster.workflow.checkpoints import ENDING, Resumption, TrainingCheckpoints
from forecaster.workflow.run_description import describe_difference, describe_run
from forecaster.workflow.train import train
from tests.workflow.killed_run import KilledError, write_demand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.nn.fit import Training as NetworkTraining

LEVELS = Specification(
    horizon=4, mode="level", members=2, epochs=4, updates=3, hidden=6, lookback=12, season=6, zero_shot=False
)
PRICES = Specification(horizon=5, members=2, epochs=3, updates=3)


@pytest.fixture
def demand(tmp_path: Path) -> Path:
    """Write a small file."""
    return write_demand(tmp_path)


@pytest.fixture
def write_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a checkpoint be due after every epoch."""
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "WORTH", 0.0)


@pytest.fixture
def kill_after(monkeypatch: pytest.MonkeyPatch, write_always: None) -> Callable[[int], None]:  # noqa: ARG001 - a killed run has written
    """Return a function that lets the next training be killed after some epochs, by all of its networks together."""
    keep = TrainingCheckpoints.keep

    def arm(epochs: int) -> None:
        left = [epochs]

        def keep_and_die(self: TrainingCheckpoints, name: str, training: NetworkTraining, **named: bool) -> None:
            keep(self, name, training, **named)
            left[0] -= 1
            if left[0] == 0:
                raise KilledError

        monkeypatch.setattr(TrainingCheckpoints, "keep", keep_and_die)

    return arm


def run(source: Path, output: Path, specification: Specification = LEVELS, **options: object) -> tuple[str, Resumption]:
    """Train, and return the digest of the model and what became of checkpoints."""
    seen: list[Resumption] = []
    named = {"selection": Selection()} | options
    result = train([str(source)], specification=specification, output=output, announce_resumption=seen.append, **named)
    assert result.digest is not None
    return result.digest, seen[0]


def folder_of(output: Path) -> Path:
    return output.with_name(output.name + ENDING)


def kill(source: Path, output: Path, specification: Specification = LEVELS, **options: object) -> list[Path]:
    """Train until the process is killed, and return the checkpoints that are left."""
    with pytest.raises(KilledError):
        run(source, output, specification, **options)
    assert not output.exists()
    return sorted(folder_of(output).iterdir())


@pytest.mark.sampled("4")
@pytest.mark.parametrize("epochs", [1, 4, 8, 11, 12])
def test_a_training_that_was_killed_ends_with_the_same_digest(
    demand: Path, tmp_path: Path, kill_after: Callable[[int], None], epochs: int
) -> None:
    whole, found = run(demand, tmp_path / "whole.joblib")
    assert found == Resumption()
    kill_after(epochs)
    assert kill(demand, tmp_path / "m.joblib")
    kill_after(0)
    digest, found = run(demand, tmp_path / "m.joblib")
    assert digest == whole
    assert found.resumed.startswith("network 1 of 2" if epochs < 8 else "network 2 of 2")
    assert not found.restarted
    assert not folder_of(tmp_path / "m.joblib").exists()


@pytest.mark.sampled(slow=("1-6-*", "2-2-stopping", "2-9-prices"))
@pytest.mark.parametrize("specification", [replace(LEVELS, early_stopping=True), PRICES], ids=["stopping", "prices"])
@pytest.mark.parametrize("epochs", [2, 6, 9])
@pytest.mark.parametrize("jobs", [1, 2])
def test_every_kind_of_training_goes_on_whatever_the_number_of_processes(  # noqa: PLR0917 - fixtures and cases
    tmp_path: Path,
    prices: Path,
    demand: Path,
    kill_after: Callable[[int], None],
    specification: Specification,
    epochs: int,
    jobs: int,
) -> None:
    source = prices if specification is PRICES else demand
    whole, _ = run(source, tmp_path / "whole.joblib", specification)
    kill_after(epochs)
    assert kill(source, tmp_path / "m.joblib", specification)
    kill_after(0)
    digest, found = run(source, tmp_path / "m.joblib", specification, jobs=jobs)
    assert digest == whole
    assert found.resumed


@pytest.fixture
def killed(demand: Path, tmp_path: Path, kill_after: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a model file that was not written yet, next to the checkpoints of a training that was killed."""
    kill_after(6)
    kill(demand, tmp_path / "m.joblib")
    kill_after(0)
    monkeypatch.setattr(checkpoints, "SECONDS", 30.0)
    return tmp_path / "m.joblib"


def open_again(demand: Path, output: Path, specification: Specification = LEVELS, **options: object) -> Resumption:
    """Start the training again, and end it as soon as it is known what became of the checkpoints."""
    seen: list[Resumption] = []

    def stop(found: Resumption) -> None:
        seen.append(found)
        raise KilledError

    named = {"selection": Selection()} | options
    with pytest.raises(KilledError):
        train([str(demand)], specification=specification, output=output, announce_resumption=stop, **named)
    return seen[0]


def test_the_line_says_where_training_goes_on(demand: Path, killed: Path) -> None:
    found = open_again(demand, killed)
    assert re.fullmatch(
        r"network 1 of 2 on all rows from epoch 0, saved at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", found.resumed
    )
    assert open_again(demand, killed) == found, "looking changes nothing"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"specification": replace(LEVELS, epochs=5)}, "--epochs was 4 and is 5 now"),
        ({"specification": replace(LEVELS, maximum=99.0)}, "--max was not given and is 99.0 now"),
        ({"selection": Selection(drop_last=True)}, "--drop-last was False and is True now"),
        ({"repair": "full"}, "--repair was safe and is full now"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_another_option_starts_anew_and_is_named(
    demand: Path, killed: Path, changes: dict[str, object], reason: str
) -> None:
    found = open_again(demand, killed, **changes)
    assert found == Resumption(restarted=f"the checkpoint of an earlier run is not used: {reason}")
    assert not folder_of(killed).exists()


def test_known_columns_are_named_where_their_values_alone_are_others() -> None:
    columns = {name: np.arange(6.0) for name in "abcde"}

    def describe(values: float = 1.0, **changed: float) -> dict[str, str]:
        known = np.stack([column + changed.get(name, 0.0) for name, column in columns.items()])
        rows = panel_from_series([("s", np.arange(5), np.full(5, values))])
        covariates = Covariates((), tuple(columns), np.empty((0, 5)), known, np.zeros(1, int), np.full(1, 6))
        recipe = SimpleNamespace()
        return describe_run(replace(rows, covariates=covariates), recipe, [], {})  # type: ignore[arg-type]

    for changed, named in ({"b": 1.0}, "column b"), (dict.fromkeys("abde", 1.0), "columns a, b, d and 1 other"):
        sentence = describe_difference(describe(), describe(**changed))
        assert sentence == f"the values of the known {named} are not the same"
    assert (
        describe_difference(describe(), describe(2.0, b=1.0)) == "the rows or the names of the series are not the same"
    )


def test_other_rows_start_anew(demand: Path, killed: Path) -> None:
    frame = pd.read_csv(demand)
    frame.loc[3, "y"] += 1
    frame.to_csv(demand, index=False)
    assert open_again(demand, killed).restarted.endswith(": the rows or the names of the series are not the same")
    assert open_again(demand, killed) == Resumption()


def test_another_version_starts_anew(demand: Path, killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_description, "__version__", "0.0.1")
    assert "another version" in open_again(demand, killed).restarted


def test_the_place_of_the_file_and_options_that_change_no_result_do_not_matter(
    demand: Path, killed: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = demand.rename(tmp_path / "other" / demand.name)
    assert open_again(other, killed, jobs=2, require_skill=50).resumed


def test_no_resume_starts_anew(demand: Path, killed: Path) -> None:
    assert open_again(demand, killed, resume=False) == Resumption()
    assert not folder_of(killed).exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04cos\nsystem\n(S'true'\ntR."])
def test_a_damaged_or_hostile_checkpoint_is_left_out_with_a_sentence(
    demand: Path, killed: Path, content: bytes
) -> None:
    *rest, last = sorted(folder_of(killed).iterdir())
    last.write_bytes(content)
    found = open_again(demand, killed)
    assert found.resumed
    assert found.restarted.startswith("a checkpoint of an earlier run is not used: ")
    assert sorted(folder_of(killed).iterdir()) == rest
    for file in rest:
        file.write_bytes(content)
    assert not open_again(demand, killed).resumed
    assert not folder_of(killed).exists()


def test_a_checkpoint_of_other_sizes_is_left_out(demand: Path, killed: Path) -> None:
    for file in folder_of(killed).iterdir():
        checkpoint = load_checkpoint(file)
        short = {name: getattr(checkpoint.state, name)[:-1] for name in ("weights", "best", "mean", "square")}
        save_checkpoint(file, replace(checkpoint, state=replace(checkpoint.state, **short)))
    assert open_again(demand, killed).restarted.endswith("its network has other sizes")


def test_a_checkpoint_of_more_networks_than_planned_is_left_out(demand: Path, killed: Path) -> None:
    for file in folder_of(killed).iterdir():
        checkpoint = load_checkpoint(file)
        save_checkpoint(file, replace(checkpoint, sizes={**checkpoint.sizes, "members": 100}))
    assert open_again(demand, killed).restarted.endswith("another number of networks, epochs or updates")


def test_any_text_may_stand_for_an_option_and_a_folder_for_a_checkpoint(demand: Path, killed: Path) -> None:
    first, *rest = folder_of(killed).iterdir()
    checkpoint = load_checkpoint(first)
    options = {**checkpoint.run, "--epochs": "{" * 99}
    save_checkpoint(first, replace(checkpoint, run=options))
    for file in rest:
        file.unlink()
        file.mkdir()
    assert f"--epochs was {'{' * 37}... and is 4 now" in open_again(demand, killed).restarted
    assert [file.is_dir() for file in folder_of(killed).iterdir()] == [True] * len(rest)


@pytest.mark.slow
def test_windows_that_are_not_there_start_the_training_of_the_network_anew(
    demand: Path, killed: Path, tmp_path: Path
) -> None:
    for file in folder_of(killed).iterdir():
        checkpoint = load_checkpoint(file)
        save_checkpoint(file, replace(checkpoint, state=replace(checkpoint.state, order=np.array([10**6]))))
    digest, _ = run(demand, killed)
    assert digest == run(demand, tmp_path / "whole.joblib")[0]


def test_links_are_neither_read_nor_followed(demand: Path, killed: Path, tmp_path: Path) -> None:
    folder, elsewhere = folder_of(killed), tmp_path / "elsewhere"
    for file in folder.iterdir():
        target = file.rename(tmp_path / file.name)
        file.symlink_to(target)
    assert open_again(demand, killed).restarted.endswith("it is a link")
    assert len(list(tmp_path.glob("network-*"))) == 2
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    digest, _ = run(demand, killed)
    assert digest
    assert folder.is_symlink()
    assert not list(elsewhere.iterdir())


def test_other_files_in_the_folder_stay(demand: Path, killed: Path) -> None:
    folder = folder_of(killed)
    (folder / "notes.txt").write_text("mine")
    unfinished = folder / f".network-1-final{ENDING}.12345.0123456789abcdef.tmp"
    unfinished.write_bytes(b"")
    run(demand, killed)
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_created_does_not_stop_training(
    demand: Path,
    tmp_path: Path,
    write_always: None,  # noqa: ARG001 - it would be created
) -> None:
    folder_of(tmp_path / "m.joblib").write_text("mine")
    assert run(demand, tmp_path / "m.joblib")[1] == Resumption()
    assert folder_of(tmp_path / "m.joblib").read_text() == "mine"


def test_a_short_training_writes_no_checkpoint(demand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a checkpoint was written")

    monkeypatch.setattr(checkpoints, "SECONDS", 1e9)
    monkeypatch.setattr(checkpoints, "WORTH", 1e9)
    monkeypatch.setattr(checkpoints, "save_checkpoint", refuse)
    run(demand, tmp_path / "m.joblib")


def test_checkpoints_are_removed_where_to_go_on_would_lead_to_the_same_end(demand: Path, killed: Path) -> None:
    with pytest.raises(QualityGateError):
        run(demand, killed, require_skill=99.9)
    assert not folder_of(killed).exists()


def test_a_model_that_cannot_be_written_leaves_the_checkpoints(
    demand: Path, killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr("forecaster.workflow.train.save", fail)
    with pytest.raises(StorageError):
        run(demand, killed)
    assert list(folder_of(killed).iterdir())


def test_a_run_that_a_signal_ends_writes_the_state_after_the_latest_epoch(
    demand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = run(demand, tmp_path / "whole.joblib")
    monkeypatch.setattr(checkpoints, "WORTH", 0.0)
    updates, made = AdamW.update, []

    def interrupt(*arguments: object) -> None:
        made.append(1)
        if len(made) == 8:  # in the third epoch of three updates
            raise KeyboardInterrupt
        updates(*arguments)

    monkeypatch.setattr(AdamW, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(demand, tmp_path / "m.joblib")
    monkeypatch.setattr(AdamW, "update", updates)
    digest, found = run(demand, tmp_path / "m.joblib")
    assert found.resumed.startswith("network 1 of 2 from epoch 2, saved at ")
    assert digest == whole


def test_a_resumed_run_keeps_what_a_time_limit_left_of_the_plan(
    demand: Path, tmp_path: Path, kill_after: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = replace(LEVELS, time_limit=1e6)
    with monkeypatch.context() as patch:
        patch.setattr(budget, "SHARE", 1e-9)
        kill_after(2)
        kill(demand, tmp_path / "m.joblib", limited)
    kill_after(0)
    _, found = run(demand, tmp_path / "m.joblib", limited)
    assert found.resumed
    recipe = load(tmp_path / "m.joblib").fitted.recipe
    assert (recipe.members, recipe.updates, recipe.epochs) == (2, 3, 1)
