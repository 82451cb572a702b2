"""Whether series are long enough for what is asked of them, and the plan of those that are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import AllSeriesFailedError, Code, InputRefusedError, Place
from forecaster.forecasting.defaults.derive import derive
from forecaster.series.split import check_length, split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.split import Split
    from forecaster.spec import Specification

SHORTEST = 8
"""Rows that a series of a panel needs to be forecast at all."""


def long_enough(panel: Panel, files: Mapping[str, str], rows: int, remedy: str) -> tuple[Panel, dict[str, str]]:
    """Return the series of at least `rows` rows, and the others with the reason; `files` are the files by series.

    Raises:
        InputRefusedError: There is one series, and it is shorter.
        AllSeriesFailedError: There is none.

    """
    long = np.flatnonzero(panel.lengths >= rows)
    short = np.flatnonzero(panel.lengths < rows)
    failed = {panel.ids[i]: f"too few rows: have {panel.lengths[i]}, need {rows}" for i in short}
    if len(panel) == 1 and failed:
        name = panel.ids[0]
        raise InputRefusedError(failed[name], remedy, Place(files[name]), code=Code.SHORT)
    if not len(long):
        what = f"none of the {len(panel)} series has the {rows} rows that are needed"
        raise AllSeriesFailedError(what, remedy, code=Code.SHORT)
    return (panel.take(long.tolist()) if failed else panel), failed


def planned(panel: Panel, specification: Specification) -> tuple[Recipe, Split]:
    """Return the recipe for a panel and its parts, in each of which there is room for a window.

    Raises:
        InputRefusedError: There is no room.
        UsageError: What is asked for contradicts itself or does not fit the data.

    """
    recipe = derive(panel, specification)
    stopping = recipe.early_stopping
    parts = split(panel, recipe.horizon, recipe.shortest, validated=stopping, stride=recipe.stride)
    check_length(parts, recipe.horizon, recipe.shortest, validated=stopping)
    return recipe, parts
