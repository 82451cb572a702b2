"""Define the errors and findings that users see: texts, places, codes and exit codes.

The text of an error is one sentence that says what is wrong, where, and what to do next. The command line catches
`ForecasterError` in one place, prints the sentence and exits with `exit_code`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


DONE, DEFECT, SOME_FAILED, ALL_FAILED = 0, 1, 3, 4
"""Exit codes of runs that end without an error of their own: done, a defect of the program, files or series failed."""


@dataclass(frozen=True)
class Place:
    """Where something was found. Lines count from 1 and include the header, as in an editor."""

    file: str = ""
    line: int | None = None
    column: str = ""
    series: str = ""

    def __str__(self) -> str:
        """Return `file:line: series X: column Y`, without the parts that are not known."""
        head = self.file + (f":{self.line}" if self.line is not None else "")
        parts = [head, f"series {self.series}" if self.series else "", f"column {self.column}" if self.column else ""]
        return ": ".join(part for part in parts if part)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: `1 row`, `2 rows`, `3,000 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"


def exit_in_words(code: int) -> str:
    """Return the exit code of a run over many files that came to its end, with what it means; empty for success."""
    meaning = {SOME_FAILED: "some failed", ALL_FAILED: "all failed", TryAgainError.exit_code: "work is left"}
    return f"exit code {code}: {meaning[code]}" if code in meaning else ""


class Code(StrEnum):
    """Short stable names for everything that the program refuses or reports; `docs/data.md` explains each.

    Programs that read JSON output rely on them: never change a name or use it for something else.
    """

    # Kinds of failure, for errors without a more specific code.
    ERROR = "ERROR"
    USAGE = "USAGE"
    SERIES = "SERIES"
    QUALITY = "QUALITY"
    INPUT = "INPUT"
    NOINPUT = "NOINPUT"
    OUTPUT = "OUTPUT"
    STORAGE = "STORAGE"
    LOCKED = "LOCKED"
    CLUSTER = "CLUSTER"
    MODEL = "MODEL"
    CONFIGURATION = "CONFIGURATION"
    # Failures of a file in a batch.
    MEMORY = "MEMORY"
    DEFECT = "DEFECT"
    DIED = "DIED"
    TIMEOUT = "TIMEOUT"
    # Bytes and text.
    BINARY = "BINARY"
    COMPRESSED = "COMPRESSED"
    EMPTY = "EMPTY"
    ENCODING = "ENCODING"
    LIMIT = "LIMIT"
    NOTCSV = "NOTCSV"
    QUOTE = "QUOTE"
    RAGGED = "RAGGED"
    TRUNCATED = "TRUNCATED"
    # Header, columns and lines that are skipped.
    COLUMN = "COLUMN"
    DUPCOL = "DUPCOL"
    NOHEADER = "NOHEADER"
    PREAMBLE = "PREAMBLE"
    FOOTER = "FOOTER"
    REPEATED_HEADER = "REPEATED-HEADER"
    TRAILING_FIELD = "TRAILING-FIELD"
    CHOSEN = "CHOSEN"
    STEPS = "STEPS"
    AGGREGATED = "AGGREGATED"
    # Cells.
    DATE = "DATE"
    DATE_AMBIGUOUS = "DATE-AMBIGUOUS"
    DATE_ORDER = "DATE-ORDER"
    DATE_RANGE = "DATE-RANGE"
    TZ = "TZ"
    TZ_MIXED = "TZ-MIXED"
    NUMBER = "NUMBER"
    NUMBER_AMBIGUOUS = "NUMBER-AMBIGUOUS"
    NONFINITE = "NONFINITE"
    VALUE_RANGE = "VALUE-RANGE"
    MISSING = "MISSING"
    CLOSED = "CLOSED"
    FILLED = "FILLED"
    CATEGORY = "CATEGORY"
    # Rows and series.
    SORTED = "SORTED"
    DUP = "DUP"
    SHORT = "SHORT"
    GAP = "GAP"
    FREQ = "FREQ"
    CALENDAR = "CALENDAR"
    IRREGULAR = "IRREGULAR"
    SCHEDULE = "SCHEDULE"
    SILENCE = "SILENCE"
    CONSTANT = "CONSTANT"
    PARTIAL = "PARTIAL"
    JUMP = "JUMP"
    STALE = "STALE"
    DRIFT = "DRIFT"
    OUTDATED = "OUTDATED"
    ABSENT = "ABSENT"
    NONPOSITIVE = "NONPOSITIVE"
    OUTSIDE = "OUTSIDE"
    SHARES = "SHARES"
    # Newer rows for a model.
    OLDER = "OLDER"
    RESTATED = "RESTATED"
    WAITING = "WAITING"
    NEW = "NEW"
    ZERO_SHOT = "ZERO-SHOT"
    FEW = "FEW"
    HELD = "HELD"
    ROLLED = "ROLLED"
    KEPT = "KEPT"
    UNUSED = "UNUSED"


@dataclass(frozen=True)
class Finding:
    """Something that the user should know; a failure if it is part of an error.

    Attributes:
        code: The kind of finding.
        text: One sentence.
        place: Where it was found.
        remedy: What to do about it; may be empty.

    """

    code: Code
    text: str
    place: Place = Place()
    remedy: str = ""

    def __str__(self) -> str:
        """Return `place: text`."""
        where = str(self.place)
        return (f"{where}: " if where else "") + self.text


class ForecastWarning(UserWarning):
    """Something that was found in the data, as a warning of Python; `finding` has its parts."""

    def __init__(self, finding: Finding) -> None:
        """Store the finding; the text of the warning is its sentence."""
        super().__init__(str(finding))
        self.finding = finding


class ForecasterError(Exception):
    """A failure with a sentence for the user; its subclasses set the exit code and the default code."""

    exit_code = DEFECT
    kind = Code.ERROR

    def __init__(
        self,
        what: str,
        remedy: str = "",
        place: Place | None = None,
        *,
        code: Code | None = None,
        more: Sequence[Finding] = (),
    ) -> None:
        """Store the parts separately, so that JSON output can name them; `str()` joins them to one sentence.

        Args:
            what: What is wrong.
            remedy: What to do next.
            place: Where it is wrong.
            code: The kind of failure; `kind` of the class by default.
            more: Other places with the same failure.

        """
        super().__init__(what)
        self._findings = (Finding(code or self.kind, what, place or Place(), remedy), *more)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The failure itself, then the other places with the same failure."""
        return self._findings

    @property
    def code(self) -> Code:
        """The kind of failure."""
        return self._findings[0].code

    @property
    def what(self) -> str:
        """What is wrong."""
        return self._findings[0].text

    @property
    def place(self) -> Place:
        """Where it is wrong."""
        return self._findings[0].place

    @property
    def remedy(self) -> str:
        """What to do next."""
        return self._findings[0].remedy

    def at(self, place: Place) -> Self:
        """Return the same error at another place, for a caller that knows more, such as the file."""
        return self._with(replace(self._findings[0], place=place), *self._findings[1:])

    def also(self, more: Sequence[Finding]) -> Self:
        """Return the same error with `more` as the other places with the same failure."""
        return self._with(self._findings[0], *more)

    def reworded(self, reword: Callable[[str], str]) -> Self:
        """Return the same error in the words of another face of the program than the command line."""
        return self._with(
            *(replace(each, text=reword(each.text), remedy=reword(each.remedy)) for each in self.findings)
        )

    def _with(self, *findings: Finding) -> Self:
        """Return a copy with other findings; `copy.copy` would share them with this error once Dask is loaded."""
        error = type(self).__new__(type(self), *self.args)
        error.__dict__.update(self.__dict__, _findings=findings)
        return error

    def __str__(self) -> str:
        """Return `place: what; remedy`."""
        where = str(self.place)
        return (f"{where}: " if where else "") + self.what + (f"; {self.remedy}" if self.remedy else "")


