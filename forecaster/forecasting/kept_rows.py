"""How many rows at the end of a series a forecaster needs, so that a model file keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.forecasting.methods.level_windows import longest_history
from forecaster.forecasting.methods.own_past import LONGEST
from forecaster.forecasting.methods.theta import longest_window
from forecaster.forecasting.prices.features import MEMORY
from forecaster.series.imputation import SEASONS
from forecaster.series.scaling import scaled_steps

if TYPE_CHECKING:
    from forecaster.forecasting.recipe import Recipe


def needed_rows(recipe: Recipe, *, theta: bool, drawn: bool, volatility: bool) -> int:
    """Return the rows at the end of a series that a forecast needs.

    Args:
        recipe: The recipe of the forecaster.
        theta: Whether the Theta method is part of the forecast.
        drawn: Whether a series is drawn from its past.
        volatility: Whether a network predicts volatility.

    """
    levels = longest_history(recipe.season) if recipe.pretrained else 0
    levels = max(levels, LONGEST) if drawn else levels
    if recipe.zero_shot:
        return levels + rows_around_holes(recipe)
    rows = max(scaled_steps(recipe.mode, recipe.lookback) + 1, recipe.season, levels)
    rows = max(rows, longest_window(recipe.season)) if theta else rows
    rows = max(rows, MEMORY + 1) if volatility else rows
    return rows + rows_around_holes(recipe) + recipe.stride - 1


def most_needed_rows(recipe: Recipe) -> int:
    """Return the most rows that a forecast may need, before training has chosen its methods."""
    return needed_rows(recipe, theta=True, drawn=recipe.bootstrap, volatility=recipe.predicts_volatility)


def rows_around_holes(recipe: Recipe) -> int:
    """Return the rows before those that a forecast reads which say what fills their holes."""
    return SEASONS * recipe.season if recipe.reads_every_step else 0
