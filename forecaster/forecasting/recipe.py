"""Every default, derived from the data by small functions that also say why.

A function takes the panel and what is decided already, and returns a value with its reason in words. What the user
asked for overrides; the decisions are shown by `train`, kept in the model file and printed by `inspect`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.scaling import LEVEL, RETURNS
from forecaster.errors import UsageError, counted
from forecaster.forecasting.patterns import dominant_season, looks_like_prices, steadier_in_plain_units
from forecaster.nn.architecture import BOTH_WAYS, MANY_TO_ONE, ONE_STEP, ONE_TO_ONE, Architecture
from forecaster.spec import Decision

if TYPE_CHECKING:
    from forecaster.data.calendar import Calendar
    from forecaster.data.panel import Panel
    from forecaster.spec import Specification

SEASONS = {"daily": 7, "weekly": 52, "monthly": 12, "quarterly": 4, "yearly": 1}
HORIZONS = {"daily": 7, "weekly": 13, "monthly": 12, "quarterly": 8, "yearly": 6}
PRICE_LOOKBACK = 60
"""Steps of one-step changes that tell how much a price moves just now."""
SHORTEST_STEP = 6
"""Values that a network with one recurrent step sees at least."""
LONGEST_IRREGULAR = 30
"""Unequal steps seen at most: each is a recurrent step of its own."""
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
        batch: Windows in an update.
        rate: Peak learning rate.
        early_stopping: Whether training stops when validation does not improve.
        refit: Whether the networks are trained anew on all rows after they were judged.
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
    batch: int
    rate: float
    early_stopping: bool
    refit: bool
    seed: int
    decisions: tuple[Decision, ...]

    @property
    def shortest(self) -> int:
        """Known steps that a window needs at least; what is missing of the lookback is filled up with zeros."""
        return min(6, max(2, self.season), self.lookback)

    @property
    def irregular(self) -> bool:
        """Whether steps are unequal."""
        return self.architecture.irregular

    @property
    def from_start(self) -> bool:
        """Whether inputs are relative to the step before the window, see `forecaster.data.scaling`."""
        return self.architecture.every_step or self.architecture.one_step


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
    segment, lookback = _window(panel, asked, season, horizon, mode)
    decide("lookback", asked.lookback, (lookback, _lookback_reason(lookback, season, mode)))
    steps = lookback // segment
    decide("segment", asked.segment, (segment, f"{counted(steps, 'recurrent step')} of {counted(segment, 'value')}"))
    decide("arch", None if asked.arch == MANY_TO_ONE else asked.arch, (MANY_TO_ONE, "one output, after the last step"))
    hidden = decide("hidden", asked.hidden, _hidden(panel))
    members = decide(
        "members", asked.members, (3, "the mean of three networks with different seeds is steadier than one")
    )
    epochs = decide("epochs", asked.epochs, (20, "early stopping ends sooner" if asked.early_stopping else "usual"))
    updates = decide("updates", asked.updates, _updates(panel, epochs))
    rate = decide("rate", None, _rate(mode))
    network = Architecture(
        inputs=2 if asked.irregular else segment,
        steps=steps,
        outputs=1 if asked.arch == ONE_TO_ONE else horizon,
        hidden=hidden,
        layers=asked.layers,
        cell=asked.cell,
        activation=asked.activation,
        embedding=hidden if segment > 1 else 0,
        arch=asked.arch,
        bidirectional=asked.bidirectional,
        dropout=asked.dropout,
        residual=asked.residual,
        irregular=asked.irregular,
    )
    _check_layers(network)
    return Recipe(
        horizon=horizon,
        lookback=lookback,
        season=season,
        mode=mode,
        log=log,
        segment=segment,
        steps=steps,
        architecture=network,
        members=members,
        epochs=epochs,
        updates=updates,
        batch=asked.batch,
        rate=rate,
        early_stopping=asked.early_stopping,
        refit=asked.refit,
        seed=asked.seed,
        decisions=tuple(decisions),
    )


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
    if network.dropout and network.layers == 1:
        raise UsageError("--dropout acts between recurrent layers, and there is one", "ask for --layers 2 or more")
    if network.residual and all(stack.inputs_of(n) != stack.width for n in range(stack.layers)):
        raise UsageError(
            "--residual needs a layer whose input and output have the same size", "ask for --layers 2 or more"
        )


def _calendar(panel: Panel) -> Calendar:
    """Return the calendar of the longest series."""
    return panel.calendars[int(np.argmax(panel.lengths))]


def _typical(panel: Panel) -> int:
    """Return the 75th percentile of the lengths."""
    return int(np.percentile(panel.lengths, 75))


def _season(panel: Panel, early: Panel) -> tuple[int, str]:
    """Take the season that people give such steps, or the strongest repetition of integer steps."""
    calendar = _calendar(panel)
    if panel.irregular:
        return 1, "unequal steps have none"
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
    if panel.irregular or calendar.kind == "integer":
        usual = season if season > 1 else 10
    elif calendar.kind == "intraday":
        usual = min(calendar.per_day, 48)
    else:
        usual = calendar.per_week if calendar.kind == "daily" else HORIZONS[calendar.kind]
    most = max(1, int(np.median(panel.lengths)) // 6)
    if usual > most:
        return most, "a sixth of a typical series"
    return (
        usual,
        "one season" if usual == season else f"usual for {'unequal' if panel.irregular else calendar.kind} steps",
    )


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


def _window(panel: Panel, asked: Specification, season: int, horizon: int, mode: str) -> tuple[int, int]:
    """Return segment and lookback.

    The lookback is two seasons or six horizons, whichever is more, but at most 60 % of a typical series, cut into 4 to
    14 segments that divide the season. With one recurrent step it is the least number of seasons that has six steps.
    Unequal steps stand alone.
    """
    reach = max(2 * season, 6 * horizon, PRICE_LOOKBACK if mode == RETURNS else 0)
    length = asked.lookback or max(6, min(int(0.6 * _typical(panel)), reach))
    whole = asked.lookback or season
    divisors = [s for s in range(1, whole + 1) if whole % s == 0]
    wide = [s for s in divisors if 14 * s >= min(length, 2 * season)] or [divisors[-1]]
    segment = asked.segment or (1 if asked.irregular else min(wide, key=lambda s: abs(s - length / 12)))
    if asked.arch in ONE_STEP:
        once = asked.lookback or asked.segment or season * ceil(SHORTEST_STEP / season)
        return once, once
    if asked.irregular and not asked.lookback:
        return 1, min(length, LONGEST_IRREGULAR)
    return segment, asked.lookback or segment * int(np.clip(round(length / segment), 4, 14))


def _lookback_reason(lookback: int, season: int, mode: str) -> str:
    if mode == RETURNS:
        return "recent changes tell how much the price moves now"
    return f"{lookback / season:.3g} times the season" if season > 1 else "enough recent steps to see a trend"


def _hidden(panel: Panel) -> tuple[int, str]:
    """Give more units to more data."""
    rows = len(panel.values)
    return (64, f"{rows:,} rows are many") if rows >= 2000 else (32, f"{rows:,} rows are few")


def _updates(panel: Panel, epochs: int) -> tuple[int, str]:
    """Return the updates of a pass, so that 20 passes make 5 sqrt(rows) updates, 400 to 3,000."""
    total = int(np.clip(5 * np.sqrt(len(panel.values)), 400, 3000))
    return total // 20, f"{total // 20 * epochs:,} in {counted(epochs, 'epoch')}"


def _rate(mode: str) -> tuple[float, str]:
    """Learn slowly where there is little to learn."""
    if mode == RETURNS:
        return 1e-3, "small steps: prices are mostly noise"
    return 4e-3, "usual for this network"
