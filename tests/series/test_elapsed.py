"""Time as a number: typical steps of each series, from its own start, and from its end to what is asked for."""

from __future__ import annotations

import numpy as np

from forecaster.series.elapsed import LONGEST_SILENCE, elapsed, lead_times_to, silences
from forecaster.series.panel import panel_from_series

DAY = np.timedelta64(1, "D")
MONDAY = np.datetime64("2024-01-01", "us")
DATES = panel_from_series(
    [
        ("a", MONDAY + np.array([0, 2, 4, 5, 11]) * DAY, np.arange(5.0)),  # typically 2 days
        ("b", MONDAY + np.array([3, 7, 11, 12]) * DAY, np.arange(4.0)),  # typically 4 days
    ],
    irregular=True,
)
COUNTS = panel_from_series([("a", np.array([10, 13, 16, 20]), np.arange(4.0))], irregular=True)


def test_equal_steps_need_no_time() -> None:
    assert elapsed(panel_from_series([("a", np.arange(9), np.arange(9.0))])) is None


def test_time_is_counted_in_typical_steps_since_the_start_of_each_series() -> None:
    found = elapsed(DATES)
    assert found is not None
    assert found.dtype == np.float64
    assert found.tolist() == [0, 1, 2, 2.5, 5.5, 0, 1, 2, 2.25]


def test_integer_time_is_counted_the_same_way() -> None:
    found = elapsed(COUNTS)
    assert found is not None
    np.testing.assert_allclose(found, [0, 1, 2, 10 / 3], rtol=1e-15)
    np.testing.assert_allclose(lead_times_to(COUNTS, np.array([[21, 26]])), [[1 / 3, 2]], rtol=1e-15)


def test_lead_times_are_counted_from_the_last_row_of_each_series() -> None:
    asked = MONDAY + np.array([[12, 15], [12, 14]]) * DAY
    asked[0, 0] += np.timedelta64(12, "h")
    assert lead_times_to(DATES, asked).tolist() == [[0.75, 2.0], [0.0, 0.5]]


def test_the_end_of_a_series_is_enough_for_its_lead_times() -> None:
    asked = MONDAY + np.array([[20], [20]]) * DAY
    assert lead_times_to(DATES.tail(1), asked).tolist() == lead_times_to(DATES, asked).tolist()
    whole, tail = elapsed(DATES), elapsed(DATES.tail(2))
    assert whole is not None
    assert tail is not None
    assert np.diff(tail)[[0, 2]].tolist() == np.diff(whole)[[3, 7]].tolist()


SILENT = panel_from_series(
    [
        ("once", MONDAY + np.array([0, 1, 2, 3, 503, 504]) * DAY, np.arange(6.0)),
        ("never", MONDAY + np.array([0, 1, 2, 22, 23]) * DAY, np.arange(5.0)),
        ("twice", MONDAY + np.array([0, 30, 31, 32, 33, 34, 134]) * DAY, np.arange(7.0)),
    ],
    irregular=True,
)


def test_a_silence_counts_as_twenty_steps_at_most() -> None:
    found = elapsed(SILENT)
    assert found is not None
    assert LONGEST_SILENCE == 20
    assert found.tolist() == [0, 1, 2, 3, 23, 24, 0, 1, 2, 22, 23, 0, 20, 21, 22, 23, 24, 44]


def test_silences_that_count_as_shorter_are_findings() -> None:
    assert [str(finding) for finding in silences(SILENT)] == [
        "series once: no row for more than 20 typical steps, once, the longest time after 2024-01-04; it counts as 20",
        (
            "series twice: no row for more than 20 typical steps, 2 times, "
            "the longest time after 2024-02-04; it counts as 20"
        ),
    ]
    assert silences(COUNTS) == ()
    assert silences(panel_from_series([("a", np.arange(9), np.arange(9.0))])) == ()
