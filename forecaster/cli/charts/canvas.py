"""A canvas of dots for the lines and bands of a chart, drawn with the characters of a terminal.

Each layer is a mask of dots, (H, W), from the top left. A character of Braille shows 4 x 2 dots, one of ASCII shows
one. A character has one style, which its most important layer decides: the forecast, then the history, then the
intervals, whose dots are left out where a line is, so that it stays clear.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from forecaster.cli.charts.glyphs import FRAME_STYLE

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.cli.charts.glyphs import Glyphs

BRAILLE = 0x2800
BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""Bits of the dots of a Braille character, from the top left, see the Unicode block Braille Patterns."""
DASH = 2
"""Dots of a dash and of the gap after it; chosen by hand: a character is two dots wide."""
FORECAST, HISTORY, INNER, OUTER = "forecast", "history", "inner", "outer"
"""The layers, the most important one first."""


class Canvas:
    """Dots in `columns` x `rows` characters."""

    def __init__(self, columns: int, rows: int, glyphs: Glyphs, *, dashes: bool = False) -> None:
        """Make an empty canvas; with `dashes`, the forecast is a dashed line where there are no colours."""
        self._dashes = dashes and not glyphs.coloured
        self.glyphs, self._columns, self._rows = glyphs, columns, rows
        self.height, self.width = rows * glyphs.down, columns * glyphs.across
        self._layers = {name: np.zeros((self.height, self.width), bool) for name in (FORECAST, HISTORY, INNER, OUTER)}
        self._dashed = np.zeros((self.height, self.width), bool)

    def draw_line(self, layer: str, across: Floats, up: Floats) -> None:
        """Draw a line through points, (n,) each: shares of the width, and heights in dots; it is broken at NaN."""
        x, y = across * (self.width - 1), self.height - 1 - up
        mask, seen = self._layers[layer], np.isfinite(up)
        begins = np.flatnonzero(seen[:-1] & seen[1:])
        dots = _dots_between(x[begins], y[begins], x[begins + 1], y[begins + 1])
        mask[dots] = True
        dashes = np.arange(len(dots[0])) // DASH % 2 == 0
        self._dashed[dots[0][dashes], dots[1][dashes]] = True
        alone = seen & ~np.append(seen[1:], False) & ~np.append(False, seen[:-1])
        size = self.glyphs.down // 2 or 1, self.glyphs.across
        for i in np.flatnonzero(alone):
            top, left = min(round(y[i]), self.height - size[0]), min(round(x[i]), self.width - size[1])
            square = slice(top, top + size[0]), slice(left, left + size[1])
            mask[square] = self._dashed[square] = True

    def fill_between(self, layer: str, across: Floats, low: Floats, high: Floats) -> None:
        """Fill between two lines, (n,) each: shares of the width, and heights in dots; nothing is filled at NaN."""
        x = across * (self.width - 1)
        columns = np.arange(int(np.floor(x[0])) + 1, int(np.ceil(x[-1])) + 1)
        columns = columns[columns < self.width]
        top, bottom = (np.interp(columns, x, self.height - 1 - each) for each in (high, low))
        for column, first, last in zip(columns, top, bottom, strict=True):
            if np.isfinite(first) and np.isfinite(last):
                self._layers[layer][round(first) : round(last) + 1, column] = True

    def lines(self, upright: int) -> list[Text]:
        """Return the rows of characters, with an upright line in a column, not the first, where nothing else is."""
        lines = self._characters(HISTORY), self._characters(FORECAST)
        codes = self._braille_codes() if self.glyphs.braille else self._ascii_codes()
        styles = np.where(
            lines[1], self.glyphs.forecast_style, np.where(lines[0], "", self.glyphs.interval_style)
        ).astype(object)
        blank = (codes[:, upright] == ord(" ")) & (upright > 0)
        codes[blank, upright], styles[blank, upright] = ord(self.glyphs.frame[0]), FRAME_STYLE
        return [_styled(*each) for each in zip(codes, styles, strict=True)]

    def _characters(self, layer: str) -> Bools:
        """Return which characters show a layer, (rows, columns)."""
        shown: Bools = np.any(self._in_characters(self._layers[layer]), axis=(1, 3))
        return shown

    def _in_characters(self, mask: Bools) -> Bools:
        """Return dots by character: (rows, dots down, columns, dots across)."""
        return mask.reshape(self._rows, self.glyphs.down, self._columns, self.glyphs.across)

    def _braille_codes(self) -> Ints:
        """Return the code of each character in Braille, (rows, columns); a space where nothing is drawn."""
        y, x = np.indices((self.height, self.width))
        layers = self._layers
        forecast = layers[FORECAST] & (self._dashed | (not self._dashes))
        half, quarter = (x + y) % 2 == 0, (y % 2 == 0) & ((x + y // 2) % 2 == 0)
        band = (layers[INNER] & half) | (layers[OUTER] & ~layers[INNER] & quarter)
        clear = ~(self._characters(HISTORY) | self._characters(FORECAST))
        dots = self._in_characters(forecast | layers[HISTORY]) | (self._in_characters(band) & clear[:, None, :, None])
        bits = np.einsum("rdca,da->rc", dots.astype(np.int64), BRAILLE_BITS)
        return np.where(bits > 0, BRAILLE + bits, ord(" "))

    def _ascii_codes(self) -> Ints:
        """Return the code of each character in ASCII, (rows, columns); a space where nothing is drawn."""
        codes = np.full((self._rows, self._columns), ord(" "))
        for name in (OUTER, INNER, HISTORY, FORECAST):
            codes[self._layers[name]] = ord(getattr(self.glyphs, name)[0])
        return codes


def _dots_between(x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> tuple[Ints, Ints]:
    """Return the rows and the columns of the dots of straight lines, (n,) each, one line after the other."""
    counts = np.maximum(np.ceil(np.maximum(np.abs(to_x - x), np.abs(to_y - y))).astype(np.int64), 1) + 1
    line = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)) / (counts[line] - 1)
    rows, columns = (first[line] + (last - first)[line] * share for first, last in ((y, to_y), (x, to_x)))
    return np.rint(rows).astype(np.int64), np.rint(columns).astype(np.int64)


def _styled(codes: Ints, styles: Ints) -> Text:
    """Return a row of characters, (columns,), with their styles."""
    text = Text()
    for style, run in groupby(zip(codes.tolist(), styles.tolist(), strict=True), key=lambda each: each[1]):
        text.append("".join(chr(code) for code, _ in run), style=style)
    return text
