"""Rows between the steps of others are found where they are few."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.extra_rows import find_extra_rows

DAYS = np.arange("2021-01-01", "2023-01-01", dtype="datetime64[D]")


def with_row(times: np.ndarray, extra: str) -> tuple[np.ndarray, int]:
    """Return the time stamps with one more, and its number."""
    stamp = np.datetime64(extra, "us")
    ds = np.sort(np.append(times.astype("datetime64[us]"), stamp))
    return ds, int(np.searchsorted(ds, stamp))


@pytest.mark.parametrize(
    ("times", "extra"),
    [
        (DAYS + np.timedelta64(9, "h"), "2022-05-04T12:00"),
        (DAYS + np.timedelta64(9, "h"), "2022-05-04T06:00"),
        (DAYS + np.timedelta64(9, "h"), "2021-01-01T05:00"),
        (DAYS, "2022-12-31T12:00"),
        (DAYS[np.is_busday(DAYS)] + np.timedelta64(9, "h"), "2022-05-06T12:00"),
        (DAYS[::7], "2022-05-04"),
        (np.arange("2015-01", "2022-01", dtype="datetime64[M]"), "2018-03-17"),
        (np.arange("2000-01", "2022-01", 3, dtype="datetime64[M]"), "2018-03-17"),
        (np.arange("2022-01-01", "2022-03-01", dtype="datetime64[h]"), "2022-02-03T10:17"),
        (np.arange("2022-01-01", "2022-03-01", dtype="datetime64[h]"), "2022-01-01T00:20"),
        (np.arange("2022-01-01", "2022-01-09", 15, dtype="datetime64[m]"), "2022-01-03T10:17"),
    ],
)
def test_one_row_too_many_is_found(times: np.ndarray, extra: str) -> None:
    ds, row = with_row(times, extra)
    assert find_extra_rows(ds).tolist() == [row]
    assert not len(find_extra_rows(np.delete(ds, row)))


def test_one_count_too_many_is_found() -> None:
    counts = np.sort(np.append(np.arange(0, 1000, 10), 503))
    assert find_extra_rows(counts).tolist() == [51]


def test_more_rows_are_no_slips() -> None:
    morning = DAYS + np.timedelta64(9, "h")
    evening = DAYS[:60] + np.timedelta64(18, "h")
    assert not len(find_extra_rows(np.sort(np.append(morning, evening)).astype("datetime64[us]")))


def test_midnight_of_a_place_with_summer_time_comes_twice_in_a_day_of_utc() -> None:
    summer = np.isin(DAYS, np.arange("2021-03-29", "2021-11-01", dtype="datetime64[D]"))
    ds = (DAYS - summer * np.timedelta64(1, "h")).astype("datetime64[us]")
    assert (np.diff(ds.astype("datetime64[D]").astype(np.int64)) == 0).any()
    assert not len(find_extra_rows(ds))


def test_steps_of_changing_length_have_no_extra_rows() -> None:
    days = np.cumsum(np.random.default_rng(0).integers(3, 11, 200))
    assert not len(find_extra_rows((np.datetime64("2020-01-01") + days).astype("datetime64[us]")))
