"""Checkpoints: what is read is what was written, and everything else is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.artifact import checkpoint as checkpoint_module
from forecaster.artifact.checkpoint import FORMAT, SCHEMA, Checkpoint, load_checkpoint, save_checkpoint
from forecaster.artifact.document import decode, encode
from forecaster.artifact.model import load
from forecaster.errors import InputUnreadableError, ModelRefusedError
from forecaster.nn.training_records import Epoch, TrainingState

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"members": 2, "epochs": 5, "updates": 3, "tuning_updates": 0}
P = 7


def state_of(seed: int = 0) -> TrainingState:
    rng = np.random.default_rng(seed)
    weights, best, mean, square = rng.uniform(size=(4, P)).astype(np.float32)
    epochs = (
        Epoch(0, np.nan, 2.5, best=True, rate=0.0, clipped=0.0),
        Epoch(1, 1.25, np.nan, best=False, rate=0.004, clipped=1 / 3),
    )
    rng.integers(10, dtype=np.uint32)  # half a word of the generator is left, which is a part of its state
    return TrainingState(epochs, weights, best, mean, square, np.array([4, 1]), 30, 2, rng.bit_generator.state)


@pytest.fixture
def checkpoint() -> Checkpoint:
    return Checkpoint({"version": "1", "--epochs": '"5"'}, SIZES, "2026-03-31 17:05:00", state_of())


def same(one: TrainingState, other: TrainingState) -> bool:
    """Return whether two states are equal, NaN included."""
    arrays = ("weights", "best", "mean", "square", "order")
    equal = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
    return equal and repr(one.epochs) == repr(other.epochs) and one.chance == other.chance


@pytest.mark.parametrize("order", [np.array([4, 1]), np.empty(0, np.int64)], ids=len)
def test_what_is_read_is_what_was_written(tmp_path: Path, checkpoint: Checkpoint, order: Any) -> None:
    checkpoint = replace(checkpoint, state=replace(checkpoint.state, order=order))
    save_checkpoint(tmp_path / "c", checkpoint)
    found = load_checkpoint(tmp_path / "c")
    assert same(found.state, checkpoint.state)
    assert (found.state.updates, found.state.halvings) == (30, 2)
    assert (found.run, found.sizes, found.saved) == (checkpoint.run, checkpoint.sizes, checkpoint.saved)
    rng, again = np.random.default_rng(0), np.random.default_rng(1)
    rng.bit_generator.state, again.bit_generator.state = checkpoint.state.chance, found.state.chance
    assert np.array_equal(rng.integers(9, size=5, dtype=np.uint32), again.integers(9, size=5, dtype=np.uint32))


def test_a_checkpoint_is_no_model_and_a_model_no_checkpoint(tmp_path: Path, checkpoint: Checkpoint, parts: Any) -> None:
    save_checkpoint(tmp_path / "c", checkpoint)
    with pytest.raises(ModelRefusedError, match="it is a file of another program"):
        load(tmp_path / "c")
    (tmp_path / "m.joblib").write_bytes(parts.encode())
    with pytest.raises(ModelRefusedError, match="it is a file of another program"):
        load_checkpoint(tmp_path / "m.joblib")


def test_a_missing_checkpoint_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError):
        load_checkpoint(tmp_path / "c")


BAD_META: dict[str, dict[str, Any]] = {
    "a number as text": {"updates": "30"},
    "too many halvings": {"halvings": 101},
    "no time": {"saved": "yesterday"},
    "terminal escape": {"saved": "\x1b[2J"},
    "a short word": {"chance": {"state": "0", "inc": "0" * 32, "has_uint32": 0, "uinteger": 0}},
    "sizes": {"sizes": {**SIZES, "members": 101}},
    "fewer sizes": {"sizes": {"members": 1}},
    "run": {"run": {"version": 1}},
    "more": {"other": 1},
}
BAD_ARRAYS: dict[str, dict[str, Any]] = {
    "weights of two axes": {"weights": np.zeros((P, 1), np.float32)},
    "float64": {"mean": np.zeros(P)},
    "another length": {"square": np.zeros(P + 1, np.float32)},
    "a float order": {"order": np.zeros(2)},
    "an order of two axes": {"order": np.zeros((2, 2), np.int64)},
    "epochs of one axis": {"epochs": np.zeros(6)},
    "epochs of another type": {"epochs": np.zeros((1, 6), np.float32)},
    "fewer columns": {"epochs": np.zeros((1, 5))},
    "epochs that do not follow": {"epochs": np.array([[0, 0, 0, 1, 0, 0], [2, 0, 0, 1, 0, 0.0]])},
    "more epochs than planned": {"epochs": np.array([[i, 0, 0, 1, 0, 0.0] for i in range(7)])},
    "no best epoch": {"epochs": np.zeros((1, 6))},
    "a huge weight": {"weights": np.full(P, 1e5, np.float32)},
    "a huge gradient": {"mean": np.full(P, -2, np.float32)},
    "a negative square": {"square": np.full(P, -0.1, np.float32)},
    "one array more": {"other": np.zeros(1)},
}


@pytest.mark.parametrize("meta", BAD_META.values(), ids=BAD_META)
def test_other_text_and_numbers_are_refused(tmp_path: Path, checkpoint: Checkpoint, meta: dict[str, Any]) -> None:
    refuse_changed(tmp_path, checkpoint, meta, {})


@pytest.mark.parametrize("arrays", BAD_ARRAYS.values(), ids=BAD_ARRAYS)
def test_other_arrays_are_refused(tmp_path: Path, checkpoint: Checkpoint, arrays: dict[str, Any]) -> None:
    refuse_changed(tmp_path, checkpoint, {}, arrays)


def test_another_schema_is_refused(tmp_path: Path, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_module, "SCHEMA", SCHEMA + 1)
    save_checkpoint(tmp_path / "c", checkpoint)
    monkeypatch.undo()
    with pytest.raises(ModelRefusedError, match="its schema is 2, this version reads 1"):
        load_checkpoint(tmp_path / "c")


def refuse_changed(folder: Path, checkpoint: Checkpoint, meta: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Write a checkpoint with other parts and a right digest, and let reading refuse it."""
    save_checkpoint(folder / "c", checkpoint)
    document = decode(folder / "c", FORMAT)
    try:
        changed = encode(SCHEMA, document.meta | meta, document.arrays | arrays, FORMAT)[0]
    except ModelRefusedError:
        return
    (folder / "c").write_bytes(changed)
    with pytest.raises(ModelRefusedError):
        load_checkpoint(folder / "c")