class UsageError(ForecasterError):
    """Options contradict each other, or do not fit the data."""

    exit_code = 2
    kind = Code.USAGE


class TypedTextError(UsageError):
    """A text that the user typed breaks the rules of its language, at a place that can be shown."""

    def __init__(self, what: str, remedy: str, text: str, at: int) -> None:
        """Store the text, and the number of the character at which it is wrong, from 0."""
        super().__init__(what, remedy)
        self.text, self.at_character = text, at


class AllSeriesFailedError(ForecasterError):
    """No series of the input could be used."""

    exit_code = ALL_FAILED
    kind = Code.SERIES


class QualityGateError(ForecasterError):
    """The result is worse than the user allows; nothing was written."""

    exit_code = 5
    kind = Code.QUALITY


class InputRefusedError(ForecasterError):
    """The input was read, but is not a table of regular series."""

    exit_code = 65
    kind = Code.INPUT


class InputUnreadableError(ForecasterError):
    """The input could not be opened or read."""

    exit_code = 66
    kind = Code.NOINPUT


class ClusterError(ForecasterError):
    """The cluster cannot be reached, or cannot do the work: nothing is wrong with the input."""

    exit_code = 69
    kind = Code.CLUSTER


class OutputError(ForecasterError):
    """The output cannot be created: its folder is missing or write-protected, or a folder has its name."""

    exit_code = 73
    kind = Code.OUTPUT


class StorageError(ForecasterError):
    """Reading or writing failed half-way: the disk is full, or input or output failed."""

    exit_code = 74
    kind = Code.STORAGE


class TryAgainError(ForecasterError):
    """Another run holds the lock of the output."""

    exit_code = 75
    kind = Code.LOCKED


class ModelRefusedError(ForecasterError):
    """The file is not a model that this version can load."""

    exit_code = 76
    kind = Code.MODEL


class ConfigurationError(ForecasterError):
    """The configuration file or the environment is wrong."""

    exit_code = 78
    kind = Code.CONFIGURATION
