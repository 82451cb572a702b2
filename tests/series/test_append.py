"""Newer rows behind a model's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.series.append import append_newer_rows, check_logarithms
from forecaster.series.covariates import Covariates
from forecaster.series.panel import Panel, panel_from_series
from forecaster.series.transforms import ASINH, LOG, PLAIN, Transform


def days(first: str, values: list[float], name: str = "a") -> Panel:
    stamps = np.datetime64(first, "us") + np.arange(len(values)) * np.timedelta64(1, "D")
    return panel_from_series([(name, stamps, np.array(values))])


KEPT = days("2024-01-01", [1, 2, 3, 4, 5, 6, 7, 8])


def test_new_rows_follow_the_kept_ones() -> None:
    joined, findings = append_newer_rows(KEPT, days("2024-01-09", [9, 10]), rows=8)
    assert joined.values.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert findings == []


def test_overlapping_rows_are_the_newer_ones_and_a_changed_value_is_a_finding() -> None:
    joined, findings = append_newer_rows(KEPT, days("2024-01-07", [7, 8.5, 9]), rows=8)
    assert joined.values.tolist() == [1, 2, 3, 4, 5, 6, 7, 8.5, 9]
    assert [str(finding) for finding in findings] == [
        "series a: 1 of the last 8 values that the model keeps have changed: the file's are used"
    ]


def test_a_gap_is_refused_if_the_rows_after_it_are_too_few() -> None:
    with pytest.raises(InputRefusedError) as error:
        append_newer_rows(KEPT, days("2024-01-12", [12, 13]), rows=8)
    assert str(error.value) == (
        "series a: rows are missing between 2024-01-08 and 2024-01-12; give the rows from 2024-01-09 on"
    )


def test_after_a_gap_enough_rows_are_used_alone() -> None:
    joined, _ = append_newer_rows(KEPT, days("2024-02-01", list(range(10))), rows=8)
    assert joined.values.tolist() == list(range(10))


def test_rows_that_end_before_the_models_are_used_and_are_a_finding() -> None:
    joined, findings = append_newer_rows(KEPT, days("2024-01-02", [2, 3]), rows=8)
    assert joined.values.tolist() == [1, 2, 3]
    assert "end at 2024-01-03, before the model's at 2024-01-08: the forecast starts there" in str(findings[0])


def test_another_kind_of_time_is_refused() -> None:
    counted = panel_from_series([("a", np.arange(10), np.arange(10.0))])
    with pytest.raises(InputRefusedError, match="not of the kind that the model was trained on; write times as"):
        append_newer_rows(KEPT, counted, rows=8)


def test_observed_columns_are_appended_and_known_ones_are_not() -> None:
    def with_volume(panel: Panel, volume: float) -> Panel:
        rows = len(panel.values)
        ends = np.array([rows + 2])
        columns = Covariates(
            ("volume",), ("promo",), volume + panel.values[None], np.ones((1, rows + 2)), ends * 0, ends
        )
        return replace(panel, covariates=columns)

    joined, _ = append_newer_rows(with_volume(KEPT, 100), with_volume(days("2024-01-07", [7, 8, 9]), 200), rows=8)
    found = joined.covariates
    assert found is not None
    assert found.observed_values.tolist() == [[101, 102, 103, 104, 105, 106, 207, 208, 209]]
    assert (found.observed, found.known, found.known_values.shape) == (("volume",), (), (0, 9))
    assert (found.start.tolist(), found.stop.tolist()) == ([0], [9])
    behind_a_gap, _ = append_newer_rows(
        with_volume(KEPT, 100), with_volume(days("2024-02-01", list(range(10))), 0), rows=8
    )
    assert behind_a_gap.covariates is not None
    assert behind_a_gap.covariates.observed_values.tolist() == [list(range(10))]


def dated(stamps: np.ndarray[Any, Any], name: str = "a") -> Panel:
    return panel_from_series([(name, stamps.astype("datetime64[us]"), np.arange(1.0, len(stamps) + 1))])


MONTHS = np.arange("2020-01", "2024-01", dtype="datetime64[M]").astype("datetime64[D]")
DAYS = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-03-01"))
BUSINESS = DAYS[np.is_busday(DAYS)]
HOURS = np.datetime64("2024-01-01T00", "h") + np.arange(500)


@pytest.mark.parametrize(
    ("kept", "newer", "steps"),
    [
        (MONTHS, DAYS, "every day, not every month, on day 1 of the month"),
        (DAYS, MONTHS, "every month, on day 1 of the month, not every day"),
        (MONTHS, MONTHS[::3], "every quarter, on day 1 of the month, not every month, on day 1 of the month"),
        (HOURS, HOURS[::2], "every 2 hours, not every hour"),
        (DAYS, HOURS, "every hour, not every day"),
    ],
)
def test_rows_of_another_step_are_refused(kept: Any, newer: Any, steps: str) -> None:
    with pytest.raises(InputRefusedError) as refused:
        append_newer_rows(dated(kept, "b"), dated(newer), rows=8)
    assert str(refused.value) == (
        f"series b: the rows have a different step from the model's: {steps}; "
        "give rows with the model's step, or train a model on these"
    )
    assert refused.value.code == "FREQ"


@pytest.mark.parametrize(
    ("kept", "newer"),
    [
        (BUSINESS, BUSINESS[3:6]),  # Thursday, Friday, Monday
        (BUSINESS, BUSINESS[[4, 5]]),
        (BUSINESS, BUSINESS[[0, 1, 3, 4, 6]]),
        (MONTHS, MONTHS[12:15]),
        (MONTHS, MONTHS[[12]]),
        (DAYS[::7], DAYS[::7][2:6]),
    ],
)
def test_a_few_rows_have_the_models_step(kept: Any, newer: Any) -> None:
    joined, _ = append_newer_rows(dated(kept), dated(newer), rows=2)
    assert joined.ds[-1] == newer[-1]


def unequal(first: int, values: list[float]) -> Panel:
    """Return values at the squares of the numbers from `first` on, in days."""
    days = np.arange(first, first + len(values)) ** 2 * np.timedelta64(1, "D")
    return panel_from_series([("a", np.datetime64("2024-01-01", "us") + days, np.array(values))], irregular=True)


UNEVEN = unequal(1, [1, 2, 3, 4])


@pytest.mark.parametrize("first", [5, 40])
def test_rows_of_unequal_steps_follow_at_any_distance(first: int) -> None:
    joined, findings = append_newer_rows(UNEVEN, unequal(first, [5, 6]), rows=4)
    assert joined.values.tolist() == [1, 2, 3, 4, 5, 6]
    assert (joined.calendars, findings) == (UNEVEN.calendars, [])


def test_overlapping_rows_of_unequal_steps_are_the_newer_ones() -> None:
    joined, findings = append_newer_rows(UNEVEN, unequal(3, [3.5, 4, 5]), rows=4)
    assert joined.values.tolist() == [1, 2, 3.5, 4, 5]
    assert [finding.code for finding in findings] == ["RESTATED"]


def test_rows_of_unequal_steps_that_end_before_the_models_are_a_finding() -> None:
    joined, findings = append_newer_rows(UNEVEN, unequal(1, [1, 2]), rows=4)
    assert joined.values.tolist() == [1, 2]
    assert [finding.code for finding in findings] == ["OLDER"]


@pytest.mark.parametrize(
    ("kind", "offset", "fine", "wrong"),
    [
        (LOG, 0.0, 1.0, 0.0),
        (LOG, 0.0, 1.0, -1.0),
        (LOG, 5.0, 0.0, -1.0),
        (ASINH, 0.0, -1.0, None),
        (PLAIN, 0.0, 0.0, None),
    ],
)
def test_values_without_the_logarithm_that_the_model_takes_are_refused(
    kind: int, offset: float, fine: float, wrong: float | None
) -> None:
    transform = Transform(np.array([PLAIN, kind]), np.array([0.0, offset]), np.ones(2))
    plain = ("a", np.arange(2), np.array([-1.0, 0.0]))
    check_logarithms(panel_from_series([plain, ("b", np.arange(2), np.array([fine, fine]))]), transform)
    if wrong is not None:
        panel = panel_from_series([plain, ("b", np.arange(2), np.array([fine, wrong]))])
        with pytest.raises(InputRefusedError, match=f"series b: the value {wrong:g} at 1 has no logarithm, which the"):
            check_logarithms(panel, transform)
