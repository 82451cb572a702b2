"""Where the files of a batch are: forecasts in the folder of the results, models and parts in folders of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.batch.settings import BatchSettings

MODELS, PARTS = "models", "parts"
"""Folders in that of the results: of the models, and of the forecasts of sources where all are joined in one file."""
GROUPS = "groups"
"""Folder in that of the models: of the models that several sources share."""
MODEL_ENDING = ".joblib"


def output_path(folder: Path, name: str, settings: BatchSettings) -> Path:
    """Return the forecast file of a source."""
    return (folder / PARTS if settings.in_parts else folder) / (name + settings.ending)


def model_path(folder: Path, name: str) -> Path:
    """Return the model file of a source that shares none."""
    return folder / MODELS / (name + MODEL_ENDING)


def group_model_path(folder: Path, group: str) -> Path:
    """Return the model file of a group."""
    return folder / MODELS / GROUPS / (group + MODEL_ENDING)
