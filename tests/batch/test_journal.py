"""The journal and the record of a batch: what one run writes, the next one reads, whatever a source is called."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from forecaster.batch.groups import GroupRecord
from forecaster.batch.journal import JOURNAL, RUN, Journal, read_history, write_run
from forecaster.batch.records import Action, SourceRecord, Status
from forecaster.batch.tasks import FileFailure

if TYPE_CHECKING:
    from pathlib import Path

PATHS = ["/srv/prices/a.csv", "/srv/bytes\udcff\udc80.csv", "/srv/line\nbreak \x1b.csv", "/srv/\u2028\U0001f600.csv"]


def record_of(path: str) -> SourceRecord:
    failure = FileFailure("a.csv", "", "RAGGED", 65, "a sentence")
    done = Status.FAILED
    return SourceRecord(path, path, "a", done, done, Action.TRAIN, "why", 1.5, (failure,), (("GAP", "a gap"),))


def group_of(path: str) -> GroupRecord:
    return GroupRecord("monthly", "kind monthly", (path,), ("a",), pending="there is no model yet")


def assert_unicode(text: str) -> None:
    for line in filter(None, text.splitlines()):
        json.dumps(json.loads(line), ensure_ascii=False).encode()  # fails for lone surrogates


@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_a_killed_run_is_read_from_its_journal(path: str, tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.started("/srv/other.csv")
        journal.started(path)
    assert read_history(tmp_path).started == {"/srv/other.csv", path}
    with Journal(tmp_path) as journal:
        journal.done(record_of(path))
    history = read_history(tmp_path)
    assert (history.started, history.records) == ({"/srv/other.csv"}, {path: record_of(path)})
    assert_unicode((tmp_path / JOURNAL).read_text())


@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_the_groups_of_a_killed_run_are_those_that_it_noted_last(path: str, tmp_path: Path) -> None:
    trained = replace(group_of(path), pending="", reason="there is no model yet")
    with Journal(tmp_path) as journal:
        journal.groups_decided([group_of(path)], {path: "kind monthly"}, regrouped=True)
    history = read_history(tmp_path)
    assert (history.groups, history.signatures) == ({"monthly": group_of(path)}, {path: "kind monthly"})
    with Journal(tmp_path) as journal:
        journal.group_trained(trained)
    history = read_history(tmp_path)
    assert (history.groups, history.groups_decided, history.regrouped) == ({"monthly": trained}, True, True)
    assert_unicode((tmp_path / JOURNAL).read_text())


@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_a_run_that_ended_is_read_from_its_record(path: str, tmp_path: Path) -> None:
    groups = [group_of(path).to_dict()]
    write_run(tmp_path, {"version": "1", "groups": groups, "sources": [record_of(path).to_dict()], "absent": []})
    history = read_history(tmp_path)
    assert (history.records, history.run["version"]) == ({path: record_of(path)}, "1")
    assert (history.groups, history.groups_decided) == ({"monthly": group_of(path)}, False)
    assert_unicode(json.dumps(json.loads((tmp_path / RUN).read_text())))
