"""Each way to write dates that is not read has its own reason and its own advice."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import parse_dates

ZONE = "has the name of a time zone, which may stand for several; write offsets as in 2024-01-31 09:30:00+01:00"
TWO_DIGITS = "has a year of two digits; say how dates are written: --date-format "
FOREIGN = "has a month or weekday that is not English; write months as numbers"
QUARTER = "is a quarter, not a date; write each quarter's first day"
NO_DATE = "write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("2022-01-03 16:00 EST", ZONE),
        ("03/01/2022 16:00:00 (CET)", ZONE),
        ("2022-01-03T09:30+01:00[Europe/Berlin]", ZONE),
        ("1/3/22", f"{TWO_DIGITS}DD/MM/YY or --date-format MM/DD/YY"),
        ("03-JAN-22", f"{TWO_DIGITS}DD-Mon-YY"),
        ("3 January 22, 9:30", f"{TWO_DIGITS}'DD Mon YY, HH:MM'"),
        ("Mon, 3 Jan 22", f"{TWO_DIGITS}'Dy, DD Mon YY'"),
        ("Jan. 3, 22", f"{TWO_DIGITS}'Mon DD, YY'"),
        ("Jan'22", f"{TWO_DIGITS}\"Mon'YY\""),
        ("3.1.22 09:30", f"{TWO_DIGITS}'DD.MM.YY HH:MM' or --date-format 'MM.DD.YY HH:MM'"),
        ("Jan-49", f"{TWO_DIGITS}Mon-YY"),
        ("3 janv. 2022", FOREIGN),
        ("3. März 2022", FOREIGN),
        ("3 de enero de 2022", FOREIGN),
        ("Mai 2022", FOREIGN),
        ("1950Q1", QUARTER),
        ("Q1 1950", QUARTER),
        ("1950-Q1", QUARTER),
        ("2022M01", "is a month without a mark before it; write months as 2024-01"),
        ("2022-W01", "is a week, not a date; write each week's first day"),
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
    assert caught.value.code == ("DATE-AMBIGUOUS" if sentence.startswith(TWO_DIGITS) else "DATE")
    assert caught.value.exit_code == 65
