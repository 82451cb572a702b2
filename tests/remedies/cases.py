"""The remedies that `tests/test_remedies.py` follows: what provokes each, and what is typed or edited then.

A case names the module and the text of its remedy, as `remedy_texts.py` finds them. Where the remedy names an option,
it is typed as it was printed, unless the case says otherwise: `{typed}` stands for the first options of the printed
remedy, `{typed2}` and `{typed3}` for the next ones. Where the case has files, these are the edited ones.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forecaster.ledger.connection import open_to_write

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = ("check", "config", "train", "predict", "evaluate", "batch", "ledger", "inspect")


class Case(NamedTuple):
    """A remedy, how it is provoked and how it is followed.

    Attributes:
        remedy: Module and text of the remedy.
        command: The command that prints it.
        files: Content of `f.csv`, or of files by name.
        then: Options that are added to the command, or another command; None for those that the remedy names.
        fixed: Content of files after the remedy was followed; None for no file.
        code: Exit code of the command when the remedy was followed.
        model: Name of the model in `MODELS` that is in the folder.

    """

    remedy: str
    command: str
    files: str | bytes | dict[str, str | bytes]
    then: str | None = None
    fixed: str | bytes | dict[str, str | bytes | None] | None = None
    code: int = 0
    model: str = ""


START = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - files have times without a zone


def value(i: int) -> float:
    """Return a value with a week in it, and some noise."""
    return round(100 + 5 * (i % 7) + (i * i * 37 % 101) / 20, 2)


def table(
    rows: int = 60,
    *,
    header: str = "date,value",
    step: dt.timedelta | None = None,
    date: str = "%Y-%m-%d",
    row: str = "{date},{value}",
    begin: dt.datetime = START,
    values: dict[int, object] | None = None,
) -> str:
    """Return a table of rows with equal steps, a day by default; `values` stand in place of some."""
    lines = [header] if header else []
    for i in range(rows):
        stamp = begin + i * (step or dt.timedelta(days=1))
        lines.append(row.format(date=stamp.strftime(date), value=(values or {}).get(i, value(i)), i=i, other=i % 5))
    return "\n".join(lines) + "\n"


def edited(text: str, line: int, new: str | None) -> str:
    """Return a text with another line, counted from 1, or without it."""
    lines = text.splitlines()
    lines[line - 1 : line] = [] if new is None else [new]
    return "\n".join(lines) + "\n"


def cells(texts: list[str], header: str = "date,value") -> str:
    """Return a table of days with these cells as values."""
    return table(len(texts), header=header, values=dict(enumerate(texts)))


def dated(texts: list[str]) -> str:
    """Return a table with these cells as dates."""
    return "date,value\n" + "".join(f"{text},{value(i)}\n" for i, text in enumerate(texts))


def parquet(text: str) -> Callable[[], bytes]:
    """Return a function that writes a table as Parquet."""

    def write() -> bytes:
        import pandas as pd

        stream = io.BytesIO()
        pd.read_csv(io.StringIO(text)).to_parquet(stream, index=False)
        return stream.getvalue()

    return write


def excel(text: str) -> Callable[[], bytes]:
    """Return a function that writes a table as a workbook."""

    def write() -> bytes:
        from openpyxl import Workbook

        book, stream = Workbook(), io.BytesIO()
        for line in text.splitlines():
            book.active.append([float(cell) if cell.replace(".", "").isdigit() else cell for cell in line.split(",")])
        book.save(stream)
        return stream.getvalue()

    return write


def excel_with_entities() -> Callable[[], bytes]:
    """Return what makes a workbook with a part that declares an entity."""

    def make() -> bytes:
        stream = io.BytesIO(excel(GOOD)())
        with zipfile.ZipFile(stream, "a") as book:
            book.writestr("xl/more.xml", "<!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>")
        return stream.getvalue()

    return make


def broken_excel() -> Callable[[], bytes]:
    """Return a function that writes a workbook that is damaged inside."""
    return lambda: excel(GOOD)().replace(b"xl/workbook.xml", b"xl/workbook.xmm")


def zipped(**members: str) -> bytes:
    """Return a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return stream.getvalue()


GOOD = table()
HOURS = dt.timedelta(hours=1)
LATER = table(80)

MONTHS = [f"{2015 + i // 12}-{i % 12 + 1:02}-01" for i in range(72)]
WEEKS = dt.timedelta(days=7)
GOOD_GZ = gzip.compress(GOOD.encode())
TWO = table(row="a,{date},{value}\nb,{date},{value}", header="id,date,value")
WITH_X = table(header="date,value,x", row="{date},{value},{other}")
UNEVEN = "date,value\n" + "".join(
    f"{START + dt.timedelta(minutes=13 * i * i + 7 * i):%Y-%m-%d %H:%M},{value(i)}\n" for i in range(60)
)
UNEVEN_STEPS = "step,value\n" + "".join(f"{3 * i * i + i},{value(i)}\n" for i in range(1, 61))
LINK = "a link to itself"
"""In the place of content: the file is a symbolic link that leads to itself."""
QUICK = "--effort quick"
LONG_CELLS = table(200, header="date,value,note", row="{date},{value}," + "x" * 100_000)
CALM = [round(100 + 0.1 * (i % 7) + (i * i * 37 % 101) / 500, 3) for i in range(120)]
SPLIT = table(120, values={i: CALM[i] / (1 + (i >= 60)) for i in range(120)})
UNEVEN_TWO = "id,date,value\n" + "".join(f"{name},{line}\n" for name in "ab" for line in UNEVEN.splitlines()[1:])

MODELS = {
    "days": (f"train f.csv --hidden 2 {QUICK} --horizon 3 --lookback 6", GOOD),
    "pretrained": ("train f.csv --zero-shot", GOOD),
    "known": (f"train f.csv --known x {QUICK} --horizon 3 --hidden 2 --lookback 6", WITH_X),
    "observed": (f"train f.csv --observed x {QUICK} --horizon 3 --hidden 2 --lookback 6", WITH_X),
    "uneven": (f"train f.csv --irregular --hidden 2 {QUICK} --horizon 2 --lookback 6", UNEVEN),
    "two": (f"train f.csv --hidden 2 {QUICK} --horizon 3 --lookback 6", TWO),
    "uneven two": (f"train f.csv --irregular --hidden 2 {QUICK} --horizon 2 --lookback 6", UNEVEN_TWO),
    "counts": (
        f"train f.csv --irregular --hidden 2 {QUICK} --horizon 2 --lookback 6",
        UNEVEN_STEPS,
    ),
    "limited": (f"train f.csv --min 0 --hidden 2 {QUICK} --horizon 3 --lookback 6", GOOD),
    "prices": (
        f"train f.csv --mode returns {QUICK} --horizon 3 --hidden 2 --lookback 6",
        table(200),
    ),
}

