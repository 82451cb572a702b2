"""The recipe: everything that is decided before training, and why.

`forecaster.forecasting.defaults` derives it from the data and from what the user requested. The decisions are shown by
`train`, written to the model file and printed by `inspect`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecaster.nn.architecture import MANY_TO_ONE, Architecture
from forecaster.series.limits import limits_between
from forecaster.series.scaling import RETURNS

if TYPE_CHECKING:
    from forecaster.series.limits import Limits
    from forecaster.spec import Decision


@dataclass(frozen=True)
class Recipe:
    """Everything that is decided before training.

    Attributes:
        horizon, lookback: Steps forecast at once, h, and steps of a window, L.
        season: Steps in a season; 1 for none.
        mode: `returns` or `level`.
        log: Whether values are transformed to logarithms, see `forecaster.series.transforms`.
        segment, steps: Values of a window in each recurrent step, S, and recurrent steps, T = L / S.
        architecture: The network's sizes.
        stride: Steps between the ends of training windows, counted from the end of a series.
        recent_rows: Latest rows of each series in which training starts forecasts.
        members: Networks in the ensemble.
        epochs, updates, batch: Epochs at most, updates in an epoch, and windows in an update.
        rate: Peak learning rate.
        early_stopping: Whether training stops when validation does not improve.
        all_rows: Whether the networks are trained on all rows after they were judged.
        decisions: What was chosen and why, in the order in which it was decided.
        observed, known: Covariates that are known up to the cutoff, and for the steps ahead too.
        calendar: Covariates that follow from the time stamps, of `forecaster.series.calendar_features`.
        pretrained: Digest of the pretrained networks, where these forecast, alone or beside others; else empty.
        fine_tuned, tuning_updates: Networks trained further from a pretrained one, and the updates of each.
        bootstrap: Whether series that mostly repeat a value or stand still are drawn from their past.
        holidays: Codes of countries whose holidays have effects, as the user requested them; empty for none.
        minimum, maximum: The least and the largest value that the series can have; None for no limit.

    """

    horizon: int
    lookback: int
    season: int
    mode: str
    log: bool
    segment: int
    steps: int
    architecture: Architecture
    stride: int
    recent_rows: int
    members: int
    epochs: int
    updates: int
    batch: int
    rate: float
    early_stopping: bool
    all_rows: bool
    seed: int
    decisions: tuple[Decision, ...]
    observed: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    pretrained: str = ""
    fine_tuned: int = 0
    tuning_updates: int = 0
    bootstrap: bool = False
    minimum: float | None = None
    maximum: float | None = None
    holidays: str = ""

    @property
    def limits(self) -> Limits:
        """The limits of the values of all series."""
        return limits_between(self.minimum, self.maximum)

    @property
    def zero_shot(self) -> bool:
        """Whether nothing is trained: a pretrained network forecasts each series from its own rows."""
        return bool(self.pretrained) and not self.members and not self.fine_tuned

    @property
    def tunes_only(self) -> bool:
        """Whether pretrained networks are trained further, and none from nothing."""
        return bool(self.fine_tuned) and not self.members

    @property
    def reads_every_step(self) -> bool:
        """Whether methods read a value for each step of the calendar, and not only rows: a season counts steps.

        Prices have no season, and a value that is filled in is no move of a market.
        """
        return self.mode != RETURNS and not self.irregular

    @property
    def trains_nothing(self) -> bool:
        """Whether nothing is learned from the user's rows but scales: of levels, or of the volatility of prices."""
        return self.epochs == 0 and not self.fine_tuned

    @property
    def answers_quantiles(self) -> bool:
        """Whether a network answers quantiles, of values or of price moves; else intervals follow from errors alone."""
        return self.architecture.quantiles > 1 or self.predicts_volatility or bool(self.pretrained)

    @property
    def extends_offsets(self) -> bool:
        """Whether offsets end at the horizon, as those of networks of one's own do.

        Pretrained networks answer further, the volatility of prices and networks of unequal steps any distance.
        """
        return not (self.irregular or self.predicts_volatility or self.zero_shot or self.tunes_only)

    @property
    def shortest_window(self) -> int:
        """Steps of a series that a window needs at least; the rest of the lookback is filled with zeros."""
        least = self.season if self.stride > 1 else min(6, max(2, self.season))
        return min(least, self.lookback)

    @property
    def irregular(self) -> bool:
        """Whether steps are unequal."""
        return self.architecture.irregular

    @property
    def anchored_at_start(self) -> bool:
        """Whether inputs are relative to the step before the window, see `forecaster.series.scaling`."""
        return self.architecture.every_step or self.architecture.one_step

    @property
    def targets_needed(self) -> int:
        """Targets that a training window needs at least: one, or all for a decoder or for unequal steps."""
        plain = self.architecture.arch == MANY_TO_ONE and not self.irregular
        return 1 if plain else self.horizon

    @property
    def varies_views(self) -> bool:
        """Whether networks see the windows differently, see `window_sets.member_view`: where the scale is an input."""
        scale_inputs = self.architecture.inputs - inputs_per_step(self.segment, len(self.observed + self.known))
        return not self.irregular and not self.predicts_volatility and scale_inputs > 0

    @property
    def predicts_volatility(self) -> bool:
        """Whether the network predicts how far prices move instead of their values."""
        return self.mode == RETURNS and self.architecture.arch == MANY_TO_ONE and not self.irregular


def inputs_per_step(segment: int, columns: int) -> int:
    """Return the numbers that a recurrent step takes of the target and of so many covariates."""
    return segment + columns * (segment + 1)
