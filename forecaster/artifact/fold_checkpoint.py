"""Write and read the forecasts of folds, so that an evaluation that was killed need not make them again.

Such a file is like a checkpoint of a training: text, numbers and arrays, written and read in the same way, and audited
before anything is built from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.artifact.checkpoint import TIME
from forecaster.artifact.document import decode, encode
from forecaster.artifact.refusal import refusal
from forecaster.artifact.validators import record, table, text
from forecaster.errors import ModelRefusedError
from forecaster.files.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.arrays import Floats, Ints
    from forecaster.artifact.npz import Array

FORMAT = "forecaster fold checkpoint"
SCHEMA = 1
"""Version of the content. No other version is read: without a checkpoint, the forecasts are made again."""
NUMBERS, FORECASTS = "folds", "forecasts"
"""The names of the arrays."""
FORECASTS_DIMENSIONS = 3
"""Dimensions of the forecasts."""


@dataclass(frozen=True)
class FoldCheckpoint:
    """Forecasts of some folds, and of which evaluation they are.

    Attributes:
        run: What the run was made of, in texts by name: the version, digests of the data and of the recipe, options.
        saved: The time when it was written, as `2026-03-31 17:05:00`.
        folds: Numbers of the folds, (F,), from 0.
        forecasts: Points and ends of intervals, (F x N, h, models x 5): a file has at most three dimensions.

    """

    run: Mapping[str, str]
    saved: str
    folds: Ints
    forecasts: Floats


def save_fold_checkpoint(path: Path, checkpoint: FoldCheckpoint) -> None:
    """Write the forecasts of folds, all of them or nothing.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way.
        ModelRefusedError: They would be larger than any file of this program.

    """
    meta = {"run": dict(checkpoint.run), "saved": checkpoint.saved}
    arrays = {NUMBERS: checkpoint.folds, FORECASTS: checkpoint.forecasts}
    atomic_write(path, encode(SCHEMA, meta, arrays, FORMAT)[0])


def load_fold_checkpoint(path: Path) -> FoldCheckpoint:
    """Read the forecasts of folds without running anything in the file.

    Raises:
        InputUnreadableError: The file cannot be read.
        ModelRefusedError: It is anything but undamaged forecasts of this version of the program.

    """
    document = decode(path, FORMAT)
    try:
        if document.schema != SCHEMA:
            raise refusal(f"its schema is {document.schema}, this version reads {SCHEMA}")
        CHECK(document.meta, "")
        _check_arrays(document.arrays)
    except ModelRefusedError as error:
        raise error.at(document.place) from error
    meta, arrays = document.meta, document.arrays
    return FoldCheckpoint(meta["run"], meta["saved"], arrays[NUMBERS], arrays[FORECASTS])


def _check_arrays(arrays: Mapping[str, Array]) -> None:
    """Refuse arrays of other names, types or shapes than those of folds."""
    if arrays.keys() != {NUMBERS, FORECASTS}:
        raise refusal("its arrays are not those of folds")
    folds, forecasts = arrays[NUMBERS], arrays[FORECASTS]
    if folds.ndim != 1 or folds.dtype != np.int64 or folds.min() < 0 or len(np.unique(folds)) < len(folds):
        raise refusal("its numbers of folds are not such numbers")
    if forecasts.ndim != FORECASTS_DIMENSIONS or forecasts.dtype != np.float64 or len(forecasts) % len(folds):
        raise refusal("its forecasts are not those of its folds")


CHECK = record(run=table(text(), 200), saved=TIME)
