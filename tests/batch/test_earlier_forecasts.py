"""Earlier forecasts: kept and marked where there is no new one, taken back where there is, whatever their form."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.batch.forecast_files import read_forecasts
from tests.batch.shop_folder import failures, record, sources, statuses, write_level

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 60
"""Rows of each series of the shop."""


def write_panel(shop: Path, **rows: int) -> None:
    """Write the first rows of some series of the shop to one file."""
    lines = []
    for name, count in rows.items():
        lines += [f"{name},{line}" for line in (shop / "in" / f"{name}.csv").read_text().splitlines()[1 : count + 1]]
    (shop / "panel.csv").write_text("\n".join(["store,date,value", *lines, ""]))


def series_and_status(file: Path) -> set[tuple[str, str]]:
    """Return the series of a forecast file with their status."""
    return {(row["unique_id"], row["status"]) for row in csv.DictReader(file.read_text().splitlines())}


@pytest.mark.slow
def test_a_series_that_vanishes_is_found_and_its_forecast_stays_until_it_is_past(shop: Path, batch: Any) -> None:
    write_panel(shop, apples=50, pears=50, plums=50)
    assert batch(source="panel.csv").code == 0
    out = shop / "out" / "panel.csv"
    write_panel(shop, apples=51, plums=51)
    gone = batch(source="panel.csv")
    assert gone.code == 0
    what = "1 series is gone; the last forecast stays, marked stale, until there are rows after 2024-02-22: pears"
    assert f"Found     panel.csv: {what}\n" in gone.err
    assert series_and_status(out) == {("apples", "current"), ("pears", "stale"), ("plums", "current")}
    found = sources(shop / "out")["panel"]
    assert (found["status"], [each["series"] for each in found["absent"]]) == ("warned", ["pears"])
    assert [each["code"] for each in found["findings"]].count("ABSENT") == 1
    assert batch("--level", "90", source="panel.csv").err.count("1 series is gone") == 1
    write_panel(shop, apples=53, plums=53)  # the last day that was forecast for pears
    batch(source="panel.csv")
    assert ("pears", "stale") in series_and_status(out)
    write_panel(shop, apples=54, plums=54)
    assert (
        "1 series is gone; the last forecast, of times that are past, is removed: pears"
        in batch(source="panel.csv").err
    )
    assert series_and_status(out) == {("apples", "current"), ("plums", "current")}
    write_panel(shop, apples=55, plums=55)
    assert "gone" not in batch(source="panel.csv").err
    assert sources(shop / "out")["panel"]["absent"] == []


@pytest.mark.slow
def test_a_series_that_is_back_has_a_current_forecast_again(shop: Path, batch: Any) -> None:
    write_panel(shop, apples=50, pears=50, plums=50)
    batch(source="panel.csv")
    before = (shop / "out" / "panel.csv").read_bytes()
    write_panel(shop, apples=50, plums=50)
    batch(source="panel.csv")
    write_panel(shop, apples=50, pears=50, plums=50)
    assert batch(source="panel.csv").code == 0
    assert (shop / "out" / "panel.csv").read_bytes() == before
    assert sources(shop / "out")["panel"]["absent"] == []


@pytest.mark.slow
def test_names_that_a_spreadsheet_would_compute_are_found_in_forecasts(shop: Path, batch: Any) -> None:
    write_panel(shop, apples=50, pears=50)
    panel = shop / "panel.csv"
    panel.write_text(panel.read_text().replace("pears", "@pears"))
    batch(source="panel.csv")
    panel.write_text("\n".join(line for line in panel.read_text().splitlines() if "@pears" not in line))
    batch(source="panel.csv")
    assert series_and_status(shop / "out" / "panel.csv") == {("apples", "current"), ("'@pears", "stale")}


@pytest.fixture
def pears(shop: Path) -> Path:
    """Leave two sources in the shop, and return the one that tests damage."""
    (shop / "in" / "plums.csv").unlink()
    return shop / "in" / "pears.csv"


def test_a_new_form_replaces_the_old_one_where_a_source_succeeds(shop: Path, batch: Any, pears: Path) -> None:
    out = shop / "out"
    assert batch().code == 0
    pears.write_text("")
    assert batch("--format", "json").code == 3
    assert sorted(path.name for path in out.glob("*.*")) == [
        *("apples.json", "failures.csv", "ledger.sqlite", "pears.csv", "run.json")
    ]
    assert statuses(out / "pears.csv") == ["stale"] * 3
    assert failures(out)[0]["instead"] == "stale"
    write_level(pears, 1)
    assert batch("--format", "json").code == 0
    assert sorted(path.name for path in out.glob("*.*")) == [
        *("apples.json", "failures.csv", "ledger.sqlite", "pears.json", "run.json")
    ]


@pytest.mark.slow
def test_one_file_and_a_file_for_each_source_replace_each_other(shop: Path, batch: Any, pears: Path) -> None:
    out, one = shop / "out", shop / "out" / "forecasts.csv"
    assert batch("--one-file").code == 0
    pears.write_text("")
    assert batch().code == 3
    rows = list(csv.DictReader(one.read_text().splitlines()))
    assert [(row["source"], row["status"]) for row in rows] == [("pears", "stale")] * 3
    assert [*(out / "parts").iterdir()] == []
    assert statuses(out / "pears.csv") == ["stale"] * 3
    batch("--one-file")
    rows = list(csv.DictReader(one.read_text().splitlines()))
    assert [(row["source"], row["status"]) for row in rows] == [("apples", "current")] * 3 + [("pears", "stale")] * 3
    assert not (out / "pears.csv").exists()
    write_level(pears, 1)
    assert batch().code == 0
    assert not one.exists()
    assert statuses(out / "pears.csv") == ["current"] * 3


@pytest.mark.slow
def test_a_series_without_a_new_forecast_keeps_that_of_another_form(shop: Path, batch: Any) -> None:
    write_panel(shop, apples=50, pears=50, plums=50)
    batch(source="panel.csv")
    write_panel(shop, apples=50, pears=1, plums=50)
    assert batch("--format", "jsonl", "--seed", "1", source="panel.csv").code == 3
    assert series_and_status(shop / "out" / "panel.csv") == {("pears", "stale")}
    assert [(row["series"], row["instead"]) for row in failures(shop / "out")] == [("pears", "stale")]
    rows = [json.loads(line) for line in (shop / "out" / "panel.jsonl").read_text().splitlines()]
    assert {row["unique_id"] for row in rows} == {"apples", "plums"}


def test_edited_forecasts_of_failed_sources_are_marked(shop: Path, batch: Any, pears: Path) -> None:
    batch()
    out = shop / "out" / "pears.csv"
    out.write_text(out.read_text().replace("\n", ",x\n").replace("status,x", "status,note"))
    pears.write_text("")
    batch()
    assert statuses(out) == ["stale"] * 3
    assert "note" in out.read_text()
    assert failures(shop / "out")[0]["instead"] == "stale"
    out.write_text(out.read_text().replace("stale", "current"))
    batch()
    assert statuses(out) == ["stale"] * 3


@pytest.mark.parametrize(
    "content",
    [
        "",
        "unique_id;ds;status\n1;2;current\n",
        'a,"b\n',
        "unique_id,status\nx,current,1\n",
        "unique_id,status\nx\n",
        "\0",
    ],
)
def test_what_cannot_be_read_is_no_forecast(tmp_path: Path, content: str) -> None:
    for ending in ("csv", "json", "jsonl"):
        (tmp_path / f"x.{ending}").write_text(content)
        assert read_forecasts(tmp_path / f"x.{ending}") == []


@pytest.mark.parametrize("content", ["1", "[1]", '{"unique_id": 1}', "[" * 10_000, '["status"]'])
def test_json_of_others_is_no_forecast(tmp_path: Path, content: str) -> None:
    for ending in ("json", "jsonl"):
        (tmp_path / f"x.{ending}").write_text(content)
        assert read_forecasts(tmp_path / f"x.{ending}") == []


def test_what_is_no_forecast_any_more_stays_and_is_named(shop: Path, batch: Any, pears: Path) -> None:
    batch()
    out = shop / "out" / "pears.csv"
    out.write_text("damaged")
    pears.write_text("")
    assert batch().code == 3
    assert (out.read_text(), failures(shop / "out")[0]["instead"]) == ("damaged", "none")


def test_files_of_others_in_the_folder_stay(shop: Path, batch: Any, pears: Path) -> None:  # noqa: ARG001 - two sources
    batch()
    other = shop / "out" / "pears.json"
    other.write_text('[{"unique_id": "pears", "forecast": 1}]')
    batch("--level", "90")
    assert other.exists()


def test_sources_that_failed_come_last_in_the_next_run(shop: Path, batch: Any) -> None:
    for name in ("apples", "pears"):
        (shop / "in" / f"{name}.csv").write_text("")
    assert batch("--max-failures", "2").code == 3
    assert sources(shop / "out")["plums"]["status"] == "not-run"
    again = batch("--max-failures", "2")
    assert sources(shop / "out")["plums"]["status"] == "ok"
    assert "1 trained, 2 failed" in again.err
    assert [each["name"] for each in record(shop / "out")["sources"]] == ["apples", "pears", "plums"]


@pytest.mark.slow
def test_files_that_are_too_old_do_not_keep_others_from_running(shop: Path, batch: Any) -> None:
    batch()
    write_level(shop / "in" / "quinces.csv", 4)
    batch("--max-age", "3d", "--max-failures", "1")
    assert sources(shop / "out")["quinces"]["status"] == "failed"  # and not: not-run


def test_a_source_that_is_too_old_is_refused_before_training(
    shop: Path,
    batch: Any,
    pears: Path,  # noqa: ARG001 - two sources
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("forecaster.workflow.fit.make_plan", lambda *_: pytest.fail("it was trained"))
    assert batch("--max-age", "3d").code == 4
    assert {each["failures"][0]["code"] for each in sources(shop / "out").values()} == {"OUTDATED"}


@pytest.mark.slow
def test_the_summary_has_the_exit_code_in_words(shop: Path, batch: Any, pears: Path) -> None:
    assert "exit code" not in batch().err
    pears.write_text("")
    assert "lists what failed; exit code 3: some failed\n" in batch().err
    assert "exit code 3: some failed\n" in batch("-q").err
    assert "exit code" not in batch("--fail-on", "all").err
    (shop / "in" / "apples.csv").write_text("")
    assert "exit code 4: all failed\n" in batch().err
    write_level(pears, 7)
    left = batch("-q", "--time-budget", "0.001s", "--fail-on", "all").err
    assert "exit code 75: work is left" in left
