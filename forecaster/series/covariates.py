"""Inputs beside the target: columns known up to the cutoff, and columns known for the future too.

Observed values lie row by row beside a panel's. Known values go on behind its end: row `j` of series `i` of the panel
is value `start[i] + j` of each known column, and step k behind its last row `l` is value `start[i] + l + k`, as far as
`stop[i]`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints


@dataclass(frozen=True)
class Covariates:
    """The covariates of a panel of N series and n rows.

    Attributes:
        observed: Names of the columns known up to the cutoff, P of them.
        known: Names of the columns known for the future too, K of them.
        past: Values of the observed columns, (P, n), in the order of the panel's rows, all finite.
        ahead: Values of the known columns, (K, m), series by series, all finite.
        start: Place in `ahead` of the panel's first row of each series, (N,).
        stop: Place behind the last known value of each series, (N,).

    """

    observed: tuple[str, ...]
    known: tuple[str, ...]
    past: Floats
    ahead: Floats
    start: Ints
    stop: Ints

    def rows(self, lengths: Ints) -> Floats:
        """Return the observed columns and behind them the known ones at the panel's rows, (P + K, n)."""
        return np.concatenate([self.past, self.known_rows(lengths, 0, hold_last=True)])

    def known_rows(self, lengths: Ints, steps: int, *, hold_last: bool) -> Floats:
        """Return the known columns at the rows of series of these lengths and `steps` steps behind each, (K, m).

        They stay as they are from where no value is known; `hold_last`, from the last row on.
        """
        if not self.known:
            return np.empty((0, int((lengths + steps).sum())))
        most = lengths if hold_last else self.stop - self.start
        places = [
            start + np.minimum(np.arange(rows + steps), end - 1)
            for start, rows, end in zip(self.start, lengths, most, strict=True)
        ]
        return self.ahead[:, np.concatenate(places)]

    def behind(self, lengths: Ints) -> Ints:
        """Return how many steps behind the rows of series of these lengths are known, (N,)."""
        return self.stop - self.start - lengths

    def followed(self, lengths: Ints, steps: int) -> Covariates:
        """Return the covariates of a panel with `steps` more rows in each series; what is observed stays as it was."""
        ends = np.cumsum(lengths)
        pieces = np.split(self.past, ends[:-1], axis=1)
        held = [np.pad(piece, ((0, 0), (0, steps)), mode="edge") for piece in pieces]
        return replace(self, past=np.concatenate(held, axis=1))

    def cut(self, rows: Ints, start: Ints) -> Covariates:
        """Return the covariates of the panel's rows with these places, each series without its first `start` rows.

        What is known of the future stays known: it does not depend on where a history ends.
        """
        return replace(self, past=self.past[:, rows], start=self.start + start)

    def take(self, chosen: Sequence[int], rows: Ints) -> Covariates:
        """Return the covariates of the series with these numbers, in this order, which are the panel's `rows`."""
        places = [np.arange(self.start[i], self.stop[i]) for i in chosen]
        stop = np.cumsum([len(each) for each in places])
        start = stop - [len(each) for each in places]
        return replace(
            self, past=self.past[:, rows], ahead=self.ahead[:, np.concatenate(places)], start=start, stop=stop
        )
