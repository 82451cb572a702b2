"""Sessions of exchanges take the place of learned holidays and half days; without the package a sentence says so."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars import exchange
from forecaster.calendars.calendar import Calendar
from forecaster.calendars.exchange import Sessions
from forecaster.calendars.regularity import IrregularError
from forecaster.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

HOUR, DAY = 3600, 86_400
needs_package = pytest.mark.skipif(
    importlib.util.find_spec("exchange_calendars") is None, reason="exchange-calendars is not installed"
)


def weekdays(start: str, stop: str) -> NDArray[Any]:
    days = np.arange(start, stop, dtype="datetime64[D]")
    return days[np.is_busday(days)].astype("datetime64[us]")


def half_hours(days: NDArray[Any]) -> NDArray[Any]:
    return (days[:, None] + np.arange(570, 960, 30) * np.timedelta64(1, "m")).ravel()


def days_of(ds: NDArray[Any]) -> list[str]:
    return np.unique(ds.astype("datetime64[D]")).astype(str).tolist()


@pytest.fixture(scope="module")
def new_york() -> NDArray[Any]:
    """Trading days of 2022 and 2023 but for the day after Thanksgiving 2023, as the exchange published them."""
    closed = [
        *("2022-01-17", "2022-02-21", "2022-04-15", "2022-05-30", "2022-06-20", "2022-07-04", "2022-09-05"),
        *("2022-11-24", "2022-12-26", "2023-01-02", "2023-01-16", "2023-02-20", "2023-04-07", "2023-05-29"),
        *("2023-06-19", "2023-07-04", "2023-09-04", "2023-11-23"),
    ]
    days = weekdays("2022-01-03", "2023-11-24")
    return days[~np.isin(days, np.array(closed, "datetime64[us]"))]


@needs_package
def test_days_follow_the_sessions(new_york: NDArray[Any]) -> None:
    calendar = Calendar.learn(new_york, exchange="XNYS")
    assert calendar.describe() == "business days Monday to Friday, sessions of XNYS"
    assert (calendar.exchange, calendar.per_week, calendar.holidays) == ("XNYS", 5, ())
    assert (len(calendar.missing(new_york)), len(calendar.outside(new_york))) == (0, 0)
    future = calendar.future(new_york[-1], 30)
    assert {"2023-11-24", "2023-12-26", "2024-01-02"} < set(days_of(future))
    assert not {"2023-12-25", "2024-01-01"} & set(days_of(future))
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


@needs_package
def test_closed_and_missing_days_are_named(new_york: NDArray[Any]) -> None:
    ds = np.sort(np.append(np.delete(new_york, 50), np.datetime64("2022-07-04", "us")))
    calendar = Calendar.learn(ds, exchange="XNYS")
    assert calendar.missing(ds).tolist() == new_york[[50]].tolist()
    assert days_of(ds[calendar.outside(ds)]) == ["2022-07-04"]


@needs_package
@pytest.mark.parametrize("utc", [False, True])
def test_no_bar_falls_after_an_early_close(new_york: NDArray[Any], *, utc: bool) -> None:
    bars = half_hours(new_york)
    early = np.isin(bars.astype("datetime64[D]"), np.array(["2022-11-25", "2023-07-03"], "datetime64[D]"))
    bars = bars[~early | (bars - bars.astype("datetime64[D]") < np.timedelta64(13, "h"))]
    seconds = bars.astype("datetime64[s]").astype(np.int64)
    ds = (exchange.to_utc(seconds, "XNYS") if utc else seconds).astype("datetime64[s]").astype("datetime64[us]")
    calendar = Calendar.learn(ds, exchange="XNYS")
    assert calendar.describe().endswith("sessions of XNYS" + " in UTC" * utc)
    assert (len(calendar.missing(ds)), len(calendar.outside(ds))) == (0, 0)
    future = calendar.future(ds[-1], 13 * 20).astype("datetime64[s]").astype(np.int64)
    local = (exchange.to_local(future, "XNYS") if utc else future).astype("datetime64[s]")
    friday = local[local.astype("datetime64[D]") == np.datetime64("2023-11-24")]
    assert (len(friday), str(friday[0])[11:], str(friday[-1])[11:]) == (7, "09:30:00", "12:30:00")
    monday = local[local.astype("datetime64[D]") == np.datetime64("2023-11-27")]
    assert (len(monday), str(monday[-1])[11:]) == (13, "15:30:00")


@needs_package
def test_rows_of_another_rhythm_are_refused() -> None:
    months = np.arange("2020-01", "2024-01", dtype="datetime64[M]").astype("datetime64[us]")
    with pytest.raises(IrregularError) as caught:
        Calendar.learn(months, "gold", exchange="XNYS")
    assert str(caught.value) == (
        "series gold: the sessions of XNYS are for rows of a day or less, and these are every month, "
        "on day 1 of the month; leave --calendar out"
    )
    assert caught.value.code == "CALENDAR"


@needs_package
def test_rows_that_do_not_follow_the_sessions_are_refused() -> None:
    every_day = np.arange("2023-01-02", "2023-06-01", dtype="datetime64[D]").astype("datetime64[us]")
    with pytest.raises(IrregularError) as caught:
        Calendar.learn(every_day, "BTC", exchange="XNYS")
    assert str(caught.value) == (
        "series BTC: 47 of 150 rows are not on sessions of XNYS, the first at 2023-01-02; "
        "name the exchange of the series, or leave --calendar out"
    )
    assert (caught.value.code, caught.value.row) == ("CALENDAR", 0)


@needs_package
@pytest.mark.parametrize(("code", "printed"), [("NOPE", "NOPE"), ("a\x1bb", r"a\x1bb"), ("", "")])
def test_an_exchange_that_nobody_knows(code: str, printed: str) -> None:
    with pytest.raises(UsageError) as caught:
        Calendar.learn(weekdays("2023-01-02", "2023-06-01"), exchange=code)
    assert str(caught.value) == f"--calendar {printed} is not an exchange; write a code such as XNYS, XLON or XTKS"


@pytest.mark.slow
@needs_package
def test_sessions_end_where_the_package_ends() -> None:
    days = exchange.sessions("XHKG", 28_000, 29_000)
    assert np.datetime64(days.ends, "D") == np.datetime64("2049-12-31")
    calendar = Calendar("daily", week=Calendar.learn(weekdays("2023-01-02", "2023-02-01")).week, exchange="XHKG")
    with pytest.raises(UsageError, match="the sessions of XHKG are not known that far ahead; use a shorter"):
        calendar.future(np.datetime64("2049-12-01", "us"), 30)
    with pytest.raises(UsageError, match="does not know the sessions of XHKG in the years 2078 to 2084"):
        exchange.sessions("XHKG", 40_000, 41_000)


@pytest.mark.slow
@needs_package
def test_rows_from_before_the_sessions_are_known_are_refused() -> None:
    with pytest.raises(IrregularError) as caught:
        Calendar.learn(weekdays("1996-06-03", "1998-06-01"), "nikkei", exchange="XTKS")
    assert str(caught.value) == (
        "series nikkei: the sessions of XTKS are known from 1997-01-01, and the rows begin on 1996-06-03; "
        "leave --calendar out, or leave out the older rows"
    )


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    exchange._package_calendar.cache_clear()
    exchange._sessions_of_years.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    yield
    exchange._package_calendar.cache_clear()
    exchange._sessions_of_years.cache_clear()


@pytest.mark.usefixtures("without_package")
def test_without_the_package_the_error_names_the_command_that_installs_it() -> None:
    with pytest.raises(UsageError) as caught:
        Calendar.learn(weekdays("2023-01-02", "2023-06-01"), exchange="XNYS")
    assert str(caught.value) == (
        "--calendar XNYS needs the package exchange-calendars, which is not installed; "
        'install it with: pip install "forecaster-rnn[calendars]"'
    )


@pytest.mark.usefixtures("without_package")
def test_a_stored_calendar_loads_without_the_package_and_says_what_it_needs() -> None:
    week = Calendar.learn(weekdays("2023-01-02", "2023-02-01")).week
    calendar = Calendar.from_dict(Calendar("daily", week=week, exchange="XNYS").to_dict())
    with pytest.raises(UsageError, match="needs the package exchange-calendars"):
        calendar.future(np.datetime64("2023-01-02", "us"), 1)


def hours(*hours: int) -> NDArray[np.int64]:
    return np.array(hours) * HOUR


def test_slots_of_a_session_by_their_beginning_and_by_their_end() -> None:
    sessions = Sessions(np.arange(3), hours(9, 33, 57) + HOUR // 2, hours(16, 37, 64), 0, 2)
    by_beginning = hours(*range(9, 16), *range(33, 40), *range(57, 64))
    found = (sessions.slots_in_sessions(by_beginning, HOUR) // HOUR).tolist()
    assert found == [*range(9, 16), *range(33, 37), *range(57, 64)]
    by_end = (sessions.slots_in_sessions(by_beginning + HOUR, HOUR) // HOUR).tolist()
    assert by_end == [*range(10, 17), *range(34, 38), *range(58, 65)]


def test_sessions_around_the_clock_keep_their_first_slot_and_not_the_one_at_the_close() -> None:
    sessions = Sessions(np.arange(1, 4), hours(17, 41, 65), hours(36, 65, 89), 1, 3)
    slots = sessions.slots_in_sessions(hours(*range(10, 100)), HOUR)
    assert (slots // HOUR).tolist() == [*range(17, 36), *range(41, 89)]


@needs_package
def test_an_unknown_name_is_a_usage_error_that_names_what_fits() -> None:
    fridays = np.array(["2024-01-19", "2024-02-16", "2024-03-15", "2024-04-19", "2024-05-17"], dtype="datetime64[us]")
    with pytest.raises(UsageError) as caught:
        Calendar.learn(fridays, exchange="nonsense")
    assert str(caught.value) == (
        "--calendar nonsense is not an exchange; write a code such as XNYS, XLON or XTKS, "
        "or the schedule that the rows follow, third-friday"
    )
