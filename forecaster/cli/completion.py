"""What the shell offers for a value that is being typed: files, models, and the columns of the file that is named.

Only the beginning of a file is read, with the standard library alone: the answer must come while the user waits.
"""

# Annotations stay types, not text: Typer reads them.
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx", ".gz", ".zip")
MODELS = (".joblib",)
OPENING = 2**16
"""Bytes of a file in which its column names are searched: comments above them are shorter."""
TYPED = "forecaster.typed"
"""Key in `context.meta` of the words of the command line: an option without its value leaves no parsed ones."""
DELIMITERS = ",;\t|"


def complete_table(incomplete: str) -> Iterator[str]:
    """Yield files that may hold a table, and folders."""
    yield from _paths(incomplete, TABLES)


def complete_model(incomplete: str) -> Iterator[str]:
    """Yield model files, and folders."""
    yield from _paths(incomplete, MODELS)


def complete_column(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield columns of the first file that the command line names; those before a comma are already typed."""
    before, comma, last = incomplete.rpartition(",")
    source = next((Path(word) for word in context.meta[TYPED] if Path(word).is_file()), None)
    for name in column_names(source) if source else ():
        if name.startswith(last):
            yield f"{before}{comma}{name}"


def column_names(path: Path) -> list[str]:
    """Return the names in the likely header of a file: the first row that is as wide as the widest ones."""
    try:
        with path.open("rb") as file:
            text = file.read(OPENING).decode("utf-8-sig", errors="replace")
    except OSError:
        return []
    if "\0" in text:
        return []
    lines = text.splitlines()
    delimiter = max(DELIMITERS, key=lambda each: sum(each in line for line in lines))
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    width = max(map(_filled, rows), default=0)
    return next(([cell.strip() for cell in row if cell.strip()] for row in rows if _filled(row) == width), [])


def _filled(row: Sequence[str]) -> int:
    """Return how many cells of a row are not empty."""
    return sum(bool(cell.strip()) for cell in row)


def _paths(incomplete: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield folders and files with these endings that begin as `incomplete`."""
    folder, slash, name = incomplete.rpartition("/")
    try:
        entries = sorted(Path(folder or slash or ".").iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(name) and (name.startswith(".") or not entry.name.startswith(".")):
            if entry.is_dir():
                yield f"{folder}{slash}{entry.name}/"
            elif entry.suffix.lower() in endings:
                yield f"{folder}{slash}{entry.name}"
