"""A file becomes a table, with a finding for every line that was left out, or a refusal that names the line."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import ForecasterError, InputRefusedError
from forecaster.reading.tables.content import stem
from forecaster.reading.tables.table import Table, read_table
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

DAYS = tuple(f"2024-01-{day:02}" for day in range(1, 29))
VALUES = tuple(f"{100 + i}.5" for i in range(28))
ROWS = "".join(f"{day},{value}\n" for day, value in zip(DAYS, VALUES, strict=True))


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(data: str | bytes, selection: Selection = Selection(), name: str = "t.csv") -> Table:  # noqa: B008 - frozen
    with open(name, "wb") as stream:  # noqa: PTH123 - the name may be one that a Path refuses
        stream.write(data.encode() if isinstance(data, str) else data)
    return read_table(name, selection)


def cells(table: Table) -> tuple[tuple[str, ...], ...]:
    return tuple(column.cells for column in table.columns)


def refusal(data: str | bytes) -> InputRefusedError:
    with pytest.raises(InputRefusedError) as caught:
        read(data)
    assert caught.value.exit_code == 65
    return caught.value


def said(table: Table) -> list[str]:
    return [f"{finding.code} {finding}" for finding in table.findings]


def test_cells_lines_and_names() -> None:
    found = read(b'\xef\xbb\xbf Date ,Note\r\n2024-01-01,"a ""b"",\nc"\r\n2024-01-02, \r\n\r\n  \r\n')
    assert found.header == ("Date", "Note")
    assert cells(found) == (("2024-01-01", "2024-01-02"), ('a "b",\nc', ""))
    assert found.lines.tolist() == [2, 4]
    assert (found.file, stem(found.file), found.columns[-1].complete, found.named) == ("t.csv", "t", True, True)
    assert found.findings == ()
    assert str(found.columns[0].place(1)) == "t.csv:4: column Date"


@pytest.mark.parametrize(
    "data",
    [
        "Date,Close\n" + ROWS,
        ("Date,Close\n" + ROWS).encode("utf-16"),
        "Date,Close\n" + ROWS.replace("\n", "\r\n"),
        "Date,Close\n" + ROWS.replace("\n", "\r"),
        "Date,Close\n" + ROWS.replace("\n", "\n\n"),
        "sep=;\nDate;Close\n" + ROWS.replace(",", ";"),
        "Date\tClose\n" + ROWS.replace(",", "\t"),
        "Date, Close\n" + ROWS.replace(",", ' , "').replace("\n", '"\n'),
        "Date,Close,\n" + ROWS.replace("\n", ",\n"),
        "Date,Close\n" + ROWS + ",\n,\n",
        gzip.compress(b"Date,Close\n" + ROWS.encode()),
    ],
)
def test_variants_of_one_table_are_read_alike(data: str | bytes) -> None:
    found = read(data)
    assert (found.header, cells(found), found.findings) == (("Date", "Close"), (DAYS, VALUES), ())


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("Symbol,ACME\nFrom,2024\nDate,Close\n" + ROWS, "PREAMBLE t.csv:1: skipped 2 lines before the data"),
        ("Price,Close\nTicker,ACME\nDate,\n" + ROWS, "PREAMBLE t.csv:1: took the column names from 3 lines"),
        (
            f"Date,Close\n{ROWS[:68]}\ufeffDate,Close\n{ROWS[68:]}",
            "REPEATED-HEADER t.csv:6: skipped the repeated header on 1 line",
        ),
        (f"Date,Close\n{ROWS}\nTotal,5\nSource: X\n", "FOOTER t.csv:31: skipped 2 lines after the data"),
        (
            "Date,Close\n" + ROWS.replace("\n", ",,\n", 3),
            "TRAILING-FIELD t.csv:2: skipped the empty cells beyond the header in 3 rows",
        ),
        (
            b"Date,Close,\xc4\n" + ROWS.replace("\n", ",x\n").encode(),
            "ENCODING t.csv:1: the text is not UTF-8 from here on and is read as Windows-1252",
        ),
    ],
)
def test_what_is_left_out_has_a_finding(data: str | bytes, sentence: str) -> None:
    found = read(data)
    assert cells(found)[:2] == (DAYS, VALUES)
    assert said(found) == [sentence]


def test_a_table_without_names_has_numbers_for_names() -> None:
    found = read(ROWS.replace("\n", ",\n"))
    assert (found.header, found.named, cells(found)) == (("1", "2"), False, (DAYS, VALUES))
    assert found.lines[0] == 1


def test_what_the_user_says_of_the_file_is_taken() -> None:
    assert cells(read("Date~Close\n" + ROWS.replace(",", "~"), Selection(delimiter="~"))) == (DAYS, VALUES)
    assert read("Name,X\nDate,Close\n" + ROWS, Selection(header=2)).header == ("Date", "Close")
    assert read("Name,X\n" + ROWS, Selection(header=0)).header == ("1", "2")
    found = read(("Date,Wert\n" + ROWS).encode("utf-16-be"), Selection(encoding="utf-16-be"))
    assert found.header == ("Date", "Wert")


def test_the_end_of_the_last_row_is_known() -> None:
    date, close = read("Date,Close\n" + ROWS.rstrip()).columns
    assert (date.complete, close.complete) == (True, False)
    assert read("Date,Close\n" + ROWS + "  ").columns[-1].complete
    assert read("Date,Close\n" + ROWS + "Total,5").columns[-1].complete


@pytest.mark.parametrize(
    ("data", "code", "sentence"),
    [
        (b"", "EMPTY", "t.csv: the file is empty; give a table with a header row and data rows"),
        (b"\n\r\n \n,,\n", "EMPTY", "t.csv: the file is empty; give a table with a header row and data rows"),
        (b"\xef\xbb\xbf", "EMPTY", "t.csv: the file is empty; give a table with a header row and data rows"),
        ("a,b\n1,2\n1,2,3\n1,2\n", "RAGGED", "t.csv:3: the row has 3 cells and the header has 2; correct the row"),
        (ROWS + "2024-02-01\n", "RAGGED", "t.csv:29: the row has 1 cell and most rows have 2; correct the row"),
        (
            "Date,Close\n" + ROWS.replace(",", ";"),
            "RAGGED",
            (
                "t.csv:1: the line of column names has 1 cell and the rows have 2; "
                "quote cells that contain the delimiter, or use --header no if there are no column names"
            ),
        ),
        (
            '{\n "error": "limit"}',
            "NOTCSV",
            't.csv: this is JSON, not a table: \'{ "error": "limit"}\'; download the CSV file itself',
        ),
        ("[1, 2]", "NOTCSV", "t.csv: this is JSON, not a table: '[1, 2]'; download the CSV file itself"),
        (
            "\n<!DOCTYPE html>\n<html>",
            "NOTCSV",
            "t.csv: this is HTML or XML, not a table: '<!DOCTYPE html> <html>'; download the CSV file itself",
        ),
    ],
)
def test_what_is_no_table_is_refused(data: str | bytes, code: str, sentence: str) -> None:
    error = refusal(data)
    assert str(error) == sentence
    assert error.code == code


def test_all_ragged_rows_are_named() -> None:
    error = refusal("Date,Close\n" + ROWS + "2024-02-01,1,2\n2024-02-02\n")
    assert [(finding.place.line, finding.text) for finding in error.findings] == [
        (30, "the row has 3 cells and the header has 2"),
        (31, "the row has 1 cell and the header has 2"),
    ]


def test_unnamed_columns_keep_the_numbers_of_the_others() -> None:
    found = read("Date,,Close,\n" + ROWS.replace(",", ",,").replace("\n", ",\n"))
    assert found.header == ("Date", "", "Close")
    assert found.columns[1].label == "(unnamed)"


def test_a_hundred_thousand_rows_are_read() -> None:
    data = "Date,Close\n" + "2024-01-01 00:00:00,1503.27\n" * 100_000
    found = read(data)
    assert len(found.columns[1].cells) == 100_000


ODD = st.sampled_from(['"', ",", ";", "\n", "\r", "\t", "\0", "\ufeff", "Date", "x", "1", "2024-01-01", "é"])


@given(st.lists(st.tuples(st.integers(0, len(ROWS)), st.integers(0, 9), ODD), max_size=6))
def test_mutants_are_tables_or_refused(edits: list[tuple[int, int, str]]) -> None:
    text = "Date,Close\n" + ROWS
    for place, cut, new in edits:
        text = text[:place] + new + text[place + cut :]
    found = outcome(text)
    if isinstance(found, ForecasterError):
        assert found.exit_code == 65
        assert found.remedy
    else:
        assert {len(column.cells) for column in found.columns} == {len(found.lines)}
        assert len(found.header) == len(found.columns)


def outcome(text: str) -> Table | ForecasterError:
    try:
        return read(text)
    except ForecasterError as error:
        return error
