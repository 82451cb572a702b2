"""Years and months in columns of their own are read as reports write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.reader import ReadResult, read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

GERMAN = "januar februar märz april mai juni juli august september oktober november dezember".title().split()
ITALIAN = (
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".title().split()
)
MONTHS = np.arange("2020-01", "2023-01", dtype="datetime64[M]")


def read(text: str, tmp_path: Path) -> ReadResult:
    file = tmp_path / "report.csv"
    file.write_text(text, encoding="utf-8")
    return read_sources([str(file)], Selection())


def test_columns_without_names_that_hold_years_and_months(tmp_path: Path) -> None:
    rows = [f"{month.item().year};{GERMAN[month.item().month - 1]};{i},5" for i, month in enumerate(MONTHS)]
    notes = ["__________", "Erläuterung:;;", "© Statistisches Amt, 2023", "Stand: 08.07.2023 / 10:15:22"]
    panel = read("\n".join(["Tabelle: 1;;", ";;Index", ";;2020=100", *rows, *notes]), tmp_path).panel
    assert (panel.ds.astype("datetime64[M]") == MONTHS).all()
    assert panel.values.tolist() == [i + 0.5 for i in range(len(MONTHS))]


def test_a_year_that_stands_once_is_that_of_the_rows_below(tmp_path: Path) -> None:
    rows = [
        f"{month.item().year if month.item().month == 1 else ''};{ITALIAN[month.item().month - 1]};{i}"
        for i, month in enumerate(MONTHS)
    ]
    found = read("\n".join(["Anno;Mese;Fatturato", *rows]), tmp_path)
    assert (found.panel.ds.astype("datetime64[M]") == MONTHS).all()
    texts = [finding.text for finding in found.findings if finding.code == "FILLED"]
    assert texts == ["33 rows without a year: the year above is used"]


def test_words_that_are_no_months_are_no_dates(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="2020 appears again on line 3"):
        read("Anno;Mese;Fatturato\n2020;Gennaio;5\n2020;Ferragosto;9\n2020;Marzo;4", tmp_path)


def test_september_may_have_four_letters(tmp_path: Path) -> None:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"]
    rows = [f"{2020 + i // 12},{names[i % 12]},{i + 0.5}" for i in range(36)]
    panel = read("\n".join(["Year,Month,Sales", *rows]), tmp_path).panel
    assert (panel.ds.astype("datetime64[M]") == np.datetime64("2020-01") + np.arange(36)).all()
