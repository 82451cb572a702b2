"""The table of an evaluation: methods by their errors, the best first, with the best value of each column in bold.

It answers what a newcomer asks: how large the errors are, how much smaller than those of a naive forecast, how many
values the intervals held, and how errors grow with the steps ahead. All scores with their names are a table of their
own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.cli.number_formats import FEWEST_DIGITS, MISSING, NumberFormat, decimals_to_show, format_of_series
from forecaster.cli.tables import (
    BOLD,
    GAP,
    PLAIN,
    TableColumn,
    block_width,
    frame_lines,
    table_lines,
    table_lines_wrapped,
    wrapped_lines,
)
from forecaster.cli.terminal import plain
from forecaster.errors import counted
from forecaster.evaluation.naive_reference import (
    difference_in_words,
    errors_against_reference,
    naive_reference,
    tests_in_words,
)
from forecaster.evaluation.score_tables import MEAN_SQUARE, MODEL, STEP
from forecaster.evaluation.sentences import capitalised
from forecaster.forecasting.methods.baselines import DRIFT, THETA
from forecaster.spec import COLUMNS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Floats
    from forecaster.cli.page import Page
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Evaluation

METHOD_TITLES = {
    COLUMNS.model: "This forecast",
    DRIFT: "Drift",
    THETA: "Theta",
    "statsforecast_auto_ets": "AutoETS",
    "statsforecast_auto_arima": "AutoARIMA",
    "statsforecast_theta": "Theta of statsforecast",
}
"""Names of methods in tables for people; naive forecasts have the name of what they repeat."""
BLOCKS, LETTERS = "▁▂▃▄▅▆▇█", ".:-=+*#@"
"""Marks from no error to the largest one of all methods; letters grow darker, for terminals that show no blocks."""
MOST_MARKS = 24
"""Marks of a row at most; chosen by hand: of more steps each mark is the mean of a few."""
ERROR_DIGITS = 4
"""Significant digits of a usual error; chosen by hand: errors of two backtests differ in the third."""
IN_PERCENT = "in %"
"""Title of the column of errors in percent."""
SCALED_DECIMALS = 3
"""Decimals and digits of scaled errors, most of which are near 1."""
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


class ErrorScore(NamedTuple):
    """The score that the table is about.

    Attributes:
        name: Its column in the tables of scores.
        title: What the table calls it.

    """

    name: str
    title: str


def main_error(result: Evaluation) -> ErrorScore:
    """Return the score that the methods are compared by.

    Errors of several series are scaled, because a large series would hide the others. Those of rare demand are squared,
    because a forecast of nothing has the smallest absolute errors.
    """
    several = result.forecasts[COLUMNS.series].nunique() > 1
    if several and result.scores["mase"].notna().any():
        return ErrorScore("mase", "scaled")
    rare = MEAN_SQUARE in result.forecasts and (result.forecasts[MEAN_SQUARE] > 0).any()
    return ErrorScore("rmse", "squared") if rare else ErrorScore("mae", "amount")


def evaluation_lines(result: Evaluation, page: Page, *, by_series: bool, by_step: bool, verbose: bool) -> list[str]:
    """Return the lines of an evaluation.

    Args:
        result: The evaluation.
        page: Where it is written.
        by_series: Whether errors of each series follow.
        by_step: Whether errors of each step follow.
        verbose: Whether all scores follow, and what they mean.

    """
    error, order = main_error(result), _sorted_methods(result)
    lines = [*_heading_lines(_title(result), page), "", *_method_lines(result, error, order, page)]
    if by_series:
        lines += ["", *_part_lines(result, result.scores_by_series, COLUMNS.series, order, page)]
    if by_step:
        lines += ["", *_part_lines(result, result.scores_by_step, STEP, order, page)]
    return [*lines, "", *_all_scores(result.scores, page)] if verbose else lines


def _heading_lines(text: str, page: Page) -> list[str]:
    """Return a heading, in bold where the terminal shows it."""
    lines = wrapped_lines(text, page.width)
    return [f"{BOLD}{line}{PLAIN}" for line in lines] if page.bold else lines


def _title(result: Evaluation) -> str:
    """Say what was forecast how often."""
    series, horizon = _series_count(result), counted(int(result.scores_by_step[STEP].max()), "step")
    past = tests_in_words(result.verdict.origins, series)
    of_all = "" if series == 1 else f"{series:,} series, "
    return f"Errors of {past}, {of_all}{horizon} each; the best method first"


def _series_count(result: Evaluation) -> int:
    """Return the number of series that were evaluated."""
    return int(result.forecasts[COLUMNS.series].nunique())


def _sorted_methods(result: Evaluation) -> list[str]:
    """Return the methods by their losses, the smallest first; those without a comparison stand last."""
    smaller = errors_against_reference(result.scores)
    return sorted(result.scores[MODEL], key=lambda name: np.nan_to_num(-smaller[name], nan=np.inf))


def _method_lines(result: Evaluation, error: ErrorScore, order: Sequence[str], page: Page) -> list[str]:
    """Return the table of the methods."""
    scores = result.scores.set_index(MODEL).loc[list(order)]
    reference, smaller = naive_reference(result.scores), errors_against_reference(result.scores)
    mark = "▸ " if page.blocks else "> "
    names = [
        f"{mark if name == COLUMNS.model else '  '}{_method_title(name, result.repeated_values)}" for name in order
    ]
    columns = [TableColumn("  Method", names, key=True, bold=frozenset({order.index(COLUMNS.model)}))]
    amounts = scores[error.name].to_numpy(np.float64)
    columns.append(_error_column(error.title, amounts, _error_format(result, error, amounts), page))
    if "smape" in scores and _all_positive(result):
        percent = scores["smape"].to_numpy(np.float64)
        columns.append(_error_column(IN_PERCENT, percent, _percent_format(percent), page))
    against = [_against_text(name, reference, smaller[name]) for name in order]
    best = _best_rows(np.array([-smaller[name] for name in order]))
    columns.append(
        TableColumn(
            result.repeated_values[reference].removeprefix("the "),
            against,
            right=True,
            over="Errors against",
            bold=best,
        )
    )
    columns += [_coverage_column(scores, level) for level in LEVELS if f"coverage-{level}" in scores]
    steps = _errors_by_step(result.scores_by_step, error.name, order)
    if steps.shape[1] > 1:
        columns.append(_steps_column(steps, columns, page))
    return table_lines(columns, page.width, bold=page.bold)


def _steps_column(errors: Floats, others: Sequence[TableColumn], page: Page) -> TableColumn:
    """Return a row of marks for the errors of each method at each step, (methods, h), that fits behind `others`."""
    title = f"steps 1 to {errors.shape[1]}"
    room = MOST_MARKS if page.width is None else page.width - block_width(others) - len(GAP)
    most = min(MOST_MARKS, room) if room >= len(title) else len(title)
    return TableColumn(title, _bars(errors, BLOCKS if page.blocks else LETTERS, most), over="Error at")


def _method_title(name: str, repeated: Mapping[str, str]) -> str:
    """Return the name of a method for people; of naive forecasts what they repeat."""
    title = METHOD_TITLES.get(name) or repeated.get(name, plain(name).replace("_", " ")).removeprefix("the ")
    return capitalised(title)


def _error_column(title: str, values: Floats, form: NumberFormat, page: Page) -> TableColumn:
    """Return a column of errors, the smallest in bold."""
    unit = " %" if title == IN_PERCENT else ""
    cells = [MISSING if np.isnan(value) else form.text(value, grouped=page.grouped) + unit for value in values]
    return TableColumn(title, cells, right=True, over="Mean error", bold=_best_rows(values))


def _coverage_column(scores: Frame, level: int) -> TableColumn:
    """Return the percentages of values inside the intervals of a level, the nearest to it in bold."""
    covered = scores[f"coverage-{level}"].to_numpy(np.float64)
    cells = [MISSING if np.isnan(value) else f"{value:.0f} %" for value in covered]
    return TableColumn(f"{level} %", cells, right=True, over="In interval of", bold=_best_rows(np.abs(covered - level)))


def _best_rows(values: Floats) -> frozenset[int]:
    """Return the rows of the smallest value; none where there is nothing to choose from."""
    known = values[~np.isnan(values)]
    if len(known) < 2 or known.min() == known.max():
        return frozenset()
    return frozenset(np.flatnonzero(values == known.min()).tolist())


def _against_text(name: str, reference: str, smaller: float) -> str:
    """Return how large the errors of a method are against those of the reference, in words."""
    if name == reference:
        return "reference"
    return MISSING if np.isnan(smaller) else difference_in_words(smaller)


def _error_format(result: Evaluation, error: ErrorScore, values: Floats) -> NumberFormat:
    """Return the format of errors: of one series one decimal more than its values have, as they are means."""
    if error.name == "mase":
        return _format_of_scaled(_median_size(values))
    names = result.forecasts[COLUMNS.series].unique()
    written = max(result.written_decimals(names).values(), default=SCALED_DECIMALS)
    return _format_of_error(written, _median_size(values))


def _format_of_scaled(usual: float) -> NumberFormat:
    """Return the format of scaled errors, most of which are near 1."""
    return NumberFormat(min(SCALED_DECIMALS, max(1, decimals_to_show(usual, SCALED_DECIMALS))))


def _format_of_error(written: int, usual: float) -> NumberFormat:
    """Return the format of errors of a series whose values have `written` decimals."""
    form = format_of_series(written + 1, usual)
    return form if form.exponent else replace(form, decimals=min(form.decimals, decimals_to_show(usual, ERROR_DIGITS)))


def _percent_format(values: Floats) -> NumberFormat:
    """Return the format of errors in percent: one decimal, or two digits of smaller ones."""
    return NumberFormat(max(1, decimals_to_show(_median_size(values), FEWEST_DIGITS)))


def _median_size(values: Floats) -> float:
    """Return the median of the values that are positive; NaN if there are none."""
    positive = values[np.isfinite(values) & (values > 0.0)]
    return float(np.median(positive)) if len(positive) else np.nan


def _all_positive(result: Evaluation) -> bool:
    """Return whether errors in percent mean something: a percentage of a value near zero does not."""
    return COLUMNS.target in result.forecasts and bool((result.forecasts[COLUMNS.target] > 0.0).all())


def _errors_by_step(by_step: Frame, error: str, order: Sequence[str]) -> Floats:
    """Return the errors of the methods at each step, (methods, h)."""
    errors = by_step.set_index([MODEL, STEP])[error].unstack().loc[list(order)]
    values: Floats = errors.to_numpy(np.float64)
    return values


def _bars(errors: Floats, marks: str, most: int) -> list[str]:
    """Return at most `most` marks a method for its errors at each step, (methods, h), all on one scale from 0."""
    together = -(-errors.shape[1] // most)
    means = np.array(
        [[row[begin : begin + together].mean() for begin in range(0, len(row), together)] for row in errors]
    )
    top = np.nanmax(means, initial=0.0)
    heights = np.nan_to_num(means / top if top > 0.0 else 0.0 * means)
    return ["".join(marks[int(height * (len(marks) - 1) + 0.5)] for height in row) for row in heights]


def _part_lines(result: Evaluation, scores: Frame, part: str, order: Sequence[str], page: Page) -> list[str]:
    """Return a table of the errors of each series or step, a column a method, the best of each row in bold."""
    error = "mase" if part == STEP and main_error(result).name == "mase" else _error_in_units(result)
    errors = scores.set_index([MODEL, part])[error].unstack(MODEL).loc[scores[part].unique(), list(order)]
    shown = errors.head(page.most_rows or len(errors))
    formats = _part_formats(result, shown, part, error)
    title = "Series" if part == COLUMNS.series else "Step"
    columns = [TableColumn(title, [plain(key) for key in shown.index], right=part == STEP, key=True)]
    best = [_best_rows(row) for row in shown.to_numpy(np.float64)]
    for place, name in enumerate(order):
        pairs = zip(formats, shown[name], strict=True)
        cells = [form.text(value, grouped=page.grouped) for form, value in pairs]
        bold = frozenset(row for row, columns_of_row in enumerate(best) if place in columns_of_row)
        columns.append(TableColumn(_method_title(name, result.repeated_values), cells, right=True, bold=bold))
    head = f"Mean error of each {title.lower()}{' in its own unit' if part == COLUMNS.series else ''}"
    rest = page.rest_line(len(errors), "-o FILE for all")
    return [*_heading_lines(head, page), *table_lines(columns, page.width, bold=page.bold), *rest]


def _error_in_units(result: Evaluation) -> str:
    """Return the score of one series or step in its own unit."""
    name = main_error(result).name
    return "mae" if name == "mase" else name


def _part_formats(result: Evaluation, errors: Frame, part: str, error: str) -> list[NumberFormat]:
    """Return the format of each row of a table of errors."""
    if error == "mase":
        return [_format_of_scaled(_median_size(errors.to_numpy(np.float64).ravel()))] * len(errors)
    if part == STEP:
        return [_error_format(result, main_error(result), errors.to_numpy(np.float64).ravel())] * len(errors)
    written = result.written_decimals(errors.index)
    return [
        _format_of_error(written.get(str(name), SCALED_DECIMALS), _median_size(row))
        for name, row in zip(errors.index, errors.to_numpy(np.float64), strict=True)
    ]


def _all_scores(scores: Frame, page: Page) -> list[str]:
    """Return all scores with the names that they have in CSV and JSON, and what these mean."""
    names = [name for name in MEANINGS if any(str(column).partition("-")[0] == name for column in scores)]
    meanings = [TableColumn("", names), TableColumn("", [MEANINGS[name] for name in names])]
    head = _heading_lines("All scores, with their names in CSV and JSON", page)
    return [*head, *frame_lines(scores, page.width), "", *table_lines_wrapped(meanings, page.width)[1:]]
