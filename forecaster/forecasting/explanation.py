"""A forecast split into what it is made of: level and trend, each season, the year, the month and named days.

The parts are (N, h) each, in units of the series, and their sum is the point forecast. Where effects are factors, each
one counts as what it adds to the parts before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.schedule import INTRADAY
from forecaster.calendars.units import DAY, WEEK
from forecaster.series.scaling import RETURNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.effects.effects import Effects
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.series.panel import Panel

LEVEL_PART, SEASON_PART = "level", "season-{}"
"""Names of the parts of a forecast without its effects; a season carries the number of its steps."""


def explain_forecast(fitted: FittedForecaster, panel: Panel, point: Floats, ds: NDArray[Any]) -> dict[str, Floats]:
    """Return the parts of a forecast by name, (N, h) each.

    The level is the centred moving mean, over the longest season, of the rows and the forecast without effects. What
    moving means over shorter seasons leave is the part of these seasons. Of prices, all is level.

    Args:
        fitted: The forecaster.
        panel: The rows from whose end it forecast.
        point: The point forecast, (N, h).
        ds: Its time stamps, (N, h).

    """
    seasons = (
        [] if fitted.recipe.mode == RETURNS or fitted.recipe.irregular else seasons_of(panel, fitted.recipe.season)
    )
    read = fitted.read(panel)
    rows: list[dict[str, Floats]] = []
    for i, effects in enumerate(fitted.effects.series):
        base = point[i] if effects is None else effects.remove(point[i], ds[i])
        rows.append(split_path(read.values[read.slice(i)], base, seasons))
        if fitted.effects.found:
            rows[-1] |= _parts_of_effects(effects, base, ds[i])
        rows[-1][LEVEL_PART] = rows[-1][LEVEL_PART] + point[i] - np.sum(list(rows[-1].values()), axis=0)
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def seasons_of(panel: Panel, season: int) -> list[int]:
    """Return the steps of each season, the shortest first: those of the recipe, and a week of a day's steps."""
    steps = [season] if season > 1 else []
    calendar = panel.calendars[0]
    if calendar.kind == INTRADAY and season * calendar.step == DAY:
        steps.append(season * WEEK // DAY)
    return steps


def split_path(history: Floats, path: Floats, seasons: list[int]) -> dict[str, Floats]:
    """Return the level of a path, (h,), that follows a history, (n,), and the part of each season.

    A season that is longer than the history has no part of its own.
    """
    parts: dict[str, Floats] = {}
    rest = np.concatenate([history, path])
    for steps in seasons:
        name = SEASON_PART.format(steps)
        if len(history) < 2 * steps:
            parts[name] = np.zeros(len(path))
            continue
        smooth = _moving_mean(rest, steps)
        parts[name] = (rest - smooth)[len(history) :]
        rest = smooth
    return {LEVEL_PART: rest[len(history) :], **parts}


def _moving_mean(values: Floats, steps: int) -> Floats:
    """Return the centred moving mean over a season, (n,); beyond both ends the season is repeated with its trend.

    An even number of steps has half a step at each end. There are at least two seasons.
    """
    half, count = steps // 2, len(values)
    first, second = values[:steps].mean(), values[steps : 2 * steps].mean()
    before, last = values[count - 2 * steps : count - steps].mean(), values[count - steps :].mean()
    ahead = values[count - steps : count - steps + half] + last - before
    behind = values[steps - half : steps] + first - second
    weights = np.ones(2 * half + 1) / steps
    if steps % 2 == 0:
        weights[[0, -1]] /= 2
    mean: Floats = np.convolve(np.concatenate([behind, values, ahead]), weights, mode="valid")
    return mean


def _parts_of_effects(effects: Effects | None, base: Floats, ds: NDArray[Any]) -> dict[str, Floats]:
    """Return what each kind of effect adds to a path, (h,), in units of the series."""
    if effects is None:
        return {name: np.zeros(len(base)) for name in ("year", "month", "holidays")}
    added, reached = {}, base
    for name, part in effects.parts(ds).items():
        added[name] = reached * np.expm1(part) if effects.log else part
        reached = reached + added[name]
    return added
