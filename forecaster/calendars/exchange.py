"""The sessions of exchanges, from the package exchange-calendars, which is imported only when a user names one.

Days are numbered from 1970-01-01; times are whole seconds since then on the clock of the exchange.
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.arrays import Ints, most_frequent
from forecaster.calendars.holidays import month_start, year_of
from forecaster.calendars.units import DAY
from forecaster.errors import UsageError
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

CODE = re.compile(r"[A-Za-z0-9/_]{1,40}")
INSTALL = 'install it with: pip install "forecaster-rnn[calendars]"'
LOOKAHEAD = 2
"""Later years that are fetched as well: making a calendar costs more than a few more years. Chosen by hand."""


@dataclass(frozen=True, eq=False)
class Sessions:
    """Sessions of an exchange.

    Attributes:
        days: Day of each session, (S,), rising.
        opens: When each session opens, (S,).
        closes: When each session closes, (S,).
        begins: The first of the requested days that the package knows.
        ends: The last one.

    """

    days: Ints
    opens: Ints
    closes: Ints
    begins: int
    ends: int

    def between(self, first: int, last: int) -> Ints:
        """Return the days of the sessions from day `first` to day `last`."""
        return self.days[slice(*np.searchsorted(self.days, [first, last + 1]))]

    def slots_in_sessions(self, slots: Ints, step: int) -> Ints:
        """Return those of the usual slots, (n,), of `step` seconds, that lie in a session.

        A slot that begins when a session ends belongs to it only in files that name bars by their end. In such a file
        the usual end of sessions is among the usual slots, and no session begins then.
        """
        if not len(self.days) or not len(slots):
            return slots[:0]
        ends, begins = most_frequent(self.closes % DAY), most_frequent(self.opens % DAY)
        by_end = int(ends != begins and (slots % DAY == ends).any())
        session = np.searchsorted(self.opens - step, slots) - 1
        return slots[(session >= 0) & (slots < self.closes[session] + by_end)]


def require_exchange(exchange: str, schedules: Sequence[str]) -> None:
    """Check that the package knows an exchange; `schedules` names the rules for dates that the rows follow, if any.

    Raises:
        UsageError: It does not, or is not installed.

    """
    try:
        _package_calendar(exchange)
    except UsageError as error:
        fitting = " or ".join(name for name in schedules if name)
        remedy = f"{error.remedy}, or the schedule that the rows follow, {fitting}" if fitting else error.remedy
        raise UsageError(error.what, remedy) from None


def sessions(exchange: str, first: int, last: int) -> Sessions:
    """Return the sessions of the years of day `first` to day `last`, as far as they are known.

    Raises:
        UsageError: The package is not installed, does not know the exchange, or knows none of these years.

    """
    return _sessions_of_years(exchange, year_of(first) - 1, year_of(last) + LOOKAHEAD)


def to_local(seconds: Ints, exchange: str) -> Ints:
    """Return times of UTC, (n,), on the clock of the exchange."""
    import pandas as pd

    utc = pd.DatetimeIndex(seconds.astype("datetime64[s]"), tz="UTC")
    return _seconds(utc.tz_convert(_package_calendar(exchange).tz).tz_localize(None))


def to_utc(seconds: Ints, exchange: str) -> Ints:
    """Return times on the clock of the exchange, (n,), in UTC; an hour that comes twice is taken as the later one."""
    import pandas as pd

    later = np.zeros(len(seconds), dtype=bool)
    local = pd.DatetimeIndex(seconds.astype("datetime64[s]"))
    local = local.tz_localize(_package_calendar(exchange).tz, ambiguous=later, nonexistent="shift_forward")
    return _seconds(local.tz_convert("UTC").tz_localize(None))


@lru_cache(maxsize=32)
def _sessions_of_years(exchange: str, first: int, last: int) -> Sessions:
    """Return the sessions of the years `first` to `last`, as far as the package knows them."""
    known = _package_calendar(exchange)
    start, end = known.bound_min(), known.bound_max()
    years = (max(first, start.year if start else first), min(last, end.year if end else last))
    if years[0] > years[1]:
        what = f"the package exchange-calendars does not know the sessions of {exchange} in the years {first} to {last}"
        raise UsageError(what, "leave --calendar out")
    table = _package_calendar(exchange, years)
    local = (times.dt.tz_convert(known.tz).dt.tz_localize(None) for times in (table.opens, table.closes))
    opens, closes = map(_seconds, local)
    begins, ends = month_start(np.array([years[0], years[1] + 1]), 1).tolist()
    return Sessions(_seconds(table.sessions) // DAY, opens, closes, begins, ends - 1)


@lru_cache(maxsize=32)
def _package_calendar(exchange: str, years: tuple[int, int] | None = None) -> Any:
    """Return the package's own calendar of an exchange for the first to the last of `years`, or for its usual ones."""
    unknown = UsageError(f"--calendar {shown(exchange)} is not an exchange", "write a code such as XNYS, XLON or XTKS")
    if not CODE.fullmatch(exchange):
        raise unknown
    if importlib.util.find_spec("exchange_calendars") is None:
        raise UsageError(f"--calendar {exchange} needs the package exchange-calendars, which is not installed", INSTALL)
    import exchange_calendars

    span = {"start": f"{years[0]}-01-01", "end": f"{years[1]}-12-31"} if years else {}
    try:
        with warnings.catch_warnings(action="ignore"):  # the package is ahead of or behind pandas now and then
            return exchange_calendars.get_calendar(exchange, **span)
    except exchange_calendars.errors.InvalidCalendarName:
        raise unknown from None
    except (ValueError, NotImplementedError) as error:
        what = f"the package exchange-calendars cannot give the sessions of {exchange}"
        raise UsageError(what, "leave --calendar out, or install another version of it") from error


def _seconds(times: Any) -> Ints:
    """Return the times of a pandas index or column in whole seconds."""
    seconds: Ints = times.to_numpy().astype("datetime64[s]").astype(np.int64)
    return seconds
