"""All forecasts of a batch in one file, `forecasts.csv` or of another form, made of those of the sources.

The forecasts of the sources are then in the folder `parts`, so that only new ones are made again. A run without the
option, or with another form, takes back what it replaces in the file of earlier runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.batch.folder import FORECAST_ENDINGS, output_path
from forecaster.batch.forecast_files import (
    SOURCE,
    STATUS,
    forecast_content,
    form_of_file,
    read_forecasts,
    with_source,
)
from forecaster.batch.records import ForecastStatus, Status
from forecaster.files.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forecaster.batch.batch_run import BatchRun
    from forecaster.batch.forecast_files import Row
    from forecaster.batch.records import SourceRecord
    from forecaster.batch.settings import BatchSettings

ONE_FILE = "forecasts"


def write_one_file(run: BatchRun, settings: BatchSettings) -> Path:
    """Write the file of all forecasts, in the order of the sources, and return its path.

    Raises:
        OutputError: It cannot be created.
        StorageError: Writing failed half-way; an earlier file stays.

    """
    path = run.folder / f"{ONE_FILE}{settings.ending}"
    atomic_write(path, forecast_content(list(_rows_of_sources(run, settings)), settings.form))
    return path


def _rows_of_sources(run: BatchRun, settings: BatchSettings) -> Iterator[Row]:
    """Yield the rows of the forecast of each source that has one, the name of the source in front."""
    for record in run.records.values():
        if record.forecast is not None:
            # none if a user has removed or damaged the file: the next run makes it again
            yield from with_source(read_forecasts(output_path(run.folder, record.name, settings)), record.name)


def update_other_one_files(run: BatchRun, written: Path | None) -> None:
    """Remove the forecasts that a run replaced from files of all forecasts of earlier runs, and mark failed ones.

    Args:
        run: The run.
        written: The file of all forecasts that it wrote; None if it wrote a file for each source.

    Raises:
        OutputError: A file cannot be created.
        StorageError: Writing failed half-way; the earlier file stays.

    """
    records = {record.name: record for record in run.records.values()}
    for ending in FORECAST_ENDINGS:
        path = run.folder / f"{ONE_FILE}{ending}"
        rows = read_forecasts(path) if path != written else []
        if not rows or any(SOURCE not in row for row in rows):
            continue
        rest = [each for row in rows if (each := _row_after_run(row, records.get(str(row[SOURCE])))) is not None]
        if not rest:
            path.unlink()
        elif rest != rows:
            atomic_write(path, forecast_content(rest, form_of_file(path)))


def _row_after_run(row: Row, record: SourceRecord | None) -> Row | None:
    """Return a row of a file of all forecasts as it is after a run of its source; None if that has a forecast."""
    if record is None or record.status is Status.NOT_RUN:
        return row
    if record.forecast is None or record.forecast.status is ForecastStatus.STALE:
        return {**row, STATUS: str(ForecastStatus.STALE)}
    return None
