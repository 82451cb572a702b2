"""Forecasts of folds: what is read is what was written, and everything else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.artifact.document import encode
from forecaster.artifact.fold_checkpoint import (
    FORMAT,
    NAME,
    SCHEMA,
    FoldCheckpoint,
    load_fold_checkpoint,
    save_fold_checkpoint,
)
from forecaster.errors import ModelRefusedError

if TYPE_CHECKING:
    from pathlib import Path

RUN, SAVED = {"version": "1", "--epochs": "5"}, "2026-03-31 17:05:00"
FORECASTS = np.random.default_rng(0).normal(size=(6, 4, 10))


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    save_fold_checkpoint(tmp_path / "f", FoldCheckpoint(RUN, SAVED, FORECASTS))
    found = load_fold_checkpoint(tmp_path / "f")
    assert (found.run, found.saved) == (RUN, SAVED)
    assert found.forecasts.tobytes() == FORECASTS.tobytes()
    assert found.forecasts.shape == FORECASTS.shape


@pytest.mark.parametrize(
    ("kind", "schema", "meta", "arrays"),
    [
        ("forecaster checkpoint", SCHEMA, {}, {}),
        (FORMAT, SCHEMA + 1, {}, {}),
        (FORMAT, SCHEMA, {"saved": "yesterday"}, {}),
        (FORMAT, SCHEMA, {"run": {"version": 1}}, {}),
        (FORMAT, SCHEMA, {"more": 1}, {}),
        (FORMAT, SCHEMA, {}, {NAME: FORECASTS.astype(np.float32)}),
        (FORMAT, SCHEMA, {}, {"weights": FORECASTS}),
    ],
    ids=["kind", "schema", "time", "run", "key", "type", "name"],
)
def test_anything_else_is_refused(tmp_path: Path, kind: str, schema: int, meta: Any, arrays: Any) -> None:
    content = {"run": RUN, "saved": SAVED} | meta
    (tmp_path / "f").write_bytes(encode(schema, content, {NAME: FORECASTS} | arrays, kind)[0])
    with pytest.raises(ModelRefusedError):
        load_fold_checkpoint(tmp_path / "f")
