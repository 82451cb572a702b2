"""Styles of numbers as patterns of shapes."""

from __future__ import annotations

import pytest

from forecaster.reading.cells.number_styles import STYLES, Affixes, NumberStyle, split_affixes


@pytest.mark.parametrize(
    ("shape", "affixes"),
    [
        ("000.00", Affixes(0, 6, negative=False, currency="")),
        ("-0", Affixes(1, 2, negative=True, currency="")),
        ("$0,000", Affixes(1, 6, negative=False, currency="$")),
        ("($0.0)", Affixes(2, 5, negative=True, currency="$")),
        ("-US$ 0", Affixes(5, 6, negative=True, currency="US$")),
        ("0,0E-00 EUR", Affixes(0, 7, negative=False, currency="EUR")),
    ],
)
def test_what_stands_around_the_digits_is_found(shape: str, affixes: Affixes) -> None:
    assert split_affixes(shape) == affixes


@pytest.mark.parametrize(
    "shape", ["", "-", "$", "0,00,0", "00.00.0000", "- -0", "(0", "EUR 0 EUR", "00:00", "0e", "0 0"]
)
def test_what_is_no_number_in_any_style_has_no_affixes(shape: str) -> None:
    assert split_affixes(shape) is None


def test_styles_are_all_different_and_read_what_python_reads() -> None:
    assert len(set(STYLES)) == len(STYLES) == 9
    assert all(style.plain(style.plain("")) == "" for style in STYLES)
    assert NumberStyle(",", " ").plain("1\u202f503,5E\u22122") == "1503.5E-2"
    assert NumberStyle(".", ",", indian=True).follows("00,00,000.0")
    assert not NumberStyle(".", ",").follows("00,00,000.0")
    assert all(style.follows("000") for style in STYLES)
