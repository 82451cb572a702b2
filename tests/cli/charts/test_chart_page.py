"""A large chart of one series, small ones of several, in any width and whatever the values are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from forecaster.cli.charts.chart_page import chart_page
from forecaster.cli.charts.glyphs import choose_glyphs
from forecaster.workflow.chart_series import ChartSet

WAVE = 100 + 30 * np.sin(np.arange(60) * np.pi / 6)
BRAILLE = """\
sales: last 48 days and 12 ahead
    │                                           │  ⢠⢅⠤
125 ┤ ⢀⠔⠣⡀       ⢀⠔⠑⡄       ⢀⡔⠑⣄       ⢀⡔⠑⣄     │ ⢀⡔⠑⢄⠥
    │⢠⠃  ⠘⡄     ⢀⠇  ⠘⡄     ⢀⠎  ⠈⡆      ⡎  ⠈⡆    │⢀⡜⠁⠡⠈⢆⠥   ⠠
100 ┤⠎    ⢱     ⡜    ⠸⡀    ⡜    ⠸⡀    ⡸    ⠘⡄   │⡸⠁   ⠘⡄⠡ ⠠⢑
    │      ⢣   ⡸      ⢣   ⡰⠁     ⢱   ⢰⠁     ⢱   ⢠⠃    ⠠⠸⡀⢅⢕⢀
 75 ┤      ⠈⠢⡀⡔⠁       ⠣⡀⡰⠃       ⠳⡀⡰⠃       ⠳⡀⡰⠃      ⠑⠱⡀⡠⠊
    │        ⠈          ⠈          ⠈          ⠈ │       ⠑⠈⢕⠵
 50 ┤                                           │        ⠱⠡⠁
    │                                           │         ⠁
    └┬───────────────────────────┬──────────────────────────
     Jan 2024                   Feb
⠒⠒ history  ⠒⠒ forecast  ⢕⢕ 80 %  ⠡⠡ 95 %
"""
ASCII = """\
sales: last 48 days and 12 ahead
150 +                                           |
    |                                           |  :::
125 +  ***        ***        ***        ***     | :ooo:
    |**   *     **   *     **   *     **   *    |oo..:o.   .
100 +*    *     *    *     *    *     *    *    |o   .o:...:
    |      *   **     *   **     *   *      *   o.    .o:::o
 75 +       ***        ***        ***        ***|      :ooo:
    |                                           |       ::::
 50 +                                           |       .::.
    |                                           |
    ++---------------------------+--------------------------
     Jan 2024                   Feb
** history  oo forecast  :: 80 %  .. 95 %
"""
SMALL = """\
2 of 98 series: last 48 days and 12 ahead
best: a                        worst: b\\x1b (in millions)
    │                  │⢠          │                  │⢠
125 ┤⢀⢷   ⡸⣆  ⢀⡾⡀  ⢰⢣  │⡜⡄     125 ┤⢀⢷   ⡸⣆  ⢀⡾⡀  ⢰⢣  │⡜⡄
    │⡸ ⡇  ⡇⢸  ⢸ ⡇  ⡇⠸⡀ ⢰⠁⢣         │⡸ ⡇  ⡇⢸  ⢸ ⡇  ⡇⠸⡀ ⢰⠁⢣
100 ┤⠇ ⢣ ⢸ ⠈⡆ ⡎ ⢸ ⢠⠃ ⡇ ⡸ ⢸     100 ┤⠇ ⢣ ⢸ ⠈⡆ ⡎ ⢸ ⢠⠃ ⡇ ⡸ ⢸
    │  ⢸ ⡸  ⡇ ⡇ ⠸⡀⢸  ⢣ ⡇ ⠈⡆⢀       │  ⢸ ⡸  ⡇ ⡇ ⠸⡀⢸  ⢣ ⡇ ⠈⡆⢀
 75 ┤   ⣇⠇  ⠸⡸   ⢇⡎  ⠘⣴⠁  ⢳⡞    75 ┤   ⣇⠇  ⠸⡸   ⢇⡎  ⠘⣴⠁  ⢳⡞
    │   ⠈    ⠁   ⠈    ⠁│  ⠈⠁       │   ⠈    ⠁   ⠈    ⠁│  ⠈⠁
    └┬───────────┬──────────       └┬───────────┬──────────
     Jan 2024   Feb                 Jan 2024   Feb
