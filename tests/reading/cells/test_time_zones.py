"""All rows have a zone or none has; different offsets are those of a zone with daylight saving time, or become UTC."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.time_style import TimeStyle, write_times


def column(*cells: str) -> Column:
    return Column("p.csv", "Date", np.arange(len(cells)) + 2, cells)


@pytest.mark.parametrize(
    ("ending", "words", "zone"),
    [
        ("Z", "Z", "UTC"),
        (" UTC", " UTC", "UTC"),
        ("+00:00", "+HH:MM", "UTC"),
        ("+01:00", "+HH:MM", "+01:00"),
        (" -0500", " +HHMM", "-05:00"),
        ("+05:30", "+HH:MM", "+05:30"),
        ("+01", "+HH", "+01:00"),
    ],
)
def test_times_of_one_offset_stay_in_its_zone(ending: str, words: str, zone: str) -> None:
    cells = [f"2022-01-03T09:30{ending}", f"2022-01-03T10:30{ending}"]
    stamps = parse_dates(column(*cells))
    assert stamps.style == TimeStyle(f"YYYY-MM-DDTHH:MM{words}", zone)
    assert stamps.ds[0] == np.datetime64("2022-01-03T09:30")
    assert write_times(stamps.ds, stamps.style).tolist() == cells


HOURS = [
    "2022-03-26T17:30:00+01:00",
    "2022-03-27T17:00:00+02:00",
    "2022-10-30T02:30:00+02:00",
    "2022-10-30T02:30:00+01:00",
]


def test_times_of_day_of_a_zone_become_standard_time_with_a_finding() -> None:
    stamps = parse_dates(column(*HOURS))
    assert stamps.ds.astype("datetime64[s]").astype(str).tolist() == [
        "2022-03-26T17:30:00",
        "2022-03-27T16:00:00",
        "2022-10-30T01:30:00",
        "2022-10-30T02:30:00",
    ]
    assert stamps.style == TimeStyle("YYYY-MM-DDTHH:MM:SS+HH:MM", "Europe/Berlin", standard=True)
    assert write_times(stamps.ds, stamps.style).tolist() == HOURS
    (finding,) = stamps.findings
    assert finding.code == "TZ"
    assert str(finding) == (
        "p.csv: column Date: the offsets of the times differ (+01:00, +02:00) as daylight saving time in Europe/Berlin "
        "does: times are read as standard time (+01:00), and written with their own offset"
    )


def test_days_of_a_zone_stay_local() -> None:
    cells = ["2022-03-26T00:00:00+01:00", "2022-03-27T00:00:00+01:00", "2022-03-28T00:00:00+02:00"]
    stamps = parse_dates(column(*cells))
    assert stamps.ds.astype("datetime64[s]").astype(str).tolist() == [cell[:19] for cell in cells]
    assert stamps.style == TimeStyle("YYYY-MM-DDTHH:MM:SS+HH:MM", "Europe/Berlin")
    assert write_times(stamps.ds, stamps.style).tolist() == cells
    assert str(stamps.findings[0]).endswith("as daylight saving time in Europe/Berlin does: days are local")


@pytest.mark.parametrize(
    ("cells", "zone"),
    [
        (("2023-03-12T01:00-05:00", "2023-03-12T03:00-04:00"), "America/New_York"),
        (("2023-03-26T00:00+00:00", "2023-03-26T02:00+01:00"), "Europe/London"),
        (("2023-04-02T02:30+11:00", "2023-04-02T02:00+10:00"), "Australia/Sydney"),
        (("2023-04-02T02:30+13:00", "2023-04-02T02:00+12:00"), "Pacific/Auckland"),
    ],
)
def test_a_zone_is_known_by_when_its_clocks_change(cells: tuple[str, ...], zone: str) -> None:
    stamps = parse_dates(column(*cells))
    assert stamps.style.zone == zone
    assert write_times(stamps.ds, stamps.style).tolist() == list(cells)


def test_offsets_of_no_zone_are_converted_to_utc_with_a_finding() -> None:
    stamps = parse_dates(column("2022-03-26T17:30:00+01:00", "2022-03-28T17:45:00+05:00"))
    assert stamps.ds.astype("datetime64[s]").astype(str).tolist() == ["2022-03-26T16:30:00", "2022-03-28T12:45:00"]
    assert stamps.style.zone == "UTC"
    assert write_times(stamps.ds, stamps.style).tolist()[1] == "2022-03-28T12:45:00+00:00"
    (finding,) = stamps.findings
    assert str(finding) == (
        "p.csv: column Date: the offsets of the times differ (+01:00, +05:00), and no time zone has them all, "
        "so they were converted to UTC"
    )


def test_other_rows_are_turned_to_the_clock_of_a_zone() -> None:
    summer = parse_dates(column("2022-07-01T17:30:00+02:00", "2022-07-01T18:00:00+02:00"))
    assert summer.style.zone == "+02:00"
    standard = summer.on_clock_of(TimeStyle("", "Europe/Berlin", standard=True))
    assert standard.ds[0] == np.datetime64("2022-07-01T16:30")
    assert write_times(standard.ds, standard.style)[0] == "2022-07-01T17:30:00+02:00"
    utc = parse_dates(column("2022-07-01T22:00:00Z", "2022-07-02T22:00:00Z"))
    local = utc.on_clock_of(TimeStyle("", "Europe/Berlin"))
    assert local.ds[0] == np.datetime64("2022-07-02")
    assert summer.on_clock_of(TimeStyle("", "UTC")).ds[0] == np.datetime64("2022-07-01T15:30")
    assert summer.on_clock_of(TimeStyle("", "-03:00")).ds[0] == np.datetime64("2022-07-01T12:30")
    assert summer.on_clock_of(TimeStyle()) is summer


def test_some_rows_with_a_zone_and_some_without_are_refused_with_a_line_of_each() -> None:
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(column("2022-01-03T00:00:00", "2022-01-04T00:00:00Z", "2022-01-05T00:00:00"))
    assert caught.value.code == "TZ-MIXED"
    assert str(caught.value) == (
        "p.csv:3: column Date: '2022-01-04T00:00:00Z' has a time zone and '2022-01-03T00:00:00' on line 2 has none; "
        "write all times with their offset, or all without"
    )


@pytest.mark.parametrize("offset", ["+25:00", "+01:75", "-15:00"])
def test_offsets_that_no_zone_has_are_refused(offset: str) -> None:
    with pytest.raises(InputRefusedError, match="does not exist"):
        parse_dates(column(f"2022-01-03 09:30{offset}"))


def test_one_name_of_a_zone_means_the_clock_there() -> None:
    cells = ("20240108 00:00:00 US/Eastern", "20240108 01:00:00 US/Eastern")
    parsed = parse_dates(Column("p.csv", "date", np.array([2, 3]), cells))
    assert (parsed.date_format, parsed.zone) == ("YYYYMMDD HH:MM:SS", "")
    assert [finding.text for finding in parsed.findings] == ["the times are those of clocks in US/Eastern"]
    with pytest.raises(InputRefusedError):
        parse_dates(Column("p.csv", "date", np.array([2, 3]), (cells[0], cells[1].replace("US/Eastern", "Asia/Tokyo"))))
