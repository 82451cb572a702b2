"""What a user names to read, as a plain list of files: patterns, folders and lists of files are expanded.

No file is opened here except the list itself; an address of the web is left for the reader to refuse.
"""

from __future__ import annotations

import glob
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, InputUnreadableError, Place, UsageError
from forecaster.reading.tables.content import ADDRESS, printed
from forecaster.reading.tables.file_patterns import matching_files
from forecaster.size_limits import LARGEST_LIST, MOST_LISTED_FILES
from forecaster.spec import FAILURES, STDIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TABLES = (".csv", ".csv.gz", ".csv.zip", ".tsv", ".txt", ".parquet", ".xlsx")
"""Endings of the files that a folder stands for, in small letters."""
FIRST_COLUMN = b"file,"
"""How a list of failures begins: its first column names files."""


def expand_sources(sources: Sequence[str], files_from: str | None = None, preferred: tuple[str, ...] = ()) -> list[str]:
    """Return the files that sources and the lines of the file `files_from` stand for, each once, in their order.

    A source is a file, a pattern such as `prices/**/*.csv`, a folder, or `-` for standard input. A folder stands for
    its files with one of the `preferred` endings or, if it has none of these, for its tables.

    Raises:
        InputUnreadableError: A pattern or a folder holds no file, or the list cannot be read.
        InputRefusedError: The list is too long to be one.
        UsageError: Standard input is named twice.

    """
    files, refused = expand_usable_sources(sources, files_from, preferred)
    if refused:
        raise next(iter(refused.values()))
    return files


def expand_usable_sources(
    sources: Sequence[str], files_from: str | None = None, preferred: tuple[str, ...] = ()
) -> tuple[list[str], dict[str, InputUnreadableError]]:
    """Return the files of `expand_sources`, and for each pattern or folder without a file the error that says so.

    Raises:
        InputUnreadableError: The list cannot be read.
        InputRefusedError: The list is too long to be one.
        UsageError: Standard input is named twice.

    """
    named = [*sources, *(_read_list(files_from) if files_from is not None else ())]
    if (named.count(STDIN) + (files_from == STDIN)) > 1:
        raise UsageError("- can be read only once", "name it once")
    files: dict[str, None] = {}
    refused: dict[str, InputUnreadableError] = {}
    for source in named:
        try:
            files |= dict.fromkeys(_expand_source(source, preferred))
        except InputUnreadableError as error:
            refused[source] = error
    return list(files), refused


def _expand_source(source: str, preferred: tuple[str, ...]) -> list[str]:
    """Return the files that one source stands for, in the order of their names; a plain name stands for itself.

    Raises:
        InputUnreadableError: It is a pattern or a folder and holds no file.

    """
    if source == STDIN or ADDRESS.match(source):
        return [source]
    if os.path.isdir(source):  # noqa: PTH112 - a Path would refuse names that no file can have
        inside = [os.path.join(source, name) for name in sorted(os.listdir(source))]  # noqa: PTH118, PTH208 - the same
        files = [file for file in inside if not Path(file).is_dir() and not _is_list_of_failures(file)]
        found = [file for file in files if file.lower().endswith(preferred)] if preferred else []
        found = found or [file for file in files if file.lower().endswith(TABLES)]
        what = f"no file in it ends in {', '.join((*preferred, *TABLES))}"
    elif glob.has_magic(source) and not os.path.lexists(source):
        found = matching_files(source)
        what = "no file matches this pattern"
    else:
        return [source]
    if not found:
        raise InputUnreadableError(what, "check the name", Place(printed(source)))
    return found


def _is_list_of_failures(file: str) -> bool:
    """Return whether a file is the list that a run over many files has left."""
    if os.path.basename(file) != FAILURES:  # noqa: PTH119 - a Path would refuse names that no file can have
        return False
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - the same
            return stream.read(len(FIRST_COLUMN)) == FIRST_COLUMN
    except OSError:
        return False


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield the lines of a list, without their ends."""
    return (line.rstrip(b"\r\n") for line in io.BytesIO(data))


def _read_list(files_from: str) -> list[str]:
    """Return the different lines of a list that are not blank."""
    file = printed(files_from)
    try:
        if files_from == STDIN:
            data = sys.stdin.buffer.read(LARGEST_LIST + 1)
        else:
            with Path(files_from).open("rb") as stream:
                data = stream.read(LARGEST_LIST + 1)
    except (OSError, ValueError) as error:
        what = (getattr(error, "strerror", None) or "no file can have this name").lower()
        remedy = "name a file that lists one file per line"
        raise InputUnreadableError(what, remedy, Place(file), code=Code.NOINPUT) from error
    if len(data) > LARGEST_LIST or b"\0" in data:
        raise InputRefusedError("this is not a list of files", "write one file per line", Place(file), code=Code.NOTCSV)
    lines = list(
        dict.fromkeys(os.fsdecode(line) for line in _lines(data.removeprefix(b"\xef\xbb\xbf")) if line.strip())
    )
    if len(lines) > MOST_LISTED_FILES:
        what = f"the list names more than {MOST_LISTED_FILES:,} files"
        raise InputRefusedError(what, "split it", Place(file), code=Code.LIMIT)
    if not lines:
        raise InputUnreadableError("the list names no file", "write one file per line", Place(file))
    return lines