⠒⠒ history  ⠒⠒ forecast  ⢕⢕ 80 %  ⠡⠡ 95 %
and 96 others
"""


def test_the_chart_of_a_series_in_braille(chart_series: Any, drawn: Any) -> None:
    assert drawn(chart_series(WAVE[:48], WAVE[48:], np.linspace(5, 20, 12))) == BRAILLE


def test_the_chart_of_a_series_in_ascii(chart_series: Any, drawn: Any) -> None:
    text = drawn(chart_series(WAVE[:48], WAVE[48:], np.linspace(5, 20, 12)), braille=False)
    assert text == ASCII
    assert text.isascii()


def test_small_charts_of_several_series(chart_series: Any, drawn: Any) -> None:
    best, worst = (
        chart_series(size * WAVE[:48], size * WAVE[48:], 5 * size, name=name, rank=rank)
        for name, rank, size in (("a", "best", 1), ("b\x1b", "worst", 1e6))
    )
    assert drawn(best, worst, others=96) == SMALL


RANDOM = np.random.default_rng(0)
CASES: dict[str, tuple[Any, Any, Any]] = {
    "constant": (np.full(30, 42.0), np.full(7, 42.0), 0.0),
    "zeros": (np.zeros(30), np.zeros(7), 0.0),
    "zeros with intervals": (np.zeros(30), np.zeros(7), 0.3),
    "rare demand": (np.arange(60) % 20 == 3, np.full(14, 0.05), 0.5),
    "negative": (RANDOM.normal(-5, 3, 60), np.full(14, -5.0), 4.0),
    "from 1e-8 to 1e12": (np.logspace(-8, 12, 80), np.logspace(12, 13, 20), 0.0),
    "one row": ([5.0], [5.5, 6.0, 6.5], 1.0),
    "one row and one step": ([5.0], [5.5], 1.0),
    "one step": (RANDOM.normal(100, 5, 30), [101.0], 8.0),
    "a thousand steps": (np.sin(np.arange(4000) / 50), np.sin(np.arange(1000) / 50), np.linspace(0, 1, 1000)),
    "no intervals": (RANDOM.normal(0, 1, 40), np.zeros(10), np.nan),
    "missing values": (np.where(np.arange(40) % 5, 1.0, np.nan), np.ones(5), [1, 1, np.nan, 1, 1]),
    "nothing observed": (np.full(5, np.nan), np.full(2, np.nan), np.nan),
    "near the largest number": (RANDOM.normal(1, 0.1, 60) * 1e307, np.full(9, 1e307), 2e306),
    "near the least number": (RANDOM.normal(1, 0.1, 60) * 1e-300, np.full(9, 1e-300), 1e-301),
    "at the limits of numbers": ([5e-324, 1.7e308, -1.7e308, 0.0], [1e-310, 1.0], 1e300),
    "hardly different": (np.where(np.arange(40) % 2, 1e6, 1e6 + 1e-9), np.full(5, 1e6), 1e-9),
    "nearly equal": (np.where(np.arange(40) % 2, 1e6, 1e6 + 2e-4), np.full(5, 1e6), 1e-4),
    "beyond all bounds": (RANDOM.normal(100, 5, 60), np.full(15, 100.0), np.logspace(0, 200, 15)),
}


@pytest.mark.sampled("True-80-*", "False-38-*", "True-300-a thousand steps")
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [38, 80, 300])
@pytest.mark.parametrize("braille", [True, False])
def test_charts_fit_whatever_the_values_are(
    chart_series: Any, drawn: Any, name: str, width: int, *, braille: bool
) -> None:
    one = chart_series(*CASES[name])
    for series in ([one], [replace(one, rank="best"), one, one, one]):
        text = drawn(*series, width=width, height=30, braille=braille)
        lines = text.splitlines()[1:]
        assert max(map(len, lines)) <= min(width, 200)
        assert len(lines) < 30
        assert braille or text.isascii()


def test_the_height_follows_the_terminal(chart_series: Any, drawn: Any) -> None:
    one = chart_series(WAVE[:48], WAVE[48:], 5.0)
    heights = [len(drawn(one, height=height).splitlines()) for height in (10, 24, 60)]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1] <= 16


@pytest.mark.parametrize(("width", "across"), [(40, 1), (80, 2), (180, 4)])
def test_small_charts_are_side_by_side_where_there_is_room(
    chart_series: Any, drawn: Any, width: int, across: int
) -> None:
    names = [f"series {i}" for i in range(4)]
    lines = drawn(*(chart_series(WAVE[:48], WAVE[48:], name=name) for name in names), width=width).splitlines()
    titles = [line for line in lines if any(name in line for name in names)]
    assert len(titles) == 4 // across
    assert lines[0] == "4 series: last 48 days and 12 ahead"


def test_a_typing_error_in_the_history_is_cut_off(chart_series: Any, drawn: Any) -> None:
    slip = np.where(np.arange(48) == 20, 9000.0, WAVE[:48])
    text = drawn(chart_series(slip, WAVE[48:]), braille=False)
    assert text.startswith("sales: last 48 days and 12 ahead, 1 value cut\n")
    rest = drawn(chart_series(WAVE[:48], WAVE[48:]), braille=False)
    assert text.splitlines()[-3:] == rest.splitlines()[-3:]


def test_long_names_are_cut(chart_series: Any, drawn: Any) -> None:
    lines = drawn(*(chart_series(WAVE[:48], WAVE[48:], name="x" * 100) for _ in range(2)), width=80).splitlines()
    assert "x..." in lines[1]
    assert max(map(len, lines)) <= 80
    wide = drawn(*(chart_series(WAVE[:48], WAVE[48:], name="売" * 100) for _ in range(2)), width=80).splitlines()
    assert max(map(cell_len, wide)) <= 80


def test_a_fold_shows_forecast_and_actual(chart_series: Any, drawn: Any) -> None:
    text = drawn(chart_series(WAVE[:48], WAVE[48:] + 10, actual=WAVE[48:]), braille=False)
    assert text.startswith("sales: the last forecast of the past, 48 days and 12 ahead\n")
    ahead = [line[52:] for line in text.splitlines()[1:10]]
    assert "*" in "".join(ahead)
    assert "o" in "".join(ahead)
    assert "** actual  oo forecast" in text
    dashed = drawn(chart_series(WAVE[:48], WAVE[48:] + 10, actual=WAVE[48:]))
    assert "⠒⠒ actual  ⠐⠂ forecast" in dashed


def test_colours_are_of_the_sixteen_and_never_white_or_black(chart_series: Any) -> None:
    charts = ChartSet((chart_series(WAVE[:48], WAVE[48:], 5.0),), 0, "step of 30 minutes")
    page = chart_page(charts, 80, 24, choose_glyphs(braille=True, coloured=True))
    styles = {str(span.style) for line in page.lines for span in line.spans}
    assert styles == {"dim", "magenta", "dim magenta"}
    assert page.title == "sales: last 48 steps of 30 minutes and 12 ahead"
