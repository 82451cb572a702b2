"""Periods without rows: zero for events, missing for readings at equal steps, and zero behind a continued series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecaster.errors import Code
from forecaster.reading.reader import ReadResult, read_sources
from forecaster.spec import Selection

FIVE_MINUTES = np.arange("2024-01-01", "2024-01-03", 5, dtype="datetime64[m]")
OUTAGE = slice(100, 200)
"""From 8:20 to 16:40: seven hours have no readings, and two have some."""


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*rows: tuple[object, ...], header: str = "time,kwh") -> list[str]:
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    Path("meter.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ["meter.csv"]


def read(*rows: tuple[object, ...], every: str = "hour", agg: str = "sum") -> ReadResult:
    return read_sources(write(*rows), Selection(every=every, agg=agg))


def partial(source: ReadResult) -> list[str]:
    return [each.text for each in source.findings if each.code == Code.PARTIAL]


def test_hours_without_readings_are_missing_and_those_with_some_are_named() -> None:
    times = np.delete(FIVE_MINUTES, OUTAGE)
    source = read(*((time, 1 + i % 3) for i, time in enumerate(times)))
    assert (len(source.panel.values), source.panel.values.min()) == (41, 7)
    assert partial(source) == [
        "2 periods lack some of the rows, the first at 2024-01-01 08:00: their sums are too small"
    ]
    assert [each.code for each in source.findings if "7 expected rows are missing" in each.text] == [Code.GAP]


def test_hours_without_readings_are_counted_as_zero() -> None:
    source = read(*((time, 1) for time in np.delete(FIVE_MINUTES, OUTAGE)), agg="count")
    assert (source.panel.values == 0).sum() == 7


@pytest.mark.parametrize("repeated", [False, True])
def test_hours_without_events_are_zero(repeated: bool) -> None:
    times = np.delete(FIVE_MINUTES, OUTAGE)
    times = np.repeat(times, 2) if repeated else times[::4] + np.arange(len(times[::4])) % 3
    source = read(*((time, 1 + i % 3) for i, time in enumerate(times)))
    assert (len(source.panel.values), (source.panel.values == 0).sum()) == (48, 7)
    assert not partial(source)


def test_days_in_which_a_clock_changes_lack_no_readings() -> None:
    times = np.arange("2024-03-28", "2024-04-03", 60, dtype="datetime64[m]")
    spring = times != np.datetime64("2024-03-31T02:00")
    assert not partial(read(*((time, 1 + i % 3) for i, time in enumerate(times[spring])), every="day"))


@pytest.mark.parametrize(("first", "zeros"), [("2024-01-05", 2), ("2024-01-06", 1), ("2024-01-03", 2)])
def test_a_continued_series_without_rows_at_first_had_no_events(first: str, zeros: int) -> None:
    selection = Selection(every="day", agg="sum", targets=("kwh",), series="shop")
    header = "time,shop,kwh"
    days = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")
    rows = [(day, shop, 3) for day in days for shop in "AB"]
    continued = read_sources(write(*rows, header=header), selection).panel
    newer = np.arange(first, "2024-01-11", dtype="datetime64[D]")
    late = np.datetime64("2024-01-07")
    rows = [(day, shop, 2) for day in newer for shop in "ABC" if shop == "A" or day >= late]
    panel = read_sources(write(*rows, header=header), selection, continued=continued).panel
    for name, count in (("A", 0), ("B", zeros), ("C", 0)):
        values = panel.values[panel.slice(panel.ids.index(name))]
        assert (values == 0).sum() == count, name
