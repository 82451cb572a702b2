"""`forecast batch`: what is new is done, the rest is skipped, a failure costs its own source alone, all is recorded.

Most tests do the work in this process: tests/workers/test_pool.py is about the processes, slow tests here, too.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.batch import batch_run, source_task
from forecaster.cli import main
from forecaster.errors import StorageError
from forecaster.files.lock import exclusive_lock
from forecaster.files.unfinished import temporary_path
from tests.batch.shop_folder import Result, add_row, digests, failures, record, sources, statuses, write_level

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_night_does_what_is_new_and_a_night_with_nothing_new_does_nothing(shop: Path, batch: Any) -> None:
    out = shop / "out"
    first = batch()
    assert (first.code, first.out) == (0, "")
    assert first.err.startswith("3 sources: 3 trained")
    assert sorted(digests(out)) == [
        *("apples.csv", "failures.csv", "models/apples.joblib", "models/pears.joblib", "models/plums.joblib"),
        *("pears.csv", "plums.csv"),
    ]
    assert statuses(out / "pears.csv") == ["current"] * 3
    before = digests(out)
    assert batch().err.startswith("3 sources: 3 unchanged")
    assert digests(out) == before
    add_row(shop / "in" / "pears.csv")
    (shop / "in" / "bad.csv").write_text("no table\n")
    third = batch()
    assert third.code == 3
    assert "3 sources" not in third.err
    assert (
        "4 sources: 1 forecast with their models, 2 unchanged, 1 failed (without a forecast); out/failures.csv"
        in third.err
    )
    assert "\nNext      forecast check in/bad.csv\n" in third.err
    changed = {name for name, digest in digests(out).items() if before.get(name) != digest}
    assert changed == {"pears.csv", "failures.csv"}
    assert [(row["file"], row["status"], row["exit_code"], row["instead"]) for row in failures(out)] == [
        ("in/bad.csv", "failed", "65", "none")
    ]
    found = sources(out)
    assert {name: (each["status"], each["action"]) for name, each in found.items()} == {
        "apples": ("skipped", "skip"),
        "bad": ("failed", "train"),
        "pears": ("ok", "forecast"),
        "plums": ("skipped", "skip"),
    }
    assert record(out)["exit_code"] == 3
    assert not (out / "journal.jsonl").exists()


def test_a_forecast_is_that_of_train_and_predict_on_the_file_alone(shop: Path, batch: Any) -> None:
    batch()
    main(["train", "in/pears.csv", "--horizon", "3", "-o", "pears.joblib", "-q", "--jobs", "1"])
    main(["predict", "--model", "pears.joblib", "-o", "alone.csv", "-q"])
    ours = (shop / "out" / "pears.csv").read_text().replace(",status", "").replace(",current", "")
    assert ours == (shop / "alone.csv").read_text()
    add_row(shop / "in" / "pears.csv")
    batch()
    main(["predict", "in/pears.csv", "--model", "pears.joblib", "-o", "alone.csv", "-q"])
    ours = (shop / "out" / "pears.csv").read_text().replace(",status", "").replace(",current", "")
    assert ours == (shop / "alone.csv").read_text()


@pytest.mark.slow
def test_a_column_of_each_source_may_be_a_known_covariate(shop: Path, batch: Any) -> None:
    options = ("--known", "promo", "--epochs", "1", "--updates", "1", "--members", "1")
    pears = shop / "in" / "pears.csv"
    rows = [f"{line},{n % 2}\n" for n, line in enumerate(pears.read_text().splitlines()[1:])]
    ahead = [f"2024-03-0{n},,{n % 2}\n" for n in range(1, 5)]
    pears.write_text("".join(["date,value,promo\n", *rows, *ahead]))
    assert batch(*options, source="in/pears.csv").err.startswith("1 source: 1 trained")
    pears.write_text("".join(["date,value,promo\n", *rows, "2024-03-01,51.3,1\n", *ahead[1:]]))
    assert batch(*options, source="in/pears.csv").code == 0
    assert sources(shop / "out")["pears"]["action"] == "forecast"


def test_what_was_only_touched_or_written_in_another_way_is_skipped(shop: Path, batch: Any) -> None:
    batch()
    before, file = digests(shop / "out"), shop / "in" / "apples.csv"
    os.utime(file, (0, 0))
    pears = shop / "in" / "pears.csv"
    pears.write_bytes(pears.read_bytes().replace(b"\n", b"\r\n"))
    batch()
    found = sources(shop / "out")
    assert found["apples"]["reason"] == "the file has the same content"
    assert found["pears"]["reason"] == "the file has the same rows"
    assert digests(shop / "out") == before


@pytest.mark.slow
def test_a_reason_is_that_of_the_source(shop: Path, batch: Any) -> None:
    def reason(*arguments: str) -> str:
        batch(*arguments)
        return str(sources(shop / "out")["pears"]["reason"])

    assert reason() == "there is no model yet"
    assert reason("--level", "90") == "the options of the forecast, or the version, changed"
    (shop / "out" / "pears.csv").unlink()
    assert reason("--level", "90") == "the forecast file is missing or not the one of the last run"
    (shop / "in" / "pears.csv").rename(shop / "pears.csv")
    reason("in/pears.csv", "--level", "90")
    (shop / "pears.csv").rename(shop / "in" / "pears.csv")
    assert reason("--level", "90") == "its forecast is not a current one"


def test_lost_and_changed_results_are_made_again(shop: Path, batch: Any) -> None:
    batch()
    out = shop / "out"
    before = digests(out)
    (out / "apples.csv").unlink()
    (out / "pears.csv").write_text("edited by a user\n")
    (out / "models" / "plums.joblib").write_bytes(b"damaged")
    again = batch()
    assert again.code == 0
    assert digests(out) == before
    assert sources(out)["plums"]["reason"] == "the model file is not the one of the last run"
    assert sources(out)["apples"]["action"] == "forecast"
    (out / "run.json").write_text("{")
    note = batch()
    assert "everything is done again" in note.err
    assert digests(out) == before


@pytest.mark.slow
def test_a_record_that_names_other_files_is_not_followed(shop: Path, batch: Any) -> None:
    batch()
    content = record(shop / "out")
    content["sources"][0]["name"] = "../evil"
    (shop / "out" / "run.json").write_text(json.dumps(content))
    assert "so everything is done again" in batch().err
    assert sorted(path.name for path in shop.iterdir()) == ["in", "out"]


@pytest.mark.slow
def test_options_decide_what_is_done_again(shop: Path, batch: Any) -> None:
    batch()
    batch("--level", "50")
    assert {each["action"] for each in sources(shop / "out").values()} == {"forecast"}
    assert "forecast-lo-50" in (shop / "out" / "pears.csv").read_text()
    batch("--level", "50", "--seed", "1")
    assert {each["reason"] for each in sources(shop / "out").values()} == {"the options of training changed"}


@pytest.mark.slow
def test_a_model_is_trained_again_when_its_file_has_grown_enough(shop: Path, batch: Any) -> None:
    batch("--retrain-after", "2")
    for expected in ("forecast", "train"):
        add_row(shop / "in" / "pears.csv")
        batch("--retrain-after", "2")
        assert sources(shop / "out")["pears"]["action"] == expected
    assert sources(shop / "out")["pears"]["reason"] == "2 new rows; the limit is 2"
    write_level(shop / "in" / "plums.csv", 77)  # other values for the same days
    batch("--retrain-after", "2")
    assert sources(shop / "out")["plums"]["reason"].startswith("the rows are not those of the model")


def test_a_failed_source_keeps_its_last_forecast_marked_stale(shop: Path, batch: Any) -> None:
    batch()
    out, file = shop / "out", shop / "in" / "pears.csv"
    good, points = file.read_text(), (out / "pears.csv").read_text()
    file.write_text(good + "2024-03-01,oops\n")
    assert batch().code == 3
    assert (out / "pears.csv").read_text() == points.replace(",current", ",stale")
    assert failures(out)[0]["instead"] == "stale"
    batch("--fallback", "naive")
    assert statuses(out / "pears.csv") == ["fallback"] * 3
    season = [line.split(",")[1] for line in good.splitlines()[-7:-4]]
    rows = csv.DictReader((out / "pears.csv").read_text().splitlines())
    assert [f"{float(row['forecast']):.2f}" for row in rows] == season
    file.write_text(good)
    assert batch().code == 0
    assert (out / "pears.csv").read_text() == points


@pytest.mark.slow
def test_a_file_with_hardly_a_row_left_fails(shop: Path, batch: Any) -> None:
    batch()
    write_level(shop / "in" / "pears.csv", 1, rows=1)
    assert batch().code == 3
    assert [(row["code"], row["exit_code"], row["instead"]) for row in failures(shop / "out")] == [
        ("SHORT", "65", "stale")
    ]


@pytest.mark.slow
def test_a_series_that_fails_in_a_file_of_many_keeps_its_rows(shop: Path, batch: Any) -> None:
    files = {name: (shop / "in" / f"{name}.csv").read_text().splitlines()[1:] for name in ("apples", "pears", "plums")}

    def write_panel(**rows: int) -> None:
        lines = [f"{name},{line}" for name, each in files.items() for line in each[: rows.get(name, 60)]]
        (shop / "panel.csv").write_text("\n".join(["store,date,value", *lines, ""]))

    write_panel()
    assert batch(source="panel.csv").code == 0
    write_panel(pears=1)
    assert batch("--seed", "1", source="panel.csv").code == 3
    rows = list(csv.DictReader((shop / "out" / "panel.csv").read_text().splitlines()))
    assert {(row["unique_id"], row["status"]) for row in rows} == {
        *(("apples", "current"), ("plums", "current"), ("pears", "stale"))
    }
    lost = [(row["series"], row["status"], row["instead"]) for row in failures(shop / "out")]
    assert lost == [("pears", "failed", "stale")]
    (shop / "out" / "panel.csv").unlink()
    batch("--seed", "1", source="panel.csv")
    assert failures(shop / "out")[0]["instead"] == "none"


@pytest.mark.slow
@pytest.mark.sampled("csv")
@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
def test_forms_of_files_are_marked_alike(shop: Path, batch: Any, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    batch("--format", form, "--one-file")
    one = shop / "out" / f"forecasts.{form}"
    before = one.read_bytes()
    (shop / "in" / "pears.csv").write_text("")
    assert batch("--format", form, "--one-file").code == 3
    assert one.read_bytes() != before
    if form == "jsonl":
        rows = [json.loads(line) for line in one.read_text().splitlines()]
        assert [(row["source"], row["status"]) for row in rows] == [
            *[("apples", "current")] * 3,
            *[("pears", "stale")] * 3,
            *[("plums", "current")] * 3,
        ]
    write_level(shop / "in" / "pears.csv", 1)
    assert batch("--format", form, "--one-file").code == 0
    assert one.read_bytes() == before


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(shop: Path, batch: Any) -> None:
    found = batch("--dry-run")
    assert found.out.splitlines()[:2] == ["source,action,reason", "in/apples.csv,train,there is no model yet"]
    assert "dry run: nothing was written; 3 sources: 3 to train" in found.err
    assert not (shop / "out").exists()


def test_exit_codes_follow_from_failures(shop: Path, batch: Any) -> None:
    for name in ("pears", "plums"):
        (shop / "in" / f"{name}.csv").write_text("")
    assert batch().code == 3
    assert batch("--fail-on", "all").code == 0
    assert batch("--fail-on", "70%").code == 0
    assert batch("--fail-on", "2").code == 3
    (shop / "in" / "apples.csv").write_text("")
    assert batch("--fail-on", "all").code == 4
    stopped = batch("--max-failures", "1")
    assert stopped.code == 3
    assert "2 not run, because too many sources failed" in stopped.err


def test_a_time_budget_leaves_the_rest_for_the_next_run(shop: Path, batch: Any) -> None:
    left = batch("--time-budget", "0.001s")
    assert left.code == 75
    reasons = [each["reason"] for each in sources(shop / "out").values() if each["status"] == "not-run"]
    assert reasons.count("the time budget is used up") == len(reasons) >= 2
    assert batch("--time-budget", "1h").code == 0


@pytest.mark.slow
def test_sources_with_old_rows_alone_fail(shop: Path, batch: Any) -> None:
    batch()
    old = batch("--max-age", "3d")
    assert old.code == 4
    assert "before the limit of --max-age" in old.err
    assert statuses(shop / "out" / "pears.csv") == ["stale"] * 3
    assert batch("--max-age", "36000d").code == 0
    for file in (shop / "in").iterdir():
        os.utime(file, (0, 0))
    assert batch("--max-age", "3d").code == 4, "files that are written again without new rows are old, too"


def test_another_run_in_the_folder_ends_this_one(shop: Path, batch: Any) -> None:

    (shop / "out").mkdir()
    with exclusive_lock(shop / "out", "folder"):
        refused = batch()
    assert refused.code == 75
    assert f"process {os.getpid()}" in refused.err
    assert not (shop / "out" / "run.json").exists()


def test_what_a_killed_run_left_half_written_is_removed_and_nothing_lies_beside_the_results(
    shop: Path, batch: Any
) -> None:
    assert batch("--one-file").code == 0
    complete = {path for path in (shop / "out").rglob("*") if path.is_file()}
    left = [temporary_path(path) for path in complete]
    for file in left:
        file.write_bytes(b"half")
    assert batch("--one-file").code == 0
    assert {path for path in shop.rglob("*") if path.is_file()} == complete | {*(shop / "in").iterdir()}


def test_a_disk_without_space_for_the_results_is_refused_before_the_work(
    shop: Path, batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(total=10**12, free=8192)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    refused = batch()
    assert refused.code == 73
    assert "it takes about 24 KB, and its disk has 8.0 KB left; free some space" in refused.err
    assert [path.name for path in (shop / "out").glob("*.csv")] == ["failures.csv"]
    free.free = 10**6
    assert batch().code == 0
    free.free = 8192
    assert batch().code == 0  # nothing is new, so the record alone is written


def test_a_list_of_failures_that_cannot_be_written_is_refused_before_the_work(shop: Path, batch: Any) -> None:
    (shop / "out" / "failures.csv").mkdir(parents=True)
    assert batch().code == 73
    assert sorted(path.name for path in (shop / "out").iterdir()) == ["failures.csv", "models"]


@pytest.mark.slow
def test_a_source_that_is_replaced_while_it_is_forecast_is_forecast_again(
    shop: Path, batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "in" / "apples.csv").unlink()
    pears = shop / "in" / "pears.csv"
    batch()
    decide = source_task.decide_source

    def replace_then_decide(settings: Any, folder: Any, task: Any, file: Any) -> Any:
        if task.name == "pears":
            add_row(pears)  # behind the rows that were read
        return decide(settings, folder, task, file)

    add_row(pears)
    with monkeypatch.context() as context:
        context.setattr(source_task, "decide_source", replace_then_decide)
        batch()
    assert sources(shop / "out")["pears"]["input"]["rows"] == 61
    batch()
    assert sources(shop / "out")["pears"]["input"]["rows"] == 62


@pytest.mark.slow
def test_sources_in_the_folder_of_the_results_are_refused(batch: Any) -> None:
    batch()
    refused = batch(source="out/pears.csv")
    assert refused.code == 2
    assert "lies in the folder of the results" in refused.err


@pytest.mark.slow
def test_a_pattern_leaves_out_the_results_of_earlier_runs(shop: Path, batch: Any) -> None:
    assert batch(source="**/*.csv").code == 0
    (shop / "out" / "run.json").unlink()  # as if the first run had been killed
    assert batch(source="**/*.csv").code == 0
    again = batch("--one-file", source="**/*.csv")
    assert (again.code, list(sources(shop / "out"))) == (0, ["apples", "pears", "plums"])
    write_level(shop / "out" / "other.csv", 5)
    assert batch(source="**/*.csv").code == 2


@pytest.mark.slow
def test_a_pattern_or_folder_without_a_file_fails_alone(shop: Path, batch: Any) -> None:
    (shop / "in" / "apples.csv").rename(shop / "alone.csv")
    (shop / "empty").mkdir()
    (shop / "list").write_text("alone.csv\nempty\nmissing/*.csv\n")
    found = batch("--files-from", "list", source="alone.csv")
    assert found.code == 3
    assert [(row["file"], row["code"]) for row in failures(shop / "out")] == [
        ("empty", "NOINPUT"),
        ("missing/*.csv", "NOINPUT"),
    ]
    assert "missing/*.csv: no file matches this pattern" in found.err
    (shop / "missing").mkdir()
    write_level(shop / "missing" / "late.csv", 4)
    write_level(shop / "empty" / "new.csv", 5)
    assert batch("--files-from", "list", source="alone.csv").err == "3 sources: 2 trained, 1 unchanged\n"
    assert batch(source="empty.d/*.csv").code == 66


@pytest.mark.slow
def test_a_link_to_a_source_is_not_written_over(shop: Path, batch: Any) -> None:
    batch()
    (shop / "out" / "pears.csv").unlink()
    (shop / "out" / "pears.csv").symlink_to("../in/plums.csv")
    before = digests(shop / "in")
    refused = batch("--level", "90")
    assert (refused.code, "is a link to the source" in refused.err) == (2, True)
    assert digests(shop / "in") == before


@pytest.mark.slow
def test_a_folder_that_was_moved_with_its_sources_is_continued(
    shop: Path, batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch()
    before = digests(shop / "out")
    (shop / "elsewhere").mkdir()
    for name in ("in", "out"):
        shutil.copytree(shop / name, shop / "elsewhere" / name, copy_function=shutil.copyfile)
        (shop / name).rename(shop / f"old-{name}")
    monkeypatch.chdir(shop / "elsewhere")
    assert batch().err.startswith("3 sources: 3 unchanged")
    assert digests(shop / "elsewhere" / "out") == before


@pytest.mark.slow
def test_sources_that_are_gone_are_counted_as_long_as_they_have_results(shop: Path, batch: Any) -> None:
    batch()
    (shop / "in" / "pears.csv").unlink()
    assert "2 unchanged; 1 of earlier runs not among them" in batch().err
    assert [each["name"] for each in record(shop / "out")["absent"]] == ["pears"]
    (shop / "out" / "pears.csv").unlink()
    (shop / "out" / "models" / "pears.joblib").unlink()
    assert batch().err.strip().endswith("2 unchanged")
    assert not record(shop / "out")["absent"]


@pytest.mark.slow
def test_metrics_tell_the_last_success(shop: Path, batch: Any) -> None:
    batch("--metrics-file", "run.prom")
    text = (shop / "run.prom").read_text()
    assert 'forecast_sources{folder="' in text
    assert ',status="ok"} 3' in text
    success = next(line for line in text.splitlines() if line.startswith("forecast_last_success"))
    (shop / "in" / "pears.csv").write_text("")
    batch("--metrics-file", "run.prom")
    assert success in (shop / "run.prom").read_text()


@pytest.mark.slow
def test_metrics_tell_also_that_the_record_could_not_be_written(
    shop: Path, batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise StorageError("cannot be written: No space left on device", "free some space and try again")

    monkeypatch.setattr(batch_run, "write_run", refuse)
    assert batch("--metrics-file", "run.prom").code == 74
    lines = (shop / "run.prom").read_text().splitlines()
    assert [line.split("} ")[1] for line in lines if line.startswith(("forecast_exit", "forecast_last_success"))] == [
        *("0", "74")
    ]


@pytest.mark.parametrize("file", ["in/pears.csv", "out/run.json", "run.txt", "missing/x.prom"])
def test_metrics_are_written_over_nothing_and_refused_before_the_work(shop: Path, batch: Any, file: str) -> None:
    before = digests(shop / "in")
    assert batch("--metrics-file", file).code in {2, 73}
    assert digests(shop / "in") == before
    assert not digests(shop / "out")


def test_quiet_says_nothing_if_all_is_well_and_json_is_for_programs(shop: Path, batch: Any) -> None:  # noqa: ARG001 - works in it
    assert batch("-q") == Result(0, "", "")
    lines = [json.loads(line) for line in batch("--log-format", "json").err.splitlines()]
    assert {"event": "summary", "text": "3 sources: 3 unchanged", "failed": 0}.items() <= next(
        line for line in lines if line["event"] == "summary"
    ).items()


@pytest.mark.slow
def test_a_program_reads_a_line_for_each_source_that_was_done(
    shop: Path, batch: Any, assert_valid: Callable[[str, Any], None]
) -> None:
    batch()
    add_row(shop / "in" / "pears.csv")
    (shop / "in" / "plums.csv").write_text("")
    lines = [json.loads(line) for line in batch("--log-format", "json").err.splitlines()]
    for line in lines:
        assert_valid("log.schema.json", line)
    done = [line for line in lines if line["event"] == "source"]
    assert [(each["file"], each["status"], each["action"], each["series"], each["rows"]) for each in done] == [
        ("in/pears.csv", "ok", "forecast", 1, 61),
        ("in/plums.csv", "failed", "train", None, None),
    ]
    failure = next(line for line in lines if line["event"] == "failure")
    assert (failure["file"], failure["code"]) == ("in/plums.csv", "EMPTY")
    assert not [line for line in batch("--log-format", "json", "-q").err.splitlines() if '"source"' in line]


@pytest.mark.slow
def test_a_verbose_run_names_each_source_that_was_done(shop: Path, batch: Any) -> None:
    batch()
    add_row(shop / "in" / "pears.csv")
    lines = batch("-v").err.splitlines()
    assert [line.split(" (")[0] for line in lines if line.startswith("in/")] == [
        "in/pears.csv: ok, forecast, because the file has new or changed rows"
    ]


def test_a_dry_run_after_a_failure_says_what_is_to_be_done(shop: Path, batch: Any) -> None:
    (shop / "in" / "pears.csv").write_text("")
    assert batch().code == 3
    write_level(shop / "in" / "pears.csv", 1)
    found = batch("--dry-run")
    assert found.code == 0
    assert "3 sources: 1 to train, 2 unchanged\n" in found.err


@pytest.mark.slow
def test_findings_are_counted_by_kind_and_listed_on_request(shop: Path, batch: Any) -> None:
    for name in ("pears", "plums"):
        file = shop / "in" / f"{name}.csv"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:20] + lines[23:]))
    first = batch()
    assert "Found     in/pears.csv:20: column value: 3 expected rows are missing" in first.err
    assert "(the first of 2 files with GAP)\n          --verbose lists them all\n" in first.err
    assert "Found" not in batch().err
    assert batch("-v").err.count("3 expected rows are missing") == 2


SITE = """
import os, signal, time
import forecaster.batch.source_task as task
honest = task.train
def train(sources, **options):
    name = os.path.basename(sources[0])
    if name.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("hang"):
        time.sleep(600)
    if name.startswith("eat"):
        kept = [bytearray(2**24) for _ in range(400)]
    return honest(sources, **options)
