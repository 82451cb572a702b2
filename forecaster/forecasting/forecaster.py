"""The forecaster: recurrent networks, baselines beside them, and calibrated intervals.

`fit` works on parts of each series, in order of time: what is learned from the earlier rows is judged on the latest
ones, the calibration rows, which set the blend and the widths of the intervals; at last everything is learned anew from
all rows. How prices move is `forecaster.forecasting.prices.volatility`'s to say; all else is the networks'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.blend import choose, clip_positive
from forecaster.forecasting.budget import fit_to_time_limit, processes
from forecaster.forecasting.components import FittedComponents
from forecaster.forecasting.defaults.derive import derive
from forecaster.forecasting.fitted import FittedForecaster, errors_of
from forecaster.forecasting.holdout import RIDGE, BlendErrors, holdout_with_baselines, interval_inputs
from forecaster.forecasting.methods.baselines import forecast_baseline, history_of
from forecaster.forecasting.methods.ensemble import train_members
from forecaster.forecasting.methods.ridge import fit_ridge
from forecaster.forecasting.methods.window_sets import CALIBRATED, window_sets
from forecaster.forecasting.prices.volatility import Plan, fit_volatility
from forecaster.forecasting.uncertainty.calibration import (
    Sample,
    calibrate,
    fit_horizon_exponent,
    normal_offsets,
    normal_scores,
)
from forecaster.series.elapsed import elapsed
from forecaster.series.split import check_length, split
from forecaster.spec import COLUMNS, Specification, Watch

if TYPE_CHECKING:
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.methods.ensemble import Member
    from forecaster.forecasting.methods.window_sets import WindowSets
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.split import Split
    from forecaster.series.windows import Windows


LEAST_RATIO = 0.25
"""Share of a baseline's earlier errors that those of the forecast are held to be at least."""
SEEN = 0.9
"""Share of the windows whose targets tell how far ahead a network learned."""


def far_seen(windows: Windows, horizon: int) -> float:
    """Return how far ahead nine of ten windows have their last target at most, in typical steps."""
    return float(np.quantile(windows.lead_times_of(slice(None), horizon)[:, -1], SEEN))


