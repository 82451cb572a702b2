"""What a batch knows about each source: how its last run ended, and the keys by which the next run skips what is done.

The records are those of `run.json`, which programs read, too: plain text and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.batch.file_names import checked_name
from forecaster.batch.file_stamps import FileStamp, WrittenFile
from forecaster.batch.tasks import FileFailure
from forecaster.text import json_value, text_of_json

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(StrEnum):
    """How a run ended for a source."""

    OK = "ok"
    WARNED = "warned"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    SKIPPED = "skipped"
    NOT_RUN = "not-run"


DONE = frozenset({Status.OK, Status.WARNED})
"""Ends with a new forecast."""
UNDONE = frozenset({Status.FAILED, Status.CRASHED, Status.TIMED_OUT})
"""Ends without one."""


class Action(StrEnum):
    """What a run does about a source."""

    TRAIN = "train"
    FORECAST = "forecast"
    SKIP = "skip"


class ForecastStatus(StrEnum):
    """What a row of a forecast file is."""

    CURRENT = "current"
    STALE = "stale"
    FALLBACK = "fallback"


@dataclass(frozen=True)
class InputRecord:
    """The rows of a source.

    Attributes:
        stamp: Size and time of the file.
        sha256: SHA-256 of its bytes.
        rows_sha256: SHA-256 of the rows that were read from it, see `forecaster.series.panel.Panel.fingerprint`.
        series, rows: How many series and rows it has.
        last: The newest time of a row, in ISO 8601, in UTC if the file names a zone; or a number, as the times are.

    """

    stamp: FileStamp
    sha256: str
    rows_sha256: str
    series: int
    rows: int
    last: str


@dataclass(frozen=True)
class ModelRecord:
    """The model of a source, or of a group of sources.

    Attributes:
        file: The model file.
        rows_sha256: SHA-256 of the rows that it was trained on.
        longest, last: How many rows the longest series of them has, and the time of the newest row.
        settings: Digest of the options of training.

    """

    file: WrittenFile
    rows_sha256: str
    longest: int
    last: str
    settings: str

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the record of a model from text and numbers."""
        return cls(_written_file(fields["file"]), **_select(fields, FIELDS_OF_MODEL))


@dataclass(frozen=True)
class ForecastRecord:
    """The forecast file of a source.

    Attributes:
        file: The file.
        status: What its rows are: the newest if they differ.
        key: Digest of all that it follows from: rows, model, options and version.
        ends: The last time that was forecast, written as `InputRecord.last`; empty if it is not known.

    """

    file: WrittenFile
    status: ForecastStatus
    key: str
    ends: str = ""


@dataclass(frozen=True)
class AbsentSeries:
    """A series that a source does not have any more, and whose last forecast stays in the forecast file.

    Attributes:
        series: Its name.
        ends: The end of its last forecast, written as `InputRecord.last`; with a row after it in the source, it goes.

    """

    series: str
    ends: str


