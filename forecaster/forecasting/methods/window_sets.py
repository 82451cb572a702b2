"""The windows that training needs, each set scaled by rows that it may use.

Windows are cut from panels that end where a part of the split ends, so no window sees further than it may.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import InputRefusedError
from forecaster.forecasting.methods.network_windows import NetworkWindows
from forecaster.forecasting.methods.theta import longest_window
from forecaster.series.covariate_windows import covariate_windows
from forecaster.series.elapsed import elapsed
from forecaster.series.scaling import USUAL, Scaling, fit_covariate_scalings, fit_relative_scaling, fit_scaling
from forecaster.series.windows import Origins, Windows, ends, make_windows, origins
from forecaster.text import shown

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.forecasting.recipe import Recipe
    from forecaster.forecasting.views import Views
    from forecaster.series.panel import Panel
    from forecaster.series.split import Split

VALIDATED = 2000
"""Validation windows at most, evenly spread: more would only take longer, after every epoch."""
CALIBRATED, CALIBRATED_PRETRAINED = 5000, 2000
"""Calibration windows at most, about, the latest of every series: more would change blend and intervals little. Where
pretrained networks forecast them, which takes them ten times as long as others, they are fewer."""
CALIBRATED_VALUES, FORECAST_VALUES, FEWEST_CALIBRATED = CALIBRATED * 1008, 3, 100
"""Values of all calibration windows together at most, so that seasons up to six weeks of hours have all the windows;
values that each step of a forecast counts as, because it has eleven quantiles; and windows at least, which intervals at
95 % need. Chosen by hand: forecasts by Theta from such values take about two seconds."""
TRAINED_VALUES, FEWEST_TRAINED = 50_000_000, 500
"""Values of all training windows together at most, and windows of each series that there are in any case, about three
weeks of hours. Windows overlap, and updates see a part of them anyway. Chosen by hand: the scales of 50 million
values take about a second."""


@dataclass(frozen=True)
class WindowSets:
    """The windows for training, validation, calibration and the final training, and the names of the series.

    `training` and `validation`, scaled by the training rows, are None without early stopping; `earlier` are the windows
    of both parts together, which scale `calibration`; `everything` are the windows of all rows.
    """

    training: Windows | None
    validation: Windows | None
    earlier: Windows
    calibration: Windows
    everything: Windows
    ids: tuple[str, ...]


def window_sets(views: Views, parts: Split, recipe: Recipe) -> WindowSets:
    """Cut the sets of windows of what methods read of a panel, and its split."""
    panel, final = views.judged, views.final
    training_rows, earlier_rows = parts.training.panel, parts.validation.panel
    latest = _latest_cutoffs(parts.calibration.origins, panel, recipe)
    training = validation = None
    if recipe.early_stopping:
        training = _cut_scaled(recipe, training_rows, training_rows, training_origins(recipe, training_rows))
        validation = _cut_scaled(recipe, training_rows, earlier_rows, parts.validation.origins).subsample(VALIDATED)
    return WindowSets(
        training=training,
        validation=validation,
        earlier=_cut_scaled(recipe, earlier_rows, earlier_rows, training_origins(recipe, earlier_rows)),
        calibration=_cut_scaled(recipe, earlier_rows, panel, latest),
        everything=_cut_scaled(recipe, final, final, training_origins(recipe, final)),
        ids=panel.ids,
    )


def _cut_scaled(recipe: Recipe, scaled_by: Panel, panel: Panel, chosen: Origins) -> Windows:
    """Return the chosen windows of a panel, with the scaling of the rows `scaled_by`."""
    return cut_windows(recipe, scaling_of(recipe, scaled_by), panel, chosen)


def scaling_of(recipe: Recipe, panel: Panel) -> Scaling:
    """Fit the scaling of values and covariates to all rows of a panel."""
    if recipe.pretrained and not recipe.members:
        return fit_relative_scaling(panel).with_limits(recipe.limits)
    scaling = fit_scaling(panel, recipe.mode, log=recipe.log, anchored_at_start=recipe.anchored_at_start)
    return replace(scaling, columns=fit_covariate_scalings(panel, log=recipe.log)).with_limits(recipe.limits)


def cut_windows(  # noqa: PLR0913 - what windows are made of
    recipe: Recipe,
    scaling: Scaling,
    panel: Panel,
    chosen: Origins,
    *,
    lead_times: Floats | None = None,
    hold_last: bool = True,
) -> Windows:
    """Return the chosen windows of a panel with its covariates; see `covariate_windows` and `Windows` for the options.

    Raises:
        InputRefusedError: The panel has other columns than the recipe was made for.

    """
    if recipe.zero_shot and panel.covariates:
        panel = replace(panel, covariates=None)
    _check_columns(recipe, panel)
    x = scaling.transform.forward(panel.values, panel.series)
    windows = make_windows(x, panel.indptr, scaling, recipe.lookback, chosen, elapsed(panel), lead_times)
    covariates = covariate_windows(panel, scaling.columns, recipe.calendar, recipe.horizon, hold_last=hold_last)
    return replace(windows, covariates=covariates)


def _check_columns(recipe: Recipe, panel: Panel) -> None:
    """Refuse a panel whose covariates are not those of the recipe."""
    covariates, names = panel.covariates, recipe.observed + recipe.known
    given = covariates.observed + covariates.known if covariates else ()
    if given == names:
        return
    trained, found = (f"the columns {', '.join(map(shown, each))}" if each else "no columns" for each in (names, given))
    what = f"the model was trained with {trained} and the target, but the rows have {found}"
    raise InputRefusedError(what, "name the columns of training with --observed and --known")


def training_origins(recipe: Recipe, panel: Panel) -> Origins:
    """Return the windows of a panel to train on: those that begin to forecast in its latest rows.

    Of a few series with long windows it is a part of them, evenly spread. Where no network reads them, it is the window
    at the end of each series, which the scaling needs.
    """
    if recipe.tunes_only:
        return ends(panel.indptr)
    first, shortest = np.maximum(0, panel.lengths - recipe.recent_rows), recipe.shortest_window
    chosen = origins(panel.indptr, recipe.targets_needed, shortest=shortest, first=first, stride=recipe.stride)
    return chosen.subsample(max(FEWEST_TRAINED * len(panel), TRAINED_VALUES // recipe.lookback))


def _latest_cutoffs(chosen: Origins, panel: Panel, recipe: Recipe) -> Origins:
    """Return about `CALIBRATED` windows, those at the latest cutoffs of every series, or every k-th of these.

    Where pretrained networks forecast them, which takes long, some of very many series have none.
    """
    series, last = chosen
    # cutoffs by number, the latest is 0
    number = (panel.last[series] - last - recipe.horizon) // recipe.stride
    most = CALIBRATED_PRETRAINED if recipe.pretrained else CALIBRATED
    cutoffs = min(max(1, most // len(panel)), int(number.max(initial=0)) + 1)
    apart = -(-cutoffs // max(1, most_calibrated(recipe) // len(panel)))
    kept = (number < cutoffs) & (number % apart == 0)
    found = Origins(series[kept], last[kept]).where_observed(panel.observed, recipe.horizon)
    return found.subsample(CALIBRATED) if recipe.pretrained else found


def most_calibrated(recipe: Recipe) -> int:
    """Return the calibration windows at most: fewer where a window, or what is forecast from it, is long."""
    values = max(longest_window(recipe.season), recipe.lookback, FORECAST_VALUES * recipe.horizon)
    most = CALIBRATED_PRETRAINED if recipe.pretrained else CALIBRATED
    return max(FEWEST_CALIBRATED, min(most, CALIBRATED_VALUES // values))


def member_view(number: int, windows: Windows, recipe: Recipe) -> NetworkWindows:
    """Return the windows as network `number` reads them; of each four networks, no two read them alike.

    Two read the relative scale of a window, and windows of a large scale count more in their training. Two scale a
    window by the geometric mean of its own scale and that of its series, so a quiet window stays smaller than a lively
    one.
    """
    if not recipe.varies_views:
        return NetworkWindows(windows)
    scale_feature, halfway = number % 4 in {0, 3}, number % 4 in {1, 3}
    if halfway:
        windows = replace(windows, scale=np.sqrt(windows.scale * USUAL * windows.scaling.spread[windows.series]))
    return NetworkWindows(windows, scale_feature)
