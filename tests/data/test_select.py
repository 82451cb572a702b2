"""Columns are found by name and content, or the user is told what there is to choose from."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.data.select import check_header, choose_series, choose_targets, choose_time, find_column
from forecaster.data.table import Table
from forecaster.errors import InputRefusedError

DAYS = ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")


def table(**columns: tuple[str, ...]) -> Table:
    """Return a table; a column is given as four cells, `_` stands for an empty name and `__` for a dot."""
    header = tuple("" if name == "_" else name.replace("__", ".").replace("_", " ") for name in columns)
    return Table("p.csv", "p", header, tuple(columns.values()), np.arange(4) + 2, ended=True)


def numbers(start: int = 1) -> tuple[str, ...]:
    return tuple(str(start + i) for i in range(4))


@pytest.mark.parametrize(
    ("columns", "time"),
    [
        ({"Close": numbers(), "DATE": DAYS}, 1),
        ({"_": numbers(), "date": DAYS, "close": numbers()}, 1),
        ({"_": DAYS, "Close": numbers()}, 0),
        ({"y": numbers(), "when": DAYS}, 1),
        ({"year": numbers(2001), "month": DAYS, "y": numbers()}, 1),
    ],
)
def test_time_column(columns: dict[str, tuple[str, ...]], time: int) -> None:
    assert choose_time(table(**columns), None) == time


def test_several_columns_of_dates_are_refused() -> None:
    with pytest.raises(InputRefusedError) as caught:
        choose_time(table(born=DAYS, died=DAYS, y=numbers()), None)
    assert str(caught.value) == "p.csv: there are 2 columns of dates; name one with --time: born, died"


def test_no_column_of_dates_is_refused() -> None:
    with pytest.raises(InputRefusedError) as caught:
        choose_time(table(Open=numbers(), Close=numbers()), None)
    assert str(caught.value) == (
        "p.csv: there is no column of dates; add one, or name the time column with --time: Open, Close"
    )


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({"Price": numbers(), "Adj_Close": numbers(), "CLOSE": numbers()}, 3),
        ({"y": numbers(), "Adj_Close": numbers()}, 2),
        ({"AAPL__Open": numbers(), "AAPL__Close": numbers()}, 2),
        ({"comment": DAYS, "temperature": numbers()}, 2),
        ({"_": numbers(), "passengers": numbers()}, 2),
    ],
)
def test_target_column(columns: dict[str, tuple[str, ...]], target: int) -> None:
    assert choose_targets(table(Date=DAYS, **columns), (), (0,)) == (target,)


def test_several_columns_of_numbers_are_listed() -> None:
    with pytest.raises(InputRefusedError) as caught:
        choose_targets(table(Date=DAYS, A__Close=numbers(), B__Close=numbers(), note=DAYS), (), (0,))
    assert str(caught.value) == "p.csv: there are 2 columns of numbers; name one with --target: A.Close, B.Close"


def test_no_column_of_numbers_is_refused() -> None:
    with pytest.raises(InputRefusedError) as caught:
        choose_targets(table(Date=DAYS, note=("a", "b", "c", "d")), (), (0,))
    assert str(caught.value) == "p.csv: there is no column of numbers; name one with --target: note"


def test_named_columns_ignore_case() -> None:
    assert find_column(table(Date=DAYS, Close=numbers()), "close") == 1
    assert choose_targets(table(Date=DAYS, b=numbers(), a=numbers()), ("a", "B"), (0,)) == (2, 1)


def test_a_slip_of_the_pen_is_answered_with_the_name_that_was_meant() -> None:
    with pytest.raises(InputRefusedError) as caught:
        find_column(table(Date=DAYS, Close=numbers()), "clsoe")
    assert str(caught.value) == "p.csv: there is no column clsoe; did you mean Close? the columns are Date, Close"
    assert caught.value.exit_code == 65


def test_many_columns_are_not_all_listed() -> None:
    with pytest.raises(InputRefusedError, match=r"c19 and 5 more$"):
        find_column(table(**{f"c{i}": numbers() for i in range(25)}), "price")


REPEATING = np.array(["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02"], dtype="datetime64[us]")
PAIRS = ("a", "b", "a", "b")


@pytest.mark.parametrize("name", ["Ticker", "symbol", "id", "item_id"])
def test_series_column_is_known_by_name_when_times_repeat(name: str) -> None:
    found = Table("p.csv", "p", ("Date", name, "y"), (DAYS, PAIRS, numbers()), np.arange(4) + 2, ended=True)
    assert choose_series(found, None, REPEATING, 0) == 1
    assert choose_series(found, None, np.arange(4), 0) is None


def test_another_text_column_is_only_suggested() -> None:
    with pytest.raises(InputRefusedError) as caught:
        choose_series(table(month=DAYS, industry=PAIRS, y=numbers()), None, REPEATING, 0)
    assert str(caught.value) == (
        "p.csv:3: column month: times repeat; if industry tells the series apart, give --series industry"
    )


def test_a_column_with_a_name_for_every_row_is_not_suggested() -> None:
    assert choose_series(table(month=DAYS, note=("a", "b", "c", "d"), y=numbers()), None, REPEATING, 0) is None


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (("2024-01-01", "5.5"), "p.csv: there are dates in the header row; put column names on the first line"),
        (("id", "2024-01-01"), "p.csv: there are dates in the header row; put column names on the first line"),
        (("1.5", "5.5"), "p.csv: there is no header row; put column names on the first line"),
        (("Close", "Close"), "p.csv: 2 columns are called Close; give every column its own name"),
        (("Date", "", ""), "p.csv: 2 columns have no name; give every column its own name"),
    ],
)
def test_headers_that_are_none(header: tuple[str, ...], sentence: str) -> None:
    found = Table("p.csv", "p", header, (numbers(),) * len(header), np.arange(4) + 2, ended=True)
    with pytest.raises(InputRefusedError) as caught:
        check_header(found)
    assert str(caught.value).startswith(sentence)
