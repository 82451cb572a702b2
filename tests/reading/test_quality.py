"""What is unusual in a series is reported with its line and what to do, and ordinary series have no finding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.months import Anchor, MonthDates
from forecaster.errors import InputRefusedError, Place
from forecaster.reading.quality import check_series, refuse_values_outside
from forecaster.reading.repair import fill_gaps
from forecaster.reading.series_rows import Series
from forecaster.series.limits import UNLIMITED, Limits

if TYPE_CHECKING:
    from forecaster.errors import Finding

DAYS = np.arange("2020-01-01", "2021-06-30", dtype="datetime64[D]").astype("datetime64[us]")
BUSINESS = DAYS[np.is_busday(DAYS.astype("datetime64[D]"))][:300]


def walk(rows: int = 300, seed: int = 0) -> np.ndarray:
    return (100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, rows)))).round(2)


def series_of(values: object, ds: np.ndarray, empty: np.ndarray = BUSINESS[:0]) -> Series:
    y = np.asarray(values, np.float64)
    lines = np.arange(len(y)) + 2
    return Series("a", ds[: len(y)], y, lines, Place("a.csv", None, "y"), empty, np.empty((0, len(y))), ())


def findings(values: object, ds: np.ndarray = BUSINESS, empty: np.ndarray = BUSINESS[:0]) -> tuple[Finding, ...]:
    series = series_of(values, ds, empty)
    return check_series(series, Calendar.learn(series.ds))


def sentences(*arguments: object) -> list[str]:
    return [str(finding) for finding in findings(*arguments)]  # type: ignore[arg-type] - they are those of findings


@pytest.mark.parametrize("seed", range(10))
def test_an_ordinary_series_raises_nothing(seed: int) -> None:
    assert findings(walk(seed=seed)) == ()


def test_gaps_are_counted_and_the_longest_is_placed() -> None:
    kept = np.delete(DAYS[:300], [40, 41, 42, 100])
    assert sentences(walk(296), kept) == [
        (
            "a.csv:41: column y: 4 expected rows are missing in 2 gaps, the longest of 3 rows between 2020-02-09 and "
            "2020-02-13"
        )
    ]
    assert findings(walk(296), kept)[0].remedy == "fill in what is missing, or use --repair full"


@pytest.mark.parametrize("gap", [range(100, 111), range(1, 299, 2)])
def test_filling_is_not_offered_where_it_would_be_refused(gap: range) -> None:
    series = series_of(walk(300 - len(gap)), np.delete(DAYS[:300], list(gap)))
    calendar = Calendar.learn(DAYS[:300])
    found = {each.code: each.remedy for each in check_series(series, calendar)}
    assert found["GAP"] == "fill in what is missing"
    with pytest.raises(InputRefusedError, match="rows are missing"):
        fill_gaps(series, calendar)


def test_one_gap_and_one_row_have_their_own_words() -> None:
    assert sentences(walk(299), np.delete(DAYS[:300], 100)) == [
        "a.csv:101: column y: 1 expected row is missing between 2020-04-09 and 2020-04-11"
    ]


def test_rows_without_a_value_are_no_gaps() -> None:
    assert sentences(walk(299), np.delete(DAYS[:300], 100), DAYS[100:101]) == []


def test_a_few_absent_weekdays_in_a_row_are_a_gap_in_a_year_too() -> None:
    assert sentences(walk(256), np.delete(BUSINESS[:260], [50, 51, 52, 53])) == [
        "a.csv:51: column y: 4 expected rows are missing between 2020-03-10 and 2020-03-17"
    ]


def test_rows_on_closed_days_are_reported() -> None:
    saturday = np.sort(np.append(BUSINESS, np.datetime64("2020-05-23", "us")))
    (found,) = findings(walk(301), saturday)
    assert str(found) == (
        "a.csv:105: column y: 1 row falls outside the calendar (business days Monday to Friday), "
        "the first at 2020-05-23"
    )
    calendar = replace(Calendar.learn(saturday), exchange="XNYS", holidays=())
    (found,) = check_series(series_of(walk(301), saturday), calendar)
    assert (found.code, found.remedy) == ("CALENDAR", "check the dates")


def test_rows_in_closed_hours_and_months_are_reported() -> None:
    hours = (BUSINESS[:60, None] + np.arange(9, 17) * np.timedelta64(1, "h")).ravel()
    (found,) = findings(walk(481), np.sort(np.append(hours, BUSINESS[30] + np.timedelta64(22, "h"))))
    assert "1 row falls outside the calendar (every hour, Monday to Friday, 40 rows a week)" in found.text
    quarters = np.arange("1990-01", "2015-01", 3, dtype="datetime64[M]")
    quarters[50] -= 1
    moved = findings(walk(100), quarters.astype("datetime64[us]"))
    assert "1 row falls outside the calendar (every quarter, on day 1 of the month)" in moved[-1].text


def test_many_rows_on_holidays_are_holidays_that_were_not_kept_always() -> None:
    days = np.arange("2000-01-01", "2015-01-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    christmas, year = np.char.endswith(days.astype(str), "12-25"), days.astype("datetime64[Y]").astype(int) + 1970
    once = days[~christmas | (year == 2003)].astype("datetime64[us]")
    (found,) = findings(walk(len(once)), once)
    assert "1 row falls outside the calendar" in found.text
    assert "2003-12-25" in found.text
    labour = np.char.endswith(days.astype(str), "05-01")
    often = days[~(christmas | labour) | (year < 2007)].astype("datetime64[us]")
    assert findings(walk(len(often)), often) == ()


def test_rows_of_no_step_are_counted() -> None:
    ds = DAYS[np.random.default_rng(0).integers(1, 9, 90).cumsum()]
    (found,) = findings(walk(90), ds)
    advice = "if each row is an event, use --every week --agg sum; if it is a reading, use --every week --agg mean"
    assert found.code == "IRREGULAR"
    assert found.remedy == f"use --irregular if the time between rows matters; {advice}"
    assert found.text.startswith("the rows have no regular step (unequal steps counted as rows, ")
    assert found.text.endswith(" days): each row counts as one step")


FRIDAYS = Anchor(3, weekday=4).days(np.arange(600, 660)).astype("datetime64[D]").astype("datetime64[us]")


def test_months_on_another_day_than_most_are_reported_with_the_first() -> None:
    thursday = FRIDAYS.copy()
    thursday[[20, 33]] -= np.timedelta64(1, "D")
    (found,) = findings(walk(60), thursday)
    assert found.code == "CALENDAR"
    assert str(found) == (
        "a.csv:22: column y: 2 rows are on days outside the calendar (every month, on the third Friday of the "
        "month), the first at 2021-09-16"
    )
    assert findings(walk(60), FRIDAYS) == ()


def test_a_week_on_another_day_is_reported() -> None:
    mondays = np.datetime64("2020-01-06", "us") + np.arange(60) * np.timedelta64(7, "D")
    mondays[10] += np.timedelta64(1, "D")
    assert sentences(walk(60), mondays) == [
        "a.csv:12: column y: 1 row is on a day outside the calendar (every week, on Monday), the first at 2020-03-17"
    ]


def test_dates_with_an_exception_count_as_rows_and_the_exception_is_named() -> None:
    half_months = MonthDates((Anchor(15), Anchor(31))).days(np.arange(1200, 1260)).astype("datetime64[D]")
    half_months[31] -= 1
    (found,) = findings(walk(60), half_months.astype("datetime64[us]"))
    assert (found.code, found.place.line) == ("IRREGULAR", 33)
    assert found.text.endswith("all but 1 row follow day-15-and-last-day, the first other is 2021-04-29")
    assert found.remedy == "correct the dates, or use --calendar day-15-and-last-day"


def test_dates_of_which_many_are_missing_are_named_too() -> None:
    half_months = MonthDates((Anchor(15), Anchor(31))).days(np.arange(1200, 1320)).astype("datetime64[D]")
    kept = half_months[np.random.default_rng(0).random(120) < 0.45].astype("datetime64[us]")
    (found,) = findings(walk(len(kept)), kept)
    assert found.code == "IRREGULAR"
    assert found.text.endswith("the dates are those of day-15-and-last-day, but too many are missing")


def test_dates_that_follow_two_schedules_are_noted() -> None:
    fridays = np.array(["2022-10-28", "2022-11-25", "2023-01-27", "2023-02-24", "2023-04-28"], dtype="datetime64[us]")
    found = findings(np.array([3.0, 1.0, 4.0, 1.5, 9.0]), fridays)
    assert [each.code for each in found] == ["SCHEDULE", "GAP"]
    assert found[0].text == (
        "the dates follow several schedules: last-friday is used, --calendar takes others: fourth-friday"
    )
    assert found[0].remedy == "name the right one with --calendar"


def test_jumps_are_reported_with_both_values() -> None:
    split, slip = walk(), walk()
    split[150:] /= 4
    slip[200] *= 100
    assert sentences(split) == [
        (
            f"a.csv:152: column y: the value goes from {split[149]:.6g} to {split[150]:.6g} at 2020-07-29, "
            "like a 4 for 1 split that earlier values were not adjusted for"
        )
    ]
    assert sentences(slip) == [
        (
            f"a.csv:202: column y: the value goes from {slip[199]:.6g} to {slip[200]:.6g} at 2020-10-07 "
            "and comes back at once, like a typing error"
        )
    ]


def test_a_stale_run_is_reported_in_a_series_that_moves() -> None:
    y = walk()
    y[60:75] = y[60]
    assert sentences(y) == [f"a.csv:62: column y: the value stays at {y[60]:.6g} for 15 rows from 2020-03-25 on"]


@pytest.mark.parametrize(
    "values",
    [
        np.repeat(walk(30), 10),
        np.random.default_rng(0).poisson(0.2, 300) + 1.0,
        np.maximum(1, 9 * np.sin(np.arange(300) / 8)),
    ],
    ids=["steps", "counts", "nights"],
)
def test_series_that_rest_by_nature_are_not_stale(values: np.ndarray) -> None:
    assert findings(values) == ()


@pytest.mark.parametrize("noise", [0.0, 1e-9])
def test_a_constant_series_is_reported(noise: float) -> None:
    assert sentences(1500 + noise * (np.arange(300) % 2)) == ["a.csv: column y: the value is 1500 throughout"]


def test_a_small_change_is_a_change() -> None:
    assert findings(1500 + 1e-3 * walk()) == ()


def test_values_without_a_logarithm_are_counted() -> None:
    y = walk()
    y[[40, 41]] = 0
    assert sentences(y) == [
        "a.csv:42: column y: 2 values are zero or negative, the first is 0 at 2020-02-26",
    ]
    assert [found.code for found in findings(-walk())] == ["NONPOSITIVE"]
    y[41] = 1
    assert sentences(y)[-1] == "a.csv:42: column y: 1 value is zero or negative, the first is 0 at 2020-02-26"


def test_a_single_row_is_not_constant() -> None:
    assert findings([5.0]) == ()


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (
            Limits(0, 100),
            "a.csv:4: column y: the value 110 at 2020-01-03 is above --max 100; correct it, or use --max 120.5",
        ),
        (
            Limits(minimum=20),
            "a.csv:5: column y: the value -0.25 at 2020-01-06 is below --min 20; correct it, or use --min -3",
        ),
    ],
)
def test_a_value_outside_the_limits_is_refused_with_its_line_and_a_limit_that_holds(
    limits: Limits, sentence: str
) -> None:
    series = series_of([50, 100, 110, -0.25, 120.5, -3, 20], BUSINESS)
    if limits.minimum == 0:
        series = replace(series, values=np.abs(series.values))
    with pytest.raises(InputRefusedError) as caught:
        refuse_values_outside(series, limits)
    assert str(caught.value) == sentence
    assert (caught.value.code, caught.value.exit_code) == ("OUTSIDE", 65)


def test_values_at_the_limits_are_accepted() -> None:
    series = series_of([0.0, 1.0, 0.5], BUSINESS)
    refuse_values_outside(series, Limits(0, 1))
    refuse_values_outside(series, UNLIMITED)
