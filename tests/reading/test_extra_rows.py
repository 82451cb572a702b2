"""A row between the steps of all others is left out and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path


def write_days(folder: Path) -> str:
    """Write 60 daily rows at 09:00 and one more at 12:00, and return the name of the file."""
    times = np.arange("2024-01-01T09:00", "2024-03-01T09:00", np.timedelta64(1, "D"), dtype="datetime64[m]")
    times = np.sort(np.append(times, np.datetime64("2024-01-20T12:00")))
    rows = [f"{time},{100 + i % 7}" for i, time in enumerate(times.tolist())]
    file = folder / "days.csv"
    file.write_text("\n".join(["ds,y", *rows]) + "\n")
    return str(file)


def test_one_row_too_many_does_not_make_days_hours(tmp_path: Path) -> None:
    read = read_sources([write_days(tmp_path)], Selection())
    assert (read.panel.calendars[0].describe(), len(read.panel.values)) == ("every day", 60)
    (found,) = (finding for finding in read.findings if finding.code == "CALENDAR")
    assert found.place.line == 22
    assert found.text == (
        "1 row lies between the steps of the others (every day): 2024-01-20 12:00; "
        "it was left out, and the row at 2024-01-20 09:00 is used"
    )


def test_nothing_is_left_out_without_repairs(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="1 row lies between the steps"):
        read_sources([write_days(tmp_path)], Selection(), repair="off")


def test_unequal_steps_keep_all_rows(tmp_path: Path) -> None:
    assert len(read_sources([write_days(tmp_path)], Selection(), irregular=True).panel.values) == 61
