"""Derive a recipe: what the user asked for overrides what the rules find in the data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import UsageError
from forecaster.forecasting.defaults import rules
from forecaster.forecasting.defaults.calendar_choice import calendar_features
from forecaster.forecasting.prices.features import KNOTS
from forecaster.forecasting.recipe import Recipe
from forecaster.nn.architecture import BOTH_WAYS, MANY_TO_ONE, ONE_STEP, ONE_TO_ONE, Architecture
from forecaster.series.calendar_features import width
from forecaster.series.scaling import LEVEL, RETURNS
from forecaster.spec import Decision, Specification

if TYPE_CHECKING:
    from forecaster.series.panel import Panel

CHECKED = 0.85
"""Share of each series, from its start, that the recipe looks at for patterns: most of what judges the forecast later
is behind it, and all where the horizon is no more than the rest."""


def derive(panel: Panel, asked: Specification) -> Recipe:
    """Decide everything for a panel.

    Raises:
        UsageError: What is asked for contradicts itself or does not fit the data.

    """
    _check(asked, int(panel.lengths.max()))
    covariates = panel.covariates
    observed, known = (covariates.observed, covariates.known) if covariates else ((), ())
    if observed + known and asked.irregular:
        raise UsageError("--observed and --known do not go with --irregular", "leave one of them out")
    if asked.mode == RETURNS and (panel.values <= 0).any():
        raise UsageError("--mode returns needs values above zero", "ask for --mode level")
    decisions: list[Decision] = []

    def decide(name: str, asked_value: Any, derived: tuple[Any, str]) -> Any:
        value, reason = derived if asked_value is None else (asked_value, "asked for")
        decisions.append(Decision(name, value, reason))
        return value

    calendar = rules.calendar_of(panel)
    early = panel.cut(np.zeros_like(panel.lengths), np.maximum(2, (CHECKED * panel.lengths).astype(np.int64)))
    plain = asked.arch == MANY_TO_ONE and not asked.irregular
    decisions.append(Decision("step", calendar.kind, calendar.describe()))
    season = decide("season", asked.season, rules.season(panel, early))
    horizon = decide("horizon", asked.horizon, rules.horizon(panel, season))
    mode = decide("mode", asked.mode, rules.mode(panel, early, season))
    log = decide("log", None, rules.log(panel, early, mode))
    predicts_volatility = plain and mode == RETURNS
    segment, lookback = rules.window(panel, asked, season, horizon, predicts_volatility=predicts_volatility)
    decide(
        "lookback",
        asked.lookback,
        (lookback, rules.lookback_reason(lookback, season, predicts_volatility=predicts_volatility)),
    )
    steps = lookback // segment
    decide("segment", asked.segment, (segment, rules.segment_reason(steps, segment)))
    wide = plain and mode == LEVEL
    stride = decide("stride", None, rules.stride(panel, season, horizon, usable=wide))
    decide("arch", None if asked.arch == MANY_TO_ONE else asked.arch, (MANY_TO_ONE, "one output, after the last step"))
    hidden = decide("hidden", asked.hidden, rules.hidden(panel, predicts_volatility=predicts_volatility))
    quantiles = decide("quantiles", None, rules.quantiles(panel, usable=wide, predicts_volatility=predicts_volatility))
    members = decide("members", asked.members, rules.members(asked.effort, predicts_volatility=predicts_volatility))
    stopping = decide("early_stopping", asked.early_stopping, rules.early_stopping(mode))
    epochs = decide(
        "epochs", asked.epochs, rules.epochs(early_stopping=stopping, predicts_volatility=predicts_volatility)
    )
    batch = decide("batch", asked.batch, rules.batch(predicts_volatility=predicts_volatility))
    updates = decide(
        "updates", asked.updates, rules.updates(panel, epochs, asked.effort, batch if predicts_volatility else None)
    )
    rate = decide("rate", None, rules.rate(panel, mode, predicts_volatility=predicts_volatility))
    network = Architecture(
        inputs=rules.network_inputs(
            segment,
            len(observed + known),
            irregular=asked.irregular,
            predicts_volatility=predicts_volatility,
            scale_feature=wide,
        ),
        steps=steps,
        outputs=len(KNOTS) if predicts_volatility else 1 if asked.arch == ONE_TO_ONE else horizon * quantiles,
        hidden=hidden,
        layers=asked.layers,
        cell=asked.cell,
        activation=asked.activation,
        embedding=hidden if segment > 1 or wide or predicts_volatility else 0,
        arch=asked.arch,
        bidirectional=asked.bidirectional,
        dropout=asked.dropout,
        residual=asked.residual,
        irregular=asked.irregular,
        quantiles=quantiles,
        head=2 * hidden if wide else 0,
    )
    _check_layers(network)
    recipe = Recipe(
        horizon=horizon,
        lookback=lookback,
        season=season,
        mode=mode,
        log=log,
        segment=segment,
        steps=steps,
        architecture=network,
        stride=stride,
        recent_rows=rules.recent_rows(panel, horizon),
        members=members,
        epochs=epochs,
        updates=updates,
        batch=batch,
        rate=rate,
        early_stopping=stopping,
        all_rows=asked.all_rows,
        seed=asked.seed,
        decisions=tuple(decisions),
        observed=observed,
        known=known,
    )
    return _knowing_ahead(recipe, early)


def _knowing_ahead(recipe: Recipe, early: Panel) -> Recipe:
    """Return the recipe with the features of the calendar that help, and a network that sees what is known."""
    names, reason = calendar_features(early, recipe)
    decision = Decision("calendar", ", ".join(names) or "none", reason)
    columns = len(recipe.known) + width(names)
    wide = recipe.architecture.head > 0
    context = rules.context(columns, recipe.horizon) if wide else 0
    architecture = replace(recipe.architecture, context=context)
    return replace(recipe, calendar=names, architecture=architecture, decisions=(*recipe.decisions, decision))


def _check(asked: Specification, rows: int) -> None:
    """Refuse options that could have no effect; the longest series has `rows` rows."""
    if asked.activation != "tanh" and asked.cell != "rnn":
        raise UsageError(f"the {asked.cell} cell has no --activation {asked.activation}", "ask for --cell rnn with it")
    for name, steps in (("season", asked.season), ("lookback", asked.lookback), ("segment", asked.segment)):
        if steps is not None and steps >= rows:
            raise UsageError(f"--{name} {steps} is too long for {rows} rows", f"ask for less than {rows}")
    if asked.bidirectional and asked.arch not in BOTH_WAYS:
        raise UsageError(
            f"--arch {asked.arch} does not go with --bidirectional",
            f"ask for --arch {' or '.join(sorted(BOTH_WAYS))} with it",
        )
    if asked.arch in ONE_STEP and asked.lookback and asked.segment and asked.lookback != asked.segment:
        raise UsageError(
            f"--arch {asked.arch} has one step: --lookback {asked.lookback} and --segment {asked.segment} differ",
            "leave one of them out",
        )
    if asked.irregular:
        _check_irregular(asked)
    elif asked.lookback and asked.segment and asked.lookback % asked.segment:
        raise UsageError(
            f"--lookback {asked.lookback} is not a whole number of segments of {asked.segment}",
            f"ask for --lookback {asked.segment * max(1, round(asked.lookback / asked.segment))}",
        )


def _check_irregular(asked: Specification) -> None:
    """Refuse what has no meaning where steps are unequal."""
    wrong = {
        f"--arch {asked.arch}": asked.arch != MANY_TO_ONE,
        "--bidirectional": asked.bidirectional,
        f"--segment {asked.segment}": asked.segment not in {None, 1},
        f"--season {asked.season}": asked.season not in {None, 1},
    }
    for option, given in wrong.items():
        if given:
            raise UsageError(f"{option} does not go with --irregular", "leave one of them out")


def _check_layers(network: Architecture) -> None:
    """Refuse what has nothing to act on."""
    stack = network.encoder
    if network.dropout and network.layers == 1 and not network.embedding + network.head:
        raise UsageError("--dropout acts between layers, and there is one", "ask for --layers 2 or more")
    if network.residual and all(stack.inputs_of(n) != stack.width for n in range(stack.layers)):
        raise UsageError(
            "--residual needs a layer whose input and output have the same size", "ask for --layers 2 or more"
        )
