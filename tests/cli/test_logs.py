"""The log of a run: progress on one line of a terminal, or JSON lines, and nothing where nobody looks."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.cli import logs
from forecaster.cli.logs import open_log
from forecaster.errors import InputRefusedError, Place
from forecaster.progress import report_progress, report_reading

if TYPE_CHECKING:
    from collections.abc import Callable

Forecast = Any
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_terminal_shows_the_file_before_anything_is_read(monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    for variable in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    log = open_log("text", quiet=False, verbose=False)
    with log.show_progress("reading", "prices.csv"):
        assert "reading" in terminal.text
        assert "0/5 0 s prices.csv" in SEQUENCE.sub("", terminal.text)
        assert "prices.csv" in terminal.text
        report_reading("prices.csv", "dates", 12_000)
    assert "2/5" in terminal.text
    frames = SEQUENCE.sub("", terminal.text).replace("\r", "\n").splitlines()
    assert max(map(len, frames)) <= 80
    assert not frames[-1].strip()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_with_quiet_nobody_watches(monkeypatch: pytest.MonkeyPatch, terminal: Any, log_format: str) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    with open_log(log_format, quiet=True, verbose=False).show_progress("reading", "a.csv"):
        report_progress("training", 1, 2)
    assert terminal.text == ""


def test_a_pipe_has_no_progress_unless_it_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    for log_format in ("text", "json"):
        with open_log(log_format, quiet=False, verbose=False).show_progress("reading", "a.csv"):
            report_progress("training", 1.5, 2, "loss 0.5")
    first, second = json_lines(capsys.readouterr().err)
    assert (first["event"], first["stage"], first["done"], first["total"]) == ("progress", "reading", 0, 5)
    assert {name: second[name] for name in ("stage", "done", "total", "note")} == {
        "stage": "training",
        "done": 1.5,
        "total": 2,
        "note": "loss 0.5",
    }


def test_json_lines_come_once_a_second_for_each_stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = [0.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: moment[0])
    with open_log("json", quiet=False, verbose=False).show_progress("reading", "a.csv"):
        for tenth in range(25):
            moment[0] = tenth / 10
            report_progress("training", tenth, 100)
            report_progress("waiting", 0, 1)
    reports = json_lines(capsys.readouterr().err)
    assert [each["done"] for each in reports if each["stage"] == "training"] == [0, 10, 20]
    assert [each["done"] for each in reports if each["stage"] == "waiting"] == [0], "nothing has changed"


@pytest.mark.parametrize(
    "command",
    [
        ["train", "a.csv"],
        ["train", "a.csv", "--dry-run"],
        ["predict", "a.csv", "--horizon", "3", "-o", "x.csv"],
        ["evaluate", "a.csv", "-o", "x.csv"],
        ["check", "a.csv"],
    ],
)
def test_all_that_a_run_says_are_json_lines(
    forecast: Forecast, fake: Any, command: list[str], assert_valid: Callable[[str, Any], None]
) -> None:
    fake.failed = {"x": "is short"}
    lines = json_lines(forecast(*command, "--log-format", "json").err)
    for line in lines:
        if line["event"] != "sizes":  # the fake does not know all of them
            assert_valid(f"log.schema.json#/$defs/{line['event']}", line)
    assert {"time", "event"} <= set.intersection(*(set(line) for line in lines))
    events = [line["event"] for line in lines]
    assert events[0] == "progress"
    assert events[-1] == "end"
    assert lines[-1]["seconds"] > 0
    if command[0] != "check":
        (finding, *_) = (line for line in lines if line["event"] == "finding")
        assert (finding["code"], finding["file"]) == ("SORTED", "prices.csv")


def test_the_verdict_and_the_scores_are_json_lines(forecast: Forecast) -> None:
    lines = json_lines(forecast("train", "a.csv", "--log-format", "json").err)
    scores = [line for line in lines if line["event"] == "score"]
    assert [(line["model"], line["mase"]) for line in scores] == [("forecast", 0.8123), ("last_value", None)]
    assert any(line["event"] == "verdict" and "skill -1.2 %" in line["text"] for line in lines)


def test_the_hardest_series_are_json_lines(
    forecast: Forecast, fake: Any, assert_valid: Callable[[str, Any], None]
) -> None:
    fake.series = tuple(f"series {number}" for number in range(12))
    lines = json_lines(forecast("evaluate", "a.csv", "--log-format", "json").err)
    hardest = [line for line in lines if line["event"] == "hardest"]
    assert hardest[0]["unique_id"] == "series 11"
    for line in hardest:
        assert_valid("log.schema.json#/$defs/hardest", line)


def _refused(fake: Any) -> None:
    fake.error = InputRefusedError("the file is empty", "give a table", Place("a.csv"))


@pytest.mark.parametrize(
    ("command", "code", "prepare"),
    [
        (["train", "a.csv"], 65, _refused),
        (["train"], 2, None),
        (["train", "a.csv", "--horizon", "0"], 2, None),
        (["train", "a.csv", "--horizonn", "3"], 2, None),
        (["predict", "a.joblib"], 2, None),
    ],
)
@pytest.mark.parametrize("given", ["--log-format=json", "--log-format json", "variable"])
def test_failures_are_json_lines_too(  # noqa: PLR0917 - fixtures and parameters
    forecast: Forecast,
    fake: Any,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    code: int,
    prepare: Callable[[Any], None] | None,
    given: str,
) -> None:
    if prepare:
        prepare(fake)
    if given == "variable":
        monkeypatch.setenv("FORECAST_LOG_FORMAT", "json")
    monkeypatch.setenv("FORECAST_HORIZONN", "3")
    result = forecast(*command, *([] if given == "variable" else given.split()))
    *_, last = json_lines(result.err)
    assert (result.code, last["event"], last["code"]) == (code, "error", code)
    assert last["text"]


def test_quiet_json_lines_are_failures_alone(forecast: Forecast, fake: Any) -> None:
    fake.failed = {"x": "is short"}
    (line,) = json_lines(forecast("train", "a.csv", "--quiet", "--log-format", "json").err)
    assert (line["event"], line["series"], line["text"]) == ("failure", "x", "is short")


def test_a_traceback_is_part_of_the_line(forecast: Forecast, fake: Any) -> None:
    fake.error = RuntimeError("broken")
    *_, line = json_lines(forecast("train", "a.csv", "--debug", "--log-format", "json").err)
    assert (line["event"], line["code"]) == ("error", 1)
    assert any("RuntimeError" in each for each in line["traceback"])
