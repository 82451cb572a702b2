"""How the program ends: the exit codes, the signals, and the one place where failures become sentences.

A command returns its exit code or raises. What it raises ends here as one line on standard error; a traceback is
shown only on request.
"""

from __future__ import annotations

import signal
import sys
import traceback
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from forecaster.cli.config import blame
from forecaster.cli.terminal import coloured, open_streams, plain
from forecaster.errors import ConfigurationError, ForecasterError, StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EXIT_CODES: Mapping[int, str] = {
    0: "done, also when nothing was new",
    1: "unexpected error: a defect of this program",
    2: "usage: wrong command, option or value",
    3: "some series or files failed, the others are done",
    4: "every series or file failed",
    5: "quality gate not met (--require-skill)",
    65: "input refused",
    66: "input cannot be read",
    73: "output cannot be created",
    74: "input/output error, disk full",
    75: "try again: another run holds the lock",
    76: "model file refused",
    78: "wrong configuration file or environment variable",
    130: "interrupted",
    143: "terminated",
}
"""Every code that the program ends with; those of single errors stand in `forecaster.errors`."""
DONE, DEFECT, SOME_FAILED, ALL_FAILED = 0, 1, 3, 4
SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
"""The signals that end the program in order, with the word for each; its exit code is 128 + its number."""


@dataclass
class Session:
    """What the options of a command say about its failures.

    Attributes:
        debug: Whether tracebacks and the warnings of libraries are shown.

    """

    debug: bool = False


@dataclass(frozen=True)
class Ending:
    """A failed run: its exit code, its sentence, and where the way on is described."""

    code: int
    sentence: str
    hint: str = ""


class Stopped(SystemExit):
    """A signal asked the program to end; a SystemExit, so that no `except Exception` swallows it."""

    def __init__(self, number: int) -> None:
        """Remember the signal."""
        super().__init__(128 + number)
        self.signal = signal.Signals(number)


def run(app: typer.Typer, arguments: Sequence[str] | None) -> int:
    """Run `app` and return the exit code, after one line on standard error where it failed."""
    session = Session()
    open_streams()
    command = typer.main.get_command(app)
    try:
        with _stopping_on_signals(), warnings.catch_warnings():
            code = command.main(args=arguments, prog_name="forecast", standalone_mode=False, obj=session)
    except (Exception, Stopped) as error:  # noqa: BLE001 - the last resort: a defect is one line, too
        if session.debug:
            print(*map(plain, traceback.format_exc().splitlines()), sep="\n", file=sys.stderr)  # noqa: T201 - asked for
        return _report(_ending(error))
    return int(code or DONE)


def _ending(error: BaseException) -> Ending:
    """Return exit code and sentence for what a command raised."""
    match error:
        case Stopped():
            return Ending(128 + error.signal, f"{SIGNALS[error.signal]}; no file is left half-written")
        case ForecasterError():
            return Ending(error.exit_code, str(error))
        case typer.TyperException():
            return _misuse(error)
        case MemoryError():
            return Ending(UsageError.exit_code, "there is not enough memory; ask for fewer --hidden units or --layers")
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return Ending(StorageError.exit_code, f"{where}{error.strerror or error}")
    remedy = "run again with --debug for the traceback and report it"
    return Ending(DEFECT, f"unexpected error: {type(error).__name__}: {error}; {remedy}")


def _misuse(error: typer.TyperException) -> Ending:
    """Return the ending for a value that does not fit: of the command line, or of what stands in for it."""
    # The library that Typer validates with opens some of its sentences so.
    culprit, phrase = blame(error), "Value error, "
    if culprit:
        return Ending(ConfigurationError.exit_code, f"{culprit}: {error.message.removeprefix(phrase)}")
    context: typer.Context | None = getattr(error, "ctx", None)
    hint = f"try: {context.command_path} --help" if context else ""
    return Ending(UsageError.exit_code, error.format_message().replace(phrase, ""), hint)


def _report(ending: Ending) -> int:
    """Print the sentence on standard error and return the exit code."""
    label = typer.style("error:", fg="red", bold=True) if coloured(sys.stderr) else "error:"
    with suppress(OSError):  # where nobody can be told, the exit code still says it
        print(label, plain(ending.sentence), file=sys.stderr)  # noqa: T201 - printing is what this room does
        if ending.hint:
            print(plain(ending.hint), file=sys.stderr)  # noqa: T201 - the same
    return ending.code


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """Raise `Stopped` where a signal arrives, so that files and workers are cleaned up; a second one ends at once."""

    def stop(number: int, _frame: Any) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        raise Stopped(number)

    # A signal that is ignored stays so: the parent, `nohup` for one, wants it.
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
