"""The report of --report: one HTML file about the result, for a colleague or for later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.commands_to_type import check_command
from forecaster.cli.completion import TYPED
from forecaster.errors import UsageError
from forecaster.files.atomic import atomic_write, refuse_overwriting, resolve_links
from forecaster.files.preflight import check_space, check_writable
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.text import command_line
from forecaster.workflow.request import Extent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import typer

    from forecaster.cli.json_messages import JsonMessages
    from forecaster.cli.messages import Messages
    from forecaster.workflow.results import Evaluation, Prediction, Training

ENDINGS = (".html", ".htm")
"""Endings of reports."""
TRUE = "true"
"""How a file or a variable turns a flag on."""


def check_report(path: Path | None, inputs: Iterable[str | Path]) -> Path | None:
    """Check the path of a report before the work begins, and return it; None if no report is wanted.

    Raises:
        UsageError: The name does not end as HTML files do, or the file is one of the `inputs`.
        OutputError: The file cannot be created, or its disk has no space for a report of one series.

    """
    if path is None:
        return None
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"{path} is no name of a report, which is an HTML file", "use --report report.html")
    refuse_overwriting(path, inputs)
    check_writable(path)
    check_report_size(path, Extent())
    sweep_unfinished_files(resolve_links(path).parent)
    return path


def check_report_size(path: Path | None, extent: Extent) -> None:
    """Check that the disk has space for the report of work of this extent, if one is wanted.

    Raises:
        OutputError: It has less.

    """
    if path is None:
        return
    from forecaster.report.expected_size import estimate_report_size  # here, because other runs should not wait for it

    check_space(path, estimate_report_size(extent))


def write_report(
    path: Path | None,
    result: Training | Evaluation | Prediction,
    context: typer.Context,
    sources: Sequence[str],
    messages: Messages | JsonMessages,
) -> None:
    """Write the report of the result of a command on these files, and say where it is.

    Raises:
        StorageError: Writing failed half-way; an earlier file is still there.

    """
    if path is None:
        return
    # Imported here, because other runs should not wait for it.
    from forecaster.report.page import encode_report
    from forecaster.report.reports import report_of
    from forecaster.report.run import Run

    name = context.info_name or ""
    typed = command_line(["forecast", name, *context.meta[TYPED], *_words_of_settings(context)])
    report = report_of(result, Run(name, typed, check_command(sources), tuple(sources)))
    if report is not None:
        atomic_write(path, encode_report(report))
        messages.print_written(path)


def _words_of_settings(context: typer.Context) -> list[str]:
    """Return the options that files and variables set, as they are typed."""
    words, settings = [], context.default_map or {}
    for each in context.command.params:
        source = context.get_parameter_source(each.name or "")
        if each.name not in settings or source is None or source.name != "DEFAULT_MAP":
            continue
        value = settings[each.name]
        if getattr(each, "is_flag", False):
            names = each.opts if str(value).lower() == TRUE else each.secondary_opts
            words += [max(names, key=len)] if names else []
        else:
            option = max(each.opts, key=len)
            words += [word for one in ([value] if isinstance(value, str) else value) for word in (option, str(one))]
    return words
