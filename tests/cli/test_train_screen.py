"""What `train` shows of real files: all of it on one screen, in words that need no explanation."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats

RNG = np.random.default_rng(0)
DAYS = pd.date_range("2020-01-01", periods=400, freq="D")
WEEKLY = 100 + 10 * np.sin(2 * np.pi * np.arange(400) / 7) + RNG.normal(size=400)
JARGON = re.compile(
    r"cutoff|quantile|\bwql\b|\bmase\b|\bmae\b|p[-_ ]?value|\bp [=<>]|\bt =|hyperparameter|digest|epoch", re.IGNORECASE
)


def frame(values: Floats, name: str = "") -> pd.DataFrame:
    columns = {"ds": DAYS[: len(values)], "y": values.round(3)}
    return pd.DataFrame({"unique_id": name, **columns} if name else columns)


def panel() -> pd.DataFrame:
    """Return 30 series, of which ten are too short."""
    return pd.concat([frame(WEEKLY[: 2 if i < 10 else 120] + i, f"shop {i}") for i in range(30)])


def with_faults() -> pd.DataFrame:
    """Return rows with a slip, values that stand still, gaps, a row that is repeated, and in the wrong order."""
    table = frame(WEEKLY).drop(index=[*range(60, 65), 200, 201])
    table.loc[300, "y"] = 9000.0
    table.loc[100:140, "y"] = 100.0
    return pd.concat([table[::-1], table[:1]])


FILES: dict[str, Callable[[], pd.DataFrame]] = {
    "season": lambda: frame(WEEKLY),
    "price": lambda: frame(100 * np.exp(RNG.normal(0, 0.01, 400).cumsum())),
    "rare": lambda: frame(np.where(RNG.random(400) < 0.1, 3.0, 0.0)),
    "constant": lambda: frame(np.full(50, 7.0)),
    "panel": panel,
    "faults": with_faults,
}


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: Any) -> Callable[[str], list[str]]:
    """Return a function that runs a command on a terminal of 80 columns and returns the lines of standard error."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"COLUMNS": "80", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)

    def run(arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "stderr", terminal)
        assert main(arguments.split()) in {0, 3}, terminal.text
        return str(terminal.text).splitlines()

    return run


@pytest.mark.sampled("season", "price", "constant", "faults")
@pytest.mark.parametrize("name", FILES)
def test_without_the_chart_what_matters_fits_twenty_lines_and_has_no_jargon(
    screen: Callable[[str], list[str]], name: str
) -> None:
    FILES[name]().to_csv(f"{name}.csv", index=False)
    lines = screen(f"train {name}.csv --no-chart")
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 80
    assert not JARGON.search("\n".join(lines))
    labels = [line.split()[0] for line in lines if line[0] != " "]
    assert [label for label in labels if label not in {"Found", "Failed"}] == [
        *("Read", "Columns", "Plan", "Method", "Accuracy", "Model", "Next", "Time")
    ]


@pytest.mark.slow
def test_a_panel_is_counted_and_its_failed_series_are_named(screen: Callable[[str], list[str]]) -> None:
    panel().to_csv("panel.csv", index=False)
    text = "\n".join(screen("train panel.csv --no-chart"))
    assert text.startswith(
        "Read      20 series of panel.csv: 2,400 rows from 2020-01-01 to 2020-04-29,\n          daily"
    )
    assert "\nFailed    shop 0: too few rows: have 2, need 3\n" in text
    assert "\n          and 8 more series: forecast check panel.csv shows all\n" in text


def test_a_dry_run_plans_and_names_no_result(screen: Callable[[str], list[str]]) -> None:
    frame(WEEKLY).to_csv("season.csv", index=False)
    lines = screen("train season.csv --dry-run")
    assert lines[-2] == "Dry run   nothing was trained, nothing was written"
    assert not any(line.startswith(("Method", "Accuracy", "Model")) for line in lines)
    assert not Path("forecast.joblib").exists()


def test_a_model_has_a_page_for_its_user(
    screen: Callable[[str], list[str]], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    frame(WEEKLY).to_csv("season.csv", index=False)
    accuracy = next(line for line in screen("train season.csv") if line.startswith("Accuracy"))
    screen("inspect")
    page = capfdbinary.readouterr().out.decode()
    assert page.startswith("Model       forecast.joblib, ")
    assert "Trained on  series season: 400 rows from 2020-01-01 to 2021-02-03, daily, a season of 7 steps" in page
    assert accuracy.partition("  ")[2].split(",")[0] in page
    assert page.endswith("Next        forecast predict\nDetails     forecast inspect --verbose\n")
    assert not JARGON.search(page)
