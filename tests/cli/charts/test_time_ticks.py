"""Ticks of time: the first rows of round periods, with texts that do not touch each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.cli.charts.time_ticks import GAP, text_span, time_ticks


def stamps(first: str, count: int, step: int, unit: str) -> np.ndarray:
    return (np.datetime64(first) + np.arange(count) * np.timedelta64(step, unit)).astype("datetime64[us]")


HOURS = np.concatenate([stamps(f"2024-03-{day:02}T09:30", 7, 1, "h") for day in (4, 5, 6, 7, 8, 11, 12)])
CASES = {
    "years": (stamps("1960-01", 50, 12, "M"), ["1960", "1970", "1980", "1990", "2000"]),
    "year ends": (stamps("1960-12-31", 49, 31_557_600, "s"), ["1970", "1980", "1990", "2000"]),
    "quarters": (stamps("2019-04", 12, 3, "M"), ["2020", "2021", "2022"]),
    "months": (stamps("2019-11", 12, 1, "M"), ["Jan 2020", "Apr", "Jul", "Oct"]),
    "weeks": (stamps("2024-01-07", 40, 7, "D"), ["Mar 2024", "May", "Jul", "Sep"]),
    "days": (stamps("2024-12-20", 30, 1, "D"), ["23 Dec 2024", "30 Dec", "6 Jan 2025", "13 Jan"]),
    "few days": (stamps("2024-02-28", 4, 1, "D"), ["28 Feb", "29 Feb", "1 Mar", "2 Mar"]),
    "hours of sessions": (HOURS, ["4 Mar 2024", "11 Mar"]),
    "half hours": (stamps("2024-12-31T10:00", 60, 30, "m"), ["31 Dec 12:00", "1 Jan", "12:00"]),
    "seconds": (stamps("2024-12-31T23:59:50", 21, 1, "s"), ["31 Dec 23:59:50", "1 Jan", "00:00:10"]),
    "counted": (np.arange(980, 1100), ["980", "1,000", "1,020", "1,040", "1,060", "1,080"]),
    "one row": (stamps("2024-12-31", 1, 1, "D"), ["2024-12-31"]),
    "one moment": (stamps("2024-12-31T10:30", 1, 1, "D"), ["2024-12-31 10:30:00"]),
    "no room for two": (stamps("2012-02", 50, 1, "M"), ["2015"]),
    "two numbers": (np.array([5, 17]), ["5", "17"]),
}


@pytest.mark.parametrize("name", CASES)
def test_texts_are_round_and_as_short_as_they_can_be(name: str) -> None:
    ds, texts = CASES[name]
    columns = 8 if name == "no room for two" else 60
    assert [tick.text for tick in time_ticks(ds, columns)] == texts


@given(
    count=st.integers(1, 300),
    step=st.sampled_from([1, 60, 900, 3600, 86_400, 604_800, 31_557_600]),
    first=st.integers(-(10**9), 10**9),
    columns=st.integers(12, 200),
)
def test_texts_never_touch(count: int, step: int, first: int, columns: int) -> None:
    ds = (np.datetime64(0, "s") + (first + np.arange(count) * step) * np.timedelta64(1, "s")).astype("datetime64[us]")
    ticks = time_ticks(ds, columns)
    spans = [text_span(tick, count, columns) for tick in ticks]
    assert ticks
    assert all(left[1] + GAP <= right[0] for left, right in pairwise(spans))
    assert all(begin >= 0 for begin, _ in spans)
    assert columns < 20 or all(end <= columns for _, end in spans)
