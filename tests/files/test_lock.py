"""One writer at a time: a second process is told who holds the lock, and a dead holder holds nothing."""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import pytest

from forecaster.errors import OutputError, StorageError, TryAgainError
from forecaster.files import lock
from forecaster.files.lock import exclusive_lock, lock_file, lock_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys
from pathlib import Path
from forecaster.files.lock import exclusive_lock
with exclusive_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
RACER = """
import json
import sys
from pathlib import Path
from forecaster.errors import TryAgainError
from forecaster.files.lock import exclusive_lock
model = Path(sys.argv[1])
counts = {"wins": 0, "named": 0, "unnamed": 0}
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    try:
        with exclusive_lock(model):
            writer = model.with_name("writer")
            writer.touch(exist_ok=False)
            writer.unlink()
            counts["wins"] += 1
    except TryAgainError as error:
        counts["named" if "process" in str(error) else "unnamed"] += 1
print(json.dumps(counts))
"""


@pytest.fixture(autouse=True)
def locks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of locks of its own for each test."""
    folder = tmp_path_factory.mktemp("locks")
    monkeypatch.setenv("FORECAST_LOCK_FOLDER", str(folder))
    monkeypatch.setattr(lock, "PAUSE", 0.0001)
    return folder


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the lock until the block ends."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_process_is_told_who_holds_the_lock(tmp_path: Path, locks: Path) -> None:
    path = tmp_path / "model.joblib"
    with holder(path) as other:
        for what in ("model", "folder"):
            with pytest.raises(TryAgainError) as caught, exclusive_lock(path, what):
                pytest.fail("two writers")
            assert caught.value.exit_code == 75
            assert re.fullmatch(
                rf"{re.escape(str(path))}: another run \(process {other.pid} on host {re.escape(platform.node())}, "
                rf"since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d\) is writing this {what}; "
                r"wait until it has ended and try again",
                str(caught.value),
            )
    with exclusive_lock(path):
        assert not list(tmp_path.iterdir())
    assert not list(locks.iterdir())


def test_a_killed_holder_holds_nothing_and_the_next_one_leaves_nothing(tmp_path: Path, locks: Path) -> None:
    path = tmp_path / "model.joblib"
    with holder(path) as other:
        other.kill()
        other.wait()
        assert lock_file(path).exists()
        with exclusive_lock(path):
            assert lock_file(path).read_text().startswith(f"\n{os.getpid()} ")
    assert not list(locks.iterdir())
    assert not list(tmp_path.iterdir())


def test_the_lock_is_the_same_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("model.joblib")
    with exclusive_lock(tmp_path / "model.joblib"), pytest.raises(TryAgainError), exclusive_lock(tmp_path / "link"):
        pytest.fail("two writers")


def test_other_files_have_other_locks(tmp_path: Path, locks: Path) -> None:
    with exclusive_lock(tmp_path / "a"), exclusive_lock(tmp_path / "b"):
        assert len(list(locks.iterdir())) == 2


@pytest.mark.parametrize(
    "signature", [b"", b"\nevil\x1b[2J\n", b"\n12 h\xff 2026\n", b"\n12 host 2026", b"\n" + b"1" * 300]
)
def test_a_holder_that_has_not_signed_has_no_name(tmp_path: Path, signature: bytes) -> None:
    with exclusive_lock(tmp_path / "m"):
        lock_file(tmp_path / "m").write_bytes(signature)
        with (
            pytest.raises(TryAgainError, match="m: another run is writing this model; wait"),
            exclusive_lock(tmp_path / "m"),
        ):
            pytest.fail("two writers")


def test_the_lock_files_of_killed_runs_are_removed_by_runs_for_other_files(tmp_path: Path, locks: Path) -> None:
    with holder(tmp_path / "held"), holder(tmp_path / "killed") as killed:
        killed.kill()
        killed.wait()
        (locks / "forecaster-other.lock").touch()
        (locks / f"forecaster-{'0' * 32}.lock").symlink_to("forecaster-other.lock")
        left = {file.name for file in locks.iterdir()}
        with exclusive_lock(tmp_path / "m"):
            pass
        assert {file.name for file in locks.iterdir()} == left - {lock_file(tmp_path / "killed").name}
        with pytest.raises(TryAgainError), exclusive_lock(tmp_path / "held"):
            pytest.fail("two writers")


def test_a_host_without_a_plain_name_can_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "bürö 7\x1b" + "x" * 80)
    with (
        exclusive_lock(tmp_path / "m"),
        pytest.raises(TryAgainError, match=r"on host b-r--7-x{57}, since"),
        exclusive_lock(tmp_path / "m"),
    ):
        pytest.fail("two writers")


def test_what_the_block_raises_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive_lock(tmp_path / "m"):
        raise KeyError
    with exclusive_lock(tmp_path / "m"):
        pass


def test_a_lock_on_a_removed_file_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has opened the file before its holder removed it must not share the lock with the next one."""
    file, taken = lock_file(tmp_path / "m"), []
    real = filelock.lock_descriptor

    def removed_meanwhile(handle: int, *, blocking: bool) -> bool:
        if not taken:
            file.unlink()
        taken.append(os.fstat(handle).st_ino)
        return real(handle, blocking=blocking)

    monkeypatch.setattr(filelock, "lock_descriptor", removed_meanwhile)
    with exclusive_lock(tmp_path / "m"):
        assert len(taken) == 2
        assert file.stat().st_ino == taken[1]
        with pytest.raises(TryAgainError), exclusive_lock(tmp_path / "m"):
            pytest.fail("two writers")


