"""Lines before the data, names on one line or several, units and footers are separated from the data."""

from __future__ import annotations

import io

import pytest

from forecaster.errors import InputRefusedError, UsageError
from forecaster.reading.tables.delimited import split_rows
from forecaster.reading.tables.header import Header, find_header

DAYS = [f"2024-01-{day:02}" for day in range(1, 29)]
ROWS = [f"{day},{100 + i}.5" for i, day in enumerate(DAYS)]
WIDE = [f"{day},1.5,2.5,3.5,4.5" for day in DAYS]


def find(*lines: str, header: int | None = None) -> Header:
    rows = split_rows(io.StringIO("\n".join(lines), newline=""), "t.csv")
    return find_header(rows, "t.csv", header)


def refusal(*lines: str) -> InputRefusedError:
    with pytest.raises(InputRefusedError) as caught:
        find(*lines)
    assert caught.value.exit_code == 65
    return caught.value


YEARS_REMEDY = (
    "and none in the columns; put the years into one column, with one row for each year and series, as melt in pandas "
    "does"
)


@pytest.mark.parametrize(
    ("before", "names"),
    [
        (["Date,Close"], ("Date", "Close")),
        ([" Datum , Kurs "], ("Datum", "Kurs")),
        (["https://example.invalid", "Date,Close"], ("Date", "Close")),
        (["Symbol,ACME", "From,2024-01-01", "Rows,28", "Date,Close"], ("Date", "Close")),
        (["Symbol,ACME", ",", "Datum,PX_LAST"], ("Datum", "PX_LAST")),
        (["# a, b", "# 1, 2, 3", "Date,Close"], ("Date", "Close")),
        (["# Date,Close"], ("Date", "Close")),
        (["<DATE>,<CLOSE>"], ("DATE", "CLOSE")),
        (["[Date],[Close]"], ("Date", "Close")),
        (["Date,Close", "YYYY-MM-DD,EUR"], ("Date", "Close")),
        (["Datum,Kurs", "[-],[EUR]"], ("Datum", "Kurs")),
        (["Datum,Kurs", ",PLN"], ("Datum", "Kurs")),
        ([",Close"], ("", "Close")),
        ([",0"], ("", "0")),
        (["Date,10"], ("Date", "10")),
        (["Date,MA5"], ("Date", "MA5")),
    ],
)
def test_the_line_of_the_names(before: list[str], names: tuple[str, ...]) -> None:
    found = find(*before, *ROWS)
    assert found.names == names
    assert found.end - found.start == len(ROWS)


@pytest.mark.parametrize(
    "before",
    [
        ["Price,Close,Close,High,High", "Ticker,AAPL,MSFT,AAPL,MSFT", "Date,,,,"],
        ["Ticker,AAPL,MSFT,AAPL,MSFT", "Price,Close,Close,High,High", "Date,,,,"],
        [",Close,Close,High,High", "Date,AAPL,MSFT,AAPL,MSFT"],
        [",Close,,High,", "Date,AAPL,MSFT,AAPL,MSFT"],
    ],
)
def test_names_on_several_lines_are_joined(before: list[str]) -> None:
    found = find(*before, *WIDE)
    assert found.names == ("Date", "AAPL.Close", "MSFT.Close", "AAPL.High", "MSFT.High")
    assert found.used == tuple(range(len(before)))


def test_a_line_that_says_the_same_of_all_columns_is_no_part_of_the_names() -> None:
    found = find("Price,Close,High,Low,Open", "Ticker,AAPL,AAPL,AAPL,AAPL", "Date,,,,", *WIDE)
    assert found.names == ("Date", "Close", "High", "Low", "Open")
    assert find("Price,Close", "Ticker,AAPL", "Date,", *ROWS).names == ("Date", "Close")


def test_lines_with_dates_and_those_that_name_less_are_no_names() -> None:
    titles = [",PX_LAST", ",Closing price", "updated,2024-02-01 10:00"]
    assert find(*titles, *ROWS).names == ("", "Closing price")
    assert find(",CODE,FLAGS,,", ",US dollar,,,", "note,,,,", *WIDE).names == ("", "CODE", "FLAGS", "", "")


@pytest.mark.parametrize("footer", ["28 rows in set (0.00 sec)", "(28 rows)", "As of 2024-02-01,"])
def test_what_databases_and_vendors_write_behind_a_table_is_a_footer(footer: str) -> None:
    assert find("Date,Close", *ROWS, footer).end == len(ROWS) + 1


def test_data_on_the_first_line_have_no_names() -> None:
    found = find(*ROWS)
    assert (found.names, found.start, found.end) == (None, 0, len(ROWS))


@pytest.mark.parametrize("row", ["tomorrow,12.5", "11:34 am,12.5", ",12.5", "2024-13-45,1.5"])
def test_a_first_row_with_a_number_is_data_even_without_a_date(row: str) -> None:
    found = find("Datum,Kurs", row, *ROWS)
    assert found.names == ("Datum", "Kurs")
    assert found.start == 1


def test_names_and_counted_steps() -> None:
    found = find("unique_id,ds,y", *(f"H1,{i},6{i}" for i in range(1, 9)))
    assert found.names == ("unique_id", "ds", "y")
    assert find("t,c0,c1", *(f"{i},0.5,1.5" for i in range(9))).names == ("t", "c0", "c1")


