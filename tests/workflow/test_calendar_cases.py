"""Files whose times were once misread, by the program as a user runs it: when forecasts are, and their season.

Nothing is trained, because times do not depend on it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[str, str]]

CASES = Path(__file__).parent / "calendar_cases"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command on a case and returns what it writes to both streams."""
    monkeypatch.chdir(tmp_path)

    def command(verb: str, name: str, *arguments: object) -> tuple[str, str]:
        code = main([verb, str(CASES / f"{name}.csv"), *map(str, arguments)])
        done = capsys.readouterr()
        assert code == 0, done.err
        return done.out, done.err

    return command


def forecast_of(run: Run, name: str, horizon: int) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(run("predict", name, "--zero-shot", "-H", horizon, "-q")[0]), parse_dates=["ds"])


def choices_of(run: Run, name: str) -> str:
    """Return the choices that a dry run of training shows, one blank between two words."""
    return " ".join(run("train", name, "--dry-run", "--verbose")[1].split())


@pytest.mark.sampled("calendar_445-*", "third_friday-*", "two_a_day-*", "blank_weekends-*")
@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("calendar_445", ["2023-07-02", "2023-07-30", "2023-08-27", "2023-10-01"]),
        ("fiscal_52_53", ["2024-01-27", "2025-01-25", "2026-01-31", "2027-01-30"]),
        ("fortnightly", ["2021-11-01", "2021-11-15", "2021-11-29"]),
        ("semi_monthly", ["2023-01-15", "2023-01-31", "2023-02-15", "2023-02-28"]),
        ("third_friday", ["2024-02-16", "2024-03-15", "2024-04-19", "2024-05-17"]),
        ("two_a_day", ["2024-01-31 08:00", "2024-01-31 18:00", "2024-02-01 08:00", "2024-02-01 18:00"]),
        ("yearly_words", ["2024-12-31", "2025-12-31"]),
        ("blank_weekends", ["2022-03-11", "2022-03-14", "2022-03-15", "2022-03-16", "2022-03-17", "2022-03-18"]),
    ],
)
def test_forecasts_are_at_the_next_times_of_the_file(run: Run, name: str, dates: list[str]) -> None:
    assert forecast_of(run, name, len(dates)).ds.tolist() == [pd.Timestamp(date) for date in dates]


@pytest.mark.parametrize(
    ("name", "season"),
    [
        ("calendar_445", "season 12 steps in a year"),
        ("fiscal_52_53", "season 1 yearly rows have no season within a year"),
        ("fortnightly", "season 26 steps in a year"),
        ("semi_monthly", "season 24 steps in a year"),
        ("third_friday", "season 12 steps in a year"),
        ("two_a_day", "season 2 steps in a day"),
        ("yearly_words", "season 1 yearly rows have no season within a year"),
        ("blank_weekends", "season 5 steps in a week"),
        ("missing_at_random", "season 7 steps in a week"),
        ("gap_shifts_weekday", "season 7 steps in a week"),
        ("three_days_hourly", "season 24 steps in a day"),
    ],
)
def test_the_season_follows_from_the_step(run: Run, name: str, season: str) -> None:
    assert season in choices_of(run, name)


def test_a_missing_day_does_not_move_the_weekdays_after_it(run: Run) -> None:
    """The mean absolute error was 84 when a season was counted in rows."""
    frame = forecast_of(run, "gap_shifts_weekday", 7)
    assert frame.ds.iloc[0] == pd.Timestamp("2023-04-02")
    expected = np.array([218, 96, 112, 124, 127, 153, 262])
    assert np.abs(frame.forecast - expected).mean() < 6


@pytest.mark.sampled("three_days_hourly-*")
@pytest.mark.parametrize(("name", "horizon"), [("missing_at_random", 366), ("three_days_hourly", 120)])
def test_what_was_not_seen_closed_is_open(run: Run, name: str, horizon: int) -> None:
    """Days that are missing by chance are no holidays, and three days do not prove that weekends are closed."""
    step = "1D" if name == "missing_at_random" else "1h"
    ds = forecast_of(run, name, horizon).ds
    assert (ds.diff().dropna() == pd.Timedelta(step)).all()


def test_a_session_that_begins_midway_is_open_from_then_on(run: Run) -> None:
    ds = forecast_of(run, "sunday_session_added", 85).ds
    weeks = (ds.iloc[-1] - ds.iloc[0]).days / 7
    assert abs((ds.dt.day_of_week == 6).sum() - weeks) <= 1
    found = run("check", "sunday_session_added")[0]
    assert "2015-" not in found, "no Sunday of the years before is missing"


def test_one_outage_is_a_gap_and_no_closing_time(run: Run) -> None:
    assert "7 expected rows are missing" in run("check", "outage_one_day")[0]
    assert "every minute" in choices_of(run, "outage_one_day")


def test_ticks_of_a_day_are_unequal_steps(run: Run) -> None:
    assert "IRREGULAR" in run("check", "ticks_one_day")[0]
    assert "every 6 seconds" not in choices_of(run, "ticks_one_day")


def test_several_schedules_that_fit_are_named_with_the_option_that_decides(run: Run) -> None:
    found = run("check", "calendar_445")[0]
    assert "SCHEDULE" in found
    assert "--calendar" in found