FILES = [
    Case("reading.tables.archives: copy or download it again", "check f.csv", GOOD_GZ[:-20], fixed=GOOD_GZ),
    Case(
        "reading.tables.archives: extract the one to read",
        "check f.zip",
        {"f.zip": zipped(a=GOOD, b=GOOD)},
        then="check a.csv",
        fixed={"a.csv": GOOD},
    ),
    Case(
        "reading.tables.archives: unpack it first",
        "check f.csv",
        zipped(a=GOOD).replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
        fixed=GOOD,
    ),
    Case("reading.tables.content: check the name", "check 'f\\0.csv'".replace("\\0", "\0"), GOOD, then="check f.csv"),
    Case(
        "reading.tables.content: download the file first", "check https://example.org/f.csv", GOOD, then="check f.csv"
    ),
    Case(
        "reading.tables.content: export the table as CSV",
        "check f.xls",
        {"f.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)},
        then="check f.csv",
        fixed={"f.csv": GOOD},
    ),
    Case(
        "reading.tables.content: extract the table",
        "check f.tar",
        {"f.tar": b"f.csv".ljust(257, b"\0") + b"ustar" + bytes(300)},
        then="check f.csv",
        fixed={"f.csv": GOOD},
    ),
    Case(
        "reading.tables.content: give a CSV file",
        "check f.png",
        {"f.png": b"\x89PNG\r\n\x1a\n" + bytes(99), "f.csv": GOOD},
        then="check f.csv",
    ),
    Case(
        "reading.tables.content: give a table with one row on each line",
        "check f.csv",
        "date,value\n" + "1," * 600_000,
        fixed=GOOD,
    ),
    Case(
        "reading.tables.content: give it a name that ends in .parquet",
        "check f.csv",
        b"PAR1" + bytes(90),
        then="check f.parquet",
        fixed={"f.parquet": parquet(GOOD)},
    ),
    Case(
        "reading.tables.content: give the file itself",
        "check f.zip",
        {"f.zip": zipped(), "f.csv": GOOD},
        then="check f.csv",
    ),
    Case(
        "reading.tables.content: unpack it first",
        "check f.bz2",
        {"f.bz2": b"BZh91AY&SY" + bytes(50)},
        then="check f.csv",
        fixed={"f.csv": GOOD},
    ),
    Case("reading.tables.content: write the file again", "check f.csv", b"date,value\n" + bytes(1_200_000), fixed=GOOD),
    Case(
        "reading.tables.delimited: check that the file is a table",
        "check f.csv",
        "date,value\n2024-01-01," + "7" * 200_000 + "\n",
        fixed=GOOD,
    ),
    Case(
        "reading.tables.delimited: correct the quotes of this row",
        "check f.csv",
        edited(GOOD, 3, '"2024-01-02,1'),
        fixed=GOOD,
    ),
    Case(
        "reading.tables.delimited: drop columns",
        "check f.csv",
        "date," + "v," * 10_001 + "\n2024-01-01" + ",1" * 10_002 + "\n",
        fixed=GOOD,
    ),
    Case(
        "reading.tables.delimited: give one character, or tab",
        "check f.csv --delimiter xx",
        GOOD.replace(",", "\t"),
        then="check f.csv --delimiter tab",
    ),
    Case("reading.tables.encoding: use --encoding {}", "check f.csv", GOOD.encode("utf-16-le")),
    Case("reading.tables.encoding: give a CSV file", "check f.csv", bytes(range(1, 32)) * 20, fixed=GOOD),
    Case(
        "reading.tables.encoding: name one such as utf-8, utf-16-le or cp1252",
        "check f.csv --encoding utf8x",
        GOOD,
        then="check f.csv --encoding utf-8",
    ),
    Case(
        "reading.tables.encoding: name the encoding with --encoding if it is another",
        "check f.csv",
        GOOD.replace("value", "größe").encode("cp1252"),
        then="--encoding cp1252",
    ),
    Case(
        "reading.tables.encoding: write the file again",
        "check f.csv",
        GOOD.replace("2024-01-09", "2024\x0001-09"),
        fixed=GOOD,
    ),
    Case("reading.tables.header: add rows", "check f.csv", "date,value\n", fixed=GOOD),
    Case("reading.tables.header: check where the file comes from", "check f.csv", "no such symbol\n", fixed=GOOD),
    Case(
        "reading.tables.header: check where the file comes from, or use --delimiter",
        "check f.csv",
        "when#what\n" + GOOD.replace(",", "#"),
        then="check f.csv --delimiter '#'",
        fixed=GOOD.replace(",", "#"),
    ),
    Case(
        "reading.tables.header: name another line with --header",
        "check f.csv --header 99",
        GOOD,
        then="check f.csv {typed} 1",
    ),
    Case(
        "reading.tables.header: put the dates into one column, with one row for each date",
        "check f.csv",
        "name," + ",".join(MONTHS) + "\nsold," + ",".join(str(value(i)) for i in range(72)) + "\n",
        fixed=GOOD,
    ),
    Case(
        "reading.tables.header: put the years into one column, with one row for each year and "
        "series, as melt in pandas does",
        "check f.csv",
        "country,2000,2001,2002,2003\n" + "".join(f"c{i},{i},{i + 1},{i + 3},{i}\n" for i in range(9)),
        fixed="country,year,value\n"
        + "".join(f"c{i},{y},{value(i + y)}\n" for i in range(9) for y in range(2000, 2004)),
    ),
    Case(
        "reading.tables.parquet: write it again, or export it as CSV",
        "check f.parquet",
        {"f.parquet": b"PAR1" + bytes(90)},
        then="check f.csv",
        fixed={"f.csv": GOOD},
    ),
    Case("reading.tables.sources: check the name", "check 'g*.csv'", GOOD, then="check 'f*.csv'"),
    Case(
        "reading.tables.sources: name a file that lists one file per line",
        "check --files-from list.txt",
        GOOD,
        fixed={"list.txt": "f.csv\n"},
    ),
    Case(
        "reading.tables.sources: write one file per line",
        "check --files-from list.txt",
        {"list.txt": "\n", "f.csv": GOOD},
        fixed={"list.txt": "f.csv\n"},
    ),
    Case(
        "reading.tables.sources: write one file per line",
        "check --files-from list.txt",
        {"list.txt": b"f.csv\0f.csv", "f.csv": GOOD},
        fixed={"list.txt": "f.csv\n"},
    ),
    Case(
        "reading.tables.table: add rows",
        "check f.parquet",
        {"f.parquet": parquet("date,value\n")},
        fixed={"f.parquet": parquet(GOOD)},
    ),
    Case("reading.tables.table: correct the row", "check f.csv", edited(GOOD, 3, "2024-01-02,1,2"), fixed=GOOD),
    Case(
        "reading.tables.table: download the CSV file itself",
        "check f.csv",
        "<!DOCTYPE html><html><body>no</body></html>\n",
        fixed=GOOD,
    ),
    Case("reading.tables.table: give a table with a header row and data rows", "check f.csv", "", fixed=GOOD),
    Case(
        "reading.tables.table: quote cells that contain the delimiter, or use --header no if there are no column names",
        "check f.csv",
        table(header="date;value", row="{date},{value},{other}").replace(";", ",", 1),
        then="{typed} --target 2",
    ),
    Case(
        "reading.tables.table: quote cells that contain the delimiter, or use --header no if there are no column names",
        "check f.csv",
        table(row="{date},1,{other}50"),
        fixed=table(row='{date},"1,{other}50"'),
        then="--decimal ,",
    ),
    Case(
        "reading.tables.archives: unpack it first if that is right",
        "check f.csv.gz",
        {"f.csv.gz": gzip.compress(LONG_CELLS.encode())},
        then="check f.csv --target value",
        fixed={"f.csv": LONG_CELLS},
    ),
    Case(
        "reading.tables.sources: name it once",
        "check - --files-from list.txt",
        {"f.csv": GOOD, "list.txt": "-\n"},
        then="check --files-from list.txt",
        fixed={"list.txt": "f.csv\n"},
    ),
    Case("reading.tables.content: pipe the rows through -", "check /dev/null", GOOD, then="check f.csv"),
    Case(
        "reading.tables.encoding: name its encoding with --encoding{}, or save the file as UTF-8",
        "check f.csv",
        GOOD.replace("value", "prix \x81").encode("latin-1"),
        then="--encoding latin-1",
    ),
    Case("reading.tables.content: check the name and the permissions", "check f.csv/g.csv", GOOD, then="check f.csv"),
    Case("reading.tables.content: check the name and the folder", "check zzzzzz.txt", GOOD, then="check f.csv"),
    Case("reading.tables.content: did you mean {}?", "check ff.csv", GOOD, then="check {listed}"),
    Case(
        "reading.tables.content: use a model with `forecast predict --model FILE`, and name a table here",
        "check forecast.joblib",
        GOOD,
        then="predict --model forecast.joblib",
        model="days",
    ),
    Case(
        "reading.tables.excel: open the workbook at its table and save it",
        "check f.xlsx",
        {"f.xlsx": excel("")},
        fixed={"f.xlsx": excel(GOOD)},
    ),
    Case(
        "reading.tables.excel: save the sheet as CSV",
        "check f.xlsx",
        {"f.xlsx": broken_excel()},
        then="check f.csv",
        fixed={"f.csv": GOOD},
    ),
    Case(
        "reading.tables.table: {}, or name the encoding with --encoding, such as cp1250 for Central Europe",
        "check f.csv",
        "größe,menge\n".encode("cp1252") + b"a,b\nc,d\n",
        fixed=GOOD,
    ),
]

COLUMNS = [
    Case(
        "reading.column_roles: name different columns",
        "check f.csv --target date --time date",
        GOOD,
        then="check f.csv --target value --time date",
    ),
    Case(
        "reading.column_search: add a column of values, or count the rows with --every day --agg count",
        "check f.csv",
        "date\n" + "".join(f"{each}\n" for each in MONTHS),
        fixed=GOOD,
    ),
    Case(
        "reading.column_search: add one, or name the time column with --time: {}",
        "check f.csv",
        table(header="when,x,value", row="d{i}q,{other},{value}"),
        fixed=GOOD,
    ),
    Case(
        "reading.column_search: did you mean {}? the columns are {}",
        "check f.csv --target valu",
        GOOD,
        then="check f.csv --target value",
    ),
    Case(
        "reading.column_search: name one with --target",
        "check f.csv",
        WITH_X.replace("value,x", "Close,close"),
        then="{typed} Close",
    ),
    Case("reading.column_search: name one with --target: {}", "check f.csv", WITH_X.replace("value", "y1")),
    Case(
        "reading.column_search: name the dates and the times of day with --time {}",
        "check f.csv",
        "date,from,to,value\n"
        + "".join(f"2024-01-{1 + i // 24:02},{i % 24:02}:00,{i % 24:02}:00,{value(i)}\n" for i in range(96)),
    ),
    Case(
        "reading.column_search: put them into one column, with one row for each year and {}, as melt "
        "in pandas does, or name one of the {} with --target",
        "check f.csv",
        "year,Q1,Q2,Q3,Q4\n"
        + "".join(f"{2000 + i},{value(i)},{value(i + 1)},{value(i + 2)},{value(i + 4)}\n" for i in range(20)),
        then="{typed} Q1",
    ),
    Case(
        "reading.column_search: the columns are {}",
        "check f.csv --target zzzz",
        GOOD,
        then="check f.csv --target value",
    ),
    Case("reading.column_search: write a name above it, or use --target {}", "check f.csv", table(header="date,")),
    Case(
        "reading.column_search: write the name exactly",
        "check f.csv --target CLOSE",
        WITH_X.replace("value,x", "Close,close"),
        then="check f.csv --target Close",
    ),
    Case(
        "reading.date_parts: correct the cell, or name another column with --time",
        "check f.csv",
        "year,month,value\n"
        + "".join(f"{2015 + i // 12},{13 if i == 50 else i % 12 + 1},{value(i)}\n" for i in range(72)),
        fixed="year,month,value\n" + "".join(f"{2015 + i // 12},{i % 12 + 1},{value(i)}\n" for i in range(72)),
    ),
    Case(
        "reading.series_search: if {} {}, use {}",
        "check f.csv",
        table(
            header="date,shop,item,value",
            row="{date},a,1,{value}\n{date},a,2,{value}\n{date},b,1,{value}\n{date},b,2,{value}",
        ),
    ),
    Case(
        "reading.series_search: write their names without /",
        "check f.csv --series shop --series item",
        table(header="date,shop,item,value", row="{date},a/b,c,{value}\n{date},a,b/c,{value}"),
        fixed=table(header="date,shop,item,value", row="{date},a-b,c,{value}\n{date},a,b-c,{value}"),
    ),
    Case("reading.series_rows: fill it in", "check f.csv", edited(TWO, 3, ",2024-01-01,104"), fixed=TWO),
    Case(
        "reading.series_rows: leave the column out",
        "check f.csv --observed x",
        table(header="date,value,x", row="{date},{value},"),
        then="check f.csv",
    ),
    Case(
        "reading.known_files: add it",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": "date\n2024-01-01\n"},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "reading.known_files: add its rows",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": TWO, "k.csv": table(99, header="id,date,x", row="a,{date},{other}")},
        fixed={"k.csv": table(99, header="id,date,x", row="a,{date},{other}\nb,{date},{other}")},
    ),
    Case(
        "reading.known_files: give each column of values a name",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": table(99, header="date,", row="{date},{other}")},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "reading.known_files: keep only one row for each time",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": table(99, header="date,x", row="{date},{other}\n{date},7")},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "reading.known_files: leave the column out of the file",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": table(99, header="date,value,x", row="{date},{value},{other}")},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "reading.known_files: write both in one time zone",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": table(99, header="date,x", row="{date} 00:00:00+02:00,{other}")},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "reading.known_files: write times as in the file of the series",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": table(99, header="step,x", row="{i},{other}")},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "series.known_values: give one for every row",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": edited(table(99, header="date,x", row="{date},{other}"), 9, None)},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "series.known_values: write the times of the series",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": table(99, header="date,x", row="{date},{other}", begin=START.replace(year=1990))},
        fixed={"k.csv": table(99, header="date,x", row="{date},{other}")},
    ),
    Case(
        "reading.column_roles: use --header LINE if one has the column names",
        "check f.csv",
        table(header=""),
        then="--header 1",
    ),
    Case(
        "reading.column_search: name one with --time: {}",
        "check f.csv",
        "a,b,value\n"
        + "".join(
            f"{START + dt.timedelta(days=i):%Y-%m-%d},{START + dt.timedelta(days=7 * i):%Y-%m-%d},{value(i)}\n"
            for i in range(60)
        ),
    ),
    Case(
        "series.known_values: leave it out of one of the two",
        "train f.csv --dry-run --known k.csv --observed x",
        {"f.csv": WITH_X, "k.csv": table(99, header="date,x", row="{date},{other}")},
        then="train f.csv --dry-run --known k.csv",
    ),
    Case(
        "reading.time_columns: name year and month, or year, month and day, and after them times of day",
        "check f.csv --time year+month+day+text+value",
        "year,month,day,text,value\n" + "".join(f"{2015 + i // 12},{i % 12 + 1},1,b,{value(i)}\n" for i in range(72)),
        then="check f.csv --time year+month",
    ),
    Case(
        "reading.column_search: give every column its own name",
        "check f.csv --target x",
        WITH_X.replace("value", "x", 1),
        then="check f.csv --target value",
        fixed=WITH_X,
    ),
    Case(
        "reading.column_search: add one, or count the rows with --time {}",
        "check f.csv",
        "close\n" + "".join(f"{value(i)}\n" for i in range(60)),
    ),
    Case(
        "reading.date_parts: write dates if they are counted differently",
        "check f.csv",
        "year,week,value\n" + "".join(f"{2022 + i // 52},{i % 52 + 1},{value(i)}\n" for i in range(104)),
        fixed=table(104, step=WEEKS),
    ),
]