def test_a_stated_line_of_names_is_taken() -> None:
    found = find("Name,ACME", "Date,Close", "a,b", *ROWS, header=2)
    assert (found.names, found.start) == (("Date", "Close"), 3)
    assert find("Date,Close", *ROWS, header=3).names == ("2024-01-02", "101.5")


def test_the_user_may_say_that_there_are_no_names() -> None:
    found = find("Name,ACME", *ROWS, header=0)
    assert (found.names, found.start) == (None, 1)


def test_a_stated_line_must_exist() -> None:
    with pytest.raises(
        UsageError, match=r"t\.csv: line 99 is blank or does not exist; name another line with --header"
    ):
        find("Date,Close", *ROWS, header=99)


@pytest.mark.parametrize(
    "footer",
    [
        ["Source: Example Exchange, 2024. All rights reserved.", "Generated on 2024-03-01"],
        ["Total,3500.25"],
        ["Average,12.5", "Max,20"],
        ['"© 2024 Example"'],
    ],
)
def test_footers_are_no_data(footer: list[str]) -> None:
    found = find("Date,Close", *ROWS, "", *footer)
    assert found.end == 1 + len(ROWS)


@pytest.mark.parametrize(
    "row", ["2024-01-3", "2024-01-3x,5.5", "NaN,5.5", "#N/A,5.5", ",5.5", "missing,5.5", "Jan 0x,5.5", "abc\x01def"]
)
def test_a_broken_last_row_is_no_footer(row: str) -> None:
    assert find("Date,Close", *ROWS, row).end == 2 + len(ROWS)


def test_a_series_whose_last_date_is_missing_is_no_footer() -> None:
    rows = [f"ACME,{row}" for row in ROWS]
    assert find("id,Date,Close", *rows, "ACME,,5.5").end == 2 + len(rows)
    assert find("id,Date,Close", *rows, "Total,,5.5").end == 1 + len(rows)


def test_words_amid_the_data_are_no_footer() -> None:
    assert find("Date,Close", *ROWS, "Total,5", ROWS[0]).end == 3 + len(ROWS)


@pytest.mark.parametrize(
    ("lines", "code", "sentence"),
    [
        (["Date,Close"], "SHORT", "t.csv:1: there is a header row and no data; add rows"),
        (
            ["Exceeded the daily hits limit"],
            "NOTCSV",
            (
                "t.csv:1: this is one line of text, not a table: 'Exceeded the daily hits limit'; "
                "check where the file comes from"
            ),
        ),
        (
            ["Dear all,", "please find the prices attached.", "x" * 99],
            "COLUMN",
            (
                "t.csv:1: no column has dates and none has numbers; the file begins with 'Dear all'; "
                "check where the file comes from, or use --delimiter"
            ),
        ),
        (
            ["Ticker,2024-01-01,2024-01-02", "ACME,1.5,2.5", "XYZ,3.5,4.5"],
            "COLUMN",
            (
                "t.csv:1: there are dates in the header row and none in the columns; "
                "put the dates into one column, with one row for each date"
            ),
        ),
        (
            ["Country,Code,1960,1961,1962,1963", "Aruba,ABW,2.4,2.2,1.9,2", "Benin,BEN,4.4,3.5,3.3,3"],
            "COLUMN",
            f"t.csv:1: there are years in the header row, 1960 to 1963, {YEARS_REMEDY}",
        ),
        (
            ["Updated,2024-05-30,,,", "Country,1960,1970,1980,1990", "Aruba,2.4,2.2,1.9,2", "Benin,4.4,3.5,3.3,3"],
            "COLUMN",
            f"t.csv:2: there are years in the header row, 1960 to 1990, {YEARS_REMEDY}",
        ),
        (
            ["Series,2001 [YR2001],2002 [YR2002],2003 [YR2003]", "A,1.5,2.5,3.5"],
            "COLUMN",
            f"t.csv:1: there are years in the header row, 2001 to 2003, {YEARS_REMEDY}",
        ),
        (
            ["geo,X1990,X1991,X1992", "AT,1.5,2.5,3.5", "DE,1.5,2.5,3.5"],
            "COLUMN",
            f"t.csv:1: there are years in the header row, 1990 to 1992, {YEARS_REMEDY}",
        ),
        (
            ["Item;FY2001;FY2002;FY2003", "Net;1,5;2,5;3,5"],
            "COLUMN",
            f"t.csv:1: there are years in the header row, 2001 to 2003, {YEARS_REMEDY}",
        ),
    ],
)
def test_what_is_no_table_is_refused(lines: list[str], code: str, sentence: str) -> None:
    error = refusal(*lines)
    assert str(error) == sentence
    assert error.code == code


def test_rows_of_years_are_no_header() -> None:
    rows = ["2001,2002,2003", "2004,2005,2006", "2007,2008,2009"]
    assert find(*rows).names is None


def test_lines_of_comments_above_the_names_are_no_names() -> None:
    comments = ["#datatype,string,dateTime,double", "#default,_result,,"]
    data = [f",_result,{day},1.5" for day in DAYS]
    assert find(*comments, ",result,_time,_value", *data).names == ("", "result", "_time", "_value")
    assert find("#date,close", *ROWS).names == ("date", "close"), "the only line of names may begin with a mark"
