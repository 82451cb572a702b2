"""Hostile workbooks, Parquet files, lists of files, names and model files for `benchmarks/hostile.py`."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hostile_files import MIB, TABLE, Attack, kind, zip_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = Path(__file__).parents[1] / "tests" / "artifact"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(
    rows: str, sheets: int = 1, strings: str = "", head: str = "", more: dict[str, bytes] | None = None
) -> bytes:
    """Return a workbook whose sheets have these rows of XML.

    Args:
        rows: What stands between the marks of the data of a sheet.
        sheets: The number of sheets.
        strings: What stands between the marks of the shared texts.
        head: What stands in front of the root of each part, such as a document type with entities.
        more: Other parts.

    """
    numbers = range(1, sheets + 1)
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPES}.worksheet+xml"/>' for n in numbers
        )
        + f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
        )
        + f'<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'{head}<sst xmlns="{SHEET}">{strings}</sst>',
    }
    sheet = f'{head}<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    parts |= {f"xl/worksheets/sheet{n}.xml": sheet for n in numbers}
    return zip_of({name: text.encode() for name, text in parts.items()} | (more or {}))


def _cells(*cells: str) -> str:
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
)
OUTSIDE = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
QUADRATIC = "<!DOCTYPE x [<!ENTITY e '" + "x" * 100_000 + "'>]>"
GOOD = _cells("Date", "Close") + "".join(_cells(f"2020-01-{n:02}", str(n)) for n in range(1, 32))

WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "entities of entities": lambda: workbook(_cells("&a11;"), head=LAUGHS),
    "entities in shared texts": lambda: workbook(GOOD, strings="<si><t>&a11;</t></si>", head=LAUGHS),
    "an entity many times": lambda: workbook(_cells("&e;" * 20_000), head=QUADRATIC),
    "an entity outside": lambda: workbook(_cells("&e;", "x") * 30, head=OUTSIDE),
    "a bomb of rows": lambda: workbook(GOOD + "<row/>" * 30_000_000),
    "a bomb of cells": lambda: workbook(GOOD + "<row>" + "<c><v>1</v></c>" * 10_000_000 + "</row>"),
    "a bomb of one cell": lambda: workbook(GOOD + _cells("2020-02-01", "1" * 300 * MIB)),
    "a bomb of blanks": lambda: workbook(GOOD + " " * 500 * MIB),
    "many shared texts": lambda: workbook(GOOD, strings="<si><t>x</t></si>" * 10_000_000),
    "a huge shared text": lambda: workbook(GOOD, strings="<si><t>" + "x" * 400 * MIB + "</t></si>"),
    "a bomb of another part": lambda: workbook(GOOD, more={"xl/media/x.png": bytes(900 * MIB)}),
    "styles without end": lambda: workbook(GOOD, more={"xl/styles.xml": b"<styleSheet>" + b"<x/>" * 20_000_000}),
    "thousands of sheets": lambda: workbook(_cells("a", "b"), sheets=5000),
    "a row far below": lambda: workbook(GOOD + '<row r="1048576">' + _cells("2020-02-01", "1")[5:]),
    "a row beyond all": lambda: workbook(GOOD + '<row r="99999999999">' + _cells("2020-02-01", "1")[5:]),
    "a cell far to the right": lambda: workbook(GOOD + '<row><c r="XFD33"><v>1</v></c></row>'),
    "cells far to the right": lambda: workbook(GOOD + '<row><c r="XFD1"><v>1</v></c></row>' * 20_000),
    "a cell beyond all": lambda: workbook(GOOD + '<row><c r="ZZZZZZ33"><v>1</v></c></row>'),
    "a row that is none": lambda: workbook(GOOD + '<row r="-5"><c r="A-5"><v>1</v></c></row>'),
    "a huge number": lambda: workbook(GOOD + f"<row><c><v>{'9' * 100_000}</v></c></row>"),
    "a date beyond all": lambda: workbook(GOOD + "<row><c t='d'><v>99999-99-99</v></c></row>"),
    "a text that is not there": lambda: workbook(GOOD + '<row><c t="s"><v>99999999</v></c></row>'),
    "elements in elements": lambda: workbook("<row>" * 500_000),
    "no sheet": lambda: workbook(GOOD, sheets=0),
    "no end": lambda: workbook(GOOD)[:-400],
    "escapes": lambda: workbook(GOOD + _cells("2020-02-01", "_x001B_[2J")),
    "formulas": lambda: workbook(GOOD + "<row><c><f>CMD()</f></c></row>"),
}


@kind
def workbooks(folder: Path) -> Iterator[Attack]:
    """Excel workbooks: entities, bombs, cells far away, thousands of sheets."""
    for name, make in WORKBOOKS.items():
        path = folder / f"{name.replace(' ', '_')}.xlsx"
        path.write_bytes(make())
        yield Attack(name, ["check", str(path)], frozenset({0, 65}))


def _parquet(folder: Path, name: str, columns: dict[str, Any], **options: Any) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = str(folder / f"{name.replace(' ', '_')}.parquet")
    pq.write_table(pa.table(columns), path, **options)
    return path


@kind
def parquet(folder: Path) -> Iterator[Attack]:
    """Parquet files: small ones of many rows, dictionaries, nested types, false footers."""
    import numpy as np
    import pyarrow as pa

    days = np.arange("2000-01-01", 300, dtype="datetime64[D]").astype("datetime64[us]")
    twenty = 20_000_000
    dates = pa.array(np.zeros(twenty, "datetime64[us]"))
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(twenty, "int32")), pa.array(["x" * 1000]))
    one, thousand = np.arange(300.0), pa.array(["x" * 100_000] * 300)
    wide = {f"c{n}": [1.0] for n in range(20_000)}
    deep: Any = pa.int64()
    for _ in range(60):
        deep = pa.list_(deep)
    files = {
        "20 million rows": {"Date": dates, "y": pa.array(np.zeros(twenty))},
        "20 million texts": {"Date": dates, "y": texts},
        "20 million nothings": {"Date": pa.nulls(twenty, pa.timestamp("us")), "y": pa.nulls(twenty, pa.float64())},
        "4 million texts of a dictionary": {
            "Date": pa.array(np.zeros(4_000_000, "datetime64[us]")),
            "y": pa.DictionaryArray.from_arrays(pa.array(np.zeros(4_000_000, "int32")), pa.array(["x" * 1000])),
        },
        "a huge dictionary": {
            "Date": days,
            "y": pa.DictionaryArray.from_arrays(pa.array(np.zeros(300, "int32")), thousand),
        },
        "texts of 100 KB": {"Date": days, "y": thousand},
        "bytes": {"Date": days, "y": pa.array([b"\xff\x1b"] * 300)},
        "lists": {"Date": days, "y": pa.array([[1.0]] * 300)},
        "deep lists": {"Date": days, "y": pa.nulls(300, deep)},
        "records": {"Date": days, "y": pa.array([{"a": 1}] * 300)},
        "escapes": {"Date": days, "\x1b[2J": one, "y": pa.array(["\x1b[2J"] * 300)},
        "decimals": {"Date": days, "y": pa.array([None] * 300, pa.decimal128(38, 38))},
        "durations": {"Date": pa.array(np.arange(300), pa.duration("ns")), "y": one},
        "years beyond all": {"Date": pa.array(np.full(300, 2**62), pa.timestamp("us")), "y": one},
        "not a number": {"Date": days, "y": one * np.nan},
        "infinite": {"Date": days, "y": one + np.inf},
        "20,000 columns": wide,
        "no columns": {},
        "a long name": {"Date": days, "x" * 10 * MIB: one, "z": one},
    }
    for name, columns in files.items():
        path = _parquet(folder, name, columns, compression="zstd")
        yield Attack(name, ["check", path], frozenset({0, 65}))
    good = Path(_parquet(folder, "good", {"Date": days, "y": one})).read_bytes()
    lies = {
        "a footer that is too long": good[:-8] + b"\xff\xff\xff\x7fPAR1",
        "a footer of zeros": good[:-500] + bytes(492) + good[-8:],
        "no footer": good[:-8],
        "a head alone": b"PAR1",
        "head and end": b"PAR1PAR1",
        "a pickle behind the head": b"PAR1\x80\x04cos\nsystem\n.PAR1",
        "half": good[: len(good) // 2] + good[-300:],
        "false counts": re.sub(rb"\xd8\x04", b"\xfe\xff\xff\xff\x0f", good),
    }
    for name, data in lies.items():
        path = str(folder / f"{name.replace(' ', '_')}.parquet")
        Path(path).write_bytes(data)
        yield Attack(name, ["check", path], frozenset({65}))


LISTS = {
    "escapes": b"\x1b[2J.csv\n\x07.csv\n",
    "paths up": b"../../../../etc/shadow\n../../../../etc/passwd\n",
    "long names": b"x" * 100_000 + b"\n",
    "a long line": b"x" * 30 * MIB,
    "many names": b"".join(b"%d.csv\n" % n for n in range(100_000)),
    "one name many times": b"a.csv\n" * 5_000_000,
    "zero bytes": b"a.csv\0b.csv",
    "not UTF-8": b"\xff\xfe.csv\n",
    "patterns": b"/**/**/**/*x*x*x.csv\n",
    "addresses": b"http://example.invalid/x.csv\nfile:///etc/passwd\n",
    "devices": b"/dev/zero\n/dev/urandom\n/dev/tty\n",
    "options": b"--help\n-o\n",
    "nothing": b"\n \n",
    "standard input": b"-\n-\n",
    "too large": b"",
}


@kind
def lists(folder: Path) -> Iterator[Attack]:
    """Lists of files, folders of many entries, patterns, links in circles."""
    codes = frozenset({2, 3, 4, 65, 66})
    for name, data in LISTS.items():
        path = folder / f"{name.replace(' ', '_')}.list"
        path.write_bytes(data)
        if name == "too large":
            os.truncate(path, 3 * 2**30)
        yield Attack(name, ["check", "--files-from", str(path)], codes)
    yield Attack("a list that never ends", ["check", "--files-from", "/dev/zero"], codes)
    many = folder / "many"
    many.mkdir()
    for n in range(100_000):
        (many / f"{n}.x").touch()
    yield Attack("a folder of 100,000 entries", ["check", str(many)], codes)
    yield Attack("a missing file among 100,000", ["check", str(many / "5.y")], codes)
    yield Attack("a pattern in 100,000", ["check", f"{many}/*[0-9]*[0-9]*[0-9]*.csv"], codes)
    deep = folder / "deep"
    for n in range(60):
        (deep / "/".join(f"d{i}" for i in range(n))).mkdir(parents=True, exist_ok=True)
    (deep / "circle").symlink_to(deep)
    (deep / "d0" / "circle").symlink_to(deep)
    for pattern in ("**/*.csv", "**/**/*.csv", "**/**/**/**/*.csv", "*/*/*/*/*/*/*/*/*/*/*.csv", "**/circle/**/*.csv"):
        yield Attack(f"the pattern {pattern}", ["check", str(deep / pattern)], codes)
    yield Attack("a pattern of stars", ["check", str(many / ("*" * 200 + ".csv"))], codes)
    yield Attack("a pattern of star and letter", ["check", str(many / ("*a" * 60 + ".csv"))], codes)
    yield Attack("a long pattern", ["check", "[" * 5000 + "*" * 5000], codes)


NAMES = (
    "../../x",
    "/etc/x",
    "a\nb",
    "a\x1b[2Jb",
    ".",
    "..",
    "",
    " ",
    "-o",
    "a" * 5000,
    "CON",
    "a/b",
    "\u202ex",
    "=1+1",
)


@kind
def names(folder: Path) -> Iterator[Attack]:
    """Names of series and files that become names of files or stand on the screen."""
    rows = TABLE.decode().splitlines()[1:]
    panel = folder / "panel.csv"
    lines = [f'"{name}",{row}' for name in NAMES for row in rows if name.strip()]
    panel.write_text("id,Date,Close\n" + "\n".join(lines) + "\n", encoding="utf-8")
    codes = frozenset({0, 2, 3, 4, 65, 66})
    target = folder / "out"
    yield Attack("series to a folder", ["predict", str(panel), "--out", str(target), "--horizon", "2"], codes)
    yield Attack("series to one file", ["predict", str(panel), "-o", str(folder / "x.csv"), "--horizon", "2"], codes)
    yield Attack("series by series", ["evaluate", str(panel), "--by-series", "--horizon", "2", "--folds", "2"], codes)
    files = folder / "files"
    files.mkdir()
    for name in NAMES:
        if name not in {".", "..", ""} and "/" not in name and len(name) < 200:
            (files / f"{name}.csv").write_bytes(TABLE)
    yield Attack("files to a folder", ["predict", str(files), "--out", str(target), "--horizon", "2"], codes)
    yield Attack("files on the screen", ["check", str(files)], codes)


@kind
def models(folder: Path) -> Iterator[Attack]:
    """Model files: all attacks of the tests, read by `forecast inspect`."""
    sys.path.insert(0, str(TESTS))
    attacks, parts = importlib.import_module("test_attacks"), importlib.import_module("conftest")
    make = parts.parts.__wrapped__ if hasattr(parts.parts, "__wrapped__") else parts.parts.__pytest_wrapped__.obj
    for number, (name, attack) in enumerate(attacks.ATTACKS.items()):
        path = folder / f"{number}.joblib"
        path.write_bytes(attack(make()))
        yield Attack(name, ["inspect", str(path)], frozenset({76}))
