"""Train a forecaster: networks, a ridge regression and baselines, blended, with calibrated intervals.

Training follows a plan. What is learned from the earlier rows of each series is judged on its latest ones, the
calibration rows, which set the blend and the widths of the intervals; at the end everything is trained on all
rows. Of prices in `returns` mode `forecaster.forecasting.prices.volatility` predicts how far they move; everything else
is left to the networks of `forecaster.forecasting.methods.ensemble`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.blend import choose_blend, clip_to_limits
from forecaster.forecasting.budget import (
    ended_early,
    fit_to_time_limit,
    limit_of_training,
    processes,
    processes_for_tuning,
    sizes_of,
    with_sizes,
)
from forecaster.forecasting.components import FittedComponents, Forecasts, quantiles_about
from forecaster.forecasting.drawn import draw_windows, drawn_candidates
from forecaster.forecasting.fitted import FittedForecaster
from forecaster.forecasting.holdout import (
    RIDGE,
    IntervalInputs,
    baseline_scale,
    holdout_with_baselines,
    restore_holdout,
    scaled_errors,
)
from forecaster.forecasting.methods.baselines import forecast_baseline, history_of, slopes_of
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.forecasting.methods.ensemble import second_epochs, train_members
from forecaster.forecasting.methods.fine_tuning import LevelNetworks, tune_networks
from forecaster.forecasting.methods.reach import reach_of
from forecaster.forecasting.methods.ridge import fit_ridge
from forecaster.forecasting.methods.training_session import FINAL, TrainingSession
from forecaster.forecasting.methods.window_sets import most_calibrated, window_sets
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.prices.volatility import fit_volatility
from forecaster.forecasting.rolled_errors import measure_growth
from forecaster.forecasting.series_order import in_order_of_names, in_order_of_panel
from forecaster.forecasting.uncertainty.calibration import (
    HeldOutScores,
    calibrate,
    fit_horizon_exponent,
    normal_offsets,
    normal_scores,
)
from forecaster.forecasting.zero_shot import fit_zero_shot
from forecaster.progress import CALIBRATING, PREPARING, report_part
from forecaster.series.windows import Origins, at_steps, judged_steps
from forecaster.spec import COLUMNS, Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.methods.ensemble import Member
    from forecaster.forecasting.methods.training_session import TrainingStore
    from forecaster.forecasting.methods.window_sets import WindowSets
    from forecaster.forecasting.plan import Plan
    from forecaster.forecasting.prices.volatility import Volatility
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Windows

RANDOM_WALK = 0.5
"""Exponent by which errors grow with the horizon before they are measured: that of a random walk."""
LEAST_RATIO = 0.25
"""Least share of a baseline's earlier errors that the forecast's are taken to be: a few windows may look better by
chance than any method is for long. Chosen by hand."""
MOST_LEAD_TIMES = 0.9
"""Share of the training windows that says how far ahead a network learned: few reach further. Chosen by hand."""


@dataclass(frozen=True)
class BlendedForecaster:
    """The forecaster as a method that can be backtested.

    Attributes:
        specification: What the user wants of it.
        jobs: Processes, as those of `train_forecaster`.
        open_store: Returns what keeps the states of the trainings of a plan; None to keep nothing.

    """

    specification: Specification = Specification()  # noqa: RUF009 - frozen, so sharing it is safe
    jobs: int | None = None
    open_store: Callable[[Plan], TrainingStore] | None = None

    @property
    def name(self) -> str:
        """The forecaster's column in output frames."""
        return COLUMNS.model

    def fit(self, panel: Panel) -> FittedForecaster:
        """Train on every row of `panel`; raise what `make_plan` and `train_forecaster` raise."""
        plan = make_plan(in_order_of_names(panel), self.specification)
        store = self.open_store and self.open_store(plan)
        return in_order_of_panel(*train_forecaster(plan, self.jobs, store), panel)[0]


class TrainedComponents(NamedTuple):
    """The components that the calibration rows judge, those trained on all rows, and records of the networks."""

    judged: FittedComponents
    final: FittedComponents
    members: tuple[Member, ...]

    @property
    def networks(self) -> int:
        """Number of networks that were trained from nothing, or of those of the volatility."""
        volatility = self.final.volatility
        return len(self.members) if volatility is None else len(volatility.weights)

    def without_ridge(self) -> TrainedComponents:
        """Return the components without their ridge regressions."""
        return self._replace(judged=replace(self.judged, ridge=None), final=replace(self.final, ridge=None))


