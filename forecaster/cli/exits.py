"""End the program: exit codes, signals, and the one place that prints errors.

A command returns its exit code or raises an error, which is printed here as one line on standard error; a traceback is
shown only with `--debug`.
"""

from __future__ import annotations

import shutil
import signal
import sys
import textwrap
import traceback
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from forecaster.cli.config import origin_of_refused_value
from forecaster.cli.json_lines import JSON_LOG, json_requested, write_json_line
from forecaster.cli.terminal import coloured, open_streams, plain
from forecaster.cli.usage_errors import explain, refused_value
from forecaster.errors import DEFECT, DONE, ConfigurationError, ForecasterError, StorageError, UsageError

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
    75: "try again: another run holds the lock, or work is left (--time-budget)",
    76: "model file refused",
    78: "wrong configuration file or environment variable",
    130: "interrupted",
    143: "terminated",
}
"""Every code that the program ends with; `forecaster.errors` says which error has which."""
SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
"""The signals that end the program in order, each with its word; the exit code is 128 + the number of the signal."""


@dataclass
class FailureDisplay:
    """How much of a failure is shown; the callback of `--debug` sets it.

    Attributes:
        debug: Whether tracebacks and the warnings of libraries are shown.
        log_format: How it is written, `text` or `json`; the callback of `--log-format` sets it.

    """

    debug: bool = False
    log_format: str = "text"


@dataclass(frozen=True)
class FailedRun:
    """What the user sees of a failed run: exit code, sentence, and a command that shows more help."""

    code: int
    sentence: str
    hint: str = ""


class StoppedBySignal(SystemExit):
    """A signal ended the program; a SystemExit, so that no `except Exception` catches it."""

    def __init__(self, number: int) -> None:
        """Keep the signal and set the exit code."""
        super().__init__(128 + number)
        self.signal = signal.Signals(number)


def run(app: typer.Typer, arguments: Sequence[str] | None) -> int:
    """Run `app` and return the exit code; if it failed, print one line on standard error."""
    session = FailureDisplay()
    if json_requested(sys.argv[1:] if arguments is None else arguments):
        session.log_format = JSON_LOG
    open_streams()
    command = typer.main.get_command(app)
    try:
        with _raise_on_signals(), warnings.catch_warnings():
            code = command.main(args=arguments, prog_name="forecast", standalone_mode=False, obj=session)
    except (Exception, StoppedBySignal) as error:  # noqa: BLE001 - the last resort: a defect is one line, too
        lines = traceback.format_exc().splitlines() if session.debug else []
        return _report_failed_run(_failed_run(error), session.log_format, lines)
    return int(code or DONE)


def _failed_run(error: BaseException) -> FailedRun:
    """Return what the user sees of an error that a command raised."""
    match error:
        case StoppedBySignal():
            return FailedRun(128 + error.signal, f"{SIGNALS[error.signal]}; no file is left half-written")
        case ForecasterError():
            return FailedRun(error.exit_code, str(error))
        case typer.TyperException():
            return _failed_usage(error)
        case MemoryError():
            return FailedRun(
                UsageError.exit_code,
                "there is not enough memory; give fewer rows or series, or use fewer --hidden units or --layers",
            )
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return FailedRun(StorageError.exit_code, f"{where}{error.strerror or error}")
    remedy = "run again with --debug for the traceback and report it"
    return FailedRun(DEFECT, f"unexpected error: {type(error).__name__}: {error}; {remedy}")


def _failed_usage(error: typer.TyperException) -> FailedRun:
    """Return what the user sees of a wrong value: of the command line, of a variable or of the configuration file."""
    origin = origin_of_refused_value(error)
    if origin and isinstance(error, typer.BadParameter):
        return FailedRun(ConfigurationError.exit_code, f"{origin}: {refused_value(error)}")
    return FailedRun(UsageError.exit_code, *explain(error))


def _report_failed_run(failed: FailedRun, log_format: str, lines: Sequence[str]) -> int:
    """Report a failed run on standard error, with the lines of a traceback, and return the exit code."""
    if log_format == JSON_LOG:
        more = {"hint": failed.hint} if failed.hint else {}
        write_json_line(
            "error", code=failed.code, text=failed.sentence, **more, **({"traceback": lines} if lines else {})
        )
    else:
        _print_failed_run(failed, lines)
    return failed.code


def _print_failed_run(failed: FailedRun, lines: Sequence[str]) -> None:
    """Print a failed run on standard error, after the lines of a traceback."""
    label = typer.style("error:", fg="red", bold=True) if coloured(sys.stderr) else "error:"
    with suppress(OSError):  # standard error is closed: the exit code still tells
        for line in lines:
            print(plain(line), file=sys.stderr)  # noqa: T201 - requested
        first, *others = _lines_on_terminal(f"error: {plain(failed.sentence)}")
        print(first.replace("error:", label, 1), *others, sep="\n", file=sys.stderr)  # noqa: T201 - printing is what this room does
        if failed.hint:
            print(plain(failed.hint), file=sys.stderr)  # noqa: T201 - the same


def _lines_on_terminal(sentence: str) -> list[str]:
    """Return a sentence in lines that a terminal does not break inside a word; in a log it stays on one line."""
    if not sys.stderr.isatty():
        return [sentence]
    width = shutil.get_terminal_size().columns
    return textwrap.wrap(sentence, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@contextmanager
def _raise_on_signals() -> Iterator[None]:
    """Raise `StoppedBySignal` when a signal arrives, so that files are cleaned up; a second one ends at once."""

    def stop(number: int, _frame: Any) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        raise StoppedBySignal(number)

    # A signal that is ignored stays ignored: the parent process, `nohup` for example, wants it so.
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
