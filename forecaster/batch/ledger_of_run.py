"""The ledger of a batch: workers note entries in a journal, and the run itself takes them into the file.

The workers of a cluster send their entries back, and the run notes them before it publishes the forecasts. What a
killed run noted is taken before anything else. What cannot be taken at the end of a run stays in the journal, and the
forecasts stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from forecaster.batch.folder import make_folder
from forecaster.ledger.connection import open_to_read, open_to_write, transaction
from forecaster.ledger.entry import RunStamp
from forecaster.ledger.journal import LedgerJournal, journal_files, read_entries, remove_journal
from forecaster.ledger.live_read import NightStart, read_live_series
from forecaster.ledger.prune import prune
from forecaster.ledger.trusted_rows import read_rows
from forecaster.ledger.writer import Taken, take_entries
from forecaster.text import json_value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from forecaster.batch.decisions import SourceTask


@dataclass(frozen=True)
class LedgerOfRun:
    """The ledger of a run.

    Attributes:
        path: The file.
        journal: Where the run notes its entries.
        keep: Seconds after which forecasts are removed; None for never.
        adapt: Whether intervals learn from the values that come.

    """

    path: Path
    journal: LedgerJournal
    keep: float | None = None
    adapt: bool = True

    @classmethod
    def begin(cls, path: Path, folder: Path, started: datetime, keep: float | None, *, adapt: bool = True) -> Self:
        """Open a ledger, take what a killed run left in the folder of the results, and return it for a new run.

        Raises:
            InputRefusedError: The file is no ledger, damaged or of a later version.
            OutputError: It cannot be created.
            StorageError: The disk is full or broken.
            TryAgainError: Another process writes to it.

        """
        ledger = cls(path, LedgerJournal.beside(folder, RunStamp.new(started)), keep, adapt)
        ledger.take()
        make_folder(ledger.journal.folder)
        return ledger

    def with_known_times(self, tasks: Sequence[SourceTask]) -> list[SourceTask]:
        """Return tasks with the last time that the ledger knows of each of their series.

        Raises:
            ForecasterError: As in `begin`.

        """
        known: dict[str, dict[str, int]] = {json_value(task.name): {} for task in tasks}
        with open_to_read(self.path) as connection:
            rows = read_rows(connection, "SELECT source, name, last_time FROM series WHERE last_time IS NOT NULL")
            for source, name, time in rows:
                if source in known:
                    known[source][name] = time
        return [task._replace(known_until=known[json_value(task.name)]) for task in tasks]

    def night_start(self) -> NightStart:
        """Return the ledger as it is now, before the run brings anything.

        Raises:
            ForecasterError: As in `begin`.

        """
        with open_to_read(self.path) as connection:
            return NightStart.read(connection)

    def take(self) -> Taken:
        """Take all entries of the journal into the ledger, then remove the journal, and return what changed.

        Raises:
            ForecasterError: As in `begin`; the journal stays.

        """
        files = journal_files(self.journal.folder)
        with open_to_write(self.path) as connection, transaction(connection):
            taken = take_entries(connection, read_entries(files), adapt=self.adapt)
            if self.keep is not None:
                prune(connection, self.keep)
        remove_journal(self.journal.folder, files)
        return taken


def with_live_series(path: Path, tasks: Sequence[SourceTask], start: NightStart | None) -> list[SourceTask]:
    """Return tasks with what a ledger knew of their series when the night began; None for what it knows now.

    Raises:
        ForecasterError: The ledger cannot be read.

    """
    with open_to_read(path) as connection:
        known = read_live_series(
            connection, {json_value(task.name) for task in tasks}, None if start is None else start.run
        )
    return [task._replace(live=known[json_value(task.name)]) for task in tasks]
