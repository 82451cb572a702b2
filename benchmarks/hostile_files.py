"""Hostile files for `benchmarks/hostile.py`: each function writes some and returns the command lines that read them.

A function takes an empty folder and yields attacks. Files are as large as they must be to pass a limit, and sparse or
repeated where that is possible, so that writing all of them takes less than a minute.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 2**20
HEADER = b"Date,Close\n"
ROWS = b"".join(b"2020-01-%02d,%d.5\n" % (day, day) for day in range(1, 32))
TABLE = HEADER + ROWS


class Attack(NamedTuple):
    """A command line that reads hostile files.

    Attributes:
        name: What the files are.
        arguments: The command line, without the name of the program.
        codes: The exit codes with which it may end.
        variables: Variables of the environment.

    """

    name: str
    arguments: list[str]
    codes: frozenset[int] = frozenset({65})
    variables: dict[str, str] = {}  # noqa: RUF012 - never changed


KINDS: dict[str, Callable[[Path], Iterator[Attack]]] = {}


def kind(function: Callable[[Path], Iterator[Attack]]) -> Callable[[Path], Iterator[Attack]]:
    """Add a kind of attacks under the name of its function."""
    KINDS[function.__name__] = function
    return function


CONFIGURATIONS: dict[str, bytes] = {
    "nested lists": b"horizon = " + b"[" * 20_000,
    "nested lists that end": b"horizon = " + b"[" * 20_000 + b"]" * 20_000,
    "nested tables": b"horizon = " + b"{a=" * 20_000,
    "a table of many parts": b"[" + b"a." * 30_000 + b"a]",
    "a table of quoted parts": b"[" + b'"".' * 20_000 + b"a]",
    "a key of many parts": b"a." * 30_000 + b"a = 1",
    "keys of many parts": b"".join(b"a." * 100 + b"k%d = 1\n" % n for n in range(200)),
    "an inline key of many parts": b"horizon = {" + b"a." * 30_000 + b"a = 1}",
    "tables of tables": b"".join(b"[a.b%d]\n" % n for n in range(6000)),
    "lists of tables": b"[[a]]\n" * 9000,
    "a long value": b"horizon = '" + b"x" * 60_000 + b"'",
    "a long choice": b"cell = '" + b"x" * 3000 + b"'",
    "a long key": b"k" * 60_000 + b" = 1",
    "a long table": b"[" + b"k" * 60_000 + b"]",
    "many unknown keys": b"".join(b"k%d = 1\n" % n for n in range(6000)),
    "escapes in a key": b'"\\u001b[2J\\u0007" = 1',
    "escapes in a value": b'cell = "\\u001b[2Jevil\\u202e"',
    "raw escapes": b'cell = "\x1b[2J"',
    "zero bytes": b"horizon = 1\0",
    "zeros": bytes(1000),
    "not UTF-8": b"horizon = '\xff\xfe'",
    "UTF-16": "horizon = 1".encode("utf-16"),
    "a lone surrogate": b'horizon = "\xed\xa0\x80"',
    "a surrogate escape": b'cell = "\\ud800"',
    "a key twice": b"horizon = 1\nhorizon = 2",
    "a table twice": b"[train]\n[train]",
    "a key and a table": b"train = 1\n[train]\nhorizon = 1",
    "a list for a number": b"horizon = [[1]]",
    "tables in a list": b"target = [{a = 1}]",
    "a table for a number": b"[train.horizon]\na = 1",
    "a huge number": b"horizon = " + b"9" * 5000,
    "a huge number in base 16": b"horizon = 0x" + b"f" * 60_000,
    "a huge number in base 2": b"seed = 0b" + b"1" * 60_000,
    "a number with many underscores": b"horizon = " + b"1_" * 20_000 + b"1",
    "not a number": b"horizon = nan",
    "an infinite number": b"horizon = inf",
    "a huge power": b"horizon = 1e400",
    "a date": b"horizon = 2020-02-30",
    "a date for a number": b"horizon = 2020-02-03",
    "a time beyond a day": b"horizon = 25:61:61",
    "an offset beyond a day": b"horizon = 2020-01-01T00:00:00+99:99",
    "many decimals": b"dropout = 0." + b"0" * 60_000 + b"1",
    "an empty key": b"= 1",
    "an endless text": b'cell = """' + b"\n" * 60_000,
    "backslashes": b'cell = "' + b"\\\\" * 30_000,
    "a comment with a control character": b"# \x07\nhorizon = x",
    "a key that is no option": b"__class__ = 1",
    "a flag in words": b"quiet = 'perhaps'",
    "an option of the command line alone": b"config = 'x'",
    "levels without end": b"[predict]\nlevel = [" + b"100," * 15_000 + b"]",
}


