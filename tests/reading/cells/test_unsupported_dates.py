"""Each way to write dates that is not read has its own reason and its own advice."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import parse_dates

ZONE = "has the name of a time zone that several zones share; write offsets as in 2024-01-31 09:30:00+01:00"
TWO_DIGITS = "has a two-digit year; say how dates are written: --date-format "
PROVEN = "has a two-digit year; read it with --date-format "
FOREIGN = "has a month or weekday that is not English; "
MONTHS = "write months as numbers"
QUARTER = "is a quarter, not a date; read its first day with --date-format "
NO_DATE = "write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("2022-01-03 16:00 EST", ZONE),
        ("03/01/2022 16:00:00 (CET)", ZONE),
        ("2022-01-03T09:30+01:00[Europe/Berlin]", ZONE),
        ("1/3/22", f"{TWO_DIGITS}DD/MM/YY or --date-format MM/DD/YY"),
        ("03-JAN-22", f"{PROVEN}DD-Mon-YY"),
        ("12/Jun/23 3:17 PM", f"{PROVEN}'DD/Mon/YY HH:MM AM'"),
        ("1/31/22", f"{PROVEN}MM/DD/YY"),
        ("3.1.22 09:30", f"{TWO_DIGITS}'DD.MM.YY HH:MM' or --date-format 'MM.DD.YY HH:MM'"),
        ("Jan-49", f"{PROVEN}Mon-YY"),
        ("ene-20", f"{PROVEN}Mon-YY"),
        ("3 janv. 2022", f"{FOREIGN}read it with --date-format 'D Mon YYYY', or {MONTHS}"),
        ("3. März 2022", f"{FOREIGN}read it with --date-format 'D. Mon YYYY', or {MONTHS}"),
        ("3 de enero de 2022", f"{FOREIGN}read it with --date-format 'D Month YYYY', or {MONTHS}"),
        ("Mai 2022", f"{FOREIGN}read it with --date-format 'Mon YYYY', or {MONTHS}"),
        ("lun 3 janv. 2022", f"{FOREIGN}{MONTHS}"),
        ("1950Q1", f"{QUARTER}YYYYQQ"),
        ("Q1 1950", f"{QUARTER}'QQ YYYY'"),
        ("1950-Q1", f"{QUARTER}YYYY-QQ"),
        ("1T20", f"{QUARTER}NTYY"),
        ("2022-W1-1", "is a week, not a date; write each week's first day"),
        ("H1 2022", "is half a year, not a date; write its first day"),
        ("09:00", "is a time without a date; write date and time in one column"),
        ("9:00 AM", "is a time without a date; write date and time in one column"),
        ("44564.375", "looks like a day number of a spreadsheet; format the column as dates before the export"),
        ("1.641168E+12", "is a rounded number, not a date; export the column with all digits"),
        ("99999999999", f"is in no unit of time since 1970 that all rows share; {NO_DATE}"),
        ("\uff12\uff10\uff12\uff12-01-03", f"has digits other than 0 to 9; {NO_DATE}"),
        ("\u0662\u0660\u0662\u0662-\u0660\u0661-\u0660\u0663", f"has digits other than 0 to 9; {NO_DATE}"),
        ("tomorrow", f"is not a date; {NO_DATE}"),
    ],
)
def test_reasons(cell: str, sentence: str) -> None:
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(Column("p.csv", "Date", np.array([2]), (cell,)))
    assert str(caught.value) == f"p.csv:2: column Date: '{cell}' {sentence}"
    assert caught.value.code == ("DATE-AMBIGUOUS" if sentence.startswith("has a two-digit year") else "DATE")
    assert caught.value.exit_code == 65


@pytest.mark.parametrize(
    ("cells", "date_format"),
    [
        (("30/01/22", "31/01/22", "01/02/22"), "DD/MM/YY"),
        (("01/02/22", "31/01/22", "30/01/22"), "DD/MM/YY"),
        (("01/31/22", "02/01/22", "02/02/22"), "MM/DD/YY"),
        (("22-01-30", "22-01-31", "22-02-01"), "YY-MM-DD"),
    ],
)
def test_only_the_format_that_all_rows_allow_is_offered(cells: tuple[str, ...], date_format: str) -> None:
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(Column("p.csv", "Date", np.array([2, 3, 4]), cells))
    assert caught.value.remedy == f"read it with --date-format {date_format}"
