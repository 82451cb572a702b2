"""Formats in words say what to read and how to write."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import UsageError
from forecaster.reading.cells.date_formats import format_times, parse_date_format, shape_pattern, split_fields

DS = np.array(["2022-01-03T00:05:06.070809", "1999-12-13T21:30:00"], "datetime64[us]")


def test_minutes_stand_behind_hours() -> None:
    assert [field for field, _ in split_fields("HH:MM DD/MM/YYYY")] == ["H", "", "M", "", "d", "", "m", "", "y"]
    assert [field for field, _ in split_fields("H:MM AM")] == ["h", "", "M", "", "p"]


@pytest.mark.parametrize(
    ("date_format", "texts"),
    [
        ("YYYY-MM-DDTHH:MM:SS.ffffff", ["2022-01-03T00:05:06.070809", "1999-12-13T21:30:00.000000"]),
        ("D/M/YY H:MM am", ["3/1/22 12:05 am", "13/12/99 9:30 pm"]),
        ("DY DD MON YYYY .ff", ["MON 03 JAN 2022 .07", "MON 13 DEC 1999 .00"]),
        ("day, month d", ["monday, january d", "monday, december d"]),
        ("HH:MM +HHMM +HH Z UTC 5%", ["00:05 -0330 -03 Z UTC 5%", "21:30 -0330 -03 Z UTC 5%"]),
    ],
)
def test_words_are_written(date_format: str, texts: list[str]) -> None:
    assert format_times(date_format, DS, "-03:30") == texts


@pytest.mark.parametrize(
    ("said", "date_format"),
    [
        ("dd/mm/yyyy hh:mm", "DD/MM/YYYY HH:MM"),
        ("DD-MON-YYYY", "DD-MON-YYYY"),
        ("D MMM YYYY", "D Mon YYYY"),
        ("dddd, d mmmm yyyy", "Day, D Month YYYY"),
        ("M/D/YYYY h:mm:ss AM/PM", "M/D/YYYY H:MM:SS AM"),
        ("yyyy-MM-ddTHH:mm:ss.fffZ", "YYYY-MM-DDTHH:MM:SS.fffZ"),
        ("%d.%m.%Y %H:%M", "DD.MM.YYYY HH:MM"),
        ("%a, %b %-d, %Y %I:%M %p", "Dy, Mon D, YYYY HH:MM AM"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "YYYY-MM-DDTHH:MM:SS.ffffffZ"),
    ],
)
def test_users_may_name_formats_in_several_languages(said: str, date_format: str) -> None:
    assert parse_date_format(said) == date_format


@pytest.mark.parametrize("said", ["", "foo", "%Q", "DD/MM", "YYYY-DD", "YYYY YYYY", "YYYY-MM-DD at HH", "2022-MM-DD"])
def test_what_is_no_format_is_refused(said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_date_format(said)
    assert str(caught.value) == (
        f"--date-format '{said}' is not a way to write dates; "
        "write it as DD/MM/YYYY HH:MM, or in the letters of strftime"
    )


def test_numbers_that_touch_have_all_their_digits() -> None:
    assert shape_pattern("YYYYMMDD").fullmatch("00000000")
    assert not shape_pattern("YYYYMMDD").fullmatch("0000000")
    assert shape_pattern("DD/MM/YYYY").fullmatch("0/0/0000")
    assert not shape_pattern("DD/MM/YYYY").fullmatch("0/0/00")


@pytest.mark.parametrize(
    ("date_format", "texts"),
    [
        ("YYYY-QQ", ["2022-Q1", "1999-Q4"]),
        ("NQYY", ["1Q22", "4Q99"]),
        ("TQ YYYY", ["T1 2022", "T4 1999"]),
        ("YYYYMMM", ["2022M01", "1999M12"]),
        ("YYYY-WWW", ["2022-W01", "1999-W50"]),
    ],
)
def test_labels_of_periods_are_written(date_format: str, texts: list[str]) -> None:
    assert format_times(date_format, DS, "") == texts


def test_a_week_is_of_the_year_of_its_thursday() -> None:
    assert format_times("YYYYWWW", np.array(["2020-12-28", "2021-01-03"], "datetime64[us]"), "") == ["2020W53"] * 2