@kind
def configuration(folder: Path) -> Iterator[Attack]:
    """Configuration files: sizes, nesting, names, values, bytes, and what is no file."""
    table = folder / "a.csv"
    table.write_bytes(TABLE)
    for name, data in CONFIGURATIONS.items():
        path = folder / f"{name.replace(' ', '_')}.toml"
        path.write_bytes(data)
        yield _configured(name, str(path), str(table))
    large = folder / "large.toml"
    with large.open("wb") as file:
        file.truncate(3 * 2**30)
    pipe = folder / "pipe.toml"
    os.mkfifo(pipe)
    others = {"3 GiB of zeros": large, "a pipe": pipe, "a folder": folder, "a missing file": folder / "none.toml"}
    others |= {each: f"/dev/{each}" for each in ("zero", "urandom", "full", "tty", "stdin")}
    others |= {"memory": "/proc/self/mem", "a long name": "x" * 5000}
    for name, path in others.items():
        yield _configured(name, str(path), str(table))


def _configured(name: str, path: str, table: str) -> Attack:
    command = ["predict", table] if name.startswith("levels") else ["train", table, "--dry-run"]
    codes = frozenset({0, 78}) if name == "many decimals" else frozenset({78})  # so long a zero is a zero
    return Attack(name, [*command, "--config", path], codes)


VALUES = {
    "long": "x" * 100_000,
    "escapes": "\x1b[2J\x07\u202e",
    "a line break": "a\nb",
    "digits": "9" * 100_000,
    "a huge power": "1e400",
    "not UTF-8": "\udcff",
    "formats": "%s%n{0.__class__}",
    "a command": "$(touch canary)",
    "commas": "," * 100_000,
    "a list": "1," * 60_000,
}


@kind
def environment(folder: Path) -> Iterator[Attack]:
    """Variables: hostile values of each type of option, and many or strange names."""
    table = folder / "a.csv"
    table.write_bytes(TABLE)
    known = ("HORIZON", "LEVEL", "CELL", "TARGET", "MODEL", "SEED", "DECIMAL", "ENCODING", "CALENDAR", "DATE_FORMAT")
    for option in known:
        for name, value in VALUES.items():
            codes = frozenset({0, 2, 65, 66, 74, 76, 78})
            yield Attack(f"{option}: {name}", ["predict", str(table)], codes, {f"FORECAST_{option}": value})
    many = {f"FORECAST_X{n}": "1" for n in range(10_000)}
    fine = frozenset({0})
    yield Attack("10,000 unknown names", ["check", str(table)], fine, many)
    yield Attack("a long name", ["check", str(table)], fine, {"FORECAST_" + "X" * 100_000: "1"})
    yield Attack("a name with escapes", ["check", str(table)], fine, {"FORECAST_\x1b[2J\n": "1"})


def _lines(*lines: bytes) -> bytes:
    return b"\n".join(lines) + b"\n"


def _days(count: int, cell: Callable[[int], bytes]) -> bytes:
    """Return a table of `count` days with a cell for each."""
    import numpy as np

    days = np.arange("1900-01-01", count, dtype="datetime64[D]") if count < 40_000 else None
    texts = np.datetime_as_string(days) if days is not None else [str(n) for n in range(count)]
    return HEADER + b"".join(b"%s,%s\n" % (text.encode(), cell(n)) for n, text in enumerate(texts))


