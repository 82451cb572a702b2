"""A panel is built from series that are all regular, or all of unequal steps."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.months import Anchor, MonthDates
from forecaster.calendars.schedule import ROWWISE
from forecaster.errors import InputRefusedError
from forecaster.series.panel import learn_calendar_once, panel_from_series, refuse_mixed_steps

RNG = np.random.default_rng(0)
DAYS = np.datetime64("2024-01-01", "us") + RNG.integers(1, 10, 50).cumsum() * np.timedelta64(1, "D")
COUNTS = RNG.integers(1, 10, 50).cumsum()


@pytest.mark.parametrize("ds", [DAYS, COUNTS], ids=["dates", "counts"])
def test_unequal_steps_count_as_rows_or_as_they_are(ds: np.ndarray) -> None:
    series = [("a", ds, np.arange(50.0)), ("b", ds[:20], np.arange(20.0))]
    counted = panel_from_series(series)
    assert not counted.irregular
    assert all(calendar.kind in ROWWISE for calendar in counted.calendars)
    panel = panel_from_series(series, irregular=True)
    assert panel.irregular
    assert panel.head(3).take([1]).irregular
    steps = [calendar.step for calendar in panel.calendars]
    last = ds[[49, 19]].astype(np.int64) // (10**6 if ds is DAYS else 1)
    future = panel.future(2).astype(np.int64) // (10**6 if ds is DAYS else 1)
    assert future.tolist() == [[end + step, end + 2 * step] for end, step in zip(last, steps, strict=True)]


def test_equal_steps_are_not_irregular() -> None:
    assert not panel_from_series([("a", np.arange(9), np.arange(9.0))]).irregular


@pytest.mark.parametrize("irregular", [False, True])
def test_equal_stamps_are_learned_once(irregular: bool) -> None:
    learned: dict[bytes, object] = {}
    first, second = (learn_calendar_once(np.arange(9), name, learned, irregular=irregular) for name in "ab")
    assert first is second
    assert first.irregular == irregular


def test_a_short_series_takes_the_dates_of_the_longest_one() -> None:
    ds = (
        MonthDates((Anchor(15), Anchor(31)))
        .days(np.arange(1200, 1240))
        .astype("datetime64[D]")
        .astype("datetime64[us]")
    )
    long, short, other = ("long", ds, np.arange(40.0)), ("short", ds[-3:], np.arange(3.0)), DAYS[:20]
    panel = panel_from_series([short, long, ("other", other, np.arange(20.0))])
    assert panel.calendars[0] == panel.calendars[1]
    assert panel.calendars[1].rule_name == "day-15-and-last-day"
    assert panel.calendars[2].kind in ROWWISE
    alone = panel_from_series([short])
    assert alone.calendars[0] != panel.calendars[0]


def test_panels_of_other_dates_are_not_mixed() -> None:
    rules = MonthDates((Anchor(15), Anchor(31))), MonthDates((Anchor(1), Anchor(11), Anchor(21)))
    parts = [
        (name, rule.days(np.arange(1200, 1240)).astype("datetime64[D]").astype("datetime64[us]"), np.arange(40.0))
        for name, rule in zip("ab", rules, strict=True)
    ]
    with pytest.raises(InputRefusedError, match=r"the series differ in step: a \(on day 15 and the last day"):
        refuse_mixed_steps(panel_from_series(parts))


def test_each_row_has_the_number_of_its_series() -> None:
    panel = panel_from_series([("a", np.arange(3), np.arange(3.0)), ("b", np.arange(5), np.arange(5.0))])
    assert panel.series.tolist() == [0] * 3 + [1] * 5
    assert panel.take([1]).series.tolist() == [0] * 5
