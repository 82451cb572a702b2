"""The journal and the record of a batch: what one run writes, the next one reads, whatever a source is called."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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


@pytest.mark.parametrize(
    "change",
    [
        *({"name": name} for name in ("../evil", "/srv/evil", "failures", "", ".x", 5, None)),
        {"failures": [{"file": "a", "series": "", "code": "X", "exit_code": "3", "text": "t"}]},
        {"findings": [{"code": 5, "text": None}]},
        {"path": None},
        {"input": {"stamp": {"size": 1, "mtime_ns": 1}, "sha256": "", "rows_sha256": "", "series": 1, "rows": 1}},
        {"model": {"file": None, "rows_sha256": "", "longest": 1, "last": "", "settings": ""}},
    ],
    ids=str,
)
def test_a_record_that_somebody_edited_is_not_read(change: dict[str, Any], tmp_path: Path) -> None:
    write_run(
        tmp_path, {"version": "1", "sources": [record_of("/srv/a.csv").to_dict() | change], "absent": [], "groups": []}
    )
    history = read_history(tmp_path)
    assert (history.records, [each.code for each in history.findings]) == ({}, ["UNUSED"])


def test_a_record_with_two_sources_of_one_name_is_not_read(tmp_path: Path) -> None:
    both = [replace(record_of(path), name=name) for path, name in (("/srv/a.csv", "a"), ("/srv/A.csv", "A"))]
    write_run(tmp_path, {"version": "1", "sources": [both[0].to_dict()], "absent": [both[1].to_dict()]})
    assert not read_history(tmp_path).records


def test_the_journal_of_a_moved_folder_replaces_the_records_of_where_it_was(tmp_path: Path) -> None:
    write_run(
        tmp_path, {"sources": [record_of("/old/in/a.csv").to_dict()], "absent": [], "groups": [], "folder": "/old/out"}
    )
    with Journal(tmp_path) as journal:
        journal.done(record_of("/new/in/a.csv"))
    history = read_history(tmp_path)
    assert (list(history.records), history.folder) == (["/new/in/a.csv"], "/old/out")


@pytest.mark.parametrize("last", ["yesterday", 5])
def test_a_record_without_a_moment_of_success_is_not_read(last: object, tmp_path: Path) -> None:
    write_run(tmp_path, {"last_success": last, "sources": [], "absent": [], "groups": []})
    assert read_history(tmp_path).findings