CELLS = [
    Case(
        "reading.cells.date_formats: write it as DD/MM/YYYY HH:MM, or in the letters of strftime",
        "check f.csv --date-format foo",
        table(date="%d/%m/%Y %H:%M"),
        then="check f.csv --date-format 'DD/MM/YYYY HH:MM'",
    ),
    Case(
        "reading.cells.date_formats: write it as DD/MM/YYYY HH:MM, or in the letters of strftime",
        "check f.csv --date-format foo",
        table(date="%d/%m/%Y"),
        then="check f.csv --date-format '%d/%m/%Y'",
    ),
    Case(
        "reading.cells.dates: export the dates again without opening them in a spreadsheet, or sort "
        "the rows if they are right",
        "check f.csv",
        dated([f"{d:02}/{m:02}/2024" if d > 12 else f"{m:02}/{d:02}/2024" for m in (1, 2, 3) for d in range(1, 29)]),
        fixed=dated([f"{d:02}/{m:02}/2024" for m in (1, 2, 3) for d in range(1, 29)]),
    ),
    Case(
        "reading.cells.dates: format the column as dates before the export",
        "check f.csv",
        dated([str(45000 + i) for i in range(60)]),
        fixed=GOOD,
    ),
    Case(
        "reading.cells.dates: use --date-format '{}' to be sure",
        "check f.csv",
        dated([f"{d:02}/0{m}/2024" for m in (1, 2, 3) for d in range(1, 13)]),
    ),
    Case(
        "reading.cells.dates: name the format of the file with --date-format",
        "check f.csv --date-format DD.MM.YYYY",
        GOOD,
        then="check f.csv {typed} YYYY-MM-DD",
    ),
    Case(
        "reading.cells.dates: read them so with --date-format YYMMDD",
        "check f.csv",
        dated([f"24{m:02}{d:02}" for m in range(1, 8) for d in (1, 9, 20)]),
    ),
    Case(
        "reading.cells.dates: read them so with --date-format YYYYMM",
        "check f.csv",
        dated([each[:7].replace("-", "") for each in MONTHS]),
    ),
    Case(
        "reading.cells.dates: say which with --date-format '{}' or --date-format '{}'",
        "check f.csv",
        dated(["01/02/2024", "03/01/2024", "02/03/2024", "05/02/2024"]),
    ),
    Case(
        "reading.cells.dates: say which with --date-format '{}' or --date-format '{}'",
        "check f.csv",
        dated(["01/02/2024", "03/01/2024", "02/03/2024", "05/02/2024"]),
        then="{typed2}",
    ),
    Case(
        "reading.cells.dates: write all times in one unit",
        "check f.csv",
        dated([str((1_700_000_000 + 60 * i) * (1000 if i < 30 else 1_000_000)) for i in range(60)]),
        fixed=dated([str((1_700_000_000 + 60 * i) * 1000) for i in range(60)]),
    ),
    Case(
        "reading.cells.dates: write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format",
        "check f.csv",
        edited(GOOD, 9, "9th,104"),
        fixed=edited(GOOD, 9, "2024-01-08,104"),
    ),
    Case(
        "reading.cells.dates: write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format, "
        "or call the column step if it counts steps",
        "check f.csv",
        dated([str(3000 + 7 * i * i) for i in range(60)]),
        fixed=dated([str(3000 + 7 * i * i) for i in range(60)]).replace("date", "step"),
    ),
    Case(
        "reading.cells.unsupported_dates: read it with {}, or {}",
        "check f.csv",
        edited(table(date="%d %b %Y"), 40, "08 Mrz 2024,103"),
    ),
    Case(
        "reading.cells.unsupported_dates: write months as numbers",
        "check f.csv",
        edited(table(date="%d %b %Y"), 40, "08 frimaire 2024,103"),
        fixed=GOOD,
    ),
    Case(
        "reading.cells.numbers: copy the file again",
        "check f.csv",
        table(values={59: "104.1"}, row="{date},{value}0").removesuffix("0\n").removesuffix(".1"),
        fixed=GOOD,
    ),
    Case(
        "reading.cells.numbers: keep numbers of one currency in a column",
        "check f.csv",
        table(values={7: "100"}, row="{date},{value} EUR").replace("100 EUR", "100 USD"),
        fixed=table(row="{date},{value} EUR"),
    ),
    Case(
        "reading.cells.numbers: name the decimal mark of the file with --decimal",
        "check f.csv --decimal ,",
        GOOD,
        then="check f.csv {typed} .",
    ),
    Case(
        "reading.cells.numbers: say which with --decimal . or --decimal ,",
        "check f.csv",
        table(row='{date},"1{other},{i:03}"'),
    ),
    Case(
        "reading.cells.numbers: say which with --decimal . or --decimal ,",
        "check f.csv",
        table(row='{date},"1{other},{i:03}"'),
        then="{typed2}",
    ),
    Case("reading.cells.numbers: use a larger unit", "check f.csv", table(values={3: "7000000000000000"}), fixed=GOOD),
    Case(
        "reading.cells.numbers: write all numbers of a column in one style",
        "check f.csv",
        table(values={3: '"1.234,5"', 8: '"1,234.5"'}),
        fixed=GOOD,
    ),
    Case(
        "reading.cells.numbers: write numbers as 1234.5, and leave a cell empty where there is none",
        "check f.csv",
        table(values={3: "abc", 8: "unknown"}),
        fixed=table(values={3: "1234.5", 8: ""}),
    ),
    Case(
        "reading.cells.numbers: write plain numbers: 1503 for 1.503K, 0.015 for 1.5%",
        "check f.csv",
        table(values={3: "1.503K"}),
        fixed=table(values={3: "1503"}),
    ),
    Case(
        "reading.cells.time_zones: write all times with their offset, or all without",
        "check f.csv",
        edited(table(row="{date}T00:00:00+01:00,{value}"), 9, "2024-01-08T00:00:00,104"),
        fixed=table(row="{date}T00:00:00+01:00,{value}"),
    ),
    Case(
        "reading.cells.time_zones: write all times with their offset, or all without",
        "check f.csv",
        edited(table(row="{date}T00:00:00+01:00,{value}"), 9, "2024-01-08T00:00:00,104"),
        fixed=table(row="{date}T00:00:00,{value}"),
    ),
    Case(
        "reading.cells.times_of_day: write 0 to 23 if they are beginnings of hours",
        "check f.csv",
        "date,hour,value\n" + "".join(f"2024-01-{1 + i // 24:02},{i % 24 + 1},{value(i)}\n" for i in range(96)),
        fixed="date,hour,value\n" + "".join(f"2024-01-{1 + i // 24:02},{i % 24},{value(i)}\n" for i in range(96)),
    ),
    Case(
        "reading.cells.times_of_day: write times of day as 09:30 or 09:30:00, all in one format",
        "check f.csv",
        "date,time,value\n"
        + "".join(
            f"2024-01-{1 + i // 24:02},{'noon' if i == 12 else f'{i % 24:02}:00'},{value(i)}\n" for i in range(96)
        ),
        fixed="date,time,value\n" + "".join(f"2024-01-{1 + i // 24:02},{i % 24:02}:00,{value(i)}\n" for i in range(96)),
    ),
    Case(
        "reading.cells.unsupported_dates: export the column with all digits",
        "check f.csv",
        dated([f"1.7{i:02}E+12" for i in range(60)]),
        fixed=dated([str(1_700_000_000_000 + 60_000 * i) for i in range(60)]),
    ),
    Case(
        "reading.cells.unsupported_dates: format the column as dates before the export",
        "check f.csv",
        dated([f"{45000 + i}.5" for i in range(60)]),
        fixed=GOOD,
    ),
    Case(
        "reading.cells.unsupported_dates: write date and time in one column",
        "check f.csv",
        table(24, header="time,value", row="{i:02}:00,{value}"),
        fixed=table(24, row="2024-01-01 {i:02}:00,{value}"),
    ),
    Case(
        "reading.cells.unsupported_dates: write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format",
        "check f.csv",
        table(row="day {i} x,{value}"),
        fixed=GOOD,
    ),
    Case(
        "reading.cells.unsupported_dates: write its first day",
        "check f.csv",
        dated([f"{1990 + i // 2} H{i % 2 + 1}" for i in range(40)]),
        fixed=dated([f"{1990 + i // 2}-{6 * (i % 2) + 1:02}-01" for i in range(40)]),
    ),
    Case(
        "reading.cells.unsupported_dates: write offsets as in 2024-01-31 09:30:00+01:00",
        "check f.csv",
        table(row="{date} 09:30 CET,{value}"),
        fixed=table(row="{date} 09:30:00+01:00,{value}"),
    ),
    Case(
        "reading.cells.centuries: write years with four digits",
        "check f.csv --date-format DD-Mon-YY",
        dated([f"{m:02}-Mar-{y:02}" for y, m in [(66, 3), (70, 4), (67, 5), (71, 6), (68, 7)]]),
        then="check f.csv",
        fixed=dated([f"{m:02}-Mar-19{y:02}" for y, m in [(66, 3), (67, 5), (68, 7), (70, 4), (71, 6)]]),
    ),
    Case(
        "reading.cells.centuries: write years with four digits to be sure",
        "check f.csv --date-format Mon-YY",
        dated([f"Jan-{y % 100:02}" for y in range(60, 111)]),
        then="check f.csv",
        fixed=dated([f"Jan-{1900 + y}" for y in range(60, 111)]),
    ),
    Case("reading.cells.dates: read it with {}", "check f.csv", table(date="%m/%d/%y")),
    Case(
        "reading.cells.unsupported_dates: read it with {}, or {}",
        "check f.csv",
        dated([f"{i + 1} janvier 2024" for i in range(28)]),
    ),
    Case(
        "reading.cells.unsupported_dates: read it with {}, or {}",
        "check f.csv",
        dated([f"{i + 1} janvier 2024" for i in range(28)]),
        fixed=dated([f"{i + 1}/01/2024" for i in range(28)]),
    ),
    Case(
        "reading.cells.unsupported_dates: read its first day with {}",
        "check f.csv",
        dated([f"{2000 + i // 4}Q{i % 4 + 1}" for i in range(60)]),
    ),
    Case(
        "reading.cells.missing_values: write a number to be sure",
        "check f.csv",
        table(values={9: "<1"}),
        fixed=table(values={9: "0.5"}),
    ),
    Case(
        "reading.cells.missing_values: leave the cells empty to be sure",
        "check f.csv",
        table(values={9: "-999", 19: "-999"}),
        fixed=table(values={9: "", 19: ""}),
    ),
    Case(
        "reading.cells.missing_values: write +{} if it is a number",
        "check f.csv",
        table(values={9: "9999", 19: "9999"}),
        fixed=table(values={9: "+9999", 19: "+9999"}),
    ),
    Case(
        "reading.cells.missing_values: write a number if the word means one",
        "check f.csv",
        table(values=dict.fromkeys((9, 19, 29), "shut")),
        fixed=table(values=dict.fromkeys((9, 19, 29), "0")),
    ),
    Case(
        "reading.cells.categories: write numbers as 1234.5, and leave a cell empty where there is none; "
        "if all cells are categories, write words instead of the numbers",
        "check f.csv --observed x --target value",
        table(header="date,x,value", row="{date},{value},{other}", values=dict.fromkeys((9, 19, 29), "shut")),
        fixed=table(header="date,x,value", row="{date},kind {other},{value}"),
    ),
    Case(
        "reading.cells.year_spans: write only the first year, such as {}, "
        "or use --date-format YYYY-MM if these are months",
        "check f.csv",
        dated([f"{year}-{(year + 1) % 100:02}" for year in range(1990, 2020)]),
        then="",
        fixed=dated([str(year) for year in range(1990, 2020)]),
    ),
    Case(
        "reading.column_roles: write them alike",
        "check f.csv",
        table(header="date,shop,value", row="{date},a,{value}")
        + table(header="date,shop,value", row="{date},A,{value}").partition("\n")[2],
        fixed=table(header="date,shop,value", row="{date},a,{value}"),
    ),
    Case(
        "reading.empty_periods: fill in the rows, or use --agg mean",
        "check f.csv --every day --agg sum",
        "date,value\n"
        + "".join(f"2024-01-{1 + i // 24:02} {i % 24:02}:00,{value(i)}\n" for i in range(240) if not 100 < i < 110),
        then="check f.csv --every day --agg mean",
    ),
    Case(
        "reading.cells.unsupported_dates: say how dates are written: {}",
        "check f.csv",
        dated(["01/02/24", "03/01/24", "02/03/24", "05/02/24"]),
    ),
    Case(
        "reading.cells.unsupported_dates: say how dates are written: {}",
        "check f.csv",
        dated(["01/02/24", "03/01/24", "02/03/24", "05/02/24"]),
        then="{typed2}",
    ),
    Case("reading.cells.dates: read it with {}", "check f.csv", table(date="%d-%b-%y")),
    Case("reading.cells.dates: read it with {}", "check f.csv", table(date="%d.%m.%y %H:%M")),
    Case(
        "reading.cells.dates: read it with {}",
        "check f.csv",
        dated([f"{m}-{y:02}" for y in range(1, 16) for m in ("Jan", "Apr", "Jul", "Oct")]),
    ),
    Case(
        "reading.cells.unsupported_dates: name the format of the file with --date-format",
        "check f.csv",
        table(date="%a, %d %B %y, %H:%M", row='"{date}",{value}'),
        then="{typed} 'Dy, DD Month YY, HH:MM'",
    ),
    Case(
        "reading.cells.unsupported_dates: write each week's first day",
        "check f.csv",
        dated([f"2024-W{i + 1}-1" for i in range(50)]),
        fixed=table(50, step=WEEKS),
    ),
    Case(
        "reading.cells.unsupported_dates: write months as numbers",
        "check f.csv",
        dated([f"{i + 1:02} frimaire 2024" for i in range(28)]),
        fixed=dated([f"{i + 1:02}/01/2024" for i in range(28)]),
    ),
]

