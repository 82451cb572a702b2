"""The commands that a screen proposes to type next, with the files that the user named."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from forecaster.cli.options import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def check_command(sources: Sequence[str]) -> str:
    """Return the command that shows all findings about the files."""
    return f"forecast check {shlex.quote(sources[0]) if len(sources) == 1 else 'FILE'}"


def predict_command(model: Path) -> str:
    """Return the command that forecasts with a model."""
    return "forecast predict" + ("" if model == DEFAULT_MODEL else f" --model {shlex.quote(str(model))}")


def predict_folder_command(models: Path) -> str:
    """Return the command that forecasts with all models of a folder."""
    return f"forecast predict {shlex.quote(str(models))} --out FOLDER"


def inspect_command(model: Path) -> str:
    """Return the command that shows all of a model."""
    return "forecast inspect" + ("" if model == DEFAULT_MODEL else f" {shlex.quote(str(model))}") + " --verbose"
