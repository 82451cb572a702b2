"""Fit a forecaster that trains nothing: the pretrained network and Theta, in a blend that real series taught.

The forecast is judged at rolling origins: cutoffs in the latest rows of each series, from each of which it forecasts
without seeing what came after. All of them, and the forecasts themselves, are one batch of windows. How far the
network's quantiles reach follows `forecaster.forecasting.pretrained.priors`, and moves with the errors at the origins.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.blend import Blend, about_blend, clip_to_limits
from forecaster.forecasting.components import FittedComponents, Forecasts
from forecaster.forecasting.drawn import draw_windows
from forecaster.forecasting.far_values import has_far_values, without_slips
from forecaster.forecasting.fitted import FittedForecaster
from forecaster.forecasting.holdout import (
    PRETRAINED,
    IntervalInputs,
    baseline_scale,
    holdout_with_baselines,
    restore_holdout,
    scaled_errors,
)
from forecaster.forecasting.methods.baselines import THETA, slopes_of
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.forecasting.methods.reach import reach_of
from forecaster.forecasting.methods.theta import theta
from forecaster.forecasting.methods.window_sets import cut_windows, scaling_of
from forecaster.forecasting.pretrained.priors import theta_share
from forecaster.forecasting.uncertainty.calibration import HeldOutScores, calibrate, normal_scores
from forecaster.progress import CALIBRATING, report_part
from forecaster.series.split import rolling_distances
from forecaster.series.windows import Origins, at_steps, ends, judged_steps

if TYPE_CHECKING:
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.recipe import Recipe
    from forecaster.forecasting.views import Views
    from forecaster.series.panel import Panel

RANDOM_WALK = 0.5
"""Exponent by which errors grow with the horizon beyond the steps that the network answers: that of a random walk."""
LEAST_HISTORY = 2
"""Rows before the earliest origin at least."""


def fit_zero_shot(views: Views, recipe: Recipe) -> tuple[FittedForecaster, Holdout]:
    """Return the forecaster of a panel with nothing trained, and how it did at rolling origins.

    Forecasts of the next steps are known at once where those at the origins were made from the same values.

    Raises:
        ModelRefusedError: The package does not have the pretrained networks of the recipe.

    """
    panel = views.judged
    report_part(CALIBRATING, "forecasts of held-out rows")
    read = without_slips(panel, recipe.season)
    scaling, components = scaling_of(recipe, panel), FittedComponents((), None, None)
    judged = replace(recipe, horizon=_judged_steps(panel, recipe.horizon))
    chosen, at_end = rolling_origins(panel, judged.horizon), ends(panel.indptr)
    chosen = chosen.where_observed(panel.observed, judged.horizon)
    together = Origins(*(np.concatenate(pair) for pair in zip(chosen, at_end, strict=True)))
    windows = cut_windows(recipe, scaling, read, together)
    reach = reach_of(windows, read, recipe.horizon)
    points, quantiles = components.forecast(recipe, windows, read, RANDOM_WALK, reach=reach)
    points_of_theta = theta(read.values, windows.start, windows.last, recipe.horizon, recipe.season)
    offsets = quantiles[PRETRAINED]
    first, steps = slice(len(chosen.last)), slice(judged.horizon)
    known = Forecasts(*({name: each[first.stop :] for name, each in found.items()} for found in (points, quantiles)))
    windows = windows.take(np.arange(first.stop))
    judged_at = judged_steps(panel.observed, windows.last, judged.horizon)
    forecasts = {name: at_steps(each[first, steps], judged_at) for name, each in points.items()}
    offsets = at_steps(offsets[first, steps], judged_at)
    report_part(CALIBRATING, "blend")
    without_slip = at_steps(points_of_theta[first, steps], judged_at)
    same = {THETA: without_slip} if read is panel else {}
    holdout = holdout_with_baselines(panel, panel, judged, windows, forecasts, known=same)
    share = theta_share(recipe.season, int(np.median(panel.lengths)))
    blend = Blend({PRETRAINED: 1 - share, THETA: share})
    parts = holdout.forecasts | {THETA: without_slip}
    point = clip_to_limits(blend.mix(parts), panel.values[windows.last], scaling, windows.series)
    offsets = about_blend(offsets, point, holdout.forecasts[PRETRAINED], scaling.transform, windows.series)
    sample = HeldOutScores(normal_scores(scaled_errors(panel, windows, point), offsets), -holdout.distance)
    report_part(CALIBRATING, "intervals")
    drawn = draw_windows(panel, recipe, Origins(windows.series, windows.last), point)
    holdout = holdout.delivered(drawn.points(point), drawn.mean_square)
    fitted = FittedForecaster(
        recipe=recipe,
        scaling=scaling if views.final is panel else scaling_of(recipe, views.final),
        members=(),
        components=components,
        blend=blend,
        slope=slopes_of(views.final),
        horizon_exponent=RANDOM_WALK,
        end=panel.ds[panel.last],
        calibration=calibrate(drawn.others(sample), None),
        drawn=drawn.kinds,
        effects=views.effects,
        trained_series=len(panel),
    )
    if views.final is views.judged and not has_far_values(panel, drawn.kinds == NONE):
        if panel.lengths.max() <= fitted.tail_rows:  # Theta sees as many rows as it will
            known.points[THETA] = points_of_theta[first.stop :]
        fitted = replace(fitted, at_end=known)
    report_part(CALIBRATING, "scores")
    ahead = windows.lead_times_of(slice(None), judged.horizon)
    scale = baseline_scale(panel, panel, windows)
    inputs = IntervalInputs(
        offsets,
        sample,
        None,
        scaling.transform,
        scale,
        ahead,
        pools_steps=False,
        reach=reach.take(np.arange(first.stop)).until(judged.horizon),
        drawn=drawn.forecasts,
    )
    return fitted, restore_holdout(replace(holdout, interval_inputs=inputs), views, windows, recipe.season)


def _judged_steps(panel: Panel, horizon: int) -> int:
    """Return the steps that forecasts are judged on: the horizon, or half of the longest series."""
    return max(1, min(horizon, int(panel.lengths.max()) // 2))


def rolling_origins(panel: Panel, horizon: int) -> Origins:
    """Return the windows at the origins of each series, oldest first: the latest with `horizon` steps after them.

    They are a quarter of the horizon apart, so that the usual number reaches back over two horizons and more.
    """
    back = rolling_distances(horizon, len(panel))
    rows = panel.lengths[:, None] - back
    series, number = np.nonzero(rows >= LEAST_HISTORY)
    return Origins(series, panel.indptr[series] + rows[series, number] - 1)
