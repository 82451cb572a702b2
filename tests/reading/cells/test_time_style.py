"""Forecasts are written as their file writes its times, or in ISO where that would lose something."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.reading.cells.time_style import TimeStyle, write_times


def stamps(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[us]")


@pytest.mark.parametrize(
    ("texts", "style", "written"),
    [
        (["2024-01-31"], TimeStyle(), ["2024-01-31"]),
        (["2024-01-31", "2024-01-31T09:30"], TimeStyle(), ["2024-01-31 00:00:00", "2024-01-31 09:30:00"]),
        (["2024-01-31T09:30:00.5"], TimeStyle(), ["2024-01-31 09:30:00.500000"]),
        (["2024-01-31"], TimeStyle("DD.MM.YYYY"), ["31.01.2024"]),
        (["2024-01-31T09:30"], TimeStyle("DD.MM.YYYY"), ["2024-01-31 09:30:00"]),
        (["2024-01-31T09:30:15"], TimeStyle("DD.MM.YYYY HH:MMZ", "UTC"), ["2024-01-31 09:30:15Z"]),
        (["2024-01-31T09:30:15"], TimeStyle("DD.MM.YYYY HH:MMZ", "+02:00"), ["2024-01-31 09:30:15+02:00"]),
        (["2024-01-31T09:30:00.25"], TimeStyle("HH:MM:SS.f D/M/YYYY"), ["2024-01-31 09:30:00.250000"]),
        (["2024-01-01", "2024-02-01"], TimeStyle("Mon-YYYY"), ["Jan-2024", "Feb-2024"]),
        (["2024-01-01", "2024-02-02"], TimeStyle("Mon-YYYY"), ["2024-01-01", "2024-02-02"]),
        (["2024-01-01"], TimeStyle("YYYY"), ["2024"]),
        (["2024-01-31T21:00"], TimeStyle("YYYY-MM-DD HH-AM"), ["2024-01-31 09-PM"]),
        (["2022-01-03T00:00:00.5"], TimeStyle("seconds since 1970", "UTC"), ["1641168000.5"]),
        (["2022-01-03"], TimeStyle("nanoseconds since 1970", "UTC"), ["1641168000000000000"]),
    ],
)
def test_styles(texts: list[str], style: TimeStyle, written: list[str]) -> None:
    assert write_times(stamps(*texts), style).tolist() == written


def test_any_shape_is_kept_and_counts_are_written_as_they_are() -> None:
    grid = stamps("2024-01-31", "2024-02-01", "2024-01-31", "2024-02-02").reshape(2, 2)
    assert write_times(grid, TimeStyle("D/M/YYYY")).tolist() == [["31/1/2024", "1/2/2024"], ["31/1/2024", "2/2/2024"]]
    assert write_times(np.array([[3, -4]]), TimeStyle()).tolist() == [["3", "-4"]]
    assert write_times(stamps(), TimeStyle()).tolist() == []