task.train = train
"""
"""What makes the work on some files kill its process, hang, or eat memory."""


@pytest.mark.slow
def test_sources_that_kill_hang_or_eat_memory_are_named_and_the_others_are_right(shop: Path, batch: Any) -> None:
    batch()
    want = {name: digest for name, digest in digests(shop / "out").items() if name != "failures.csv"}
    for name in ("kill", "hang", "eat"):
        write_level(shop / "in" / f"{name}.csv", 9)
    (shop / "sitecustomize.py").write_text(SITE)
    command = [sys.executable, "-m", "forecaster", "batch", "in", "--out", "new", "--horizon", "3", "-j", "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(shop), str(Path(__file__).parents[2])])}
    limits = ["--series-timeout", "5s", "--series-memory", "1GB"]
    done = subprocess.run([*command, *limits], check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 3, done.stderr
    found = {each["name"]: (each["status"], each["failures"]) for each in record(shop / "new")["sources"]}
    assert {name: status for name, (status, _) in found.items()} == {
        **dict.fromkeys(("apples", "pears", "plums"), "ok"),
        "eat": "crashed",
        "hang": "timed-out",
        "kill": "crashed",
    }
    assert [found[name][1][0]["code"] for name in ("eat", "hang", "kill")] == ["MEMORY", "TIMEOUT", "DIED"]
    assert {name: digest for name, digest in digests(shop / "new").items() if name != "failures.csv"} == want


@pytest.mark.slow
def test_a_run_that_is_killed_and_started_again_ends_as_a_clean_one(shop: Path, batch: Any) -> None:
    for seed in range(3, 15):
        write_level(shop / "in" / f"more-{seed}.csv", seed)
    batch()
    want = digests(shop / "out")
    command = [sys.executable, "-m", "forecaster", "batch", "in", "--out", "new", "--horizon", "3", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for files in (1, 4, 9):
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        while len(list((shop / "new").glob("*.csv"))) < files and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL) if files == 4 else process.kill()
        process.wait()
    assert subprocess.run(command, check=False, env=environment).returncode == 0
    assert digests(shop / "new") == want


@pytest.mark.sampled(slow=("15-143",))
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_a_record(shop: Path, number: int, code: int) -> None:
    for seed in range(3, 40):
        write_level(shop / "in" / f"more-{seed}.csv", seed)
    command = [sys.executable, "-m", "forecaster", "batch", "in", "--out", "out", "--horizon", "3"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    while len(list((shop / "out").glob("*.csv"))) < 3 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    ends = [each["status"] for each in record(shop / "out")["sources"]]
    assert ends.count("ok") >= 2  # the third forecast was there, but perhaps not its record
    assert ends.count("not-run") >= 3
    assert record(shop / "out")["exit_code"] == code
