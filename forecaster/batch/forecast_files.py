"""Read and change the forecast files of a batch as rows: mark them, keep rows of failed series, join many files.

A row is a record by the names of the columns; in CSV all cells are texts. What is not changed keeps its bytes. A file
counts as a forecast of a batch if each of its rows has a series and a status, also after somebody edited it.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from forecaster.files.handles import read_regular
from forecaster.spec import COLUMNS
from forecaster.workflow.frame_files import FORMULA_STARTS, as_json, encode_frame, parquet_rows
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
            return _csv_rows(data)
        case "json":
            return list(json.loads(data))
        case "jsonl":
            return [json.loads(line) for line in data.splitlines()]
    return parquet_rows(data)


def _csv_rows(data: bytes) -> list[Row]:
    """Return the rows of a CSV file.

    Raises:
        ValueError: It is none, or a row has more cells than there are columns.

    """
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if any(None in row for row in rows):
        raise ValueError("a row has more cells than there are columns")
    return rows


def read_forecasts(path: Path) -> list[Row]:
    """Return the rows of a forecast file of a batch, whose form its ending says; none if it cannot be read as one."""
    try:
        rows = forecast_rows(read_regular(path), form_of_file(path))
        return rows if all(COLUMNS.series in row and row[STATUS] for row in rows) else []
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ImportError):
        return []


def form_of_file(path: Path) -> str:
    """Return the form of a forecast file, which its ending says."""
    return path.suffix.removeprefix(".")


def forecast_content(rows: Sequence[Row], form: str) -> bytes:
    """Return the content of a forecast file with these rows; a column that a row lacks is empty there.

    The status stays the last column, also where rows of several forecasts differ in their columns.
    """
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name != STATUS] + [STATUS]
    match form:
        case "csv":
            stream = io.StringIO(newline="")
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            return stream.getvalue().encode()
        case "json":
            return ("[\n" + ",\n".join(map(as_json, rows)) + "\n]\n").encode()
        case "jsonl":
            return "".join(f"{as_json(row)}\n" for row in rows).encode()
    return encode_frame(frame_of_records(rows)[columns], form)


def with_status(rows: Iterable[Row], status: ForecastStatus) -> list[Row]:
    """Return rows with another status."""
    return [{**row, STATUS: str(status)} for row in rows]


def rows_of_series(rows: Iterable[Row], series: Collection[str]) -> list[Row]:
    """Return the rows of these series."""
    return [row for row in rows if series_of_row(row) in series]


def series_of_row(row: Row) -> str:
    """Return the name of the series of a row, without the apostrophe that keeps spreadsheets from computing it."""
    name = str(row[COLUMNS.series])
    return name[1:] if name.startswith("'") and name[1:].startswith(FORMULA_STARTS) else name


def series_statuses(files: Iterable[Sequence[Row]]) -> dict[str, str]:
    """Return the status of each series in forecast files; a file counts before those that follow it."""
    statuses: dict[str, str] = {}
    for rows in files:
        found = {series_of_row(row): str(row[STATUS]) for row in rows}
        statuses = found | statuses
    return statuses


def with_source(rows: Iterable[Row], name: str) -> list[Row]:
    """Return rows with the name of their source in front."""
    return [{SOURCE: name, **row} for row in rows]
