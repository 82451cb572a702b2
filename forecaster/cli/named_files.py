"""No result of a command is written over a file that the command reads, or over another result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecaster.cli.config import settings_files
from forecaster.cli.options import STANDARD_OUTPUT
from forecaster.files.atomic import refuse_overwriting

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS = ("output", "forecasts", "plot", "report", "metrics_file", "export")
"""Options that name a file to write, which an earlier file of this name must survive if the command needs it."""
REPLACED = ("update", "out")
"""Options whose file may be replaced, as `--update` does, and those that name a folder."""


def refuse_lost_files(values: Mapping[str, Any]) -> None:
    """Refuse to write a result over what the values of the command's options name.

    Sources are compared where they are known: some are patterns or stand in a list.

    Args:
        values: What the options were given, by name.

    Raises:
        UsageError: Two options have one file, or a result would replace the configuration.

    """
    files = {name: each for name, each in values.items() if isinstance(each, Path) and each not in STANDARD_OUTPUT}
    results = [files.pop(name) for name in RESULTS if name in files]
    read = [each for name, each in files.items() if name not in REPLACED] + settings_files(values.get("config"))
    texts = [values.get("files_from"), *(values.get("known") or ())]  # columns are no files, and do no harm here
    read += [Path(text) for text in texts if text and "\0" not in text]
    for number, result in enumerate(results, start=1):
        refuse_overwriting(result, [*read, *results[number:]])
