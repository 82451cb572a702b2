"""What the sources of a group must have in common, as a text that two of them share: step, week, values and columns.

A worker reads a source once for this; afterwards the record of the source or of its group holds the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.schedule import DAILY, DATES, INTEGER, INTRADAY, IRREGULAR, ROWS, WEEKLY
from forecaster.calendars.units import DAY, HOUR, MINUTE, WEEKDAYS
from forecaster.errors import ForecasterError
from forecaster.files.atomic import sync_left_to_caller
from forecaster.forecasting.defaults.derive import expected_mode
from forecaster.forecasting.defaults.rules import calendar_of, counts_years, usual_season
from forecaster.forecasting.plan import shortest_series
from forecaster.reading.reader import read_sources
from forecaster.series.panel import step_of_calendar
from forecaster.series.scaling import RETURNS
from forecaster.workflow.limits import requested_limits

if TYPE_CHECKING:
    from forecaster.batch.decisions import SourceTask
    from forecaster.batch.settings import BatchSettings
    from forecaster.calendars.calendar import Calendar
    from forecaster.reading.reader import ReadResult
    from forecaster.series.panel import Panel

SEVERAL_TARGETS = "several targets"
"""The signature of a table with a column for each series: the columns of two tables may have the same names."""
STEP_NAMES = {INTEGER: "steps", WEEKLY: "weeks", "monthly": "months", "quarterly": "months", "yearly": "months"}
"""Unit of a step that is longer than the usual one of its kind, in names of groups."""


class SourceDescription(NamedTuple):
    """What the group of a source follows from.

    Attributes:
        signature: Sources with the same one may share a network.
        group: Name of the group that they form, if no other has it.
        series: Names of the series; none where the source always has a model of its own.

    """

    signature: str
    group: str
    series: tuple[str, ...]


def describe_source(settings: BatchSettings, task: SourceTask) -> SourceDescription | None:
    """Read a source and return what its group follows from; None where it cannot be read or is too short.

    Raises:
        MemoryError: There is not enough memory.

    """
    specification = settings.specification
    try:
        with sync_left_to_caller():
            source = read_sources(
                [task.source],
                settings.selection,
                repair=settings.repair,
                irregular=specification.irregular,
                limits=requested_limits(specification),
            )
        long = np.flatnonzero(source.panel.lengths >= shortest_series(specification))
        return _describe_rows(settings, source, source.panel.take(long.tolist())) if len(long) else None
    except MemoryError:
        raise
    except (ForecasterError, ArithmeticError, OSError, ValueError):
        return None  # the work on the source meets the same fault, and reports it


def _describe_rows(settings: BatchSettings, source: ReadResult, panel: Panel) -> SourceDescription:
    """Return what the group of a source follows from, given its series that are long enough."""
    if len(source.selection.targets) > 1:
        return SourceDescription(SEVERAL_TARGETS, "", ())
    calendar, mode = calendar_of(panel), expected_mode(panel, settings.specification)
    kind, step, per_year = step_of_calendar(calendar)
    covariates, style = panel.covariates, source.style
    facts = {
        "kind": kind,
        "step": step,
        "steps of a year": per_year or "",
        "week": _week_in_words(calendar),
        "repetition": _repetition_of_counts(panel) if kind == INTEGER else "",
        "mode": mode,
        "observed": " ".join(covariates.observed) if covariates else "",
        "known": " ".join(covariates.known) if covariates else "",
        # files that write times differently have no common zone
        "zone": f"{style.zone} {style.date_format}" if style.zone else "",
    }
    signature = ", ".join(f"{name} {value}" for name, value in facts.items() if value != "")
    name = _step_name(calendar) + ("-prices" if mode == RETURNS else "")
    return SourceDescription(signature, name, source.panel.ids)


def _week_in_words(calendar: Calendar) -> str:
    """Return whether days are open, and how many steps one has; empty for steps of more than a day."""
    if calendar.kind not in {DAILY, INTRADAY}:
        return ""
    days = "business days" if _closes_weekly(calendar) else "all days"
    return days if calendar.kind == DAILY else f"{calendar.per_day} steps on {days}"


def _closes_weekly(calendar: Calendar) -> bool:
    """Return whether no row falls on some day of the week."""
    if calendar.week is None:
        return False
    per_day = DAY // calendar.week.step
    return len({int(slot) // per_day for slot in calendar.week.slots}) < len(WEEKDAYS)


def _repetition_of_counts(panel: Panel) -> str:
    """Return after how many steps rows that are counted repeat, or that they are years."""
    return "years" if counts_years(panel) else str(usual_season(panel, panel)[0])


def _step_name(calendar: Calendar) -> str:
    """Return the step of a calendar as a name of a group: `business-days`, `monthly`, `5-minutes`."""
    kind, step = calendar.kind, calendar.step
    if kind == DAILY and step == 1:
        return "business-days" if _closes_weekly(calendar) else "daily"
    if kind == INTRADAY:
        unit, size = next(
            (unit, size) for unit, size in (("hours", HOUR), ("minutes", MINUTE), ("seconds", 1)) if step % size == 0
        )
        return "hourly" if step == HOUR else f"{step // size}-{unit}"
    if kind == DATES:
        return f"{calendar.per_year}-dates-a-year"
    if kind.startswith((IRREGULAR, ROWS)):
        return "unequal-steps"
    usual = {"quarterly": 3, "yearly": 12}.get(kind, 1)
    if kind == DAILY or step != usual:
        return f"{step}-{STEP_NAMES.get(kind, 'days')}"
    return "counted-steps" if kind == INTEGER else kind
