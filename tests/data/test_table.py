"""Bytes become a table, or a sentence that names the line."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from forecaster.data.quoting import shown
from forecaster.data.table import read_table
from forecaster.errors import InputRefusedError, InputUnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.data.table import Table


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Table]:
    """Return a function that reads bytes as `t.csv`."""
    monkeypatch.chdir(tmp_path)

    def read(data: bytes) -> Table:
        (tmp_path / "t.csv").write_bytes(data)
        return read_table("t.csv")

    return read


def test_cells_lines_and_names(table: Callable[[bytes], Table]) -> None:
    found = table(b'\xef\xbb\xbf Date ,Note\r\n2024-01-01,"a ""b"",\nc"\r\n2024-01-02,\r\n\r\n  \r\n')
    assert found.header == ("Date", "Note")
    assert found.columns == (("2024-01-01", "2024-01-02"), ('a "b",\nc', ""))
    assert found.lines.tolist() == [2, 4]
    assert (found.file, found.stem, found.ended) == ("t.csv", "t", True)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(table: Callable[[bytes], Table], end: bytes) -> None:
    assert table(end.join([b"a,b", b"1,2", b"3,4"])).columns == (("1", "3"), ("2", "4"))


def test_a_missing_last_line_end_is_noticed(table: Callable[[bytes], Table]) -> None:
    assert not table(b"a,b\n1,2").ended


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "t.csv: the file is empty; give a table with a header row and data rows"),
        (b"\n\r\n \n", "t.csv: the file is empty; give a table with a header row and data rows"),
        (b"\xef\xbb\xbf", "t.csv: the file is empty; give a table with a header row and data rows"),
        (b"a,b\n", "t.csv: there is a header row and no data; add rows"),
        (b"a,b\n\n\n", "t.csv: there is a header row and no data; add rows"),
        (b"\na,b\n1,2\n", "t.csv:1: the first line is blank; begin the file with the column names"),
        (b"a,b\n1,2\n1,2,3\n", "t.csv:3: the row has 3 cells and the header 2; correct the row"),
        (b"a,b\n1\n", "t.csv:2: the row has 1 cell and the header 2; correct the row"),
        (b"a,b\n1,2\n\n3,4\n", "t.csv:3: the line is blank or has empty cells only; remove it"),
        (b"a,b\n1,2\n,,\n", "t.csv:3: the line is blank or has empty cells only; remove it"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "t.csv:3: a quote that opens here is never closed; correct the quotes of this row"),
        (b'a,b\n1,"2"3\n', "t.csv:2: a quote stands amiss; correct the quotes of this row"),
        (b"a;b\n1;2\n", "t.csv:1: the columns are separated by semicolons; separate them with commas"),
        (b"a\tb\n1\t2\n", "t.csv:1: the columns are separated by tabs; separate them with commas"),
        (b"a,b\n1,2\n3,\x004\n", "t.csv:3: a zero byte stands in the text; write the file again, as UTF-8"),
        (b"a,b\n1,2\n\xff,4\n", "t.csv:3: the text is not UTF-8; save the file as UTF-8"),
        (b"\xff\xfea\x00", "t.csv: this is UTF-16 text; save it as UTF-8"),
        (b"PK\x03\x04rest", "t.csv: this is a zip archive or an Excel workbook; extract or export the table as CSV"),
        (b"PAR1rest", "t.csv: this is a Parquet file; export the table as CSV"),
        (b"\x1f\x8brest", "t.csv: this is a gzip archive; unpack it first"),
        (b"%PDF-1.7", "t.csv: this is a PDF document; export the table as CSV"),
        (b"\x89PNG\r\n", "t.csv: this is a PNG image; give a CSV file"),
        (b"\x80\x04\x95", "t.csv: this is a Python pickle; export the table as CSV"),
        (b'{"error": 1}', "t.csv: this is JSON, not a table; export it as CSV"),
        (b"\n<html>", "t.csv: this is HTML or XML, not a table; download the CSV file itself"),
    ],
)
def test_what_is_no_table_is_refused(table: Callable[[bytes], Table], data: bytes, sentence: str) -> None:
    with pytest.raises(InputRefusedError) as caught:
        table(data)
    assert str(caught.value) == sentence
    assert caught.value.exit_code == 65


def test_endless_cells_and_headers_are_refused(table: Callable[[bytes], Table]) -> None:
    with pytest.raises(InputRefusedError, match=r"t.csv:2: a cell is longer than 131072 characters"):
        table(b"a,b\n1," + b"2" * 200_000 + b"\n")
    with pytest.raises(InputRefusedError, match="there are 10001 columns, more than 10000"):
        table(b"a," * 10_000 + b"a\n1\n")


def test_a_file_of_ten_gigabytes_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(10 * 2**30)
    with pytest.raises(InputRefusedError, match="larger than 1 GiB"):
        read_table(str(path))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("absent.csv", "no such file or directory"),
        ("folder.csv", "is a directory"),
        ("pipe.csv", "this is not a regular file"),
        ("/dev/zero", "this is not a regular file"),
        ("loop.csv", "too many levels of symbolic links"),
        ("https://example.invalid/x.csv", "addresses are not fetched"),
        ("a\0b", "no file can have this name"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputUnreadableError) as caught:
        read_table(name)
    assert caught.value.what == what
    assert caught.value.place.file == shown(name)
    assert caught.value.remedy
    assert caught.value.exit_code == 66


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,2\n")
    path.chmod(0)
    with pytest.raises(InputUnreadableError, match="permission denied"):
        read_table(str(path))


class _Stdin(io.TextIOWrapper):
    """Standard input that is, or is not, a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(io.BytesIO(b"a,b\n1,2\n")))
    found = read_table("-")
    assert (found.file, found.stem, found.columns) == ("stdin", "stdin", (("1",), ("2",)))


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = _Stdin(io.BytesIO())
    stdin.terminal = True
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(InputUnreadableError, match="stdin: standard input is a terminal; pipe a CSV file into it"):
        read_table("-")


def test_text_from_files_is_shown_safely() -> None:
    assert shown("tab\t, escape\x1b[31m, line\n") == r"tab\t, escape\x1b[31m, line\n"
    assert shown("x" * 50) == "x" * 37 + "..."
    assert shown("bad \udcff") == r"bad \udcff"
    assert shown("価格") == "価格"
