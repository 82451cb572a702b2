"""Entries survive in the journal until the ledger has them, and a line that was cut is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from forecaster.errors import OutputError
from forecaster.ledger.entry import Entry
from forecaster.ledger.journal import LedgerJournal, journal_files, read_entries, remove_journal
from tests.ledger.simulated_entries import entry_of

if TYPE_CHECKING:
    from pathlib import Path


def test_entries_are_read_back_and_cut_lines_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    folder.mkdir()
    first, second = entry_of(0, 1), replace(entry_of(1, 1), source="\\udcff", levels=())
    second = replace(second, series=(replace(second.series[0], ends=[[], [], []]),))
    journal = LedgerJournal(folder, first.run)
    journal.append(first)
    journal.append(second)
    (file,) = journal_files(folder)
    assert list(read_entries([file])) == [first, second]
    file.write_bytes(file.read_bytes()[:-20])
    assert list(read_entries([file])) == [first]
    remove_journal(folder, [file])
    assert not folder.exists()
    assert journal_files(folder) == []


@pytest.mark.parametrize(
    "change",
    [{"point": [1.0]}, {"ends": [[1.0]] * 3}, {"times": [1]}, {"origin": 1.5}, {"point": ["a", 1.0, 2.0]}],
)
def test_an_entry_whose_parts_do_not_fit_is_refused(change: dict[str, object]) -> None:
    entry = entry_of(0, 1)
    wrong = replace(entry, series=(replace(entry.series[0], **change),))  # type: ignore[arg-type] - wrong on purpose
    with pytest.raises((ValueError, TypeError)):
        Entry.from_line(wrong.to_line())


def test_a_journal_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    entry = entry_of(0, 1)
    with pytest.raises(OutputError, match="create the folder first"):
        LedgerJournal(tmp_path / "no", entry.run).append(entry)