def train_forecaster(
    plan: Plan, jobs: int | None = None, store: TrainingStore | None = None
) -> tuple[FittedForecaster, Holdout]:
    """Train on every row of a plan; return also how the forecast did on rows held out before that.

    `jobs` processes train the networks, as many as pay if it is None. With a store, trainings go on from the states
    that it kept of an earlier run of the same plan, to the same bits.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    if plan.split is None:
        return fit_zero_shot(plan.views, plan.recipe)
    report_part(PREPARING, "windows")
    sets = window_sets(plan.views, plan.parts, plan.recipe)
    report_part(PREPARING, "time limit")
    plan = _plan_within_limit(plan, sets, jobs, store)
    session = TrainingSession(store, plan.time_limit and limit_of_training(plan.time_limit))
    trained = _train_components(plan, sets, jobs, session)
    if plan.time_limit and session.is_over():
        plan = replace(plan, recipe=ended_early(plan.recipe, trained.networks, plan.time_limit))
    panel, recipe, windows = plan.panel, plan.recipe, sets.calibration
    trained, holdout, found = _judge_components(plan, windows, trained)
    report_part(CALIBRATING, "blend")
    blend = choose_blend(holdout.without(drawn_candidates(panel, recipe) != NONE), recipe, len(panel))
    point = clip_to_limits(blend.mix(holdout.forecasts), panel.values[windows.last], windows.scaling, windows.series)
    offsets = quantiles_about(found, blend, point, windows.scaling.transform, windows.series)
    drawn = draw_windows(panel, recipe, Origins(windows.series, windows.last), point)
    holdout = holdout.delivered(drawn.points(point), drawn.mean_square)
    report_part(CALIBRATING, "intervals")
    error, ahead = scaled_errors(panel, windows, point), windows.lead_times_of(slice(None), recipe.horizon)
    horizon_exponent = fit_horizon_exponent(np.abs(error) / windows.scale[:, None], ahead)
    earlier = None
    if not recipe.answers_quantiles:
        offsets = normal_offsets(windows.scale, ahead, horizon_exponent)
        earlier = _earlier_scores(plan, sets.earlier, holdout, horizon_exponent)
    sample = HeldOutScores(normal_scores(error, offsets), -holdout.distance)
    furthest = None
    if recipe.irregular:
        last_targets = sets.everything.lead_times_of(slice(None), recipe.horizon)[:, -1]
        furthest = float(np.quantile(last_targets, MOST_LEAD_TIMES))
    kept = trained if blend.weight_of(RIDGE) else trained.without_ridge()
    fitted = FittedForecaster(
        recipe=recipe,
        scaling=sets.everything.scaling,
        members=trained.members,
        components=kept.final,
        blend=blend,
        slope=slopes_of(plan.views.final),
        horizon_exponent=horizon_exponent,
        effects=plan.views.effects,
        trained_series=len(panel),
        end=panel.ds[panel.last],
        calibration=calibrate(drawn.others(sample), earlier, pools_steps=recipe.irregular),
        drawn=drawn.kinds,
        furthest_lead_time=furthest,
    )
    report_part(CALIBRATING, "longer horizons")
    if recipe.extends_offsets:
        judged = replace(fitted, components=kept.judged, scaling=windows.scaling, slope=slopes_of(panel))
        fitted = replace(fitted, growth=measure_growth(judged, panel))
    report_part(CALIBRATING, "scores")
    scale, transform = baseline_scale(panel, plan.parts.validation.panel, windows), windows.scaling.transform
    reach = None if recipe.irregular else reach_of(windows, panel, recipe.horizon)
    inputs = IntervalInputs(
        offsets, sample, earlier, transform, scale, ahead, panel.irregular, reach=reach, drawn=drawn.forecasts
    )
    holdout = replace(holdout, interval_inputs=inputs)
    return fitted, restore_holdout(holdout, plan.views, windows, recipe.season)


def _plan_within_limit(plan: Plan, sets: WindowSets, jobs: int | None, store: TrainingStore | None) -> Plan:
    """Return a plan that fits into its time limit; with a store, the one that the store knows, and it knows it then."""
    if store and store.sizes and plan.time_limit:
        return replace(plan, recipe=with_sizes(plan.recipe, store.sizes, plan.time_limit))
    plan = replace(plan, recipe=fit_to_time_limit(plan, sets, jobs))
    if store:
        store.sizes = sizes_of(plan.recipe)
    return plan


def _train_components(plan: Plan, sets: WindowSets, jobs: int | None, session: TrainingSession) -> TrainedComponents:
    """Train networks or the volatility, and the ridge regression: without the calibration rows, and on all rows."""
    recipe = plan.recipe
    report_part(PREPARING, "ridge regression")
    without = recipe.irregular or recipe.trains_nothing or recipe.tunes_only
    ridges = [None if without else fit_ridge(each, recipe.horizon) for each in (sets.earlier, sets.everything)]
    if recipe.predicts_volatility:
        judged, final = (
            FittedComponents((), *each) for each in zip(_train_volatility(plan, session), ridges, strict=True)
        )
        return TrainedComponents(judged, final, ())
    levels: tuple[LevelNetworks | None, ...] = (None, None)
    if recipe.pretrained:
        tuning_jobs = processes_for_tuning(recipe, jobs)
        levels = tune_networks(recipe, plan.parts.validation.panel, plan.views.final, tuning_jobs, session)
    trained = train_members(recipe, sets, processes(recipe, jobs), session) if recipe.members else []
    members = tuple(member for member, _ in trained)
    weights = tuple(earlier for _, earlier in trained), tuple(member.weights for member in members)
    judged, final = (
        FittedComponents(each, None, ridge, level) for each, ridge, level in zip(weights, ridges, levels, strict=True)
    )
    return TrainedComponents(judged, final, members)


def _train_volatility(plan: Plan, session: TrainingSession) -> tuple[Volatility, Volatility]:
    """Return the volatility of prices, learned without the calibration rows, and from all."""
    recipe, parts = plan.recipe, plan.parts
    validation = parts.validation.panel if recipe.early_stopping else None
    judged = fit_volatility(parts.training.panel, validation, recipe, session=session)
    if not recipe.all_rows:
        return judged, judged
    again = replace(recipe, epochs=second_epochs(judged.epochs), members=len(judged.weights))
    start = judged.weights if judged.epochs else None
    final = fit_volatility(plan.panel, None, again, start, FINAL, session)
    return judged, replace(final, curves=judged.curves + final.curves)


def _judge_components(
    plan: Plan, windows: Windows, trained: TrainedComponents
) -> tuple[TrainedComponents, Holdout, Forecasts]:
    """Return the components, how they did on the calibration windows, and their forecasts of these."""
    panel, recipe = plan.panel, plan.recipe
    report_part(CALIBRATING, "forecasts of held-out rows")
    steps = judged_steps(panel.observed, windows.last, recipe.horizon)
    found = trained.judged.forecast(recipe, windows, panel, RANDOM_WALK).at_steps(steps)
    holdout = holdout_with_baselines(panel, plan.parts.validation.panel, recipe, windows, found.points)
    if recipe.predicts_volatility:
        # a drift that held-out rows do not confirm is not delivered, so it is not judged either
        unsure = holdout.not_better_than_last_value(len(panel))
        judged, final = trained.judged.without_drift(unsure), trained.final.without_drift(unsure)
        trained = TrainedComponents(judged, final, trained.members)
        found = trained.judged.forecast(recipe, windows, panel, RANDOM_WALK)
        holdout = replace(holdout, forecasts=holdout.forecasts | found.points)
    return trained, holdout, found


def _earlier_scores(plan: Plan, windows: Windows, holdout: Holdout, horizon_exponent: float) -> HeldOutScores:
    """Return normal scores of the best baseline at windows before the calibration rows, as the forecast's would be."""
    panel, recipe = plan.parts.validation.panel, plan.recipe
    baseline = holdout.best(holdout.baselines)
    windows = windows.take(np.flatnonzero(windows.last + recipe.horizon < windows.stop)).subsample(
        most_calibrated(recipe)
    )
    ahead = windows.lead_times_of(slice(None), recipe.horizon)
    history = history_of(panel.values, windows.start, windows.last, windows.time)
    steps = judged_steps(panel.observed, windows.last, recipe.horizon)
    point = at_steps(forecast_baseline(baseline, history, ahead, recipe.season), steps)
    point = clip_to_limits(point, panel.values[windows.last], windows.scaling, windows.series)
    scores = normal_scores(scaled_errors(panel, windows, point), normal_offsets(windows.scale, ahead, horizon_exponent))
    # smaller by the ratio of the forecast's error to the baseline's on the calibration rows
    ratio = np.clip(holdout.typical_error(COLUMNS.model) / holdout.typical_error(baseline), LEAST_RATIO, 1)
    return HeldOutScores(scores * ratio, windows.last - panel.last[windows.series])
