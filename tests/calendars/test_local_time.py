"""Zones with daylight saving time: offsets, and which zone the times of a file are in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecaster.calendars.local_time import (
    find_zone,
    find_zone_of_local_times,
    is_named_zone,
    offsets_at,
    standard_offset,
    zone_name,
)

YEAR = pd.date_range("2023-01-01", "2023-12-31", freq="h").to_numpy().astype("datetime64[us]")


@pytest.mark.parametrize(
    ("zone", "standard", "summer"),
    [("Europe/Berlin", 60, 120), ("Australia/Adelaide", 570, 630), ("America/St_Johns", -210, -150)],
)
def test_a_zone_has_two_offsets_and_the_smaller_one_is_standard_time(zone: str, standard: int, summer: int) -> None:
    assert standard_offset(zone) == standard
    assert np.unique(offsets_at(YEAR, zone)).tolist() == [standard, summer]
    assert find_zone(YEAR, offsets_at(YEAR, zone)) == zone


@pytest.mark.slow
def test_a_zone_that_shares_the_rule_of_a_usual_one_has_its_name() -> None:
    assert find_zone(YEAR, offsets_at(YEAR, "Europe/Paris")) == "Europe/Berlin"
    assert not find_zone(YEAR, np.arange(len(YEAR)))


def test_named_zones_are_those_with_a_place() -> None:
    assert [is_named_zone(zone) for zone in ("Europe/Berlin", "America/Argentina/Salta")] == [True, True]
    assert [is_named_zone(zone) for zone in ("", "UTC", "+01:00", "Europe", "../Europe/Berlin")] == [False] * 5


def test_offsets_have_names() -> None:
    assert [zone_name(offset) for offset in (0, 60, -210, 570)] == ["UTC", "+01:00", "-03:30", "+09:30"]


def test_local_times_are_those_of_a_zone_if_all_hours_that_it_has_twice_are_there_twice() -> None:
    wall = pd.DatetimeIndex(YEAR).tz_localize("UTC").tz_convert("Europe/Berlin").tz_localize(None).to_numpy()
    wall = wall.astype("datetime64[us]")
    hour = np.datetime64("2023-10-29T02:00")
    first, second = np.flatnonzero(wall == hour)
    summer = np.arange(len(wall)) == first
    found = find_zone_of_local_times(wall, summer=summer, repeated=wall == hour)
    assert found is not None
    assert found[0] == "Europe/Berlin"
    np.testing.assert_array_equal(found[1], YEAR)
    once = np.arange(len(wall)) != second
    nothing = np.zeros(len(wall) - 1, dtype=bool)
    zone = find_zone_of_local_times(wall[once], summer=nothing, repeated=nothing)
    assert zone is None or zone[0] != "Europe/Berlin"
