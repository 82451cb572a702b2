"""Digits become time stamps, and what no calendar has is marked."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.reading.cells.column import by_shape
from forecaster.reading.cells.date_formats import shape_pattern
from forecaster.reading.cells.date_patterns import match_shape
from forecaster.reading.cells.timestamps import Timestamps, read_timestamps


def read(date_format: str, *texts: str) -> Timestamps:
    shapes = by_shape(texts)
    found = {shape: match_shape(shape_pattern(date_format), shape) for shape in shapes}
    return read_timestamps(texts, shapes, {shape: match for shape, match in found.items() if match})


def test_every_field_is_read_at_its_place() -> None:
    with np.errstate(all="raise"):
        stamps = read("Dy D Mon YYYY HH:MM:SS.fZ", "Mon 3 Jan 2022 09:30:15.25+05:30", "Tue 14 Jun 2022 21:00:00.5-01")
    assert stamps.wall.astype(str).tolist() == ["2022-01-03T09:30:15.250000", "2022-06-14T21:00:00.500000"]
    assert stamps.offsets.tolist() == [330, -60]
    assert stamps.valid.all()


@pytest.mark.parametrize(
    ("date_format", "text", "fault"),
    [
        ("YYYY-MM-DD", "2023-02-29", "is a date or time that does not exist"),
        ("YYYY-MM-DD", "2023-13-01", "is a date or time that does not exist"),
        ("YYYY-MM-DD", "2023-00-10", "is a date or time that does not exist"),
        ("YYYY-MM-DD", "2023-04-31", "is a date or time that does not exist"),
        ("YYYY-MM-DD HH:MM", "2023-04-30 12:60", "is a date or time that does not exist"),
        ("YYYY-MM-DD HH:MM AM", "2023-04-30 13:00 PM", "is a date or time that does not exist"),
        ("YYYY-MM-DD HH:MM:SS.f", "2023-04-30 12:00:00.0000001", "is finer than a microsecond"),
        ("YYYY-MM-DD", "0000-01-01", "is not between the years 1500 and 2200"),
        ("Day YYYY-MM-DD", "Monday 2022-01-04", "is a Tuesday"),
        ("YYYY-MM-DD", "soon", "is a date or time that does not exist"),
    ],
)
def test_faults(date_format: str, text: str, fault: str) -> None:
    stamps = read(date_format, text, "2024-02-29")
    assert not stamps.valid[0]
    assert stamps.fault(0) == fault


def test_years_of_two_digits_are_of_the_years_1969_to_2068() -> None:
    years = read("DD/MM/YY", "01/01/69", "01/01/68").wall.astype("datetime64[Y]").astype(str)
    assert years.tolist() == ["1969", "2068"]
