"""What `check` finds in files, and which of them it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from forecaster.reading.reader import read_sources
from forecaster.spec import Selection, Specification

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.workflow.check import Check
    from forecaster.workflow.results import Training


AUTO = Selection()


def test_a_check_has_the_findings_of_training(
    prices: Path, tmp_path: Path, train_file: Callable[..., Training], check_files: Callable[..., Check]
) -> None:
    frame = pd.read_csv(prices)
    frame.loc[200, "Close"] *= 100
    frame[::-1].to_csv(tmp_path / "odd.csv", index=False)
    found = check_files(tmp_path / "odd.csv")
    assert [each.code for each in found.findings] == ["CHOSEN", "SORTED", "JUMP"]
    assert found.findings == train_file(tmp_path / "odd.csv", tmp_path / "m.joblib", dry_run=True).findings
    assert (found.refused, found.failed, found.repaired) == ({}, {}, None)
    assert found.frame()["line"].tolist() == [pd.NA, pd.NA, 201]


def test_each_file_is_checked_on_its_own(prices: Path, tmp_path: Path, check_files: Callable[..., Check]) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(prices.read_text().replace("2020-01-06,", "2020-01-06,x"))
    absent = tmp_path / "absent.csv"
    found = check_files(bad, prices, absent)
    assert [(each.code, each.place.line) for each in found.findings] == [
        ("NUMBER", 5),
        ("CHOSEN", None),
        ("NOINPUT", None),
    ]
    assert {name: error.exit_code for name, error in found.refused.items()} == {str(bad): 65, str(absent): 66}
    assert all(each.place.file for each in found.findings)


def test_all_cells_with_a_fault_are_findings(prices: Path, tmp_path: Path, check_files: Callable[..., Check]) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(prices.read_text().replace(",9", ",x"))
    found = check_files(bad).findings
    assert len(found) > 20
    assert {each.code for each in found} == {"NUMBER"}
    assert [each.place.line for each in found] == sorted({each.place.line for each in found})


def test_a_check_refuses_a_file_with_too_few_rows(
    prices: Path, tmp_path: Path, check_files: Callable[..., Check]
) -> None:
    short = tmp_path / "short.csv"
    short.write_text("".join(prices.read_text().splitlines(keepends=True)[:41]))
    assert not check_files(short, specification=Specification(horizon=30)).refused
    (error,) = check_files(short, specification=Specification(horizon=30, hidden=8)).refused.values()
    assert str(error).startswith(f"{short}: 40 rows are too few to forecast 30 steps; give at least ")
    short.write_text("Date,Close\n2024-01-01,1\n2024-01-02,2\n")
    found = check_files(short)
    assert [(each.code, each.text) for each in found.findings] == [
        ("CHOSEN", "time column Date (YYYY-MM-DD), target Close"),
        ("SHORT", "too few rows: have 2, need 3"),
    ]


def test_a_check_names_the_series_that_fail(tmp_path: Path, check_files: Callable[..., Check]) -> None:
    path = tmp_path / "panel.csv"
    rows = [f"{name},{t},{50 + t % 7}" for name, n in (("a", 90), ("b", 2)) for t in range(n)]
    path.write_text("id,t,y\n" + "\n".join([*rows, *(f"c,{t // 2},{t}" for t in range(20))]))
    found = check_files(path)
    assert (found.refused, set(found.failed)) == ({}, {"b", "c"})
    assert [(each.code, each.place.series) for each in found.findings[-2:]] == [("DUP", "c"), ("SHORT", "b")]


def test_the_repaired_table_reads_as_the_file_did(
    prices: Path, tmp_path: Path, check_files: Callable[..., Check]
) -> None:
    frame = pd.read_csv(prices)
    frame["Date"] = pd.to_datetime(frame["Date"]).dt.strftime("%d.%m.%Y")
    frame = pd.concat([frame.drop(index=[50, 51])[::-1], frame[:1]])
    frame.to_csv(tmp_path / "odd.csv", index=False, sep=";", decimal=",")
    for repair in ("safe", "full"):
        repaired = check_files(tmp_path / "odd.csv", with_repaired=True, repair=repair).repaired
        assert repaired is not None
        (tmp_path / repair).mkdir()
        repaired.to_csv(tmp_path / repair / "odd.csv", index=False)
        found = read_sources([str(tmp_path / repair / "odd.csv")], AUTO)
        expected = read_sources([str(tmp_path / "odd.csv")], AUTO, repair=repair)
        assert found.panel.fingerprint() == expected.panel.fingerprint()
        assert found.style == expected.style
