"""Hours that stand twice in local times without an offset, as where clocks go back, and what is none of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import Place
from forecaster.reading.cells.dates import ParsedDates
from forecaster.reading.cells.time_style import write_times
from forecaster.reading.repeated_hours import in_standard_time

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

FORMAT = "YYYY-MM-DD HH:MM"


def local(zone: str, freq: str = "h", start: str = "2022-10-01", end: str = "2023-04-30") -> NDArray[Any]:
    """Return the local times of a zone without their offsets."""
    times = pd.date_range(start, end, freq=freq, tz="UTC").tz_convert(zone).tz_localize(None)
    return times.to_numpy().astype("datetime64[us]")


def resolve(ds: NDArray[Any]) -> ParsedDates:
    return in_standard_time(ParsedDates(ds, FORMAT), Place("p.csv", column="Zeit"))


@pytest.mark.sampled("*-h", "Europe/Berlin-*")
@pytest.mark.parametrize("freq", ["h", "30min", "15min", "10min"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/London", "America/New_York"])
def test_the_hour_of_autumn_becomes_standard_time(zone: str, freq: str) -> None:
    wall = local(zone, freq)
    found = resolve(wall)
    assert (found.zone, found.standard) == (zone, True)
    assert len(np.unique(np.diff(found.ds))) == 1
    assert write_times(found.ds, found.style).tolist() == [str(time)[:16].replace("T", " ") for time in wall]


def test_the_finding_names_the_hour_and_the_zone() -> None:
    (finding,) = resolve(local("Europe/Berlin")).findings
    assert str(finding) == (
        "p.csv: column Zeit: the hour from 2022-10-30 02:00 occurs twice and one is missing in spring, "
        "as clocks change in Europe/Berlin: times are read as standard time, and written as the file has them"
    )


def test_rows_may_be_newest_first_and_series_may_follow_each_other() -> None:
    wall = local("Europe/Berlin", "30min")
    standard = resolve(wall).ds
    np.testing.assert_array_equal(resolve(wall[::-1]).ds, standard[::-1])
    np.testing.assert_array_equal(resolve(np.tile(wall, 2)).ds, np.tile(standard, 2))


@pytest.mark.sampled("100")
@pytest.mark.parametrize("row", [100, 400])
def test_a_row_that_stands_twice_at_another_time_is_left_as_it_is(row: int) -> None:
    for wall in (local("Europe/Berlin"), local("UTC")):
        assert not resolve(np.insert(wall, row, wall[row])).zone


def test_an_hour_that_stands_twice_alone_may_be_an_error() -> None:
    assert not resolve(local("Europe/Berlin", end="2022-12-31")).zone


def test_an_hour_that_a_zone_does_not_have_proves_that_it_is_another_one() -> None:
    wall = local("Europe/Berlin")
    missing = np.flatnonzero(wall == np.datetime64("2023-03-26T03:00"))[0]
    filled = np.insert(wall, missing, np.datetime64("2023-03-26T02:00"))
    assert resolve(filled).zone != "Europe/Berlin"


@pytest.mark.parametrize("ds", [np.arange(10), local("UTC"), local("UTC")[:1]])
def test_other_times_stay_as_they_are(ds: NDArray[Any]) -> None:
    assert resolve(ds).ds is ds


def test_times_with_an_offset_have_no_repeated_hours() -> None:
    dates = ParsedDates(local("Europe/Berlin"), FORMAT, "+01:00")
    assert in_standard_time(dates, Place("p.csv")) is dates
