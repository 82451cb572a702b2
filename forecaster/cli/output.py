"""Write frames as CSV, JSON, Parquet or a table, to standard output or an atomic file."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.cli.options import STANDARD_OUTPUT
from forecaster.cli.page import Page
from forecaster.cli.tables import frame_lines
from forecaster.cli.terminal import abandon, plain
from forecaster.errors import UsageError
from forecaster.files.atomic import atomic_write, output_failure, refuse_overwriting, resolve_links
from forecaster.files.preflight import check_space, check_writable
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.workflow.frame_files import check_numbers, encode_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from forecaster.cli.options import FormatName
    from forecaster.workflow.frames import Frame
    from forecaster.workflow.request import Extent

ENDINGS: dict[str, FormatName] = {
    ".txt": "table",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
}
BYTES_OF_CELL = 12
"""Bytes of a cell in a file, about: numbers have up to 17 digits, other cells are shorter, and Parquet packs them."""


@dataclass(frozen=True)
class Destination:
    """Where a frame is written and in which form: to `path`, or to standard output if that is None."""

    path: Path | None
    form: FormatName

    @classmethod
    def choose(cls, path: Path | None, form: FormatName | None, inputs: Iterable[str | Path] = ()) -> Destination:
        """Check path and form before the work begins, so that no result is lost because it cannot be written.

        Raises:
            UsageError: The form is unknown, does not suit a terminal, or needs a package that is missing; or the file
                is one of the `inputs`.
            OutputError: The file cannot be created.

        """
        if path is None or path in STANDARD_OUTPUT:
            chosen = cls(None, form or ("table" if sys.stdout.isatty() else "csv"))
        else:
            refuse_overwriting(path, inputs)
            check_writable(path)
            sweep_unfinished_files(resolve_links(path).parent)
            chosen = cls(path, form or _form_by_ending(path))
        if chosen.form == "parquet":
            check_parquet(chosen)
        return chosen

    @property
    def is_terminal_table(self) -> bool:
        """Whether a table is written to a terminal."""
        return self.path is None and self.form == "table" and sys.stdout.isatty()

    def check_size(self, extent: Extent) -> None:
        """Check that the disk has space for a frame of this extent.

        Raises:
            OutputError: It has less.

        """
        if self.path is not None:
            check_space(self.path, extent.cells * BYTES_OF_CELL)

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
        check_numbers(frame)
        page = Page() if self.path else Page.of_standard_output()
        if self.form == "table":
            data = "".join(f"{line}\n" for line in (table(page) if table else frame_lines(frame, page.width))).encode()
        else:
            data = encode_frame(frame, self.form)
        if self.path is not None:
            atomic_write(self.path, data)
        elif self.form == "table":
            write_standard_output(data, styled=True)
        else:
            write_standard_output(data)


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
