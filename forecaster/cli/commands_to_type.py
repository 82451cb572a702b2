"""The commands that a screen proposes to type next, with the files that the user named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.options import DEFAULT_MODEL
from forecaster.errors import Code
from forecaster.text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OF_WORK = {Code.MEMORY, Code.DEFECT, Code.DIED, Code.TIMEOUT}
"""Failures that come from the work on a file, not from what is in it: `check` finds nothing there."""


def check_command(sources: Sequence[str]) -> str:
    """Return the command that shows all findings about the files."""
    return f"forecast check {quoted(sources[0]) if len(sources) == 1 else 'FILE'}"


def look_at_failure_command(source: str, code: str) -> str:
    """Return the command that shows why the work on a file of a batch failed.

    Args:
        source: The file.
        code: The code of its failure.

    """
    named = quoted(f"./{source}" if source.startswith("-") else source)
    return f"forecast train {named} --debug --output trial.joblib" if code in OF_WORK else f"forecast check {named}"


def predict_command(model: Path) -> str:
    """Return the command that forecasts with a model."""
    return "forecast predict" + ("" if model == DEFAULT_MODEL else f" --model {quoted(str(model))}")


def predict_folder_command(models: Path) -> str:
    """Return the command that forecasts with all models of a folder."""
    return f"forecast predict {quoted(str(models))} --out FOLDER"


def inspect_command(model: Path) -> str:
    """Return the command that shows all of a model."""
    return "forecast inspect" + ("" if model == DEFAULT_MODEL else f" {quoted(str(model))}") + " --verbose"
