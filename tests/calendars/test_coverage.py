"""Days on which rows are missing are counted by what is missing."""

from __future__ import annotations

import numpy as np

from forecaster.calendars.coverage import measure_coverage
from forecaster.calendars.holidays import DATE, Holiday
from forecaster.calendars.units import DAY, FIRST_MONDAY
from forecaster.calendars.week import Week

HOUR = 3600


def test_coverage_shows_which_days_have_missing_rows_and_when() -> None:
    week = Week(HOUR, 0, tuple((24 * day + 9, 24 * day + 17) for day in range(5)))
    seconds = week.between(FIRST_MONDAY // DAY, FIRST_MONDAY // DAY + 11)
    hour = (seconds - FIRST_MONDAY) // HOUR
    late, early, pause, holes = (24 * day for day in (1, 2, 3, 7))
    lacking = [*range(late + 9, late + 11), *range(early + 13, early + 17), pause + 12, holes + 10, holes + 12]
    found = measure_coverage(seconds[~np.isin(hour, lacking)], week)
    assert found.present.tolist() == [8, 6, 4, 7, 8, 0, 0, 6, 8, 8, 8, 8]
    assert found.closes[[1, 2, 3, 7]].tolist() == [0, 13 * HOUR, 12 * HOUR, 0]
    assert found.reopens[[1, 2, 3, 7]].tolist() == [11 * HOUR, DAY, 13 * HOUR, 0]
    assert (found.misfit, found.first) == (4, FIRST_MONDAY // DAY)


def test_a_day_with_under_half_of_its_rows_is_closed_but_not_a_half_day() -> None:
    week = Week(HOUR, 0, tuple((24 * day + 9, 24 * day + 17) for day in range(5)))
    seconds = week.between(FIRST_MONDAY // DAY, FIRST_MONDAY // DAY + 25)
    tuesday = np.datetime64("1970-01-13", "s").astype(np.int64)
    found = measure_coverage(seconds[(seconds < tuesday + 11 * HOUR) | (seconds > tuesday + DAY)], week)
    assert np.flatnonzero(found.day_record(()).closed).tolist() == [8]
    assert not found.day_record([Holiday(DATE, 1, 13)]).closed.any()


def test_days_close_as_a_whole_or_in_outages() -> None:
    week = Week(HOUR, 0, tuple((24 * day + 9, 24 * day + 17) for day in range(5)))
    seconds = week.between(FIRST_MONDAY // DAY, FIRST_MONDAY // DAY + 200)
    days = np.unique(seconds // DAY)
    whole = np.isin(seconds // DAY, days[10::20])
    assert measure_coverage(seconds[~whole], week).closes_by_the_day(())
    half = np.isin(seconds // DAY, days[15::20]) & (seconds % DAY > 12 * HOUR)
    assert not measure_coverage(seconds[~whole & ~half], week).closes_by_the_day(())
    assert not measure_coverage(seconds, week).closes_by_the_day(())
