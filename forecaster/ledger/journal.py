"""Entries of a run until they are in the ledger: a file for each process, in a folder beside the results.

An entry is there before its forecast is published, and the files are removed after the ledger has all of them. So a run
that is killed at any moment loses no forecast, and the next run first takes what it left.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from forecaster.files.atomic import output_failure
from forecaster.files.handles import open_regular
from forecaster.ledger.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forecaster.ledger.entry import RunStamp

FOLDER = "ledger.journal"
"""The folder, in that of the results."""
ENDING = ".jsonl"


class LedgerJournal(NamedTuple):
    """Where a run notes its entries; worker processes take it along.

    Attributes:
        folder: The folder of the entries.
        run: The run.

    """

    folder: Path
    run: RunStamp

    @classmethod
    def beside(cls, results: Path, run: RunStamp) -> Self:
        """Return the journal of a run in the folder of its results; its own folder need not exist."""
        return cls(results / FOLDER, run)

    def append(self, entry: Entry) -> None:
        """Add an entry to the file of this process.

        Raises:
            OutputError, StorageError: It cannot be written.

        """
        path, data = self.folder / f"{self.run.token}-{os.getpid()}{ENDING}", entry.to_line()
        try:
            handle = open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                if os.write(handle, data) != len(data):
                    os.write(handle, b"\n")  # fails with the reason, or ends the line that was cut
                    os.write(handle, data)
            finally:
                os.close(handle)
        except OSError as error:
            raise output_failure(error, path) from error


def journal_files(folder: Path) -> list[Path]:
    """Return the files of entries that are not in the ledger yet."""
    with suppress(OSError):
        return sorted(file for file in folder.glob(f"*{ENDING}") if file.is_file())
    return []


def read_entries(files: list[Path]) -> Iterator[Entry]:
    """Yield the entries of these files; a line that the death of a process cut is left out."""
    for file in files:
        with suppress(FileNotFoundError), os.fdopen(open_regular(file), "rb") as lines:
            for line in lines:
                with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    yield Entry.from_line(line)


def remove_journal(folder: Path, files: list[Path]) -> None:
    """Remove files of entries that the ledger has; entries that stay change nothing when they are read again."""
    for file in files:
        with suppress(OSError):
            file.unlink()
    with suppress(OSError):
        folder.rmdir()
