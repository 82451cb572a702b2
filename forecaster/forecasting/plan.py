"""The plan of a training: which series are long enough, the recipe for them, and how their rows are divided.

A plan is made once and handed on: a dry run and a check stop after it, training follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import AllSeriesFailedError, Code, InputRefusedError, Place
from forecaster.forecasting.defaults.derive import derive
from forecaster.forecasting.defaults.method_choice import FEWEST_ROWS, wants_own_network
from forecaster.forecasting.methods.training_session import TimeLimit
from forecaster.series.split import check_length, split_panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.forecasting.recipe import Recipe
    from forecaster.forecasting.views import Views
    from forecaster.series.panel import Panel
    from forecaster.series.split import Split
    from forecaster.spec import Specification

SHORTEST_TRAINED = 8
"""Rows that a series needs to be trained on: with fewer there is hardly a window in each part of the split."""


@dataclass(frozen=True)
class Plan:
    """What is decided before training.

    Attributes:
        views: The series, and what methods read of them.
        recipe: The recipe for them.
        split: How their rows are divided, with a window in each part; None where nothing is trained.
        time_limit: How long the work may take; None for as long as it takes.

    """

    views: Views
    recipe: Recipe
    split: Split | None
    time_limit: TimeLimit | None = None

    @property
    def panel(self) -> Panel:
        """What methods read that are judged by held-out rows."""
        return self.views.judged

    @property
    def parts(self) -> Split:
        """The split of a plan that trains.

        Raises:
            ValueError: Nothing is trained.

        """
        if self.split is None:
            raise ValueError("nothing is trained, so the rows are not divided")
        return self.split


def make_plan(
    panel: Panel, requested: Specification, began: float | None = None, *, learn_effects: bool = True
) -> Plan:
    """Derive the recipe for a panel and split its rows.

    A time limit counts from when the work `began`, by `perf_counter`; from now if it is None. A plan that is not
    trained needs no effects of the calendar, which take long to learn.

    Raises:
        InputRefusedError: The series are too short for a window in each part.
        UsageError: What is requested contradicts itself or does not fit the data.

    """
    began = perf_counter() if began is None else began
    limit = TimeLimit(requested.time_limit, began) if requested.time_limit else None
    recipe, views = derive(panel, requested, learn_effects=learn_effects)
    if recipe.zero_shot:
        return Plan(views.without_covariates(), recipe, None, limit)
    stopping = recipe.early_stopping
    parts = split_panel(views.judged, recipe.horizon, recipe.shortest_window, validated=stopping, stride=recipe.stride)
    check_length(parts, recipe.horizon, recipe.shortest_window, validated=stopping)
    return Plan(views, recipe, parts, limit)


def shortest_series(requested: Specification) -> int:
    """Return the rows that a series needs at least to be forecast at all, with what the user requested."""
    trains = requested.zero_shot is False or wants_own_network(requested)
    return SHORTEST_TRAINED if trains else FEWEST_ROWS


def long_enough(panel: Panel, files: Mapping[str, str], rows: int, remedy: str) -> tuple[Panel, dict[str, str]]:
    """Return the series of at least `rows` rows, and the reason why each other one failed.

    An error names the file of the series, from `files` by name, and the remedy.

    Raises:
        InputRefusedError: There is one series, and it is shorter.
        AllSeriesFailedError: There are several, and all are shorter.

    """
    long, short = np.flatnonzero(panel.lengths >= rows), np.flatnonzero(panel.lengths < rows)
    failed = {panel.ids[i]: f"too few rows: have {panel.lengths[i]}, need {rows}" for i in short}
    if len(panel) == 1 and failed:
        raise InputRefusedError(failed[panel.ids[0]], remedy, Place(files[panel.ids[0]]), code=Code.SHORT)
    if not len(long):
        what = f"none of the {len(panel)} series has the {rows} rows that are needed"
        raise AllSeriesFailedError(what, remedy, code=Code.SHORT)
    return (panel.take(long.tolist()) if failed else panel), failed
