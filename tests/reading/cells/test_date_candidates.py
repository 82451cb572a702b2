"""Every format that a column may follow is found, and no other."""

from __future__ import annotations

import pytest

from forecaster.reading.cells.column import by_shape
from forecaster.reading.cells.date_candidates import date_candidates
from forecaster.reading.cells.date_patterns import date_patterns


def found(*texts: str) -> list[str]:
    return [each.date_format for each in date_candidates(texts, by_shape(texts), date_patterns()) if each.likely]


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["2022-01-03", "2022-01-04", "x"], ["YYYY-MM-DD"]),
        (["1/3/2022", "10/13/2022"], ["M/D/YYYY", "D/M/YYYY"]),
        (["13/10/2022"], ["MM/DD/YYYY", "DD/MM/YYYY"]),
        (["1/13/2022"], ["M/D/YYYY", "D/M/YYYY"]),
        (["2022010309", "2022010310"], ["YYYYMMDDHH"]),
        (["1641168000", "1641254400"], []),
        (["x", "y", "2022-01-03"], []),
        ([], []),
    ],
)
def test_candidates(texts: list[str], names: list[str]) -> None:
    assert found(*texts) == names


def test_a_long_column_is_read_to_its_end() -> None:
    texts = [f"{1500 + i // 12}-{i % 12 + 1:02}-01" for i in range(5000)]
    (candidate,) = date_candidates([*texts, "x"], by_shape([*texts, "x"]), date_patterns())
    assert candidate.timestamps.valid.sum() == len(texts)
