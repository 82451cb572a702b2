"""A file is wholly old or wholly new whatever fails, and the user hears what failed.

The N-th call of the operating system is made to fail, for every N until the write succeeds, with every kind of
failure: an error, a write of a part, and the death of the process, after which nothing more happens.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.errors import ForecasterError, ModelRefusedError, OutputError, StorageError
from forecaster.files.atomic import atomic_write
from forecaster.files.preflight import check_writable
from forecaster.files.unfinished import UNFINISHED, sweep_unfinished_files

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD, NEW = b"old" * 1000, b"new" * 2000
CALLS = ("open", "fchmod", "write", "fsync", "close", "replace", "unlink")


class Death(BaseException):
    """The process is gone: from here on no call has any effect."""


class Failing:
    """The calls of the operating system, of which the `n`-th fails."""

    def __init__(self, n: int, fault: int | str) -> None:
        self.n, self.fault, self.count, self.log = n, fault, 0, []
        self.log: list[str]
        self.real = {name: getattr(os, name) for name in CALLS}

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        self.log.append(name)
        if self.count > self.n and self.fault in {"death before", "death after"}:
            raise Death
        if self.count != self.n:
            return self.real[name](*args, **kwargs)
        if self.fault == "death before":
            raise Death
        if self.fault == "half" and name == "write":
            return self.real[name](args[0], args[1][: max(1, len(args[1]) // 2)])
        result = self.real[name](*args, **kwargs) if name == "close" or not isinstance(self.fault, int) else None
        if self.fault == "death after":
            raise Death
        if isinstance(self.fault, int):
            raise OSError(self.fault, os.strerror(self.fault))
        return result

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            patch.setattr(os, name, lambda *args, name=name, **kwargs: self.call(name, *args, **kwargs))


def write_with(fault: int | str, n: int, path: Path, verify: Any = None) -> tuple[Failing, BaseException | None]:
    """Write NEW while the `n`-th call fails; return the calls and what was raised."""
    failing = Failing(n, fault)
    with pytest.MonkeyPatch.context() as patch:
        failing.install(patch)
        try:
            atomic_write(path, NEW, verify)
        except (ForecasterError, Death) as error:
            return failing, error
    return failing, None


def faults(folder: Path, kind: int | str, old: bytes | None) -> Iterator[tuple[Path, Failing, BaseException | None]]:
    """Yield each state of a fresh folder after a failure at the first, second, ... call, until none is left."""
    n = 0
    while True:
        n += 1
        path = folder / str(n) / "model.joblib"
        path.parent.mkdir()
        if old is not None:
            path.write_bytes(old)
        failing, error = write_with(kind, n, path)
        if failing.count < n:
            break
        yield path, failing, error
    assert n > 7


ERRORS = {
    errno.ENOSPC: (StorageError, 74, "No space left on device; free some space and try again"),
    errno.EDQUOT: (StorageError, 74, "Disk quota exceeded; free some space and try again"),
    errno.EIO: (StorageError, 74, "Input/output error; check the disk and try again"),
    errno.EACCES: (OutputError, 73, "Permission denied; choose a place where you may write"),
    errno.EROFS: (OutputError, 73, "Read-only file system; choose a place where you may write"),
}


@pytest.mark.parametrize("old", [OLD, None], ids=["replacing", "new"])
@pytest.mark.parametrize("number", ERRORS)
def test_an_error_anywhere_leaves_the_old_file_and_nothing_else(tmp_path: Path, number: int, old: bytes | None) -> None:
    kind, code, text = ERRORS[number]
    for path, failing, error in faults(tmp_path, number, old):
        in_place = failing.log.index("replace") < failing.n - 1 if "replace" in failing.log else False
        assert [file.name for file in path.parent.iterdir()] == ([path.name] if in_place or old else [])
        if in_place and failing.log[failing.n - 2] == "replace":  # the lock ends: all is on the disk
            assert path.read_bytes() == NEW
            assert error is None
        elif in_place:  # only the folder's sync is left to fail
            assert path.read_bytes() == NEW
            assert isinstance(error, StorageError)
            assert "model.joblib: is written, but may be lost if the power fails now: " in str(error)
        else:
            assert isinstance(error, kind)
            assert error.exit_code == code
            assert str(error) == f"{path}: cannot be written: {text}"
            assert not old or path.read_bytes() == old


@pytest.mark.parametrize("old", [OLD, None], ids=["replacing", "new"])
@pytest.mark.parametrize("moment", ["death before", "death after"])
def test_a_death_anywhere_leaves_a_whole_file_and_one_temporary_at_most(
    tmp_path: Path, moment: str, old: bytes | None
) -> None:
    for path, _, error in faults(tmp_path, moment, old):
        assert isinstance(error, Death)
        left = [file for file in path.parent.iterdir() if file != path]
        assert all(UNFINISHED.fullmatch(file.name) for file in left)
        assert len(left) <= 1
        assert not path.exists() or path.read_bytes() in {old, NEW}
        assert old is None or path.exists()
        atomic_write(path, NEW)
        assert path.read_bytes() == NEW


def test_a_write_of_a_part_is_continued(tmp_path: Path) -> None:
    for path, _, error in faults(tmp_path, "half", OLD):
        assert error is None
        assert path.read_bytes() == NEW


def test_a_failed_removal_of_the_temporary_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.EIO, "unlink")

    monkeypatch.setattr(os, "unlink", fail)
    with pytest.raises(ModelRefusedError, match="first"):
        atomic_write(tmp_path / "a", NEW, lambda _: refuse("first"))


def refuse(reason: str) -> None:
    raise ModelRefusedError(reason)


def test_everything_is_on_the_disk_before_and_after_the_replacement(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(OLD)
    failing, _ = write_with(0, 0, tmp_path / "a")
    assert failing.log == ["open", "fchmod", "write", "fsync", "close", "replace", "close", "open", "fsync", "close"]


@pytest.mark.parametrize(("number", "fails"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_file_system_that_cannot_sync_folders_will_do(tmp_path: Path, number: int, fails: bool) -> None:
    _, error = write_with(number, 8, tmp_path / "a")  # the sync of the folder of a new file
    assert (error is not None) == fails
    assert (tmp_path / "a").read_bytes() == NEW


def test_verification_sees_the_new_content_and_can_refuse_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "model.joblib", []
    path.write_bytes(OLD)
    atomic_write(path, NEW, lambda file: seen.append((file.read_bytes(), path.read_bytes(), file.parent)))
    assert seen == [(NEW, OLD, tmp_path)]
    with pytest.raises(ModelRefusedError) as caught:
        atomic_write(path, OLD, lambda _: refuse("reads back damaged"))
    assert str(caught.value) == f"{path}: reads back damaged"
    assert path.read_bytes() == NEW
    assert os.listdir(tmp_path) == ["model.joblib"]  # noqa: PTH208 - names are what is compared


def test_an_interruption_while_verifying_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(_: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "a", NEW, interrupt)
    assert not list(tmp_path.iterdir())


def test_links_stay_and_what_they_point_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link, second = tmp_path / "real" / "model", tmp_path / "link", tmp_path / "second"
    target.write_bytes(OLD)
    link.symlink_to("real/model")
    second.symlink_to(link)
    atomic_write(second, NEW)
    assert link.is_symlink()
    assert second.is_symlink()
    assert target.read_bytes() == NEW
    target.unlink()
    atomic_write(link, OLD)  # a link to nothing yet
    assert link.is_symlink()
    assert target.read_bytes() == OLD


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for write in (check_writable, lambda path: atomic_write(path, NEW)):
        with pytest.raises(OutputError, match="the link leads back to itself, name a file"):
            write(tmp_path / "loop")
    assert (tmp_path / "loop").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o444])
def test_the_mode_of_an_existing_file_is_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(OLD)
    path.chmod(mode)
    before = os.umask(0o077)
    try:
        atomic_write(path, NEW)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        atomic_write(tmp_path / "a", NEW)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask


def refused_paths(folder: Path) -> dict[str, tuple[Path, str]]:
    (folder / "folder").mkdir()
    (folder / "file").write_bytes(OLD)
    os.mkfifo(folder / "pipe")
    return {
        "missing folder": (folder / "none" / "a", "No such file or directory; create the folder first"),
        "a file as folder": (folder / "file" / "a", "Not a directory; a part of the path is a file, name another one"),
        "a folder": (folder / "folder", "Is a directory; name a file in it"),
        "a pipe": (folder / "pipe", "it is a device or a pipe; name a file"),
        "a device": (Path("/dev/null"), "it is a device or a pipe; name a file"),
        "long name": (folder / ("a" * 250), "File name too long; choose a shorter name"),
    }


@pytest.mark.parametrize("case", ["missing folder", "a file as folder", "a folder", "a pipe", "a device", "long name"])
def test_where_no_file_can_be_is_said_before_and_while_writing(tmp_path: Path, case: str) -> None:
    path, text = refused_paths(tmp_path)[case]
    for write in (check_writable, lambda path: atomic_write(path, NEW)):
        with pytest.raises(OutputError) as caught:
            write(path)
        assert caught.value.exit_code == 73
        assert str(caught.value) == f"{path}: cannot be written: {text}"
    assert {file.name for file in tmp_path.iterdir()} == {"folder", "file", "pipe"}
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_the_check_before_hears_of_every_failure(tmp_path: Path, number: int) -> None:
    kind, _, text = ERRORS[number]
    for n, name in enumerate(("open", "fsync", "close"), 1):
        with pytest.MonkeyPatch.context() as patch:
            Failing(n, number).install(patch)
            with pytest.raises(kind, match=text):
                check_writable(tmp_path / "a")
        assert not list(tmp_path.iterdir()), name


LOOP = """
import sys
from pathlib import Path
from forecaster.files.atomic import atomic_write
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        atomic_write(Path(sys.argv[1]), letter * 300_000)
"""


def test_a_killed_writer_leaves_whole_files_to_its_readers(tmp_path: Path) -> None:
    path = tmp_path / "model"
    for reads in (0, 1, 3, 7, 20):
        with subprocess.Popen([sys.executable, "-c", LOOP, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            while not path.exists():
                pass
            for _ in range(reads):
                assert path.read_bytes() in {b"a" * 300_000, b"b" * 300_000}
            writer.send_signal(signal.SIGKILL)
        assert path.read_bytes() in {b"a" * 300_000, b"b" * 300_000}
    sweep_unfinished_files(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_without_a_name_is_no_file() -> None:
    reader, writer = os.pipe()
    try:
        with pytest.raises(OutputError, match=f"/dev/fd/{writer}: cannot be written: it is a device or a pipe"):
            atomic_write(Path(f"/dev/fd/{writer}"), b"new")
    finally:
        os.close(reader)
        os.close(writer)


def test_a_working_folder_that_is_gone_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(OutputError, match="m: cannot be written: the working folder has been removed; change to"):
        atomic_write(Path("m"), b"new")
    monkeypatch.chdir(tmp_path)
