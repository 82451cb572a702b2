"""What a run is made of, in texts by name, so that a checkpoint is only used for the run that wrote it.

The texts are the version, the options, and digests of the rows and of the choices that follow from them.
"""

from __future__ import annotations

from dataclasses import fields
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster import __version__
from forecaster.errors import counted
from forecaster.text import MOST_SHOWN, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection, Specification

NOT_GIVEN = "not given"
"""Stands for the value of an option without one."""
VERSION, DATA, RECIPE, MODEL, ALL_KNOWN = "version", "data", "recipe", "model", "known columns"
"""What a run is made of, besides its options."""
KNOWN, MOST_KNOWN, MOST_NAMED = "known column ", 100, 3
"""What stands before the name of a known column, how many have digests of their own, and how many are named."""
REASONS = {
    VERSION: "it is of another version of the program or of its libraries",
    DATA: "the rows or the names of the series are not the same",
    ALL_KNOWN: "the values of the known columns are not the same",
    RECIPE: "other choices follow from the data",
    MODEL: "it continues another model",
}
"""Why a checkpoint is of another run; where an option differs, the sentence names it with both values."""
LIBRARIES = ("numpy", "pandas")
"""The libraries whose versions may change results."""


def describe_run(
    panel: Panel,
    recipe: Recipe,
    records: Sequence[Selection | Specification],
    others: Mapping[str, Any],
    libraries: Sequence[str] = LIBRARIES,
) -> dict[str, str]:
    """Return what the result of a run follows from, in texts by name.

    Args:
        panel: The rows.
        recipe: The choices that follow from them.
        records: Options of the command.
        others: Other options, and the digest of what else the result follows from, by name.
        libraries: Packages whose versions may change the result.

    """
    options = {
        f"--{each.metadata.get('option', each.name).replace('_', '-')}": getattr(record, each.name)
        for record in records
        for each in fields(record)
    }
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    calendars = [calendar.to_dict() for calendar in panel.calendars]
    return {
        VERSION: f"forecaster {__version__}, {versions}",
        **{name: _option_text(value) for name, value in (options | dict(others)).items()},
        DATA: panel.fingerprint(with_known=False)["sha256"],
        **_known_columns(panel),
        RECIPE: sha256(repr((recipe, calendars)).encode()).hexdigest(),
    }


def _known_columns(panel: Panel) -> dict[str, str]:
    """Return the digest of the values of each known column, by its name."""
    if (columns := panel.covariates) is None:
        return {}
    places = columns.start.tobytes() + columns.stop.tobytes()
    digests = [sha256(places + np.ascontiguousarray(values).tobytes()).hexdigest() for values in columns.known_values]
    own = {f"{KNOWN}{name}": digest for name, digest in zip(columns.known[:MOST_KNOWN], digests, strict=False)}
    return {**own, ALL_KNOWN: sha256("".join(digests).encode()).hexdigest()}


def describe_difference(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Say in what two runs differ, by the first difference."""
    different = [each for each in dict.fromkeys((*new, *old)) if old.get(each) != new.get(each)]
    name = different[0]
    if name.startswith(KNOWN):
        columns = [shown(each.removeprefix(KNOWN)) for each in different if each.startswith(KNOWN)]
        others = f" and {counted(len(columns) - MOST_NAMED, 'other')}" if len(columns) > MOST_NAMED else ""
        of = "the known column" if len(columns) == 1 else "the known columns"
        return f"the values of {of} {', '.join(columns[:MOST_NAMED])}{others} are not the same"
    if name in REASONS:
        return REASONS[name]
    before, now = (shown(each.get(name, NOT_GIVEN)) for each in (old, new))
    return f"{shown(name)} was {before} and is {now} now"


def _option_text(value: Any) -> str:
    """Return the value of an option as printable text, or the digest of a long one."""
    if value in {None, ()}:
        return NOT_GIVEN
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return shown(text) if len(text) <= MOST_SHOWN else sha256(text.encode()).hexdigest()
