"""What patterns find in the shapes of cells, and what a format is called."""

from __future__ import annotations

import pytest

from forecaster.reading.cells.date_formats import shape_pattern
from forecaster.reading.cells.date_patterns import ShapeMatch, date_patterns, describe_format, match_shape


def matches(shape: str) -> list[ShapeMatch]:
    return [match for pattern in date_patterns() if (match := match_shape(pattern, shape))]


@pytest.mark.parametrize(
    ("shape", "keys"),
    [
        ("0000-00-00", {("y", "-m", "-d")}),
        ("0/00/0000", {("m", "/d", "/y"), ("d", "/m", "/y")}),
        ("0000-00-00 00:00:00.000+00:00", {("y", "-m", "-d", " H", ":M")}),
        ("0000-00-00 00:00", {("y", "-m", "-d", " H", ":M")}),
        ("Jan 0, 0000 0:00 PM", {("b", " d", ", y", " h", ":M", " p")}),
        ("0000-00", {("y", "-m")}),
        ("0000000000", {("y", "m", "d", "H")}),
    ],
)
def test_keys_hold_what_rows_must_share(shape: str, keys: set[tuple[str, ...]]) -> None:
    assert {match.key for match in matches(shape)} == keys


@pytest.mark.parametrize(
    "shape", ["", "00000", "0000.00", "00-00", "Foo 0, 0000", "0000-00-00 00:0", "0000/00-00", "00:00"]
)
def test_other_shapes_are_of_no_format(shape: str) -> None:
    assert not matches(shape)


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ("Sept. 0, 0000", {"b": 9}),
        ("MON, DEC 0, 0000", {"w": 0, "b": 12}),
        ("0 may 0000 0 p.m.", {"b": 5, "p": 1}),
    ],
)
def test_names_are_numbered(shape: str, names: dict[str, int]) -> None:
    assert matches(shape)[0].names == names


def test_a_format_is_described_from_all_shapes_of_a_column() -> None:
    pattern = shape_pattern("D Mon YYYY H:MM:SS.f")
    found = [match_shape(pattern, shape) for shape in ("0 May 0000 0:00:00.0", "00 June 0000 00:00:00.000")]
    both = [match for match in found if match]
    assert describe_format(both, {"d": False, "H": True}) == "D Mon YYYY HH:MM:SS.fff"
