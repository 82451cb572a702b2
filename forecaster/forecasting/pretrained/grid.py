"""Series side by side on the steps of their calendars: what the pretrained level network reads, before it is scaled.

Everything is looked up by time. A step without a row is a missing value, not a row less; the phase of a season is given
for each step, so it may follow any calendar; and an effect that is known for each step, as of a holiday or of a
covariate, is taken out of the values before the network sees them and is put back into its forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints


class Season(NamedTuple):
    """One season of N series.

    Attributes:
        length: Phases of the season, m.
        phase: The phase of each step, 0 to m - 1, of T past steps and h steps ahead, (T + h, N).

    """

    length: int
    phase: Ints


@dataclass(frozen=True)
class Grid:
    """N series whose latest steps stand in one row.

    Attributes:
        x: Transformed values, (T, N); NaN where a step has no value and above the first one. The last row has values.
        logarithmic: Whether x are logarithms of values, (N,).
        seasons: Shortest season first; none for series without one.
        horizon: Steps ahead, h.
        effect: What is taken out of x and put back into forecasts, (T + h, N); None for nothing.

    """

    x: Floats
    logarithmic: Bools
    seasons: tuple[Season, ...]
    horizon: int
    effect: Floats | None = None

    @property
    def without_effect(self) -> Floats:
        """The values that the network sees, (T, N)."""
        return self.x if self.effect is None else self.x - self.effect[: len(self.x)]

    def take(self, chosen: Ints) -> Grid:
        """Return the grid of the series with these numbers."""
        seasons = tuple(Season(season.length, season.phase[:, chosen]) for season in self.seasons)
        effect = None if self.effect is None else self.effect[:, chosen]
        return replace(self, x=self.x[:, chosen], logarithmic=self.logarithmic[chosen], seasons=seasons, effect=effect)


def counted_phases(steps: int, horizon: int, length: int, series: int) -> Ints:
    """Return phases of series whose every step counts, (T + h, N): the latest step has the phase m - 1."""
    phase = (np.arange(1 - steps, horizon + 1) - 1) % length
    return np.repeat(phase[:, None], series, axis=1)
