"""Forecasts of folds: what is read is what was written, and everything else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.artifact.document import encode
from forecaster.artifact.fold_checkpoint import (
    FORECASTS,
    FORMAT,
    NUMBERS,
    SCHEMA,
    FoldCheckpoint,
    load_fold_checkpoint,
    save_fold_checkpoint,
)
from forecaster.errors import ModelRefusedError

if TYPE_CHECKING:
    from pathlib import Path

RUN, SAVED = {"version": "1", "--epochs": "5"}, "2026-03-31 17:05:00"
ARRAYS = {NUMBERS: np.array([1, 5]), FORECASTS: np.random.default_rng(0).normal(size=(6, 4, 10))}


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    save_fold_checkpoint(tmp_path / "f", FoldCheckpoint(RUN, SAVED, *ARRAYS.values()))
    found = load_fold_checkpoint(tmp_path / "f")
    assert (found.run, found.saved) == (RUN, SAVED)
    assert np.array_equal(found.folds, ARRAYS[NUMBERS])
    assert np.array_equal(found.forecasts, ARRAYS[FORECASTS])


@pytest.mark.parametrize(
    ("kind", "schema", "meta", "arrays"),
    [
        ("forecaster checkpoint", SCHEMA, {}, {}),
        (FORMAT, SCHEMA + 1, {}, {}),
        (FORMAT, SCHEMA, {"saved": "yesterday"}, {}),
        (FORMAT, SCHEMA, {"run": {"version": 1}}, {}),
        (FORMAT, SCHEMA, {"more": 1}, {}),
        (FORMAT, SCHEMA, {}, {FORECASTS: np.ones((6, 4, 10), np.float32)}),
        (FORMAT, SCHEMA, {}, {FORECASTS: np.ones((6, 4))}),
        (FORMAT, SCHEMA, {}, {FORECASTS: np.ones((5, 4, 10))}),
        (FORMAT, SCHEMA, {}, {NUMBERS: np.array([1.0, 5.0])}),
        (FORMAT, SCHEMA, {}, {NUMBERS: np.array([5, 5])}),
        (FORMAT, SCHEMA, {}, {NUMBERS: np.array([-1, 5])}),
        (FORMAT, SCHEMA, {}, {"weights": np.ones(2)}),
    ],
    ids=["kind", "schema", "time", "run", "key", "type", "shape", "folds", "whole", "twice", "negative", "name"],
)
def test_anything_else_is_refused(tmp_path: Path, kind: str, schema: int, meta: Any, arrays: Any) -> None:
    content = {"run": RUN, "saved": SAVED} | meta
    (tmp_path / "f").write_bytes(encode(schema, content, ARRAYS | arrays, kind)[0])
    with pytest.raises(ModelRefusedError):
        load_fold_checkpoint(tmp_path / "f")
