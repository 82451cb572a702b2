"""The table of an evaluation: methods by their errors, the best first, with the best value of each column in bold.

It answers what a newcomer asks: how large the errors are, how much smaller than those of a naive forecast, how many
values the intervals held, and how errors grow with the steps ahead. All scores with their names are a table of their
own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.cli.score_cells import best_rows, error_bars
from forecaster.cli.score_details import all_scores, part_lines
from forecaster.cli.tables import GAP, TableColumn, block_width, heading_lines, table_lines, wrapped_lines
from forecaster.errors import counted
from forecaster.evaluation.holdout_report import scores_to_records
from forecaster.evaluation.naive_reference import errors_against_reference
from forecaster.evaluation.plain_sentences import difference_in_words, reference_test, tests_in_words
from forecaster.evaluation.score_tables import MODEL, STEP
from forecaster.spec import COLUMNS, LEVELS
from forecaster.workflow.number_formats import MISSING, NumberFormat
from forecaster.workflow.score_formats import (
    ErrorScore,
    error_format,
    main_error,
    method_title,
    percent_format,
    sorted_methods,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats
    from forecaster.cli.page import Page
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Evaluation

BLOCKS, LETTERS = "▁▂▃▄▅▆▇█", ".:-=+*#@"
"""Marks from no error to the largest one of comparable methods; letters grow darker, for terminals that show no
blocks."""
COMPARABLE = 2.0
"""Methods whose errors are at most this multiple of the forecast's set the scale of the marks; chosen by hand: those of
a naive forecast can be ten times as large, and would leave the others one height."""
MOST_MARKS = 24
"""Marks of a row at most; chosen by hand: of more steps each mark is the mean of a few."""
LEAST_DIFFERENCE = 0.005
"""Share of an error below which two errors are shown as equal, as the comparisons in percent are."""
SCALED_ORDER = (
    "The methods are compared by scaled errors: each error is divided by how much the series varied before it, so that "
    "all forecasts of the past count the same."
)
"""Why the mean errors can be in another order than the methods."""
IN_PERCENT = "in %"
"""Title of the column of errors in percent."""


def evaluation_lines(result: Evaluation, page: Page, *, by_series: bool, by_step: bool, verbose: bool) -> list[str]:
    """Return the lines of an evaluation.

    Args:
        result: The evaluation.
        page: Where it is written.
        by_series: Whether errors of each series follow.
        by_step: Whether errors of each step follow.
        verbose: Whether all scores follow, and what they mean.

    """
    error, order = main_error(result), sorted_methods(result)
    heading = heading_lines(_title(result), page.width, bold=page.bold)
    lines = [*heading, "", *_method_lines(result, error, order, page), *_order_lines(result, error, order, page)]
    if by_series:
        lines += ["", *part_lines(result, result.scores_by_series, COLUMNS.series, order, page)]
    if by_step:
        lines += ["", *part_lines(result, result.scores_by_step, STEP, order, page)]
    return [*lines, "", *all_scores(result.scores, page)] if verbose else lines


def _title(result: Evaluation) -> str:
    """Say what was forecast how often."""
    series, horizon = _series_count(result), counted(int(result.scores_by_step[STEP].max()), "step")
    past = tests_in_words(result.verdict.origins, series)
    of_all = "" if series == 1 else f"{series:,} series, "
    return f"Errors of {past}, {of_all}{horizon} each; the best method first"


def _series_count(result: Evaluation) -> int:
    """Return the number of series that were evaluated."""
    return int(result.forecasts[COLUMNS.series].nunique())


def _method_lines(result: Evaluation, error: ErrorScore, order: Sequence[str], page: Page) -> list[str]:
    """Return the table of the methods."""
    scores = result.scores.set_index(MODEL).loc[list(order)]
    mark = "▸ " if page.blocks else "> "
    marks = [mark if name == COLUMNS.model else "  " for name in order]
    names = [sign + method_title(name, result.repeated_values) for sign, name in zip(marks, order, strict=True)]
    columns = [TableColumn("  Method", names, key=True, bold=frozenset({order.index(COLUMNS.model)}))]
    amounts = error.amounts(scores)
    columns.append(_error_column(error.title, amounts, error_format(result, error, amounts), page))
    if "smape" in scores and _all_positive(result):
        percent = scores["smape"].to_numpy(np.float64)
        columns.append(_error_column(IN_PERCENT, percent, percent_format(percent), page))
    columns.append(_comparison_column(result, order))
    columns += [_coverage_column(scores, level) for level in LEVELS if f"coverage-{level}" in scores]
    steps = _errors_by_step(result.scores_by_step, error.name, order)
    if steps.shape[1] > 1:
        mean = scores[error.name].to_numpy(np.float64)
        comparable = mean <= COMPARABLE * mean[order.index(COLUMNS.model)]
        columns.append(_steps_column(steps, comparable, columns, page))
    return table_lines(columns, page.width, bold=page.bold)


def _order_lines(result: Evaluation, error: ErrorScore, order: Sequence[str], page: Page) -> list[str]:
    """Say how the methods are compared, where a method with a smaller error stands below one with a larger error."""
    amounts = error.amounts(result.scores.set_index(MODEL).loc[list(order)])
    ordered = amounts[np.isfinite(amounts)]
    if not (ordered[1:] < ordered[:-1] * (1.0 - LEAST_DIFFERENCE)).any():
        return []
    return ["", *wrapped_lines(SCALED_ORDER, page.width)]


def _steps_column(errors: Floats, comparable: Bools, others: Sequence[TableColumn], page: Page) -> TableColumn:
    """Return marks for the errors of each method at each step, (methods, h), that fit behind the other columns."""
    title = f"steps 1 to {errors.shape[1]}"
    room = MOST_MARKS if page.width is None else page.width - block_width(others) - len(GAP)
    most = min(MOST_MARKS, room) if room >= len(title) else len(title)
    return TableColumn(title, error_bars(errors, comparable, BLOCKS if page.blocks else LETTERS, most), over="Error at")


def _error_column(title: str, values: Floats, form: NumberFormat, page: Page) -> TableColumn:
    """Return a column of errors, the smallest in bold."""
    unit = " %" if title == IN_PERCENT else ""
    cells = [MISSING if np.isnan(value) else form.text(value, grouped=page.grouped) + unit for value in values]
    return TableColumn(title, cells, right=True, over="Mean error", bold=best_rows(values))


def _coverage_column(scores: Frame, level: int) -> TableColumn:
    """Return the percentages of values inside the intervals of a level, the nearest to it in bold."""
    covered = scores[f"coverage-{level}"].to_numpy(np.float64)
    cells = [MISSING if np.isnan(value) else f"{value:.0f} %" for value in covered]
    return TableColumn(f"{level} %", cells, right=True, over="In interval of", bold=best_rows(np.abs(covered - level)))


def _comparison_column(result: Evaluation, order: Sequence[str]) -> TableColumn:
    """Return how large the errors of each method are against those of the reference, in words."""
    scores = scores_to_records(result.scores)
    reference, smaller = reference_test(result.verdict, scores).method, errors_against_reference(scores)
    words = {name: MISSING if np.isnan(value) else difference_in_words(value) for name, value in smaller.items()}
    words[reference] = "reference"
    title = result.repeated_values[reference].removeprefix("the ")
    best = best_rows(np.array([-smaller[name] for name in order]))
    return TableColumn(title, [words[name] for name in order], right=True, over="Errors against", bold=best)


def _all_positive(result: Evaluation) -> bool:
    """Return whether errors in percent mean something: a percentage of a value near zero does not."""
    return COLUMNS.target in result.forecasts and bool((result.forecasts[COLUMNS.target] > 0.0).all())


def _errors_by_step(by_step: Frame, error: str, order: Sequence[str]) -> Floats:
    """Return the errors of the methods at each step, (methods, h)."""
    errors = by_step.set_index([MODEL, STEP])[error].unstack().loc[list(order)]
    values: Floats = errors.to_numpy(np.float64)
    return values
