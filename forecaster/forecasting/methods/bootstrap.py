"""Forecast series that mostly repeat one value, or mostly stand still: by drawing from their own past.

Demand that comes now and then, list prices, policy rates and constants have no size of change that an error could be
measured by: most changes are zero, and the few that are not say everything. Their next values are drawn from the past
ones (`VALUES`), or their next changes from blocks of the past changes (`CHANGES`), with the weights of `past_weights`.
So zeros and whole numbers come in their share, a jump is as likely as it was, and nothing goes where no jump has led.

A change that was never seen counts as one observation more than there are: a series that stood still for n rows changes
in one of the next h steps with a probability of about h / n, and has no width where n is 19 h or more, at 95 %.

Source: Willemain, Smart & Schwarz (2004), Int. J. Forecasting 20:375-387, who draw demand from its past; a product that
is no longer wanted: Teunter, Syntetos & Babai (2011), Eur. J. Operational Research 214:606-615.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.methods.past_weights import DECAYS, observation_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.series.limits import Limits

NONE, VALUES, CHANGES = range(3)
"""What is drawn of a series: nothing, as other methods forecast it, its values or its changes."""
PATHS = 1000
"""Paths of changes from which quantiles are taken: 25 lie beyond the end of a 95 % interval."""
FURTHEST = 300.0
"""Furthest way of a logarithm, whose exponential does not overflow."""
HORIZONS_KEPT = 4
"""Horizons whose random numbers are kept: a run has few, and each takes up to 24 MB."""
DRAWS_AT_ONCE = 1_000_000
"""Draws of one forecast at most, so that far horizons have fewer paths: a trade of memory against exact tails."""


class QuantileForecast(NamedTuple):
    """A forecast of h steps: points, (h,), and the ends of the interval at each level in percent, (h,) each."""

    point: Floats
    low: dict[float, Floats]
    high: dict[float, Floats]

    def at_steps(self, steps: Ints) -> QuantileForecast:
        """Return the forecast at these steps, (k,), counted from 0."""
        low, high = ({level: each[steps] for level, each in ends.items()} for ends in (self.low, self.high))
        return QuantileForecast(self.point[steps], low, high)


@dataclass(frozen=True)
class Bootstrap:
    """The past of a series, from which its next values are drawn.

    Attributes:
        kind: `VALUES` or `CHANGES`.
        past: Observations, oldest first, (n,): values, or changes, of logarithms where `relative`.
        unseen: What may come that never did, below and above.
        shares: Shares of the components of `past_weights`, (K,).
        season: Steps in a season.
        last: The last value.
        extremes: The lowest and the highest value so far.
        limits: What no forecast is below or above.
        decimals: Decimals to which values are rounded; None if they are not.
        relative: Whether changes are of logarithms.
        usual: The most common value.
        wanted: Probability that the demand has not ended for good.
        before, doubt: The value before the last one, and the probability that the last one returns to it at once.

    """

    kind: int
    past: Floats
    unseen: tuple[float, float]
    shares: Floats
    season: int
    last: float
    extremes: tuple[float, float]
    limits: Limits
    decimals: int | None
    relative: bool
    usual: float
    wanted: float
    before: float
    doubt: float

    @property
    def counts_demand(self) -> bool:
        """Whether it is rare demand, or a count of something rare, of which the mean counts, as what is sold in all."""
        return self.kind == VALUES and self.usual == 0

    @property
    def is_mostly_zero(self) -> bool:
        """Whether it is demand that is mostly zero: absolute errors would be least for a forecast of nothing."""
        return self.counts_demand and bool(np.mean(self.past == 0) > 1 / 2)

    def events(self, y: Floats) -> int:
        """Return how often something happens in values, (n,): an unusual value, or a change."""
        return int(np.count_nonzero(y != self.usual if self.kind == VALUES else np.diff(y)))

    def predict(self, horizon: int, levels: Sequence[float]) -> QuantileForecast:
        """Return the forecast of the next `horizon` steps, with intervals at `levels` percent."""
        tails = {level: (1 - level / 100) / 2 for level in levels}
        probabilities = np.array([0.5, *tails.values(), *(1 - tail for tail in tails.values())])
        quantiles = self._quantiles(probabilities, horizon)
        point = self.limits.clip(self._means(horizon)) if self.counts_demand else quantiles[0]
        low, high = quantiles[1 : len(tails) + 1], quantiles[len(tails) + 1 :]
        # the mean of rare demand may lie above most quantiles: an interval contains it all the same
        low, high = np.minimum(low, self._rounded(point, np.floor)), np.maximum(high, self._rounded(point, np.ceil))
        low, high = self.limits.clip(low), self.limits.clip(high)
        # what is left of demand that has ended may be less than a millionth of a unit
        point = np.clip(point, low.max(axis=0), high.min(axis=0))
        return QuantileForecast(point, dict(zip(tails, low, strict=True)), dict(zip(tails, high, strict=True)))

    def sample_paths(self, count: int, horizon: int, rng: np.random.Generator) -> Floats:
        """Draw `count` paths of the next `horizon` steps, (count, horizon)."""
        if self.kind == CHANGES:
            return self._paths_of_changes(rng.random((count, 3 * horizon + 1)))
        uniforms = rng.random((count, horizon))
        drawn = np.empty(uniforms.shape)
        for steps, observations, cumulative in self._distributions(horizon):
            drawn[:, steps] = observations[np.searchsorted(cumulative, uniforms[:, steps])]
        return self.limits.clip(drawn)

    def _quantiles(self, probabilities: Floats, horizon: int) -> Floats:
        """Return the quantiles of the next steps, (len(probabilities), horizon)."""
        if self.kind == CHANGES:
            paths = np.sort(self._paths_of_changes(_fixed_uniforms(horizon)), axis=0)
            ranks = np.maximum(np.ceil(probabilities * len(paths)).astype(np.int64), 1)
            of_paths: Floats = paths[ranks - 1]
            return of_paths
        found = np.empty((len(probabilities), horizon))
        for steps, observations, cumulative in self._distributions(horizon):
            found[:, steps] = observations[np.searchsorted(cumulative, probabilities - 1e-12)][:, None]
        return self.limits.clip(found)

    def _means(self, horizon: int) -> Floats:
        """Return the means of the next values."""
        found = np.empty(horizon)
        for step in range(1, min(horizon, self._seasons) + 1):
            found[step - 1 :: self._seasons] = self.wanted * (self._weights(step) @ self.past)
        return found

    def _paths_of_changes(self, uniforms: Floats) -> Floats:
        """Return paths, (P, h), for uniform random numbers, (P, 3 h + 1).

        Changes come in blocks of the past, so that rises follow rises as they did (the stationary bootstrap: Politis &
        Romano 1994, J. American Statistical Association 89:1303-1313). Of k changes that led upwards u did, so the next
        one does with a probability of (u + 2) / (k + 4), as Agresti & Coull (1998, American Statistician 52:119-126)
        estimate shares, and some are turned round. No path leads further beyond the history than the largest change,
        times the root of the number of changes to come, and the mean change of all rows do.
        """
        n, draws, decides, turns = len(self.past), uniforms[:, 1::3], uniforms[:, 2::3], uniforms[:, 3::3]
        ends, turning = 1 - 1 / np.sqrt(n), self._turning
        changes, place = np.empty(draws.shape), np.full(len(draws), n)
        for k in range(draws.shape[1]):
            begun = np.searchsorted(np.cumsum(self._fading_weights(k + 1)), draws[:, k]).clip(max=n - 1)
            place = np.where((decides[:, k] < ends) & (place + 1 < n), place + 1, begun)
            drawn = self.past[place]
            changes[:, k] = np.where(turns[:, k] < np.where(drawn > 0, *turning), -drawn, drawn)
            beyond = np.searchsorted([n / (n + 1), (n + 0.5) / (n + 1)], decides[:, k])
            changes[beyond == 1, k], changes[beyond == 2, k] = self.unseen
        start, moved = np.where(uniforms[:, :1] < self.doubt, self.before, self.last), np.cumsum(changes, axis=1)
        low, high = self._extremes(draws.shape[1])
        origin = np.log(start) if self.relative else start
        moved = np.clip(moved, low - origin, high - origin)
        return self.limits.clip(self._rounded(start * np.exp(moved) if self.relative else start + moved, np.rint))

    @property
    def _turning(self) -> tuple[float, float]:
        """The probability that a rise, and that a fall, is turned round."""
        rises, falls = np.count_nonzero(self.past > 0), np.count_nonzero(self.past < 0)
        expected = (rises + 2) / (rises + falls + 4)
        of_rise = 1 - expected * (rises + falls) / rises if rises else 0.0
        of_fall = 1 - (1 - expected) * (rises + falls) / falls if falls else 0.0
        return max(of_rise, 0.0), max(of_fall, 0.0)

    def _extremes(self, horizon: int) -> tuple[Floats, Floats]:
        """Return the lowest and the highest that paths may be at each step, (h,), as logarithms where changes are."""
        steps = np.arange(1.0, horizon + 1)
        changes = steps * np.mean(self.past != 0)
        further = self.unseen[1] * np.sqrt(np.maximum(changes, 1)) + abs(float(self.past.mean())) * steps
        if not self.relative:
            return self.extremes[0] - further, self.extremes[1] + further
        low, high = np.log(self.extremes)
        further = np.minimum(further, FURTHEST)
        return low - further, high + further

    @property
    def _seasons(self) -> int:
        """After how many steps the weights of the past repeat."""
        return self.season if self.shares[len(self.shares) // 2 :].any() else 1

    def _weights(self, step: int) -> Floats:
        """Return the weights of the past observations for the `step`-th next one."""
        if step not in self._weights_by_step:
            self._weights_by_step[step] = observation_weights(self.shares, len(self.past), self.season, step)
        return self._weights_by_step[step]

    def _fading_weights(self, step: int) -> Floats:
        """Return the weights of the past changes for the `step`-th next one.

        What only the latest changes say is believed for as many steps as the memory that it comes from is long: of a
        component with the decay d, all changes take the share 1 - d^step.
        """
        lasting = np.tile(DECAYS, 2) ** step
        shares: Floats = self.shares * lasting
        shares[[0, len(DECAYS)]] += (self.shares - shares).reshape(2, -1).sum(axis=1)
        return observation_weights(shares, len(self.past), self.season, step)

    @cached_property
    def _weights_by_step(self) -> dict[int, Floats]:
        """The weights that were needed so far."""
        return {}

    def _distributions(self, horizon: int) -> list[tuple[slice, Floats, Floats]]:
        """Return steps with the same distribution, its values, rising, and their cumulative probabilities."""
        extra = np.full(2, 0.5 / (len(self.past) + 1))
        observations = np.concatenate([self.past, self.unseen, [0.0]])
        order = np.argsort(observations, kind="stable")
        found = []
        for step in range(1, min(horizon, self._seasons) + 1):
            known = self.wanted * np.concatenate([self._weights(step) * (1 - extra.sum()), extra])
            cumulative = np.cumsum(np.append(known, 1 - self.wanted)[order])
            found.append((slice(step - 1, None, self._seasons), observations[order], cumulative / cumulative[-1]))
        return found

    def _rounded(self, values: Floats, direction: Callable[[Floats], Floats]) -> Floats:
        """Return values as the series has them: rounded to its decimals."""
        if self.decimals is None:
            return values
        unit = 10.0**self.decimals
        near = np.round(values * unit, 6)
        # zero has no sign
        rounded: Floats = np.round(direction(near) / unit, self.decimals) + 0.0
        return rounded


@lru_cache(maxsize=HORIZONS_KEPT)
def _fixed_uniforms(horizon: int) -> Floats:
    """Return uniform random numbers, (P, 3 horizon + 1), the same for each forecast, so that forecasts do not vary.

    Each column has one number in each of P equal parts of 0 to 1, in random order (Latin hypercube sampling: McKay,
    Beckman & Conover 1979, Technometrics 21:239-245), so that what is rare comes as often as its probability says.
    """
    paths = max(100, min(PATHS, DRAWS_AT_ONCE // horizon))
    rng, shape = np.random.default_rng(0), (paths, 3 * horizon + 1)
    part = rng.permuted(np.broadcast_to(np.arange(paths)[:, None], shape), axis=0)
    uniforms: Floats = (part + rng.random(shape)) / paths
    return uniforms