TEXTS: dict[str, Callable[[], bytes]] = {
    "an endless line": lambda: HEADER + b"9" * 5 * MIB,
    "endless lines": lambda: HEADER + (b"9" * (MIB - 1) + b"\n") * 60,
    "endless blank lines": lambda: HEADER + b"\n" * 20 * MIB,
    "spaces": lambda: b" " * 20 * MIB,
    "a million columns": lambda: b"," * MIB + b"\n" + b"1," * 500_000 + b"\n",
    "a million header cells in many lines": lambda: (b"a," * 9000 + b"\n") * 110,
    "a wide table": lambda: (b"1," * 9000 + b"\n") * 1000,
    "a wide header over narrow rows": lambda: b"a," * 9999 + b"b\n" + ROWS,
    "zero bytes": lambda: TABLE + bytes(100) + ROWS,
    "zero bytes alone": lambda: bytes(20 * MIB),
    "a long name of a column": lambda: b"Date," + b"x" * 10 * MIB + b"\n" + ROWS,
    "a name of a column of 1 MB": lambda: b"Date," + b"x" * 1_000_000 + b"\n" + ROWS,
    "a name of a column of 100 KB": lambda: b"Date," + b"x" * 100_000 + b",y\n" + ROWS.replace(b"\n", b",x\n"),
    "a cell of 100 MB": lambda: TABLE + b"2020-02-01," + b"1" * 100 * MIB,
    "a quoted cell of 100 MB": lambda: TABLE + b'2020-02-01,"' + (b"1" * 1000 + b"\n") * 100_000 + b'"\n',
    "an open quote": lambda: TABLE + b'"' + ROWS * 10_000,
    "an open quote in the header": lambda: b'Date,"Close\n' + ROWS * 10_000,
    "quotes": lambda: HEADER + b'"' * 1_000_001,
    "quotes and quotes": lambda: HEADER + b'""' * 500_000 + b"\n",
    "garbage dates": lambda: _days(1_000_000, lambda n: b"%d.5" % n).replace(b"\n", b"\nx"),
    "garbage cells": lambda: _days(1_000_000, lambda n: b"x%d" % (n * 7919)),
    "a number of 100,000 digits": lambda: TABLE + b"2020-02-01," + b"9" * 100_000 + b"\n",
    "numbers of 1,000 digits": lambda: _days(30_000, lambda n: b"9" * 999 + b"%d" % (n % 10)),
    "a number of 100,000 zeros": lambda: TABLE + b"2020-02-01," + b"0" * 100_000 + b"x\n",
    "a decimal of 100,000 digits and a word": lambda: TABLE + b"2020-02-01,0." + b"1" * 100_000 + b" x\n",
    "separators without end": lambda: TABLE + b"2020-02-01,1" + b".000" * 30_000 + b"\n",
    "signs without end": lambda: TABLE + b"2020-02-01," + b"-" * 100_000 + b"1\n",
    "a date of 100,000 digits": lambda: TABLE + b"2" * 100_000 + b",1\n",
    "a date of 100,000 blanks": lambda: TABLE + b"2020-" + b" " * 100_000 + b"01-01,1\n",
    "1e400": lambda: TABLE + b"2020-02-01,1e400\n",
    "1e-99999999": lambda: TABLE + b"2020-02-01,1e-99999999999999999999x\n",
    "escapes in the header": lambda: b"Da\x1b[2Jte,Clo\x1b]0;evil\x07se,x\n" + ROWS.replace(b"\n", b",x\n"),
    "escapes in cells": lambda: TABLE + b"2020-02-01,\x1b[2J\x1b]0;evil\x07\n",
    "escapes in 8 bits": lambda: TABLE + b"2020-02-01,\x9b2J\n",
    "formulas": lambda: TABLE + b"2020-02-01,=cmd|' /C calc'!A0\n",
    "right to left": lambda: TABLE + "2020-02-01,\u202e1\n".encode(),
    "digits of other scripts": lambda: TABLE + "2020-02-01,\u0661\u0662\n".encode(),
    "carriage returns": lambda: TABLE.replace(b"\n", b"\r") * 2000 + b"x\r",
    "delimiters of everything": lambda: HEADER + b",;\t| " * 100_000 + b"\n",
    "a first line of sep": lambda: b"sep=\x1b\n" + TABLE + b"2020-02-01,x\n",
    "frames": lambda: HEADER + (b"-" * 500 + b"\n") * 100_000,
    "headings without end": lambda: (b"a,b\n") * 500_000 + ROWS,
    "footers without end": lambda: TABLE + b"the end,\n" * 500_000,
    "brackets": lambda: b"[" * 500_000,
    "a million series": lambda: b"Date,id,y\n" + b"".join(b"2020-01-01,s%d,1\n" % n for n in range(1_000_000)),
    "2 million rows of one day": lambda: HEADER + b"2020-01-01,1\n2020-01-01,2\n" * 1_000_000,
    "years 1 and 9999": lambda: HEADER + b"0001-01-01,1\n9999-12-31,2\n" + ROWS,
    "two seconds and a century": lambda: (
        HEADER + b"1900-01-01 00:00:00,1\n1900-01-01 00:00:01,2\n2000-01-01 00:00:00,3\n"
    ),
    "UTF-16 cut within a character": lambda: TABLE.decode().encode("utf-16")[:-1],
    "UTF-32 beyond Unicode": lambda: b"\xff\xfe\0\0" + b"\xff" * 4000,
    "UTF-7": lambda: b"+ADw-script+AD4-\n" * 1000,
}