@dataclass(frozen=True)
class Forecaster:
    """The forecaster as a model.

    Attributes:
        specification: What the user asked for.
        jobs: Processes for the networks; None for as many as pay.
        watch: Called with the progress of training; it does not change the result.

    """

    specification: Specification = Specification()  # noqa: RUF009 - frozen, so sharing it is safe
    jobs: int | None = None
    watch: Watch | None = None

    @property
    def name(self) -> str:
        """The forecaster's column in output frames."""
        return COLUMNS.model

    def fit(self, panel: Panel) -> FittedForecaster:
        """Train on every row of `panel`.

        Raises:
            InputRefusedError: The series are too short for the horizon, or training did not stay finite.

        """
        return self.fit_and_judge(panel)[0]

    def fit_and_judge(self, panel: Panel) -> tuple[FittedForecaster, Holdout]:
        """Train on every row of `panel`; return also how the network did on rows held out before that."""
        recipe = derive(panel, self.specification)
        stopping = recipe.early_stopping
        parts = split(panel, recipe.horizon, recipe.shortest, validated=stopping, stride=recipe.stride)
        check_length(parts, recipe.horizon, recipe.shortest, validated=stopping)
        sets = window_sets(panel, parts, recipe)
        if self.specification.time_limit is not None and not recipe.predicts_volatility:
            recipe = fit_to_time_limit(recipe, sets, self.specification.time_limit, self.jobs)
        members, judged, final = self._learn(panel, parts, recipe, sets)
        windows = sets.calibration
        made, offsets = judged.forecast(recipe, windows, (panel.values, panel.indptr), horizon_exponent=0.5)
        holdout = holdout_with_baselines(panel, parts, recipe, windows, made)
        if recipe.predicts_volatility:
            # a drift that held-out rows do not bear out is not delivered, so it is not judged either
            idle = holdout.not_better_than_last_value(len(panel))
            judged, final = judged.without_drift(idle), final.without_drift(idle)
            made, offsets = judged.forecast(recipe, windows, (panel.values, panel.indptr), horizon_exponent=0.5)
            holdout = replace(holdout, forecasts=holdout.forecasts | made)
        blend = choose(holdout, recipe, len(panel))
        point = clip_positive(blend.mix(holdout.forecasts), panel.values[windows.last], windows.scaling, windows.series)
        holdout = replace(holdout, forecasts={COLUMNS.model: point, **holdout.forecasts})
        error, ahead = errors_of(panel, windows, point), windows.lead_times_of(slice(None), recipe.horizon)
        horizon_exponent = fit_horizon_exponent(np.abs(error) / windows.scale[:, None], ahead)
        earlier = None
        if recipe.architecture.quantiles == 1 and not recipe.predicts_volatility:
            offsets = normal_offsets(windows.scale, ahead, horizon_exponent)
            baseline = holdout.best(holdout.baselines)
            earlier = self._earlier(parts.validation.panel, sets.earlier, recipe, baseline, horizon_exponent)
            earlier = earlier._replace(
                scores=earlier.scores * np.clip(holdout.error_ratio(COLUMNS.model, baseline), LEAST_RATIO, 1)
            )
        sample = Sample(normal_scores(error, offsets), -holdout.distance)
        slope = history_of(panel.values, panel.indptr[:-1], panel.last, elapsed(panel)).slope
        fitted = FittedForecaster(
            recipe=recipe,
            scaling=sets.everything.scaling,
            members=members,
            learned=final if blend.of(RIDGE) else replace(final, ridge=None),
            blend=blend,
            slope=slope,
            horizon_exponent=horizon_exponent,
            end=panel.ds[panel.last],
            scores=calibrate(sample, earlier, pools_steps=recipe.irregular),
            furthest_lead_time=far_seen(sets.everything, recipe.horizon) if recipe.irregular else None,
        )
        inputs = interval_inputs(panel, parts, windows, BlendErrors(offsets, sample, earlier))
        return fitted, replace(holdout, interval_inputs=inputs)

    def _learn(
        self, panel: Panel, parts: Split, recipe: Recipe, sets: WindowSets
    ) -> tuple[tuple[Member, ...], FittedComponents, FittedComponents]:
        """Return the records of training, what was learned without the calibration rows, and what from all rows."""
        ridges = [
            fit_ridge(windows, recipe.horizon) if recipe.linear else None for windows in (sets.earlier, sets.everything)
        ]
        if not recipe.predicts_volatility:
            trained = train_members(recipe, sets, processes(recipe, self.jobs), self.watch)
            early, late = tuple(vector for _, vector in trained), tuple(member.weights for member, _ in trained)
            members = tuple(member for member, _ in trained)
            return members, FittedComponents(early, None, ridges[0]), FittedComponents(late, None, ridges[1])
        plan = Plan(
            architecture=recipe.architecture,
            members=recipe.members,
            horizon=recipe.horizon,
            passes=recipe.epochs,
            updates=recipe.updates,
            batch=recipe.batch,
            rate=recipe.rate,
            seed=recipe.seed,
        )
        known = parts.validation.panel
        judged = fit_volatility(parts.training.panel, known if recipe.early_stopping else None, plan)
        final = fit_volatility(panel, None, replace(plan, passes=judged.passes)) if recipe.all_rows else judged
        return (), FittedComponents((), judged, ridges[0]), FittedComponents((), final, ridges[1])

    @staticmethod
    def _earlier(panel: Panel, windows: Windows, recipe: Recipe, baseline: str, horizon_exponent: float) -> Sample:
        """Return the normal scores of a baseline at windows before the calibration rows."""
        windows = windows.take(np.flatnonzero(windows.last + recipe.horizon < windows.stop)).subsample(CALIBRATED)
        ahead = windows.lead_times_of(slice(None), recipe.horizon)
        at = history_of(panel.values, windows.start, windows.last, windows.time)
        point = forecast_baseline(baseline, at, ahead, recipe.season)
        point = clip_positive(point, panel.values[windows.last], windows.scaling, windows.series)
        scores = normal_scores(errors_of(panel, windows, point), normal_offsets(windows.scale, ahead, horizon_exponent))
        return Sample(scores, windows.last - panel.last[windows.series])
