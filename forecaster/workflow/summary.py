"""What a person wants to know first about a training or a model, in sentences: its data, its plan, its method.

The command line lays the sentences out; how good a forecast is stands in `forecaster.evaluation.plain_sentences`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecaster.calendars.durations import write_span
from forecaster.calendars.schedule import UNEQUAL
from forecaster.errors import Code, counted
from forecaster.evaluation.plain_sentences import accuracy_sentences, interval_sentence, repeated_values
from forecaster.forecasting.defaults.rules import calendar_of, cycle_of
from forecaster.reading.tables.content import printed
from forecaster.spec import STDIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.calendars.calendar import Calendar
    from forecaster.errors import Finding
    from forecaster.evaluation.verdict import Verdict
    from forecaster.forecasting.plan import Plan
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.spec import Decision

MOMENT, MINUTE, HOUR = 10, 60, 3600
"""Seconds: below the first, people do not look at the clock; the others are units."""
SHORT_STEPS = {"every day": "daily", "every month, on day 1 of the month": "monthly", "every hour": "hourly"}
"""The usual steps in a word."""
MOST_MINUTES = 90
"""Minutes from which hours are the better unit. Chosen by hand."""


@dataclass(frozen=True)
class TrainingPlan:
    """What is known before training begins.

    Attributes:
        data: What was read: files, series, rows, times, step and season, in a sentence.
        columns: The columns that are used, in a sentence.
        work: What will be trained, and how long that takes about, in a sentence.
        findings: What was found wrong or odd, without the choice of columns.
        failed: Series that cannot be used, each with the reason.
        decisions: What the recipe decided and why.
        facts: Sizes of the panel, and of the work.

    """

    data: str
    columns: str
    work: str
    findings: tuple[Finding, ...]
    failed: Mapping[str, str]
    decisions: tuple[Decision, ...]
    facts: Mapping[str, Any]


def summarise_plan(  # noqa: PLR0913 - one argument for each part of the plan
    sources: Sequence[str],
    plan: Plan,
    panel: Panel,
    *,
    findings: Sequence[Finding],
    failed: Mapping[str, str],
    seconds: float,
    facts: Mapping[str, Any],
) -> TrainingPlan:
    """Return what a person should know before training begins.

    Args:
        sources: The files.
        plan: The plan of the training.
        panel: The series that were read.
        findings: What was found in the files.
        failed: Series that cannot be used, each with the reason.
        seconds: How long training takes, about; 0 where nothing is trained.
        facts: Sizes of the panel, and of the work.

    """
    return TrainingPlan(
        describe_data(source_names(sources, panel.ids), len(panel.values), panel_span(panel), plan.recipe, panel),
        describe_columns(findings),
        describe_work(plan.recipe, seconds),
        tuple(each for each in findings if not is_choice_of_columns(each)),
        failed,
        plan.recipe.decisions,
        facts,
    )


def is_choice_of_columns(finding: Finding) -> bool:
    """Return whether a finding only says which columns are used."""
    return finding.code == Code.CHOSEN and not finding.remedy


def describe_columns(findings: Sequence[Finding]) -> str:
    """Say which columns are used, those of the first file if files differ; empty where no finding says it."""
    columns = dict.fromkeys(each.text for each in findings if is_choice_of_columns(each))
    others = f" (and {counted(len(columns) - 1, 'other layout')})" if len(columns) > 1 else ""
    return next(iter(columns), "") + others


def source_names(sources: Sequence[str], ids: Sequence[str]) -> str:
    """Name the files and count the series: `prices.csv`, `22 series of panel.csv`, `100 series of 5 files`."""
    names = ["standard input" if name == STDIN else printed(Path(name).name) for name in dict.fromkeys(sources)]
    files = names[0] if len(names) == 1 else counted(len(names), "file")
    return files if len(ids) == len(names) == 1 else f"{len(ids):,} series of {files}"


def panel_span(panel: Panel) -> tuple[str, str]:
    """Return the first and the last time of a panel as text."""
    return write_span(panel.ds.min(), panel.ds.max())


def describe_data(what: str, rows: int, span: tuple[str, str], recipe: Recipe, panel: Panel) -> str:
    """Say what was read: rows, first and last time, step and season.

    Args:
        what: The files or series.
        rows: Number of rows.
        span: First and last time, as text.
        recipe: Has the season.
        panel: Has the calendar.

    """
    calendar = calendar_of(panel)
    return f"{what}: {counted(rows, 'row')} from {span[0]} to {span[1]}, {describe_steps(calendar, recipe.season)}"


def describe_steps(calendar: Calendar, season: int) -> str:
    """Return the step and the season in words."""
    # other rules that would fit are a finding of their own
    step = calendar.describe().partition(" (")[0]
    step = SHORT_STEPS.get(step, step)
    if calendar.kind in UNEQUAL:
        return step
    cycle = cycle_of(season, calendar)
    seasons = "no season" if season == 1 else f"a season of {season} steps{f' (a {cycle})' if cycle else ''}"
    return f"{step}, {seasons}"


def describe_accuracy(verdict: Verdict, scores: Sequence[Mapping[str, Any]], recipe: Recipe, panel: Panel) -> str:
    """Say how good a forecast of a panel is, from its verdict and its scores."""
    repeated = repeated_values(recipe.season, calendar_of(panel))
    return " ".join((*accuracy_sentences(verdict, scores, repeated, len(panel)), interval_sentence(verdict)))


def describe_work(recipe: Recipe, seconds: float) -> str:
    """Say what will be trained and how long that takes, about; or why nothing is trained."""
    ahead = f"forecast {counted(recipe.horizon, 'step')} ahead"
    if recipe.zero_shot:
        (reason,) = (each.reason for each in recipe.decisions if each.name == "method")
        return f"{ahead}; nothing to train ({reason})"
    if recipe.trains_nothing:
        return f"{ahead}; nothing to train (as requested)"
    works = []
    if recipe.predicts_volatility:
        works.append(f"train {counted(recipe.members, 'network')} on how far prices move")
    elif recipe.members:
        works.append(f"train {counted(recipe.members, 'network')}")
    if recipe.fine_tuned:
        works.append(f"train {counted(recipe.fine_tuned, 'pretrained network')} further")
    return f"{ahead}; {' and '.join(works)} in {duration_about(seconds)}"


def duration_about(seconds: float) -> str:
    """Return a duration as people say it: the estimate is rough."""
    if seconds < MOMENT:
        return "a few seconds"
    if seconds < MINUTE:
        return f"about {round(seconds, -1):.0f} seconds"
    if seconds < MOST_MINUTES * MINUTE:
        return f"about {counted(round(seconds / MINUTE), 'minute')}"
    return f"about {counted(round(seconds / HOUR), 'hour')}"
