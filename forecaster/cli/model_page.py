"""The page that `inspect` prints about a model: what its user wants to know, a label and a sentence for each fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.commands_to_type import inspect_command, predict_command
from forecaster.cli.tables import GAP, TableColumn, table_lines_wrapped
from forecaster.cli.terminal import plain

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.workflow.inspect import ModelPage


def model_page_lines(path: Path, page: ModelPage, width: int | None) -> list[str]:
    """Return the page about the model file at `path` as lines."""
    facts = {
        "Model": f"{path}, {page.file}",
        "Trained on": page.data,
        "Columns": page.columns,
        "Options": page.options,
        "Method": page.method,
        "Accuracy": page.accuracy,
        "Forecasts": page.horizon,
        "Needs": page.needs,
    }
    shown = {label: sentence for label, sentence in facts.items() if sentence}
    labels = TableColumn("", list(shown))
    lines = table_lines_wrapped([labels, TableColumn("", list(shown.values()))], width)[1:]
    # commands stay on one line, so that they can be copied
    commands = {"Next": predict_command(path), "Details": inspect_command(path)}
    return [*lines, *(f"{label:{labels.width}}{GAP}{plain(command)}" for label, command in commands.items())]
