"""Every default, derived from the data by small functions that also say why.

A function takes the panel and what is decided already, and returns a value with its reason in words. What the user
asked for overrides; the decisions are shown by `train`, kept in the model file and printed by `inspect`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.scaling import LEVEL, RETURNS
from forecaster.errors import UsageError
from forecaster.forecasting.patterns import dominant_season, looks_like_prices, steadier_in_plain_units
from forecaster.nn.network import Architecture
from forecaster.spec import Decision

if TYPE_CHECKING:
    from forecaster.data.calendar import Calendar
    from forecaster.data.panel import Panel
    from forecaster.spec import Specification

SEASONS = {"daily": 7, "weekly": 52, "monthly": 12, "quarterly": 4, "yearly": 1}
HORIZONS = {"daily": 7, "weekly": 13, "monthly": 12, "quarterly": 8, "yearly": 6}
PRICE_LOOKBACK = 60
"""Steps of one-step changes that tell how much a price moves just now."""
CHECKED = 0.85
"""Share of each series, from its start, that the recipe looks at for patterns; the rest stays held out."""


@dataclass(frozen=True)
class Recipe:
    """All that is decided before training.

    Attributes:
        horizon: Steps forecast at once, h.
        lookback: Steps seen, L.
        season: Steps in a season; 1 for none.
        mode: `returns` or `level`.
        log: Whether the network works on logarithms.
        segment: Values fed at each recurrent step, S.
        steps: Recurrent steps, T = L / S.
        architecture: The network's sizes.
        members: Networks in the ensemble.
        epochs: Passes at most.
        updates: Updates in a pass.
        rate: Peak learning rate.
        early_stopping: Whether training stops when validation does not improve.
        seed: Seed of every random choice.
        decisions: What was chosen and why, in the order in which it was decided.

    """

    horizon: int
    lookback: int
    season: int
    mode: str
    log: bool
    segment: int
    steps: int
    architecture: Architecture
    members: int
    epochs: int
    updates: int
    rate: float
    early_stopping: bool
    seed: int
    decisions: tuple[Decision, ...]

    @property
    def shortest(self) -> int:
        """Known steps that a window needs at least; what is missing of the lookback is filled up with zeros."""
        return min(6, max(2, self.season), self.lookback)


def derive(panel: Panel, asked: Specification) -> Recipe:
    """Decide everything for a panel.

    Raises:
        UsageError: What is asked for contradicts itself or does not fit the data.

    """
    _check(asked, int(panel.lengths.max()))
    decisions: list[Decision] = []

    def decide(name: str, asked_value: Any, derived: tuple[Any, str]) -> Any:
        value, reason = derived if asked_value is None else (asked_value, "asked for")
        decisions.append(Decision(name, value, reason))
        return value

    calendar = _calendar(panel)
    early = panel.cut(np.zeros_like(panel.lengths), np.maximum(2, (CHECKED * panel.lengths).astype(np.int64)))
    decisions.append(Decision("step", calendar.kind, calendar.describe()))
    season = decide("season", asked.season, _season(panel, early))
    horizon = decide("horizon", asked.horizon, _horizon(panel, season))
    mode = decide("mode", asked.mode, _mode(early, season))
    log = decide("log", None, _log(panel, early, mode))
    lookback, segment = _window(panel, asked.lookback, season, horizon, mode)
    decide("lookback", asked.lookback, (lookback, _lookback_reason(lookback, season, mode)))
    decide("segment", None, (segment, f"{lookback // segment} recurrent steps of {segment} values each"))
    hidden = decide("hidden", asked.hidden, _hidden(panel))
    members = decide(
        "members", asked.members, (3, "the mean of three networks with different seeds is steadier than one")
    )
    updates, reason = _updates(panel)
    epochs = decide("epochs", asked.epochs, (20, reason))
    rate = decide("rate", None, _rate(mode))
    network = Architecture(
        inputs=segment,
        steps=lookback // segment,
        outputs=horizon,
        hidden=hidden,
        layers=asked.layers,
        cell=asked.cell,
        activation=asked.activation,
        embedding=hidden if segment > 1 else 0,
    )
    return Recipe(
        horizon=horizon,
        lookback=lookback,
        season=season,
        mode=mode,
        log=log,
        segment=segment,
        steps=network.steps,
        architecture=network,
        members=members,
        epochs=epochs,
        updates=updates,
        rate=rate,
        early_stopping=asked.early_stopping,
        seed=asked.seed,
        decisions=tuple(decisions),
    )


def _check(asked: Specification, rows: int) -> None:
    """Refuse options that could have no effect; the longest series has `rows` rows."""
    if asked.activation != "tanh" and asked.cell != "rnn":
        raise UsageError(f"the {asked.cell} cell has no --activation {asked.activation}", "ask for --cell rnn with it")
    for name, steps in (("season", asked.season), ("lookback", asked.lookback)):
        if steps is not None and steps >= rows:
            raise UsageError(f"--{name} {steps} is too long for {rows} rows", f"ask for less than {rows}")


def _calendar(panel: Panel) -> Calendar:
    """Return the calendar of the longest series."""
    return panel.calendars[int(np.argmax(panel.lengths))]


def _typical(panel: Panel) -> int:
    """Return the 75th percentile of the lengths."""
    return int(np.percentile(panel.lengths, 75))


def _season(panel: Panel, early: Panel) -> tuple[int, str]:
    """Take the season that people give such steps, or the strongest repetition of integer steps."""
    calendar = _calendar(panel)
    if calendar.kind == "integer":
        season = dominant_season(early)
        return season, f"the strongest repetition, every {season} steps" if season > 1 else "no repetition stands out"
    if calendar.kind == "intraday":
        season, word = calendar.per_day, "steps in a day"
    elif calendar.kind == "daily":
        season, word = calendar.per_week, "steps in a week"
    else:
        season, word = SEASONS[calendar.kind], f"steps in a {'year' if calendar.kind != 'yearly' else 'step'}"
    if 2 * season > _typical(panel):
        return 1, f"a season of {season} {word} needs two whole seasons of data"
    return season, word


def _horizon(panel: Panel, season: int) -> tuple[int, str]:
    """Take the usual reach of such steps, at most a sixth of a typical series."""
    calendar = _calendar(panel)
    if calendar.kind == "integer":
        usual = season if season > 1 else 10
    elif calendar.kind == "intraday":
        usual = min(calendar.per_day, 48)
    else:
        usual = calendar.per_week if calendar.kind == "daily" else HORIZONS[calendar.kind]
    most = max(1, int(np.median(panel.lengths)) // 6)
    if usual > most:
        return most, "a sixth of a typical series"
    return usual, "one season" if usual == season else f"usual for {calendar.kind} steps"


def _mode(early: Panel, season: int) -> tuple[str, str]:
    """See one-step changes where they are all there is to see, else the level."""
    price, why = looks_like_prices(early, season)
    return (RETURNS, why) if price else (LEVEL, why)


def _log(panel: Panel, early: Panel, mode: str) -> tuple[bool, str]:
    """Take logarithms of positive values, unless their plain changes are the steadier ones."""
    if not (panel.values > 0).all():
        return False, "values of zero or less have no logarithm"
    if mode == RETURNS:
        return True, "every price is positive"
    if steadier_in_plain_units(early):
        return False, "changes keep their size while the level moves"
    return True, "every value is positive: changes are relative"


def _window(panel: Panel, asked: int | None, season: int, horizon: int, mode: str) -> tuple[int, int]:
    """Return lookback and segment.

    Two seasons or six horizons, whichever is more, but at most 60 % of a typical series; cut into 4 to 14 segments
    that divide the season.
    """
    reach = max(2 * season, 6 * horizon, PRICE_LOOKBACK if mode == RETURNS else 0)
    length = asked or max(6, min(int(0.6 * _typical(panel)), reach))
    divisors = [s for s in range(1, (asked or season) + 1) if (asked or season) % s == 0]
    wide = [s for s in divisors if 14 * s >= min(length, 2 * season)] or [divisors[-1]]
    segment = min(wide, key=lambda s: abs(s - length / 12))
    return (asked, segment) if asked else (segment * int(np.clip(round(length / segment), 4, 14)), segment)


def _lookback_reason(lookback: int, season: int, mode: str) -> str:
    if mode == RETURNS:
        return "recent changes tell how much the price moves now"
    return f"{lookback / season:.3g} seasons" if season > 1 else "enough recent steps to see a trend"


def _hidden(panel: Panel) -> tuple[int, str]:
    """Give more units to more data."""
    rows = len(panel.values)
    return (64, f"{rows:,} rows are many") if rows >= 2000 else (32, f"{rows:,} rows are few")


def _updates(panel: Panel) -> tuple[int, str]:
    """Return the updates of a pass, so that 20 passes make 5 sqrt(rows) updates, 400 to 3,000."""
    total = int(np.clip(5 * np.sqrt(len(panel.values)), 400, 3000))
    return total // 20, f"at most {total // 20 * 20:,} updates; early stopping ends sooner"


def _rate(mode: str) -> tuple[float, str]:
    """Learn slowly where there is little to learn."""
    if mode == RETURNS:
        return 1e-3, "small steps: prices are mostly noise"
    return 4e-3, "usual for this network"