def test_a_removed_lock_file_of_a_holder_is_not_that_of_the_next_one(tmp_path: Path) -> None:
    with exclusive_lock(tmp_path / "m"):
        lock_file(tmp_path / "m").unlink()
        next_run = exclusive_lock(tmp_path / "m")
        next_run.__enter__()  # nobody can know better: the file is gone
    assert lock_file(tmp_path / "m").exists()
    with pytest.raises(TryAgainError), exclusive_lock(tmp_path / "m"):
        pytest.fail("two writers")
    next_run.__exit__(None, None, None)


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    file = lock_file(tmp_path / "m")
    text = rf"m: cannot be locked: {re.escape(str(file))}: .*; set FORECAST_LOCK_FOLDER to a folder where you may write"
    for plant in (file.symlink_to, file.hardlink_to):
        plant(victim)
        with pytest.raises(OutputError, match=text), exclusive_lock(tmp_path / "m"):
            pytest.fail("followed")
        file.unlink()
    os.mkfifo(file)
    with pytest.raises(OutputError, match="it is not a lock file"), exclusive_lock(tmp_path / "m"):
        pytest.fail("locked a pipe")
    assert victim.read_text() == "precious"


def test_a_missing_folder_of_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_LOCK_FOLDER", str(tmp_path / "no"))
    with (
        pytest.raises(OutputError, match=r"m: cannot be locked: .*/no/forecaster-\w{32}\.lock: No such file") as caught,
        exclusive_lock(tmp_path / "m"),
    ):
        pytest.fail("held")
    assert caught.value.exit_code == 73


def test_the_lock_file_is_open_to_all_users(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with exclusive_lock(tmp_path / "m"):
            assert stat.S_IMODE(lock_file(tmp_path / "m").stat().st_mode) == 0o666
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator can become another user")
def test_two_users_share_a_lock(tmp_path: Path, locks: Path) -> None:
    for folder in (locks, *locks.parents, tmp_path, *tmp_path.parents):
        if folder.is_relative_to(Path(tempfile.gettempdir()) / "pytest-of-root") or folder in {locks, tmp_path}:
            folder.chmod(0o755)
    locks.chmod(0o1777)
    path = tmp_path / "m"
    with holder(path) as other:
        other.kill()
        other.wait()
        pid = os.fork()
        if pid == 0:  # the child is another user, who takes over what the killed one has left and cannot remove it
            try:
                os.setuid(65534)
                with exclusive_lock(path):
                    os._exit(0 if lock_file(path).read_text().startswith(f"\n{os.getpid()} ") else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_the_folder_depends_on_neither_home_nor_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORECAST_LOCK_FOLDER")
    before = lock_folder()
    for name in ("TMPDIR", "HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "/nowhere")
    assert lock_folder() == before
    assert before in {Path("/run/lock"), Path("/tmp")}  # noqa: S108 - what is checked


@pytest.mark.parametrize(("mode", "chosen"), [(0o1777, 0), (0o777, 1), (0o1755, 1), (0o755, 1), (None, 1)])
def test_a_folder_of_the_system_must_be_open_to_all_and_safe_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int | None, chosen: int
) -> None:
    monkeypatch.delenv("FORECAST_LOCK_FOLDER")
    folders = tmp_path / "first", tmp_path / "second"
    monkeypatch.setattr(lock, "SHARED_FOLDERS", folders)
    if mode is not None:
        folders[0].mkdir()
        folders[0].chmod(mode)
    assert lock_folder() == folders[chosen]


def test_windows_has_a_folder_for_all_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORECAST_LOCK_FOLDER")
    monkeypatch.setattr(lock, "ON_WINDOWS", True)
    monkeypatch.setenv("PROGRAMDATA", "/data")
    assert lock_folder() == Path("/data/forecaster/locks")


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (errno.ENOTSUP, OutputError, "cannot lock files; set FORECAST_LOCK_FOLDER to a folder on a local disk"),
        (errno.ENOSYS, OutputError, "cannot lock files; set FORECAST_LOCK_FOLDER to a folder on a local disk"),
        (errno.ENOLCK, OutputError, "cannot lock files; set FORECAST_LOCK_FOLDER to a folder on a local disk"),
        (errno.EIO, StorageError, "Input/output error; check that disk, or set FORECAST_LOCK_FOLDER to a folder on an"),
    ],
)
def test_without_a_lock_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: Any, text: str
) -> None:
    def flock(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock, "lock_descriptor", flock)
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


def test_a_fork_of_the_holder_holds_nothing_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "m"
    reader, writer = os.pipe()
    with exclusive_lock(path):
        pid = os.fork()
        if pid == 0:
            os.close(writer)
            os.read(reader, 1)  # until the parent is done
            os._exit(0)
    with exclusive_lock(path):
        pass
    os.close(writer)
    os.close(reader)
    os.waitpid(pid, 0)


def race(path: Path, starts: int, rounds: int) -> list[dict[str, int]]:
    """Let several processes take the lock of `path` again and again, and return what each counts."""
    command = [sys.executable, "-c", RACER, str(path), str(rounds)]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(starts)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    results = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    for racer in racers:
        results.append(json.loads(racer.communicate()[0]))
        assert racer.returncode == 0
    return results


@pytest.mark.slow
def test_there_are_never_two_writers_while_locks_come_and_go(tmp_path: Path, locks: Path) -> None:
    counts = race(tmp_path / "m", starts=4, rounds=500)
    assert all(each["wins"] for each in counts)
    assert sum(each["unnamed"] for each in counts) <= sum(each["named"] for each in counts) / 10
    assert not list(locks.iterdir())
