"""Excel workbooks are read as the same table in a text file would be."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.errors import InputRefusedError, UsageError
from forecaster.reading.reader import read_sources
from forecaster.reading.tables import excel
from forecaster.reading.tables.sources import expand_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

openpyxl = pytest.importorskip("openpyxl")
MONTHS = [dt.datetime(2020 + i // 12, i % 12 + 1, 1) for i in range(36)]  # noqa: DTZ001 - a sheet has no time zones


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_book(name: str, rows: list[list[Any]], *others: str) -> str:
    """Write a workbook whose first sheet has these rows, with empty sheets behind it."""
    book = openpyxl.Workbook()
    book.active.title = "Sales"
    for row in rows:
        book.active.append(row)
    for other in others:
        book.create_sheet(other)
    book.save(name)
    return name


def test_dates_numbers_and_flags_of_a_sheet_with_a_title() -> None:
    rows = [[month, 1000.5 + i, i % 6 == 0] for i, month in enumerate(MONTHS)]
    name = write_book(
        "a.xlsx", [["Report"], [], ["Month", "Units", "Promotion"], *rows, ["Total", "=SUM(B4:B39)"]], "Notes"
    )
    read = read_sources([name], Selection(targets=("Units",), known=("Promotion",)))
    assert list(read.panel.values) == [1000.5 + i for i in range(36)]
    assert str(read.panel.ds[-1])[:10] == "2022-12-01"
    assert read.panel.covariates.known == ("Promotion",)
    assert [str(finding) for finding in read.findings][:1] == ["a.xlsx: read the sheet Sales, and not Notes"]


def test_whole_numbers_times_and_empty_cells() -> None:
    rows = [[dt.datetime(2024, 1, 1, i % 24) + dt.timedelta(days=i // 24), float(i), None] for i in range(60)]  # noqa: DTZ001 - the same
    read = read_sources([write_book("b.xlsx", [["Time", "Count", ""], *rows])], Selection())
    assert list(read.panel.values) == list(range(60))
    assert str(read.panel.ds[1])[:16] == "2024-01-01T01:00"


def test_a_folder_stands_for_its_workbooks_too() -> None:
    Path("d").mkdir()
    write_book("d/c.xlsx", [["Month", "Units"], *[[month, i] for i, month in enumerate(MONTHS)]])
    assert expand_sources(["d"]) == ["d/c.xlsx"]


def test_another_name_damage_and_an_empty_sheet_are_refused() -> None:
    name = write_book("e.xlsx", [["Month", "Units"], *[[month, i] for i, month in enumerate(MONTHS)]])
    data = Path(name).read_bytes()
    Path("e.csv").write_bytes(data)
    Path("cut.xlsx").write_bytes(data[: len(data) // 2])
    for file, sentence in [
        ("e.csv", "e.csv: this is an Excel workbook; export the table as CSV"),
        ("cut.xlsx", "cut.xlsx: the Excel workbook is damaged or protected; save the sheet as CSV"),
        (write_book("f.xlsx", []), "f.xlsx: the sheet Sales is empty; open the workbook at its table and save it"),
    ]:
        with pytest.raises(InputRefusedError) as caught:
            read_sources([file], Selection())
        assert str(caught.value) == sentence


def test_without_openpyxl_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    name = write_book("g.xlsx", [["Month", "Units"]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UsageError, match=r"pip install 'forecaster-rnn\[excel\]', or save the sheet as CSV"):
        read_sources([name], Selection())


def repacked(name: str, part: str, change: Callable[[bytes], bytes]) -> str:
    """Write a workbook in which one part is changed."""
    source = write_book("good.xlsx", [["Date", "Sales"], *([month, i] for i, month in enumerate(MONTHS))])
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each)) if each == part else old.read(each))
    return name


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = "<!DOCTYPE x [<!ENTITY a 'lol'><!ENTITY b '&a;&a;'>]>"


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", [0, 2**20 - 5])
def test_a_part_with_entities_is_refused(encoding: str, before: int) -> None:
    mark = f"<!--{' ' * before}-->{ENTITIES}".encode(encoding)
    name = repacked("entities.xlsx", SHEET, lambda data: mark + data)
    with pytest.raises(InputRefusedError, match="the Excel workbook declares entities") as caught:
        read_sources([name], Selection())
    assert caught.value.code == "BINARY"


@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml"])
def test_a_bomb_is_refused_before_it_is_parsed(part: str) -> None:
    name = repacked("bomb.xlsx", part, lambda data: data + b" " * 17 * 2**20)
    with pytest.raises(InputRefusedError, match="unpacks to more than 100 times its size") as caught:
        read_sources([name], Selection())
    assert caught.value.code == "LIMIT"


@pytest.mark.parametrize(
    ("limit", "most", "said"),
    [
        ("MOST_SHEET_ROWS", 30, "or 30 rows"),
        ("MOST_CELLS", 50, "more than 50 cells"),
        ("MOST_COLUMNS", 1, "more than 1"),
    ],
)
def test_a_sheet_has_limits(monkeypatch: pytest.MonkeyPatch, limit: str, most: int, said: str) -> None:
    monkeypatch.setattr(excel, limit, most)
    name = write_book("sheet.xlsx", [["Date", "Sales"], *([month, i] for i, month in enumerate(MONTHS))])
    with pytest.raises(InputRefusedError, match=said) as caught:
        read_sources([name], Selection())
    assert caught.value.code == "LIMIT"


@pytest.mark.slow
def test_a_row_far_below_all_others_does_not_fill_the_memory() -> None:
    row = b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData>'
    name = repacked("far.xlsx", SHEET, lambda data: data.replace(b"</sheetData>", row))
    with pytest.raises(InputRefusedError, match="1,048,576 rows") as caught:
        read_sources([name], Selection())
    assert caught.value.code == "LIMIT"
