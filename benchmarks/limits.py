"""Does work whose time could explode with its size stay below its limit?

Each case is an input for which a plain algorithm would take minutes: a loop over all slots of a long calendar, a scan
of all earlier rows, a sum of endless terms. `cpu_s` is its processor time, and `limit_s` is at least six times what it
took when the case was written. The script ends with 1 if a case is above its limit.

    python benchmarks/limits.py
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from cells import table

from forecaster.calendars.calendar import Calendar
from forecaster.forecasting.uncertainty.significance import student_t_tail

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND, MINUTE = np.timedelta64(1, "s"), np.timedelta64(1, "m")


def monthly_series() -> None:
    """Learn the calendar of 300 monthly series."""
    months = np.arange("1990-01", "2000-01", dtype="datetime64[M]").astype("datetime64[us]")
    for first in range(300):
        Calendar.learn(months[first % 60 :])


def minutes() -> None:
    """Learn the calendar of 100,000 minutes."""
    Calendar.learn(np.datetime64("2000-01-01", "us") + np.arange(100_000) * MINUTE)


def pairs_of_seconds() -> None:
    """Learn the calendar of pairs of seconds that are five days apart."""
    seconds = np.cumsum(np.where(np.arange(4000) % 2, 1, 86_400 * 5))
    Calendar.learn(np.datetime64("1950-01-01", "us") + seconds * SECOND)


def dense_days() -> None:
    """Learn the calendar of days with a row each second that are 500 weeks apart."""
    seconds = np.concatenate([np.arange(40_000) + week * 7 * 86_400 for week in (0, 500, 1000, 1500)])
    Calendar.learn(np.datetime64("1990-01-01", "us") + seconds * SECOND)


def degrees_of_freedom() -> None:
    """Compute the tail of Student's t for the most degrees of freedom that are not taken as normal."""
    student_t_tail(1.959964, 99_999)


class Case(NamedTuple):
    """Work and the most seconds of processor time that it may take."""

    work: Callable[[], None]
    limit_s: float


CASES = (
    Case(monthly_series, 1.0),
    Case(minutes, 1.0),
    Case(pairs_of_seconds, 1.0),
    Case(dense_days, 2.0),
    Case(degrees_of_freedom, 0.5),
)


def row(case: Case) -> dict[str, object]:
    """Return the processor time of one case next to its limit."""
    begin = time.process_time()
    case.work()
    return {"case": case.work.__name__, "cpu_s": time.process_time() - begin, "limit_s": case.limit_s}


def main() -> None:
    """Run the benchmark and print one line for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    found = {"rows": [row(case) for case in CASES]}
    print(json.dumps(found) if asked.json else table(found))
    if any(each["cpu_s"] > each["limit_s"] for each in found["rows"]):
        sys.exit(1)


if __name__ == "__main__":
    main()
