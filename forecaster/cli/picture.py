"""The picture of --plot: what the chart on a terminal shows, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import InputRefusedError, UsageError
from forecaster.files.atomic import atomic_write, refuse_overwriting, resolve_links
from forecaster.files.preflight import check_space, check_writable
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.workflow.pictures import ENDINGS, check_matplotlib, encode_picture, estimate_picture_size
from forecaster.workflow.request import Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from forecaster.cli.json_messages import JsonMessages
    from forecaster.cli.messages import Messages
    from forecaster.workflow.chart_series import ChartSet


def check_picture(path: Path | None, inputs: Iterable[str | Path]) -> Path | None:
    """Check the path of a picture before the work begins, and return it; None if no picture is wanted.

    Raises:
        UsageError: The ending names no kind of picture, Matplotlib is not installed, or the file is one of the
            `inputs`.
        OutputError: The file cannot be created, or its disk has no space for one chart.

    """
    if path is None:
        return None
    if path.suffix.lower() not in ENDINGS:
        what = f"the ending of {path} does not name a kind of picture"
        raise UsageError(what, f"end it in {', '.join(ENDINGS)}; --chart draws on the terminal")
    check_matplotlib()
    refuse_overwriting(path, inputs)
    check_writable(path, estimate_picture_size(path.suffix, Extent()))
    sweep_unfinished_files(resolve_links(path).parent)
    return path


def check_picture_size(path: Path | None, extent: Extent) -> None:
    """Check that the disk has space for the picture of a forecast of this extent, if one is wanted.

    Raises:
        OutputError: It has less.

    """
    if path is not None:
        check_space(path, estimate_picture_size(path.suffix, extent))


def write_picture(
    path: Path | None, find_charts: Callable[[], ChartSet | None], messages: Messages | JsonMessages
) -> None:
    """Draw the charts that `find_charts` returns into a file, and say where they are; if there are none, say why.

    Raises:
        StorageError: Writing failed half-way; an earlier file is still there.

    """
    if path is None:
        return
    try:
        charts = find_charts()
    except InputRefusedError as error:
        messages.print_facts([("Picture", f"not written: {error.what}")])
        return
    atomic_write(path, encode_picture(charts, path.suffix))
    messages.print_written(path)
