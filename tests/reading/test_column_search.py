"""Columns are found by name and content, or the user gets a list to choose from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.column_search import choose_targets, choose_time, find_column
from forecaster.reading.reader import read_sources
from forecaster.reading.tables.table import Table
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")


def table(**columns: tuple[str, ...]) -> Table:
    """Return a table; a column is given as four cells, `_` stands for an empty name and `__` for a dot."""
    header = tuple("" if name == "_" else name.replace("__", ".").replace("_", " ") for name in columns)
    return rows(*zip(header, columns.values(), strict=True))


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
        choose_time(table(born=DAYS, died=DAYS[::-1], y=numbers()), None)
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
    assert caught.value.what == "there is no column of numbers"
    assert caught.value.remedy == "name one with --target: note, or count the rows with --every day --agg count"


def test_named_columns_ignore_case() -> None:
    assert find_column(table(Date=DAYS, Close=numbers()), "close") == 1
    assert choose_targets(table(Date=DAYS, b=numbers(), a=numbers()), ("a", "B"), (0,)) == (2, 1)


def test_a_typing_error_is_answered_with_the_name_that_was_meant() -> None:
    with pytest.raises(InputRefusedError) as caught:
        find_column(table(Date=DAYS, Close=numbers()), "clsoe")
    assert str(caught.value) == "p.csv: there is no column clsoe; did you mean Close? the columns are Date, Close"
    assert caught.value.exit_code == 65
    with pytest.raises(InputRefusedError, match=r"p.csv: there is no file or column a.csv; the columns are Date"):
        find_column(table(Date=DAYS), "a.csv", or_file=True)


def test_many_columns_are_not_all_listed() -> None:
    with pytest.raises(InputRefusedError, match=r"c19 and 5 more$"):
        find_column(table(**{f"c{i}": numbers() for i in range(25)}), "price")


def rows(*named: tuple[str, tuple[str, ...]]) -> Table:
    """Return a table of columns of any length."""
    columns = (Column("p.csv", name, np.arange(len(cells)) + 2, cells) for name, cells in named)
    return Table("p.csv", tuple(columns))


def test_a_date_column_with_a_fault_is_still_the_one_that_is_meant() -> None:
    faulty = (*DAYS[:3], "tomorrow")
    assert choose_time(rows(("Date", faulty), ("Updated", DAYS), ("y", numbers())), None) == 0


def test_dates_by_content_go_before_names_that_hold_none() -> None:
    assert choose_time(rows(("day", ("Mon", "Tue", "Wed", "Thu")), ("when", DAYS), ("y", numbers())), None) == 1
    assert choose_time(rows(("", numbers()), ("when", DAYS), ("y", numbers())), None) == 1
    assert choose_time(rows(("", numbers()), ("y", numbers())), None) == 0
    assert choose_time(rows(("year", numbers(2001)), ("y", numbers())), None) == 0


def test_two_columns_of_dates_may_be_the_beginnings_and_ends_of_periods() -> None:
    later = ("2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05")
    assert choose_time(rows(("from", DAYS), ("to", later), ("y", numbers())), None) == 0
    assert choose_time(rows(("end", later), ("begin", DAYS), ("y", numbers())), None) == 1
    settled = ("2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08")
    with pytest.raises(InputRefusedError, match="there are 2 columns of dates"):
        choose_time(rows(("traded", DAYS), ("settled", settled), ("y", numbers())), None)


def test_dates_that_are_not_read_are_found_to_be_refused_with_their_reason() -> None:
    assert choose_time(rows(("y", numbers()), ("Q", ("2022 Q1", "2022 Q2", "2022 Q3", "2022 Q4"))), None) == 1


def test_times_of_day_are_no_dates_whatever_their_name() -> None:
    clock = ("09:00", "10:00", "11:00", "12:00")
    assert choose_time(rows(("Time", clock), ("Trade Date", DAYS), ("y", numbers())), None) == 1
    assert choose_time(rows(("Time", clock), ("y", numbers())), None) == 0, "where its reason is given"


def test_targets_that_differ_in_case_alone_are_asked_about() -> None:
    with pytest.raises(InputRefusedError) as caught:
        choose_targets(rows(("Date", DAYS), ("Close", numbers()), ("close", numbers())), (), (0,))
    assert str(caught.value) == "p.csv: the target could be any of the columns Close, close; name one with --target"


def test_columns_go_by_number_where_no_column_has_that_name() -> None:
    found = rows(("Date", DAYS), ("2", numbers()), ("Close", numbers()))
    assert [find_column(found, name) for name in ("1", "2", "3")] == [0, 1, 2]
    for wrong in ("0", "4", "-1", "1.0", "²"):
        with pytest.raises(InputRefusedError, match=f"there is no column {wrong}; "):
            find_column(found, wrong)


def test_a_name_that_fits_two_columns_is_refused() -> None:
    found = rows(("Date", DAYS), ("Close", numbers()), ("close", numbers()))
    assert find_column(found, "close") == 2
    with pytest.raises(InputRefusedError) as caught:
        find_column(found, "CLOSE")
    assert str(caught.value) == "p.csv: CLOSE could be any of the columns Close, close; write the name exactly"
    assert caught.value.code == "COLUMN"


def test_outer_blanks_and_control_characters_do_not_hide_a_column() -> None:
    found = rows(("Date", DAYS), ("a\x1bb", numbers()))
    assert find_column(found, "  date ") == 0
    assert find_column(found, r"a\x1bb") == 1


def test_a_file_without_header_asks_for_numbers() -> None:
    bare = replace(rows(("1", numbers()), ("2", numbers())), named=False)
    with pytest.raises(InputRefusedError) as caught:
        choose_time(bare, None)
    assert str(caught.value) == (
        "p.csv: there is no column of dates, and no header row; add one, or name the time column with --time: 1, 2"
    )


def test_times_of_two_units_are_found_to_be_refused() -> None:
    mixed = ("1735603200000", "1735689600000000", "1735776000000000", "1735862400000000")
    assert choose_time(table(y=numbers(), open_time=mixed), None) == 1


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")


@pytest.mark.parametrize(("names", "parts"), [(MONTHS, "months"), (("Q1", "Q2", "Q3", "Q4"), "quarters")])
def test_months_and_quarters_in_columns_of_their_own_are_refused_with_what_to_do(
    names: tuple[str, ...], parts: str
) -> None:
    wide = table(Year=numbers(2001), **dict.fromkeys(names, numbers()))
    with pytest.raises(InputRefusedError) as caught:
        choose_targets(wide, (), (0,))
    assert str(caught.value) == (
        f"p.csv: the {parts} are in columns of their own; put them into one column, with one row for each year and "
        f"{parts[:-1]}, as melt in pandas does, or name one of the {parts} with --target"
    )
    assert choose_targets(wide, ("3",), (0,)) == (2,), "one of them, every year"


@pytest.mark.parametrize("name", ["Jahr", "Année", "Fiscal Year", "TIME_PERIOD"])
def test_a_column_of_years_counts_the_steps_whatever_its_language(name: str) -> None:
    years = tuple(map(str, range(1990, 2010)))
    assert choose_time(table(**{"Wert": tuple(map(str, range(20))), name: years}), None) == 1


def test_a_column_that_counts_the_rows_is_no_target() -> None:
    days = tuple(f"2024-01-{day:02}" for day in range(1, 21))
    values = tuple(str(7 * i % 11) for i in range(20))
    assert choose_targets(table(No=numbers(), date=days, pm=values), (), (1,)) == (2,)
    assert choose_targets(table(date=days, total=numbers()), (), (0,)) == (1,), "the only numbers"


def test_only_columns_that_are_used_need_names_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Date,close,MA,MA\n" + "".join(f"2024-01-{i:02},{i},{i},{i}\n" for i in range(1, 31)))
    assert len(read_sources([str(file)], Selection()).panel.ds) == 30
    with pytest.raises(InputRefusedError, match="2 columns are called MA; give every column its own name") as caught:
        read_sources([str(file)], Selection(targets=("MA",)))
    assert caught.value.code == "DUPCOL"


def test_a_named_format_tells_the_column_of_dates() -> None:
    short, numbers_since = ("01/30/23", "01/31/23", "02/01/23", "02/02/23"), numbers(1_700_000_000)
    table = rows(("Order", numbers_since), ("Sold", short), ("y", numbers()))
    assert choose_time(table, None, "MM/DD/YY") == 1
    twice = rows(("Sold", short), ("Booked", short), ("y", numbers()))
    assert choose_time(twice, None, "MM/DD/YY") == 0, "both say the same"
    shipped = ("01/31/23", "02/01/23", "02/02/23", "02/02/23")
    with pytest.raises(InputRefusedError, match="name one with --time: Sold, Shipped"):
        choose_time(rows(("Sold", short), ("Shipped", shipped), ("y", numbers())), None, "MM/DD/YY")


def test_a_date_that_is_the_same_in_all_rows_is_no_time() -> None:
    assert choose_time(rows(("start", (DAYS[0],) * 4), ("when", DAYS), ("y", numbers())), None) == 1


def test_the_only_column_of_numbers_with_a_unit_is_the_target_and_refused_for_it() -> None:
    chosen = table(Date=DAYS, share=("3%", "4%", "5.5%", ""), note=("a", "b", "c", "d"))
    assert choose_targets(chosen, (), (0,)) == (1,)
