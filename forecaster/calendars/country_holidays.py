"""The holidays of countries, from the package holidays, which is imported only when a user names a country.

Days are numbered from 1970-01-01. A model file stores the dates of ten more years than its rows have, so that forecasts
do not need the package, and do not change with its version.
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.holidays import year_of
from forecaster.errors import UsageError
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

CODE = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9 ]{1,40})?")
ONE_YEAR = re.compile(r" \([^()]*\d[^()]*\)")
"""What belongs to one year in a name, as in `Day off (substituted from 01/19/2020)`."""
INSTALL = 'install it with: pip install "forecaster-rnn[holidays]"'
MOST_LISTED = 60
"""Codes that an error lists at most: the parts of a country, but not all countries."""
LOOKAHEAD = 10
"""Years after the last row whose dates are stored: forecasts seldom reach further, and they cost a few bytes."""
ENGLISH = ("en_US", "en_GB", "en_CA", "en_AU")
"""Languages of names that are tried, before the country's own."""


def parse_codes(text: str) -> tuple[str, ...]:
    """Return the codes of countries and their parts in a text such as `US,DE-BY`.

    Raises:
        UsageError: One of them is no code.

    """
    codes = []
    for part in text.split(","):
        if not CODE.fullmatch(part.strip()):
            what = f"--holidays {shown(text)}: '{shown(part.strip())}' is not the code of a country"
            raise UsageError(what, "write codes such as US, GB or DE-BY")
        country, hyphen, rest = part.strip().partition("-")
        codes.append(f"{country.upper()}{hyphen}{rest}")
    return tuple(dict.fromkeys(codes))


def holiday_dates(codes: Sequence[str], first: int, last: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return the names of the holidays of countries with their day numbers, which rise.

    A name has the dates of all years: of moving holidays, such as Eid, as well. Where several countries are named,
    equal dates are given once, and other names carry the code of their country.

    Args:
        codes: Codes of countries, with a part after a hyphen, as `US` or `DE-BY`.
        first: The first day of the rows.
        last: The last day of the rows; dates reach ten years further.

    Raises:
        UsageError: The package is not installed, or does not know a country or its part.

    """
    found: dict[tuple[int, ...], str] = {}
    for code in codes:
        for name, dates in _dates_by_name(code, year_of(first), year_of(last) + LOOKAHEAD).items():
            found.setdefault(dates, name if len(codes) == 1 else f"{name} ({code})")
    return tuple(sorted((name, dates) for dates, name in found.items()))


def _dates_by_name(code: str, first: int, last: int) -> dict[str, tuple[int, ...]]:
    """Return the days of each holiday of a country in the years `first` to `last`."""
    days: dict[str, set[int]] = {}
    for date, names in _package_holidays(code, first, last).items():
        for name in names.split("; "):
            days.setdefault(ONE_YEAR.sub("", name), set()).add(int(np.datetime64(date, "D").astype(np.int64)))
    return {name: tuple(sorted(each)) for name, each in days.items()}


def _package_holidays(code: str, first: int, last: int) -> Any:
    """Return the package's own holidays of a country, a mapping from dates to names."""
    if importlib.util.find_spec("holidays") is None:
        raise UsageError(f"--holidays {code} needs the package holidays, which is not installed", INSTALL)
    with warnings.catch_warnings(action="ignore"):  # some versions announce what later ones will change
        import holidays

        countries = holidays.list_supported_countries()
        languages = holidays.list_localized_countries()
    country, _, part = code.partition("-")
    if country not in countries:
        raise UsageError(
            f"--holidays {code}: the package holidays does not know the country {country}", _known(countries)
        )
    if part and part not in countries[country]:
        where = f"--holidays {code}: the package holidays does not know the part {shown(part)} of {country}"
        raise UsageError(where, _known(countries[country]))
    language = next((each for each in ENGLISH if each in languages.get(country, [])), None)
    with warnings.catch_warnings(action="ignore"):
        return holidays.country_holidays(country, subdiv=part or None, years=range(first, last + 1), language=language)


def _known(codes: Any) -> str:
    """Return which codes may be written."""
    if len(codes) > MOST_LISTED:
        return "write the two letters of a country, such as US, GB or DE"
    return f"write one of {', '.join(sorted(codes))}" if codes else "leave out the part after the hyphen"
