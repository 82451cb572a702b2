"""The report of a forecast: the forecast itself, how good such forecasts were, and what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import counted
from forecaster.forecasting.methods.baselines import BASELINES
from forecaster.report.answers import answer_sentences
from forecaster.report.document import Report, Section
from forecaster.report.forecast import ForecastOfReport, forecast_section
from forecaster.report.held_out import accuracy_of_holdout, skill_by_series
from forecaster.report.method import method_section
from forecaster.report.run import findings_section, repeat_section, title_of
from forecaster.report.scores import accuracy_section, coverage_section
from forecaster.workflow.chart_series import ranks_by_width, row_noun
from forecaster.workflow.summary import source_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.report.run import Run
    from forecaster.series.panel import Panel
    from forecaster.workflow.results import Prediction


def report_of_prediction(result: Prediction, run: Run) -> Report | None:
    """Return the report of a forecast; None where nothing was forecast."""
    if result.history is None:
        return None
    panel, season = result.history
    others = [str(name) for name in result.frame if str(name) in BASELINES]
    forecast = ForecastOfReport(panel, result.frame, season, result.style, others)
    skill, naive, judgement = None, "", result.judgement
    if judgement is not None and judgement.holdout is not None:
        accuracy = accuracy_of_holdout(judgement, panel)
        skill, naive = skill_by_series(judgement.holdout, accuracy.reference, len(panel)), accuracy.naive
    numbers = forecast.numbers(skill, naive)
    sections = (
        forecast_section(numbers, ranks_by_width(panel, forecast.found)),
        *_judgement_sections(result, panel),
        findings_section(result.findings, result.failed, run),
        method_section(result.method, {} if judgement is None else judgement.weights),
        repeat_section(run, panel.fingerprint()),
    )
    ahead = counted(forecast.found.ds.shape[1], row_noun(panel.calendars[0]))
    answer = answer_sentences(result.accuracy) or (f"A forecast of {ahead}.",)
    title = title_of(run, panel.ids, source_names(run.sources, panel.ids))
    return Report(run.command, title, answer, forecast.facts(result.method), sections, numbers)


def _judgement_sections(result: Prediction, panel: Panel) -> Iterator[Section]:
    """Yield how good such forecasts were, if they were judged."""
    if result.judgement is not None:
        accuracy = accuracy_of_holdout(result.judgement, panel)
        yield accuracy_section(accuracy)
        yield coverage_section(accuracy)
