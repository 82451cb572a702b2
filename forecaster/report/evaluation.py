"""The report of an evaluation: the folds with what came, the scores of all methods, and coverage.

There are F folds of N series, h steps each, in the frame of `forecaster.evaluation.backtest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import counted
from forecaster.evaluation.holdout_report import scores_to_records
from forecaster.evaluation.plain_sentences import difference_in_words, tests_in_words
from forecaster.evaluation.score_tables import FOLD, MODEL, STEP, score
from forecaster.reading.cells.time_style import write_times
from forecaster.report.document import Column, Facts, Report, Section, Table, Text
from forecaster.report.forecast import forecast_section, rows_in_words, series_charts
from forecaster.report.method import method_section
from forecaster.report.run import decisions_details, findings_section, repeat_section
from forecaster.report.scores import Accuracy, accuracy_section, coverage_section, format_of_errors
from forecaster.report.series_numbers import Forecasts, Writing, series_numbers
from forecaster.spec import COLUMNS, LEVELS
from forecaster.workflow.chart_series import ranks_by_backtest, row_noun
from forecaster.workflow.number_formats import MISSING
from forecaster.workflow.results import decimals_of_series
from forecaster.workflow.score_formats import main_error
from forecaster.workflow.series_formats import series_formats
from forecaster.workflow.summary import source_names

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.report.document import Block
    from forecaster.report.run import Run
    from forecaster.report.series_numbers import SeriesNumbers
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Evaluation

MOST_FOLDS = 50
"""Folds that are drawn and scored, chosen by hand: a page; of more the latest ones."""


def report_of_evaluation(result: Evaluation, run: Run) -> Report:
    """Return the report of an evaluation."""
    panel, season = result.history
    accuracy, frame = _accuracy(result), _latest_folds(result)
    numbers, ranks = _numbers(result, frame, accuracy), ranks_by_backtest(result)
    sections = (
        forecast_section(numbers, ranks, "The latest forecast of the past"),
        accuracy_section(accuracy),
        _folds_section(result, frame, accuracy, numbers),
        coverage_section(accuracy),
        findings_section(result.findings, result.failed, run),
        method_section("", {}, decisions_details(result.decisions)),
        repeat_section(run, panel.fingerprint()),
    )
    answer = (*result.accuracy_sentences, *result.hardest_sentence)
    ahead = counted(int(result.facts["horizon"]), row_noun(panel.calendars[0]))
    facts = Facts(
        (
            ("Data", rows_in_words(panel, season)),
            ("Tested on", f"{tests_in_words(accuracy.verdict.origins, len(panel))}, {ahead} each"),
        )
    )
    return Report(run.command, source_names(run.sources, panel.ids), answer, facts, sections, numbers)


def _latest_folds(result: Evaluation) -> Frame:
    """Return the forecasts of the folds that are shown."""
    folds = result.forecasts[FOLD]
    latest: Frame = result.forecasts[folds > folds.max() - MOST_FOLDS]
    return latest


def _accuracy(result: Evaluation) -> Accuracy:
    """Return how good the forecast is on all folds."""
    error, by_step = main_error(result), result.scores_by_step
    table = by_step.set_index([MODEL, STEP])[error.name].unstack(STEP)
    ours = by_step[by_step[MODEL] == COLUMNS.model]
    written = max(result.written_decimals(result.history.panel.ids[:1]).values(), default=0)
    form = format_of_errors(error, written, error.amounts(result.scores))
    return Accuracy(
        verdict=result.verdict,
        scores=scores_to_records(result.scores),
        repeated=result.repeated_values,
        error=error,
        form=form,
        past=tests_in_words(result.verdict.origins, len(result.history.panel)),
        steps={str(name): row.to_numpy(np.float64) for name, row in table.iterrows()},
        sentences=result.verdict.sentences,
        coverage_by_step={level: ours[f"coverage-{level}"].to_numpy(np.float64) for level in LEVELS},
    )


def _numbers(result: Evaluation, frame: Frame, accuracy: Accuracy) -> SeriesNumbers:
    """Return the series with the forecasts of their folds, and those of the reference."""
    panel, season = result.history
    shape = (frame[FOLD].nunique(), len(panel), -1)

    def cube(name: str) -> Floats:
        values: Floats = frame[name].to_numpy().reshape(shape)
        return values

    low = {float(level): cube(COLUMNS.low_column(COLUMNS.model, level)) for level in LEVELS}
    high = {float(level): cube(COLUMNS.high_column(COLUMNS.model, level)) for level in LEVELS}
    others = {accuracy.title(accuracy.reference): cube(accuracy.reference)}
    forecasts = Forecasts(cube(COLUMNS.time), cube(COLUMNS.model), low, high, others)
    scores = result.scores_by_series.set_index(MODEL)
    skill = scores.loc[[accuracy.reference]].set_index(COLUMNS.series)["skill"].reindex(panel.ids)
    ours = [name for name in frame if str(name) == COLUMNS.model or str(name).startswith(f"{COLUMNS.model}-")]
    formats = series_formats(frame[[COLUMNS.series, *ours]], decimals_of_series(panel, panel.ids))
    writing = Writing(formats, result.style, season, skill.to_numpy(np.float64), accuracy.naive)
    return series_numbers(panel, forecasts, writing)


def _folds_section(result: Evaluation, frame: Frame, accuracy: Accuracy, numbers: SeriesNumbers) -> Section:
    """Return each fold's forecast against what came, and the scores of each fold."""
    folds = int(result.forecasts[FOLD].nunique())
    if folds < 2:
        return Section("folds", "Each forecast of the past", ())
    several = len(result.history.panel) > 1
    shown = frame[FOLD].nunique()
    charts = series_charts(numbers, ranks_by_backtest(result), every_fold=True)
    about = "The grey line is what came; each forecast began where its line begins."
    if shown < folds:
        about += f" The latest {shown} of {folds:,} are shown."
    rows = [_fold_row(rows, result, accuracy) for _, rows in frame.groupby(FOLD)]
    titles = ("Fold", "Last known time" + (" of any series" if several else ""), *_fold_titles(accuracy))
    columns = tuple(
        Column(title, cells, numeric=place > 1)
        for place, (title, cells) in enumerate(zip(titles, zip(*rows, strict=True), strict=True))
    )
    blocks: tuple[Block, ...] = (Text((about,)), charts, Table("Scores of each forecast of the past", columns))
    return Section("folds", "Each forecast of the past", blocks)


def _fold_titles(accuracy: Accuracy) -> tuple[str, ...]:
    """Return the titles of the columns of a fold's scores."""
    title = f"Mean error, {accuracy.error.title}"
    return (title, f"That of {accuracy.naive}", "Difference", *(f"In the {level} % interval" for level in LEVELS))


def _fold_row(rows: Frame, result: Evaluation, accuracy: Accuracy) -> tuple[str, ...]:
    """Return the scores of a fold as text."""
    scores = score(rows, [COLUMNS.model, accuracy.reference])
    ours, theirs = accuracy.error.amounts(scores)
    errors = [accuracy.form.text(value, grouped=True) for value in (ours, theirs)]
    smaller = difference_in_words(100 * (1 - ours / theirs)) if theirs > 0 else MISSING
    inside = (f"{scores[f'coverage-{level}'].iloc[0]:.0f} %" for level in LEVELS)
    cutoff = write_times(rows[COLUMNS.cutoff].to_numpy().max(keepdims=True), result.style)[0]
    return (str(int(rows[FOLD].iloc[0]) + 1), str(cutoff), *errors, smaller, *inside)
