"""The characters and styles of charts: Braille or ASCII, with colours or without."""

from __future__ import annotations

from typing import NamedTuple


class Glyphs(NamedTuple):
    """The characters that a terminal shows, and how it shows the parts of a chart.

    Attributes:
        braille: Whether dots are drawn in Braille, else characters in ASCII.
        coloured: Whether there are colours.
        frame: Characters of the frame: upright, with a tick to the left, corner, level, with a tick downwards.
        history, forecast, inner, outer: Samples of the parts, for the legend; in ASCII their first character draws.
        dashed: Sample of a forecast beside actual values, in Braille without colours a dashed line.
        forecast_style, interval_style: Styles in the words of rich; readable on light and on dark backgrounds.

    """

    braille: bool
    coloured: bool
    frame: tuple[str, str, str, str, str]
    history: str
    forecast: str
    inner: str
    outer: str
    dashed: str
    forecast_style: str
    interval_style: str

    @property
    def across(self) -> int:
        """Dots across in a character."""
        return 2 if self.braille else 1

    @property
    def down(self) -> int:
        """Dots down in a character."""
        return 4 if self.braille else 1


FRAME_STYLE = "dim"
COLOURS = ("magenta", "dim magenta")
"""Styles of the forecast and of its intervals: of the 16 colours magenta stands out on white and on black alike."""


def choose_glyphs(*, braille: bool, coloured: bool) -> Glyphs:
    """Return the characters for a terminal that shows Braille or ASCII, in colours or not."""
    styles = COLOURS if coloured else ("", "")
    if not braille:
        return Glyphs(braille, coloured, ("|", "+", "+", "-", "+"), "**", "oo", "::", "..", "oo", *styles)
    dashed = "⠒⠒" if coloured else "⠐⠂"
    return Glyphs(braille, coloured, ("│", "┤", "└", "─", "┬"), "⠒⠒", "⠒⠒", "⢕⢕", "⠡⠡", dashed, *styles)