@kind
def tables(folder: Path) -> Iterator[Attack]:
    """Text tables: sizes, widths, cells, numbers, dates, quotes, escapes."""
    for name, make in TEXTS.items():
        path = folder / f"{name.replace(' ', '_')}.csv"
        path.write_bytes(make())
        yield Attack(
            name, ["check", str(path)], frozenset({0, 65}) if name == "escapes in the header" else frozenset({65})
        )
    tiny = folder / "10_million_rows.csv"
    with tiny.open("wb") as file:
        file.write(b"a,b\n")
        for _ in range(101):
            file.write(b"1,2\n" * 100_000)
    yield Attack("10 million tiny rows", ["check", str(tiny)])
    sparse = folder / "sparse.csv"
    with sparse.open("wb") as file:
        file.truncate(10 * 2**30)
    yield Attack("10 GiB that are sparse", ["check", str(sparse)])
    for name in ("zero", "urandom"):
        yield Attack(f"/dev/{name}", ["check", f"/dev/{name}"], frozenset({66}))


def _gzip_of(block: bytes, times: int) -> bytes:
    """Return gzip data that unpack to a block, many times, without packing it each time."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(times):
        crc = zlib.crc32(block, crc)
    tail = packer.flush() + struct.pack("<II", crc, len(block) * times % 2**32)
    return b"\x1f\x8b\x08" + bytes(5) + b"\x02\xff" + packed * times + tail


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a bomb of one line": lambda: _gzip_of(b"0" * MIB, 2000),
    "a bomb of lines": lambda: _gzip_of(b"2020-01-01,1\n" * 80_000, 1000),
    "a bomb of zeros": lambda: _gzip_of(bytes(MIB), 2000),
    "a bomb within the ratio": lambda: _gzip_of(os.urandom(MIB).hex().encode(), 600),
    "many small members": lambda: gzip.compress(b"") * 200_000 + gzip.compress(b"x"),
    "a nested archive": lambda: gzip.compress(gzip.compress(TABLE)),
    "a deeply nested archive": lambda: _nested(TABLE, 50),
    "an archive in a zip": lambda: zip_of({"a.csv.gz": gzip.compress(TABLE)}),
    "a zip bomb": lambda: zip_of({"a.csv": bytes(200 * MIB)}),
    "a zip of lines": lambda: zip_of({"a.csv": b"2020-01-01,1\n" * 20_000_000}),
    "a zip of many files": lambda: zip_of({f"{n}.csv": TABLE for n in range(20_000)}),
    "a zip of paths": lambda: zip_of({"../../../tmp/evil.csv": TABLE, "/etc/x.csv": TABLE}),
    "a zip of long names": lambda: zip_of({"x" * 60_000 + ".csv": TABLE, "y" * 60_000 + ".csv": TABLE}),
    "a zip of escapes": lambda: zip_of({"\x1b[2J.csv": TABLE, "\x07.csv": TABLE}),
    "a cut archive": lambda: gzip.compress(TABLE)[:-9],
    "a wrong checksum": lambda: gzip.compress(TABLE)[:-8] + bytes(8),
    "a zip of a wrong checksum": lambda: zip_of({"a.csv": TABLE}, zipfile.ZIP_STORED).replace(
        b"2020-01-05", b"2020-01-06"
    ),
    "a zip that is encrypted": lambda: _patched_zip(6, b"\x01\x00", 8),
    "a zip of a rare method": lambda: zip_of({"a.csv": TABLE}, zipfile.ZIP_LZMA),
    "a zip of huge sizes": lambda: _patched_zip(18, b"\xff" * 8, 20),
    "junk behind": lambda: gzip.compress(TABLE) + b"junk" * 100,
    "gzip of nothing": lambda: gzip.compress(b""),
    "a head alone": lambda: b"\x1f\x8b",
}


def _nested(data: bytes, depth: int) -> bytes:
    for _ in range(depth):
        data = gzip.compress(data)
    return data


def _patched_zip(in_head: int, value: bytes, in_directory: int) -> bytes:
    data = bytearray(zip_of({"a.csv": TABLE}, zipfile.ZIP_STORED))
    data[in_head : in_head + len(value)] = value
    entry = data.index(b"PK\x01\x02") + in_directory
    data[entry : entry + len(value)] = value
    return bytes(data)


@kind
def archives(folder: Path) -> Iterator[Attack]:
    """Compressed tables: bombs, nests, many members, false sizes and checksums."""
    for name, make in ARCHIVES.items():
        path = folder / f"{name.replace(' ', '_')}.csv.gz"
        path.write_bytes(make())
        yield Attack(name, ["check", str(path)])
