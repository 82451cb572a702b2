"""Frames as aligned text for people.

A table that is wider than the terminal continues below in another block, which repeats the columns that name the rows:
nothing is cut off. Numbers have as many decimals as their unit needs.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len

from forecaster.cli.terminal import plain
from forecaster.spec import COLUMNS
from forecaster.workflow.frames import columns_of_kind, dates_as_text
from forecaster.workflow.number_formats import MISSING, decimals_to_show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from forecaster.workflow.frames import Frame

GAP = "  "
"""Space between columns."""
INDENT = "  "
"""Space before the lines of a section."""
BOLD, PLAIN = "\x1b[1m", "\x1b[22m"
"""What begins and ends bold text on a terminal."""
MOST_LISTED = 20
"""Findings and failures that are listed, chosen by hand: about a screen; the others are counted."""
FORECAST_DIGITS, SCORE_DIGITS = 6, 4
"""Significant digits of the median of the numbers that share their decimals; chosen by hand: more are noise."""
SCORE_DECIMALS = {"coverage": 1, "skill": 1, "p_value": 3}
"""Decimals of scores without a unit, by the first word of their names: percentages and probabilities."""
NO_BREAK = "\N{NO-BREAK SPACE}"
"""Stands for a space at which no line is broken while text is wrapped."""
NARROWEST = 20
"""Text is not wrapped narrower than this: single long words would fill the lines."""


@dataclass(frozen=True)
class TableColumn:
    """One column of text.

    Attributes:
        title: Text of the header.
        cells: Text of the rows.
        right: Whether it is aligned to the right, as numbers are.
        key: Whether it names the rows, so that each block of a folded table repeats it.
        over: Title above this one, which neighbouring columns share; they are never parted. Empty where there is none.
        bold: Numbers of the rows whose cells are bold on a terminal.

    """

    title: str
    cells: list[str]
    right: bool = False
    key: bool = False
    over: str = ""
    bold: frozenset[int] = frozenset()

    @property
    def width(self) -> int:
        """Return the width in columns of the terminal."""
        return max(cell_len(text) for text in (self.title, *self.cells))

    def lines(self, width: int | None = None, *, bold: bool = False) -> list[str]:
        """Return title and cells, all of the same width: that of the widest, or a larger one that is given."""
        texts = [_padded(text, width or self.width, right=self.right) for text in (self.title, *self.cells)]
        rows = self.bold if bold else ()
        return [f"{BOLD}{text}{PLAIN}" if row - 1 in rows else text for row, text in enumerate(texts)]


def frame_lines(frame: Frame, width: int | None = None) -> list[str]:
    """Return `frame` as lines; they are no wider than `width` if it is given and no single column is wider."""
    decimals = _decimals_by_column(frame)
    columns: dict[str, TableColumn] = {}
    for name, values in dates_as_text(frame).items():
        title = str(name)
        if title in decimals:
            columns[title] = TableColumn(plain(title), _number_cells(values, decimals[title]), right=True)
        else:
            cells = ["" if missing else plain(value) for value, missing in zip(values, values.isna(), strict=True)]
            columns[title] = TableColumn(
                plain(title), cells, right=values.dtype.kind in "iu", key=not decimals.keys() & columns
            )
    return table_lines(list(_merge_interval_columns(columns).values()), width)


def table_lines(
    columns: Sequence[TableColumn], width: int | None = None, *, gap: str = GAP, bold: bool = False
) -> list[str]:
    """Return `columns` side by side, folded into blocks where `width` is too small.

    Args:
        columns: The columns.
        width: Columns of the terminal; None for one block.
        gap: Space between columns.
        bold: Whether the terminal shows bold cells.

    """
    lines: list[str] = []
    for block in folded_blocks(columns, width, gap):
        lines += ([""] if lines else []) + block_lines(block, gap, bold=bold)
    return lines


def block_lines(block: Sequence[TableColumn], gap: str = GAP, *, bold: bool = False) -> list[str]:
    """Return the header, one line or two, and the rows of columns side by side."""
    header, cells = [], []
    for group in _groups(block):
        over, group_width = group[0].over, _group_width(group, gap)
        header.append(_padded(over, group_width, right=group[0].right))
        widths = [column.width for column in group]
        widths[0] += group_width - sum(widths) - len(gap) * (len(group) - 1)
        cells += [column.lines(width, bold=bold) for column, width in zip(group, widths, strict=True)]
    top = [gap.join(header).rstrip()] if any(column.over for column in block) else []
    return top + [gap.join(row).rstrip() for row in zip(*cells, strict=True)]


def table_lines_wrapped(columns: Sequence[TableColumn], width: int | None = None) -> list[str]:
    """Return `columns` side by side, with the text of the last one wrapped where `width` is too small."""
    *labels, last = columns
    lines = []
    for row in zip(*(column.lines() for column in labels), (last.title, *last.cells), strict=True):
        label = GAP.join((*row[:-1], ""))
        indent = cell_len(label)
        first, *others = wrapped_lines(row[-1], None if width is None else width - indent)
        lines += [(label + first).rstrip(), *(" " * indent + line for line in others)]
    return lines


def heading_lines(text: str, width: int | None, *, bold: bool) -> list[str]:
    """Return a heading, in bold where the terminal shows it."""
    lines = wrapped_lines(text, width)
    return [f"{BOLD}{line}{PLAIN}" for line in lines] if bold else lines


def wrapped_lines(text: object, width: int | None, indent: str = "") -> list[str]:
    """Return `text` in lines no wider than `width`, or in one; all but the first are indented, words stay whole.

    A number and its percent sign stay on one line.
    """
    if width is None:
        return [plain(text)]
    width = max(width, NARROWEST)
    joined = plain(text).replace(" %", f"{NO_BREAK}%")
    lines = textwrap.wrap(joined, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace(NO_BREAK, " ") for line in lines] or [""]


def _padded(text: str, width: int, *, right: bool) -> str:
    """Return `text` filled with spaces up to `width`; wide characters count as two."""
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def folded_blocks(columns: Sequence[TableColumn], width: int | None, gap: str = GAP) -> list[list[TableColumn]]:
    """Return the columns of each block; each block begins with the columns that name the rows."""
    keys = [column for column in columns if column.key]
    blocks = [list(keys)]
    for group in _groups(columns[len(keys) :]):
        if width is not None and block_width([*blocks[-1], *group], gap) > width and len(blocks[-1]) > len(keys):
            blocks.append(list(keys))
        blocks[-1] += group
    return blocks


def block_width(block: Sequence[TableColumn], gap: str = GAP) -> int:
    """Return the width of columns side by side."""
    groups = _groups(block)
    return sum(_group_width(group, gap) for group in groups) + len(gap) * (len(groups) - 1)


def _groups(columns: Sequence[TableColumn]) -> list[list[TableColumn]]:
    """Return neighbouring columns together that share the title above them."""
    return [list(group) for _, group in groupby(columns, key=lambda column: column.over or id(column))]


def _group_width(group: Sequence[TableColumn], gap: str) -> int:
    """Return the width of neighbouring columns and of the title above them."""
    return max(cell_len(group[0].over), sum(column.width for column in group) + len(gap) * (len(group) - 1))


def _decimals_by_column(frame: Frame) -> dict[str, list[int]]:
    """Return the decimals of each row for each column of floats.

    The forecasts of a series have one unit and share their decimals; each score has a unit of its own.
    """
    sizes = columns_of_kind(frame, "f").abs()
    sizes = sizes.where(np.isfinite(sizes) & (sizes > 0.0))
    if {COLUMNS.series, COLUMNS.time} <= set(frame):
        typical = sizes.median(axis=1).groupby(frame[COLUMNS.series]).transform("median")
        shared = [decimals_to_show(size, FORECAST_DIGITS) for size in typical]
        return {str(name): shared for name in sizes}
    scores = {str(name): decimals_to_show(size, SCORE_DIGITS) for name, size in sizes.median().items()}
    return {name: [SCORE_DECIMALS.get(name.partition("-")[0], places)] * len(frame) for name, places in scores.items()}


def _number_cells(values: Iterable[float], decimals: Iterable[int]) -> list[str]:
    """Return numbers as text, each with its decimals."""
    pairs = zip(values, decimals, strict=True)
    return [MISSING if math.isnan(value) else f"{value:.{places}f}" for value, places in pairs]


def _merge_interval_columns(columns: Mapping[str, TableColumn]) -> dict[str, TableColumn]:
    """Return `columns` with the two ends of each interval in one column, `low … high`."""
    parts = {name: name.rpartition("-lo-") for name in columns}
    ends = [(model, level, low, f"{model}-hi-{level}") for low, (model, _, level) in parts.items()]
    found = [(model, level, low, high) for model, level, low, high in ends if {model, high} <= columns.keys()]
    single = len({model for model, *_ in found}) == 1
    merged = dict(columns)
    for model, level, low, high in found:
        title = f"{level} % interval" if single else f"{model} {level} %"
        pairs = zip(_aligned_cells(columns[low]), _aligned_cells(merged.pop(high)), strict=True)
        merged[low] = TableColumn(title, [" … ".join(pair) for pair in pairs], right=True)
    return merged


def _aligned_cells(column: TableColumn) -> list[str]:
    """Return the cells of `column`, all as wide as the widest one."""
    return replace(column, title="").lines()[1:]
