"""Write and read checkpoints: the state of one training of a network, so that a run that was killed can go on.

A checkpoint is a file like a model, text, numbers and arrays, written and read in the same way, and audited before
anything is built from it. It says of which training it is, so that it is only used for the same one.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.document import decode, encode
from forecaster.artifact.refusal import refusal
from forecaster.artifact.validators import Check, record, table, text, whole
from forecaster.errors import ModelRefusedError
from forecaster.files.atomic import atomic_write
from forecaster.nn.training_records import Epoch, TrainingState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecaster.artifact.document import Document
    from forecaster.artifact.npz import Array

FORMAT = "forecaster checkpoint"
SCHEMA = 1
"""Version of the content. No other version is read: without a checkpoint, a training starts from the beginning."""
UNKNOWN = float(np.finfo(np.float64).max)
"""Stands for a loss that is not known, because a file holds finite numbers only."""
WEIGHTS = ("weights", "best", "mean", "square")
"""The arrays of the state that have a number for each parameter."""
LARGEST_WEIGHT, LARGEST_GRADIENT = 1e4, 1.001
"""No network needs larger weights, chosen by hand; and gradients are clipped to a norm of 1, so their means and squares
are no larger, but for rounding. What is larger would make training overflow."""
GENERATOR = "PCG64"
"""The random generator of NumPy's `default_rng`, whose state are two whole numbers of 128 bits."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training, and of which training it is.

    Attributes:
        run: What the run was made of, in texts by name: the version, digests of the data and of the recipe, options.
        sizes: How much is trained, see `forecaster.forecasting.budget.sizes_of`.
        saved: The time when it was written, as `2026-03-31 17:05:00`.
        state: The state of the training.

    """

    run: Mapping[str, str]
    sizes: Mapping[str, int]
    saved: str
    state: TrainingState


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, all of it or nothing.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way; an older checkpoint stays in place.

    """
    state = checkpoint.state
    epochs = np.nan_to_num([astuple(epoch) for epoch in state.epochs], nan=UNKNOWN)
    arrays: dict[str, Array] = {"epochs": epochs, **{name: getattr(state, name) for name in WEIGHTS}}
    if len(state.order):
        arrays["order"] = state.order
    meta = {
        "run": dict(checkpoint.run),
        "sizes": dict(checkpoint.sizes),
        "saved": checkpoint.saved,
        "updates": state.updates,
        "halvings": state.halvings,
        "chance": _chance_to_meta(state.chance),
    }
    atomic_write(path, encode(SCHEMA, meta, arrays, FORMAT)[0])


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint without running anything in it.

    Raises:
        InputUnreadableError: The file cannot be read.
        ModelRefusedError: It is anything but an undamaged checkpoint of this version of the program.

    """
    document = decode(path, FORMAT)
    try:
        return _checkpoint_of_document(document)
    except ModelRefusedError as error:
        raise error.at(document.place) from error


def _checkpoint_of_document(document: Document) -> Checkpoint:
    """Return the checkpoint that a document holds, all parts checked."""
    meta, arrays = document.meta, document.arrays
    if document.schema != SCHEMA:
        raise refusal(f"its schema is {document.schema}, this version reads {SCHEMA}")
    CHECK(meta, "")
    _check_arrays(arrays)
    if len(arrays["epochs"]) > 1 + max(meta["sizes"].values()):
        raise refusal("it has more epochs than it says")
    state = TrainingState(
        epochs=_epochs_of_array(arrays["epochs"]),
        **{name: arrays[name] for name in WEIGHTS},
        order=arrays.get("order", np.empty(0, np.int64)),
        updates=meta["updates"],
        halvings=meta["halvings"],
        chance=_chance_from_meta(meta["chance"]),
    )
    return Checkpoint(meta["run"], meta["sizes"], meta["saved"], state)


def _check_arrays(arrays: Mapping[str, Array]) -> None:
    """Refuse arrays of other names, types or shapes than those of a state."""
    if arrays.keys() - {"order"} != {"epochs", *WEIGHTS}:
        raise refusal("its arrays are not those of a checkpoint")
    weights = [arrays[name] for name in WEIGHTS]
    if any(each.ndim != 1 or each.dtype != np.float32 or each.shape != weights[0].shape for each in weights):
        raise refusal("its weights are not vectors of one length")
    if max(np.abs(arrays[name]).max() for name in ("weights", "best")) > LARGEST_WEIGHT:
        raise refusal("a weight is too large")
    mean, square = arrays["mean"], arrays["square"]
    if max(np.abs(mean).max(), square.max()) > LARGEST_GRADIENT or square.min() < 0:
        raise refusal("its gradients are too large")
    if "order" in arrays and (arrays["order"].ndim != 1 or arrays["order"].dtype != np.int64):
        raise refusal("its order of windows is not one")
    epochs = arrays["epochs"]
    fields = len(Epoch.__dataclass_fields__)
    if epochs.dtype != np.float64 or epochs.ndim != 2 or epochs.shape[1] != fields:
        raise refusal("its epochs are not a table")
    numbers, best = epochs[:, 0], epochs[:, list(Epoch.__dataclass_fields__).index("best")]
    if not ((numbers == np.arange(len(epochs))).all() and np.isin(best, (0, 1)).all() and best[0] == 1):
        raise refusal("its epochs are not those of a training")


def _epochs_of_array(rows: Array) -> tuple[Epoch, ...]:
    """Return the epochs of a table, one row each, in the order of the fields of `Epoch`."""
    known = np.where(rows == UNKNOWN, np.nan, rows).tolist()
    return tuple(
        Epoch(int(number), training, validation, bool(best), rate, clipped)
        for number, training, validation, best, rate, clipped in known
    )


def _chance_to_meta(chance: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of a random generator as text and numbers of at most 64 bits."""
    words = {name: f"{chance['state'][name]:032x}" for name in ("state", "inc")}
    return {**words, "has_uint32": chance["has_uint32"], "uinteger": chance["uinteger"]}


def _chance_from_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of a random generator as NumPy takes it."""
    words = {name: int(meta[name], 16) for name in ("state", "inc")}
    return {
        "bit_generator": GENERATOR,
        "state": words,
        "has_uint32": meta["has_uint32"],
        "uinteger": meta["uinteger"],
    }


def _matches(pattern: str, meaning: str) -> Check:
    """Return a check for text of a pattern."""

    def check(value: Any, name: str) -> None:
        if type(value) is not str or re.fullmatch(pattern, value) is None:
            raise refusal(f"its {name} is not {meaning}")

    return check


WORD = _matches(r"[0-9a-f]{32}", "a number of 32 hexadecimal digits")
TIME = _matches(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "a time")
CHECK = record(
    run=table(text(), 200),
    sizes=record(
        members=whole(0, 100),
        epochs=whole(0, 1_000_000),
        updates=whole(0, 1_000_000),
        tuning_updates=whole(0, 1_000_000),
    ),
    saved=TIME,
    updates=whole(0, 2**62),
    halvings=whole(0, 100),
    chance=record(state=WORD, inc=WORD, has_uint32=whole(0, 1), uinteger=whole(0, 2**32 - 1)),
)
