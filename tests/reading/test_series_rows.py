"""Rows without a value at times at which the values have none by rule are closed times, others are missing values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.arrays import Bools
    from forecaster.reading.reader import ReadResult

MONTHS = np.arange("2004-01", "2020-01", dtype="datetime64[M]")
MONTH = MONTHS.astype(np.int64) % 12 + 1
DAYS = np.arange("2022-01-01", "2024-01-01", dtype="datetime64[D]")


def read(folder: Path, times: np.ndarray, present: Bools) -> ReadResult:
    rng = np.random.default_rng(0)
    rows = [f"{t},{rng.normal(100, 5):.2f}" if has else f"{t}," for t, has in zip(times, present, strict=True)]
    file = folder / "blank.csv"
    file.write_text("\n".join(["date,y", *rows]) + "\n")
    return read_sources([str(file)], Selection())


@pytest.mark.parametrize(
    ("times", "present", "calendar"),
    [
        (
            MONTHS,
            (MONTH <= 4) | (MONTH == 12),
            "on January 1, February 1, March 1, April 1 and December 1 of every year",
        ),
        (MONTHS, MONTH % 3 == 0, "every quarter, on day 1 of the month"),
        (MONTHS, MONTH == 6, "every year, on day 1 of the month"),
        (DAYS, (DAYS.astype(np.int64) + 3) % 7 == 4, "every week, on Friday"),
        (DAYS, (DAYS + 1).astype("datetime64[M]") != DAYS.astype("datetime64[M]"), "every month, on the last day"),
    ],
    ids=["season", "quarters", "years", "weeks", "ends of months"],
)
def test_rows_between_the_dates_of_the_values_are_left_out(
    tmp_path: Path, times: np.ndarray, present: Bools, calendar: str
) -> None:
    found = read(tmp_path, times, present)
    assert found.panel.calendars[0].describe().startswith(calendar)
    assert len(found.panel.values) == present.sum()
    (closed,) = (each for each in found.findings if each.code == "CLOSED")
    assert f"without a value fall outside the calendar of the values ({calendar}" in closed.text


@pytest.mark.parametrize("share", [0.25, 0.4, 0.7])
def test_values_that_are_missing_at_random_are_missing(tmp_path: Path, share: float) -> None:
    for times in (MONTHS, DAYS):
        present = np.random.default_rng(1).random(len(times)) > share
        with pytest.raises(InputRefusedError, match="values are missing, more than 20%"):
            read(tmp_path, times, present)
