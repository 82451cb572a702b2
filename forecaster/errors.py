"""Every error that a user can meet, in one family, each with its exit code.

The text of an error is one sentence that says what is wrong, where, and what to do next. The command line
catches `ForecasterError` at one place, prints the sentence and exits with `exit_code`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Place:
    """Where something was found. Lines count from 1, the header included, as editors show them."""

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
    """Return a number with its noun: `1 row`, `2 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@dataclass(frozen=True)
class Finding:
    """Something that the user should know and that did not stop the work.

    Attributes:
        code: Short stable name in capitals, such as `SORTED`.
        text: One sentence.
        place: Where.
        remedy: What to do about it, if anything.

    """

    code: str
    text: str
    place: Place = Place()
    remedy: str = ""

    def __str__(self) -> str:
        """Return `place: text`."""
        where = str(self.place)
        return (f"{where}: " if where else "") + self.text


class ForecasterError(Exception):
    """A failure with a sentence for the user; its subclasses carry the exit codes and the names of their kinds."""

    exit_code = 1
    kind = "ERROR"

    def __init__(
        self,
        what: str,
        remedy: str = "",
        place: Place | None = None,
        *,
        code: str = "",
        more: Sequence[Finding] = (),
    ) -> None:
        """Keep the parts apart, so that JSON output can name them; `str()` joins them to one sentence.

        Args:
            what: What is wrong.
            remedy: What to do next.
            place: Where.
            code: Short stable name in capitals for the failure, such as `NUMBER`; that of its kind if it has no own.
            more: Where else the same is wrong.

        """
        super().__init__(what)
        self.what, self.remedy, self.place = what, remedy, place or Place()
        self.code, self.more = code or self.kind, tuple(more)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong, the first of it first."""
        return (Finding(self.code, self.what, self.place, self.remedy), *self.more)

    def __str__(self) -> str:
        """Return `place: what; remedy`."""
        where = str(self.place)
        return (f"{where}: " if where else "") + self.what + (f"; {self.remedy}" if self.remedy else "")


class UsageError(ForecasterError):
    """Options that contradict each other or that the given data rule out."""

    exit_code = 2
    kind = "USAGE"


class AllSeriesFailedError(ForecasterError):
    """No series of a panel could be forecast."""

    exit_code = 4
    kind = "SERIES"


class QualityGateError(ForecasterError):
    """The result is worse than the user allows; nothing was written."""

    exit_code = 5
    kind = "QUALITY"


class InputRefusedError(ForecasterError):
    """The input was read and is not a table of regular series."""

    exit_code = 65
    kind = "INPUT"


class InputUnreadableError(ForecasterError):
    """The input could not be opened or read."""

    exit_code = 66
    kind = "NOINPUT"


class OutputError(ForecasterError):
    """The output cannot be created: missing folder, no permission, a folder in its place."""

    exit_code = 73
    kind = "OUTPUT"


class StorageError(ForecasterError):
    """Reading or writing failed half-way: full disk, input/output error."""

    exit_code = 74
    kind = "STORAGE"


class TryAgainError(ForecasterError):
    """Another run holds the lock."""

    exit_code = 75
    kind = "LOCKED"


class ModelRefusedError(ForecasterError):
    """The file is not a model that this version may load."""

    exit_code = 76
    kind = "MODEL"


class ConfigurationError(ForecasterError):
    """The configuration file or the environment is wrong."""

    exit_code = 78
    kind = "CONFIGURATION"
