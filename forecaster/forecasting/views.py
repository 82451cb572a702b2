"""What methods read of a panel: a value on each step of the calendars, without the effects of the year and its days.

Effects are learned twice: from the rows before those that judge forecasts, and from all of them. Forecasts get the
effects of their own dates back. Of prices, and where steps are unequal, methods read the rows as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.forecasting.effects.panel_effects import fit_effects_of_panel, listed_days, no_effects
from forecaster.series.grid_steps import on_every_step, steps_to
from forecaster.series.known_values import check_known_covariates
from forecaster.series.split import held_out_rows, rolling_distances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.effects.panel_effects import PanelEffects
    from forecaster.forecasting.method import Forecast
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel


FEW_HELD_OUT = 0.1
"""Share of the rows up to which held-out ones add so little to effects that these are learned once, without them. A
panel of many series holds out few rows of each, and learning twice would take twice as long. Chosen by hand."""


@dataclass(frozen=True)
class Views:
    """A panel as methods read it.

    Attributes:
        rows: Its rows as they are.
        steps: A row on each step of the calendars, where a season counts steps; else the rows.
        judged: The steps without the effects that rows before the held-out ones show.
        final: The steps without the effects that all rows show.
        judged_effects, effects: These effects.

    """

    rows: Panel
    steps: Panel
    judged: Panel
    final: Panel
    judged_effects: PanelEffects
    effects: PanelEffects

    def without_covariates(self) -> Views:
        """Return the views of the panel without its covariates."""
        names = ("rows", "steps", "judged", "final")
        return replace(self, **{name: replace(getattr(self, name), covariates=None) for name in names})


def read_panel(rows: Panel, recipe: Recipe, effects: PanelEffects) -> Panel:
    """Return a panel as the methods of a recipe read it, with effects that were learned before."""
    return effects.remove(on_every_step(rows, recipe.season)) if recipe.reads_every_step else rows


def requested_steps(panel: Panel, recipe: Recipe, horizon: int, ds: NDArray[Any] | None) -> Ints | None:
    """Return which steps after the rows of a panel are requested, (N, horizon), counted from 0.

    They are those of the time stamps `ds`, (N, horizon), or of the next rows. Where methods read rows, there are none.

    Raises:
        InputRefusedError: A known covariate does not reach as far.

    """
    if not recipe.irregular:
        check_known_covariates(panel, horizon)
    if not recipe.reads_every_step:
        return None
    return steps_to(panel, panel.future(horizon) if ds is None else ds) - 1


def restore_forecast(forecast: Forecast, effects: PanelEffects, recipe: Recipe, ds: NDArray[Any]) -> Forecast:
    """Return a forecast of rows at `ds`, (N, h), with their effects, within the limits of all values.

    Intervals become wider on named days, which vary more than others.
    """
    if not effects.found:
        return forecast
    point = effects.restore(forecast.point, ds)

    def restore_ends(ends: dict[int | float, Floats]) -> dict[int | float, Floats]:
        restored = {level: effects.restore(each, ds) for level, each in ends.items()}
        return {level: recipe.limits.clip(effects.widen(each, point, ds, level)) for level, each in restored.items()}

    low, high = restore_ends(forecast.low), restore_ends(forecast.high)
    return replace(forecast, point=recipe.limits.clip(point), low=low, high=high)


def restore_paths(
    paths: Floats, effects: PanelEffects, recipe: Recipe, ds: NDArray[Any], rngs: Sequence[np.random.Generator]
) -> Floats:
    """Return sample paths of rows at `ds`, (count, N, h), with their effects, within the limits of all values."""
    if not effects.found:
        return paths
    return recipe.limits.clip(effects.restore_paths(paths.swapaxes(0, 1), ds, rngs).swapaxes(0, 1))


def plain_view(rows: Panel) -> Views:
    """Return the view of methods that read rows as they are."""
    none = no_effects(len(rows))
    return Views(rows, rows, rows, rows, none, none)


def steps_alone(rows: Panel, season: int) -> Views:
    """Return the view of methods that count steps, `season` in a season, without any effects."""
    steps, none = on_every_step(rows, season), no_effects(len(rows))
    return Views(rows, steps, steps, steps, none, none)


def view_of_steps(rows: Panel, season: int, horizon: int, drawn: Bools, holidays: str) -> Views:
    """Return the view of methods that count steps.

    Args:
        rows: The panel.
        season: Steps in a season.
        horizon: Steps that are forecast at once.
        drawn: Which series are drawn from their past, (N,): they have no effects, as their values come again.
        holidays: Codes of countries whose holidays have effects; empty for those that the rows show.

    Raises:
        UsageError: The holidays of a country cannot be had.

    """
    steps = on_every_step(rows, season)
    listed = listed_days(holidays or None, steps)
    held_out = _rows_that_judge(steps.lengths, horizon, season)
    judged = fit_effects_of_panel(steps.head(held_out), skipped=drawn, listed=listed)
    few = (held_out <= FEW_HELD_OUT * steps.lengths).all()
    effects = judged if few else fit_effects_of_panel(steps, skipped=drawn, listed=listed)
    if not (effects.found or judged.found):
        return Views(rows, steps, steps, steps, effects, effects)
    view = judged.remove(steps)
    return Views(rows, steps, view, view if few else effects.remove(steps), judged, effects)


def effects_of_each_series(steps: Panel, season: int, horizon: int, drawn: Bools, holidays: str) -> PanelEffects:
    """Return the effects on each series of a panel of steps, learned as if the series were the only one.

    The arguments are those of `view_of_steps`.
    """
    held_out = np.concatenate([_rows_that_judge(each, horizon, season) for each in steps.lengths[:, None]])
    few = held_out <= FEW_HELD_OUT * steps.lengths
    rows = steps.head(np.where(few, held_out, 0))
    return fit_effects_of_panel(rows, skipped=drawn, listed=listed_days(holidays or None, steps))


def _rows_that_judge(lengths: Ints, horizon: int, season: int) -> Ints:
    """Return how many rows at the end of series of these lengths judge forecasts at most, (N,), whatever the method."""
    of_split = -(-held_out_rows(lengths, horizon) // season) * season
    return np.minimum(np.maximum(of_split, int(rolling_distances(horizon, len(lengths))[0])), lengths - 1)
