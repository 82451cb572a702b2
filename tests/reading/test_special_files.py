"""What is no ordinary file: pipes, devices, links, strange names, addresses, files that change while they are read.

What must not be read, and what is too large, goes through the command line in a process of its own that notes its
memory: whatever would wait for ever, or eat all memory, ends with it and not with the tests.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from forecaster.cli import main
from forecaster.errors import InputRefusedError
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forecaster.series.panel import Panel

CORPUS = Path(__file__).parent / "corpus"
GOOD = CORPUS / "a01_canonical.csv"
LARGE = runpy.run_path(str(Path(__file__).parent / "large_files.py"))
SCRIPT = """
import contextlib, io, json, pathlib, sys
from forecaster.cli import main
endings = []
for source in sys.argv[1:]:
    streams = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        code = main(["train", source])
    endings.append([code, *(stream.getvalue() for stream in streams)])
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [line.split()[1] for line in lines if line.startswith("VmHWM")]
print(json.dumps({"endings": endings, "peak": peak}))
"""
WITHIN = 600
"""Seconds for all of them; one that waits for ever runs into it."""


class Ending(NamedTuple):
    code: int
    out: str
    err: str


def no_file(folder: Path) -> dict[str, str]:
    """Make what cannot be read as a file, and return the path of each by name."""
    os.mkfifo(folder / "fifo.csv")
    (folder / "directory.csv").mkdir()
    links = {"loop": "loop.csv", "dangling": "nowhere", "zero": "/dev/zero", "memory": "/proc/self/mem"}
    for name, target in links.items():
        (folder / f"{name}.csv").symlink_to(target)
    names = [*links, "fifo", "directory", "missing"]
    addresses = {each: each for each in ("http://example.invalid/x.csv", "s3://bucket/x.csv")}
    return {name: str(folder / f"{name}.csv") for name in names} | addresses


def too_large(folder: Path) -> dict[str, str]:
    """Make what must not be read to its end, and return the path of each by name."""
    paths = {name: folder / f"{name}.csv" for name in ("sparse", "bomb", "long_line", "many_columns")}
    for name, path in paths.items():
        LARGE[name](path)
    return {name: str(path) for name, path in paths.items()}


NO_FILE = ["loop", "dangling", "zero", "memory", "fifo", "directory", "missing"]
ADDRESSES = ["http://example.invalid/x.csv", "s3://bucket/x.csv"]
TOO_LARGE = ["sparse", "bomb", "long_line", "many_columns"]


class Endings(NamedTuple):
    """How the program ended for each, and the most memory in use, in MiB, where the system tells it."""

    of: dict[str, Ending]
    path: dict[str, str]
    peak: float | None


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> Endings:
    """Return how the program ends for each, all of them in one process."""
    folder, empty = tmp_path_factory.mktemp("special"), tmp_path_factory.mktemp("empty")
    paths = no_file(folder) | too_large(folder)
    command = [sys.executable, "-c", SCRIPT, *paths.values()]
    done = subprocess.run(
        command, cwd=empty, capture_output=True, text=True, check=True, timeout=WITHIN, stdin=subprocess.DEVNULL
    )
    assert list(empty.iterdir()) == []
    found = json.loads(done.stdout)
    of = {name: Ending(*ending) for name, ending in zip(paths, found["endings"], strict=True)}
    return Endings(of, paths, int(found["peak"][0]) / 1024 if found["peak"] else None)


@pytest.mark.parametrize("name", [*NO_FILE, *ADDRESSES, *TOO_LARGE])
def test_what_is_no_file_to_read_is_refused(endings: Endings, name: str) -> None:
    ending = endings.of[name]
    assert (ending.code, ending.out) == (65 if name in TOO_LARGE else 66, "")
    assert ending.err.startswith(f"error: {endings.path[name]}")
    assert ending.err.count("\n") == 1
    assert ending.err[:-1].isprintable()


def test_what_is_refused_takes_little_memory(endings: Endings) -> None:
    if endings.peak is None:
        pytest.skip("this system does not tell the peak of a process")
    assert endings.peak < 300


def test_an_address_is_not_fetched(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("socket.socket", lambda *_, **__: pytest.fail("the network was asked"))
    for address in ADDRESSES:
        assert main(["train", address]) == 66
    assert "download" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "closed.csv"
    shutil.copy(GOOD, path)
    path.chmod(0)
    assert main(["train", str(path)]) == 66
    assert capsys.readouterr().err.startswith(f"error: {path}: ")


def test_a_file_of_the_system_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("/etc/passwd")
    assert main(["train", str(path)]) == 65
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not any(line in err for line in lines if len(line) > 40)


NAMES = [
    b"s08 space 'quote' $(touch pwned) ;.csv",
    b"s09_new\nline.csv",
    b"-s10_leading_dash.csv",
    "s11_ünïcode_価格.csv".encode(),
    b"s12_bad_\xff_bytes.csv",
]


@pytest.mark.sampled("*s08*", "*s12*")
@pytest.mark.parametrize("raw", NAMES, ids=ascii)
def test_strange_names_are_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raw: bytes
) -> None:
    name = os.fsdecode(raw)
    shutil.copy(GOOD, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--epochs", "1", "--updates", "1", "--members", "1", "--hidden", "2", "--", name]) == 0
    assert main(["predict", "--horizon", "2", "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    rows = out.splitlines()[-2:]
    assert [row.split(",")[1] for row in rows] == ["2023-02-27", "2023-02-28"]
    assert err.replace("\n", "").isprintable()
    assert {path.name for path in tmp_path.iterdir()} <= {name, "forecast.joblib"}
    assert equal(panel_of(tmp_path / name), panel_of(GOOD))


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(GOOD)
    assert equal(panel_of(tmp_path / "link.csv"), panel_of(GOOD))


@pytest.mark.slow
def test_standard_input_is_read_as_a_file_is(tmp_path: Path) -> None:
    found = []
    for source, given in (("-", GOOD.read_bytes()), (str(GOOD), b"")):
        command = [sys.executable, "-m", "forecaster", "train", "--dry-run", source]
        done = subprocess.run(command, input=given, cwd=tmp_path, capture_output=True, check=True)
        found.append(done.stderr.decode().replace("standard input", str(GOOD)).replace(str(GOOD), "FILE"))
    assert found[0].splitlines()[1:] == found[1].splitlines()[1:]
    assert "300" in found[0]


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert main(["train", "-"]) == 2
    assert "standard input, which is a terminal here" in capsys.readouterr().err


@contextmanager
def meanwhile(step: Callable[[], None]) -> Iterator[None]:
    """Repeat a step in a thread of its own."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(1e-3):
            step()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.slow
