"""Files without dates: rows are steps, and what does not certainly count them is no counter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

VALUES = [f"{50 + (i * 7) % 10}.5" for i in range(30)]
NOTE = (
    "there are no dates: each row is one step, forecasts continue the numbers, "
    "and --season is the number of steps in a season"
)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files of a test into a folder of its own."""
    monkeypatch.chdir(tmp_path)


def write(*lines: str) -> str:
    Path("plain.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "plain.csv"


@pytest.mark.parametrize(
    ("lines", "first", "time"),
    [
        (["sales", *VALUES], 1, "step"),
        (VALUES, 1, "step"),
        ([value[:2] for value in VALUES], 1, "step"),
        (["obs,sales", *(f"{i},{value}" for i, value in enumerate(VALUES, 1))], 1, "obs"),
        ([f"{i},{value}" for i, value in enumerate(VALUES)], 0, "1"),
        ([",sales", *(f"{i},{value}" for i, value in enumerate(VALUES))], 0, None),
        (["t;sales", *(f"{i};{value}" for i, value in enumerate(VALUES, 9))], 9, "t"),
    ],
)
def test_rows_without_dates_are_steps(lines: list[str], first: int, time: str | None) -> None:
    source = read_sources([write(*lines)], Selection())
    assert source.panel.ds.tolist() == list(range(first, first + 30))
    assert source.panel.future(2).tolist() == [[first + 30, first + 31]]
    assert source.selection.time == time
    assert [each.text for each in source.findings if each.code == "STEPS"] == [NOTE]


def test_more_rows_of_one_column_are_read_as_the_model_says() -> None:
    selection = read_sources([write("sales", *VALUES)], Selection()).selection
    longer = read_sources([write("sales", *VALUES, "7")], selection)
    assert longer.panel.ds[-1] == 31
    assert "STEPS" not in {each.code for each in longer.findings}


@pytest.mark.parametrize(
    "lines",
    [
        ["Close", *VALUES],
        ["a,b", *(f"{i},{i}" for i in range(1, 31))],
        ["a,b", *(f"{value},{value}" for value in VALUES)],
        ["a,b", *(f"{i + (i > 9)},{value}" for i, value in enumerate(VALUES))],
        ["a,b", *(f"{i},{value}" for i, value in enumerate(VALUES, 100))],
    ],
)
def test_what_does_not_certainly_count_the_rows_is_no_counter(lines: list[str]) -> None:
    with pytest.raises(InputRefusedError, match="there is no column of dates"):
        read_sources([write(*lines)], Selection())


def test_prices_of_sessions_without_dates_are_counted_where_the_user_says_so() -> None:
    with pytest.raises(InputRefusedError, match="add one, or count the rows with --time step"):
        read_sources([write("Close", *VALUES)], Selection())
    counted = read_sources([write("Close", *VALUES)], Selection(time="step"))
    assert counted.panel.ds.tolist() == list(range(1, 31))


def test_a_column_of_dates_alone_has_no_values() -> None:
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-02-01"))
    for lines in (["when", *map(str, days)], ["year", *map(str, range(1990, 2020))]):
        with pytest.raises(InputRefusedError, match="there is no column of numbers"):
            read_sources([write(*lines)], Selection())


def test_a_wrong_value_is_refused_with_its_line() -> None:
    with pytest.raises(InputRefusedError, match=r"plain.csv:32: column sales: 'x' is not a number"):
        read_sources([write("sales", *VALUES, "x")], Selection())
