"""All forecasts of a batch in one file, `forecasts.csv` or of another form, made of those of the sources.

The forecasts of the sources are then in the folder `parts`, so that only new ones are made again.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from forecaster.batch.folder import output_path
from forecaster.batch.forecast_files import forecast_content, forecast_rows, with_source
from forecaster.files.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.batch.batch_run import BatchRun
    from forecaster.batch.forecast_files import Row
    from forecaster.batch.settings import BatchSettings

ONE_FILE = "forecasts"


def write_one_file(run: BatchRun, settings: BatchSettings) -> None:
    """Write the file of all forecasts, in the order of the sources.

    Raises:
        OutputError: It cannot be created.
        StorageError: Writing failed half-way; an earlier file stays.

    """
    content = forecast_content(list(_rows_of_sources(run, settings)), settings.form)
    atomic_write(run.folder / f"{ONE_FILE}{settings.ending}", content)


def _rows_of_sources(run: BatchRun, settings: BatchSettings) -> Iterator[Row]:
    """Yield the rows of the forecast of each source that has one, the name of the source in front."""
    for record in run.records.values():
        if record.forecast is not None:
            with suppress(FileNotFoundError):  # a user has removed it: the next run makes it again
                data = output_path(run.folder, record.name, settings).read_bytes()
                yield from with_source(forecast_rows(data, settings.form), record.name)
