"""Hostile ledgers for `benchmarks/hostile.py`: wrong values in every column, forged blocks, foreign tables, damage."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import zlib
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hostile_files import HEADER, Attack, kind

from forecaster.cli import main as forecast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Change = Callable[[sqlite3.Connection], object]

GOLDEN = Path(__file__).parents[1] / "tests" / "ledger" / "golden" / "schema_1.sqlite.gz"
ENDINGS = frozenset({0, 65})
"""A change that no reader of this command looks at is in order, too."""
REFUSED = frozenset({65})
SERIES = "s.csv"
ROWS = b"".join(b"2024-%02d-%02d,%d.5\n" % (1 + n // 28, 1 + n % 28, n * 7 % 11 + 20) for n in range(84))
AFTER = 12
"""Rows that come after the first forecast."""


class Reader(NamedTuple):
    """A command line that reads a ledger; `{ledger}` and `{folder}` are filled in."""

    name: str
    arguments: tuple[str, ...]


READERS = (
    Reader("scores", ("ledger", "--ledger", "{ledger}")),
    Reader("series", ("ledger", "--per-series", "--format", "json", "--ledger", "{ledger}")),
    Reader("export", ("ledger", "--ledger", "{ledger}", "--export", "{folder}/all.csv")),
    Reader("keep", ("ledger", "--ledger", "{ledger}", "--keep", "1y")),
    Reader("predict", ("predict", "{folder}/s.csv", "--horizon", "3", "--ledger", "{ledger}")),
)
VALUES: dict[str, str] = {
    "a text": "'abc'",
    "an escape": r"char(27) || '[2J' || char(7)",
    "bytes": "x'ff00'",
    "an infinite number": "9e999",
    "a huge number": "9223372036854775807",
    "a number below zero": "-1",
    "a zero": "0",
    "a fraction": "0.5",
    "a text that is no UTF-8": "CAST(x'fffe27' AS TEXT)",
    "a megabyte": "zeroblob(1000000)",
}
"""What is written into every column of every table, in SQL."""
BOMB = zlib.compress(bytes(2**28), 9)
NESTED = "[" * 100_000


def _run(query: str, *values: object) -> Change:
    return lambda connection: connection.execute(query, values)


def _script(text: str) -> Change:
    return lambda connection: connection.executescript(text)


def _with_floats(table: str, number: bytes, column: str = "data") -> Change:
    """Fill the second half of all records with bytes of numbers."""

    def change(connection: sqlite3.Connection) -> None:
        for key, data in connection.execute(f"SELECT series, {column} FROM {table}").fetchall():  # noqa: S608 - names
            half = len(data) // 2 // 8 * 8
            forged = data[:half] + (number * len(data))[: len(data) - half]
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE series = ?", (forged, key))  # noqa: S608 - names

    return change


def _many_series(connection: sqlite3.Connection) -> None:
    connection.executescript(
        "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO series SELECT i, 's' || i, 's', '/in', 1, 'day', 1, NULL, x'' FROM n;"
        "INSERT INTO layouts VALUES (99, 10000, '[80]', 0)"
    )


def _many_bombs(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO layouts VALUES (99, 10000, '[80]', 0)")
    block = zlib.compress(bytes(256 * (12 + 8 + 80_000 + 8 + 40_000 + 4 + 40_000 + 4 + 20_000)), 9)
    for _ in range(200):
        connection.execute("INSERT INTO closed VALUES (NULL, 1, 1, 1, 99, 256, ?)", (block,))


def _in_a_file(change: Callable[[bytearray], None]) -> Callable[[Path], None]:
    """Return a change of the bytes of a file."""

    def changed(path: Path) -> None:
        content = bytearray(path.read_bytes())
        change(content)
        path.write_bytes(content)

    return changed


def _pages(content: bytearray, first: int, data: bytes) -> None:
    size = int.from_bytes(content[16:18], "big")
    for begin in range(first * size, len(content) - len(data), size):
        content[begin : begin + len(data)] = data


TRIGGER = (
    "CREATE TRIGGER t AFTER INSERT ON {} BEGIN INSERT INTO models WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
    " SELECT i + 1 FROM n WHERE i < 100000000) SELECT hex(randomblob(32)), i FROM n; END"
)
FORGED: dict[str, Change] = {
    **{f"levels {text[:12]}": _run("UPDATE layouts SET levels = ?", text) for text in ("{", '{"a": 1}', '["a"]', "1")},
    "levels that are not finite": _run("UPDATE layouts SET levels = '[Infinity, NaN]'"),
    "nested levels": _run("UPDATE layouts SET levels = ?", NESTED),
    "a million levels": _run("UPDATE layouts SET levels = ?", json.dumps([n / 1e5 for n in range(1, 1_000_000)])),
    "levels that fall": _run("UPDATE layouts SET levels = '[95, 80]'"),
    "a long horizon": _run("UPDATE layouts SET horizon = 1000000000"),
    "the longest horizon": _run("UPDATE layouts SET horizon = 10000"),
    "no layouts": _run("DELETE FROM layouts"),
    "no models": _run("DELETE FROM models"),
    "no runs": _run("DELETE FROM runs"),
    "no series": _run("DELETE FROM series"),
    "100,000 series and a long layout": _many_series,
    "NaN in forecasts": _with_floats("pending", b"\x00\x00\xc0\x7f"),
    "NaN in sums": _with_floats("sums", b"\x00\x00\x00\x00\x00\x00\xf8\x7f"),
    "huge sums": _with_floats("sums", b"\xff\xff\xff\xff\xff\xff\xef\x7f"),
    "NaN in states": _with_floats("state", b"\x00\x00\xc0\x7f", "value"),
    "nested pools": _run("UPDATE state SET value = ? WHERE name = 'pools'", NESTED.encode()),
    "foreign pools": _run("""UPDATE state SET value = '{"day": {"series": 1e999, "count": [], "outside": 0}}'"""),
    "a cut block": _run("UPDATE actuals SET data = substr(data, 1, length(data) - 3)"),
    "a bomb in a block": _run("UPDATE actuals SET data = ?", BOMB),
    "a bomb of the stated size": _run("UPDATE actuals SET data = ?, count = ?", BOMB, 2**28 // 20),
    "a block of more than all rows": _run("UPDATE actuals SET count = 4611686018427387904"),
    "200 blocks of long forecasts": _many_bombs,
    "a large blob": _run("UPDATE pending SET data = zeroblob(300000000)"),
    "a trigger": _script(TRIGGER.format("runs")),
    "a trigger on forecasts": _script(TRIGGER.format("pending")),
    "a view": _script("CREATE VIEW v AS SELECT * FROM runs"),
    "a view as a table": _script("DROP TABLE state; CREATE VIEW state AS SELECT 'pools' name, 0 series, x'' value"),
    "another table": _script("CREATE TABLE other (a)"),
    "a table of others": _script("DROP TABLE revisions; CREATE VIRTUAL TABLE revisions USING fts4(series, time, run)"),
    "an index on an expression": _script("CREATE INDEX i ON runs (abs(id))"),
    "a generated column": _script("ALTER TABLE runs ADD COLUMN g AS (hex(zeroblob(1000000)))"),
    "10,000 views": _script(";".join(f"CREATE VIEW v{n} AS SELECT {n}" for n in range(10_000))),
}
"""Changes of the content of a ledger."""
DAMAGED: dict[str, Callable[[Path], None]] = {
    "zeros in pages": _in_a_file(lambda content: _pages(content, 1, bytes(64))),
    "ones in pages": _in_a_file(lambda content: _pages(content, 1, b"\xff" * 64)),
    "pages that lead to the second": _in_a_file(lambda content: _pages(content, 1, b"\x05\0\0\0\x01\0\0\0\0\0\0\2")),
    "the half of it": _in_a_file(lambda content: content.__delitem__(slice(len(content) // 2, None))),
    "an encoding that there is not": _in_a_file(lambda content: content.__setitem__(slice(56, 60), b"\0\0\0\7")),
    "another encoding": _in_a_file(lambda content: content.__setitem__(slice(56, 60), b"\0\0\0\2")),
    "a free list that leads to itself": _in_a_file(lambda content: content.__setitem__(slice(32, 40), b"\0\0\0\2" * 2)),
    "journals ahead": _in_a_file(lambda content: content.__setitem__(slice(18, 20), b"\2\2")),
    "a later format": _in_a_file(lambda content: content.__setitem__(slice(18, 20), b"\7\7")),
}
"""Changes of the bytes of a ledger."""


@kind
def ledgers(folder: Path) -> Iterator[Attack]:
    """Ledgers with a wrong value in every column, forged blocks, foreign tables, damaged pages, and pipes."""
    good, path = good_ledger(folder), folder / "l.sqlite"
    for number, (table, column) in enumerate(columns_of(good)):
        for place, (name, value) in enumerate(VALUES.items()):
            put(good, path, of_column(table, column, value))
            turn = (number + place) % len(READERS)
            yield from _read(f"{name} in {table}.{column}", path, READERS[turn : turn + 1])
    for name, change in FORGED.items():
        put(good, path, change)
        yield from _read(name, path)
    for name, damage in DAMAGED.items():
        shutil.copyfile(good, path)
        damage(path)
        yield from _read(name, path)
    yield from _no_files(good, folder)


def of_column(table: str, column: str, value: str) -> Change:
    """Return the change that writes a value in SQL into a column; rows that must differ become one."""
    return _run(f"UPDATE OR REPLACE {table} SET {column} = {value}")  # noqa: S608 - names of the schema


def _read(name: str, path: Path, readers: Sequence[Reader] = READERS) -> Iterator[Attack]:
    """Yield the commands that read a ledger, each of them a copy of its own."""
    original = path.with_name("original")
    shutil.copyfile(path, original)  # not kept in memory, which the attack would have, too
    for reader in readers:
        for companion in path.parent.glob(f"{path.name}-*"):
            companion.unlink()
        shutil.copyfile(original, path)
        filled = [each.format(ledger=path, folder=path.parent) for each in reader.arguments]
        yield Attack(f"{name}: {reader.name}", filled, ENDINGS)


def _no_files(good: Path, folder: Path) -> Iterator[Attack]:
    """Yield attacks with pipes and devices in the place of a ledger, of its journals, and of those of a batch."""
    pipe, out = folder / "pipe.sqlite", folder / "out"
    os.mkfifo(pipe)
    series = str(folder / SERIES)
    for place in (str(pipe), "/dev/zero", "/dev/null", "/proc/self/mem"):
        yield Attack(f"{place} as a ledger", ["ledger", "--ledger", place], frozenset({66, 74}))
        yield Attack(f"{place} as a ledger to write", ["predict", series, "--ledger", place], frozenset({73, 74}))
    for ending in ("-journal", "-wal", "-shm"):
        copy = folder / f"with{ending}.sqlite"
        shutil.copyfile(good, copy)
        os.mkfifo(f"{copy}{ending}")
        yield Attack(f"a pipe as {ending}", ["ledger", "--ledger", str(copy)], REFUSED)
        yield Attack(f"a pipe as {ending} to write", ["predict", series, "--ledger", str(copy)], REFUSED)
    (out / "ledger.journal").mkdir(parents=True)
    os.mkfifo(out / "ledger.journal" / "a.jsonl")
    os.mkfifo(out / "s.csv")
    batch = ["batch", series, "--horizon", "3", "--out"]
    yield Attack("pipes as entries and results", [*batch, str(out), "--zero-shot"], frozenset({0, 3, 4}))
    for name in ("journal.jsonl", "run.json"):
        place = folder / f"with {name}"
        place.mkdir()
        os.mkfifo(place / name)
        yield Attack(f"a pipe as {name}", [*batch, str(place), "--zero-shot"], frozenset({3, 73}))


def good_ledger(folder: Path) -> Path:
    """Return a ledger with rows in every table, and write the series that its next forecast is of."""
    series, path, rows = folder / SERIES, folder / "good.sqlite", ROWS.splitlines(keepends=True)
    path.write_bytes(gzip.decompress(GOLDEN.read_bytes()))
    command = ["predict", str(series), "--horizon", "3", "--ledger", str(path), "-q", "-o", str(folder / "first.csv")]
    for count in (len(rows) - AFTER, len(rows) - AFTER // 2):
        series.write_bytes(HEADER + b"".join(rows[:count]))
        if forecast(command):
            raise RuntimeError("the good ledger cannot be written")
    series.write_bytes(HEADER + ROWS)
    return path


def columns_of(path: Path) -> list[tuple[str, str]]:
    """Return all columns of the tables of a ledger."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [(table, row[1]) for table in tables for row in connection.execute(f"PRAGMA table_info({table})")]


def put(good: Path, path: Path, change: Change) -> None:
    """Write a changed copy of a good ledger; SQLite keeps no other value in the column of a number of rows."""
    path.unlink(missing_ok=True)
    shutil.copyfile(good, path)
    with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.IntegrityError):
        change(connection)
        connection.commit()
