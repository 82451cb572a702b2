"""Only one process writes at a time: a second one learns who holds the lock, and a dead process holds none."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.errors import OutputError, StorageError, TryAgainError
from forecaster.files.atomic import temporary_name
from forecaster.files.lock import exclusive_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from forecaster.files.lock import exclusive_lock
with exclusive_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the lock until the block ends."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_process_learns_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    with holder(path) as other:
        for _ in range(2):
            with pytest.raises(TryAgainError) as caught, exclusive_lock(path):
                pytest.fail("two writers")
            assert caught.value.exit_code == 75
            assert re.fullmatch(
                rf"{re.escape(str(path))}: another run \(process {other.pid}, since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d"
                r"[+-]\d\d:\d\d\) is writing this model; wait until it has ended and try again",
                str(caught.value),
            )
    with exclusive_lock(path):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    with holder(path) as other:
        other.kill()
        other.wait()
        with exclusive_lock(path):
            assert (tmp_path / ".model.joblib.lock").read_text().startswith(f"{os.getpid()} ")


def test_the_lock_is_the_same_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("model.joblib")
    with exclusive_lock(tmp_path / "model.joblib"), pytest.raises(TryAgainError), exclusive_lock(tmp_path / "link"):
        pytest.fail("two writers")


def test_other_files_have_other_locks(tmp_path: Path) -> None:
    with exclusive_lock(tmp_path / "a"), exclusive_lock(tmp_path / "b"):
        assert {file.name for file in tmp_path.iterdir()} == {".a.lock", ".b.lock"}


@pytest.mark.parametrize("signature", [b"", b"evil\x1b[2J\n", b"12 \xff\n", b"1" * 100])
def test_a_holder_that_has_not_signed_has_no_name(tmp_path: Path, signature: bytes) -> None:
    with exclusive_lock(tmp_path / "m"):
        (tmp_path / ".m.lock").write_bytes(signature)
        with (
            pytest.raises(TryAgainError, match="m: another run is writing this model; wait"),
            exclusive_lock(tmp_path / "m"),
        ):
            pytest.fail("two writers")


def test_the_lock_file_stays_and_what_the_block_raises_frees_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive_lock(tmp_path / "m"):
        raise KeyError
    assert (tmp_path / ".m.lock").exists()
    with exclusive_lock(tmp_path / "m"):
        pass


def test_temporaries_of_killed_writers_are_removed_only_under_the_lock(tmp_path: Path) -> None:
    stale, other = temporary_name(tmp_path / "m"), temporary_name(tmp_path / "m.csv")
    for file in (stale, other):
        file.touch()
    with exclusive_lock(tmp_path / "m"):
        assert not stale.exists()
        assert other.exists()
        stale.touch()
        with pytest.raises(TryAgainError), exclusive_lock(tmp_path / "m"):
            pytest.fail("two writers")
        assert stale.exists()


def test_a_temporary_that_cannot_be_removed_does_no_harm(tmp_path: Path) -> None:
    folder = temporary_name(tmp_path / "m")
    folder.mkdir()
    with exclusive_lock(tmp_path / "m"):
        assert folder.exists()


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / ".m.lock").symlink_to(victim)
    with pytest.raises(OutputError, match="m: cannot be written: Too many levels"), exclusive_lock(tmp_path / "m"):
        pytest.fail("followed")
    assert victim.read_text() == "precious"


def test_a_missing_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="m: cannot be written: No such file") as caught,
        exclusive_lock(tmp_path / "no" / "m"),
    ):
        pytest.fail("held")
    assert caught.value.exit_code == 73


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (errno.ENOTSUP, OutputError, "its file system cannot lock files; choose a place on a local disk"),
        (errno.ENOSYS, OutputError, "its file system cannot lock files; choose a place on a local disk"),
        (errno.ENOLCK, OutputError, "its file system cannot lock files; choose a place on a local disk"),
        (errno.EIO, StorageError, "Input/output error; check the disk and try again"),
    ],
)
def test_without_a_lock_no_work_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: Any, text: str
) -> None:
    def flock(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(kind, match=text), exclusive_lock(tmp_path / "m"):
        pytest.fail("held")


def test_a_lock_is_not_handed_to_programs_that_are_started(tmp_path: Path) -> None:
    command, path = [sys.executable, "-c", "print(flush=True); input()"], tmp_path / "m"
    with exclusive_lock(path):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False)
    with child:
        assert child.stdout is not None
        child.stdout.readline()  # it runs, so what it was not to inherit is closed
        with exclusive_lock(path):
            assert child.poll() is None
        child.communicate(b"\n")
