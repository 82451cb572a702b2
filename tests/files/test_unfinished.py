"""Temporary files of dead writers are swept away, those of living ones never."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import filelock
import pytest

from forecaster.files import unfinished
from forecaster.files.atomic import atomic_write
from forecaster.files.unfinished import sweep_unfinished_files, temporary_path, unfinished_file

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from forecaster.files.atomic import atomic_write
def wait(_):
    print("written", flush=True)
    sys.stdin.readline()
atomic_write(Path(sys.argv[1]), b"new", wait)
"""


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_only_temporary_files_are_swept(tmp_path: Path) -> None:
    dead = [temporary_path(tmp_path / name) for name in ("m", "m.x", "long name\n.csv", "m.1.0123456789abcdef.tmp")]
    others = ["m", ".m.lock", ".m.1.tmp", ".m.1.xyz.tmp", ".m.1.0123456789abcdef.tmp.bak", ".1.0123456789abcdef.tmp"]
    for file in dead:
        file.write_bytes(b"part")
    dead[0].chmod(0o444)
    for name in others:
        (tmp_path / name).touch()
    sweep_unfinished_files(tmp_path)
    assert names(tmp_path) == sorted(others)


def test_what_is_no_plain_file_stays(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"precious")
    folder, link, pipe = (temporary_path(tmp_path / "m") for _ in range(3))
    folder.mkdir()
    link.symlink_to("victim")
    os.mkfifo(pipe)
    sweep_unfinished_files(tmp_path)
    assert names(tmp_path) == sorted(["victim", folder.name, link.name, pipe.name])


def test_a_folder_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    sweep_unfinished_files(tmp_path / "missing")


def test_a_file_that_cannot_be_removed_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = temporary_path(tmp_path / "m")
    stuck.touch()

    def fail(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(os, "unlink", fail)
    sweep_unfinished_files(tmp_path)
    assert names(tmp_path) == [stuck.name]


@pytest.mark.parametrize("killed", [True, False])
def test_a_process_keeps_its_file_as_long_as_it_lives(tmp_path: Path, killed: bool) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "m")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        sweep_unfinished_files(tmp_path)
        (left,) = names(tmp_path)
        assert left.startswith(f".m.{writer.pid}.")
        if killed:
            writer.kill()
            writer.wait()
        else:
            writer.communicate("\n")
    sweep_unfinished_files(tmp_path)
    assert names(tmp_path) == ([] if killed else ["m"])


def test_the_number_of_a_living_process_protects_no_file(tmp_path: Path) -> None:
    temporary_path(tmp_path / "m").touch()  # with the number of this process, as if that were used again
    sweep_unfinished_files(tmp_path)
    assert not names(tmp_path)


@pytest.mark.parametrize("moment", ["before the lock", "after the lock"])
def test_a_sweep_just_after_the_creation_costs_another_name_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    real, swept = filelock.lock_descriptor, []

    def sweep_meanwhile(handle: int, *, blocking: bool) -> bool:
        if swept:
            return real(handle, blocking=blocking)
        (file,) = tmp_path.iterdir()
        swept.append(file.name)
        if moment == "before the lock":
            file.unlink()
            return real(handle, blocking=blocking)
        return False  # the sweep holds the lock, and removes the file next

    monkeypatch.setattr(filelock, "lock_descriptor", sweep_meanwhile)
    with unfinished_file(tmp_path / "m", None) as (path, handle):
        assert path.exists()
        assert path.name not in swept
        os.close(handle)


def test_a_file_system_without_locks_is_written_and_never_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> bool:
        raise OSError(errno.ENOLCK, "no locks")

    dead = temporary_path(tmp_path / "m")
    dead.touch()
    monkeypatch.setattr(filelock, "lock_descriptor", fail)
    atomic_write(tmp_path / "m", b"new")
    sweep_unfinished_files(tmp_path)
    assert names(tmp_path) == sorted([dead.name, "m"])


def test_windows_goes_by_the_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "ON_WINDOWS", True)
    young, old = (temporary_path(tmp_path / "m") for _ in range(2))
    for file, age in ((young, 3500), (old, 3700)):
        file.touch()
        os.utime(file, (time.time() - age,) * 2)
    sweep_unfinished_files(tmp_path)
    assert names(tmp_path) == [young.name]
    atomic_write(tmp_path / "m", b"new")
    assert (tmp_path / "m").read_bytes() == b"new"


def test_a_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        (tmp_path / f"{number}.csv").touch()
        temporary_path(tmp_path / f"{number}.csv").touch()
    listings: list[Any] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listings.append(folder) or real(folder))
    sweep_unfinished_files(tmp_path)
    assert listings == [tmp_path]
    assert len(names(tmp_path)) == 50


def test_writers_are_not_disturbed_by_sweeps(tmp_path: Path) -> None:
    ended = threading.Event()

    def sweep() -> None:
        while not ended.is_set():
            sweep_unfinished_files(tmp_path)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for number in range(30):
            atomic_write(tmp_path / "m", str(number).encode())
            assert (tmp_path / "m").read_bytes() == str(number).encode()
    finally:
        ended.set()
        sweeper.join()
    assert names(tmp_path) == ["m"]


def test_a_file_that_cannot_be_looked_at_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(unfinished, "is_file_at", fail)
    with pytest.raises(OSError, match="Input/output error"), unfinished.unfinished_file(tmp_path / "x.csv", None):
        pass
    assert not list(tmp_path.iterdir())
