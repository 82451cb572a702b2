"""End the program: exit codes, and the one place that prints errors.

A command returns its exit code or raises an error, which is printed here as one line on standard error; a traceback is
shown only with `--debug`.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import traceback
import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import typer

from forecaster.cli.config import origin_of_refused_value
from forecaster.cli.json_lines import JSON_LOG, json_requested, write_json_line
from forecaster.cli.signals import SIGNALS, StoppedBySignal
from forecaster.cli.terminal import coloured, open_streams, plain
from forecaster.cli.usage_errors import explain, refused_value
from forecaster.errors import (
    DEFECT,
    DONE,
    ConfigurationError,
    ForecasterError,
    StorageError,
    TypedTextError,
    UsageError,
)
from forecaster.files.atomic import CHANGE_FOLDER, FOLDER_GONE, working_folder_is_gone
from forecaster.text import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.cli.signals import SignalState

EXIT_CODES: Mapping[int, str] = {
    0: "done, also when nothing was new",
    1: "unexpected error: a defect of this program",
    2: "usage: wrong command, option or value",
    3: "some series or files failed, the others are done",
    4: "every series or file failed",
    5: "quality gate not met (--require-skill)",
    65: "input refused",
    66: "input cannot be read",
    69: "the cluster cannot be reached",
    73: "output cannot be created",
    74: "input/output error, disk full",
    75: "try again: another run holds the lock, or work is left (--time-budget)",
    76: "model file refused",
    78: "wrong configuration file or environment variable",
    129: "its terminal was closed",
    130: "interrupted",
    143: "terminated",
}
"""Every code that the program ends with; `forecaster.errors` says which error has which."""
NOTHING_LEFT, SWEPT_LATER = "no file is left half-written", "the next run removes what is left half-written"
"""What a signal leaves: of a run that ended in order, and of one that did not end in time."""
DISCARDING, STANDARD_INPUT, OUTPUT = "--no-resume", {"-", "/dev/stdin"}, {"-o", "--output"}
"""The option that starts anew, the names of standard input, and the options behind which `-` is standard output."""
LONGEST_COMMAND = 1000
"""Characters of a command that is printed: one with thousands of files would hide what is said before it."""
CHARACTERS_BEFORE, CHARACTERS_BEHIND = 40, 30
"""Characters that are printed around a wrong place of a long text, so that they fit on a line of a terminal."""


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
    """What the user sees of a failed run: exit code, sentence, a command that helps, and lines with a caret."""

    code: int
    sentence: str
    hint: str = ""
    marked: Sequence[str] = ()


def run(app: typer.Typer, arguments: Sequence[str] | None, signals: SignalState) -> int:
    """Run `app` and return the exit code; if it failed, print one line on standard error."""
    session = FailureDisplay(log_format=_log_format(arguments))
    signals.report = partial(report_signal, arguments=arguments, left=SWEPT_LATER)
    open_streams()
    command = _command_of(app)
    try:
        with warnings.catch_warnings():
            code = command.main(args=arguments, prog_name="forecast", standalone_mode=False, obj=session)
    except (Exception, StoppedBySignal) as error:  # noqa: BLE001 - the last resort: a defect is one line, too
        signals.ending = True
        lines = traceback.format_exc().splitlines() if session.debug else []
        # Where a terminal was closed, what a signal ends may fail once more, because nothing can be printed there.
        failed = _failed_run(error) if signals.number is None else _stopped_run(signals.number, arguments)
        return _report_failed_run(failed, session.log_format, lines)
    return int(code or DONE)


@cache
def _command_of(app: typer.Typer) -> Any:
    """Return the command line that the functions of `app` declare; to make it costs more than most calls of it."""
    return typer.main.get_command(app)


def report_signal(number: int, arguments: Sequence[str] | None, left: str = NOTHING_LEFT) -> int:
    """Report on standard error that a signal ended the run with these arguments, and return the exit code."""
    return _report_failed_run(_stopped_run(number, arguments, left), _log_format(arguments), [])


def _stopped_run(number: int, arguments: Sequence[str] | None, left: str = NOTHING_LEFT) -> FailedRun:
    """Return what the user sees of a run that a signal ended: also the command that does the rest."""
    given = sys.argv[1:] if arguments is None else arguments
    words = [word for word in given if word != DISCARDING]  # it would discard what this run has kept
    command = command_line(["forecast", *words])
    if len(command) > LONGEST_COMMAND:
        command = "the same command" + (f" without {DISCARDING}" if len(words) < len(given) else "")
    again = "run again with the same standard input" if _reads_standard_input(words) else "run again"
    return FailedRun(128 + number, f"{SIGNALS[number]}; {left}", f"{again}: {command}")


def _reads_standard_input(words: Sequence[str]) -> bool:
    """Return whether a command line names standard input, as a file or a list of files."""
    behind = ["", *words]
    return any(word in STANDARD_INPUT and before not in OUTPUT for before, word in zip(behind, words, strict=False))


def _log_format(arguments: Sequence[str] | None) -> str:
    """Return how a failure is written, before the options are parsed."""
    return JSON_LOG if json_requested(sys.argv[1:] if arguments is None else arguments) else "text"


def _failed_run(error: BaseException) -> FailedRun:
    """Return what the user sees of an error that a command raised."""
    match error:
        case TypedTextError():
            return FailedRun(error.exit_code, str(error), marked=_marked_place(error))
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
            return FailedRun(StorageError.exit_code, _failed_system_call(error))
    remedy = "run again with --debug for the traceback and report it"
    return FailedRun(DEFECT, f"unexpected error: {type(error).__name__}: {error}; {remedy}")


def _failed_system_call(error: OSError) -> str:
    """Say what the operating system could not do."""
    if isinstance(error, FileNotFoundError) and working_folder_is_gone():
        return f"{FOLDER_GONE}; {CHANGE_FOLDER}"
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


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
        for line in failed.marked:
            print(line, file=sys.stderr)  # noqa: T201 - the same
        if failed.hint:
            print(plain(failed.hint), file=sys.stderr)  # noqa: T201 - the same


def _marked_place(error: TypedTextError) -> tuple[str, str]:
    """Return the text around a wrong place on one line, and a caret below the place."""
    from rich.cells import cell_len  # here, because help must not load it

    begin = max(0, error.at_character - CHARACTERS_BEFORE)
    before = plain(error.text[begin : error.at_character])
    behind = plain(error.text[error.at_character : error.at_character + CHARACTERS_BEHIND])
    return f"  {before}{behind}", f"  {' ' * cell_len(before)}^"


def _lines_on_terminal(sentence: str) -> list[str]:
    """Return a sentence in lines that a terminal does not break inside a word; in a log it stays on one line."""
    if not sys.stderr.isatty():
        return [sentence]
    width = shutil.get_terminal_size().columns
    return textwrap.wrap(sentence, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
