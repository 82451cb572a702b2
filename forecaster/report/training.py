"""The report of a training: the forecast of the next steps, how good it is, what it is made of and how it learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import InputRefusedError
from forecaster.evaluation.holdout_report import scores_to_records
from forecaster.evaluation.plain_sentences import repeated_values
from forecaster.forecasting.defaults.rules import calendar_of
from forecaster.report.answers import answer_sentences
from forecaster.report.document import Facts, Report, Section, Text
from forecaster.report.forecast import ForecastOfReport, forecast_section, rows_in_words
from forecaster.report.held_out import accuracy_of_holdout, skill_by_series
from forecaster.report.method import curves_of, gradient_section, learning_section, method_section, networks_table
from forecaster.report.run import decisions_details, findings_section, repeat_section
from forecaster.report.scores import accuracy_section, coverage_section
from forecaster.spec import LEVELS
from forecaster.workflow.chart_series import ranks_by_holdout
from forecaster.workflow.gradients import diagnose, has_own_networks
from forecaster.workflow.results import Judgement, forecast_frame
from forecaster.workflow.summary import source_names

if TYPE_CHECKING:
    from forecaster.report.run import Run
    from forecaster.report.series_numbers import SeriesNumbers
    from forecaster.workflow.results import Trained, Training


def report_of_training(result: Training, run: Run) -> Report | None:
    """Return the report of a training; None of a dry run, which trained nothing."""
    if result.trained is None or result.verdict is None or result.scores is None:
        return None
    fitted, panel, holdout = result.trained
    recipe, season = fitted.recipe, fitted.recipe.season
    repeated = repeated_values(season, calendar_of(panel))
    judgement = Judgement(result.verdict, scores_to_records(result.scores), repeated, fitted.blend.weights, holdout)
    accuracy = accuracy_of_holdout(judgement, panel)
    facts = Facts((("Data", rows_in_words(panel, season)), ("Method", result.method)))
    numbers: SeriesNumbers | None = None
    try:
        forecast = _forecast(result.trained, result)
        skill = skill_by_series(holdout, accuracy.reference, len(panel))
        numbers = forecast.numbers(skill, accuracy.naive)
        facts, first = forecast.facts(result.method), forecast_section(numbers, ranks_by_holdout(panel, holdout))
    except InputRefusedError as error:  # what it needs for the steps ahead is not there; the rest of the report is
        first = Section("forecast", "The forecast", (Text((f"There is no forecast here: {error.what}.",)),))
    sections = (
        first,
        accuracy_section(accuracy),
        coverage_section(accuracy),
        findings_section(result.findings, result.failed, run),
        method_section(
            result.method, fitted.blend.weights, (*networks_table(fitted), *decisions_details(result.decisions))
        ),
        learning_section(curves_of(fitted)),
        gradient_section(diagnose(fitted, panel) if has_own_networks(recipe) else None),
        repeat_section(
            run, result.fingerprint or panel.fingerprint(), (("Model", f"{result.path}, digest {result.digest}"),)
        ),
    )
    title = source_names(run.sources, panel.ids)
    return Report(run.command, title, answer_sentences(result.accuracy), facts, sections, numbers)


def _forecast(trained: Trained, result: Training) -> ForecastOfReport:
    """Return the forecast of the next steps of all series.

    Raises:
        InputRefusedError: It needs known values after the last row, and there are none.

    """
    fitted, panel, _ = trained
    ds = panel.future(fitted.recipe.horizon)
    forecast = fitted.predict(panel, ds.shape[1], ds if fitted.recipe.irregular else None, LEVELS)
    return ForecastOfReport(panel, forecast_frame(panel.ids, forecast, ds), fitted.recipe.season, result.style)
