"""Covariates: columns that are observed up to the cutoff, and columns that are known for the future too.

Observed columns have a value for each row of a panel. Known columns have values after its end, too: row `j` of series
`i` of the panel is value `start[i] + j` of each known column, and step k after its last row `l` is value
`start[i] + l + k`, up to `stop[i]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.series.categories import Categories


@dataclass(frozen=True)
class Covariates:
    """The covariates of a panel of N series and n rows.

    Attributes:
        observed: Names of the columns known up to the cutoff, P of them.
        known: Names of the columns known for the future too, K of them.
        observed_values: Values of the observed columns, (P, n), in the order of the panel's rows, all finite.
        known_values: Values of the known columns, (K, m), series by series, all finite.
        start: Place in `known_values` of the panel's first row of each series, (N,).
        stop: Place after the last known value of each series, (N,).
        categories: The categories of the columns of a file that are columns of 1 and 0 here.
        static: Names of known columns that never change within a series.

    """

    observed: tuple[str, ...]
    known: tuple[str, ...]
    observed_values: Floats
    known_values: Floats
    start: Ints
    stop: Ints
    categories: Categories = field(default_factory=dict)
    static: tuple[str, ...] = ()

    def rows(self, lengths: Ints) -> Floats:
        """Return the observed columns, then the known ones, at the panel's rows, (P + K, n)."""
        return np.concatenate([self.observed_values, self.known_rows(lengths, 0, hold_last=True)])

    def known_rows(self, lengths: Ints, steps: int, *, hold_last: bool) -> Floats:
        """Return the known columns at the rows of series of these lengths and `steps` steps after each, (K, m).

        After the last known value they keep it. With `hold_last` they keep the value of the last row.
        """
        if not self.known:
            return np.empty((0, int((lengths + steps).sum())))
        known = self.stop - self.start
        most = np.minimum(lengths, known) if hold_last else known
        places = [
            start + np.minimum(np.arange(rows + steps), end - 1)
            for start, rows, end in zip(self.start, lengths, most, strict=True)
        ]
        return self.known_values[:, np.concatenate(places)]

    def known_steps(self, lengths: Ints) -> Ints:
        """Return how many steps after the rows of series of these lengths are known, (N,)."""
        return self.stop - self.start - lengths

    def with_more_rows(self, lengths: Ints, steps: int) -> Covariates:
        """Return the covariates of a panel with `steps` more rows in each series; observed columns keep their value."""
        ends = np.cumsum(lengths)
        pieces = np.split(self.observed_values, ends[:-1], axis=1)
        longer = [np.pad(piece, ((0, 0), (0, steps)), mode="edge") for piece in pieces]
        return replace(self, observed_values=np.concatenate(longer, axis=1))

    def cut(self, rows: Ints, start: Ints) -> Covariates:
        """Return the covariates of the panel's rows with these places, each series without its first `start` rows.

        Known columns keep all their later values: these do not depend on where the rows end.
        """
        return replace(self, observed_values=self.observed_values[:, rows], start=self.start + start)

    def take(self, chosen: Sequence[int], rows: Ints) -> Covariates:
        """Return the covariates of the series with these numbers, in this order, which are the panel's `rows`."""
        places = [np.arange(self.start[i], self.stop[i]) for i in chosen]
        stop = np.cumsum([len(each) for each in places])
        return replace(
            self,
            observed_values=self.observed_values[:, rows],
            known_values=self.known_values[:, np.concatenate(places)],
            start=stop - [len(each) for each in places],
            stop=stop,
        )
