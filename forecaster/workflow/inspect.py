"""`inspect`: what a model file holds: a page about it for its user, and all of its content."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.artifact.description import describe, load_with_description
from forecaster.calendars.durations import write_span, write_time
from forecaster.errors import counted
from forecaster.evaluation.method_sentence import method_sentence
from forecaster.evaluation.verdict import Verdict
from forecaster.series.categories import columns_in_file
from forecaster.spec import PLUS, Specification
from forecaster.text import shown
from forecaster.workflow.summary import describe_accuracy, describe_data

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.artifact.model import Model
    from forecaster.spec import Selection

KILOBYTE = 1000
MEGABYTE = 1000 * KILOBYTE
MOST_CHARACTERS = 200
"""Characters of names of columns at most: a few lines."""
MOST_NAMED = 5
"""Series that are named, chosen by hand: about a line; the others are counted."""


class ModelPage(NamedTuple):
    """A model for its user, in sentences.

    Attributes:
        file: Size of the file, when it was written, and by which version.
        data: What it was trained on.
        columns: The columns that it read.
        options: The options of training that the user gave; empty for none.
        method: What its forecast is made of.
        accuracy: How good that is.
        horizon: How far it forecasts.
        needs: What a forecast needs.

    """

    file: str
    data: str
    columns: str
    options: str
    method: str
    accuracy: str
    horizon: str
    needs: str


def inspect(model: Path) -> dict[str, Any]:
    """Return everything that a model file holds, with arrays as their type and shape."""
    return describe(model)


def describe_for_user(path: Path) -> ModelPage:
    """Return what the user of a model file wants to know of it.

    Raises:
        InputUnreadableError: The file cannot be opened.
        ModelRefusedError: It is not a model that this version may load.

    """
    model, content = load_with_description(path)
    recipe, facts, tail = model.fitted.recipe, model.fingerprint, model.tail
    return ModelPage(
        describe_file(path, content["program"]["forecaster"]),
        describe_data(_series_in_words(tail.ids), facts["rows"], training_span(model), recipe, tail),
        columns_in_words(model.selection, model.style.date_format),
        options_in_words(model.specification),
        method_sentence(model.fitted),
        describe_accuracy(Verdict.from_dict(model.verdict), model.scores, recipe, tail),
        f"{counted(recipe.horizon, 'step')} at once; any number with --horizon",
        needs_in_words(model),
    )


def describe_file(path: Path, version: str) -> str:
    """Say how large a model file is, when it was written, and by which version of the program."""
    facts = path.stat()
    written = datetime.fromtimestamp(facts.st_mtime).astimezone()
    return f"{size_in_words(facts.st_size)}, written on {written:%Y-%m-%d at %H:%M} by forecaster {version}"


def size_in_words(size: int) -> str:
    """Return a number of bytes in the usual unit."""
    if size < MEGABYTE:
        return f"{max(1, round(size / KILOBYTE))} KB"
    return f"{size / MEGABYTE:.1f} MB"


def columns_in_words(selection: Selection, date_format: str) -> str:
    """Name the columns that a model read."""
    time = " and ".join(selection.time.split(PLUS)) if selection.time else ""
    named = [
        ("time column ", f"{time} ({date_format})" if time and date_format else time),
        ("target ", ", ".join(selection.targets)),
        ("series column ", " and ".join(selection.series.split(PLUS)) if selection.series else ""),
        ("observed ", ", ".join(selection.observed)),
        ("known for the future ", ", ".join(selection.known)),
    ]
    return ", ".join(f"{word}{shown(name, MOST_CHARACTERS)}" for word, name in named if name)


def options_in_words(specification: Specification) -> str:
    """Return the options of training that differ from the usual ones."""
    usual = vars(Specification())
    given = {name: value for name, value in vars(specification).items() if value != usual[name]}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in given.items())


def needs_in_words(model: Model) -> str:
    """Say what a forecast needs: nothing, newer rows, or columns that are known for the future."""
    recipe, selection = model.fitted.recipe, model.selection
    last = write_time(model.tail.ds.max())
    parts = [f"nothing: it continues after its last row, {last}; a file with newer rows needs the same columns"]
    if names := ", ".join(_future_columns(model)):
        target = selection.targets[0]
        source = f"from --known FILE, or from rows with an empty {target} after the last one"
        parts = [f"{names} for the steps to forecast, {source}; else {parts[0]}"]
    if recipe.irregular:
        parts.append("--at DATE names the times to forecast")
    return "; ".join(parts)


def _future_columns(model: Model) -> tuple[str, ...]:
    """Return the columns of a file that a forecast needs for the steps ahead: those that change within a series."""
    covariates = model.tail.covariates
    if covariates is None:
        return ()
    changing = [name for name in covariates.known if name not in covariates.static]
    return columns_in_file(changing, covariates.categories)


def _series_in_words(ids: tuple[str, ...]) -> str:
    """Name the only series, or count them."""
    names = ", ".join(shown(name) for name in ids[:MOST_NAMED])
    if len(ids) == 1:
        return f"series {names}"
    return f"{len(ids):,} series ({names}{', ...' if len(ids) > MOST_NAMED else ''})"


def training_span(model: Model) -> tuple[str, str]:
    """Return the first and the last time of the training rows as text."""
    first, last = model.fingerprint["start"], model.fingerprint["end"]
    if model.tail.ds.dtype.kind != "M":
        return first, last
    return write_span(np.datetime64(first), np.datetime64(last))
