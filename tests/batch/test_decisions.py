"""What a batch decides about a source from its record alone."""

from __future__ import annotations

import pytest

from forecaster.batch.decisions import record_rows
from forecaster.batch.file_stamps import FileStamp, ReadFile
from forecaster.reading.cells.time_style import TimeStyle


@pytest.mark.parametrize(
    ("style", "end", "last"),
    [
        (TimeStyle(), "2026-01-05T19:00:00.000000", "2026-01-05T19:00:00.000000"),
        (TimeStyle(zone="UTC"), "2026-01-05T19:00:00.000000", "2026-01-05T19:00:00.000000"),
        (TimeStyle(zone="-07:00"), "2026-01-05T19:00:00.000000", "2026-01-06T02:00:00.000000"),
        (TimeStyle(zone="Europe/Berlin"), "2026-07-05T01:00:00.000000", "2026-07-04T23:00:00.000000"),
        (TimeStyle(zone="Europe/Berlin", standard=True), "2026-07-05T01:00:00.000000", "2026-07-05T00:00:00.000000"),
        (TimeStyle(zone="UTC"), "-120", "-120"),
    ],
    ids=str,
)
def test_the_newest_time_is_recorded_in_utc(style: TimeStyle, end: str, last: str) -> None:
    facts = {"sha256": "", "series": 1, "rows": 3, "end": end}
    assert record_rows(facts, style, ReadFile(FileStamp(1, 1), "")).last == last
