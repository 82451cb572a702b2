"""An evaluation that was killed goes on from its checkpoints to the same scores; those of another run are not used."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pandas.testing import assert_frame_equal

from forecaster.artifact.fold_checkpoint import load_fold_checkpoint, save_fold_checkpoint
from forecaster.errors import InputRefusedError
from forecaster.files.lock import exclusive_lock
from forecaster.spec import Selection, Specification
from forecaster.workflow import checkpoints, run_description
from forecaster.workflow.checkpoints import Resumption, TrainingCheckpoints, checkpoint_folder
from forecaster.workflow.evaluate import evaluate
from forecaster.workflow.fold_checkpoints import FoldCheckpoints, fold_checkpoints
from tests.workflow.killed_run import KilledError, killed_after, write_demand

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

LEVELS = Specification(
    horizon=4, mode="level", members=2, epochs=2, updates=3, hidden=4, lookback=12, season=6, zero_shot=False
)
FOLDS = 3


@pytest.fixture
def demand(tmp_path: Path) -> Path:
    """Return a file alone in a folder."""
    (tmp_path / "in").mkdir()
    return write_demand(tmp_path / "in")


def kill(source: Path, store: type[TrainingCheckpoints | FoldCheckpoints], calls: int) -> None:
    """Evaluate until the process is killed after a number of checkpoints, which are written always."""
    with killed_after(store, calls):
        run(source)


def run(source: Path, specification: Specification = LEVELS, **options: object) -> tuple[pd.DataFrame, Resumption]:
    """Evaluate, and return the forecasts and what became of checkpoints."""
    seen: list[Resumption] = []
    resume = bool(options.pop("resume", True))
    named = {"selection": Selection(), "folds": FOLDS, "announce_resumption": seen.append} | options
    with fold_checkpoints(str(source), resume=resume) as kept:
        result = evaluate([str(source)], specification=specification, checkpoints=kept, **named)
    return result.forecasts, (seen or [Resumption()])[0]


def folder_of(source: Path) -> Path:
    return source.with_name(source.name + ".evaluate.checkpoint")


def names_of(source: Path) -> list[str]:
    return sorted(file.name for file in folder_of(source).iterdir())


@pytest.fixture(scope="module")
def killed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file next to the checkpoints of an evaluation that was killed after its second fold."""
    source = write_demand(tmp_path_factory.mktemp("killed"))
    kill(source, FoldCheckpoints, 2)
    return source


@pytest.fixture
def killed(killed_once: Path, tmp_path: Path) -> Path:
    """Return a copy of the file that a killed evaluation has left, with its checkpoints."""
    shutil.copytree(killed_once.parent, tmp_path / "killed")
    return tmp_path / "killed" / killed_once.name


