"""Folders of one run are removed at its end, those of dead processes by the next run, those of living ones never."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from forecaster.files import temporary_folder as module
from forecaster.files.temporary_folder import NAME, sweep_temporary_folders, temporary_folder
from forecaster.files.unfinished import temporary_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_folder_lasts_as_long_as_its_context(tmp_path: Path) -> None:
    with temporary_folder() as folder:
        (folder / "part").mkdir()
        (folder / "part" / "file").write_bytes(b"rows")
        assert (list(tmp_path.iterdir()), folder.stat().st_mode & 0o777) == ([folder], 0o700)
    assert not list(tmp_path.iterdir())


def test_only_folders_of_dead_processes_are_swept(tmp_path: Path) -> None:
    dead, link = (temporary_path(tmp_path / NAME) for _ in range(2))
    others = [temporary_path(tmp_path / "other"), tmp_path / "forecaster-x", tmp_path / ".forecaster.1.xyz.tmp"]
    for folder in (dead, *others):
        folder.mkdir()
        (folder / "file").touch()
    link.symlink_to(others[0])
    with temporary_folder() as living:  # it sweeps
        assert set(tmp_path.iterdir()) == {living, link, *others}
        sweep_temporary_folders(tmp_path)
        assert living.is_dir()


def test_a_folder_that_is_swept_before_its_lock_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, made = module._lock, list[str]()

    def lock_late(folder: Path) -> int | None:
        made.append(folder.name)
        if len(made) == 1:
            sweep_temporary_folders(tmp_path)
        return lock(folder)

    monkeypatch.setattr(module, "_lock", lock_late)
    with temporary_folder() as folder:
        assert made[1:] == [folder.name]
        assert list(tmp_path.iterdir()) == [folder]
