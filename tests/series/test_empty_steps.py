"""The steps without a row are counted from the fields of a calendar, never too few, and too many are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.months import Anchor
from forecaster.calendars.spans import most_steps_between
from forecaster.calendars.week import Week
from forecaster.errors import Code, InputRefusedError
from forecaster.series.empty_steps import refuse_many_empty_steps
from forecaster.series.panel import Panel
from forecaster.size_limits import EMPTY_STEPS_PER_ROW, MOST_EMPTY_STEPS

WORKING_HOURS = Week(3600, 0, tuple((24 * day + 9, 24 * day + 17) for day in range(5)))
CALENDARS = [
    Calendar("daily"),
    Calendar("daily", week=Week(86_400, 0, ((0, 5),))),
    Calendar("intraday", 3600),
    Calendar("intraday", 3600, WORKING_HOURS),
    Calendar("weekly"),
    Calendar("monthly", anchor=Anchor(1)),
    Calendar("quarterly", 3, anchor=Anchor(15)),
]


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: calendar.describe())
def test_there_are_never_more_steps_than_are_counted_and_hardly_fewer(calendar: Calendar) -> None:
    begin = np.datetime64("2024-01-15T09:00", "us")
    for count in (1, 7, 100, 999):
        times = calendar.future(begin, count)
        steps = int(np.ptp(calendar.places(times)))
        most = int(most_steps_between(calendar, times[:1], times[-1:])[0])
        assert steps <= most <= 1.13 * steps + 60


def test_rows_that_are_steps_themselves_have_none_between_them() -> None:
    ends = [np.array([f"{year}-01-01"], "datetime64[us]") for year in (1600, 2000)]
    assert [int(most_steps_between(Calendar(kind), *ends)[0]) for kind in ("rows", "irregular")] == [0, 0]
    far = np.array([-(2**62)]), np.array([2**62])
    assert int(most_steps_between(Calendar("integer"), *far)[0]) == 2**63 - 1


def panel(*gaps: int) -> Panel:
    """Return a panel of series of two rows, this many steps apart."""
    ds = np.array([stamp for gap in gaps for stamp in (5, 5 + gap)])
    names = tuple(f"s{number}" for number in range(len(gaps)))
    calendars = tuple(Calendar("integer") for _ in gaps)
    return Panel(names, ds, np.ones(len(ds)), np.arange(0, len(ds) + 1, 2), calendars)


def test_too_many_steps_are_refused_with_the_series_of_most_of_them() -> None:
    most = MOST_EMPTY_STEPS + EMPTY_STEPS_PER_ROW * 4
    refuse_many_empty_steps(panel(most, 2))
    with pytest.raises(InputRefusedError, match=r"s1: about 1,000,008 steps have no row .* leave out") as caught:
        refuse_many_empty_steps(panel(3, most + 1))
    assert caught.value.code is Code.GAP
    unequal = replace(panel(3, most + 1), calendars=(Calendar("rows integer"),) * 2)
    refuse_many_empty_steps(unequal)
