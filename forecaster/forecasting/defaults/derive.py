"""Derive a recipe: what the user requested overrides what the rules find in the data."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from math import isinf
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.closure_evidence import describe_closures
from forecaster.errors import UsageError
from forecaster.forecasting.defaults import rules
from forecaster.forecasting.defaults.calendar_choice import calendar_features
from forecaster.forecasting.defaults.choices import DecisionLog, ForecastTask
from forecaster.forecasting.defaults.levels import choose_level_network, context_size
from forecaster.forecasting.defaults.method_choice import (
    BOTH,
    DRAWN,
    TUNED,
    choose_training,
    draws_from_past,
    fine_tuned_networks,
    option_of,
    pretrained_sizes,
    reason_for_zero_shot,
    series_to_draw,
    too_few_prices,
    tuning_updates,
    wants_own_network,
)
from forecaster.forecasting.defaults.prices import choose_volatility_network
from forecaster.forecasting.pretrained.weights import LEVELS
from forecaster.forecasting.recipe import Recipe
from forecaster.forecasting.views import plain_view, steps_alone, view_of_steps
from forecaster.nn.architecture import BOTH_WAYS, MANY_TO_ONE, ONE_STEP, values_per_window
from forecaster.progress import CHOOSING, report_part
from forecaster.series.calendar_features import feature_width
from forecaster.series.scaling import LEVEL, RETURNS
from forecaster.series.split import rows_needed
from forecaster.size_limits import MOST_VALUES_OF_A_WINDOW
from forecaster.spec import Decision

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Bools
    from forecaster.forecasting.views import Views
    from forecaster.nn.architecture import Architecture
    from forecaster.series.panel import Panel
    from forecaster.spec import Specification

NO_LIMIT = "none"
"""The value of a decision for no limit: JSON knows no infinite numbers."""
PRETRAINED_FIELDS = frozenset({"minimum", "maximum", "fine_tuned", "tuning_updates"})
"""Decisions that set fields of a recipe without networks of its own."""
CHECKED = 0.85
"""Share of each series, from its start, in which rules look for patterns: most of what judges forecasts lies later."""


def derive_recipe(panel: Panel, requested: Specification) -> Recipe:
    """Decide everything for a panel; raise what `derive` raises."""
    return derive(panel, requested)[0]


def derive(panel: Panel, requested: Specification, *, learn_effects: bool = True) -> tuple[Recipe, Views]:
    """Decide everything for a panel, and return also what methods read of it.

    Args:
        panel: The series.
        requested: What the user wants.
        learn_effects: Whether effects and features of the calendar are learned from the rows. It takes most of the
            time, and nothing is refused for them.

    Raises:
        UsageError: What is requested contradicts itself or does not fit the data.

    """
    _check_request(panel, requested)
    report_part(CHOOSING, "season and method")
    log, early = DecisionLog(), _early_rows(panel)
    calendar = rules.calendar_of(panel)
    log.choose("step", None, (calendar.kind, calendar.describe()))
    if closures := describe_closures(calendar, panel.ds[panel.slice(int(np.argmax(panel.lengths)))]):
        log.choose("closed", None, closures)
    season, horizon = _season_and_horizon(panel, early, requested, log)
    drawn = series_to_draw(panel, requested, season)
    if drawn.any():
        log.choose("bootstrap", None, (f"{drawn.sum()} of {len(panel)} series", DRAWN))
    likely_mode = rules.returns_or_level(panel, early, season)
    _choose_limits(panel, requested, log, prices=RETURNS in {likely_mode[0], requested.mode})
    mode = log.choose("mode", requested.mode, likely_mode)
    if requested.mode is None and drawn.all():
        mode = LEVEL
        log.decisions[-1] = Decision("mode", LEVEL, "values that are drawn from the past are levels")
    if requested.mode is None and too_few_prices(panel, requested, mode):
        mode = LEVEL
        why = f"at most {int(panel.lengths.max())} rows are too few to learn from how far prices move"
        log.decisions[-1] = Decision("mode", LEVEL, why)
    with_effects = partial(_choose_effects, panel, requested, log, drawn)
    choose_views = with_effects if learn_effects else partial(_choose_steps, panel)
    learned = panel if drawn.all() or not drawn.any() else panel.take(np.flatnonzero(~drawn).tolist())
    reason = _reason_for_zero_shot(learned, requested, mode, (season, horizon), all_drawn=bool(drawn.all()))
    if reason:
        return _pretrained_recipe(panel, requested, log, choose_views, (season, horizon), reason)
    if requested.zero_shot:
        training = "zero-shot", "as requested: the pretrained network predicts how far prices move"
    else:
        training = choose_training(panel, requested, mode, season, horizon)
    method = log.choose("method", None, training)
    if method == TUNED:
        return _pretrained_recipe(panel, requested, log, choose_views, (season, horizon), "")
    views = plain_view(panel)
    if mode == LEVEL and not panel.irregular:
        views = choose_views((season, horizon))
        panel, early = views.judged, _early_rows(views.judged)
    log.choose("log", None, rules.takes_logarithms(panel, early, mode))
    covariates = panel.covariates
    observed, known = (covariates.observed, covariates.known) if covariates else ((), ())
    task = ForecastTask(panel, requested, season, horizon, mode, len(observed + known), method == BOTH)
    choose = choose_volatility_network if task.plain and mode == RETURNS else choose_level_network
    network = choose(task, log)
    _check_layers(network)
    _check_size(network)
    if method == BOTH:
        _choose_fine_tuning(panel, requested, log)
    recipe = Recipe(
        steps=network.steps,
        architecture=network,
        recent_rows=recent_rows(panel, horizon),
        all_rows=requested.all_rows,
        seed=requested.seed,
        decisions=tuple(log.decisions),
        observed=observed,
        known=known,
        pretrained=LEVELS if method == BOTH else "",
        bootstrap=draws_from_past(requested),
        holidays=requested.holidays or "",
        **_chosen_fields(log),
    )
    return (_with_calendar_features(recipe, early) if learn_effects else recipe), views


def recent_rows(panel: Panel, horizon: int) -> int:
    """Return the latest rows of each series in which training starts forecasts."""
    return max(rules.RECENT * horizon, rules.WINDOWS // len(panel))


def _chosen_fields(log: DecisionLog) -> dict[str, Any]:
    """Return the decisions that are fields of a recipe."""
    names = {field.name for field in fields(Recipe)} - {"bootstrap"}
    return {each.name: each.value for each in log.decisions if each.name in names and each.value != NO_LIMIT}


def _choose_effects(
    panel: Panel, requested: Specification, log: DecisionLog, drawn: Bools, chosen: tuple[int, int]
) -> Views:
    """Return what methods read of a panel, and record the effects of the calendar if series are long enough for any."""
    report_part(CHOOSING, "effects of the calendar")
    views = view_of_steps(panel, *chosen, drawn, requested.holidays or "")
    if views.effects.found:
        log.choose("effects", None, views.effects.describe_all())
    return views


def _choose_steps(panel: Panel, chosen: tuple[int, int]) -> Views:
    """Return what methods read of a panel if effects of the calendar are not learned."""
    return steps_alone(panel, chosen[0])


def _choose_limits(panel: Panel, requested: Specification, log: DecisionLog, *, prices: bool) -> None:
    """Choose the least and the largest value: those of shares, if the series are not `prices`; record none else."""
    shares = not prices and rules.are_shares(panel)
    for name, limit, of_shares in (("minimum", requested.minimum, 0.0), ("maximum", requested.maximum, 1.0)):
        if limit is not None or shares:
            value = NO_LIMIT if limit is not None and isinf(limit) else limit
            log.choose(name, value, (of_shares, "all values lie between 0 and 1, as shares do"))


def _choose_fine_tuning(panel: Panel, requested: Specification, log: DecisionLog) -> None:
    """Choose how many pretrained networks are trained further, and for how long."""
    log.choose("fine_tuned", None, fine_tuned_networks(requested))
    log.choose("tuning_updates", None, tuning_updates(panel, requested))


def _reason_for_zero_shot(
    panel: Panel, requested: Specification, mode: str, chosen: tuple[int, int], *, all_drawn: bool
) -> str:
    """Return why nothing is trained on a panel, in words; empty where something is."""
    if panel.irregular:
        return ""
    season, horizon = chosen
    trainable = int(panel.lengths.max()) >= rows_needed(horizon)
    return reason_for_zero_shot(panel, requested, mode, season, trainable=trainable, all_drawn=all_drawn)


def _pretrained_recipe(  # noqa: PLR0913, PLR0917 - what is decided before
    panel: Panel,
    requested: Specification,
    log: DecisionLog,
    choose_views: Callable[[tuple[int, int]], Views],
    chosen: tuple[int, int],
    reason: str,
) -> tuple[Recipe, Views]:
    """Return the recipe of a forecast from pretrained networks alone, of a season and a horizon, and what they read.

    There is a `reason` why nothing is trained; if it is empty, they are trained further.
    """
    season, horizon = chosen
    if reason and log.decisions[-1].value != LEVEL:
        log.decisions[-1] = Decision("mode", LEVEL, "the pretrained network knows levels")
    if reason:
        log.choose("method", None, ("zero-shot", reason))
    else:
        _choose_fine_tuning(panel, requested, log)
    views = choose_views((season, horizon))
    chosen_fields = {name: value for name, value in _chosen_fields(log).items() if name in PRETRAINED_FIELDS}
    sizes = pretrained_sizes() | ({} if reason else {"recent_rows": recent_rows(panel, horizon)})
    recipe = Recipe(
        horizon=horizon,
        season=season,
        mode=LEVEL,
        log=True,
        all_rows=True,
        seed=requested.seed,
        bootstrap=draws_from_past(requested),
        decisions=tuple(log.decisions),
        holidays=requested.holidays or "",
        **sizes,
        **chosen_fields,
    )
    return recipe, views


def choose_horizon(panel: Panel, requested: Specification) -> Decision:
    """Decide the horizon alone, as `derive_recipe` does, and with the same errors."""
    _check_request(panel, requested)
    log = DecisionLog()
    _season_and_horizon(panel, _early_rows(panel), requested, log)
    return log.decisions[-1]


def expected_mode(panel: Panel, requested: Specification) -> str:
    """Return the mode in which a panel is forecast unless it has too few rows for that: of prices, returns."""
    early = _early_rows(panel)
    season = requested.season or rules.usual_season(panel, early)[0]
    return requested.mode or rules.returns_or_level(panel, early, season)[0]


def _season_and_horizon(panel: Panel, early: Panel, requested: Specification, log: DecisionLog) -> tuple[int, int]:
    """Decide the season, and with it the horizon."""
    season = log.choose("season", requested.season, rules.usual_season(panel, early))
    return season, log.choose("horizon", requested.horizon, rules.usual_horizon(panel, season))


def _early_rows(panel: Panel) -> Panel:
    """Return the rows of each series in which the rules look for patterns."""
    return panel.cut(np.zeros_like(panel.lengths), np.maximum(2, (CHECKED * panel.lengths).astype(np.int64)))


def _with_calendar_features(recipe: Recipe, early: Panel) -> Recipe:
    """Return the recipe with the features of the calendar that help, and a network that sees what is known ahead."""
    names, reason = calendar_features(early, recipe)
    decision = Decision("calendar", ", ".join(names) or "none", reason)
    columns = len(recipe.known) + feature_width(names)
    context = context_size(columns, recipe.horizon) if recipe.architecture.head else 0
    architecture = replace(recipe.architecture, context=context)
    return replace(recipe, calendar=names, architecture=architecture, decisions=(*recipe.decisions, decision))


def _check_request(panel: Panel, requested: Specification) -> None:
    """Refuse options that contradict each other, could have no effect, or do not fit the panel."""
    _check_options(requested, int(panel.lengths.max()))
    if panel.covariates and panel.covariates.observed + panel.covariates.known and requested.irregular:
        raise UsageError("--observed and --known cannot be used with --irregular", "leave one of them out")
    if requested.mode == RETURNS and (panel.values <= 0).any():
        raise UsageError("--mode returns needs values above zero", "use --mode level")


def _check_options(requested: Specification, rows: int) -> None:
    """Refuse options that do not go together or are too long; the longest series has `rows` rows."""
    if requested.activation != "tanh" and requested.cell != "rnn":
        what = f"the {requested.cell} cell has no --activation {requested.activation}"
        raise UsageError(what, "use --cell rnn with it")
    trains = requested.zero_shot is False or bool(wants_own_network(requested))
    limited = {
        "season": requested.season if trains else None,
        "lookback": requested.lookback,
        "segment": requested.segment,
    }
    for name, steps in limited.items():
        if steps is not None and steps >= rows:
            raise UsageError(f"--{name} {steps} is too long for {rows} rows", f"use less than {rows}")
    if requested.zero_shot and (options := wants_own_network(requested)):
        raise UsageError(
            f"--zero-shot trains nothing, so {option_of(min(options))} has no effect", "leave one of them out"
        )
    if requested.bidirectional and requested.arch not in BOTH_WAYS:
        what = f"--arch {requested.arch} cannot be used with --bidirectional"
        raise UsageError(what, f"use --arch {' or '.join(sorted(BOTH_WAYS))} with it")
    arch, lookback, segment = requested.arch, requested.lookback, requested.segment
    if arch in ONE_STEP and lookback and segment and lookback != segment:
        what = f"--arch {arch} has one step: --lookback {lookback} and --segment {segment} differ"
        raise UsageError(what, "leave one of them out")
    if requested.irregular:
        _check_irregular(requested)
    elif lookback and segment and lookback % segment:
        what = f"--lookback {lookback} is not a whole number of segments of {segment}"
        raise UsageError(what, f"use --lookback {segment * max(1, round(lookback / segment))}")


def _check_irregular(requested: Specification) -> None:
    """Refuse options that have no meaning where steps are unequal."""
    wrong = {
        f"--arch {requested.arch}": requested.arch != MANY_TO_ONE,
        "--bidirectional": requested.bidirectional,
        f"--segment {requested.segment}": requested.segment not in {None, 1},
        f"--season {requested.season}": requested.season not in {None, 1},
    }
    for option, given in wrong.items():
        if given:
            raise UsageError(f"{option} cannot be used with --irregular", "leave one of them out")


def _check_layers(network: Architecture) -> None:
    """Refuse dropout and residual connections where the network has no layers for them."""
    stack = network.encoder
    if network.dropout and network.layers == 1 and not network.embedding + network.head:
        raise UsageError("--dropout acts between layers, and there is only one", "use --layers 2 or more")
    if network.residual and all(stack.inputs_of(n) != stack.width for n in range(stack.layers)):
        what = "--residual needs a layer whose input and output have the same size"
        raise UsageError(what, "use --layers 2 or more")


def _check_size(network: Architecture) -> None:
    """Refuse a network that keeps more values of a window than the reader of models accepts."""
    if (values := values_per_window(network)) > MOST_VALUES_OF_A_WINDOW:
        what = f"the network would keep {values:,} values of a window, at most {MOST_VALUES_OF_A_WINDOW:,} are possible"
        raise UsageError(what, "use a shorter --lookback, a longer --segment or fewer --hidden units")
