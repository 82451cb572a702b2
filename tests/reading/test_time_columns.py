"""Time stamps come from one column of dates, from columns of their parts, and with times of day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.column_roles import choose_columns
from forecaster.reading.reader import read_sources
from forecaster.reading.tables.table import Table
from forecaster.reading.time_columns import choose_times
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

YEARS = ("2023", "2023", "2024", "2024")


def table(**columns: tuple[str, ...]) -> Table:
    """Return a table; `_` in a name stands for a blank."""
    lines = np.arange(2, 2 + len(next(iter(columns.values()))))
    return Table("p.csv", tuple(Column("p.csv", name.replace("_", " "), lines, c) for name, c in columns.items()))


def times(named: str | None = None, **columns: tuple[str, ...]) -> list[str]:
    _, dates = choose_times(table(**columns), Selection(time=named))
    return [str(each) for each in dates.ds.astype("datetime64[m]")]


def days(*dates: str) -> list[str]:
    return [f"{date}T00:00" for date in dates]


MONTHLY = days("2023-11-01", "2023-12-01", "2024-01-01", "2024-02-01")


@pytest.mark.parametrize(
    "months",
    [("11", "12", "1", "2"), ("11", "12", "01", "02"), ("Nov", "DEC", "january", "Feb"), ("M11", "M12", "M01", "M02")],
)
def test_year_and_month(months: tuple[str, ...]) -> None:
    assert times(Year=YEARS, MONTH=months, y=YEARS) == MONTHLY


def test_names_in_other_languages_and_any_order() -> None:
    assert times(Monat=("11", "12", "1", "2"), Jahr=YEARS) == MONTHLY
    assert times(Año=YEARS, Mes=("11", "12", "1", "2")) == MONTHLY


def test_year_month_and_day() -> None:
    columns = {"year": YEARS, "month": ("12", "12", "1", "1"), "date_of_month": ("30", "31", "1", "2")}
    assert times(**columns) == days("2023-12-30", "2023-12-31", "2024-01-01", "2024-01-02")


def test_a_year_and_a_quarter_are_the_first_day_of_the_quarter() -> None:
    wanted = days("2023-07-01", "2023-10-01", "2024-01-01", "2024-04-01")
    assert times(Year=YEARS, Quarter=("3", "4", "1", "2")) == wanted
    assert times(Year=YEARS, Qtr=("Q3", "Q4", "Q1", "Q2")) == wanted
    assert times(Year=YEARS, Period=("Q03", "Q04", "Q01", "Q02")) == wanted


def test_periods_without_a_letter_are_no_months() -> None:
    assert choose_times(table(Year=YEARS, Period=("11", "12", "1", "2")), Selection())[1].ds.dtype == np.int64


def test_whole_dates_go_before_parts_of_dates() -> None:
    dates = ("2023-12-30", "2023-12-31", "2024-01-01", "2024-01-02")
    assert times(year=YEARS, month=("12", "12", "1", "1"), when=dates) == days(*dates)


def test_a_year_and_months_that_are_dates_stay_dates() -> None:
    assert times(year=YEARS, month=("2023-11", "2023-12", "2024-01", "2024-02")) == MONTHLY


def test_named_parts_need_no_usual_names() -> None:
    assert times("A+B", A=YEARS, B=("11", "12", "1", "2")) == MONTHLY
    assert times("d+m+y", d=("1",) * 4, m=("11", "12", "1", "2"), y=YEARS) == MONTHLY
    wanted = days("2023-11-05", "2023-12-05", "2024-01-05", "2024-02-05")
    assert times("a+b+c", a=YEARS, b=("11", "12", "1", "2"), c=("5",) * 4) == wanted


def test_named_parts_with_a_time_of_day() -> None:
    columns = {"year": ("2024",) * 4, "month": ("1",) * 4, "day": ("1", "1", "2", "2"), "hour": ("9", "10", "9", "10")}
    wanted = ["2024-01-01T09:00", "2024-01-01T10:00", "2024-01-02T09:00", "2024-01-02T10:00"]
    assert times("year+month+day+hour", **columns) == wanted
    assert times(**columns) == wanted, "as days repeat"


def test_columns_that_make_no_dates_are_refused() -> None:
    with pytest.raises(
        InputRefusedError, match="a, b, c do not make dates; name year and month, or year, month and day"
    ):
        times("a+b+c", a=("x",) * 4, b=("1",) * 4, c=("2",) * 4)


def test_wrong_parts_are_refused_with_their_line() -> None:
    with pytest.raises(InputRefusedError, match=r"p\.csv:4: column month: '13' is not a month; correct the cell"):
        times(year=YEARS, month=("11", "12", "13", "2"))
    with pytest.raises(InputRefusedError, match=r"p\.csv:5: column year\+month\+day: '2024-02-30' is a date or time"):
        times(year=YEARS, month=("11", "12", "1", "2"), day=("30",) * 4)


def test_parts_of_a_date_are_no_targets() -> None:
    columns = {"year": YEARS, "month": ("11", "12", "1", "2"), "weekday": ("1", "5", "2", "3"), "sold": YEARS}
    roles, _ = choose_columns(table(**columns), Selection())
    assert roles.targets == (3,)
    assert choose_columns(table(year=YEARS, month=("11", "12", "1", "2"), week=YEARS), Selection())[0].targets == (2,)


@pytest.mark.parametrize("hours", [("1", "23", "24", "1"), ("01:00", "23:00", "24:00", "01:00")])
def test_24_is_the_end_of_the_day(hours: tuple[str, ...]) -> None:
    dates = ("2024-01-31", "2024-01-31", "2024-01-31", "2024-02-01")
    _, found = choose_times(table(Date=dates, Hour=hours), Selection())
    wanted = ["2024-01-31T01:00", "2024-01-31T23:00", "2024-02-01T00:00", "2024-02-01T01:00"]
    assert [str(each) for each in found.ds.astype("datetime64[m]")] == wanted
    assert found.findings[0].text == "times of day up to 24 are ends of hours: 24 is 0:00 of the next day"
    assert found.date_format == "YYYY-MM-DD HH:MM"


def test_24_is_refused_where_a_day_also_begins_with_0() -> None:
    with pytest.raises(InputRefusedError, match="'24' is not a time of day"):
        times(Date=("2024-01-31",) * 4, Hour=("0", "1", "23", "24"))


def test_times_of_parts_are_written_and_found_again(tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    rows = [f"{2020 + i // 12},{i % 12 + 1},{i % 7}" for i in range(48)]
    file.write_text("\n".join(["Year,Month,Sold", *rows]) + "\n")
    found = read_sources([str(file)], Selection())
    assert (found.selection.time, found.style.date_format) == ("Year+Month", "YYYY-MM")
    again = read_sources([str(file)], found.selection)
    np.testing.assert_array_equal(again.panel.ds, found.panel.ds)
    assert again.panel.calendars[0].describe().startswith("every month")


def test_known_values_may_have_dates_in_parts(tmp_path: Path) -> None:
    months = [f"{2020 + i // 12},{i % 12 + 1}" for i in range(60)]
    (tmp_path / "sales.csv").write_text("\n".join(["Year,Month,Sold", *(f"{each},5" for each in months[:48])]) + "\n")
    promo = tmp_path / "promo.csv"
    promo.write_text("\n".join(["Year,Month,promo", *(f"{each},TRUE" for each in months)]) + "\n")
    panel = read_sources([str(tmp_path / "sales.csv")], Selection(known=(str(promo),))).panel
    assert panel.covariates is not None
    assert panel.covariates.known == ("promo",)
    assert (panel.covariates.known_values == 1).all()


def test_a_year_and_a_week_are_the_monday_of_the_week() -> None:
    wanted = days("2020-12-28", "2021-01-04", "2021-01-11", "2021-01-18")
    years = ("2020", "2021", "2021", "2021")
    for weeks in (("53", "1", "2", "3"), ("W53", "W01", "W02", "W03"), ("KW 53", "KW 1", "KW 2", "KW 3")):
        assert times(Jahr=years, KW=weeks) == wanted
        assert times("Jahr+KW", Jahr=years, KW=weeks) == wanted
    assert times(Year=years, Period=("W53", "W01", "W02", "W03")) == wanted
    _, dates = choose_times(table(Year=years, Week=("53", "1", "2", "3")), Selection())
    assert [each.text for each in dates.findings] == ["weeks are read as those of ISO 8601, each as its Monday"]


def test_a_week_that_its_year_does_not_have_is_refused() -> None:
    with pytest.raises(InputRefusedError, match=r"p\.csv:3: column Week: 2023 has no Week 53; correct the cell"):
        times(Year=YEARS, Week=("52", "53", "1", "2"))


def test_weeks_of_months_are_no_weeks_of_years() -> None:
    columns = {"Year": ("2024",) * 7, "Month": ("1", "2", "3", "4", "5", "6", "7"), "Week": ("1",) * 7}
    assert times(**columns)[0] == "2024-01-01T00:00"


def test_a_year_and_a_day_of_the_year() -> None:
    wanted = days("2023-12-30", "2023-12-31", "2024-01-01", "2024-01-02")
    assert times(YEAR=YEARS, DOY=("364", "365", "1", "2")) == wanted
    with pytest.raises(InputRefusedError, match="2023 has no DOY 366"):
        times(YEAR=YEARS, DOY=("365", "366", "1", "2"))


def test_abbreviated_parts_with_hours() -> None:
    columns = {"YEAR": ("2024",) * 4, "MO": ("1",) * 4, "DY": ("1", "1", "2", "2"), "HR": ("9", "10", "9", "10")}
    wanted = ["2024-01-01T09:00", "2024-01-01T10:00", "2024-01-02T09:00", "2024-01-02T10:00"]
    assert times(**columns, T2M=("1.5", "2.5", "3.5", "4.5")) == wanted


@pytest.mark.parametrize(("name", "periods", "extra"), [("period", 12, "M13"), ("Period", 4, "Q05")])
def test_means_of_years_behind_their_periods_are_left_out(tmp_path: Path, name: str, periods: int, extra: str) -> None:
    file = tmp_path / "cpi.csv"
    labels = [f"{extra[0]}{i + 1:02}" for i in range(periods)]
    rows = [f"{2012 + i},{label},{i + k}" for i in range(6) for k, label in enumerate([*labels, extra])]
    file.write_text("\n".join([f"year,{name},value", *rows]) + "\n")
    for time in (None, f"year+{name}"):
        found = read_sources([str(file)], Selection(time=time))
        assert len(found.panel.values) == 6 * periods
        text = next(each for each in found.findings if extra in each.text)
        assert text.text.startswith(f"6 rows of '{extra}', the mean of a year, were left out, on lines {periods + 2}, ")
        assert text.place.line == periods + 2


@pytest.mark.parametrize("name", ["Hora", "HR", "Stunde", "Ora", "Uur"])
def test_hours_of_other_languages(name: str) -> None:
    columns = {"Fecha": ("2024-01-31",) * 3 + ("2024-02-01",), name: ("1", "2", "24", "1")}
    assert times(**columns, Precio=("1", "2", "3", "4"))[2:] == ["2024-02-01T00:00", "2024-02-01T01:00"]


@pytest.mark.parametrize("end", ["24:00", "24:00:00"])
def test_24_behind_a_date_is_the_end_of_the_day(end: str) -> None:
    seconds = end.removeprefix("24:00")
    clocks = ("30/2024 01:00", "30/2024 23:00", "30/2024 24:00", "31/2024 01:00")
    cells = tuple(f"01/{each}{seconds}" for each in clocks)
    _, found = choose_times(table(Hour_Ending=cells, LMP=("1", "2", "3", "4")), Selection())
    wanted = ["2024-01-30T01:00", "2024-01-30T23:00", "2024-01-31T00:00", "2024-01-31T01:00"]
    assert [str(each) for each in found.ds.astype("datetime64[m]")] == wanted
    assert [each.text for each in found.findings] == [
        "times of day up to 24 are ends of hours: 24 is 0:00 of the next day"
    ]


def test_24_behind_a_date_is_refused_where_a_day_also_begins_with_0() -> None:
    with pytest.raises(InputRefusedError, match="'2024-01-30 24:00' is a date or time that does not exist"):
        times(t=("2024-01-30 00:00", "2024-01-30 12:00", "2024-01-30 24:00", "2024-01-31 12:00"))
