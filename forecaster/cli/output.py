"""Write frames as CSV, JSON, Parquet or a table, to standard output or an atomic file."""

from __future__ import annotations

import importlib.util
import io
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecaster.cli.json_lines import without_missing_numbers
from forecaster.cli.options import STANDARD_OUTPUT
from forecaster.cli.page import Page
from forecaster.cli.tables import frame_lines
from forecaster.cli.terminal import abandon, plain
from forecaster.errors import UsageError
from forecaster.files.atomic import atomic_write, check_writable, output_failure, refuse_overwriting
from forecaster.spec import COLUMNS
from forecaster.workflow.frames import columns_of_kind, dates_as_text, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from forecaster.cli.options import DatesName, FormatName
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.results import Prediction

ENDINGS: dict[str, FormatName] = {
    ".txt": "table",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet compute a cell, see https://owasp.org/www-community/attacks/CSV_Injection."""


@dataclass(frozen=True)
class Destination:
    """Where a frame is written and in which form: to `path`, or to standard output if that is None."""

    path: Path | None
    form: FormatName

    @classmethod
    def choose(
        cls, path: Path | None, form: FormatName | None, inputs: Iterable[str | Path | None] = ()
    ) -> Destination:
        """Check path and form before the work begins, so that no result is lost because it cannot be written.

        Raises:
            UsageError: The form is unknown, does not suit a terminal, or needs a package that is missing; or the file
                is one of the `inputs`, or of the other outputs.
            OutputError: The file cannot be created.

        """
        if path is None or path == STANDARD_OUTPUT:
            chosen = cls(None, form or ("table" if sys.stdout.isatty() else "csv"))
        else:
            refuse_overwriting(path, [name for name in inputs if name])
            check_writable(path)
            chosen = cls(path, form or _form_by_ending(path))
        if chosen.form == "parquet":
            check_parquet(chosen)
        return chosen

    @property
    def is_terminal_table(self) -> bool:
        """Whether a table is written to a terminal."""
        return self.path is None and self.form == "table" and sys.stdout.isatty()

    def write(self, frame: Frame, table: Callable[[Page], Sequence[str]] | None = None) -> None:
        """Write all of `frame`; a table on a terminal may have its first rows only.

        Args:
            frame: What is written.
            table: Returns the lines of its table; None for a column of the table for each of the frame.

        Raises:
            OutputError: The file cannot be created.
            StorageError: Writing failed half-way; an earlier file is still there.
            ArithmeticError: The frame has numbers that no result may have.

        """
        _check_finite(frame)
        page = Page() if self.path else Page.of_standard_output()
        if self.form == "table":
            data = "".join(f"{line}\n" for line in (table(page) if table else frame_lines(frame, page.width))).encode()
        else:
            data = _encode_frame(frame, self.form)
        if self.path is not None:
            atomic_write(self.path, data)
        elif self.form == "table":
            write_standard_output(data, styled=True)
        else:
            write_standard_output(data)


def frame_in_form(result: Prediction, form: FormatName, dates: DatesName) -> Frame:
    """Return the frame of a forecast with times as `dates` says, if the form writes them as text, else as ISO 8601."""
    return result.frame_as_in_file() if dates == "file" and form in {"table", "csv"} else result.frame_in_zone()


def write_standard_output(data: bytes, *, styled: bool = False) -> None:
    """Write `data` to standard output; a terminal sees control characters as escapes, and a reader may leave early.

    Args:
        data: Text as UTF-8, or for a pipe any bytes.
        styled: Whether its control characters are styles, and those of names were escaped before.

    Raises:
        StorageError: Writing failed half-way.

    """
    if sys.stdout.isatty():
        text = data.decode()
        shown = text if styled else "\n".join(plain(line) for line in text.split("\n"))
        data = shown.encode(sys.stdout.encoding, errors="replace")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        abandon(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise output_failure(error, Path("standard output")) from error


def as_json(value: Any) -> str:
    """Return `value` as JSON, with control characters escaped; a missing number is null.

    Raises:
        ValueError: A number is infinite, which JSON does not have.

    """
    text = json.dumps(without_missing_numbers(value), ensure_ascii=False, allow_nan=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _form_by_ending(path: Path) -> FormatName:
    """Return the form that the ending of `path` names."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"the ending of {path} does not name a format", f"end it in {', '.join(ENDINGS)}, or use --format"
        )
    return ENDINGS[ending]


def check_parquet(chosen: Destination) -> None:
    """Refuse Parquet where it cannot be written or would fill a terminal with bytes."""
    if importlib.util.find_spec("pyarrow") is None:
        raise UsageError("Parquet needs pyarrow, which is not installed", "pip install 'forecaster-rnn[parquet]'")
    if chosen.path is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for terminals", "use --output FILE, or pipe it into a program")


def _check_finite(frame: Frame) -> None:
    """Check the numbers of a frame: what is missing is an empty cell, but no forecast is, and nothing is infinite.

    Raises:
        ArithmeticError: A number is infinite, or a forecast is missing: a defect, so nothing is written.

    """
    for name, values in columns_of_kind(frame, "f").items():
        is_forecast = str(name) == COLUMNS.model or str(name).startswith(f"{COLUMNS.model}-")
        if values.isin([math.inf, -math.inf]).any() or (is_forecast and values.isna().any()):
            raise ArithmeticError(f"the column {name} has infinite or missing numbers, so nothing is written")


def _encode_frame(frame: Frame, form: FormatName) -> bytes:
    """Return all rows and digits of `frame` in a form for programs, text as UTF-8."""
    match form:
        case "csv":
            text = _without_formulas(dates_as_text(frame)).to_csv(index=False, lineterminator="\n")
        case "json":
            text = "[\n" + ",\n".join(map(as_json, records(frame))) + "\n]\n"
        case "jsonl":
            text = "".join(f"{as_json(record)}\n" for record in records(frame))
        case _:
            buffer = io.BytesIO()
            frame.to_parquet(buffer, engine="pyarrow", index=False)
            return buffer.getvalue()
    return text.encode()


def _without_formulas(frame: Frame) -> Frame:
    """Return `frame` with an apostrophe before each text and each column name that a spreadsheet would compute."""
    texts = {str(name): values.map(_quote_formula) for name, values in columns_of_kind(frame, "O").items()}
    return frame.assign(**texts).rename(columns=_quote_formula)


def _quote_formula(cell: Any) -> Any:
    """Return a cell, with an apostrophe before it if a spreadsheet would compute it; missing cells stay missing."""
    return f"'{cell}" if str(cell).startswith(FORMULA_STARTS) else cell
