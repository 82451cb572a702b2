"""Estimate the size of a model file from the plan of its training, so that a disk can be refused before the work."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from forecaster.artifact.expected_arrays import types_and_shapes
from forecaster.forecasting.kept_rows import most_needed_rows
from forecaster.forecasting.uncertainty.calibration import MOST
from forecaster.series.split import MOST_ORIGINS

if TYPE_CHECKING:
    from forecaster.artifact.expected_arrays import Shape
    from forecaster.forecasting.plan import Plan

TEXT = 16_384
"""Bytes of what is neither an array nor about a single series: decisions with their reasons, options, verdict, scores
and the names of the arrays; models of one series hold 8 to 11 KB of it."""
TEXT_OF_SERIES = 16
"""Bytes of the name of a series in the file besides its letters."""


def estimate_file_size(plan: Plan) -> int:
    """Return the bytes that the model of a plan will take at most, about.

    All arrays count that one of its methods may need, because training chooses among these.
    """
    rows, recipe = plan.views.rows, plan.recipe
    effects = plan.views.effects.to_dict()
    meta = {
        "series": rows.ids,
        "recipe": vars(recipe),
        "network": asdict(recipe.architecture),
        "volatility_epochs": recipe.epochs if recipe.predicts_volatility else None,
        "blend": () if recipe.zero_shot else ("ridge",),
        "effects": effects,
    }
    largest = _largest_shapes(plan)
    arrays = 0
    for name, (dtype, shape) in types_and_shapes(meta).items():
        arrays += np.dtype(dtype).itemsize * prod(size or 0 for size in largest.get(name, shape))
    texts = [effects, *(calendar.to_dict() for calendar in dict.fromkeys(rows.calendars))]
    text = sum(len(json.dumps(each, default=str)) for each in texts) + sum(len(name.encode()) for name in rows.ids)
    return TEXT + TEXT_OF_SERIES * len(rows) + text + arrays


def _largest_shapes(plan: Plan) -> dict[str, Shape]:
    """Return the largest shapes of the arrays whose sizes follow from the result of the training alone."""
    rows, recipe = plan.views.rows, plan.recipe
    kept = int(np.minimum(rows.lengths, most_needed_rows(recipe)).sum())
    origins = MOST_ORIGINS * len(rows) if recipe.zero_shot else int(rows.lengths.sum())
    windows, h = min(MOST, origins), recipe.horizon
    shapes: dict[str, Shape] = {
        "held_out": (windows, h),
        "held_out_cutoff": (windows,),
        "earlier": (h, windows),
        "tail_ds": (kept,),
        "tail_values": (kept,),
    }
    if rows.covariates is not None:
        later = rows.covariates.known_values.shape[1] - int(rows.lengths.sum())
        shapes["tail_observed"] = len(recipe.observed), kept
        shapes["tail_known"] = len(recipe.known), kept + max(0, later)
    return shapes
