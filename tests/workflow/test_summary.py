"""The sentences on the data, the plan and the time that it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.errors import Code, Finding
from forecaster.forecasting.plan import make_plan
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection, Specification
from forecaster.workflow.summary import (
    describe_steps,
    describe_work,
    duration_about,
    is_choice_of_columns,
    source_names,
    summarise_plan,
)

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.forecasting.plan import Plan


def plan_of(path: Path, specification: Specification = Specification()) -> Plan:  # noqa: B008 - frozen, so shared
    return make_plan(read_sources([str(path)], Selection()).panel, specification)


@pytest.mark.parametrize(
    ("sources", "ids", "words"),
    [
        (["data/prices.csv"], ["prices"], "prices.csv"),
        (["-"], ["y"], "standard input"),
        (["panel.csv"], [f"s{i}" for i in range(1200)], "1,200 series of panel.csv"),
        (["a.csv", "b.csv", "c.csv"], ["a", "b", "c"], "3 series of 3 files"),
        (["a\x1b.csv"], ["a"], "a\\x1b.csv"),
    ],
)
def test_files_and_series_are_counted(sources: list[str], ids: list[str], words: str) -> None:
    assert source_names(sources, ids) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.3, "a few seconds"),
        (14, "about 10 seconds"),
        (48, "about 50 seconds"),
        (70, "about 1 minute"),
        (500, "about 8 minutes"),
        (5400, "about 2 hours"),
    ],
)
def test_a_rough_time_has_a_round_number(seconds: float, words: str) -> None:
    assert duration_about(seconds) == words


@pytest.mark.parametrize(
    ("times", "season", "words"),
    [
        (np.arange("2021-01", "2024-01", dtype="datetime64[M]"), 12, "monthly, a season of 12 steps (a year)"),
        (np.arange("2021-01-01", "2021-03-01", dtype="datetime64[D]"), 7, "daily, a season of 7 steps (a week)"),
        (np.arange("2021-01-01", "2021-03-01", dtype="datetime64[D]"), 10, "daily, a season of 10 steps"),
        (np.arange("2021-01-01", "2021-01-09", dtype="datetime64[h]"), 24, "hourly, a season of 24 steps (a day)"),
    ],
)
def test_steps_and_season_have_their_usual_names(times: np.ndarray, season: int, words: str) -> None:
    assert describe_steps(Calendar.learn(times.astype("datetime64[us]")), season) == words


def test_counted_and_unequal_steps_have_no_cycle() -> None:
    assert describe_steps(Calendar.learn(np.arange(50)), 1) == "every step, no season"
    unequal = Calendar.learn_irregular(np.array([0, 3, 4, 9, 11, 14]))
    assert describe_steps(unequal, 1) == "unequal steps, median 3"


def test_the_work_says_what_is_trained_or_why_nothing_is(prices: Path) -> None:
    price = plan_of(prices).recipe
    assert describe_work(price, 25.0) == (
        "forecast 5 steps ahead; train 1 network on how far prices move in about 20 seconds"
    )
    own = plan_of(prices, Specification(mode="level", zero_shot=False, members=2, horizon=3)).recipe
    assert describe_work(own, 3.0) == "forecast 3 steps ahead; train 2 networks in a few seconds"
    both = replace(own, fine_tuned=1)
    assert describe_work(both, 3.0).endswith("train 2 networks and train 1 pretrained network further in a few seconds")
    nothing = plan_of(prices, Specification(mode="level", zero_shot=True)).recipe
    assert describe_work(nothing, 0.0) == "forecast 5 steps ahead; nothing to train (as requested)"


def test_the_choice_of_columns_is_no_finding_of_a_plan(prices: Path) -> None:
    plan = plan_of(prices)
    chosen, other = (
        Finding(Code.CHOSEN, "time column Date"),
        Finding(Code.CHOSEN, "hours end with 24", remedy="write 0"),
    )
    assert [is_choice_of_columns(each) for each in (chosen, other)] == [True, False]
    about = {"failed": {}, "seconds": 1.0, "facts": {}}
    summary = summarise_plan([str(prices)], plan, plan.panel, findings=[chosen, other, chosen], **about)
    assert (summary.columns, summary.findings) == ("time column Date", (other,))
    assert summary.data.startswith(
        "prices.csv: 400 rows from 2020-01-01 to 2021-07-13, business days Monday to Friday,"
    )
    several = summarise_plan(["a.csv"], plan, plan.panel, findings=[chosen, replace(chosen, text="time ds")], **about)
    assert several.columns == "time column Date (and 1 other layout)"
