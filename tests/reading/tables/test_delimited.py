"""Text becomes rows of cells: the delimiter is the one that dates and numbers agree on, and quotes must fit."""

from __future__ import annotations

import io
from array import array

import pytest

from forecaster.errors import InputRefusedError, UsageError
from forecaster.reading.tables import delimited
from forecaster.reading.tables.delimited import Rows, are_dates, is_date, split_rows


def read(text: str, delimiter: str | None = None) -> Rows:
    return split_rows(io.StringIO(text, newline=""), "t.csv", delimiter)


def refusal(text: str) -> InputRefusedError:
    with pytest.raises(InputRefusedError) as caught:
        read(text)
    assert caught.value.exit_code == 65
    return caught.value


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("2024-01-31,1503.27", ["2024-01-31", "1503.27"]),
        ("2024-01-31;1503,27", ["2024-01-31", "1503,27"]),
        ("31.01.2024;1503,27;1510,10", ["31.01.2024", "1503,27", "1510,10"]),
        ("2024-01-31\t1,503.27\t1,510.10", ["2024-01-31", "1,503.27", "1,510.10"]),
        ("2024-01-31|1503.27|a, b; c", ["2024-01-31", "1503.27", "a, b; c"]),
        ("2024-01-31,1503.27,a; b", ["2024-01-31", "1503.27", "a; b"]),
        ("H1;1;605,5", ["H1", "1", "605,5"]),
        ("H1,1,605", ["H1", "1", "605"]),
        ("Jan 31, 2024\t1503.27", ["Jan 31, 2024", "1503.27"]),
        ('"Jan 31, 2024", "1,503.27"', ["Jan 31, 2024", "1,503.27"]),
        ("20240131;1503,27", ["20240131", "1503,27"]),
        ("1503.27", ["1503.27"]),
    ],
)
def test_dates_and_numbers_prove_the_delimiter(row: str, cells: list[str]) -> None:
    assert read(f"{row}\n" * 3).cells == [cells] * 3


def test_a_header_with_another_delimiter_does_not_decide() -> None:
    assert read("Date,Close\n" + "2024-01-31;1\n" * 3).cells[0] == ["Date,Close"]


@pytest.mark.parametrize("line", ["-----", "+----+----+", "---+---", "====", "|:---|---:|", "-----,----"])
def test_lines_that_only_draw_are_left_out(line: str) -> None:
    assert read(f"A,B\n{line}\n2024-01-01,1.5\n") == Rows([["A", "B"], ["2024-01-01", "1.5"]], array("q", [1, 3]))
    assert read("A,B\n--,-\n").cells[-1] == ["--", "-"], "these are values that are missing"


@pytest.mark.parametrize("line", ["sep=;", "SEP=;\r", '"sep=;"', "\ufeffsep=;", "sep=;;;"])
def test_the_line_for_excel_states_the_delimiter(line: str) -> None:
    rows = read(f"{line}\nA;B\n2024,01;1,5\n")
    assert rows == Rows([["A", "B"], ["2024,01", "1,5"]], array("q", [2, 3]))


@pytest.mark.parametrize(
    ("delimiter", "between"), [("tab", "\t"), ("\\t", "\t"), (";", ";"), ("space", " "), ("~", "~")]
)
def test_a_stated_delimiter_is_taken(delimiter: str, between: str) -> None:
    assert read(f"A{between}B\n2024-01-01{between}1,5\n", delimiter).cells == [["A", "B"], ["2024-01-01", "1,5"]]


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_what_cannot_separate_cells_is_a_usage_error(delimiter: str) -> None:
    with pytest.raises(UsageError, match="cannot separate cells; give one character, or tab"):
        read("a,b\n", delimiter)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_rows_are_left_out_and_lines_counted(end: str) -> None:
    rows = read(end.join(["a,b", "", "1,2", "  ", ",", '3,"x', 'y"', "4,5", "\x1a"]))
    assert rows.cells == [["a", "b"], ["1", "2"], ["3", f"x{end}y"], ["4", "5"]]
    assert rows.lines.tolist() == [1, 3, 6, 8]


def test_byte_order_marks_of_joined_files_are_left_out() -> None:
    assert read('\ufeffa,b\n1,2\n\ufeff"a",b\n').cells == [["a", "b"], ["1", "2"], ["a", "b"]]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', 3, "a quote that opens here is never closed"),
        ('a,b\n1,"2"3\n', 2, "a quote is in the wrong place"),
        ('t,y,n\n2024-01-01,1,"x\n2024-01-02,2,y"\n', 2, "a quote that opens here is never closed"),
        ('a,b\n1,"2' + "\n2024-01-01,1" * 20_000, 2, "a quote that opens here is never closed"),
    ],
)
def test_quotes_must_fit(text: str, line: int, what: str) -> None:
    error = refusal(text)
    assert str(error) == f"t.csv:{line}: {what}; correct the quotes of this row"
    assert error.code == "QUOTE"


def test_cells_and_rows_have_an_end() -> None:
    error = refusal("a,b\n1," + "2" * 200_000 + "\n")
    assert str(error) == "t.csv:2: a cell is longer than 131072 characters; check that the file is a table"
    assert error.code == "LIMIT"
    error = refusal("a,b\n" + "1," * 10_000 + "1\n")
    assert str(error) == "t.csv:2: there are 10001 columns, more than 10000; drop columns"
    assert error.code == "LIMIT"


def test_of_a_text_without_dates_and_numbers_only_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "SAMPLED_TEXT", 10)
    assert len(read("abc\n" * 100).cells) == 3
    assert len(read("abc,1\n" * 100).cells) == 100


@pytest.mark.parametrize("cell", ["2024-01-31", "31.01.2024", "Jan 31, 2024", "20240131", "1706659200"])
def test_dates(cell: str) -> None:
    assert is_date(cell)


@pytest.mark.parametrize("cell", ["", "Date", "1503.27", "1,503.27", "100", "2024-01-31;5", "Close"])
def test_no_dates(cell: str) -> None:
    assert not is_date(cell)


def test_blanks_separate_cells_where_nothing_else_does() -> None:
    text = "DAY         TOTAL   N\n--------- ------- ---\n2024-01-01  1354.02 150\n2024-01-02   354.02   9\n"
    assert read(text).cells == [
        ["DAY", "TOTAL", "N"],
        ["2024-01-01", "1354.02", "150"],
        ["2024-01-02", "354.02", "9"],
    ]
    assert read("   12 01/Jan/2024:00\n 3148 01/Jan/2024:01\n").cells == [
        ["12", "01/Jan/2024:00"],
        ["3148", "01/Jan/2024:01"],
    ]
    assert read("On 2024-01-01 we sold 5\nand then nothing\nat all\nuntil spring\n").cells[1] == ["and then nothing"]


def test_dates_are_found_among_many_cells_as_in_each_alone() -> None:
    cells = ["2024-01-31", "20240131", "99999999", "01.2024", "33.2024", "12.5", "", "2000 JAN", "a\nb", "1950Q1"]
    assert are_dates(cells) == [is_date(cell) for cell in cells]


def test_a_delimiter_is_found_where_only_the_digits_tell_dates_from_volumes() -> None:
    assert read("day;volume\n20240131;99999999\n20240201;88888888\n").cells[1] == ["20240131", "99999999"]