GAPPY = edited(edited(GOOD, 20, None), 30, None)
LARGE_GAP = "\n".join(line for i, line in enumerate(GOOD.splitlines()) if not 20 <= i < 35) + "\n"
TWO_STEPS = table(60, date="%Y-%m-%d %H:%M") + table(
    60, header="", step=HOURS, begin=START + dt.timedelta(days=60), date="%Y-%m-%d %H:%M"
)
WEEKDAYS = "date,value\n" + "".join(
    f"{day:%Y-%m-%d},{value(i)}\n" for i in range(140) if (day := START + dt.timedelta(days=i)).weekday() < 5
)
OPEN_DAYS = "".join(
    line
    for line in WEEKDAYS.splitlines(keepends=True)
    if line[:10] not in {"2024-01-01", "2024-01-15", "2024-02-19", "2024-03-29"}
)
THIRD_FRIDAYS = [
    next(day for day in (dt.date(2015 + i // 12, i % 12 + 1, d) for d in range(15, 22)) if day.weekday() == 4)
    for i in range(60)
]

HALF_MONTHS = dated(
    [
        str(day)
        for month in range(60)
        for first in [dt.date(2019 + month // 12, month % 12 + 1, 1)]
        for day in (first.replace(day=15), (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1))
    ]
).replace("2021-04-30", "2021-04-29")


def weekdays(begin: dt.date, days: int) -> str:
    """Return a table of the weekdays among some days."""
    rows = [begin + dt.timedelta(days=i) for i in range(days)]
    return dated([str(day) for day in rows if day.weekday() < 5])


SERIES = [
    Case("calendars.calendar: leave --calendar out", "check f.csv --calendar XNYS", dated(MONTHS), then="check f.csv"),
    Case(
        "calendars.calendar: name the exchange of the series, or leave --calendar out",
        "check f.csv --calendar XNYS",
        GOOD,
        then="check f.csv",
    ),
    Case(
        "calendars.calendar: name the exchange of the series, or leave --calendar out",
        "check f.csv --calendar XNYS",
        GOOD,
        then="check f.csv --calendar 24/7",
    ),
    Case(
        "calendars.exchange: write a code such as XNYS, XLON or XTKS",
        "check f.csv --calendar NYSEX",
        OPEN_DAYS,
        then="check f.csv --calendar XNYS",
    ),
    Case(
        "calendars.exchange: {}, or the schedule that the rows follow, {}",
        "check f.csv --calendar NYSEX",
        dated([str(day) for day in THIRD_FRIDAYS]),
        then="check f.csv --calendar {listed}",
    ),
    Case(
        "calendars.regularity: keep only one row for each second",
        "check f.csv",
        table(row="{date} 09:30:00.1,{value}\n{date} 09:30:00.2,{value}"),
        fixed=table(row="{date} 09:30:00.1,{value}"),
    ),
    Case(
        "reading.extra_rows: remove the row that is wrong",
        "check f.csv",
        edited(table(step=HOURS, date="%Y-%m-%d %H:%M"), 20, "2024-01-01 18:00,101\n2024-01-01 18:17,104"),
        fixed=table(step=HOURS, date="%Y-%m-%d %H:%M"),
    ),
    Case(
        "reading.extra_rows: repair the file, or read it with --repair safe",
        "check f.csv --repair off",
        edited(table(step=HOURS, date="%Y-%m-%d %H:%M"), 20, "2024-01-01 18:00,101\n2024-01-01 18:17,104"),
        then="check f.csv {typed}",
    ),
    Case(
        "reading.extra_rows: repair the file, or read it with --repair safe",
        "check f.csv --repair off",
        edited(table(step=HOURS, date="%Y-%m-%d %H:%M"), 20, "2024-01-01 18:00,101\n2024-01-01 18:17,104"),
        fixed=table(step=HOURS, date="%Y-%m-%d %H:%M"),
    ),
    Case(
        "reading.jumps: check whether the unit has changed",
        "check f.csv",
        table(120, values={i: round(value(i) * 1000, 2) for i in range(60, 120)}),
        fixed=table(120),
    ),
    Case("reading.jumps: correct the value if it is wrong", "check f.csv", table(values={30: 9999}), fixed=GOOD),
    Case("reading.jumps: correct the value if it is wrong", "check f.csv", table(values={59: 9999}), fixed=GOOD),
    Case(
        "reading.jumps: correct the value, or leave the row out with --drop-last if it is not complete",
        "check f.csv",
        table(values={59: 1.5}),
        fixed=GOOD,
    ),
    Case(
        "reading.jumps: correct the value, or leave the row out with --drop-last if it is not complete",
        "check f.csv",
        table(values={59: 1.5}),
        fixed=table(59),
    ),
    Case("reading.quality: use --irregular if the time between rows matters", "check f.csv", UNEVEN_STEPS),
    Case(
        "reading.quality: check that the source was updated",
        "check f.csv",
        table(120, values=dict.fromkeys(range(50, 80), 100)),
        fixed=table(120),
    ),
    Case(
        "reading.quality: check the dates",
        "check f.csv --calendar XNYS",
        OPEN_DAYS.replace("2024-01-16", "2024-01-15"),
        fixed=OPEN_DAYS,
        then="check f.csv --calendar XNYS",
    ),
    Case(
        "reading.quality: check the dates; forecasts are for the days of the calendar",
        "check f.csv",
        table(60, step=WEEKS).replace("2024-02-26", "2024-02-27"),
        fixed=table(60, step=WEEKS),
    ),
    Case("reading.quality: correct it, or use {} {}", "check f.csv --max 120", GOOD, then="check f.csv {typed}"),
    Case("reading.quality: correct it, or use {} {}", "check f.csv --min 101", GOOD, then="check f.csv {typed}"),
    Case(
        "reading.quality: correct them if they are wrong: a series with such values is forecast by "
        "its level, not by its returns",
        "check f.csv",
        table(values={9: -4}),
        fixed=GOOD,
    ),
    Case("reading.quality: fill in what is missing", "check f.csv", LARGE_GAP, fixed=GOOD),
    Case("reading.quality: fill in what is missing, or use --repair full", "check f.csv", GAPPY),
    Case("reading.quality: fill in what is missing, or use --repair full", "check f.csv", GAPPY, fixed=GOOD),
    Case(
        "reading.accepted_series: fill in the missing rows, or train it separately",
        "check f.csv",
        TWO.replace("id,", "id,", 1)
        + "".join(f"c,{START + 2 * i * dt.timedelta(days=1):%Y-%m-%d},{value(i)}\n" for i in range(30)),
        fixed=TWO + "".join(f"c,{START + i * dt.timedelta(days=1):%Y-%m-%d},{value(i)}\n" for i in range(60)),
    ),
    Case(
        "reading.accepted_series: train it separately, or with --irregular",
        "check f.csv",
        TWO
        + "".join(f"c,{START + dt.timedelta(days=i * i % 53 + 53 * i)},{value(i)}\n" for i in range(30)).replace(
            " 00:00:00", ""
        ),
    ),
    Case(
        "reading.several_files: train them separately",
        "train f.csv g.csv --dry-run",
        {"f.csv": GOOD, "g.csv": table(header="step,value", row="{i},{value}")},
        then="train g.csv --dry-run",
    ),
    Case(
        "reading.repair: fill in what is missing",
        "check f.csv",
        {"f.csv": LARGE_GAP.replace("2024-02-20,", "2024-02-20,\n2024-02-2x").replace("\n2024-02-2x", "")},
        fixed=GOOD,
    ),
    Case(
        "reading.repair: fill in the missing rows, or read it with --repair safe",
        "check f.csv --repair full",
        LARGE_GAP,
        then="check f.csv {typed}",
    ),
    Case(
        "reading.repair: fill in the missing rows, or read it with --repair safe",
        "check f.csv --repair full",
        LARGE_GAP,
        fixed=GOOD,
    ),
    Case(
        "reading.target_rows: choose another column",
        "check f.csv --target y",
        table(header="date,y,value", row="{date},,{value}"),
        then="check f.csv --target value",
    ),
    Case(
        "reading.target_rows: fill them in or choose another column",
        "check f.csv",
        table(values=dict.fromkeys(range(5, 55, 2), "")),
        fixed=GOOD,
    ),
    Case("reading.target_rows: fill in what is missing, or use --repair full", "check f.csv", table(values={20: ""})),
    Case(
        "reading.target_rows: fill in what is missing, or use --repair full",
        "check f.csv",
        table(values={20: ""}),
        fixed=GOOD,
    ),
    Case(
        "reading.target_rows: keep only one row for each time",
        "check f.csv",
        edited(GOOD, 9, "2024-01-07,104"),
        fixed=GOOD,
    ),
    Case(
        "reading.target_rows: keep only one row for each time, or if the clocks went back, write "
        "times with their offset, such as 02:00+01:00",
        "check f.csv",
        table(60, step=HOURS, begin=START.replace(month=10, day=26), date="%Y-%m-%d %H:%M").replace(
            "2024-10-27 03:00", "2024-10-27 02:00"
        ),
        fixed="date,value\n"
        + "".join(
            f"{(START.replace(month=10, day=26) + i * HOURS):%Y-%m-%d %H:%M}+00:00,{value(i)}\n" for i in range(60)
        ),
    ),
    Case(
        "reading.target_rows: repair the file, or read it with --repair safe",
        "check f.csv --repair off",
        edited(GOOD, 3, "2024-01-02,105.1\n2024-01-02,105.1"),
        then="check f.csv {typed}",
    ),
    Case(
        "reading.target_rows: repair the file, or read it with --repair safe",
        "check f.csv --repair off",
        "date,value\n" + "\n".join(reversed(GOOD.splitlines()[1:])) + "\n",
        then="check f.csv {typed}",
    ),
    Case(
        "series.limits: give a lower --min or a higher --max",
        "check f.csv --min 500 --max 400",
        GOOD,
        then="check f.csv --min 50 --max 400",
    ),
    Case(
        "series.panel: train them separately, or convert them to one step",
        "train f.csv g.csv --dry-run",
        {"f.csv": GOOD, "g.csv": table(60, step=WEEKS)},
        then="train g.csv --dry-run",
    ),
    Case(
        "series.split: give at least {} rows, or use --horizon {} or less",
        "train f.csv --dry-run --hidden 4 --horizon 40",
        GOOD,
        then="train f.csv --dry-run --hidden 4 {typed}",
    ),
    Case("workflow.check: give a longer history", "check f.csv", table(2), fixed=GOOD),
    Case("workflow.fit: give a longer history", "train f.csv --dry-run", table(2), fixed=GOOD),
    Case("workflow.predict: give a longer history", "predict f.csv --zero-shot", table(2), fixed=GOOD),
    Case(
        "workflow.evaluate: give a longer history, or use a shorter --horizon or fewer --folds",
        "evaluate f.csv --zero-shot --horizon 20 --folds 3",
        GOOD,
        then="evaluate f.csv --zero-shot --horizon 3 --folds 2",
    ),
    Case(
        "calendars.calendar: leave --calendar out, or leave out the older rows",
        "check f.csv --calendar XTKS",
        weekdays(dt.date(1996, 11, 1), 90),
        then="check f.csv",
    ),
    Case(
        "calendars.calendar: leave --calendar out, or leave out the older rows",
        "check f.csv --calendar XTKS",
        weekdays(dt.date(1996, 11, 1), 200),
        fixed=weekdays(dt.date(1997, 1, 6), 90),
    ),
    Case(
        "calendars.date_choice: leave --calendar out", "check f.csv --calendar third-friday", GOOD, then="check f.csv"
    ),
    Case(
        "calendars.date_choice: use one of {}",
        "check f.csv --calendar last-friday",
        dated([str(day) for day in THIRD_FRIDAYS]),
        then="check f.csv --calendar {listed}",
    ),
    Case(
        "calendars.regularity: correct the date, or leave out the rows on one side of the gap",
        "check f.csv",
        GOOD.replace("2024-02-28", "2042-02-28"),
        fixed=GOOD,
    ),
    Case(
        "calendars.regularity: correct the date, or leave out the rows on one side of the gap",
        "check f.csv",
        GOOD.replace("2024-02-29", "2052-02-29"),
        fixed=table(59),
    ),
    Case(
        "calendars.regularity: keep the rows of one frequency, or convert all to one step",
        "check f.csv",
        TWO_STEPS,
        fixed=GOOD,
    ),
    Case(
        "reading.jumps: divide the values before by {} if it is one",
        "check f.csv",
        SPLIT,
        fixed=table(120, values={i: CALM[i] / 2 for i in range(120)}),
    ),
    Case(
        "reading.jumps: multiply the values before by {} if it is one",
        "check f.csv",
        table(120, values={i: CALM[i] * (1 + (i >= 60)) for i in range(120)}),
        fixed=table(120, values={i: CALM[i] * 2 for i in range(120)}),
    ),
    Case("reading.quality: correct the dates, or use --calendar {}", "check f.csv", HALF_MONTHS),
    Case(
        "reading.quality: correct the dates, or use --calendar {}",
        "check f.csv",
        HALF_MONTHS,
        fixed=HALF_MONTHS.replace("04-29", "04-30"),
    ),
    Case(
        "reading.quality: name the right one with --calendar",
        "check f.csv",
        dated(["2022-10-28", "2022-11-25", "2023-01-27", "2023-02-24", "2023-04-28"]),
        then="{typed} {listed}",
    ),
    Case(
        "reading.several_files: rename one of them",
        "train a.csv b/a.csv --dry-run",
        {"a.csv": GOOD, "b/a.csv": GOOD},
        then="train a.csv b/c.csv --dry-run",
        fixed={"b/c.csv": GOOD},
    ),
    Case(
        "series.split: give at least {} rows",
        "train f.csv --dry-run --hidden 4 --horizon 1 --lookback 7 --season 7 --early-stopping",
        table(8),
        fixed=GOOD,
    ),
    Case(
        "calendars.exchange: leave --calendar out",
        "check f.csv --calendar XHKG",
        weekdays(dt.date(2060, 1, 5), 90),
        then="check f.csv",
    ),
    Case(
        "reading.jumps: divide the values before by {} if it is one, or leave the row out with --drop-last",
        "check f.csv",
        table(120, values={i: CALM[i] * (1 if i < 119 else 0.25) for i in range(120)}),
        fixed=table(120, values=dict(enumerate(CALM))),
    ),
]

EVENTS = "date,value\n" + "".join(
    f"{START + dt.timedelta(hours=8 + 24 * (i // 6) + i % 6, minutes=i * i * 37 % 60)},{value(i)}\n" for i in range(240)
)
"""Six events a day at minutes by chance, for 40 days from a Monday on; the last one is on a Friday."""
TICKS = "date,close\n" + "".join(
    f"{START + dt.timedelta(minutes=20 * i + i * i * 37 % 19)}.{part},{value(i)}\n"
    for i in range(200)
    for part in (i % 4, 4 + i * i % 5)
)
"""Trades at times by chance, two in each second."""
NO_SERIES = table(row="{date},{value}\n{date},1{other}")
TWO_KEYS = table(
    header="date,shop,item,value",
    row="{date},a,1,{value}\n{date},a,2,{value}\n{date},b,1,{value}\n{date},b,2,{value}",
)


LOGS = [
    Case(
        "calendars.periods: write minute, hour, day, week, month, quarter or year, or several minutes, hours or "
        "months, such as 15min",
        "check f.csv --every fortnight --agg sum",
        EVENTS,
        then="check f.csv --agg sum --every 15min",
    ),
    Case(
        "calendars.periods: write minute, hour, day, week, month, quarter or year, or several minutes, hours or "
        "months, such as 15min",
        "check f.csv --every 7h --agg sum",
        EVENTS,
        then="check f.csv --agg sum --every day",
    ),
    Case(
        "calendars.regularity: keep only one row for each second, or the last one of a period with {}",
        "check f.csv",
        TICKS,
    ),
    Case(
        "calendars.regularity: keep only one row for each second, or the last one of a period with {}",
        "check f.csv",
        TICKS,
        fixed="date,close\n" + "\n".join(TICKS.splitlines()[1::2]) + "\n",
    ),
    Case(
        "reading.aggregation: add --agg sum, mean, last, first, min, max or count",
        "check f.csv --every day",
        EVENTS,
    ),
    Case(
        "reading.aggregation: add --every hour, day, week, month, quarter or year",
        "check f.csv --agg mean",
        EVENTS,
    ),
    Case(
        "reading.aggregation: leave out --every and --agg",
        "check f.csv --every day --agg sum",
        table(header="step,value", row="{i},{value}"),
        then="check f.csv",
    ),
    Case(
        "reading.aggregation: name a longer period with --every",
        "check f.csv --every minute --agg sum",
        table(step=dt.timedelta(days=170, minutes=7), date="%Y-%m-%d %H:%M"),
        then="check f.csv --agg sum {typed} year",
    ),
    Case(
        "reading.aggregation: name a period that is not shorter, such as --every {}",
        "check f.csv --every hour --agg sum",
        GOOD,
        then="check f.csv --agg sum {typed}",
    ),
    Case(
        "reading.column_search: add a column of values, or count the rows with --every day --agg count",
        "check f.csv",
        "".join(f"{line.partition(',')[0]}\n" for line in EVENTS.splitlines()),
    ),
    Case(
        "reading.column_search: name one with --target: {}, or count the rows with --every day --agg count",
        "check f.csv",
        table(header="date,kind", row="{date},kind {other}"),
        then="{typed2}",
    ),
    Case("reading.quality: use --irregular if the time between rows matters; {}", "check f.csv", EVENTS),
    Case(
        "reading.quality: use --irregular if the time between rows matters; {}",
        "check f.csv",
        EVENTS,
        then="{typed2}",
    ),
    Case(
        "reading.quality: use --irregular if the time between rows matters; {}",
        "check f.csv",
        EVENTS,
        then="{typed3}",
    ),
    Case(
        "reading.quality: use --irregular if the time between rows matters; {}",
        "check f.csv",
        EVENTS.replace("value", "close"),
        then="{typed2}",
    ),
    Case("reading.target_rows: keep only one row for each time, or {}", "check f.csv", NO_SERIES),
    Case("reading.target_rows: keep only one row for each time, or {}", "check f.csv", NO_SERIES, then="{typed2}"),
    Case("reading.target_rows: keep only one row for each time, or {}", "check f.csv", NO_SERIES, fixed=GOOD),
    Case(
        "reading.series_search: if each row is an event, use {} --agg sum; if it is a reading, use {} --agg mean",
        "check f.csv",
        TWO_KEYS,
    ),
    Case(
        "reading.series_search: if each row is an event, use {} --agg sum; if it is a reading, use {} --agg mean",
        "check f.csv",
        TWO_KEYS,
        then="{typed2}",
    ),
    Case("reading.series_search: if each row is a trade, use {}", "check f.csv", TWO_KEYS.replace("value", "price")),
    Case(
        "reading.partial_periods: leave it out with --drop-last if it is not over",
        "check f.csv --every week --agg sum",
        "\n".join(EVENTS.splitlines()[:-20]) + "\n",
    ),
    Case(
        "reading.partial_periods: leave it out with --drop-last if it is not over",
        "check f.csv",
        table(date="%Y-%m-%d 18:00").replace("2024-02-29 18:00", "2024-02-29 11:17"),
    ),
    Case(
        "reading.partial_periods: leave out its rows if they are not all there",
        "check f.csv --every week --agg sum",
        "date,value\n" + "\n".join(EVENTS.splitlines()[21:]) + "\n",
        fixed="date,value\n" + "\n".join(EVENTS.splitlines()[43:]) + "\n",
        then="check f.csv --every week --agg sum",
    ),
    Case("reading.dropped_rows: give more rows", "check f.csv --drop-last", table(1), fixed=GOOD),
    Case(
        "reading.extra_rows: leave it out with --drop-last if it is not over",
        "check f.csv",
        table(step=HOURS, date="%Y-%m-%d %H:%M") + "2024-01-03 11:17,104\n",
    ),
    Case(
        "reading.jumps: divide the values before by {} if it is one, or leave the row out with --drop-last",
        "check f.csv",
        table(120, values={i: CALM[i] * (1 if i < 119 else 0.25) for i in range(120)}),
    ),
    Case(
        "reading.jumps: correct the value, or leave the row out with --drop-last if it is not complete",
        "check f.csv",
        table(values={59: 1.5}),
    ),
]

CATEGORIES = [
    Case(
        "reading.cells.categories: leave the column out, or write one word for all rare categories, such as other",
        "check f.csv --known x",
        table(header="date,value,x", row="{date},{value},kind {i}"),
        then="check f.csv",
    ),
    Case(
        "reading.cells.categories: leave the column out, or write one word for all rare categories, such as other",
        "check f.csv --known x",
        table(header="date,value,x", row="{date},{value},kind {i}"),
        fixed=table(header="date,value,x", row="{date},{value},kind {other}"),
    ),
    Case(
        "reading.cells.categories: write TRUE and FALSE in all rows, or yes and no",
        "check f.csv --known x",
        edited(table(header="date,value,x", row="{date},{value},TRUE"), 9, "2024-01-08,104,no"),
        fixed=edited(table(header="date,value,x", row="{date},{value},TRUE"), 9, "2024-01-08,104,FALSE"),
    ),
    Case(
        "reading.cells.categories: write TRUE and FALSE in all rows, or yes and no",
        "check f.csv --known x",
        edited(table(header="date,value,x", row="{date},{value},TRUE"), 9, "2024-01-08,104,no"),
        fixed=edited(table(header="date,value,x", row="{date},{value},yes"), 9, "2024-01-08,104,no"),
    ),
    Case(
        "reading.cells.dates: remove the row if it is a quote of the day, or write its date",
        "check f.csv",
        GOOD + "11:34,104\n",
        fixed=GOOD,
    ),
    Case(
        "reading.cells.dates: remove the row if it is a quote of the day, or write its date",
        "check f.csv",
        GOOD + "11:34,104\n",
        fixed=GOOD + "2024-03-01,104\n",
    ),
    Case(
        "reading.covariate_columns: rename the column",
        "check f.csv --known x --known x=b",
        table(header="date,value,x,x=b", row="{date},{value},a,{other}").replace(",a,1", ",b,1"),
        then="check f.csv --known x --known y",
        fixed=table(header="date,value,x,y", row="{date},{value},a,{other}").replace(",a,1", ",b,1"),
    ),
    Case(
        "reading.covariate_columns: write words in both files, or numbers",
        "train f.csv g.csv --dry-run --known x",
        {"f.csv": table(header="date,value,x", row="{date},{value},kind {other}"), "g.csv": WITH_X},
        fixed={"g.csv": table(header="date,value,x", row="{date},{value},kind {other}")},
    ),
    Case(
        "reading.covariate_columns: write words in both files, or numbers",
        "train f.csv g.csv --dry-run --known x",
        {"f.csv": table(header="date,value,x", row="{date},{value},kind {other}"), "g.csv": WITH_X},
        fixed=WITH_X,
    ),
    Case(
        "series.known_values: give one for every row, such as none",
        "train f.csv --dry-run --known k.csv",
        {"f.csv": GOOD, "k.csv": edited(table(99, header="date,x", row="{date},kind {other}"), 9, None)},
        fixed={"k.csv": edited(table(99, header="date,x", row="{date},kind {other}"), 9, "2024-01-08,none")},
    ),
]

OPTIONS = [
    Case(
        "batch.runs: leave it out of the sources",
        "predict f.csv --out o --newer n",
        {"f.csv": GOOD, "n/f.csv": GOOD},
        then="predict f.csv --out o",
    ),
    Case(
        "batch.runs: leave one of them out",
        "predict forecast.joblib --zero-shot --out o",
        GOOD,
        then="predict forecast.joblib --out o",
        model="days",
    ),
    Case("batch.runs: name a file", "predict - --out o", GOOD, then="predict f.csv --out o"),
    Case(
        "batch.folder: name a folder",
        "predict f.csv --out g.csv",
        {"f.csv": GOOD, "g.csv": GOOD},
        then="predict f.csv --out g",
    ),
    Case(
        "batch.runs: name files, a folder, or a pattern in quotes",
        "predict --out o",
        GOOD,
        then="predict 'f*.csv' --out o",
    ),
    Case(
        "batch.runs: name one of them with --newer",
        "predict forecast.joblib --out o --newer a --newer b",
        {"a/forecast.csv": LATER, "b/forecast.csv": LATER},
        then="predict forecast.joblib --out o --newer a",
        model="days",
    ),
    Case(
        "calendars.country_holidays: leave out the part after the hyphen",
        "train f.csv --dry-run --holidays AE-XX",
        GOOD,
        then="train f.csv --dry-run --holidays AE",
    ),
    Case(
        "calendars.country_holidays: write codes such as US, GB or DE-BY",
        "train f.csv --dry-run --holidays germany1",
        GOOD,
        then="train f.csv --dry-run --holidays DE-BY",
    ),
    Case(
        "calendars.country_holidays: write the two letters of a country, such as US, GB or DE",
        "train f.csv --dry-run --holidays XX",
        GOOD,
        then="train f.csv --dry-run --holidays GB",
    ),
    Case(
        "cli.into_folder: leave one of them out",
        "predict f.csv --out o --output g.csv",
        GOOD,
        then="predict f.csv --out o",
    ),
    Case("cli.check: name one that ends in .csv", "check f.csv --output -", GOOD, then="check f.csv --output g.csv"),
    Case(
        "cli.check: repair the files one by one",
        "check f.csv g.csv --output h.csv",
        {"f.csv": GOOD, "g.csv": GOOD},
        then="check f.csv --output h.csv",
    ),
    Case(
        "cli.toml_file: write [tool.forecast]",
        "check f.csv",
        {"f.csv": GOOD, "pyproject.toml": "[[tool.forecast]]\nhorizon = 3\n"},
        fixed={"pyproject.toml": "[tool.forecast]\nhorizon = 3\n"},
    ),
    Case("cli.show_config: use one of {}", "config trian", {}, then="config train"),
    Case(
        "cli.picture: end it in {}; --chart draws on the terminal",
        "predict f.csv --plot f.jpg",
        {"f.csv": GOOD},
        then="predict f.csv --plot f.png",
    ),
    Case(
        "cli.report: use --report report.html",
        "predict f.csv --report -",
        {"f.csv": GOOD},
        then="predict f.csv --report report.html",
    ),
    Case(
        "cli.toml_file: correct it there",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": "horizon = \n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.config: did you mean {}?",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": "[check]\nhorizo = 3\n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.config: give it a single value",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": "[check.horizon]\nx = 3\n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.config: give it a list of plain values",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": "[check]\nhorizon = [[3]]\n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.config: shorten it",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": f"[check]\nhorizon = '{'3' * 5000}'\n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.toml_file: give plain values",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": f"horizon = {'[' * 5000}\n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.toml_file: keep only the options that you set",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": "#" * 2**17},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.toml_file: name options and commands only",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": f"[check{'.a' * 20}]\nhorizon = 3\n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.toml_file: save it as UTF-8",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": "[check]\nhorizon = 3\n".encode("utf-16")},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.toml_file: name a TOML file with --config",
        "check f.csv --config /dev/null",
        {"f.csv": GOOD, "c.toml": "[check]\nhorizon = 3\n"},
        then="check f.csv {typed} c.toml",
    ),
    Case(
        "reading.tables.workbook_parts: save the sheet as CSV",
        "check f.xlsx",
        {"f.xlsx": excel_with_entities()},
        then="check f.csv",
        fixed={"f.csv": GOOD},
    ),
    Case(
        "cli.config: see forecast --help for what there is",
        "check f.csv --config c.toml",
        {"f.csv": GOOD, "c.toml": "[check]\nzzzzzzzz = 3\n"},
        fixed={"c.toml": "[check]\nhorizon = 3\n"},
    ),
    Case(
        "cli.evaluate: name one that ends in .csv",
        "evaluate f.csv --zero-shot --horizon 3 --folds 1 --forecasts -",
        GOOD,
        then="evaluate f.csv --zero-shot --horizon 3 --folds 1 --forecasts g.csv",
    ),
    Case("cli.inspect: add --gradients, or leave them out", "inspect forecast.joblib f.csv", GOOD, model="days"),
    Case(
        "cli.inspect: add --gradients, or leave them out",
        "inspect forecast.joblib f.csv",
        GOOD,
        then="inspect forecast.joblib",
        model="days",
    ),
    Case(
        "cli.output: end it in {}, or use --format",
        "check f.csv --output g.xyz",
        GOOD,
        then="check f.csv --output g.csv",
    ),
    Case("cli.output: end it in {}, or use --format", "predict f.csv --output g.xyz", GOOD, then="{typed} json"),
    Case(
        "cli.predict: add --out FOLDER, or leave them out",
        "predict f.csv --newer n",
        {"f.csv": GOOD, "n/g.csv": GOOD},
        then="predict f.csv",
    ),
    Case("cli.predict: add --out FOLDER, or leave them out", "predict f.csv --by-series", GOOD),
    Case(
        "cli.predict: leave one of them out",
        "predict f.csv --zero-shot --model forecast.joblib",
        GOOD,
        then="predict f.csv --zero-shot",
        model="days",
    ),
    Case("cli.predict: name it with --model {}", "predict forecast.joblib", GOOD, then="predict {typed}", model="days"),
    Case(
        "cli.predict: name one, such as forecast predict prices.csv --zero-shot",
        "predict --zero-shot",
        GOOD,
        then="predict f.csv --zero-shot",
    ),
    Case(
        "cli.train: name a file with --output",
        "train f.csv --zero-shot --output -",
        GOOD,
        then="train f.csv --zero-shot {typed} m.joblib",
    ),
    Case(
        "cli.train: name the file with rows: forecast train prices.csv",
        "train forecast.joblib",
        {"prices.csv": GOOD},
        then="train prices.csv --zero-shot",
        model="days",
    ),
    Case("cli.validators: name one: forecast {} prices.csv", "check", {"prices.csv": GOOD}, then="check prices.csv"),
    Case(
        "evaluation.verdict: nothing was written; an older model stays in place",
        "train f.csv --zero-shot --require-skill 99",
        GOOD,
        then="train f.csv --zero-shot",
    ),
    Case(
        "files.atomic: a part of the path is a file, name another one",
        "predict f.csv --output f.csv/g.csv",
        GOOD,
        then="predict f.csv --output g.csv",
    ),
    Case(
        "files.atomic: choose a shorter name",
        f"predict f.csv --output {'g' * 300}.csv",
        GOOD,
        then="predict f.csv --output g.csv",
    ),
    Case("files.atomic: create the folder first", "predict f.csv --output o/g.csv", GOOD, fixed={"o/h.csv": ""}),
    Case(
        "files.atomic: name a file",
        "predict f.csv --output /dev/null --format csv",
        GOOD,
        then="predict f.csv --output g.csv",
    ),
    Case(
        "files.atomic: name a file in it",
        "predict f.csv --output o --format csv",
        {"f.csv": GOOD, "o/h.csv": ""},
        then="predict f.csv --output o/g.csv",
    ),
    Case("files.atomic: name another file", "check f.csv --output f.csv", GOOD, then="check f.csv --output g.csv"),
    Case("forecasting.defaults.derive: use --cell rnn with it", "train f.csv --dry-run --activation relu", GOOD),
    Case(
        "forecasting.defaults.derive: use --lookback {}",
        "train f.csv --dry-run --lookback 10 --segment 3 --horizon 2",
        GOOD,
        then="train f.csv --dry-run --segment 3 --horizon 2 {typed}",
    ),
    Case(
        "forecasting.defaults.derive: use --mode level",
        "train f.csv --dry-run --mode returns",
        table(values={4: -3}),
        then="train f.csv --dry-run {typed}",
    ),
    Case(
        "forecasting.defaults.derive: use less than {}",
        "train f.csv --dry-run --lookback 60",
        GOOD,
        then="train f.csv --dry-run --horizon 2 --lookback 20",
    ),
    Case(
        "forecasting.defaults.derive: leave one of them out",
        "train f.csv --dry-run --zero-shot --hidden 3",
        GOOD,
        then="train f.csv --dry-run --zero-shot",
    ),
    Case(
        "forecasting.defaults.derive: leave one of them out",
        "train f.csv --dry-run --irregular --season 7",
        GOOD,
        then="train f.csv --dry-run --irregular",
    ),
    Case(
        "reading.reader: name one target",
        "check f.csv --series id --target value --target x",
        table(header="id,date,value,x", row="a,{date},{value},1{other}\nb,{date},{value},{other}"),
        then="check f.csv --series id --target value",
    ),
    Case(
        "cli.toml_file: name an existing file with --config",
        "check f.csv --config d.toml",
        {"f.csv": GOOD, "c.toml": "[check]\nhorizon = 3\n"},
        then="check f.csv {typed} c.toml",
    ),
    Case(
        "evaluation.statsforecast_models: leave one of them out",
        "evaluate f.csv --irregular --horizon 3 --folds 1 --baselines auto-ets",
        UNEVEN,
        then="evaluate f.csv --irregular --hidden 2 --effort quick --lookback 6 --horizon 3 --folds 1",
    ),
    Case(
        "forecasting.defaults.derive: use --arch {} with it",
        "train f.csv --dry-run --bidirectional --arch many-to-many",
        GOOD,
        then="train f.csv --dry-run --bidirectional {typed}",
    ),
    Case(
        "workflow.results: use --samples {} or less",
        "predict f.csv --zero-shot --horizon 1001 --samples 10000",
        GOOD,
        then="predict f.csv --zero-shot --horizon 1001 --samples 3",
    ),
    Case(
        "forecasting.defaults.derive: use --layers 2 or more",
        "train f.csv --dry-run --dropout 0.1 --arch many-to-many --segment 1",
        GOOD,
    ),
    Case(
        "forecasting.defaults.derive: use a shorter --lookback, a longer --segment or fewer --hidden units",
        "train f.csv --dry-run --horizon 2 --lookback 20 --segment 1 --hidden 4096 --layers 16 --bidirectional",
        GOOD,
        then="train f.csv --dry-run --horizon 2 --lookback 20 --segment 1 --hidden 40 --layers 16 --bidirectional",
    ),
    Case(
        "forecasting.defaults.derive: use --layers 2 or more",
        "train f.csv --dry-run --residual --arch many-to-many --segment 1",
        GOOD,
    ),
    Case(
        "calendars.country_holidays: write one of {}",
        "train f.csv --dry-run --holidays DE-XX",
        GOOD,
        then="train f.csv --dry-run --holidays DE-{listed}",
    ),
    Case(
        "files.atomic: the link leads back to itself, name a file",
        "predict f.csv --output l.csv",
        {"f.csv": GOOD, "l.csv": LINK},
        then="predict f.csv --output g.csv",
    ),
]

MODEL_CASES = [
    Case(
        "artifact.document: check the file",
        "predict --model o",
        {"o/x": "", "f.csv": GOOD},
        then="predict --model forecast.joblib",
        model="days",
    ),
    Case(
        "forecasting.new_series: train a model on these rows",
        "predict g.csv --model forecast.joblib",
        {"g.csv": table(30, header="date,value", values={3: -4})},
        then="predict g.csv --zero-shot",
        model="prices",
    ),
    Case(
        "series.append: give rows with the model's step, or train a model on these",
        "predict f.csv --model forecast.joblib",
        table(60, step=HOURS, date="%Y-%m-%d %H:%M"),
        fixed=LATER,
        model="days",
    ),
    Case(
        "series.append: give the rows from {} on",
        "predict f.csv --model forecast.joblib",
        table(4, begin=START + dt.timedelta(days=70)),
        fixed=LATER,
        model="days",
    ),
    Case(
        "series.append: train a model on these rows",
        "predict f.csv --model forecast.joblib",
        table(80, values={70: -5}),
        then="predict f.csv --zero-shot",
        model="days",
    ),
    Case(
        "series.known_values: give it with --known FILE",
        "predict --model forecast.joblib",
        {"k.csv": table(99, header="date,x", row="{date},{other}")},
        then="--known k.csv",
        model="known",
    ),
    Case(
        "series.known_values: give it with --known FILE, or use --horizon {}",
        "predict --model forecast.joblib --known k.csv",
        {"k.csv": table(62, header="date,x", row="{date},{other}")},
        then="{typed2}",
        model="known",
    ),
    Case(
        "workflow.update: give rows of all its series, or train a model on these",
        "train --update forecast.joblib f.csv",
        table(80, row="a,{date},{value}", header="id,date,value"),
        fixed=table(80, row="a,{date},{value}\nb,{date},{value}", header="id,date,value"),
        model="two",
    ),
    Case(
        "cli.update: leave it out: the model keeps its own options",
        "train --update forecast.joblib f.csv --epochs 3",
        LATER,
        then="train --update forecast.joblib f.csv",
        model="days",
    ),
    Case(
        "workflow.gradients: train one with an option of the network, such as --hidden 32",
        "inspect forecast.joblib --gradients",
        GOOD,
        then="train f.csv --effort quick {typed}",
        model="pretrained",
    ),
    Case(
        "workflow.limits: use --min {} --max {}, or wider limits",
        "predict --model forecast.joblib --max 101",
        GOOD,
        then="predict --model forecast.joblib {typed}",
        model="days",
    ),
    Case(
        "workflow.newer_rows: leave it out",
        "predict f.csv --model forecast.joblib --known k.csv",
        {"f.csv": LATER, "k.csv": table(99, header="date,x", row="{date},{other}")},
        then="predict f.csv --model forecast.joblib",
        model="days",
    ),
    Case(
        "workflow.newer_rows: name the file with its future values",
        "predict --model forecast.joblib --known x",
        {"k.csv": table(99, header="date,x", row="{date},{other}")},
        then="predict --model forecast.joblib --known k.csv",
        model="known",
    ),
    Case(
        "workflow.request: leave one of them out",
        "predict --samples 9 --level 80",
        "",
        then="predict --samples 9",
        model="days",
    ),
    Case(
        "workflow.request: leave one of them out",
        "predict --samples 9 --explain",
        "",
        then="predict --explain",
        model="days",
    ),
    Case(
        "workflow.predict: train one with --irregular",
        "predict f.csv --at 2024-09-01",
        UNEVEN,
        then="train f.csv {typed} --effort quick --hidden 2 --lookback 6 --horizon 2",
    ),
    Case(
        "workflow.requested_times: use --horizon, or train with --irregular",
        "predict --at 2030-01-01",
        "",
        then="predict {typed} 3",
        model="days",
    ),
    Case(
        "workflow.requested_times: give a later time",
        "predict --at 2023-01-01",
        "",
        then="predict --at 2030-01-01",
        model="uneven",
    ),
    Case(
        "workflow.requested_times: check the year",
        "predict --at 3024-01-01",
        "",
        then="predict --at 2030-01-01",
        model="uneven",
    ),
    Case(
        "workflow.requested_times: leave one of them out",
        "predict --at 2030-01-01 --horizon 2",
        "",
        then="predict --at 2030-01-01",
        model="uneven",
    ),
    Case(
        "workflow.requested_times: write dates as 2024-01-31 or 2024-01-31 09:30:00, without a time zone",
        "predict --at 31.01.2030",
        "",
        then="predict --at 2030-01-31",
        model="uneven",
    ),
    Case(
        "workflow.requested_times: write times as in the training file",
        "predict --at 2030-01-31",
        "",
        then="predict --at 99999",
        model="counts",
    ),
    Case(
        "series.append: write times as in the training file",
        "predict f.csv --model forecast.joblib",
        table(80, row="{i},{value}"),
        fixed=LATER,
        model="days",
    ),
    Case(
        "workflow.gradients: name a file with series that it was trained on",
        "inspect forecast.joblib g.csv --gradients",
        {"g.csv": TWO.replace("a,", "c,").replace("b,", "d,"), "f.csv": TWO},
        then="inspect forecast.joblib f.csv --gradients",
        model="two",
    ),
    Case(
        "workflow.newer_rows: give a longer history",
        "predict g.csv --model forecast.joblib",
        {"g.csv": "id,date,value\nc,2024-01-01,5\n"},
        fixed={"g.csv": TWO},
        model="two",
    ),
    Case(
        "workflow.requested_times: give later times with --at",
        "predict --at 2023-01-01",
        "",
        then="predict --at 2030-01-01",
        model="uneven two",
    ),
    Case(
        "artifact.document: train a model with `forecast train FILE`",
        "predict --model zzzzzz.txt",
        GOOD,
        then="predict --model forecast.joblib",
        model="days",
    ),
    Case(
        "artifact.document: did you mean {}?",
        "predict --model forecast",
        GOOD,
        then="predict --model {listed}",
        model="days",
    ),
    Case(
        "artifact.document: forecast from a table with `forecast predict {}`",
        "predict --model f.csv",
        GOOD,
        then="predict f.csv",
    ),
    Case(
        "artifact.refusal: train it again with `forecast train`",
        "predict --model g.joblib",
        {"g.joblib": bytes(range(256)) * 9, "f.csv": GOOD},
        then="predict --model forecast.joblib",
        model="days",
    ),
]

DRY = "batch f.csv --out o --dry-run"
BATCHES = [
    Case(
        "batch.decisions: look whether newer rows arrive, or allow more with --max-age",
        "batch f.csv --out o --max-age 3d",
        GOOD,
        then="batch f.csv --out o --max-age 36000d",
    ),
    Case(
        "cli.backend: leave one of them out",
        f"{DRY} --backend dask --series-timeout 9s",
        GOOD,
        then=f"{DRY} --series-timeout 9s",
    ),
    Case("cli.batch_screen: add --group", f"{DRY} --regroup", GOOD, then=f"{DRY} --regroup --group"),
    Case("batch.engine: name a file", "batch - --out o", GOOD, then=DRY),
    Case("batch.folder: name a folder", "batch f.csv --out f.csv", GOOD, then=DRY),
    Case("batch.source_paths: name another folder with --out", "batch f.csv --out .", GOOD, then=DRY),
    Case(
        "batch.source_paths: end it in .prom",
        "batch f.csv --out o --metrics-file o/run.csv",
        {"f.csv": GOOD, "o/other.txt": ""},
        then="batch f.csv --out o --metrics-file o/run.prom",
    ),
    Case("batch.limits: write {} 2h", f"{DRY} --time-budget 0s", GOOD, then=f"{DRY} --time-budget 2h"),
    Case(
        "batch.limits: write {} 30 for rows, 10% or 30d",
        f"{DRY} --retrain-after often",
        GOOD,
        then=f"{DRY} --retrain-after 30",
    ),
    Case(
        "batch.retraining_conditions: write --retrain-if 'skill < 0 or age > 30d'",
        f"{DRY} --retrain-if 'skil < 0'",
        GOOD,
        then=f"{DRY} --retrain-if 'skill < 0 or age > 30d'",
    ),
    Case("batch.retraining_conditions: add --level {}", f"{DRY} --retrain-if 'coverage90 < 80'", GOOD),
    Case("batch.limits: write {} 500MB", f"{DRY} --series-memory 0MB", GOOD, then=f"{DRY} --series-memory 500MB"),
    Case(
        "batch.limits: write {} 500MB, 2GB or 512MiB",
        f"{DRY} --series-memory much",
        GOOD,
        then=f"{DRY} --series-memory 500MB",
    ),
    Case(
        "batch.limits: write {} 90s, 45m, 2h, 3d, 1w or 1h30m",
        f"{DRY} --series-timeout soon",
        GOOD,
        then=f"{DRY} --series-timeout 90s",
    ),
    Case("batch.limits: write {} any, 10 or 5%", f"{DRY} --fail-on never", GOOD, then=f"{DRY} --fail-on any"),
    Case(
        "batch.limits: write {} {}MB for megabytes or {}GB for gigabytes",
        f"{DRY} --series-memory 900",
        GOOD,
        then=f"{DRY} --series-memory 900MB",
    ),
    Case(
        "batch.limits: write {} {}s for seconds, {}m for minutes or {}h for hours",
        f"{DRY} --time-budget 90",
        GOOD,
        then=f"{DRY} --time-budget 90s",
    ),
]


def empty_ledger() -> bytes:
    """Return the content of a ledger without forecasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.sqlite")
        with open_to_write(path):
            return path.read_bytes()


LEDGER = empty_ledger()
WITH_LEDGER: dict[str, str | bytes] = {"f.csv": GOOD, "ledger.sqlite": LEDGER}
REMEMBERED = "predict f.csv --zero-shot --quiet --ledger ledger.sqlite"
LEDGERS = [
    Case("cli.batch_screen: leave one of them out", f"{DRY} --no-ledger --keep 2y", GOOD, then=f"{DRY} --keep 2y"),
    Case("cli.ledger_screen: end it in {}", "ledger --export e.txt", WITH_LEDGER, then="ledger --export e.csv"),
    Case("cli.ledger_screen: write --since 2026-03", "ledger --since May", WITH_LEDGER, then="ledger {typed}"),
    Case(
        "cli.one_forecast: forecast the files one by one",
        f"{REMEMBERED} g.csv",
        {"f.csv": GOOD, "g.csv": GOOD},
        then=REMEMBERED,
    ),
    Case(
        "cli.predict: use forecast batch, which has a ledger",
        "predict f.csv --out o --ledger ledger.sqlite",
        GOOD,
        then="batch f.csv --zero-shot --out o",
    ),
    Case(
        "ledger.connection: name another file with --ledger",
        "predict f.csv --zero-shot --ledger g.csv",
        {"f.csv": GOOD, "g.csv": GOOD},
        then=REMEMBERED,
    ),
    Case(
        "ledger.connection: name the ledger, or the folder of a batch, with --ledger",
        "ledger --ledger l.sqlite",
        WITH_LEDGER,
        then="ledger --ledger ledger.sqlite",
    ),
    Case(
        "ledger.connection: restore it from a backup, or move it away: the next run begins a new one",
        REMEMBERED,
        {"f.csv": GOOD, "ledger.sqlite": LEDGER[:4096] + b"x" * (len(LEDGER) - 4096)},
        fixed={"ledger.sqlite": None},
    ),
    Case(
        "ledger.report: use --per-series to list those that it has", "ledger acme", WITH_LEDGER, then="ledger {typed}"
    ),
]

CASES = [*FILES, *COLUMNS, *CELLS, *SERIES, *LOGS, *CATEGORIES, *OPTIONS, *MODEL_CASES, *BATCHES, *LEDGERS]

INSTALLED = "the package is installed where tests run"
DISK = "a disk that is full or broken: tests/files simulates it"
SIZE = "the file would be too large for a test"
FRAME = "of the Python function: tests/reading/test_frames.py follows it"

LIBRARY = "of the Python library: tests/api"
PYTHON = "of Python functions: the commands check it before"
DIVERGED = "of training that does not stay finite: tests/test_command_line.py simulates it"

SCREEN = "of tables on a terminal: tests/cli/test_page.py shows it, and `-o` is typed in others"

GROUPS = "of a group after two runs: tests/batch/test_groups.py follows it"

CLUSTER = "of a cluster: tests/workers/test_cluster.py has one"

LAST_YEAR = "beyond the year 9999: tests/calendars/test_calendar.py"
PIPE = "a pipe in the place of a journal: tests/ledger/test_strange_contents.py makes one"
UNTYPED = {
    "files.atomic: move it away, or name another file": PIPE,
    "ledger.connection: move it away": PIPE,
    "ledger.details: remove old ones with --keep": SIZE,
    "ledger.scores: name one series, or the file that it is of": SIZE,
    "workers.cluster: check --scheduler against the address that dask scheduler prints": CLUSTER,
    "workers.cluster: install the same versions on both sides": CLUSTER,
    "workers.cluster: pip install 'forecaster-rnn[dask]'": INSTALLED,
    "workers.cluster: set DASK_DISTRIBUTED__COMM__TLS__CA_FILE and the others of docs/how-to/cluster.md": CLUSTER,
    "workers.cluster: start it with --nthreads 1 --nworkers {}": CLUSTER,
    "workers.cluster: start one with dask worker {} --nthreads 1": CLUSTER,
    "workers.cluster_run: install the same versions on both sides": CLUSTER,
    "workers.cluster_run: start the run again": CLUSTER,
    "workers.current_cluster: start the run again": CLUSTER,
    "workers.ordered_results: give the workers more memory, or leave --backend out": CLUSTER,
    "cli.backend: add --backend dask": CLUSTER,
    "cli.backend: add --scheduler tcp://HOST:8786": CLUSTER,
    "api.forecaster: call fit with data first": LIBRARY,
    "api.given: give a frame of pandas, Polars or PyArrow, a Series, or the name of a file": LIBRARY,
    "api.given: give every column its own name": LIBRARY,
    "api.given: make it times: frame.index + pd.Timestamp('2024-01-01')": LIBRARY,
    "api.keyword_holder: use one of {}": LIBRARY,
    "api.accepted: call collect() first": LIBRARY,
    "api.accepted: give a frame of pandas, Polars or PyArrow, a Series, or the name of a file": LIBRARY,
    "api.accepted: give a frame of pandas, Polars or PyArrow, such as pd.DataFrame(columns)": LIBRARY,
    "api.accepted: give a frame of pandas, Polars or PyArrow, or a Series, such as pd.Series(values)": LIBRARY,
    "api.accepted: use pyarrow.Table.from_batches([batch])": LIBRARY,
    "api.keywords: give a text": LIBRARY,
    "api.keywords: give a {}{}": LIBRARY,
    "api.keywords: levels are in percent: write {}": LIBRARY,
    "api.keywords: name columns of the data": LIBRARY,
    "api.keywords: name columns of the data, which also has the future values": LIBRARY,
    "api.keywords: use {}=True or {}=False": LIBRARY,
    "artifact.document: write it with the method save": LIBRARY,
    "api.keywords: use one of {}": LIBRARY,
    "reading.tables.frame_table: add rows": LIBRARY,
    "reading.tables.frame_table: split it": LIBRARY,
    "workflow.pictures: forecast with a model": LIBRARY,
    "workflow.pictures: pip install 'forecaster-rnn[plot]'": INSTALLED,
    "cli.one_forecast: use another ledger": "of two files of one name: tests/batch/test_ledger_of_run.py",
    "ledger.connection: check the disk and try again": DISK,
    "ledger.connection: choose a file that you may write to": "the user of the tests may write everywhere",
    "ledger.connection: free some space and try again": DISK,
    "ledger.connection: use a newer version of the program, or another file": "a newer version",
    "ledger.connection: wait until it has ended and try again": "another process: tests/ledger/test_connection.py",
    "batch.group_training: use --regroup once, so that a file that is left has a model of its own": GROUPS,
    "batch.group_forecast: use --regroup once": GROUPS,
    "cli.forecast_table: -o FILE for all": SCREEN,
    "cli.score_details: -o FILE for all": SCREEN,
    "reading.aggregation: name one of {}": PYTHON,
    "reading.tables.excel: pip install 'forecaster-rnn[excel]', or save the sheet as CSV": INSTALLED,
    "reading.tables.excel: split it or drop columns": SIZE,
    "reading.tables.excel: drop columns": SIZE,
    "reading.tables.sources: split it": SIZE,
    "reading.tables.file_patterns: name a folder further down": SIZE,
    "evaluation.folds: use {}": PYTHON,
    "evaluation.folds: give each series {} rows or leave the short ones out": PYTHON,
    "forecasting.methods.baselines: give a longer history": PYTHON,
    "forecasting.continuation: give the whole history of the series, not only newer rows": PYTHON,
    "forecasting.methods.ensemble: look for extreme values in this series": DIVERGED,
    "forecasting.methods.fine_tuning: look for extreme values": DIVERGED,
    "workflow.train: look for extreme values, or use another unit": "numbers of 5e-324: tests/test_numeric_errors.py",
    "numeric_errors: look for extreme values, or use another unit": "of calculations that no file is known to break",
    "reading.tables.content: check where it leads": "of links: tests/reading/tables/test_content.py",
    "reading.tables.content: pipe a CSV file into it": "of a terminal as standard input",
    "workflow.results: use a shorter --horizon": SIZE,
    "workflow.forecast_size: use --horizon {} or less": SIZE,
    "workflow.forecast_size: train models of fewer series": SIZE,
    "workflow.forecast_size: split the file": SIZE,
    "workflow.forecast_size: use --folds {} or less": SIZE,
    "workflow.forecast_size: split the file, or use a shorter --horizon": SIZE,
    "calendars.schedule: use --horizon {} or less": LAST_YEAR,
    "calendars.schedule: leave out the latest rows": LAST_YEAR,
    "series.empty_steps: leave out the rows before the gap": SIZE,
    "series.grid_steps: train again with the newer rows": SIZE,
    "evaluation.statsforecast_models: choose from {}, separated by commas": "without statsforecast",
    "reading.reader: name a SOURCE, or a list of them with --files-from": PYTHON,
    "forecasting.methods.window_sets: name the columns of training with --observed and --known": PYTHON,
    "files.atomic: change to another folder": "a folder that is removed during a run: tests/files/test_atomic.py",
    "files.preflight: mount its folder instead": "the user of the tests may not mount anything",
    "files.atomic: choose a place where you may write": "the user of the tests may write everywhere",
    "cli.output: use --output FILE, or pipe it into a program": "of a terminal: tests/cli/test_output.py",
    "calendars.schedule: use a shorter horizon": "beyond the year 2049: tests/calendars/test_exchange.py",
    'calendars.country_holidays: install it with: pip install "forecaster-rnn[holidays]"': INSTALLED,
    'calendars.exchange: install it with: pip install "forecaster-rnn[calendars]"': INSTALLED,
    "cli.output: pip install 'forecaster-rnn[parquet]'": INSTALLED,
    "evaluation.statsforecast_models: pip install 'forecaster-rnn[baselines]'": INSTALLED,
    "reading.tables.parquet: pip install 'forecaster-rnn[parquet]'": INSTALLED,
    "calendars.exchange: leave --calendar out, or install another version of it": "a package that contradicts itself",
    "forecasting.pretrained.weights: install the program again": "a damaged installation",
    "forecasting.pretrained.weights: install the version that wrote it, or newer; or train again": "a newer version",
    "files.atomic: check the disk and try again": DISK,
    "files.atomic: check the disk and write it again": DISK,
    "files.atomic: free some space and try again": DISK,
    "files.preflight: free some space or choose another place": DISK,
    "files.lock: set FORECAST_LOCK_FOLDER to a folder on a local disk": "a file system that cannot lock",
    "files.lock: set FORECAST_LOCK_FOLDER to a folder where you may write": "of a system: tests/files/test_lock.py",
    "files.lock: check that disk, or set FORECAST_LOCK_FOLDER to a folder on another one": DISK,
    "files.lock: wait until it has ended and try again": "another process holds the lock: tests/files/test_lock.py",
    "reading.tables.content: free space, or name another folder in TMPDIR": DISK,
    "reading.tables.content: run again when it is complete": "another process writes the file",
    "reading.tables.content: split it or drop columns": SIZE,
    "reading.tables.content: split it, or keep fewer rows": SIZE,
    "reading.tables.archives: split it": SIZE,
    "reading.tables.parquet: split it or drop columns": SIZE,
    "reading.frames: add rows": FRAME,
    "reading.frames: convert them first": FRAME,
    "reading.frames: drop it with dt.tz_localize(None)": FRAME,
    "reading.frames: fill it in": FRAME,
    "reading.frames: fill it in or drop the row": FRAME,
    "reading.frames: fill them in or drop the rows": FRAME,
    "reading.frames: keep only one row for each time": FRAME,
    "reading.frames: rename one of the columns: {}": FRAME,
}
