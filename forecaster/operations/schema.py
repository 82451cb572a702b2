"""What a model file must hold, and the audit that it passes before anything is built from it.

Raise `SCHEMA` when a released version could no longer read a new file right: a key, an array, a type or a meaning
changes. (A wider bound alone is refused by old versions in a clear sentence and needs no new number.) Then

1. write `upgrade` in a module `schema_<old number>.py`, which turns the content of an old document into one that means
   the same in the next schema, and call it in `audit`: old documents pass the checks of today;
2. change the tables here and `docs/artifact.md`, and set `SCHEMA` to the next number;
3. write a small model with the new version and keep it as `tests/operations/golden/schema_<number>.joblib`, beside
   those of all older ones: the tests load each and compare its forecast.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.calendar import COUNTED, UNEQUAL, Calendar
from forecaster.errors import ModelRefusedError
from forecaster.nn.architecture import ARCHES, ONE_TO_ONE, Architecture, parameter_count
from forecaster.operations import schema_1
from forecaster.operations.checks import flag, number, one_of, optional, record, scalar, sequence, table, text, whole
from forecaster.operations.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.operations.container import Document

    Array = np.ndarray[Any, Any]

SCHEMA = 2

LARGEST = 1e300
"""Bound of numbers that may have any size."""
MOST_SERIES = 200_000
"""As many names as the reader's limit of instructions lets through."""
MOST_RESIDUALS = 1_000_000
EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds since 1970 of the first and the last moment of the years 1 to 9999."""
LAST_STEP = 2**62
"""Bound of integer time, so that nothing overflows in the steps behind it."""

HORIZON, LOOKBACK, SEASON = whole(1, 10_000), whole(1, 100_000), whole(1, 100_000)
HIDDEN, LAYERS, MEMBERS, EPOCHS = whole(1, 4096), whole(1, 16), whole(1, 100), whole(1, 1_000_000)
SEED = whole(0, 2**64 - 1)
MODE = one_of("returns", "level")
CELL, ACTIVATION, ARCH = one_of("rnn", "gru", "lstm"), one_of("tanh", "relu"), one_of(*ARCHES)
DROPOUT, BATCH, UPDATES, SEGMENT = number(0, 0.95), whole(1, 65_536), whole(1, 1_000_000), whole(1, 100_000)
PERCENT, SHARE = number(0, 100), number(0, 1)
BASELINE = one_of("last_value", "drift", "seasonal_naive")
NAME = text(1000)


def calendar(value: Any, name: str) -> None:
    """Check for a calendar, which knows its own bounds."""
    try:
        Calendar.from_dict(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refusal(f"its {name} is not a calendar") from error


META = record(
    program=record(forecaster=NAME, numpy=NAME, pandas=NAME),
    specification=record(
        horizon=optional(HORIZON),
        lookback=optional(LOOKBACK),
        season=optional(SEASON),
        segment=optional(SEGMENT),
        mode=optional(MODE),
        irregular=flag,
        arch=ARCH,
        cell=CELL,
        activation=ACTIVATION,
        bidirectional=flag,
        hidden=optional(HIDDEN),
        layers=LAYERS,
        dropout=DROPOUT,
        residual=flag,
        members=optional(MEMBERS),
        epochs=optional(EPOCHS),
        updates=optional(UPDATES),
        batch=BATCH,
        early_stopping=flag,
        refit=flag,
        seed=SEED,
    ),
    selection=record(time=optional(NAME), targets=sequence(NAME, 0, 10_000), series=optional(NAME)),
    decisions=sequence(record(name=NAME, value=scalar, reason=text()), 0, 100),
    recipe=record(
        horizon=HORIZON,
        lookback=LOOKBACK,
        season=SEASON,
        mode=MODE,
        log=flag,
        segment=SEGMENT,
        steps=whole(1, 100_000),
        members=MEMBERS,
        epochs=EPOCHS,
        updates=UPDATES,
        batch=BATCH,
        rate=SHARE,
        early_stopping=flag,
        refit=flag,
        seed=SEED,
    ),
    network=record(
        inputs=whole(1, 100_000),
        steps=whole(1, 100_000),
        outputs=HORIZON,
        hidden=HIDDEN,
        layers=LAYERS,
        cell=CELL,
        activation=ACTIVATION,
        embedding=whole(0, 4096),
        skip=flag,
        arch=ARCH,
        bidirectional=flag,
        dropout=DROPOUT,
        residual=flag,
        irregular=flag,
    ),
    series=sequence(NAME, 1, MOST_SERIES),
    calendars=sequence(calendar, 1, MOST_SERIES),
    time=one_of("datetime", "integer"),
    blend=record(baseline=BASELINE, weight=SHARE),
    growth=SHARE,
    reach=optional(number(0, LARGEST)),
    verdict=record(
        sentences=sequence(text(), 0, 20),
        skill=optional(number(-LARGEST, LARGEST)),
        p_value=optional(SHARE),
        baseline=BASELINE,
        coverage=record(**{"80": optional(PERCENT), "95": optional(PERCENT)}),
        origins=whole(0, 10**9),
    ),
    scores=sequence(table(scalar, 100), 0, 1000),
    training=sequence(
        record(
            epochs=EPOCHS,
            best_epoch=whole(0, 1_000_000),
            loss=optional(number(-LARGEST, LARGEST)),
            clipped=optional(SHARE),
            seed=SEED,
        ),
        1,
        100,
    ),
    fingerprint=record(rows=whole(1, 10**12), series=whole(1, MOST_SERIES), start=NAME, end=NAME, sha256=text(64)),
)


def audit(document: Document) -> Document:
    """Check every key, type, size and number of a document, and return it as one of the present schema.

    Raises:
        ModelRefusedError: Something is not as this version writes it.

    """
    try:
        if document.schema == 1:
            document = replace(document, schema=SCHEMA, meta=schema_1.upgrade(document.meta))
        if document.schema != SCHEMA:
            newer = "newer" if document.schema > SCHEMA else "unknown"
            raise refusal(f"its schema {document.schema} is {newer}, this version reads up to {SCHEMA}")
        META(document.meta, "")
        _agree(document.meta)
        _check_arrays(document.meta, document.arrays)
    except ModelRefusedError as error:
        error.place = document.place
        raise
    return document


def _agree(meta: Mapping[str, Any]) -> None:
    """Check what the parts say of each other."""
    recipe, sizes, series = meta["recipe"], meta["network"], meta["series"]
    try:
        network = Architecture(**sizes)
    except ValueError as error:
        raise refusal(f"its network does not exist: {error}") from error
    kinds = {fields["kind"] for fields in meta["calendars"]}
    counted, unequal = {kind in COUNTED for kind in kinds}, {kind in UNEQUAL for kind in kinds}
    outputs = 1 if network.arch == ONE_TO_ONE else recipe["horizon"]
    agreements = {
        "the lookback is not its segments": recipe["segment"] * recipe["steps"] == recipe["lookback"],
        "the network takes other segments": network.inputs == (2 if network.irregular else recipe["segment"]),
        "unequal steps come in segments": not network.irregular or recipe["segment"] == 1,
        "the network takes another number of steps": network.steps == recipe["steps"],
        "the network has another horizon": network.outputs == outputs,
        "the networks are not as many as their records": recipe["members"] == len(meta["training"]),
        "two series have one name": len(set(series)) == len(series),
        "there are more calendars than series": len(meta["calendars"]) <= len(series),
        "the calendars are of another kind than the time": counted == {meta["time"] == "integer"},
        "the calendars are of another kind than the network": unequal == {network.irregular},
        "the reach is of another kind than the network": (meta["reach"] is not None) == network.irregular,
    }
    _refuse_first_broken(agreements)


def _check_arrays(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check that the arrays are exactly those that `meta`, already checked, implies.

    Raises:
        ModelRefusedError: One is missing, or is not of its type, shape or bounds.

    """
    series, recipe = len(meta["series"]), meta["recipe"]
    parameters = parameter_count(**meta["network"])
    shapes: dict[str, tuple[str, tuple[int | None, ...]]] = {  # None: any number of them
        "weights": ("<f4", (recipe["members"], parameters)),
        "spread": ("<f8", (series,)),
        "slope": ("<f8", (series,)),
        "residuals": ("<f8", (recipe["horizon"], None)),
        "calendar_of": ("<i8", (series,)),
        "tail_ds": ("<i8", (None,)),
        "tail_values": ("<f8", (None,)),
        "tail_indptr": ("<i8", (series + 1,)),
    }
    if arrays.keys() != shapes.keys():
        raise refusal("its arrays are not " + ", ".join(shapes))
    for name, (dtype, shape) in shapes.items():
        found = arrays[name]
        axes = len(found.shape) == len(shape) and all(b in (None, a) for a, b in zip(found.shape, shape, strict=True))
        if found.dtype.str != dtype or not axes:
            raise refusal(f"its array {name} is of another type or shape")
    _check_tail(meta, arrays)
    bounds = {
        "a spread is not positive": (arrays["spread"] > 0).all(),
        "there are too many residuals": arrays["residuals"].shape[1] <= MOST_RESIDUALS,
        "a residual is negative": (arrays["residuals"] >= 0).all(),
        "residuals do not rise": (np.diff(arrays["residuals"], axis=1) >= 0).all(),
    }
    _refuse_first_broken(bounds)


