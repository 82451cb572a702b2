"""What a report shows: sections of blocks, in the order of the page, with all texts and numbers as they are shown.

A block knows nothing of HTML. Numbers of the series themselves are those of `forecaster.report.series_numbers`, which
the page draws; a small chart has its own, (n,) for each line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.report.series_numbers import SeriesNumbers


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its cells, and whether these are numbers; `best` are the rows in bold."""

    title: str
    cells: Sequence[str]
    numeric: bool = False
    best: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first column names the rows, and row `marked` is that of the forecast."""

    caption: str
    columns: tuple[Column, ...]
    marked: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of a small chart: its name and values, (n,), NaN where there is none; `main` is that of the forecast."""

    name: str
    values: Floats
    main: bool = False


@dataclass(frozen=True)
class LineChart:
    """A small chart.

    Attributes:
        title: What the chart shows.
        x_title: What is counted from left to right.
        x: Where the values are, (n,).
        lines: The lines; the first ones are drawn last, above the others.
        unit: What stands behind the numbers of the vertical axis, such as ` %`.
        logarithmic: Whether the vertical axis is; values that are not positive are left out then.
        level: A value that is marked by a line across; None for none.
        from_zero: Whether the vertical axis begins at 0, as it does for errors.

    """

    title: str
    x_title: str
    x: Floats
    lines: tuple[Line, ...]
    unit: str = ""
    logarithmic: bool = False
    level: float | None = None
    from_zero: bool = True


@dataclass(frozen=True)
class Share:
    """A share of a whole, 0 to 1, with its name."""

    name: str
    value: float


@dataclass(frozen=True)
class Shares:
    """Shares that are 1 together, as one bar."""

    title: str
    parts: tuple[Share, ...]


@dataclass(frozen=True)
class Text:
    """Sentences, each a paragraph."""

    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Labels with a sentence each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Code:
    """A command to type, with what it does."""

    label: str
    text: str


@dataclass(frozen=True)
class SeriesCharts:
    """Charts of series.

    Attributes:
        places: Numbers of the series.
        names: Name of each.
        ranks: Why each of them was chosen among many, as `best`; empty where all are shown.
        every_fold: Whether all forecasts are drawn, or only the latest.

    """

    places: tuple[int, ...]
    names: tuple[str, ...]
    ranks: tuple[str, ...]
    every_fold: bool = False


@dataclass(frozen=True)
class SeriesTable:
    """The table of all series, with what is said above it."""

    caption: str


@dataclass(frozen=True)
class Details:
    """Blocks that are shown on request, under a summary."""

    summary: str
    blocks: tuple[Block, ...]


Block = Table | LineChart | Shares | Text | Facts | Code | SeriesCharts | SeriesTable | Details


@dataclass(frozen=True)
class Section:
    """A part of a report: the anchor of its heading, the heading, and what follows; none without a block."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        command: The command that made it, such as `evaluate`.
        title: What it is about.
        answer: The result in sentences, the most important one first.
        facts: What was forecast from what.
        sections: The sections; those without blocks are left out.
        numbers: The series that are drawn; None for none.

    """

    command: str
    title: str
    answer: tuple[str, ...]
    facts: Facts
    sections: tuple[Section, ...]
    numbers: SeriesNumbers | None = None
