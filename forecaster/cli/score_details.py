"""What an evaluation shows on request below its table: errors of each series and step, and all scores by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.cli.score_cells import best_rows
from forecaster.cli.tables import TableColumn, frame_lines, heading_lines, table_lines, table_lines_wrapped
from forecaster.cli.terminal import plain
from forecaster.evaluation.score_tables import MODEL, STEP
from forecaster.spec import COLUMNS
from forecaster.workflow.score_formats import (
    SCALED_DECIMALS,
    error_format,
    format_of_error,
    format_of_scaled,
    main_error,
    median_size,
    method_title,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.cli.page import Page
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.number_formats import NumberFormat
    from forecaster.workflow.results import Evaluation

MEANINGS = {
    "mae": "mean absolute error, in the unit of the series",
    "rmse": "root of the mean squared error, in the unit of the series: large errors count more",
    "smape": "symmetric mean absolute percentage error, 0 to 200",
    "mase": "mean absolute error over the mean change from one season to the next in the history; "
    "below 1 is better than repeating the last season was there",
    "wql": "weighted quantile loss of forecast and intervals, as a share of the values; smaller is better",
    "coverage": "percentage of the values inside the interval of this level",
    "width": "mean width of the interval, in the unit of the series",
    "skill": "by how many percent the errors of this forecast are smaller than those of the row's method",
    "p_value": "how likely so much skill would be if the two methods were equally good",
}
"""What the scores mean, by the first word of their names."""


def part_lines(result: Evaluation, scores: Frame, part: str, order: Sequence[str], page: Page) -> list[str]:
    """Return a table of the errors of each series or step, a column a method, the best of each row in bold."""
    error = "mase" if part == STEP and main_error(result).name == "mase" else _error_in_units(result)
    errors = scores.set_index([MODEL, part])[error].unstack(MODEL).loc[scores[part].unique(), list(order)]
    shown = errors.head(page.most_rows or len(errors))
    formats = _part_formats(result, shown, part, error)
    title = "Series" if part == COLUMNS.series else "Step"
    columns = [TableColumn(title, [plain(key) for key in shown.index], right=part == STEP, key=True)]
    best = [best_rows(row) for row in shown.to_numpy(np.float64)]
    for place, name in enumerate(order):
        pairs = zip(formats, shown[name], strict=True)
        cells = [form.text(value, grouped=page.grouped) for form, value in pairs]
        bold = frozenset(row for row, columns_of_row in enumerate(best) if place in columns_of_row)
        columns.append(TableColumn(method_title(name, result.repeated_values), cells, right=True, bold=bold))
    head = f"Mean error of each {title.lower()}{' in its own unit' if part == COLUMNS.series else ''}"
    rest = page.rest_line(len(errors), "-o FILE for all")
    return [*heading_lines(head, page.width, bold=page.bold), *table_lines(columns, page.width, bold=page.bold), *rest]


def all_scores(scores: Frame, page: Page) -> list[str]:
    """Return all scores with the names that they have in CSV and JSON, and what these mean."""
    names = [name for name in MEANINGS if any(str(column).partition("-")[0] == name for column in scores)]
    meanings = [TableColumn("", names), TableColumn("", [MEANINGS[name] for name in names])]
    head = heading_lines("All scores, with their names in CSV and JSON", page.width, bold=page.bold)
    return [*head, *frame_lines(scores, page.width), "", *table_lines_wrapped(meanings, page.width)[1:]]


def _part_formats(result: Evaluation, errors: Frame, part: str, error: str) -> list[NumberFormat]:
    """Return the format of each row of a table of errors."""
    if error == "mase":
        return [format_of_scaled(median_size(errors.to_numpy(np.float64).ravel()))] * len(errors)
    if part == STEP:
        return [error_format(result, main_error(result), errors.to_numpy(np.float64).ravel())] * len(errors)
    written = result.written_decimals(errors.index)
    return [
        format_of_error(written.get(str(name), SCALED_DECIMALS), median_size(row))
        for name, row in zip(errors.index, errors.to_numpy(np.float64), strict=True)
    ]


def _error_in_units(result: Evaluation) -> str:
    """Return the score of one series or step in its own unit."""
    name = main_error(result).name
    return "mae" if name == "mase" else name