def test_of_a_file_that_grows_whole_rows_are_read(tmp_path: Path) -> None:
    path, first = tmp_path / "growing.csv", panel_of(GOOD)
    days = np.busday_offset("2023-02-27", np.arange(600))
    values = 1000 + np.arange(600) / 100
    coming = iter("".join(f"{day},{value:.2f}\n" for day, value in zip(days, values, strict=True)))
    whole, lengths = np.concatenate([first.values, values]), []
    shutil.copy(GOOD, path)
    with path.open("a", encoding="utf-8") as file:

        def grow() -> None:
            file.write("".join(islice(coming, 25)))  # a row and a third
            file.flush()

        with meanwhile(grow):
            while not lengths or lengths[-1] < len(whole):
                with suppress(InputRefusedError):  # half a row, or a change while it was read
                    found = panel_of(path).values
                    assert np.array_equal(found, whole[: len(found)])
                    lengths.append(len(found))
    assert lengths == sorted(lengths)
    assert lengths[0] >= len(first.values)


def test_a_file_that_is_replaced_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path, texts = tmp_path / "replaced.csv", [GOOD.read_text(encoding="utf-8")]
    head, *rows = texts[0].splitlines()
    texts.append("\n".join([head, *(row.replace(",", ",9") for row in rows[:200]), ""]))
    known = []
    for text in texts:
        path.write_text(text, encoding="utf-8")
        known.append(panel_of(path))

    def replace() -> None:
        texts.reverse()
        (tmp_path / "next").write_text(texts[0], encoding="utf-8")
        (tmp_path / "next").replace(path)

    with meanwhile(replace):
        for _ in range(40):
            found = panel_of(path)
            assert any(equal(found, each) for each in known)


def panel_of(path: Path) -> Panel:
    return read_sources([str(path)], Selection()).panel


def equal(one: Panel, other: Panel) -> bool:
    return np.array_equal(one.ds, other.ds) and np.array_equal(one.values, other.values)
