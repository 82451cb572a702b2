"""The day of the month is found among month ends, fixed days and business days."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecaster.calendars.months import (
    BACKWARD,
    COUNTED,
    FORWARD,
    MONTH_END,
    SECOND_LAST,
    Anchor,
    learn_anchor,
    month_of,
)

MONTHS = np.arange(360, 408)


@pytest.mark.parametrize(
    "anchor",
    [Anchor(1), Anchor(15), Anchor(30), Anchor(MONTH_END), Anchor(1, FORWARD), Anchor(MONTH_END, BACKWARD)],
)
def test_each_anchor_is_learned_from_its_own_days_and_round_trips(anchor: Anchor) -> None:
    days = anchor.days(MONTHS)
    assert learn_anchor(days) == (anchor, True)
    assert (month_of(days) == MONTHS).all()
    assert Anchor.from_dict(asdict(anchor)) == anchor


def test_a_few_other_days_do_not_hide_the_anchor() -> None:
    days = Anchor(MONTH_END, BACKWARD).days(MONTHS)
    days[3] -= 1
    assert learn_anchor(days) == (Anchor(MONTH_END, BACKWARD), False)


def test_the_end_of_february_follows_leap_years() -> None:
    days = Anchor(MONTH_END).days(np.array([12 * 53 + 1, 12 * 54 + 1]))
    assert days.astype("datetime64[D]").astype(str).tolist() == ["2023-02-28", "2024-02-29"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"day": 0, "roll": "", "weekday": None}, ValueError),
        ({"day": 32, "roll": "", "weekday": None}, ValueError),
        ({"day": 1, "roll": "sideways", "weekday": None}, ValueError),
        ({"day": 5, "roll": "", "weekday": 4}, ValueError),
        ({"day": 0, "roll": "", "weekday": 4}, ValueError),
        ({"day": -3, "roll": "", "weekday": None}, ValueError),
        ({"day": SECOND_LAST, "roll": FORWARD, "weekday": None}, ValueError),
        ({"day": 1, "roll": COUNTED, "weekday": None}, ValueError),
        ({"day": -11, "roll": COUNTED, "weekday": None}, ValueError),
        ({"day": 3, "roll": COUNTED, "weekday": 4}, ValueError),
        ({"day": 3, "roll": FORWARD, "weekday": 4}, ValueError),
        ({"day": 3, "roll": "", "weekday": 7}, ValueError),
        ({"day": 3, "roll": "", "weekday": 4.0}, TypeError),
        ({"day": "1", "roll": "", "weekday": None}, TypeError),
        ({"day": 1, "roll": "", "weekday": None, "more": 0}, TypeError),
        ({"day": 1, "roll": ""}, KeyError),
        ({"day": 1, "weekday": None}, KeyError),
    ],
)
def test_what_is_no_anchor_is_refused(data: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Anchor.from_dict(data)


@pytest.mark.parametrize("count", [2, 3, 10, -2, -3, -10])
def test_business_days_are_counted_from_both_ends_of_each_month(count: int) -> None:
    anchor = Anchor(count, COUNTED)
    days = pd.bdate_range("2000-01-01", "2003-12-31").to_series()
    expected = days.groupby([days.dt.year, days.dt.month]).nth(count - (count > 0)).to_numpy()
    months = np.arange(360, 408)
    assert (anchor.days(months) == expected.astype("datetime64[D]").astype(np.int64)).all()
    assert Anchor.from_dict(asdict(anchor)) == anchor
