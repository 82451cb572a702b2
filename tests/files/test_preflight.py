"""What cannot be written is refused before the work: without the place, the permission or the space for this result."""

from __future__ import annotations

import os
import shutil
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from forecaster.errors import OutputError
from forecaster.files.atomic import atomic_write
from forecaster.files.preflight import check_space, check_writable, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_the_check_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    check_writable(tmp_path / "old")
    check_writable(tmp_path / "new")
    assert [file.name for file in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_a_write_protected_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # an administrator may write everywhere
    with pytest.raises(OutputError, match="a: cannot be written: Permission denied; choose a place where"):
        check_writable(tmp_path / "a")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders of Windows have no such rule")
def test_a_file_that_only_its_owner_may_replace_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    check_writable(tmp_path / "a")
    tmp_path.chmod(0o1777)
    check_writable(tmp_path / "new")
    with pytest.raises(
        OutputError, match="a: cannot be written: Operation not permitted; choose a place where you may"
    ):
        check_writable(tmp_path / "a")


@pytest.mark.parametrize("name", ["a.joblib", "my model.joblib", "back\\slash", "café"])
def test_a_file_that_is_a_mount_point_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file, mounts = tmp_path / name, tmp_path / "mountinfo"
    file.write_bytes(b"old")
    escaped = str(file).replace("\\", r"\134").replace(" ", r"\040")
    mounts.write_text(f"22 1 8:1 / / rw - ext4 /dev/a rw\n23 22 8:1 /src {escaped} rw - ext4 /dev/a rw\n")
    monkeypatch.setattr("forecaster.files.preflight.MOUNTS", mounts)
    check_writable(tmp_path / "other")
    with pytest.raises(OutputError, match="the file is mounted by itself, so no new one can take its place; mount"):
        check_writable(file)


@pytest.mark.parametrize(
    ("disk", "size", "text"),
    [
        ((10**9, 0), None, "its disk is full"),
        ((10**9, 4096), None, ""),
        ((10**9, 0), 5000, "its disk is full"),
        ((10**9, 2**20), 2**20, ""),
        ((10**9, 2**20 - 1), 2**20, "it takes about 1.0 MB, and its disk has 1024 KB left"),
        ((10**9, 4096), 3 * 2**30, "it takes about 3.0 GB, and its disk has 4.0 KB left"),
        ((0, 0), 2**40, ""),  # network folders that count nothing
    ],
)
def test_a_disk_must_have_space_for_this_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: tuple[int, int], size: int | None, text: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=disk[0], free=disk[1]))
    arguments = (tmp_path / "a",) if size is None else (tmp_path / "a", size)
    if not text:
        check_writable(*arguments)
        return
    with pytest.raises(OutputError) as caught:
        check_writable(*arguments)
    assert str(caught.value) == (
        f"{tmp_path / 'a'}: cannot be written: {text}; free some space or choose another place"
    )
    assert not list(tmp_path.iterdir())


def test_the_space_of_the_folder_that_a_link_leads_to_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/a")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: asked.append(folder) or SimpleNamespace(total=0, free=0))
    check_space(tmp_path / "link", 1)
    assert asked == [str(tmp_path / "there")]


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file or directory; create the folder first"):
        check_space(tmp_path / "gone" / "a", 1)


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "0.0 KB"), (400, "0.4 KB"), (12_400, "12 KB"), (2**20, "1.0 MB"), (15.7 * 2**20, "16 MB"), (2**31, "2.0 GB")],
)
def test_sizes_are_written_as_people_do(size: float, text: str) -> None:
    assert size_text(size) == text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a file system of 2 MB in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607 - wherever it is


def test_a_real_disk_takes_what_fits_and_refuses_what_does_not(small_disk: Path) -> None:
    model = small_disk / "model"
    check_writable(model, 1000)
    atomic_write(model, b"old" * 1000)
    (small_disk / "other").write_bytes(bytes(1_200_000))
    check_writable(model, 700_000)
    with pytest.raises(OutputError, match=r"it takes about 1\.9 MB, and its disk has 8\d\d KB left"):
        check_writable(model, 2_000_000)
    atomic_write(model, bytes(700_000))
    with pytest.raises(OutputError, match="it takes about 684 KB"):  # the old file stays until the new one is whole
        check_writable(model, 700_000)
    assert model.read_bytes() == bytes(700_000)
