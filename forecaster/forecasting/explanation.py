"""A forecast split into what it is made of: level and trend, each season, the year, the month, named days, covariates.

The parts are (N, h) each, in units of the series, and their sum is the point forecast. Where effects are factors, each
one counts as what it adds to the parts before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.schedule import INTRADAY
from forecaster.calendars.units import DAY, WEEK
from forecaster.forecasting.effects.describe import names_of_days
from forecaster.series.scaling import RETURNS
from forecaster.series.usual_values import with_usual_known_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.effects.effects import Effects
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.series.panel import Panel

LEVEL_PART, SEASON_PART, COVARIATES_PART = "level", "season-{}", "covariates"
"""Names of the parts that are no effects of the calendar; a season carries the number of its steps."""


class Explanation(NamedTuple):
    """What a forecast is made of.

    Attributes:
        parts: The parts by name, (N, h) each; their sum is the forecast.
        named_days: Names of the named days of each step, (N, h), None where a step has none; None where no series has
            effects.

    """

    parts: dict[str, Floats]
    named_days: NDArray[Any] | None


def explain_forecast(fitted: FittedForecaster, panel: Panel, point: Floats, ds: NDArray[Any]) -> Explanation:
    """Return the parts of a forecast.

    The level is the centred moving mean, over the longest season, of the rows and the forecast without effects. What
    moving means over shorter seasons leave is the part of these seasons. Of prices, all is level. Known columns add
    what the forecast would not have if their values ahead were usual.

    Args:
        fitted: The forecaster.
        panel: The rows from whose end it forecast.
        point: The point forecast, (N, h).
        ds: Its time stamps, (N, h).

    """
    seasons = (
        [] if fitted.recipe.mode == RETURNS or fitted.recipe.irregular else seasons_of(panel, fitted.recipe.season)
    )
    usual = _forecast_usual_columns(fitted, panel, point.shape[1], seasons) if fitted.recipe.known else point
    read = fitted.read(panel)
    rows: list[dict[str, Floats]] = []
    for i, effects in enumerate(fitted.effects.series):
        history = read.values[read.slice(i)]
        base = usual[i] if effects is None else _without_effects(effects, history, usual[i], ds[i], [1, *seasons][-1])
        row = split_path(history, base, seasons)
        if fitted.effects.found:
            row |= _parts_of_effects(effects, base, ds[i])
        if fitted.recipe.known:
            row[COVARIATES_PART] = point[i] - usual[i]
        row[LEVEL_PART] = row[LEVEL_PART] + point[i] - np.sum(list(row.values()), axis=0)
        rows.append(row)
    parts = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return Explanation(parts, _named_days(fitted, ds) if fitted.effects.found else None)


def _forecast_usual_columns(fitted: FittedForecaster, panel: Panel, horizon: int, seasons: list[int]) -> Floats:
    """Return the point forecast, (N, h), of the same forecaster if the known columns ahead had their usual values.

    Only the rows that a model file keeps say what is usual, so that other rows before them change no explanation. There
    are no known columns where steps are unequal.
    """
    usual = with_usual_known_values(panel.tail(fitted.tail_rows), seasons)
    return fitted.predict(usual, horizon, levels=()).point


def _named_days(fitted: FittedForecaster, ds: NDArray[Any]) -> NDArray[Any]:
    """Return the names of the named days of each step, (N, h), None where a step has none."""
    names = np.full(ds.shape, None, object)
    for i, effects in enumerate(fitted.effects.series):
        if effects is not None:
            names[i] = names_of_days(effects, ds[i])
    return names


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


def _without_effects(effects: Effects, history: Floats, path: Floats, ds: NDArray[Any], week: int) -> Floats:
    """Return a path, (h,), without effects; a zero day has the value of `week` steps before."""
    values = np.concatenate([history, effects.remove(path, ds)])
    for step in (len(history) + np.flatnonzero(effects.is_zero_day(ds))).tolist():
        values[step] = values[max(step - week, 0)]
    return values[len(history) :]


def _parts_of_effects(effects: Effects | None, base: Floats, ds: NDArray[Any]) -> dict[str, Floats]:
    """Return what each kind of effect adds to a path, (h,), in units of the series."""
    if effects is None:
        return {name: np.zeros(len(base)) for name in ("year", "month", "holidays")}
    added, reached = {}, base
    for name, part in effects.parts(ds).items():
        added[name] = reached * np.expm1(part) if effects.log else part
        reached = reached + added[name]
    added["holidays"] = np.where(effects.is_zero_day(ds), added["holidays"] - reached, added["holidays"])
    return added
