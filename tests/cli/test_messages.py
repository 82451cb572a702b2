"""Standard error: calm, complete, silent on request, never between the data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.errors import Finding, Place

if TYPE_CHECKING:
    from pathlib import Path

Forecast = Any
TRAINING = """\
Read      prices.csv: 2,769 rows
Columns   time column Date, target Close
Found     the rows were newest first
Plan      forecast 5 steps ahead
Method    70 % network, 30 % Theta
Accuracy  No better than repeating the last value, on 5 forecasts of the past
Model     forecast.joblib
Next      forecast predict
"""
DETAILS = """\
Read      prices.csv: 2,769 rows
Columns   time column Date, target Close
Plan      forecast 5 steps ahead
note: prices.csv: the rows were newest first

Chosen
  early stopping  yes  the validation loss fell no more

Scores on held-out rows
  model         mae    mase  coverage-80
  forecast    35.21  0.8123         81.3
  last_value  35.30     n/a         79.0

Verdict
  No better than last value, the best baseline, on 5 held-out cutoffs: skill -1.2 %.

Method    70 % network, 30 % Theta
Accuracy  No better than repeating the last value, on 5 forecasts of the past
Model     forecast.joblib, digest 3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a3f9a
Next      forecast predict
"""


def test_train_says_what_matters_in_a_few_sentences(forecast: Forecast) -> None:
    result = forecast("train", "prices.csv")
    assert (result.out, result.err) == ("", TRAINING)


def test_the_details_of_train_have_choices_scores_and_the_exact_verdict(forecast: Forecast) -> None:
    for option in ("-v", "--verbose"):
        result = forecast("train", "prices.csv", option)
        assert (result.out, result.err) == ("", DETAILS)


def test_the_plan_is_printed_before_training_begins(forecast: Forecast, fake: Any) -> None:
    fake.failure_of_training = RuntimeError("it did not stay finite")
    result = forecast("train", "prices.csv")
    assert result.code == 1
    assert result.err.startswith("Read      prices.csv: 2,769 rows\n")
    assert "Plan      forecast 5 steps ahead\n" in result.err
    assert "Method" not in result.err


def test_of_many_kinds_of_findings_train_shows_three(forecast: Forecast, fake: Any) -> None:
    kinds = ("SORTED", "GAP", "STALE", "JUMP")
    fake.findings = tuple(
        Finding(kind, f"{kind.lower()} {i}", Place("a.csv", i, "Close", "x")) for i in (3, 7) for kind in kinds
    )
    lines = forecast("train", "a.csv").err.splitlines()
    assert lines[2:6] == [
        "Found     series x, line 3: stale 3; kept (and 1 more)",
        "Found     series x, line 3: jump 3; kept (and 1 more)",
        "Found     series x, line 3: gap 3 (and 1 more)",
        "          and 2 more findings: forecast check a.csv --verbose shows all",
    ]
    assert forecast("train", "a.csv", "-v").err.count("note: ") == 8


def test_of_many_failed_series_train_names_two(forecast: Forecast, fake: Any) -> None:
    fake.failed = {f"s{i}": "too few rows" for i in range(30)}
    result = forecast("train", "a.csv")
    assert result.code == 3
    assert result.err.splitlines()[3:7] == [
        "Failed    s0: too few rows",
        "Failed    s1: too few rows",
        "          and 28 more series: forecast check a.csv shows all",
        "Plan      forecast 5 steps ahead",
    ]
    assert forecast("train", "a.csv", "-v").err.count("failed: s") == 30


@pytest.mark.parametrize(
    "command", [["train", "a.csv"], ["predict", "-o", "x.csv"], ["evaluate", "a.csv", "-o", "x.csv"]]
)
def test_quiet_is_silent_on_success(forecast: Forecast, command: list[str]) -> None:
    result = forecast(*command, "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_a_dry_run_tells_what_it_would_do(forecast: Forecast) -> None:
    lines = forecast("train", "a.csv", "--dry-run").err.splitlines()
    assert lines[-2:] == ["Plan      forecast 5 steps ahead", "Dry run   nothing was trained, nothing was written"]
    lines = forecast("train", "a.csv", "--dry-run", "--verbose").err.splitlines()
    assert lines[-5:] == [
        "Sizes",
        "  rows   2769",
        "  start  2010-01-04",
        "",
        "Dry run   nothing was trained, nothing was written",
    ]


def test_the_verdict_of_evaluate_is_not_data(forecast: Forecast) -> None:
    result = forecast("evaluate", "a.csv")
    accuracy = "Worse than repeating the last value, on 5 forecasts of the past: errors are 1 % larger"
    assert f"Accuracy  {accuracy}, which may be chance" in result.err
    assert "Verdict" not in result.err
    assert "orse" not in result.out
    details = forecast("evaluate", "a.csv", "--verbose").err
    assert "Verdict\n  No better than last value" in details
    assert "Chosen\n  season  5  steps in a week" in details


@pytest.mark.slow
def test_of_many_series_the_hardest_are_named(forecast: Forecast, fake: Any) -> None:
    fake.series = tuple(f"series {i}" for i in range(12))
    named = "The largest scaled errors are those of series 11, series 10, series 9; --per-series shows all 12 series."
    assert named in forecast("evaluate", "a.csv").err
    lines = forecast("evaluate", "a.csv", "-v").err.splitlines()
    start = lines.index("Hardest series, with the skill in percent against last_value")
    assert lines[start + 1].split() == ["unique_id", "mase", "skill"]
    assert [line.split()[1] for line in lines[start + 2 : start + 12]] == [str(i) for i in range(11, 1, -1)]
    assert lines[start + 2].split() == ["series", "11", "5.500", "-1.2"]
    assert "Hardest" not in forecast("evaluate", "a.csv", "--per-series", "-v").err
    assert "Hardest" not in forecast("evaluate", "a.csv", "--quiet", "-v").err
    fake.series = fake.series[:10]
    assert "Hardest" not in forecast("evaluate", "a.csv", "-v").err
    assert "largest" not in forecast("evaluate", "a.csv").err


def test_a_terminal_sees_progress_and_the_next_step(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    forecast("train", "a.csv", "-o", "my model.joblib")
    assert "training" in terminal.text
    assert "3/30" in terminal.text
    *_, next_step, elapsed = terminal.text.splitlines()
    assert next_step.endswith("forecast predict --model 'my model.joblib'")
    assert "Time" in elapsed
    before = terminal.text
    forecast("train", "a.csv", "--quiet")
    assert terminal.text == before


@pytest.mark.parametrize("variable", [("CI", "1"), ("TERM", "dumb")])
def test_nothing_moves_where_nobody_watches(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any, variable: tuple[str, str]
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv(*variable)
    forecast("train", "a.csv")
    assert "3/30" not in terminal.text


def test_no_color_leaves_no_colours(forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CI", "1")
    forecast("predict")
    assert "\x1b[3" not in terminal.text
    forecast("predict", "--horizon", "0")
    assert "\x1b[3" not in terminal.text


def test_sentences_fill_the_width_of_a_terminal(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    fake.findings = (Finding("LONG", "word " * 40, Place("prices.csv")),)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    forecast("predict")
    *lines, elapsed = terminal.text.splitlines()
    assert elapsed.startswith("Time")
    assert len(lines) == 2
    assert 70 < max(map(len, lines)) <= 80
    assert lines[1].startswith("          word")


def test_a_terminal_has_the_main_findings_above_a_result(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    columns = Finding("CHOSEN", "time column ds, target y", Place("a.csv"))
    many = [Finding("GAP", f"gap {i}", Place("a.csv", i, "y")) for i in range(30)]
    others = [Finding(code, code.lower(), Place("a.csv")) for code in ("MISSING", "DUP", "NONPOSITIVE", "JUMP")]
    fake.findings = (columns, *many, *others, Finding("ZERO-SHOT", "forecast.joblib is not used: it is of other data"))
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    forecast("predict", "a.csv", "--no-chart")
    assert terminal.text.splitlines()[:5] == [
        "Columns   time column ds, target y",
        "Found     forecast.joblib is not used: it is of other data",
        "Found     jump; kept",
        "Found     line 0: gap 0 (and 29 more)",
        "          and 3 more findings: forecast check a.csv --verbose shows all",
    ]


def test_of_many_findings_the_first_are_listed(forecast: Forecast, fake: Any) -> None:
    fake.findings = tuple(Finding("GAP", f"gap {i}", Place(f"{i}.csv")) for i in range(30))
    lines = forecast("predict").err.splitlines()
    assert lines[19:] == ["note: 19.csv: gap 19", "note: and 10 more"]


def test_names_cannot_command_a_terminal(forecast: Forecast, fake: Any) -> None:
    fake.findings = (Finding("X", "column \x1b[31mred\x07", Place("a\nb.csv")),)
    fake.failed = {"\x1b[2J": "too \x9bshort"}
    result = forecast("predict")
    assert result.err == "note: a\\nb.csv: column \\x1b[31mred\\x07\n\nfailed: \\x1b[2J: too \\x9bshort\n"


def test_work_goes_on_when_nobody_listens(forecast: Forecast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "err"
    with path.open("w") as stream:
        monkeypatch.setattr(sys, "stderr", Broken(stream))
        assert forecast("predict").code == 0
    assert path.read_text() == ""


class Broken:
    """A stream whose reader has gone."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_the_next_command_stays_on_one_line(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any, tmp_path: Path
) -> None:
    folder = tmp_path / ("a folder with a very long name " * 3).strip()
    folder.mkdir()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "dumb")
    forecast("train", "a.csv", "-o", f"{folder}/m.joblib")
    assert terminal.text.splitlines()[-2] == f"Next      forecast predict --model '{folder}/m.joblib'"
