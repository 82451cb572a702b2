"""The table of a forecast: a row a step, with the ends of each interval side by side.

Where the names of many series leave no room for the numbers, they stand above their rows. Intervals for which a line
still has no room continue below in another block with the same dates.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from forecaster.cli.tables import (
    BOLD,
    PLAIN,
    TableColumn,
    block_lines,
    block_width,
    folded_blocks,
    table_lines,
    wrapped_lines,
)
from forecaster.cli.terminal import plain
from forecaster.forecasting.method import DIRECT, HELD, NEW_SERIES, RECURSIVE, ZERO_SHOT
from forecaster.spec import COLUMNS
from forecaster.workflow.frames import dates_as_text
from forecaster.workflow.results import SAMPLE
from forecaster.workflow.series_formats import series_formats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.cli.page import Page
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.number_formats import NumberFormat
    from forecaster.workflow.results import Prediction

FORECAST_TITLES = {COLUMNS.model: "Forecast", COLUMNS.strategy: "How", SAMPLE: "Path"}
"""Titles of columns in words; others bear their own names."""
ENDS = {f"{COLUMNS.model}-lo-": "low", f"{COLUMNS.model}-hi-": "high"}
"""What the columns of the ends of intervals begin with, before the level in percent, and their titles."""
STRATEGIES = {
    RECURSIVE: "Each of these steps is forecast from the forecasts before it, beyond the steps of training.",
    HELD: "These times are further ahead than training looked: the furthest forecast is repeated.",
    ZERO_SHOT: "Nothing was trained for this forecast.",
    NEW_SERIES: "Training did not see these series.",
}
"""How all rows were made, in words; `direct` is the usual way and needs none."""
LONG_NAME = 24
"""Columns of a name at most that is repeated in each of its rows; chosen by hand: longer ones push the numbers away."""
WHOLE_MINUTE = re.compile(r"(?<=\d:\d\d):00$")
"""The end of times of day that are not shown with seconds."""
REST = "-o FILE for all"
"""Where the rows are that a terminal does not show."""


def forecast_table(frame: Frame, prediction: Prediction, page: Page) -> list[str]:
    """Return the lines of the table of a forecast.

    Args:
        frame: The long frame of a forecast or of sample paths, its times as they are written.
        prediction: The forecast, which knows the decimals of the series.
        page: Where it is written.

    """
    rows = frame.head(page.most_rows or len(frame))
    names = TableColumn("Series", [plain(name) for name in rows[COLUMNS.series]], key=True)
    formats = series_formats(rows, prediction.written_decimals(rows[COLUMNS.series].unique()))
    columns = [_time_column(rows, page), *_value_columns(rows, formats, page)]
    below = [*page.rest_line(len(frame), REST), *_strategy_lines(rows, page)]
    if frame[COLUMNS.series].nunique() > 1 and not _names_stand_above(names, columns, page):
        return [*block_lines([names, *columns]), *below]
    if frame[COLUMNS.series].nunique() > 1:
        return [*_lines_below_names(names.cells, columns, page), *below]
    return [*table_lines(columns, page.width), *below]


def _names_stand_above(names: TableColumn, columns: Sequence[TableColumn], page: Page) -> bool:
    """Return whether names of series need lines of their own: they are long, or the numbers take the width."""
    if page.width is None:
        return False
    steps = len(names.cells) / len(set(names.cells))
    return block_width([names, *columns]) > page.width or (names.width > LONG_NAME and steps > 1)


def _time_column(rows: Frame, page: Page) -> TableColumn:
    """Return the times: dates, times of day, or numbers of steps.

    Seconds that are all zero are left out, in files only where the times are not as the input writes them.
    """
    times = rows[COLUMNS.time]
    if times.dtype.kind in "iu":
        return TableColumn("Step", [str(time) for time in times], right=True, key=True)
    texts = [plain(text) for text in dates_as_text(rows)[COLUMNS.time]]
    whole = all(WHOLE_MINUTE.search(text) for text in texts)
    if whole and (page.width is not None or times.dtype.kind == "M"):
        texts = [WHOLE_MINUTE.sub("", text) for text in texts]
    return TableColumn("Time" if any(":" in text for text in texts) else "Date", texts, key=True)


def _value_columns(rows: Frame, formats: Mapping[str, NumberFormat], page: Page) -> list[TableColumn]:
    """Return the other columns; a strategy is left out where all rows have the same."""
    of_rows = [formats[name] for name in rows[COLUMNS.series]]
    columns = []
    for name in rows.columns.drop([COLUMNS.series, COLUMNS.time]):
        values = rows[name]
        if name == COLUMNS.strategy and values.nunique() < 2:
            continue
        if values.dtype.kind == "f":
            cells = [form.text(value, grouped=page.grouped) for form, value in zip(of_rows, values, strict=True)]
        else:
            cells = ["" if missing else plain(value) for value, missing in zip(values, values.isna(), strict=True)]
        title, over = _titles(str(name))
        columns.append(TableColumn(title, cells, right=values.dtype.kind in "fiu", over=over))
    return columns


def _strategy_lines(rows: Frame, page: Page) -> list[str]:
    """Return a sentence on the strategy of all rows, if they have the same and it is not the usual one."""
    if COLUMNS.strategy not in rows:
        return []
    strategies = rows[COLUMNS.strategy].unique().tolist()
    return (
        wrapped_lines(STRATEGIES[strategies[0]], page.width) if len(strategies) == 1 and strategies != [DIRECT] else []
    )


def _titles(name: str) -> tuple[str, str]:
    """Return the title of a column, and the title above it, which the two ends of an interval share."""
    for start, title in ENDS.items():
        if name.startswith(start):
            return title, f"{name.removeprefix(start)} % interval"
    return FORECAST_TITLES.get(name, plain(name)), ""


def _lines_below_names(names: Sequence[str], columns: Sequence[TableColumn], page: Page) -> list[str]:
    """Return blocks in which the name of a series stands above its rows."""
    lines: list[str] = []
    for block in folded_blocks(columns, page.width):
        table = block_lines(block)
        header, rows = table[: len(table) - len(names)], table[len(table) - len(names) :]
        lines += [*([""] if lines else []), *header]
        for name, group in groupby(zip(names, rows, strict=True), key=lambda pair: pair[0]):
            lines += [*_name_lines(name, page), *(row for _, row in group)]
    return lines


def _name_lines(name: str, page: Page) -> list[str]:
    """Return a name on lines that are no wider than the page."""
    lines = [name] if page.width is None or cell_len(name) <= page.width else chop_cells(name, page.width)
    return [f"{BOLD}{line}{PLAIN}" for line in lines] if page.bold else lines
