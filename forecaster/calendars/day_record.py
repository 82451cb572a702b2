"""Which days of a file are open and closed, and how often the days of a holiday rule were closed.

Days are numbered from 1970-01-01; a record has D days between the first and the last row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.holidays import Holiday, days_in_years, year_of
from forecaster.calendars.units import EPOCH_WEEKDAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecaster.arrays import Bools, Ints

YEARS_OF_PROOF = 3
"""Times in a row that a rule must have closed its day: two could be chance, and more would miss holidays of a file of a
few years. Chosen by hand."""
SHARE_WITH_EXCEPTIONS = 0.75
"""Share of its days that a rule must have closed where a year was an exception: three of four. Chosen by hand."""
LONGEST_HOLIDAY = 2
"""Closed days in a row, seen once, that may still be holidays; more of them are a gap, unless they are customary. Two,
as 25 and 26 December."""


class RuleSupport(NamedTuple):
    """How many of the days that a rule names were closed.

    Attributes:
        run: How many of its latest days were closed without an exception.
        closed: How many of its days were closed.
        seen: How many of its days would have rows without the rule.
        lately: Whether one of the last two was closed.

    """

    run: int
    closed: int
    seen: int
    lately: bool

    def holds(self, least: int, proof: int) -> bool:
        """Return whether the latest `proof` days were closed, or all of `least` or more, or nearly all of many."""
        with_exceptions = self.lately and self.closed >= max(YEARS_OF_PROOF, SHARE_WITH_EXCEPTIONS * self.seen)
        return with_exceptions or self.run >= max(least, min(proof, self.seen))


@dataclass(frozen=True)
class DayRecord:
    """Which days between the first and the last row of a file are closed, D days.

    Attributes:
        first: Number of the first day.
        seen: Whether the day would have rows if it were no holiday, (D,).
        closed: Whether such a day has no rows, (D,).

    """

    first: int
    seen: Bools
    closed: Bools

    @cached_property
    def years(self) -> Ints:
        """The years whose holidays may fall into the span, (Y,)."""
        return np.arange(year_of(self.first) - 1, year_of(self.first + len(self.seen) - 1) + 2)

    def places(self, holiday: Holiday) -> Ints:
        """Return the places in the span of the rule's days."""
        places = self._days(holiday) - self.first
        return places[(places >= 0) & (places < len(self.seen))]

    def closed_places(self, holiday: Holiday) -> frozenset[int]:
        """Return the places in the span of those days of a rule that were closed."""
        if holiday not in self._closed_places:
            places = self.places(holiday)
            self._closed_places[holiday] = frozenset(places[self.closed[places]].tolist())
        return self._closed_places[holiday]

    @cached_property
    def _closed_places(self) -> dict[Holiday, frozenset[int]]:
        """The closed days of the rules that were requested."""
        return {}

    @cached_property
    def _supports(self) -> dict[Holiday, RuleSupport]:
        """The support of the rules that were looked up."""
        return {}

    def _days(self, holiday: Holiday) -> Ints:
        """Return the rule's day in each of the years, (Y,)."""
        return days_in_years(holiday, int(self.years[0]), int(self.years[-1]))

    def support(self, holiday: Holiday) -> RuleSupport:
        """Return how many of the rule's days were closed."""
        if holiday not in self._supports:
            self.look_up([holiday])
        return self._supports[holiday]

    def look_up(self, holidays: Iterable[Holiday]) -> None:
        """Count how many days of each rule were closed, for `support`: of many rules at once in far less time."""
        rules = [each for each in holidays if each not in self._supports]
        if not rules:
            return
        places = np.stack([self._days(each) for each in rules]) - self.first
        inside = (places >= 0) & (places < len(self.seen))
        places = np.where(inside, places, 0)
        seen = inside & self.seen[places]
        closed = seen & self.closed[places]
        # counted back from the latest year: the open days so far, and the days that are seen so far
        opened = np.cumsum((seen & ~closed)[:, ::-1], axis=1)[:, ::-1]
        latest = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] <= 2
        runs, lately = (closed & (opened == 0)).sum(axis=1), (closed & latest).sum(axis=1) > 0
        counts = zip(
            runs.tolist(), closed.sum(axis=1).tolist(), seen.sum(axis=1).tolist(), lately.tolist(), strict=True
        )
        self._supports.update(zip(rules, (RuleSupport(*each) for each in counts), strict=True))

    @cached_property
    def in_a_gap(self) -> frozenset[int]:
        """The places of days that are among more than `LONGEST_HOLIDAY` closed days in a row."""
        days = np.flatnonzero(self.seen)
        starts = np.flatnonzero(np.append(True, np.diff(self.closed[days])))
        lengths = np.diff(np.append(starts, len(days)))
        return frozenset(days[self.closed[days] & (np.repeat(lengths, lengths) > LONGEST_HOLIDAY)].tolist())

    def weekday_is_open(self, weekday: int) -> bool:
        """Return whether the days of `weekday` have rows."""
        return bool(self.seen[(weekday - self.first - EPOCH_WEEKDAY) % 7 :: 7].any())
