"""Patterns, folders and lists become plain lists of files, in a stable order; what stands for nothing is refused."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from forecaster.errors import InputRefusedError, InputUnreadableError, UsageError
from forecaster.reading.tables.sources import expand_sources
from forecaster.size_limits import LARGEST_LIST


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.csv", "a.csv", "deep/c.csv", "deep/deeper/d.CSV.GZ", "deep/notes.md", "deep/e.parquet"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_plain_names_stand_for_themselves_whether_they_exist_or_not() -> None:
    names = ["b.csv", "absent.csv", "-", "https://a.example/*.csv"]
    assert expand_sources(names) == names
    assert expand_sources([]) == []


def test_patterns_are_sorted_and_folders_hold_tables() -> None:
    assert expand_sources(["*.csv"]) == ["a.csv", "b.csv"]
    assert expand_sources(["**/*.csv"]) == ["a.csv", "b.csv", "deep/c.csv"]
    assert expand_sources(["deep"]) == ["deep/c.csv", "deep/e.parquet"]
    assert expand_sources(["deep"], preferred=(".md",)) == ["deep/notes.md"]
    assert expand_sources(["deep/deeper"]) == ["deep/deeper/d.CSV.GZ"]


def test_a_file_is_named_once() -> None:
    assert expand_sources(["b.csv", "*.csv", "a.csv"]) == ["b.csv", "a.csv"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file() -> None:
    Path("[ab].csv").touch()
    assert expand_sources(["[ab].csv"]) == ["[ab].csv"]
    assert expand_sources(["[a].csv"]) == ["a.csv"]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x*.csv", "x*.csv: no file matches this pattern; check the name"),
        ("\x1b*", "\\x1b*: no file matches this pattern; check the name"),
        ("bare", "bare: no file in it ends in .csv, .csv.gz, .csv.zip, .tsv, .txt, .parquet, .xlsx; check the name"),
    ],
)
def test_what_stands_for_no_file_is_refused(source: str, sentence: str) -> None:
    Path("bare").mkdir()
    with pytest.raises(InputUnreadableError) as caught:
        expand_sources([source])
    assert (str(caught.value), caught.value.code, caught.value.exit_code) == (sentence, "NOINPUT", 66)


def test_lists_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("list").write_bytes(b"\xef\xbb\xbfb.csv\r\n\n  \ndeep\nodd\xff.csv\n")
    assert expand_sources(["a.csv"], "list") == [
        "a.csv",
        "b.csv",
        "deep/c.csv",
        "deep/e.parquet",
        os.fsdecode(b"odd\xff.csv"),
    ]
    piped(monkeypatch, b"b.csv\na.csv")
    assert expand_sources([], "-") == ["b.csv", "a.csv"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\n \n", "list: the list names no file; write one file per line"),
        (b"PAR1\0\0", "list: this is not a list of files; write one file per line"),
    ],
)
def test_bad_lists_are_refused(content: bytes, sentence: str) -> None:
    Path("list").write_bytes(content)
    with pytest.raises((InputUnreadableError, InputRefusedError)) as caught:
        expand_sources([], "list")
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "what"), [("absent", "no such file or directory"), ("bad\0", "no file can have this name")]
)
def test_lists_that_cannot_be_read(name: str, what: str) -> None:
    with pytest.raises(InputUnreadableError, match=f"{what}; name a file that lists one file per line"):
        expand_sources([], name)


def test_a_list_without_end_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="/dev/zero: this is not a list of files"):
        expand_sources([], "/dev/zero")
    assert LARGEST_LIST < 2**27


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, b"a.csv")
    with pytest.raises(UsageError, match="- can be read only once"):
        expand_sources(["-"], "-")
    Path("list").write_text("-\n")
    with pytest.raises(UsageError, match="- can be read only once"):
        expand_sources(["-"], "list")


def test_a_broken_link_in_a_folder_is_no_silence(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.csv").write_text("")
    (inside / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    (inside / "folder.csv").mkdir()
    both = [str(inside / name) for name in ("a.csv", "gone.csv")]
    assert expand_sources([str(inside)]) == both
    assert expand_sources([str(inside / "*.csv")]) == both
