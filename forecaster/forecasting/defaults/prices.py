"""The choices for prices: the volatility network has the sizes of the pretrained one and trains a little further."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from forecaster.forecasting.defaults import rules
from forecaster.forecasting.defaults.choices import NetworkChoices, architecture_of
from forecaster.forecasting.prices import features
from forecaster.forecasting.prices.volatility import BATCH, EPOCHS, RATE

if TYPE_CHECKING:
    from forecaster.forecasting.defaults.choices import DecisionLog, ForecastTask
    from forecaster.series.panel import Panel
    from forecaster.spec import Specification

MOST_UPDATES = 300
"""Updates in an epoch at most. The pretrained network has little left to learn, so long series need not be seen
whole."""
BEST_MEMBERS = 3
"""Networks at effort `best`. They start from the same weights and agree, so more would only take longer."""


def choose_volatility_network(task: ForecastTask, log: DecisionLog) -> NetworkChoices:
    """Choose the network that predicts how far prices move, and its training."""
    panel, requested = task.panel, task.requested
    segment, lookback = window_sizes(requested)
    steps = lookback // segment
    log.choose("lookback", requested.lookback, (lookback, "recent changes tell how much the price moves now"))
    log.choose("segment", requested.segment, (segment, rules.segment_reason(steps, segment)))
    stride = log.choose("stride", None, rules.EVERY_STEP)
    log.choose("arch", None, rules.LAST_STEP)
    hidden = log.choose("hidden", requested.hidden, (features.HIDDEN, "as in the pretrained network"))
    why = "the network answers how far prices move; the quantiles are those of earlier moves of that size"
    log.choose("quantiles", None, (1, why))
    members = log.choose("members", requested.members, member_count(requested.effort))
    stopping = log.choose("early_stopping", requested.early_stopping, rules.early_stopping(task.mode))
    epochs = log.choose("epochs", requested.epochs, (EPOCHS, "the pretrained network has little left to learn"))
    batch = log.choose("batch", requested.batch, (BATCH, "prices are noisy"))
    updates = log.choose("updates", requested.updates, updates_in_epoch(panel, batch))
    rate = log.choose("rate", None, (RATE, "small steps: the start is good"))
    return NetworkChoices(
        lookback=lookback,
        segment=segment,
        steps=steps,
        stride=stride,
        architecture=architecture_of(
            requested,
            inputs=2 * segment + features.STATICS,
            steps=steps,
            outputs=len(features.KNOTS),
            hidden=hidden,
            embedding=hidden,
        ),
        members=members,
        early_stopping=stopping,
        epochs=epochs,
        batch=batch,
        updates=updates,
        rate=rate,
    )


def window_sizes(requested: Specification) -> tuple[int, int]:
    """Return segment and lookback: those of the pretrained network, or the nearest that fit a requested one."""
    segment = (
        requested.segment or (requested.lookback and gcd(requested.lookback, features.SEGMENT)) or features.SEGMENT
    )
    return segment, requested.lookback or segment * features.SEGMENTS


def member_count(effort: str) -> tuple[int, str]:
    """Train one network, or a few where time does not matter."""
    if effort == "best":
        return BEST_MEMBERS, "effort best: the mean of three networks"
    return 1, "pretrained networks agree"


def updates_in_epoch(panel: Panel, batch: int) -> tuple[int, str]:
    """Return the updates of an epoch: as many as see every row once, 300 at most."""
    return max(1, min(MOST_UPDATES, len(panel.values) // batch)), "an epoch sees every row, or many"
