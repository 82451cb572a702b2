"""Where the files of a batch are: forecasts in the folder of the results, models and parts in folders of their own."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from forecaster.errors import OutputError, Place
from forecaster.files.atomic import output_failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forecaster.batch.settings import BatchSettings

MODELS, PARTS = "models", "parts"
"""Folders in that of the results: of the models, and of the forecasts of sources where all are joined in one file."""
GROUPS = "groups"
"""Folder in that of the models: of the models that several sources share."""
MODEL_ENDING = ".joblib"
PENDING = ".new"
"""Ending of a model that was trained, until the forecast that follows from it is written."""
FORECAST_ENDINGS = (".csv", ".json", ".jsonl", ".parquet")


def output_path(folder: Path, name: str, settings: BatchSettings) -> Path:
    """Return the forecast file of a source."""
    return (folder / PARTS if settings.in_parts else folder) / (name + settings.ending)


def model_path(folder: Path, name: str) -> Path:
    """Return the model file of a source that shares none."""
    return folder / MODELS / (name + MODEL_ENDING)


def possible_outputs(folder: Path, name: str) -> list[Path]:
    """Return where forecast files of a source may be: this run, or earlier ones with other options, wrote them."""
    return [place / (name + ending) for place in (folder, folder / PARTS) for ending in FORECAST_ENDINGS]


def has_results(folder: Path, name: str) -> bool:
    """Return whether a source has a model or a forecast of any form: somebody may have removed them."""
    return any(path.exists() for path in (model_path(folder, name), *possible_outputs(folder, name)))


def group_model_path(folder: Path, group: str) -> Path:
    """Return the model file of a group."""
    return folder / MODELS / GROUPS / (group + MODEL_ENDING)


def make_folder(path: Path) -> None:
    """Create a folder unless it exists, but not those above it.

    Raises:
        OutputError: It cannot be created, or a file has its name.

    """
    try:
        path.mkdir(exist_ok=True)
    except FileExistsError as error:
        raise OutputError("is not a folder", "name a folder", Place(str(path))) from error
    except OSError as error:
        raise output_failure(error, path) from error


@contextmanager
def pending_model(path: Path) -> Iterator[Path]:
    """Yield where a new model is written; it replaces the earlier one when the context ends, unless by an error."""
    pending = path.with_name(path.name + PENDING)
    try:
        yield pending
        os.replace(pending, path)  # noqa: PTH105 - one call of the operating system
    except BaseException:
        with suppress(OSError):
            pending.unlink(missing_ok=True)
        raise
