"""Holidays of countries: one name, its dates of all years; a usage error says what is wrong."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from forecaster.calendars.country_holidays import LOOKAHEAD, holiday_dates, parse_codes
from forecaster.errors import UsageError

needs_package = pytest.mark.skipif(importlib.util.find_spec("holidays") is None, reason="holidays is not installed")


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


FIRST, LAST = day("2019-03-01"), day("2021-06-30")


@needs_package
def test_a_name_has_its_dates_of_the_years_of_the_rows_and_of_ten_more() -> None:
    dates = dict(holiday_dates(("US",), FIRST, LAST))
    assert dates["Christmas Day"] == tuple(day(f"{year}-12-25") for year in range(2019, 2022 + LOOKAHEAD))
    assert any(day("2020-11-26") in each for name, each in dates.items() if name.startswith("Thanksgiving"))


@needs_package
def test_a_moving_holiday_has_all_its_days_under_one_name() -> None:
    dates = dict(holiday_dates(("TR",), FIRST, LAST))
    assert {day("2020-05-24"), day("2021-05-13")} <= set(dates["Eid al-Fitr"])


@needs_package
def test_a_part_of_a_country_has_its_own_holidays() -> None:
    bavaria, germany = (dict(holiday_dates((code,), FIRST, LAST)) for code in ("DE-BY", "DE"))
    assert day("2020-01-06") in bavaria["Epiphany"]
    assert "Epiphany" not in germany


@needs_package
def test_several_countries_share_equal_dates_and_name_the_others() -> None:
    names = [name for name, _ in holiday_dates(("US", "GB"), FIRST, LAST)]
    assert "Christmas Day (US)" in names
    assert "Christmas Day (GB)" not in names
    assert "Boxing Day (GB)" in names


@needs_package
def test_what_belongs_to_one_year_is_no_part_of_a_name() -> None:
    names = [name for name, _ in holiday_dates(("CN",), FIRST, LAST)]
    assert "Day off" in names
    assert not any(mark in name for name in names for mark in "0123456789")


def test_codes_are_separated_by_commas_and_may_be_small() -> None:
    assert parse_codes("us, de-BY,US") == ("US", "DE-BY")


@pytest.mark.parametrize("text", ["", "US,", "USA!", "Germany", "DE_BY"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not the code of a country; write codes such as US, GB or DE-BY"):
        parse_codes(text)


@needs_package
@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("XX", "does not know the country XX; write the two letters of a country"),
        ("DE-QQ", "does not know the part QQ of DE; write one of .*BB, BE, BW, BY"),
        ("SG-1", "does not know the part 1 of SG; leave out the part after the hyphen"),
    ],
)
def test_what_the_package_does_not_know_is_refused_with_what_it_knows(code: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        holiday_dates((code,), FIRST, LAST)


def test_without_the_package_the_error_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        holiday_dates(("US",), FIRST, LAST)
    assert str(caught.value) == (
        "--holidays US needs the package holidays, which is not installed; "
        'install it with: pip install "forecaster-rnn[holidays]"'
    )