@pytest.mark.slow
def test_an_evaluation_goes_on_after_the_folds_that_are_done(
    killed: Path, demand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, fits = TrainingCheckpoints.saved, []

    def count(self: TrainingCheckpoints, name: str) -> object:
        fits.append(self.prefix)
        return fit(self, name)

    assert names_of(killed) == ["folds-1.checkpoint", "folds-2.checkpoint"]
    monkeypatch.setattr(TrainingCheckpoints, "saved", count)
    forecasts, found = run(killed)
    assert set(fits) == {"rows-116-"}, "only the last fold is trained"
    assert re.fullmatch(r"2 of 3 folds are done, saved at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", found.resumed)
    assert not found.restarted
    assert_frame_equal(forecasts, run(demand, resume=False)[0], check_exact=True)
    assert [file.name for file in killed.parent.iterdir()] == ["demand.csv"]


@pytest.mark.sampled(slow=("3-1", "9-2"))
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("calls", [3, 9])
def test_trainings_within_a_fold_go_on_too(demand: Path, calls: int, jobs: int) -> None:
    whole, _ = run(demand)
    kill(demand, TrainingCheckpoints, calls)
    assert any(name.startswith("rows-") for name in names_of(demand))
    forecasts, found = run(demand, jobs=jobs)
    assert "and more is trained for others, saved at" in found.resumed
    assert_frame_equal(forecasts, whole, check_exact=True)
    assert not folder_of(demand).exists()


def begin_again(source: Path, specification: Specification = LEVELS, **options: object) -> Resumption:
    """Start the evaluation again, and end it as soon as it is known what became of the checkpoints."""
    seen: list[Resumption] = []

    def stop(found: Resumption) -> None:
        seen.append(found)
        raise KilledError

    with pytest.raises(KilledError):
        run(source, specification, announce_resumption=stop, **options)
    return seen[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"specification": replace(LEVELS, epochs=5)}, "--epochs was 2 and is 5 now"),
        ({"folds": 4}, "the rows or the names of the series are not the same|--folds was 3 and is 4 now"),
        ({"refit": 2}, "--refit was 1 and is 2 now"),
        ({"repair": "full"}, "--repair was safe and is full now"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_another_option_starts_anew_and_is_named(killed: Path, changes: dict[str, object], reason: str) -> None:
    found = begin_again(killed, **changes)
    assert re.fullmatch(f"the checkpoint of an earlier run is not used: ({reason})", found.restarted)
    assert not found.resumed
    assert not folder_of(killed).exists()


def test_other_rows_start_anew(killed: Path) -> None:
    killed.write_text(killed.read_text().replace("2020-01-04,", "2020-01-04,1"))
    assert begin_again(killed).restarted.endswith(": the rows or the names of the series are not the same")


def test_another_version_starts_anew(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_description, "__version__", "0.0.1")
    assert "another version" in begin_again(killed).restarted


def test_no_resume_starts_anew(killed: Path) -> None:
    assert begin_again(killed, resume=False) == Resumption()
    assert not folder_of(killed).exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04cos\nsystem\n(S'true'\ntR."])
def test_a_damaged_or_hostile_checkpoint_is_left_out_with_a_sentence(killed: Path, content: bytes) -> None:
    (folder_of(killed) / "folds-1.checkpoint").write_bytes(content)
    found = begin_again(killed)
    assert found.resumed.startswith("1 of 3 folds are done, saved at ")
    assert found.restarted.startswith("a checkpoint of an earlier run is not used: ")
    assert names_of(killed) == ["folds-2.checkpoint"]


@pytest.mark.slow
def test_forecasts_of_another_shape_are_made_again(demand: Path, killed: Path) -> None:
    file = folder_of(killed) / "folds-2.checkpoint"
    checkpoint = load_fold_checkpoint(file)
    save_fold_checkpoint(file, replace(checkpoint, forecasts=checkpoint.forecasts[..., :4].copy()))
    assert_frame_equal(run(killed)[0], run(demand)[0], check_exact=True)


@pytest.mark.slow
def test_files_of_others_stay(killed: Path) -> None:
    (folder_of(killed) / "notes.txt").write_text("mine")
    run(killed)
    assert names_of(killed) == ["notes.txt"]


@pytest.mark.slow
def test_a_short_evaluation_writes_no_checkpoint(demand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "SECONDS", 1e9)
    monkeypatch.setattr(checkpoints, "WORTH", 1e9)
    monkeypatch.setattr("forecaster.workflow.fold_checkpoints.create_folder", lambda _: pytest.fail("it was written"))
    run(demand)


@pytest.mark.slow
def test_a_folder_that_cannot_be_created_does_not_stop_an_evaluation(
    demand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)
    folder_of(demand).write_text("mine")
    assert run(demand)[1] == Resumption()
    assert folder_of(demand).read_text() == "mine"


@pytest.mark.slow
def test_a_link_in_place_of_the_folder_is_not_followed(
    demand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)
    (tmp_path / "elsewhere").mkdir()
    folder_of(demand).symlink_to(tmp_path / "elsewhere")
    run(demand)
    assert not [*(tmp_path / "elsewhere").iterdir()]


@pytest.mark.slow
def test_an_evaluation_beside_another_one_keeps_nothing_and_disturbs_nothing(killed: Path) -> None:
    before = names_of(killed)
    with exclusive_lock(checkpoint_folder(killed, "evaluate"), "folder"):
        assert run(killed)[1] == Resumption()
    assert names_of(killed) == before


def test_no_lock_and_no_file_do_not_stop_an_evaluation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_LOCK_FOLDER", str(tmp_path / "missing"))
    for source in (str(tmp_path), "-", "https://example.com/x.csv", str(tmp_path / "missing.csv")):
        with fold_checkpoints(source, resume=True) as kept:
            assert kept is None


def test_checkpoints_stay_unless_the_same_run_would_end_with_the_same_error(killed: Path) -> None:
    for error, stays in ((OSError("the disk is full"), True), (InputRefusedError("too short"), False)):
        with pytest.raises(type(error)), fold_checkpoints(str(killed), resume=True):
            raise error
        assert folder_of(killed).exists() == stays
