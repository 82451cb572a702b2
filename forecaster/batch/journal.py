"""Remember what a batch has done while it runs, so that a run that was killed anywhere loses nothing that it finished.

`run.json` holds the records of the last run that ended. While a run goes on, `journal.jsonl` beside it has a line for
each source that was started and one with the record of each that is done, and one with the groups of sources that share
a network; the next run reads both. A line that was cut by the death of the process is ignored.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from forecaster.batch.file_names import comparison_key
from forecaster.batch.groups import GroupRecord
from forecaster.batch.records import SourceRecord
from forecaster.errors import Code, Finding, Place
from forecaster.files.atomic import atomic_write, output_failure
from forecaster.files.handles import open_regular, read_regular
from forecaster.ledger.live_read import NightStart
from forecaster.text import json_value, text_of_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

RUN, JOURNAL = "run.json", "journal.jsonl"
"""The record of a run, and the journal that is there while it goes on."""
FORMAT = "forecaster batch"
"""What `run.json` says that it is."""
SCHEMA = 1
"""The version of its fields: another one is not read, and everything is done again."""
UNREADABLE = "is not the record of a batch that this version reads, so everything is done again"

DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""Errors of reading a record that somebody edited, or of which a part is missing."""


@dataclass
class History:
    """What earlier runs in a folder left.

    Attributes:
        records: The record of each source, by its absolute path.
        started: Absolute paths of sources that a killed run had started and not ended.
        groups: The groups of sources, by their names.
        signatures: What the groups of sources follow from that a killed run had read, by their absolute paths.
        groups_decided: Whether a killed run had decided which source is in which group, and what is trained.
        regrouped: Whether it had decided that anew.
        night_start: The ledger when a killed run began; None without one.
        run: The other fields of `run.json`.
        findings: What could not be read.
        folder: Absolute path of the folder of the results in the last run that ended; empty if it is not known.

    """

    records: dict[str, SourceRecord] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    groups: dict[str, GroupRecord] = field(default_factory=dict)
    signatures: dict[str, str] = field(default_factory=dict)
    groups_decided: bool = False
    regrouped: bool = False
    night_start: NightStart | None = None
    run: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    folder: str = ""

    def replay(self, entry: dict[str, Any]) -> None:
        """Take a line of the journal into account.

        Raises:
            KeyError, TypeError, ValueError: It is not one.

        """
        if "started" in entry:
            self.started.add(text_of_json(entry["started"]))
        elif "groups" in entry:
            self.groups = _groups_by_name(entry["groups"])
            self.signatures |= {text_of_json(path): text for path, text in entry["signatures"].items()}
            self.groups_decided = True
            self.regrouped = self.regrouped or entry["regrouped"]
        elif "night" in entry:
            self.night_start = NightStart.from_dict(entry["night"])
        elif "group" in entry:
            self.groups |= _groups_by_name([entry["group"]])
        else:
            record = SourceRecord.from_dict(entry["done"])
            self.records[record.path] = record
            self.started.discard(record.path)


def read_history(folder: Path) -> History:
    """Return what earlier runs in a folder left: the record of the last one that ended, and the journal behind it."""
    history = _read_run(folder / RUN)
    _read_journal(folder / JOURNAL, history)
    # a name is in both with two paths if a run was killed after the folder was moved: the journal is the newer one
    newest = {comparison_key(record.name): record for record in history.records.values()}
    history.records = {record.path: record for record in newest.values()}
    return history


def _read_journal(path: Path, history: History) -> None:
    """Add what the journal of a killed run holds to the records of the run before."""
    try:
        lines = read_regular(path).split(b"\n")[:-1]
    except OSError:
        return
    for line in lines:
        with suppress(*DAMAGE):  # a line that a full disk cut short
            history.replay(json.loads(line))


