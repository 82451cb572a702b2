"""One format for the whole column, proven by its rows; everything else is refused."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import InputRefusedError, UsageError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.date_formats import parse_date_format
from forecaster.reading.cells.dated_cells import looks_dated
from forecaster.reading.cells.dates import is_dated, parse_dates
from forecaster.reading.cells.time_style import TimeStyle, write_times

REMEDY = "write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format"


def column(*cells: str) -> Column:
    return Column("p.csv", "Date", np.arange(len(cells)) + 2, cells)


def refused(*cells: str, date_format: str | None = None) -> InputRefusedError:
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(column(*cells), date_format)
    return caught.value


def refusal(*cells: str, date_format: str | None = None) -> str:
    return str(refused(*cells, date_format=date_format))


@pytest.mark.parametrize(
    ("cells", "date_format", "first"),
    [
        (["2024-01-31", "2024-02-01"], "YYYY-MM-DD", "2024-01-31"),
        (["2022-1-3", "2022-1-14"], "YYYY-M-D", "2022-01-03"),
        (["2024/1/31", "2024/2/1"], "YYYY/M/D", "2024-01-31"),
        (["2022.01.03 00:00", "2022.01.03 00:05"], "YYYY.MM.DD HH:MM", "2022-01-03"),
        (["20240131", "20240201"], "YYYYMMDD", "2024-01-31"),
        (["20220103 0930", "20220103 0931"], "YYYYMMDD HHMM", "2022-01-03T09:30"),
        (["20220103T093000Z"], "YYYYMMDDTHHMMSSZ", "2022-01-03T09:30"),
        (["202201030930", "202201030931"], "YYYYMMDDHHMM", "2022-01-03T09:30"),
        (["2022010309", "2022010310"], "YYYYMMDDHH", "2022-01-03T09:00"),
        (["1/31/2024", "2/1/2024"], "M/D/YYYY", "2024-01-31"),
        (["31/01/2024", "01/02/2024"], "DD/MM/YYYY", "2024-01-31"),
        (["01-31-2024", "02-01-2024"], "MM-DD-YYYY", "2024-01-31"),
        (["3.1.2022", "13.1.2022"], "D.M.YYYY", "2022-01-03"),
        (["3. 1. 2022", "13. 1. 2022"], "D. M. YYYY", "2022-01-03"),
        (["2022.01.03.", "2022.01.13."], "YYYY.MM.DD.", "2022-01-03"),
        (["2022- 01- 03", "2022- 01- 13"], "YYYY- MM- DD", "2022-01-03"),
        (["2022年1月3日", "2022年1月13日"], "YYYY年M月D日", "2022-01-03"),
        (["2022년 1월 3일", "2022년 1월 13일"], "YYYY년 M월 D일", "2022-01-03"),
        (["2022年1月", "2022年2月"], "YYYY年M月", "2022-01-01"),
        (["20220103  09:30:00", "20220103  09:31:00"], "YYYYMMDD  HH:MM:SS", "2022-01-03T09:30"),
        (["01/01/2024", "02/02/2024"], "MM/DD/YYYY", "2024-01-01"),
        (["31.01.2024 16:00", "01.02.2024 16:00"], "DD.MM.YYYY HH:MM", "2024-01-31T16:00"),
        (["2024-01-31 9:30", "2024-01-31 10:30"], "YYYY-MM-DD H:MM", "2024-01-31T09:30"),
        (["2024-01-31T09:30:00.250", "2024-01-31T09:30:00.500"], "YYYY-MM-DDTHH:MM:SS.fff", "2024-01-31T09:30:00.25"),
        (["2022-01-03 09", "2022-01-03 10"], "YYYY-MM-DD HH", "2022-01-03T09:00"),
        (["1/13/2022 9:30:00 AM", "1/13/2022 12:00:00 PM"], "M/D/YYYY H:MM:SS AM", "2022-01-13T09:30"),
        (["2017-07-02 11-PM", "2017-07-02 12-AM"], "YYYY-MM-DD HH-AM", "2017-07-02T23:00"),
        (["03-Jan-2022", "13-Jan-2022"], "DD-Mon-YYYY", "2022-01-03"),
        (["03JAN2022", "04FEB2022"], "DDMONYYYY", "2022-01-03"),
        (["3 January 2022", "13 May 2022"], "D Month YYYY", "2022-01-03"),
        (["Jan 3, 2022", "May 13, 2022"], "Mon D, YYYY", "2022-01-03"),
        (["January 3 2022", "May 13 2022"], "Month D YYYY", "2022-01-03"),
        (["Mon, Jan 3, 2022", "Tue, Jan 4, 2022"], "Dy, Mon D, YYYY", "2022-01-03"),
        (["Monday, January 3, 2022", "Tuesday, January 4, 2022"], "Day, Month D, YYYY", "2022-01-03"),
        (["Mon 03/01/2022", "Tue 04/01/2022"], "Dy DD/MM/YYYY", "2022-01-03"),
        (["2022-Jan-03", "2022-Feb-03"], "YYYY-Mon-DD", "2022-01-03"),
        (["2024-01", "2024-02"], "YYYY-MM", "2024-01-01"),
        (["01/1949", "02/1949"], "MM/YYYY", "1949-01-01"),
        (["Jan-1949", "Feb-1949"], "Mon-YYYY", "1949-01-01"),
        (["1500-01-01", "2200-12-31"], "YYYY-MM-DD", "1500-01-01"),
        (["1641168000", "1641254400"], "seconds since 1970", "2022-01-03"),
        (["1641168000123", "1641254400000"], "milliseconds since 1970", "2022-01-03T00:00:00.123"),
        (["1641168000000001", "1641254400000000"], "microseconds since 1970", "2022-01-03T00:00:00.000001"),
        (["1641168000000000000"], "nanoseconds since 1970", "2022-01-03"),
    ],
)
def test_formats_are_proven_and_written_back(cells: list[str], date_format: str, first: str) -> None:
    stamps = parse_dates(column(*cells))
    assert (stamps.date_format, stamps.ds.dtype) == (date_format, np.dtype("datetime64[us]"))
    assert stamps.ds[0] == np.datetime64(first)
    assert write_times(stamps.ds, stamps.style).tolist() == cells
    assert is_dated(column(*cells))
    assert looks_dated(cells[0])
    assert not stamps.findings


@pytest.mark.parametrize(
    ("cells", "date_format"),
    [
        ([" 2024-01-31 "], "YYYY-MM-DD"),
        (["2024/1/31", "2024/02/01"], "YYYY/MM/DD"),
        (["2024-01-31 09:30", "2024-01-31 09:30:15", "2024-01-31 09:30:15.5"], "YYYY-MM-DD HH:MM:SS.f"),
        (["2024-01-31 09:30:00.250000000"], "YYYY-MM-DD HH:MM:SS.ffffff"),
        (["1/3/2022, 9:30:00\u202fAM", "1/13/2022, 9:30:00\u202fAM"], "M/D/YYYY, H:MM:SS AM"),
        (["Jan. 3, 2022", "March 4, 2022", "Sept. 5, 2022"], "Mon D, YYYY"),
        (["1641168000.5", "1641168001.0"], "seconds since 1970"),
    ],
)
def test_small_differences_between_rows_are_of_one_format(cells: list[str], date_format: str) -> None:
    stamps = parse_dates(column(*cells))
    assert stamps.date_format == date_format
    again = write_times(stamps.ds, stamps.style).tolist()
    assert parse_dates(column(*again)).ds.tolist() == stamps.ds.tolist()


@given(st.lists(st.datetimes(datetime(1500, 1, 1), datetime(2200, 12, 31)), min_size=1))  # noqa: DTZ001 - naive like the data
def test_round_trip(times: list[datetime]) -> None:
    cells = [time.isoformat(sep=" ", timespec="microseconds") for time in times]
    assert parse_dates(column(*cells)).ds.tolist() == times


CHRISTMAS = datetime(2000, 12, 25)  # noqa: DTZ001 - naive like the data
DAYS = [
    "DD.MM.YYYY",
    "M/D/YYYY",
    "YYYY-MM-DD",
    "YYYY/M/D",
    "YYYY.MM.DD",
    "YYYYMMDD",
    "DD Mon YYYY",
    "D-MON-YYYY",
    "Month D, YYYY",
    "Dy, Mon D, YYYY",
]
CLOCKS = [" HH:MM:SS", "THH:MM:SS.ffffff", " H:MM:SS AM", " HHMMSS", "THH:MM:SSZ", " HH:MM:SS+HHMM", ", HH:MM:SS UTC"]


@given(
    st.sampled_from(DAYS),
    st.sampled_from(CLOCKS),
    st.lists(st.datetimes(datetime(1500, 1, 1), datetime(2200, 12, 31)), min_size=1, max_size=9),  # noqa: DTZ001 - naive
)
@pytest.mark.slow
def test_every_format_is_read_as_it_was_written(day: str, clock: str, times: list[datetime]) -> None:
    ds = np.array([*times, CHRISTMAS], "datetime64[us]").astype("datetime64[us]" if "f" in clock else "datetime64[s]")
    cells = write_times(ds, TimeStyle(day + clock, "UTC" if clock[-1] in "ZCM" and "AM" not in clock else "")).tolist()
    stamps = parse_dates(column(*cells))
    assert (stamps.ds == ds).all()
    assert write_times(stamps.ds, stamps.style).tolist() == cells
    named = parse_dates(column(*cells), day + clock)
    assert (named.ds == ds).all()


def test_rows_keep_their_order_and_repeats() -> None:
    stamps = parse_dates(column("2024-01-02", "2024-01-01", "2024-01-02"))
    assert stamps.ds.astype("datetime64[D]").astype(str).tolist() == ["2024-01-02", "2024-01-01", "2024-01-02"]
    assert stamps.style == TimeStyle()


def test_whole_numbers_count_steps() -> None:
    assert parse_dates(column("1", "2", "5")).ds.tolist() == [1, 2, 5]
    assert parse_dates(column("1998", "1999")).ds.dtype == np.int64
    assert parse_dates(column("946684801", "946684862")).date_format == "whole numbers"


def test_a_date_that_may_be_two_is_refused_with_both_readings() -> None:
    error = refused("01/01/1998", "02/01/1998", "03/01/1998")
    assert str(error) == (
        "p.csv:3: column Date: '02/01/1998' may be 1998-02-01 or 1998-01-02, and no row shows which; "
        "say which with --date-format 'MM/DD/YYYY' or --date-format 'DD/MM/YYYY'"
    )
    assert error.code == "DATE-AMBIGUOUS"
    assert "no row shows which" in refusal("01-01-1998 10:00", "01-02-1998 10:00")
    assert "no row shows which" in refusal("05/06/2022", "04/07/2022"), "one falls where the other rises"


def test_dates_with_dots_have_the_day_first() -> None:
    stamps = parse_dates(column("01.01.1998 10:00", "01.02.1998 10:00"))
    assert (stamps.date_format, stamps.findings) == ("DD.MM.YYYY HH:MM", ())
    assert parse_dates(column("12.01.1998", "12.31.1998")).date_format == "MM.DD.YYYY", "no other reading is left"


def test_equal_steps_of_a_clock_tell_day_and_month_apart() -> None:
    cells = [f"06/{day:02}/2024 {hour:02}:00" for day in (1, 2, 3) for hour in range(24)]
    stamps = parse_dates(column(*cells))
    assert stamps.date_format == "MM/DD/YYYY HH:MM"
    (finding,) = stamps.findings
    assert finding.text == "only the equal steps show that the dates are MM/DD/YYYY HH:MM"
    assert "no row shows which" in refusal(*cells[:24]), "one day alone shows nothing"
    assert "no row shows which" in refusal("01/02/2024 10:00", "02/02/2024 10:00", "03/02/2024 10:00")


def test_months_with_a_dot_need_a_zero_before_some() -> None:
    stamps = parse_dates(column("11.2023", "12.2023", "01.2024"))
    assert (stamps.date_format, str(stamps.ds[-1])[:10]) == ("MM.YYYY", "2024-01-01")
    assert not is_dated(column("10.2011", "10.1954", "11.1837")), "rates of exchange look like months"


def test_a_period_stands_for_its_beginning() -> None:
    stamps = parse_dates(column("01.01.2024 00:00 - 01.01.2024 01:00", "31.01.2024 23:00 - 01.02.2024 00:00"))
    assert stamps.ds.astype(str).tolist() == ["2024-01-01T00:00:00.000000", "2024-01-31T23:00:00.000000"]
    assert stamps.date_format == "DD.MM.YYYY HH:MM"
    assert parse_dates(column("2024-01-01/2024-01-07", "2024-01-08/2024-01-14")).date_format == "YYYY-MM-DD"
    refusal("2024-01-01 - 2024-01-07", "2024-01-08")


def test_rows_in_order_under_one_format_alone_prove_it_with_a_finding() -> None:
    cells = ["10/11/2022", "11/11/2022", "12/11/2022", "01/12/2022", "02/12/2022"]
    for rows in (cells, cells[::-1]):
        stamps = parse_dates(column(*rows))
        assert stamps.date_format == "DD/MM/YYYY"
        (finding,) = stamps.findings
        assert (finding.code, finding.text, finding.remedy) == (
            "DATE-ORDER",
            "only the order of the rows shows that the dates are DD/MM/YYYY",
            "use --date-format 'DD/MM/YYYY' to be sure",
        )


def test_rows_that_contradict_each_other_are_both_named() -> None:
    error = refused("13/01/2022", "05/06/2022", "01/14/2022")
    assert str(error) == (
        "p.csv:2: column Date: '13/01/2022' has the day first and '01/14/2022' on line 4 the month; " + REMEDY
    )
    assert error.code == "DATE-AMBIGUOUS"


@pytest.mark.parametrize(
    ("cells", "sentence", "code"),
    [
        (
            ["2024-01-01", "2024-01-02", "tomorrow"],
            "p.csv:4: column Date: 'tomorrow' is not written as YYYY-MM-DD like the other rows",
            "DATE",
        ),
        (
            ["2024-01-01", "2024-01-02 10:00", "2024-01-03"],
            "p.csv:3: column Date: '2024-01-02 10:00' is not written as YYYY-MM-DD like the other rows",
            "DATE",
        ),
        (["2024-01-01", ""], "p.csv:3: column Date: '' is not written as YYYY-MM-DD like the other rows", "DATE"),
        (
            ["2022-02-28", "2022-02-30"],
            "p.csv:3: column Date: '2022-02-30' is a date or time that does not exist, read as YYYY-MM-DD",
            "DATE",
        ),
        (
            ["14/01/2022", "30/02/2022"],
            "p.csv:3: column Date: '30/02/2022' is a date or time that does not exist, read as DD/MM/YYYY",
            "DATE",
        ),
        (
            ["2022-02-28 24:00"],
            "p.csv:2: column Date: '2022-02-28 24:00' is a date or time that does not exist, read as YYYY-MM-DD HH:MM",
            "DATE",
        ),
        (
            ["2022-01-13 0:30 PM"],
            (
                "p.csv:2: column Date: '2022-01-13 0:30 PM' is a date or time that does not exist, "
                "read as YYYY-MM-DD H:MM AM"
            ),
            "DATE",
        ),
        (
            ["2022-02-28 09:30:00.123456789"],
            (
                "p.csv:2: column Date: '2022-02-28 09:30:00.123456789' is finer than a microsecond, "
                "read as YYYY-MM-DD HH:MM:SS.ffffff"
            ),
            "DATE",
        ),
        (
            ["Mon, Jan 3, 2022", "Mon, Jan 4, 2022"],
            "p.csv:3: column Date: 'Mon, Jan 4, 2022' is a Tuesday, read as Dy, Mon D, YYYY",
            "DATE",
        ),
        (
            ["2022-05-19", "2202-05-20"],
            "p.csv:3: column Date: '2202-05-20' is not between the years 1500 and 2200, read as YYYY-MM-DD",
            "DATE-RANGE",
        ),
        (
            ["1641168000", "x", "1641254400"],
            "p.csv:3: column Date: 'x' is not a number of seconds since 1970 like the other rows",
            "DATE",
        ),
        (["soon"], "p.csv:2: column Date: 'soon' is not a date", "DATE"),
        (["1", "2", "x"], "p.csv:4: column Date: 'x' is not a date", "DATE"),
    ],
)
def test_the_line_of_the_wrong_cell_is_named(cells: list[str], sentence: str, code: str) -> None:
    error = refused(*cells)
    assert str(error) == f"{sentence}; {REMEDY}"
    assert error.code == code


def test_a_month_in_another_language_among_english_ones_has_its_own_reason() -> None:
    assert refusal("1. Jan 2022", "1. Feb 2022", "1. März 2022") == (
        "p.csv:4: column Date: '1. März 2022' has a month or weekday that is not English; "
        "read it with --date-format 'D. Mon YYYY', or write months as numbers"
    )


def test_an_english_date_among_others_is_refused_as_another_format() -> None:
    assert "'Jan 3, 2022' is not written as YYYY-MM-DD like the other rows" in refusal("2022-01-03", "Jan 3, 2022")


def test_long_cells_are_refused_at_once() -> None:
    assert "is not a date" in refusal("00:00 [" * 10_000)


def test_all_wrong_cells_are_listed() -> None:
    error = refused("2024-01-01", "x", "2024-01-02", "y", "x", "2024-01-03", "2024-01-04")
    assert str(error).startswith("p.csv:3: column Date: 'x' is not written as YYYY-MM-DD like the other rows, one of 3")
    assert [(finding.place.line, finding.text[:3]) for finding in error.findings[1:]] == [(5, "'y'"), (6, "'x'")]
    assert (
        len(refused(*[f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(80)], *["x"] * 1500).findings[1:]) == 1000
    )


def test_numbers_that_stand_for_dates_are_refused() -> None:
    assert refusal("44564", "44565") == (
        "p.csv: column Date: the numbers look like day numbers of a spreadsheet; "
        "format the column as dates before the export"
    )
    assert "look like years and months in one number; read them so with --date-format YYYYMM" in refusal("202401")
    assert "two-digit years; read them so with --date-format YYMMDD" in refusal("220103", "220104", "220201")
    assert parse_dates(column("220100", "220101", "220102")).date_format == "whole numbers"


@pytest.mark.parametrize(
    ("date_format", "cells", "first"),
    [
        ("DD/MM/YYYY", ["01/02/2022", "02/02/2022"], "2022-02-01"),
        ("dd.mm.yy", ["01.02.22", "02.02.69"], "2022-02-01"),
        ("%m/%d/%y %H:%M", ["01/02/22 16:30"], "2022-01-02T16:30"),
        ("MMM-YY", ["Jan-49", "Feb-49"], "2049-01-01"),
        ("YYYYMM", ["192607", "192608"], "1926-07-01"),
        ("YYMMDD", ["220103", "220104"], "2022-01-03"),
        ("YYYY", ["1950", "1951"], "1950-01-01"),
        ("HH:MM DD/MM/YYYY", ["09:30 03/01/2022"], "2022-01-03T09:30"),
        ("M/D/YYYY h:mm a", ["1/2/2022 9:30 pm"], "2022-01-02T21:30"),
    ],
)
def test_a_format_that_the_user_names_is_followed(date_format: str, cells: list[str], first: str) -> None:
    stamps = parse_dates(column(*cells), date_format)
    assert stamps.ds[0] == np.datetime64(first)
    assert write_times(stamps.ds, stamps.style).tolist() == cells


def test_a_format_that_the_user_names_is_strict() -> None:
    assert refusal("31/12/2021", "01/01/2022", date_format="MM/DD/YYYY").startswith(
        "p.csv:2: column Date: '31/12/2021' is a date or time that does not exist, read as MM/DD/YYYY"
    )
    assert refusal("01/01/2022", "x", date_format="DD/MM/YYYY") == (
        f"p.csv:3: column Date: 'x' is not written as DD/MM/YYYY like the other rows; {REMEDY}"
    )
    assert refusal("2022-01-01", date_format="DD/MM/YYYY") == (
        "p.csv:2: column Date: '2022-01-01' is not written as DD/MM/YYYY; "
        "name the format of the file with --date-format"
    )
    with pytest.raises(UsageError, match="'%Q' is not a way to write dates"):
        parse_date_format("%Q")


def test_what_is_printed_of_a_cell_is_escaped_and_short() -> None:
    assert "'\\x1b[31m" in refusal("\x1b[31m" + "x" * 100)
    assert len(refusal("x" * 1000)) < 200


def test_a_column_of_dates_is_known_by_content() -> None:
    assert is_dated(column(*["2024-01-01", "2024-01-02"] * 1000))
    assert not is_dated(column(*["2024-01-01"] * 1000, "x"))
    assert not is_dated(column("1", "2"))
    assert not is_dated(column(*["x"] * 1000))
    assert is_dated(column("1641168000", "1641254400", "1641340800"))
    assert not is_dated(column("1641168000", "1641254400", "1641168001")), "large numbers that go up and down"


def test_times_that_change_their_unit_are_refused_with_the_line() -> None:
    cells = ("1735603200000", "1735689600000000", "1735776000000000", "1735862400000000")
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(Column("p.csv", "Date", np.arange(2, 6), cells))
    assert str(caught.value) == (
        "p.csv:3: column Date: '1735689600000000' counts microseconds since 1970, and '1735603200000' on line 2 counts "
        "milliseconds; write all times in one unit"
    )


def test_a_quote_of_the_day_above_dates_is_refused_with_what_to_do() -> None:
    error = refused("11:34", "2018/10/15", "2018/10/12")
    sentence = "p.csv:2: column Date: '11:34' is not written as YYYY/MM/DD like the other rows"
    assert str(error) == f"{sentence}; remove the row if it is a quote of the day, or write its date"
    assert error.code == "DATE"


@pytest.mark.parametrize(
    ("cells", "date_format", "dates", "style"),
    [
        (("2020-W53", "2021-W01"), None, ["2020-12-28", "2021-01-04"], "YYYY-WWW"),
        (("2020M9", "2020M10"), None, ["2020-09-01", "2020-10-01"], "YYYYMMM"),
        (("2020M11", "2020M12"), None, ["2020-11-01", "2020-12-01"], "YYYYMMM"),
        (("2020-Q1", "2020-Q4"), "YYYY-QQ", ["2020-01-01", "2020-10-01"], "YYYY-QQ"),
        (("1T20", "2T20"), "NTYY", ["2020-01-01", "2020-04-01"], "NTYY"),
        (("Q4 2020", "Q1 2021"), "qq yyyy", ["2020-10-01", "2021-01-01"], "QQ YYYY"),
        (("2010q1", "2010q2"), "YYYYQQ", ["2010-01-01", "2010-04-01"], "YYYYqQ"),
    ],
)
def test_labels_of_periods_stand_for_their_first_day(
    cells: tuple[str, ...], date_format: str | None, dates: list[str], style: str
) -> None:
    parsed = parse_dates(Column("p.csv", "Date", np.arange(2, 2 + len(cells)), cells), date_format)
    assert parsed.ds.astype("datetime64[D]").astype(str).tolist() == dates
    assert parsed.date_format == style


@pytest.mark.parametrize(
    ("cell", "date_format"), [("2020-W54", None), ("2021-W53", None), ("2020M13", None), ("2020-Q5", "YYYY-QQ")]
)
def test_labels_of_no_period_are_refused(cell: str, date_format: str | None) -> None:
    with pytest.raises(InputRefusedError, match="does not exist"):
        parse_dates(Column("p.csv", "Date", np.array([2]), (cell,)), date_format)


def test_years_that_end_in_the_next_one_are_no_months() -> None:
    fault = "is a year that ends in the next one, not a month"
    for cells in (["2000-01", "2001-02", "2002-03"], ["1998/99", "1999/00", "2000/01"]):
        assert f"'{cells[0]}' {fault}, one of 3 such cells; write only the first year" in refusal(*cells)
        first = [cell[:4] for cell in cells]
        assert parse_dates(column(*first)).ds.tolist() == list(map(int, first)), "the remedy is read"
    assert parse_dates(column("2000-01", "2001-02")).date_format == "YYYY-MM"
    assert parse_dates(column("2000-01", "2001-02", "2002-03"), "YYYY-MM").date_format == "YYYY-MM"
