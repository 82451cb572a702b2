"""The limits of values, as the user and the rows say them: `--min` and `--max`, and 0 and 1 of shares.

A limit that the user gave holds, and rows outside are refused. Limits that training found in its rows are given up when
newer rows lie outside.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, InputRefusedError, Place
from forecaster.series.limits import Limits, limits_between, number_as_typed
from forecaster.text import shown

if TYPE_CHECKING:
    from forecaster.artifact.model import Model
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.spec import Specification


def requested_limits(requested: Specification) -> Limits:
    """Return the limits that the user gave.

    Raises:
        UsageError: The least value is not below the largest.

    """
    return limits_between(requested.minimum, requested.maximum)


def share_findings(recipe: Recipe, requested: Specification) -> tuple[Finding, ...]:
    """Return a finding where forecasts are not above 1 because no value is."""
    if recipe.maximum is None or requested.maximum is not None:
        return ()
    what = "all values lie between 0 and 1, so forecasts stay there"
    return (Finding(Code.SHARES, f"{what}: use --max inf if larger values can come"),)


def with_requested_limits(model: Model, minimum: float | None, maximum: float | None) -> Model:
    """Return a model with the limits that the user gives in place of its own; None leaves one as it is.

    Raises:
        UsageError: The least value is not below the largest.
        InputRefusedError: The model keeps a row outside.

    """
    if minimum is None and maximum is None:
        return model
    recipe, trained = model.fitted.recipe, model.specification
    limits = limits_between(
        recipe.minimum if minimum is None else minimum, recipe.maximum if maximum is None else maximum
    )
    kept = model.tail.values
    if limits.outside(kept).any():
        low, high = number_as_typed(kept.min()), number_as_typed(kept.max())
        what = f"the model keeps values from {low} to {high}, and some lie outside --min and --max"
        raise InputRefusedError(what, f"use --min {low} --max {high}, or wider limits", code=Code.OUTSIDE)
    specification = replace(
        trained,
        minimum=trained.minimum if minimum is None else minimum,
        maximum=trained.maximum if maximum is None else maximum,
    )
    return replace(model, specification=specification, fitted=model.fitted.with_limits(limits))


def without_refuted_limits(model: Model, newer: Panel) -> tuple[Model, tuple[Finding, ...]]:
    """Return a model without the limits of shares if newer rows show that the series are none, and a finding on it."""
    recipe, requested = model.fitted.recipe, model.specification
    of_shares = limits_between(
        recipe.minimum if requested.minimum is None else None, recipe.maximum if requested.maximum is None else None
    )
    rows = np.flatnonzero(of_shares.outside(newer.values))
    if not len(rows):
        return model, ()
    row = int(rows[0])
    value = f"the value {number_as_typed(newer.values[row])} at {write_time(newer.ds[row])}"
    what = f"{value} is not a share, so forecasts no longer stay between 0 and 1"
    place = Place(series=shown(newer.ids[newer.series[row]]))
    fitted = model.fitted.with_limits(requested_limits(requested))
    return replace(model, fitted=fitted), (Finding(Code.SHARES, what, place),)
