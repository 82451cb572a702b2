"""Dots of lines and bands as characters with styles."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.cli.charts.canvas import FORECAST, HISTORY, INNER, OUTER, Canvas
from forecaster.cli.charts.glyphs import choose_glyphs

ACROSS = np.array([0.0, 0.5, 1.0])


def canvas(columns: int = 5, rows: int = 2, *, braille: bool = True, coloured: bool = False) -> Canvas:
    return Canvas(columns, rows, choose_glyphs(braille=braille, coloured=coloured))


def text(drawn: Canvas, upright: int = 0) -> list[str]:
    return [line.plain for line in drawn.lines(upright)]


def test_a_line_goes_through_its_points() -> None:
    one = canvas()
    one.draw_line(HISTORY, ACROSS, np.array([0.0, 7.0, 0.0]))
    assert text(one) == [" ⢠⠓⡄ ", "⡰⠁ ⠈⢆"]
    plain = canvas(5, 3, braille=False)
    plain.draw_line(HISTORY, ACROSS, np.array([0.0, 2.0, 0.0]))
    assert text(plain) == ["  *  ", " * * ", "*   *"]


@pytest.mark.parametrize("braille", [True, False])
def test_a_line_is_broken_where_values_are_missing(*, braille: bool) -> None:
    one = canvas(5, 1, braille=braille)
    one.draw_line(HISTORY, np.linspace(0, 1, 5), np.array([0.0, 0.0, np.nan, np.nan, 0.0]))
    assert text(one) == ["⣀⡀  ⣤" if braille else "**  *"]


def test_bands_have_two_shades_and_leave_lines_clear() -> None:
    one = canvas(4, 2)
    for layer, high in ((INNER, 3.0), (OUTER, 7.0)):
        one.fill_between(layer, np.array([0.0, 1.0]), np.zeros(2), np.full(2, high))
    assert text(one) == ["⠠⠡⠡⠡", "⢐⢕⢕⢕"]
    one.draw_line(HISTORY, np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    assert text(one) == ["⠠⠡⠡⠡", "⠤⠤⠤⠤"]


def test_bands_are_empty_where_an_end_is_missing() -> None:
    one = canvas(4, 1, braille=False)
    one.fill_between(INNER, np.linspace(0, 1, 4), np.array([0.0, 0.0, np.nan, 0.0]), np.zeros(4))
    assert text(one) == [" : :"]


def test_the_forecast_is_dashed_without_colours() -> None:
    for coloured, dashes, expected in ((False, True, "⠒ ⠒ ⠒ "), (False, False, "⠒" * 6), (True, True, "⠒" * 6)):
        one = Canvas(6, 1, choose_glyphs(braille=True, coloured=coloured), dashes=dashes)
        one.draw_line(FORECAST, np.array([0.0, 1.0]), np.array([2.0, 2.0]))
        assert text(one) == [expected]


def test_the_forecast_decides_the_style_of_a_character() -> None:
    one = canvas(3, 1, coloured=True)
    one.draw_line(HISTORY, np.array([0.0, 0.5]), np.zeros(2))
    one.draw_line(FORECAST, np.array([0.4, 0.6]), np.full(2, 3.0))
    (line,) = one.lines(2)
    assert line.plain == "⣀⡉│"
    assert [(span.start, span.end, span.style) for span in line.spans] == [(1, 2, "magenta"), (2, 3, "dim")]


def test_the_upright_line_is_where_nothing_else_is() -> None:
    one = canvas(3, 2, braille=False)
    one.draw_line(HISTORY, np.array([0.0, 1.0]), np.zeros(2))
    assert text(one, 1) == [" | ", "***"]
    assert text(one, 0) == ["   ", "***"]