def _read_run(path: Path) -> History:
    """Return what `run.json` holds; nothing, with a finding, where it is damaged."""
    try:
        content = json.loads(read_regular(path))
        if (content["format"], content["schema"]) != (FORMAT, SCHEMA):
            return _unreadable(path)
        sources = _read_sources([*content.pop("sources"), *content.pop("absent")])
        groups = _groups_by_name(content.pop("groups"))
        folder = text_of_json(content.pop("folder", ""))
        if content.get("last_success") is not None:
            datetime.fromisoformat(content["last_success"])
    except FileNotFoundError:
        return History()
    except (OSError, *DAMAGE):
        return _unreadable(path)
    if len({comparison_key(each.name) for each in sources}) < len(sources):
        return _unreadable(path)
    return History({each.path: each for each in sources}, groups=groups, run=content, folder=folder)


def _read_sources(fields: list[Any]) -> list[SourceRecord]:
    """Return the records that these fields hold; each is dropped when it was read, because there may be many.

    Raises:
        KeyError, TypeError, ValueError: One of them is not a record.

    """
    fields.reverse()
    sources = []
    while fields:
        sources.append(SourceRecord.from_dict(fields.pop()))
    return sources


def _unreadable(path: Path) -> History:
    """Return the history of a folder whose record cannot be read."""
    return History(findings=(Finding(Code.UNUSED, UNREADABLE, Place(str(path))),))


def _groups_by_name(groups: Iterable[dict[str, Any]]) -> dict[str, GroupRecord]:
    """Return the records of groups by their names."""
    return {each.name: each for each in map(GroupRecord.from_dict, groups)}


def write_run(folder: Path, run: dict[str, Any]) -> None:
    """Write `run.json`, and remove the journal, whose records it holds.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way; the journal stays.

    """
    atomic_write(folder / RUN, _run_lines({"format": FORMAT, "schema": SCHEMA, **run}).encode())
    with suppress(OSError):  # the next run reads it once more, which changes nothing
        (folder / JOURNAL).unlink()


def _run_lines(run: dict[str, Any]) -> str:
    """Return the record of a run as JSON with a line for each field and each source: to be read by people, too."""
    fields = []
    for name, value in run.items():
        lines = [json.dumps(each, allow_nan=False) for each in value] if isinstance(value, list | map) else []
        text = "[\n  " + ",\n  ".join(lines) + "\n ]" if lines else json.dumps(value, allow_nan=False, default=list)
        fields.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(fields) + "\n}\n"


class Journal:
    """Append lines to the journal of a folder; each is handed to the system before the work goes on."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        self._path = folder / JOURNAL
        self._handle = -1

    def __enter__(self) -> Self:
        """Open the journal behind what is in it.

        Raises:
            OutputError: It cannot be created.

        """
        try:
            self._handle = open_regular(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            self._end_cut_line()
        except OSError as error:
            raise output_failure(error, self._path) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the journal."""
        os.close(self._handle)

    def started(self, path: str) -> None:
        """Note that the work on a source begins."""
        self._append({"started": json_value(path)})

    def done(self, record: SourceRecord) -> None:
        """Note how the work on a source ended."""
        self._append({"done": record.to_dict()})

    def night_began(self, start: NightStart) -> None:
        """Note the ledger when the night began."""
        self._append({"night": start.to_dict()})

    def groups_decided(self, groups: Iterable[GroupRecord], signatures: dict[str, str], *, regrouped: bool) -> None:
        """Note the groups, the signatures of their sources, and whether all was decided anew."""
        by_path = {json_value(path): signature for path, signature in signatures.items()}
        self._append({"groups": [group.to_dict() for group in groups], "signatures": by_path, "regrouped": regrouped})

    def group_trained(self, group: GroupRecord) -> None:
        """Note how the training of a group ended."""
        self._append({"group": group.to_dict()})

    def _append(self, entry: dict[str, Any]) -> None:
        """Append one line.

        Raises:
            StorageError: The disk is full or broken.

        """
        data = json.dumps(entry, ensure_ascii=True, allow_nan=False).encode() + b"\n"
        try:
            if os.write(self._handle, data) != len(data):
                self._end_cut_line()
        except OSError as error:
            raise output_failure(error, self._path) from error

    def _end_cut_line(self) -> None:
        """End the last line, which a killed run or a full disk may have cut: it is ignored then."""
        if os.fstat(self._handle).st_size:
            os.write(self._handle, b"\n")
