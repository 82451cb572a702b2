"""The choices for prices: the volatility network has the sizes of the pretrained one and trains a little further."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from forecaster.forecasting.defaults import rules
from forecaster.forecasting.defaults.choices import architecture_of
from forecaster.forecasting.prices import features
from forecaster.forecasting.prices.volatility import BATCH, EPOCHS, RATE

if TYPE_CHECKING:
    from forecaster.forecasting.defaults.choices import DecisionLog, ForecastTask
    from forecaster.nn.architecture import Architecture

MOST_UPDATES = 300
"""Updates in an epoch at most: the pretrained network has little left to learn, even from long series."""
MEMBERS, BEST_MEMBERS = 1, 3
"""Networks, and at effort `best`. They start from the same weights and agree, so more would only take longer."""


def choose_volatility_network(task: ForecastTask, log: DecisionLog) -> Architecture:
    """Choose the network that predicts how far prices move, and its training."""
    requested = task.requested
    # the sizes of the pretrained network, or the nearest that fit a requested one
    segment = requested.segment or gcd(requested.lookback or 0, features.SEGMENT)
    lookback = requested.lookback or segment * features.SEGMENTS
    steps = lookback // segment
    log.choose("lookback", requested.lookback, (lookback, "recent changes show how much the price moves now"))
    log.choose("segment", requested.segment, (segment, rules.segment_reason(steps, segment)))
    log.choose("stride", None, rules.EVERY_STEP)
    log.choose("arch", None, rules.LAST_STEP)
    hidden = log.choose("hidden", requested.hidden, (features.HIDDEN, "as in the pretrained network"))
    why = "the network forecasts how far prices move; the quantiles are those of earlier moves of that size"
    log.choose("quantiles", None, (1, why))
    several = BEST_MEMBERS, "effort best: the mean of three networks"
    members = several if requested.effort == "best" else (MEMBERS, "pretrained networks agree")
    log.choose("members", requested.members, members)
    log.choose("early_stopping", requested.early_stopping, rules.early_stopping(task.mode))
    usual = EPOCHS, "the pretrained network has little left to learn"
    log.choose("epochs", requested.epochs, (0, "as requested") if requested.zero_shot else usual)
    batch = log.choose("batch", requested.batch, (BATCH, "prices are noisy"))
    updates = max(1, min(MOST_UPDATES, len(task.panel.values) // batch))
    log.choose("updates", requested.updates, (updates, "an epoch sees every row, or many"))
    log.choose("rate", None, (RATE, "small steps: the start is good"))
    return architecture_of(
        requested,
        inputs=2 * segment + features.STATICS,
        steps=steps,
        outputs=len(features.KNOTS),
        hidden=hidden,
        embedding=hidden,
    )
