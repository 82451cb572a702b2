"""The content of files with frames: CSV that a spreadsheet may open, JSON that every program reads, and Parquet.

All rows and all digits are in them; the tables that people read are made by the command line.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.spec import COLUMNS
from forecaster.text import json_value
from forecaster.workflow.frames import records, rows

if TYPE_CHECKING:
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Prediction

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet compute a cell, see https://owasp.org/www-community/attacks/CSV_Injection."""


def frame_in_form(result: Prediction, form: str, dates: str) -> Frame:
    """Return the frame of a forecast with times as `dates` says, if the form writes them as text, else as ISO 8601."""
    return result.frame_as_in_file() if dates == "file" and form in {"table", "csv"} else result.frame_in_zone()


def encode_frame(frame: Frame, form: str) -> bytes:
    """Return all rows and digits of `frame` in a form for programs, text as UTF-8.

    Raises:
        ArithmeticError: The frame has numbers that no result may have.

    """
    check_numbers(frame)
    match form:
        case "csv":
            text = _as_csv(frame)
        case "json":
            text = "[\n" + ",\n".join(map(as_json, records(frame))) + "\n]\n"
        case "jsonl":
            text = "".join(f"{as_json(record)}\n" for record in records(frame))
        case _:
            buffer = io.BytesIO()
            frame.to_parquet(buffer, engine="pyarrow", index=False)
            return buffer.getvalue()
    return text.encode()


def check_numbers(frame: Frame) -> None:
    """Check the numbers of a frame: what is missing is an empty cell, but no forecast is, and nothing is infinite.

    Raises:
        ArithmeticError: A number is infinite, or a forecast is missing: a defect, so nothing is written.

    """
    for name, values in frame.items():
        if values.dtype.kind != "f":
            continue
        numbers = values.to_numpy()
        is_forecast = str(name) == COLUMNS.model or str(name).startswith(f"{COLUMNS.model}-")
        if np.isinf(numbers).any() or (is_forecast and np.isnan(numbers).any()):
            raise ArithmeticError(f"the column {name} has infinite or missing numbers, so nothing is written")


def parquet_rows(data: bytes) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file that `encode_frame` made."""
    frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def as_json(value: Any) -> str:
    """Return `value` as JSON, with control characters escaped; numbers that JSON does not have are null."""
    text = json.dumps(json_value(value), ensure_ascii=False, allow_nan=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _as_csv(frame: Frame) -> str:
    """Return a frame as CSV, with an apostrophe before each text and each name that a spreadsheet would compute."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(_quote_formula, frame.columns))
    writer.writerows(map(_quote_formula, row) for row in rows(frame))
    return stream.getvalue()


def _quote_formula(cell: Any) -> Any:
    """Return a cell, with an apostrophe before it if it is a text that a spreadsheet would compute."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
