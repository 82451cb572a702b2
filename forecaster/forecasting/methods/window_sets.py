"""The windows that a fit needs, each scaled by the rows that it may know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import InputRefusedError
from forecaster.forecasting.methods.network_windows import NetworkWindows
from forecaster.series.covariate_windows import covariate_windows
from forecaster.series.elapsed import elapsed
from forecaster.series.scaling import USUAL, Scaling, fit_covariate_scalings, fit_scaling
from forecaster.series.windows import Origins, Windows, make_windows, origins
from forecaster.text import shown

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.split import Split

VALIDATED = 2000
"""Validation windows at most, evenly spread: more would only take longer."""


CALIBRATED = 5000
"""Calibration windows at most, the latest cutoffs of every series."""


@dataclass(frozen=True)
class WindowSets:
    """The windows of a fit, each scaled by the rows that it may know.

    Attributes:
        training: Windows of the training rows, and
        validation: windows behind them, scaled by the training rows; both None where nothing stops training early.
        earlier: Windows of the training and validation rows together.
        calibration: Windows behind those, scaled by the training and validation rows.
        everything: All windows.
        ids: Names of the series.

    """

    training: Windows | None
    validation: Windows | None
    earlier: Windows
    calibration: Windows
    everything: Windows
    ids: tuple[str, ...]


def window_sets(panel: Panel, parts: Split, recipe: Recipe) -> WindowSets:
    """Cut the windows of a fit."""
    first, second = parts.training.panel, parts.validation.panel
    latest = _latest(parts.calibration.origins, panel, recipe)
    training = validation = None
    if recipe.early_stopping:
        training = _cut(recipe, first, first, _for_training(recipe, first))
        validation = _cut(recipe, first, second, parts.validation.origins).subsample(VALIDATED)
    return WindowSets(
        training=training,
        validation=validation,
        earlier=_cut(recipe, second, second, _for_training(recipe, second)),
        calibration=_cut(recipe, second, panel, latest),
        everything=_cut(recipe, panel, panel, _for_training(recipe, panel)),
        ids=panel.ids,
    )


def _cut(recipe: Recipe, known: Panel, seen: Panel, chosen: Origins) -> Windows:
    """Return windows of the rows `seen`, scaled by what is `known`."""
    return cut_windows(recipe, scaling_of(recipe, known), seen, chosen)


def scaling_of(recipe: Recipe, known: Panel) -> Scaling:
    """Learn how values and the columns beside them are scaled from all rows of a panel."""
    scaling = fit_scaling(known, recipe.mode, log=recipe.log, anchored_at_start=recipe.anchored_at_start)
    return replace(scaling, columns=fit_covariate_scalings(known, log=recipe.log))


def cut_windows(  # noqa: PLR0913 - what windows are made of
    recipe: Recipe,
    scaling: Scaling,
    panel: Panel,
    chosen: Origins,
    *,
    lead_times: Floats | None = None,
    hold_last: bool = True,
) -> Windows:
    """Return the chosen windows of a panel with its covariates; `hold_last` as in `covariate_windows`.

    `lead_times` as in `Windows`.

    Raises:
        InputRefusedError: The panel has other columns than the recipe was made for.

    """
    _check_columns(recipe, panel)
    x = scaling.transform.forward(panel.values, panel.series)
    windows = make_windows(x, panel.indptr, scaling, recipe.lookback, chosen, elapsed(panel), lead_times)
    covariates = covariate_windows(panel, scaling.columns, recipe.calendar, recipe.horizon, hold_last=hold_last)
    return replace(windows, covariates=covariates)


def _check_columns(recipe: Recipe, panel: Panel) -> None:
    """Refuse a panel whose columns beside the target are not those of the recipe."""
    covariates = panel.covariates
    if (covariates.observed + covariates.known if covariates else ()) == recipe.observed + recipe.known:
        return
    trained, given = (
        f"the columns {', '.join(map(shown, names))}" if names else "no columns"
        for names in (recipe.observed + recipe.known, covariates.observed + covariates.known if covariates else ())
    )
    what = f"the model was trained with {trained} beside the target, the rows have {given}"
    raise InputRefusedError(what, "name the columns of training with --observed and --known")


def _for_training(recipe: Recipe, panel: Panel) -> Origins:
    """Return the windows of a panel to train on: those that begin to forecast in its latest rows."""
    first = np.maximum(0, panel.lengths - recipe.recent_rows)
    return origins(panel.indptr, recipe.targets, shortest=recipe.shortest, first=first, stride=recipe.stride)


def _latest(chosen: Origins, panel: Panel, recipe: Recipe) -> Origins:
    """Return about `CALIBRATED` windows, those at the latest cutoffs of every series."""
    series, last = chosen
    cutoffs = max(1, CALIBRATED // len(panel))
    kept = panel.last[series] - last < recipe.horizon + recipe.stride * cutoffs
    return Origins(series[kept], last[kept])


def member_view(number: int, windows: Windows, recipe: Recipe) -> NetworkWindows:
    """Return the windows as network `number` reads them; of each four networks, no two read them alike.

    Two read the relative scale of a window, and windows of a large scale count more in their training. Two scale a
    window by the geometric mean of its own scale and that of its series, so a quiet window stays smaller than a lively
    one.
    """
    if not recipe.varied:
        return NetworkWindows(windows)
    scale_feature, halfway = number % 4 in {0, 3}, number % 4 in {1, 3}
    if halfway:
        windows = replace(windows, scale=np.sqrt(windows.scale * USUAL * windows.scaling.spread[windows.series]))
    return NetworkWindows(windows, scale_feature)
