"""The sections about how good a forecast is: methods side by side, step by step, fold by fold, and coverage.

Scores are frames with a row a method, as evaluations and trainings return them; errors by step are (h,) by method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.naive_reference import errors_against_reference
from forecaster.evaluation.plain_sentences import difference_in_words, interval_sentence, reference_test
from forecaster.evaluation.score_tables import MODEL
from forecaster.evaluation.sentences import capitalised
from forecaster.forecasting.methods.baselines import LAST_VALUE, SEASONAL_NAIVE
from forecaster.report.document import Column, Details, Line, LineChart, Section, Table, Text
from forecaster.spec import COLUMNS, LEVELS
from forecaster.workflow.number_formats import MISSING, NumberFormat
from forecaster.workflow.score_formats import format_of_error, format_of_scaled, median_size, method_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from forecaster.arrays import Bools, Floats
    from forecaster.evaluation.verdict import Verdict
    from forecaster.report.document import Block
    from forecaster.workflow.score_formats import ErrorScore

MOST_LINES = 5
"""Lines of a chart at most, chosen by hand: the best methods; the table has all."""


PART = " (a part of it)"
"""What stands behind the name of a method that is no other forecast."""


@dataclass(frozen=True)
class Accuracy:
    """How good a forecast is against other methods.

    Attributes:
        verdict: The verdict.
        scores: One record a method.
        repeated: What each naive forecast repeats, in words.
        error: The error that methods are compared by.
        form: How this error is written.
        past: What the scores are of, such as `5 forecasts of the past`.
        steps: That error at each step of the horizon by method, (h,); empty where it is not known.
        sentences: What the exact tests say.
        coverage_by_step: Values inside the interval of each level at each step, in percent, (h,); may be empty.

    """

    verdict: Verdict
    scores: Sequence[Mapping[str, Any]]
    repeated: Mapping[str, str]
    error: ErrorScore
    form: NumberFormat
    past: str
    steps: Mapping[str, Floats]
    sentences: tuple[str, ...] = ()
    coverage_by_step: Mapping[int, Floats] | None = None

    @property
    def reference(self) -> str:
        """The naive forecast, or the best baseline, that the others are measured by."""
        return reference_test(self.verdict, self.scores).method

    @property
    def naive(self) -> str:
        """What the reference repeats, in words, or its name."""
        return self.repeated.get(self.reference, self.title(self.reference)).removeprefix("the ")

    @property
    def order(self) -> list[str]:
        """The methods, those with the smallest losses first, and those that are not compared last.

        Without a season the seasonal naive forecast is the last value, and is left out.
        """
        smaller, methods = errors_against_reference(self.scores), [str(record[MODEL]) for record in self.scores]
        if LAST_VALUE in methods and self.repeated.get(SEASONAL_NAIVE) == self.repeated.get(LAST_VALUE):
            methods = [name for name in methods if name != SEASONAL_NAIVE]
        return sorted(methods, key=lambda name: np.nan_to_num(-smaller.get(name, np.nan), nan=np.inf))

    def title(self, method: str) -> str:
        """Return the name of a method for people."""
        return method_title(method, self.repeated)


def format_of_errors(error: ErrorScore, written: int, values: Floats) -> NumberFormat:
    """Return how errors are written, of values with this number of decimals."""
    return (
        format_of_scaled(median_size(values)) if error.name == "mase" else format_of_error(written, median_size(values))
    )


def accuracy_section(accuracy: Accuracy) -> Section:
    """Return how good the forecast is against other methods, on the whole and at each step."""
    blocks: list[Block] = [_method_table(accuracy)]
    if any(len(errors) > 1 for errors in accuracy.steps.values()):
        blocks += [_step_chart(accuracy), Details("Errors at each step, as numbers", (_step_table(accuracy),))]
    if accuracy.sentences:
        blocks.append(Details("The exact tests", (Text(accuracy.sentences),)))
    return Section("accuracy", "How good the forecast is", tuple(blocks))


def coverage_section(accuracy: Accuracy) -> Section:
    """Return how many values the intervals held."""
    known = {level: covered for level, covered in accuracy.verdict.coverage.items() if covered is not None}
    if not known:
        return Section("coverage", "Coverage of the intervals", ())
    columns = (
        Column("Interval", [f"{level} %" for level in known]),
        Column("Values inside", [f"{covered:.1f} %" for covered in known.values()], numeric=True),
        Column("Difference in points", [f"{covered - level:+.1f}" for level, covered in known.items()], numeric=True),
    )
    blocks: list[Block] = [Text((interval_sentence(accuracy.verdict),)), Table("Values inside the intervals", columns)]
    by_step = accuracy.coverage_by_step or {}
    if any(len(covered) > 1 for covered in by_step.values()):
        blocks += [_coverage_chart(level, covered) for level, covered in by_step.items()]
    return Section("coverage", "Coverage of the intervals", tuple(blocks))


def _method_table(accuracy: Accuracy) -> Table:
    """Return the table of the methods, as a terminal shows it."""
    order, records = accuracy.order, {str(record[MODEL]): record for record in accuracy.scores}

    def values(name: str) -> Floats:
        found = [records[method].get(name) for method in order]
        return np.array([np.nan if value is None else value for value in found], np.float64)

    errors = values(accuracy.error.name)
    amounts = errors**2 if accuracy.error.name == "rmse" else errors
    smaller = errors_against_reference(accuracy.scores)
    compared = np.array([name in smaller for name in order])
    columns = [
        Column("Method", [accuracy.title(name) + ("" if name in smaller else PART) for name in order]),
        _number_column(f"Mean error, {accuracy.error.title}", amounts, accuracy.form, compared),
        Column(
            f"Errors against {accuracy.naive}", [_difference(accuracy, smaller, name) for name in order], numeric=True
        ),
    ]
    for level in LEVELS:
        covered = values(f"coverage-{level}")
        if not np.isnan(covered).all():
            cells = [MISSING if np.isnan(value) else f"{value:.0f} %" for value in covered]
            columns.append(Column(f"In the {level} % interval", cells, numeric=True))
    marked = order.index(COLUMNS.model) if COLUMNS.model in order else None
    return Table(f"Errors of {accuracy.past}; the best method first", tuple(columns), marked)


def _difference(accuracy: Accuracy, smaller: Mapping[str, float], name: str) -> str:
    """Return how large the errors of a method are against those of the reference, in words."""
    if name == accuracy.reference:
        return "reference"
    percent = smaller.get(name, np.nan)
    return MISSING if np.isnan(percent) else difference_in_words(percent)


def _number_column(title: str, values: Floats, form: NumberFormat, compared: Bools) -> Column:
    """Return a column of numbers, the smallest ones of the methods that are compared in bold."""
    known = values[compared & ~np.isnan(values)]
    best = frozenset(np.flatnonzero(compared & (values == known.min())).tolist()) if len(known) > 1 else frozenset()
    return Column(title, [form.text(value, grouped=True) for value in values], numeric=True, best=best)


def _step_chart(accuracy: Accuracy) -> LineChart:
    """Return the errors of the best methods and of the reference at each step."""
    named = [name for name in accuracy.order if name in accuracy.steps]
    first = [name for name in (COLUMNS.model, accuracy.reference) if name in accuracy.steps]
    chosen = (first + [name for name in named if name not in first])[:MOST_LINES]
    lines = tuple(Line(accuracy.title(name), accuracy.steps[name], name == COLUMNS.model) for name in chosen)
    count = len(next(iter(accuracy.steps.values())))
    return LineChart(
        f"Mean error at each step ahead, {accuracy.error.title}", "Steps ahead", np.arange(1.0, count + 1), lines
    )


def _step_table(accuracy: Accuracy) -> Table:
    """Return the errors of all methods at each step."""
    named = [name for name in accuracy.order if name in accuracy.steps]
    count, form = len(accuracy.steps[named[0]]), accuracy.form
    columns = [Column("Step", [str(step) for step in range(1, count + 1)])]
    columns += [
        Column(accuracy.title(name), [form.text(value, grouped=True) for value in accuracy.steps[name]], numeric=True)
        for name in named
    ]
    return Table(f"Mean error at each step ahead, {accuracy.error.title}", tuple(columns))


def _coverage_chart(level: int, covered: Floats) -> LineChart:
    """Return the values inside an interval at each step."""
    line = Line(capitalised(f"inside the {level} % interval"), covered, main=True)
    x = np.arange(1.0, len(covered) + 1)
    return LineChart(f"Values inside the {level} % interval", "Steps ahead", x, (line,), " %", level=float(level))