@dataclass(frozen=True)
class SourceRecord:
    """What is known about a source after a run.

    Attributes:
        source: The source as it was named.
        path: Its absolute path.
        name: Name of its results, without ending.
        status: How this run ended for it.
        outcome: How the latest run ended that did not skip it.
        action: What was done.
        reason: Why, in words.
        seconds: How long it took.
        failures: The source, or series of it, without a forecast.
        findings: Code and text of what was found in the file.
        input: Its rows; None if they could not be read.
        model: Its model; None if there is none.
        forecast: Its forecast; None if there is none.
        absent: Series that it does not have any more.
        group: Name of the group whose model it uses; empty if it has its own.
        signature: What its group follows from, see `forecaster.batch.group_signature`; empty if it was never looked at.
        due: Why the model of its group is to be trained again after its newest rows, in words; empty if it is not.
        factors: By how much the ledger made the intervals of its forecast wider, by level; none without a ledger.

    """

    source: str
    path: str
    name: str
    status: Status
    outcome: Status
    action: Action
    reason: str = ""
    seconds: float = 0.0
    failures: tuple[FileFailure, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    input: InputRecord | None = None
    model: ModelRecord | None = None
    forecast: ForecastRecord | None = None
    absent: tuple[AbsentSeries, ...] = ()
    group: str = ""
    signature: str = ""
    due: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_failed(self) -> bool:
        """Whether this run ended without a new forecast, by a fault."""
        return self.status in UNDONE

    @property
    def has_failure(self) -> bool:
        """Whether it, or a series of it, has no new forecast, by a fault."""
        return self.is_failed or bool(self.failures)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as text, numbers and lists that every reader of JSON takes."""
        findings = [{"code": code, "text": text} for code, text in self.findings]
        return {name: _plain_value(value) for name, value in (vars(self) | {"findings": findings}).items()}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the record that `to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: It did not write this.

        """
        given, model, forecast = fields["input"], fields["model"], fields["forecast"]
        return cls(
            **{name: text_of_json(text) for name, text in _select(fields, TEXTS_OF_PATHS).items()},
            **_select(fields, {"reason": str, "group": str, "signature": str, "due": str}),
            name=checked_name(fields["name"]),
            seconds=float(fields["seconds"]),
            status=Status(fields["status"]),
            outcome=Status(fields["outcome"]),
            action=Action(fields["action"]),
            failures=tuple(FileFailure(**_select(each, FIELDS_OF_FAILURE)) for each in fields["failures"]),
            findings=tuple(tuple(_select(each, FIELDS_OF_FINDING).values()) for each in fields["findings"]),
            input=given and InputRecord(_file_stamp(given["stamp"]), **_select(given, FIELDS_OF_INPUT)),
            model=model and ModelRecord.from_dict(model),
            forecast=forecast
            and ForecastRecord(
                _written_file(forecast["file"]),
                ForecastStatus(forecast["status"]),
                *_select(forecast, {"key": str, "ends": str}).values(),
            ),
            absent=tuple(AbsentSeries(**_select(each, FIELDS_OF_ABSENT)) for each in fields["absent"]),
            factors={str(level): float(factor) for level, factor in fields.get("factors", {}).items()},
        )


def _plain_value(value: Any) -> Any:
    """Return a field of a record as JSON takes it; `dataclasses.asdict` would copy it all, which takes longer."""
    if isinstance(value, tuple):
        return [_plain_value(each) for each in value]
    if isinstance(value, PARTS_OF_RECORD):
        return {name: _plain_value(each) for name, each in vars(value).items()}
    return json_value(value)


PARTS_OF_RECORD = (FileStamp, WrittenFile, InputRecord, ModelRecord, ForecastRecord, AbsentSeries, FileFailure)
"""What a record is made of besides text and numbers."""
TEXTS_OF_PATHS = {"source": str, "path": str}
FIELDS_OF_FAILURE = {"file": str, "series": str, "code": str, "exit_code": int, "text": str}
FIELDS_OF_FINDING = {"code": str, "text": str}
FIELDS_OF_ABSENT = {"series": str, "ends": str}
FIELDS_OF_INPUT = {"sha256": str, "rows_sha256": str, "series": int, "rows": int, "last": str}
FIELDS_OF_MODEL = {"rows_sha256": str, "longest": int, "last": str, "settings": str}
"""The fields of parts of a record, and their types: somebody may have edited the file."""


def _select(fields: Mapping[str, Any], types: Mapping[str, type]) -> dict[str, Any]:
    """Return the fields of these names.

    Raises:
        KeyError, TypeError, ValueError: One is missing or of another type, or `last` or `ends` is no time.

    """
    for name, kind in types.items():
        if type(fields[name]) is not kind:
            raise TypeError(f"{name} is not of type {kind.__name__}")
    for name in {"last", "ends"} & types.keys():
        parse_last_time(fields[name])
    return {name: fields[name] for name in types}


def parse_last_time(last: str) -> np.datetime64 | int:
    """Return the newest time of rows from its text in a record: a number where times are numbers.

    Raises:
        ValueError: It is neither.

    """
    return int(last) if last.lstrip("-").isdecimal() else np.datetime64(last)


def _file_stamp(fields: Mapping[str, Any]) -> FileStamp:
    """Return size and time of a file from numbers."""
    return FileStamp(**_select(fields, {"size": int, "mtime_ns": int}))


def _written_file(fields: Mapping[str, Any]) -> WrittenFile:
    """Return the record of a file from text and numbers."""
    return WrittenFile(_file_stamp(fields["stamp"]), *_select(fields, {"sha256": str}).values())
