"""What a table is written on: a terminal of some width, or a file without an end."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from forecaster.cli.terminal import shows_blocks

LINES_BESIDE_TABLE = 4
"""Lines of a screen that a table leaves free: a prompt, and an error of two or three lines."""
MOST_ROWS = 40
"""Rows of a table on a terminal; chosen by hand: about a screen, and a file has all of them."""


@dataclass(frozen=True)
class Page:
    """The place of a table; without arguments a file or a pipe, which takes all rows as plain text.

    Attributes:
        width: Columns of the terminal; None where lines may have any length.
        most_rows: Rows that are shown; None for all.
        grouped: Whether thousands are separated by commas.
        blocks: Whether block characters are shown.
        bold: Whether bold text is shown.
        height: Lines that a screen has for a table that should fit on it; None where there is no screen.

    """

    width: int | None = None
    most_rows: int | None = None
    grouped: bool = False
    blocks: bool = True
    bold: bool = False
    height: int | None = None

    @classmethod
    def of_standard_output(cls) -> Page:
        """Return the page of standard output."""
        if not sys.stdout.isatty():
            return cls()
        bold = os.environ.get("TERM") != "dumb"
        width, lines = shutil.get_terminal_size()
        height, blocks = lines - LINES_BESIDE_TABLE, shows_blocks(sys.stdout)
        return cls(width, MOST_ROWS, grouped=True, blocks=blocks, bold=bold, height=height)

    def rest_line(self, rows: int, remedy: str) -> list[str]:
        """Return a line that counts the rows which are not shown, and says where all of them are; none if all are."""
        rest = rows - (rows if self.most_rows is None else self.most_rows)
        return [f"and {rest:,} more; {remedy}"] if rest > 0 else []