def _check_tail(meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Check the last rows of the series, and the place of each."""
    ds, values, indptr, calendar_of = (
        arrays[name] for name in ("tail_ds", "tail_values", "tail_indptr", "calendar_of")
    )
    first, last = (EARLIEST, LATEST) if meta["time"] == "datetime" else (-LAST_STEP, LAST_STEP)
    bounds = {
        "the rows have no places": indptr[0] == 0 and indptr[-1] == len(ds) == len(values),
        "a series has no rows": (indptr[1:] > indptr[:-1]).all(),
        "a series has no calendar": ((calendar_of >= 0) & (calendar_of < len(meta["calendars"]))).all(),
        "a time is out of bounds": ((ds >= first) & (ds <= last)).all(),
        "a value has no logarithm": not meta["recipe"]["log"] or (values > 0).all(),
    }
    _refuse_first_broken(bounds)
    begins = np.zeros(len(ds), dtype=bool)
    begins[indptr[:-1]] = True
    _refuse_first_broken({"the times of a series do not rise": (begins[1:] | (ds[1:] > ds[:-1])).all()})


def _refuse_first_broken(rules: Mapping[str, Any]) -> None:
    """Refuse with the first key whose rule does not hold."""
    for broken, holds in rules.items():
        if not holds:
            raise refusal(broken)
