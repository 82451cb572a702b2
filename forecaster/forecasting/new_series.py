"""Give a fitted forecaster series that its training did not see: they are scaled by their own rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import InputRefusedError, Place
from forecaster.forecasting.drawn import drawn_candidates
from forecaster.forecasting.effects.panel_effects import no_effects
from forecaster.forecasting.methods.baselines import slopes_of
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.forecasting.methods.window_sets import scaling_of
from forecaster.forecasting.prices.volatility import with_moves_of
from forecaster.forecasting.views import effects_of_each_series, view_of_steps
from forecaster.forecasting.zero_shot import fit_zero_shot
from forecaster.series.grid_steps import on_every_step
from forecaster.series.scaling import join_scalings
from forecaster.series.transforms import fit_relative_transform

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.series.panel import Panel
    from forecaster.series.scaling import Scaling


def for_series(fitted: FittedForecaster, panel: Panel) -> FittedForecaster:
    """Return the forecaster of the series of `panel` in place of those that it was fitted to.

    What was trained, the blend and the calibration stay, and each series is scaled by its own rows alone; where nothing
    was trained, all of it follows from the rows of the panel.

    Raises:
        InputRefusedError: The forecaster is for prices, and a value is not one.

    """
    recipe = fitted.recipe
    drawn = drawn_candidates(panel, recipe)
    if recipe.zero_shot:
        return fit_zero_shot(
            view_of_steps(panel, recipe.season, recipe.horizon, drawn != NONE, recipe.holidays), recipe
        )[0]
    return replace(_scaled_by_rows(fitted, panel, drawn), drawn=drawn)


def for_latest_rows(fitted: FittedForecaster, panel: Panel) -> FittedForecaster:
    """Return a forecaster with nothing trained for the latest rows of its series, which are those of `panel`.

    The calibration of several series is the one that all of them had when the model was made. Otherwise the interval of
    a series would depend on which of the others have newer rows. A single series is calibrated by its latest rows.
    """
    if fitted.trained_series == 1:
        return for_series(fitted, panel)
    return _scaled_by_rows(fitted, panel, fitted.drawn)


def _scaled_by_rows(fitted: FittedForecaster, panel: Panel, drawn: Ints) -> FittedForecaster:
    """Return a forecaster whose series are scaled by the rows of `panel`, each by its own."""
    recipe, effects = fitted.recipe, no_effects(len(panel))
    if recipe.predicts_volatility and (panel.values <= 0).any():
        bad = int(np.flatnonzero(panel.values <= 0)[0])
        series = panel.ids[int(np.searchsorted(panel.indptr, bad, side="right")) - 1]
        what = f"the value {panel.values[bad]:g} is not a price"
        raise InputRefusedError(what, "train a model on these rows", Place(series=series))
    if recipe.reads_every_step:
        steps = on_every_step(panel, recipe.season)
        effects = effects_of_each_series(steps, recipe.season, recipe.horizon, drawn != NONE, recipe.holidays)
        panel = effects.remove(steps)
    components, volatility = fitted.components, fitted.components.volatility
    if volatility is not None:
        components = replace(components, volatility=with_moves_of(volatility, panel))
    if components.levels is not None:
        components = replace(components, levels=replace(components.levels, transform=fit_relative_transform(panel)))
    return replace(
        fitted,
        scaling=_scaling_of_new_series(fitted, panel),
        components=components,
        slope=slopes_of(panel),
        effects=effects,
        end=panel.ds[panel.last],
    )


def _scaling_of_new_series(fitted: FittedForecaster, panel: Panel) -> Scaling:
    """Return the scaling that the rows of new series show; static columns keep the one that all series share."""
    scaling = join_scalings([scaling_of(fitted.recipe, panel.take([i])) for i in range(len(panel))])
    names = panel.covariates.observed + panel.covariates.known if panel.covariates else ()
    static = panel.covariates.static if panel.covariates else ()
    columns = tuple(
        trained.take([0] * len(panel)) if name in static else own
        for name, trained, own in zip(names, fitted.scaling.columns, scaling.columns, strict=True)
    )
    return replace(scaling, usual=fitted.scaling.usual, columns=columns)
