"""The column that tells the series of a long file apart is found by name and content, or candidates are offered."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.reader import read_sources
from forecaster.reading.series_search import choose_series
from forecaster.reading.tables.table import Table
from forecaster.spec import Selection

DAYS = ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")
YEARS = range(2000, 2020)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files of a test into a folder of its own."""
    monkeypatch.chdir(tmp_path)


def write(name: str, *lines: str) -> str:
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def rows(*named: tuple[str, tuple[str, ...]]) -> Table:
    """Return a table of columns of any length."""
    columns = (Column("p.csv", name, np.arange(len(cells)) + 2, cells) for name, cells in named)
    return Table("p.csv", tuple(columns))


def table(**columns: tuple[str, ...]) -> Table:
    return rows(*columns.items())


def numbers(start: int = 1) -> tuple[str, ...]:
    return tuple(str(start + i) for i in range(4))


def long_file(header: str, *names: str, single: str = "") -> str:
    """Write a table of a year, a value and the cells of each series, with a series of a single row if it is named."""
    lines = [f"{cells},{year},{year % 7 + i}" for i, cells in enumerate(names) for year in YEARS]
    return write("long.csv", header, *lines, *([f"{single},2010,5"] if single else []))


REPEATING = np.array(["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02"], dtype="datetime64[us]")
PAIRS = ("a", "b", "a", "b")


@pytest.mark.parametrize("name", ["Ticker", "symbol", "id", "item_id"])
def test_series_column_is_known_by_name_when_times_repeat(name: str) -> None:
    found = rows(("Date", DAYS), (name, PAIRS), ("y", numbers()))
    assert choose_series(found, None, REPEATING, 0) == 1


def test_the_only_text_column_that_tells_rows_apart_is_taken() -> None:
    assert choose_series(table(month=DAYS, industry=PAIRS, y=numbers()), None, REPEATING, 0) == 1


def test_two_names_for_the_same_series_are_no_choice() -> None:
    source = read_sources([long_file("Country,Code,Year,y", "Aland,ALA", "Corfu,CFU", single="Elba,ELB")], Selection())
    assert source.panel.ids == ("Aland", "Corfu", "Elba")
    assert source.selection.series == "Country"
    assert source.findings[0].text.endswith("series column Country, which distinguishes rows of the same time")


def refusal(path: str, series: str | None = None) -> str:
    with pytest.raises(InputRefusedError) as caught:
        read_sources([path], Selection(series=series))
    return str(caught.value)


def test_several_columns_that_could_name_the_series_are_offered() -> None:
    path = long_file("Country,Sea,Year,y", "Aland,Baltic", "Corfu,Ionian", "Elba,Ligurian")
    lines = [
        line.replace("Baltic", "North") if ",200" in line else line for line in Path(path).read_text().splitlines()
    ]
    assert refusal(write("seas.csv", *lines)) == (
        "seas.csv:22: column Year: times repeat; if Country distinguishes the series, use --series Country; "
        "if Sea does, use --series Sea"
    )


def test_a_column_of_numbers_is_only_offered() -> None:
    path = long_file("store no,Year,sales", "1", "2", "3")
    assert refusal(path) == (
        "long.csv:22: column Year: times repeat; if store no distinguishes the series, use --series 'store no'"
    )
    assert read_sources([path], Selection(series="store no")).panel.ids == ("1", "2", "3")


@pytest.mark.parametrize(("named", "within"), [(None, ""), ("store", " within the series of store")])
def test_a_key_of_several_columns_is_offered(named: str | None, within: str) -> None:
    path = long_file("store,item,Year,y", *(f"{store},{item}" for store, item in product("NS", "12")))
    assert refusal(path, named) == (
        f"long.csv:22: column Year: times repeat{within}; if store and item distinguish the series, "
        "use --series store --series item"
    )


def test_a_key_of_several_columns_joins_their_cells() -> None:
    path = long_file("store,item,Year,y", *(f"{store},{item}" for store, item in product("NS", "12")))
    source = read_sources([path], Selection(series="store+item"))
    assert source.panel.ids == ("N/1", "N/2", "S/1", "S/2")
    assert source.selection.series == "store+item"
    newer = read_sources([write("newer.csv", "item,store,Year,y", "1,N,2020,3")], source.selection)
    assert newer.panel.ids == ("N/1",)


def test_a_key_with_an_absent_column_or_ambiguous_names_is_refused() -> None:
    path = long_file("store,item,Year,y", "a,b/c", "a/b,c")
    assert refusal(path, "store+product").startswith("long.csv: there is no column product; ")
    assert refusal(path, "store+item") == (
        "long.csv: different series have the same name when the cells of store+item are joined by /; "
        "write their names without /"
    )


def test_a_log_of_sales_has_no_series() -> None:
    rng = np.random.default_rng(1)
    days = np.sort(rng.integers(0, 300, 900))
    lines = [f"{np.datetime64('2024-01-01') + day},customer {rng.integers(150)},{rng.integers(99)}" for day in days]
    assert refusal(write("log.csv", "day,customer,price", *lines)).endswith(
        "keep only one row for each time, or if each row is a trade, use --every day --agg last"
    )


def test_a_column_with_a_name_for_every_row_is_not_suggested() -> None:
    assert choose_series(table(month=DAYS, note=("a", "b", "c", "d"), y=numbers()), None, REPEATING, 0) is None


def test_a_word_that_stands_in_one_row_makes_no_series() -> None:
    assert choose_series(table(month=DAYS, note=("a", "b", "a", "a"), y=numbers()), None, REPEATING, 0) is None


def test_a_named_column_of_words_makes_series_though_no_time_repeats() -> None:
    found = rows(("Date", DAYS), ("ticker", ("A", "A", "B", "B")), ("y", numbers()))
    assert choose_series(found, None, np.arange(4), 0) == 1
    for cells in (("A",) * 4, ("1", "1", "2", "2"), ("a", "b", "c", "d")):
        assert choose_series(rows(("Date", DAYS), ("id", cells)), None, np.arange(4), 0) is None


def test_a_few_repeated_rows_make_no_series() -> None:
    ds = np.append(np.arange(40), [3, 7])
    notes = tuple("even" if i % 2 else "odd" for i in ds.tolist())
    numbered = tuple(str(i) for i in range(42))
    assert choose_series(rows(("t", tuple(map(str, ds))), ("note", notes)), None, ds, 0) is None
    assert choose_series(rows(("t", tuple(map(str, ds))), ("id", numbered)), None, ds, 0) is None


def test_a_fault_in_one_series_does_not_hide_the_column() -> None:
    ds = np.append(np.tile(np.arange(40), 2), 3)
    names = ("A",) * 40 + ("B",) * 41
    assert choose_series(rows(("t", tuple(map(str, ds))), ("symbol", names)), None, ds, 0) == 1


def test_names_of_series_that_differ_only_in_case_are_reported(tmp_path: Path) -> None:
    rows = [f"2024-01-0{day},{shop},{day}" for shop in ("North", "South", "NORTH") for day in range(1, 6)]
    source = read_sources([write(str(tmp_path / "p.csv"), "date,shop,v", *rows)], Selection())
    assert source.panel.ids == ("North", "South", "NORTH")
    text = "the series North and NORTH differ only in case or blanks: each is a series"
    assert [each.place.line for each in source.findings if each.text == text] == [12]
