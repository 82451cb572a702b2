"""`forecast train --update`: what is printed, the exit code, and which options it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from forecaster.cli import main
from forecaster.cli import update as update_command
from forecaster.files.unfinished import temporary_path
from forecaster.workflow.update import Comparison, Update

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("digest", "said"), [("abc", "is written"), (None, "the old one stays")])
def test_both_scores_and_the_decision_are_one_line_and_the_exit_code_is_zero_either_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, digest: str | None, said: str
) -> None:
    done = Update((), {}, 40, 6, Comparison("mase", 0.5, 0.6, 5), tmp_path / "m.joblib", digest)
    monkeypatch.setattr(update_command, "update", lambda *_args, **_named: done)
    (tmp_path / "newer.csv").write_text("ds,y\n2020-01-01,1\n")
    assert main(["train", "--update", str(tmp_path / "m.joblib"), str(tmp_path / "newer.csv")]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Update")]
    (line,) = lines
    assert "MASE 0.5 of the continued model and 0.6 of the old one, on 5 forecasts of newer rows" in line
    assert said in line


@pytest.mark.parametrize(
    "given",
    [
        ["--epochs", "3"],
        ["--require-skill", "1"],
        ["--dry-run"],
        ["--repair", "full"],
        ["--plot", "f.svg"],
        ["--report", "f.html"],
    ],
)
def test_options_of_a_first_training_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, given: list[str]
) -> None:
    (tmp_path / "newer.csv").write_text("ds,y\n2020-01-01,1\n")
    assert main(["train", "--update", "m.joblib", str(tmp_path / "newer.csv"), *given]) == 2
    assert f"{given[0]} cannot be used with --update" in capsys.readouterr().err


def test_an_update_removes_what_a_dead_one_has_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    left = temporary_path(tmp_path / "m.joblib")
    left.write_text("half of a model")
    done = Update((), {}, 40, 6, Comparison("mase", 0.5, 0.6, 5), tmp_path / "m.joblib", None)
    monkeypatch.setattr(update_command, "update", lambda *_args, **_named: done)
    (tmp_path / "newer.csv").write_text("ds,y\n2020-01-01,1\n")
    assert main(["train", "--update", str(tmp_path / "m.joblib"), str(tmp_path / "newer.csv"), "-q"]) == 0
    assert not left.exists()
