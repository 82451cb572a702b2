"""Tables as data vendors, spreadsheets, databases and trading programs write them are read alike, or refused in words.

Every layout says the same prices on the same days or hours, so that each must come to the same panel.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.reader import ReadResult, read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 60
PRICES = [1503.27 + 3.35 * (i * 7 % 11) - i for i in range(ROWS)]
START = datetime(2022, 1, 3)  # noqa: DTZ001 - the clock of the file
DAYS = [day for i in range(90) if (day := START + timedelta(i)).weekday() < 5][:ROWS]
HOURS = [START + timedelta(days=20, hours=i) for i in range(ROWS)]
ANY: dict[str, Any] = {}


def fields(day: datetime, price: float) -> dict[str, object]:
    """Return the day and the price of one row in several ways of writing."""
    us = f"{price:,.2f}"
    eu = us.translate(str.maketrans(",.", ".,"))
    return {"day": day, "plain": f"{price:.2f}", "us": us, "eu": eu, "comma": f"{price:.2f}".replace(".", ",")}


def lines(template: str, times: list[datetime], *, newest_first: bool = False) -> str:
    """Return the text of a template: what stands before the rows, one row, what stands behind them."""
    before, row, behind = template.split("|||") if "|||" in template else (*template.rsplit("\n", 1), "")
    written = [row.format(**fields(*each)) for each in zip(times, PRICES, strict=True)]
    return "\n".join([before, *(written[::-1] if newest_first else written), *([behind] if behind else [])]) + "\n"


def source(text: str, tmp_path: Path, **said: Any) -> ReadResult:
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    return read_sources([str(path)], Selection(**said))


DAILY = {
    "a German quote page": (
        '\ufeff"Datum","Zuletzt","Vol.","+/- %"\n"{day:%d.%m.%Y}","{eu}","1,23M","-0,45%"',
        {"targets": ("Zuletzt",)},
    ),
    "a Japanese quote page": (
        '\ufeff"日付け","終値","出来高"\n"{day:%Y}年{day:%m}月{day:%d}日","{us}","1.23M"',
        {"targets": ("終値",)},
    ),
    "a Korean quote page": ('"날짜","종가"\n"{day:%Y- %m- %d}","{us}"', ANY),
    "a page of futures with a line behind the rows": (
        'Time,Latest,Change\n|||{day:%m/%d/%Y},{plain},-0.5|||"Downloaded from a page as of 08-20-2022 04:11pm CDT"',
        {"targets": ("Latest",)},
    ),
    "a central bank with titles above the columns": (
        (
            '"";BBK01.WU3140;BBK01.WU3140_FLAGS\n"";"Wechselkurs";\nEinheit;"USD";\n'
            'Stand vom;"15.08.2022 12:00:00 Uhr";\n{day:%Y-%m-%d};{comma};'
        ),
        {"targets": ("BBK01.WU3140",)},
    ),
    "a statistics office with dates above the columns": (
        '"Title","CPI"\n"CDID","D7BT"\n"Release date","20-07-2022"\n"Important notes",\n"{day:%Y %b %d}","{plain}"',
        {"targets": ("D7BT",)},
    ),
    "a ledger with the sign behind": ("Buchungsdatum;Betrag\n{day:%d.%m.%Y};{eu}-", ANY),
    "a printed list": (
        "15.08.2022      Liste      1\n" + "-" * 30 + "\n|Datum     |    Betrag|\n" + "-" * 30 + "\n"
        "||||{day:%d.%m.%Y}|{eu:>10}||||" + "-" * 30,
        ANY,
    ),
    "a database's terminal": (
        "    day     |  close\n------------+---------\n||| {day:%Y-%m-%d} | {plain}|||(60 rows)",
        ANY,
    ),
    "a database's box": (
        (
            "+------------+---------+\n| day        | close   |\n+------------+---------+\n"
            "|||| {day:%Y-%m-%d} | {plain} |||||+------------+---------+\n60 rows in set (0.00 sec)"
        ),
        ANY,
    ),
    "a table of a text page": ("| Date | Close |\n|:-----|------:|\n| {day:%Y-%m-%d} | {plain} |", ANY),
    "a Hungarian spreadsheet": ("Dátum;Záró\n{day:%Y.%m.%d.};{comma}", ANY),
    "a Czech spreadsheet": ("Datum;Kurz\n{day.day}. {day.month}. {day.year};{comma}", ANY),
    "a Swiss spreadsheet": ("Datum;Kurs\n{day:%d.%m.%Y};CHF {plain}", ANY),
    "bars with beginning and end": (
        "open_time,close,close_time\n{day:%Y-%m-%d}T00:00:00Z,{plain},{day:%Y-%m-%d}T23:59:59Z",
        ANY,
    ),
}


@pytest.mark.parametrize("name", DAILY)
def test_a_daily_export(name: str, tmp_path: Path) -> None:
    template, said = DAILY[name]
    found = source(lines(template, DAYS), tmp_path, **said).panel
    assert found.ds.astype("datetime64[D]").tolist() == [day.date() for day in DAYS]
    assert np.abs(found.values) == pytest.approx(PRICES, abs=0.0051)
    assert (found.values < 0).all() == ("ledger" in name)


HOURLY = {
    "terminal 4": ("{day:%Y.%m.%d},{day:%H:%M},1.5,{plain}", {"header": 0, "targets": ("4",)}, "YYYY.MM.DD HH:MM"),
    "terminal 5": (
        "<DATE>\t<TIME>\t<CLOSE>\t<VOL>\n{day:%Y.%m.%d}\t{day:%H:%M:%S}\t{plain}\t0",
        ANY,
        "YYYY.MM.DD HH:MM:SS",
    ),
    "digits alone": (
        "<TICKER>,<DATE>,<TIME>,<CLOSE>\nACME,{day:%Y%m%d},{day:%H%M%S},{plain}",
        ANY,
        "YYYYMMDD HHMMSS",
    ),
    "a clock of twelve": ("Date,Time,Price\n{day:%m/%d/%Y},{day:%I:%M %p},{plain}", ANY, "MM/DD/YYYY HH:MM AM"),
    "time before date": ("Uhrzeit;Datum;Kurs\n{day:%H:%M};{day:%d.%m.%Y};{comma}", ANY, "DD.MM.YYYY HH:MM"),
    "hours": ("Date,Hour,Price\n{day:%Y-%m-%d},{day.hour},{plain}", ANY, "YYYY-MM-DD H"),
    "two blanks": ("date,close\n{day:%Y%m%d  %H:%M:%S},{plain}", ANY, "YYYYMMDD  HH:MM:SS"),
    "named": (
        "Date,Start,End,Price\n{day:%Y-%m-%d},{day:%H:%M},{day:%H:59},{plain}",
        {"time": "Date+Start"},
        "YYYY-MM-DD HH:MM",
    ),
    "begins and ends": (
        "Date,End,Start,Price\n{day:%Y-%m-%d},{day:%H:59},{day:%H:%M},{plain}",
        ANY,
        "YYYY-MM-DD HH:MM",
    ),
    "hours as periods": (
        "Datum von;Datum bis;Preis\n{day:%d.%m.%Y %H:%M};{day:%d.%m.%Y %H:59};{comma}",
        ANY,
        "DD.MM.YYYY HH:MM",
    ),
}


@pytest.mark.parametrize("name", HOURLY)
def test_an_hourly_export(name: str, tmp_path: Path) -> None:
    template, said, date_format = HOURLY[name]
    text = lines("\n" + template if "\n" not in template else template, HOURS)
    found = source(text, tmp_path, **said)
    assert found.panel.ds.tolist() == HOURS
    assert found.panel.values == pytest.approx(PRICES, abs=0.0051)
    assert found.style.date_format == date_format


REFUSED = {
    "an hour that no day has": (
        "Date,Time,Close\n{day:%Y-%m-%d},{day:%H:%M},{plain}",
        ("12:00", "25:00"),
        "export.csv:14: column Time: '25:00' is not a time of day like those in other rows, one of 2 such cells; ",
    ),
    "two columns of times of day": (
        "Date,Sent at,Seen,Close\n{day:%Y-%m-%d},{day:%H:%M},{day:%H:%M},{plain}",
        ("", ""),
        "2 columns of times of day: Sent at, Seen; name the dates and the times of day with --time 'Date+Sent at'",
    ),
    "ticks that are no nanoseconds": (
        "t,close\n{day:6377659%d%H00000000},{plain}",
        ("", ""),
        "is in no unit of time since 1970 that all rows share",
    ),
    "a column of numbers without a name": (
        "Date,\n{day:%Y-%m-%d %H:%M},{plain}",
        ("", ""),
        "export.csv: the column of numbers has no name; write a name above it, or use --target 2",
    ),
    "dates in formulas": (
        'Date,Close\n="{day:%Y-%m-%d}",="{plain}"',
        ("", ""),
        "export.csv:1: no column has dates and none has numbers; the file begins with 'Date Close'; check where ",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_proven_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    template, (old, new), sentence = REFUSED[name]
    with pytest.raises(InputRefusedError) as caught:
        source(lines(template, HOURS).replace(old, new) if old else lines(template, HOURS), tmp_path)
    assert sentence in str(caught.value).replace(f"{tmp_path}/", "")
    assert caught.value.exit_code == 65


def test_numbers_of_days_under_the_name_of_dates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError) as caught:
        source(lines("Date,Close\n{day:7385%j},{plain}", DAYS), tmp_path)
    assert str(caught.value).endswith(
        "column Date: the numbers are not dates; write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format, "
        "or call the column step if it counts steps"
    )


def test_dates_that_a_spreadsheet_exchanged_are_refused(tmp_path: Path) -> None:
    written = [f"{day:%m/%d/%Y}" if day.day <= 12 else f"{day:%d/%m/%Y}" for day in DAYS]
    text = "Date,Close\n" + "".join(f"{day},{price:.2f}\n" for day, price in zip(written, PRICES, strict=True))
    with pytest.raises(InputRefusedError) as caught:
        source(text, tmp_path)
    assert caught.value.code == "DATE-AMBIGUOUS"
    assert str(caught.value).endswith(
        "column Date: '01/03/2022' is out of order as DD/MM/YYYY, and the rows are in order if such dates are "
        "MM/DD/YYYY; export the dates again without opening them in a spreadsheet, or sort the rows if they are right"
    )


def test_times_of_day_stay_with_their_series(tmp_path: Path) -> None:
    pairs = [(name, hour, price) for name in "AB" for hour, price in zip(HOURS, PRICES, strict=True)]
    text = "Symbol,Date,Time,Close\n" + "".join(f"{n},{hour:%Y-%m-%d,%H:%M},{price:.2f}\n" for n, hour, price in pairs)
    found = source(text, tmp_path)
    assert found.panel.ids == ("A", "B")
    assert found.panel.ds.tolist() == HOURS * 2
    assert found.selection.time == "Date+Time"


def test_a_time_of_day_is_not_needed_with_dates_that_do_not_repeat(tmp_path: Path) -> None:
    template = "Symbol,Date,Time,Close\n{day:A,%Y-%m-%d},16:0{day.day},{plain}"
    found = source(lines(template, DAYS).replace("16:0", "16:"), tmp_path)
    assert found.panel.ds.tolist() == DAYS
    assert found.selection.time == "Date"


def test_a_column_without_a_name_goes_by_its_number(tmp_path: Path) -> None:
    found = source(lines("Date,\n{day:%Y-%m-%d},{plain}", DAYS), tmp_path, targets=("2",))
    assert found.panel.values == pytest.approx(PRICES, abs=0.0051)
    assert found.selection.targets == ("2",)
