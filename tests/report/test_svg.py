"""Small charts: the numbers of their axes, gaps, and what they say to those who do not see them."""

from __future__ import annotations

import re

import numpy as np

from forecaster.report.document import Line, LineChart
from forecaster.report.svg import line_chart_svg

X = np.arange(1.0, 5.0)


def ticks(svg: str) -> list[str]:
    return re.findall(r'<text class="tick end"[^>]*>([^<]*)<', svg)


def test_errors_begin_at_zero_and_losses_do_not() -> None:
    lines = (Line("this forecast", np.array([12.0, 14.0, 15.0, 16.0]), main=True),)
    assert ticks(line_chart_svg(LineChart("errors", "Steps", X, lines))) == ["0", "5", "10", "15", "20"]
    assert ticks(line_chart_svg(LineChart("losses", "Epoch", X, lines, from_zero=False)))[0] == "12"


def test_shares_have_an_axis_of_a_hundred_percent_and_their_level() -> None:
    svg = line_chart_svg(LineChart("inside", "Steps", X, (Line("inside", np.full(4, 81.0)),), " %", level=80.0))
    assert ticks(svg) == ["0%", "25%", "50%", "75%", "100%"]
    assert 'class="level"' in svg


def test_a_logarithmic_axis_shows_powers_of_ten_and_leaves_out_zero() -> None:
    svg = line_chart_svg(
        LineChart("norms", "Lag", X, (Line("layer 1", np.array([1.0, 0.1, 1e-3, 0.0])),), logarithmic=True)
    )
    assert ticks(svg)[0] == "0.001"
    assert len(re.findall(r"[ML]", re.findall(r' d="([^"]*)"', svg)[0])) == 3


def test_a_gap_begins_a_new_part_and_a_chart_says_what_it_shows() -> None:
    svg = line_chart_svg(LineChart("a & b", "Steps", X, (Line("naive", np.array([1.0, 2.0, np.nan, 4.0])),)))
    assert re.findall(r' d="([^"]*)"', svg)[0].count("M") == 2
    assert 'aria-label="a &amp; b: naive from 1 to 4."' in svg


def test_values_that_are_all_equal_or_missing_have_an_axis() -> None:
    for values in (np.zeros(4), np.full(4, np.nan), np.full(4, 5.0)):
        for from_zero in (True, False):
            svg = line_chart_svg(LineChart("flat", "Steps", X, (Line("line", values),), from_zero=from_zero))
            assert len(ticks(svg)) >= 2
            assert "nan" not in svg
