"""Read and change the forecast files of a batch as rows: mark them, keep rows of failed series, join many files.

A row is a record by the names of the columns; in CSV all cells are texts. What is not changed keeps its bytes.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from forecaster.spec import COLUMNS
from forecaster.workflow.frame_files import as_json, encode_frame, parquet_rows
from forecaster.workflow.frames import frame_of_records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from forecaster.batch.records import ForecastStatus

STATUS = "status"
"""The last column of a forecast file: what each row is, see `forecaster.batch.records.ForecastStatus`."""
SOURCE = "source"
"""The first column of the one file of all forecasts: the name of the source."""

Row = dict[str, Any]


def forecast_rows(data: bytes, form: str) -> list[Row]:
    """Return the rows of a forecast file of this form.

    Raises:
        ValueError: The bytes are not of this form.

    """
    match form:
        case "csv":
            return list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))
        case "json":
            return list(json.loads(data))
        case "jsonl":
            return [json.loads(line) for line in data.splitlines()]
    return parquet_rows(data)


def forecast_content(rows: Sequence[Row], form: str) -> bytes:
    """Return the content of a forecast file with these rows; a column that a row lacks is empty there."""
    match form:
        case "csv":
            stream = io.StringIO(newline="")
            writer = csv.DictWriter(
                stream, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(rows)
            return stream.getvalue().encode()
        case "json":
            return ("[\n" + ",\n".join(map(as_json, rows)) + "\n]\n").encode()
        case "jsonl":
            return "".join(f"{as_json(row)}\n" for row in rows).encode()
    return encode_frame(frame_of_records(rows), form)


def with_status(rows: Iterable[Row], status: ForecastStatus) -> list[Row]:
    """Return rows with another status."""
    return [{**row, STATUS: str(status)} for row in rows]


def rows_of_series(rows: Iterable[Row], series: Collection[str]) -> list[Row]:
    """Return the rows of these series."""
    return [row for row in rows if row.get(COLUMNS.series) in series]


def series_statuses(file: Path, form: str) -> dict[str, str]:
    """Return the status of each series of a forecast file; nothing if it cannot be read."""
    try:
        return {str(row[COLUMNS.series]): str(row[STATUS]) for row in forecast_rows(file.read_bytes(), form)}
    except (OSError, ValueError, KeyError):
        return {}


def with_source(rows: Iterable[Row], name: str) -> list[Row]:
    """Return rows with the name of their source in front."""
    return [{SOURCE: name, **row} for row in rows]
