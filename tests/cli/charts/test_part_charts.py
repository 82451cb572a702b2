"""The parts of a forecast on a terminal: a line each, which is no wider than the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.cli.charts.part_charts import BLOCKS, LETTERS, part_chart
from forecaster.cli.terminal import shows_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

Forecast = Any
PARTS = ("level", "season-7", "holidays", "covariates")


def explained(ids: Sequence[str] = ("sales",), horizon: int = 14) -> pd.DataFrame:
    """Return a forecast with a weekend, a holiday on its sixth day and a part that adds nothing."""
    steps = np.arange(horizon)
    parts = {
        "level": 200 + 7.5 * steps / max(horizon - 1, 1),
        "season-7": np.where(steps % 7 >= 5, 70.0, -10.0),
        "holidays": np.where(steps == 5, -120.25, 0.0),
        "covariates": np.full(horizon, -1e-9),
    }
    columns = {"forecast": sum(parts.values()), **parts}
    rows = {"unique_id": np.repeat(np.array(ids, object), horizon)}
    rows["ds"] = np.tile(pd.date_range("2021-12-20", periods=horizon), len(ids))
    return pd.DataFrame(rows | {name: np.tile(values, len(ids)) for name, values in columns.items()})


CHART = """\
forecast     152.6 to 277.5  ▃▃▃▃▃▁█▃▃▃▃▃██
level        200.0 to 207.5  ▁▂▂▃▃▄▄▅▅▆▆▇▇█
season-7     -10.0 to  70.0  ▁▁▁▁▁██▁▁▁▁▁██
holidays    -120.2 to   0.0  █████▁████████
covariates     0.0           ▁▁▁▁▁▁▁▁▁▁▁▁▁▁
"""


def test_each_part_has_its_range_and_its_course() -> None:
    chart = part_chart(explained(), PARTS, 80, blocks=True)
    assert chart.title == "Forecast of sales, 2021-12-20 to 2022-01-02"
    assert "\n".join(chart.lines) + "\n" == CHART


def test_letters_stand_in_for_blocks() -> None:
    chart = part_chart(explained(), PARTS, 80, blocks=False)
    assert "\n".join(chart.lines) + "\n" == CHART.translate(str.maketrans(BLOCKS, LETTERS))


@pytest.mark.parametrize(("width", "steps", "marks"), [(58, 4, 25), (88, 2, 50), (158, 1, 100), (20, 13, 8)])
def test_steps_are_averaged_where_the_terminal_is_narrower(width: int, steps: int, marks: int) -> None:
    title, lines = part_chart(explained(horizon=100), PARTS, width, blocks=True)
    assert title.endswith(f", each mark the mean of {steps} steps") == (steps > 1)
    assert [len(line.split()[-1]) for line in lines] == [marks] * 5
    assert max(map(len, lines)) <= max(width, 37)


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e9, 1e305])
def test_ranges_of_any_size_are_below_each_other(size: float) -> None:
    frame = explained()
    numbers = frame.columns[2:]
    lines = part_chart(frame.assign(**(frame[list(numbers)] * size)), PARTS, 80, blocks=True).lines
    assert len({line.index(" to ") for line in lines[:4]}) == 1
    assert lines[3].endswith("█████▁████████")


def test_one_step_has_one_mark() -> None:
    assert [line.split()[-1] for line in part_chart(explained(horizon=1), PARTS, 80, blocks=True).lines] == ["▁"] * 5


def test_the_chart_is_on_the_terminal_alone(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    fake.frame, fake.parts, fake.findings = explained(), PARTS, ()
    assert forecast("predict", "--explain").err == ""
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CI", "1")  # no progress
    monkeypatch.setenv("COLUMNS", "80")
    assert "Forecast of" not in forecast("predict", "--explain").out
    *lines, elapsed = [line.rstrip() for line in terminal.text.splitlines()]
    assert "Time" in elapsed
    assert lines[2:] == [f"  {line}" for line in CHART.splitlines()]
    assert lines[0] == ""
    assert "Forecast of sales" in lines[1]


def test_quiet_draws_nothing(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    fake.frame, fake.parts = explained(), PARTS
    monkeypatch.setattr(sys, "stderr", terminal)
    assert forecast("predict", "--explain", "--quiet").code == 0
    assert terminal.text == ""


def test_of_many_series_the_first_are_drawn(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    fake.frame, fake.parts, fake.findings = explained([f"shop {i}\x1b[2J" for i in range(7)]), PARTS, ()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "60")
    forecast("predict", "--explain")
    *lines, elapsed = terminal.text.splitlines()
    assert elapsed.startswith("Time")
    assert [line[:22] for line in lines if line.startswith("Forecast")] == [
        f"Forecast of shop {i}\\x1b"[:22] for i in range(4)
    ]
    assert lines[-1] == "and 3 more series"
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in terminal.text
    assert terminal.text.isascii()


@pytest.mark.parametrize(
    ("name", "term", "shown"),
    [("utf-8", "xterm", True), ("utf-8", "dumb", False), ("utf-8", "linux", False), ("cp1252", "xterm", False)],
)
def test_blocks_are_for_terminals_that_have_them(
    terminal: Any, monkeypatch: pytest.MonkeyPatch, name: str, term: str, shown: bool
) -> None:
    terminal.reconfigure(encoding=name)
    monkeypatch.setenv("TERM", term)
    assert shows_blocks(terminal) is shown
