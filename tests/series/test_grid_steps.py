"""A row is put on the step of its calendar: a missing row is filled in and moves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.series.covariates import Covariates
from forecaster.series.grid_steps import on_every_step, steps_to
from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats, Ints


def dated(*series: pd.DatetimeIndex) -> Panel:
    """Return a panel with these times and the values 0, 1, 2, ..."""
    stamps = (each.to_numpy().astype("datetime64[us]") for each in series)
    return panel_from_series((str(i), ds, np.arange(float(len(ds)))) for i, ds in enumerate(stamps))


def values_of(panel: Panel) -> Floats:
    return panel.values  # noqa: PD011 - an array of the panel, not of a frame


def without(days: pd.DatetimeIndex, *dropped: int) -> pd.DatetimeIndex:
    return days.delete(list(dropped))


def observed_steps(panel: Panel, i: int = 0) -> Ints:
    """Return the numbers of the steps of a series that have a row of their own."""
    filled = on_every_step(panel, 1)
    observed = np.ones(len(filled.ds), bool) if filled.observed is None else filled.observed
    return np.flatnonzero(observed[filled.slice(i)])


@pytest.mark.parametrize(
    "days",
    [
        pd.date_range("2021-01-01", periods=60, freq="D"),
        pd.date_range("2015-01-31", periods=60, freq="ME"),
        pd.date_range("1990-01-01", periods=60, freq="QS"),
        pd.date_range("2021-01-01", periods=240, freq="h"),
        pd.date_range("2021-01-03", periods=60, freq="W"),
        pd.date_range("1950-12-31", periods=60, freq="YE"),
        pd.bdate_range("2021-01-01", periods=90),
    ],
    ids=["day", "month", "quarter", "hour", "week", "year", "business day"],
)
def test_a_missing_row_is_filled_in_with_its_time_and_the_rows_after_it_stay(days: pd.DatetimeIndex) -> None:
    complete = dated(days)
    assert values_of(on_every_step(complete, 1)) is values_of(complete)
    filled = on_every_step(dated(without(days, 20, 41, 42)), 1)
    assert filled.ds.tolist() == complete.ds.tolist()
    assert filled.observed is not None
    assert np.flatnonzero(~filled.observed).tolist() == [20, 41, 42]


def test_holidays_are_steps_and_closed_hours_are_none() -> None:
    days = pd.bdate_range("2019-01-01", "2021-12-31")
    holidays = [i for i, day in enumerate(days) if (day.month, day.day) in {(1, 1), (12, 25)}]
    panel = dated(without(days, *holidays))
    assert len(panel.calendars[0].holidays) == 2, "the calendar knows them"
    inside = [i for i in holidays if i > 0]
    assert observed_steps(panel).tolist() == [i - 1 for i in range(1, len(days)) if i not in inside]
    hours = pd.date_range("2021-01-04", periods=24 * 40, freq="h")
    open_hours = hours[(hours.hour >= 9) & (hours.hour < 17) & (hours.day_of_week < 5)]
    assert observed_steps(dated(open_hours)).tolist() == list(range(len(open_hours)))


def test_the_steps_after_the_rows_count_holidays_too() -> None:
    days = pd.bdate_range("2018-01-01", "2021-12-22")
    panel = dated(days[[(day.month, day.day) != (12, 24) for day in days]])
    future = panel.future(3)
    assert [str(day)[:10] for day in future[0]] == ["2021-12-23", "2021-12-27", "2021-12-28"]
    assert steps_to(panel, future).tolist() == [[1, 3, 4]]
    assert [str(day)[:10] for day in on_every_step(panel, 5).future(2)[0]] == ["2021-12-23", "2021-12-24"]


def test_integer_times_are_counted_in_their_steps(panel_of: Callable[..., Panel]) -> None:
    assert observed_steps(panel_of(a=np.arange(5.0))).tolist() == [0, 1, 2, 3, 4]
    times = np.delete(7 * np.arange(30), [4, 17])
    panel = panel_from_series([("a", times, np.arange(28.0))])
    assert observed_steps(panel).tolist() == (times // 7).tolist()
    assert on_every_step(panel, 1).ds.tolist() == list(range(0, 210, 7))


def test_each_series_is_counted_from_its_own_first_row() -> None:
    days = pd.date_range("2021-01-01", periods=40, freq="D")
    panel = dated(days[10:], without(days, 5), days[10:])
    filled = on_every_step(panel, 1)
    assert filled.lengths.tolist() == [30, 40, 30]
    assert observed_steps(panel, 1).tolist() == [*range(5), *range(6, 40)]
    assert observed_steps(panel, 2).tolist() == list(range(30))


def test_rows_without_a_calendar_are_steps_as_they_come() -> None:
    times = np.cumsum(np.random.default_rng(0).integers(1, 6, 50))
    panel = panel_from_series([("a", times, np.arange(50.0))], irregular=True)
    assert values_of(on_every_step(panel, 1)) is values_of(panel)
    assert steps_to(panel, panel.future(4)).tolist() == [[1, 2, 3, 4]]


def test_of_two_rows_on_one_step_the_later_one_counts() -> None:
    """A row on a Saturday stands on the step of the Monday after it."""
    days = pd.bdate_range("2021-01-01", periods=200)
    saturday = pd.DatetimeIndex(["2021-03-06"])
    panel = dated(days.append(saturday).sort_values())
    filled = on_every_step(panel, 5)
    assert filled.ds.tolist() == dated(days).ds.tolist()
    monday = int(np.flatnonzero(panel.ds == np.datetime64("2021-03-08"))[0])
    assert values_of(panel)[monday] in values_of(filled)
    assert values_of(panel)[monday - 1] not in values_of(filled)


@pytest.mark.parametrize("more", [["2021-12-25"], ["2021-12-26"], ["2021-12-25", "2021-12-26"]])
def test_last_rows_on_closed_days_are_on_the_step_before_so_that_monday_stays_monday(more: list[str]) -> None:
    days = pd.bdate_range("2021-01-01", "2021-12-24").append(pd.DatetimeIndex(more))
    panel = dated(days)
    filled = on_every_step(panel, 5)
    assert len(filled.ds) == len(days) - len(more)
    assert values_of(filled)[-2:].tolist() == [len(days) - len(more) - 2, len(days) - 1]
    monday = np.array([["2021-12-27", "2021-12-28"]], "datetime64[us]")
    assert panel.future(2).tolist() == filled.future(2).tolist() == monday.tolist()
    assert steps_to(panel, monday).tolist() == steps_to(filled, monday).tolist() == [[1, 2]]


def test_after_a_last_row_between_the_steps_forecasts_go_on_step_by_step() -> None:
    days = pd.bdate_range("2021-01-01", periods=200)
    panel = dated(days.append(pd.DatetimeIndex([days[-1] + pd.Timedelta(days=5 - days[-1].weekday())])))
    assert steps_to(panel, panel.future(4)).tolist() == [[1, 2, 3, 4]]


def test_a_hole_has_the_covariates_of_the_row_before_it_and_known_values_stay_at_their_rows() -> None:
    days = pd.bdate_range("2018-01-01", "2021-12-22")
    days = days[[(day.month, day.day) != (12, 24) for day in days]]
    panel = dated(days)
    n = len(days)
    covariates = Covariates(
        ("seen",), ("known",), np.arange(float(n))[None], np.arange(n + 3.0)[None], np.array([0]), np.array([n + 3])
    )
    filled = on_every_step(replace(panel, covariates=covariates), 5)
    assert filled.covariates is not None
    assert filled.observed is not None
    rows = filled.covariates.rows(filled.lengths)
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[0, filled.observed], np.arange(n))
    hole = int(np.flatnonzero(~filled.observed)[0])
    assert rows[0, hole] == rows[0, hole - 1]
    later = filled.covariates.known_rows(filled.lengths, 4, hold_last=False)[0, -4:]
    assert later.tolist() == [n, n, n + 1, n + 2], "Christmas Eve keeps the value of the day before"
