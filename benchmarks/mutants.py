"""Does the program end in a defined way, whatever a file contains? Good files are damaged at random and checked.

A mutant is one of ten good files with one kind of damage, applied once or a few times. It is checked as by
`forecast check`, in worker processes; every 200th is also checked by the command line, whose result must be the same.
The script counts mutants that are accepted with the values of the good file, mutants that are accepted with other
values (no reader can notice that a digit became another digit), refused mutants, mutants with an exception that is not
a refusal, and mutants that take more than ten seconds. Each mutant depends only on the seed and its number.

    python benchmarks/mutants.py --count 20000 --jobs 2
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cells import table

from forecaster.spec import Selection
from forecaster.workflow.check import check as check_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from forecaster.workflow.results import Check

CORPUS = Path(__file__).parents[1] / "tests" / "reading" / "corpus"
FILES = (
    "a01_canonical.csv",
    "a03_utf16le_bom.csv",
    "a15_euro_thousands_dot.csv",
    "a24_month_name.csv",
    "a32_embedded_newline.csv",
    "b01_yahoo_old.csv",
    "b03_yfinance_multiheader.csv",
    "b04_investing_com.csv",
    "b33_gzip.csv.gz",
    "c14_mixed_offsets.csv",
)
LIMIT, WAITING = 10, 600
"""Seconds of the processor, and of the clock, after which a mutant counts as one that hangs."""
THROUGH_THE_COMMAND_LINE = 200
SHOWN = 20
"""Faults that are listed below the table."""
REFUSALS = (65, 66)

CONTROL = [bytes([n]) for n in (*range(32), 127)] + ["\u2028".encode(), "\u202e".encode(), "\ufeff".encode()]
QUOTES = [b'"', b"'", b'""', b'"\n', "\u2019".encode()]
DELIMITERS = [b",", b";", b"\t", b"|", b",,,", b" "]
NUMBERS = [
    b"0",
    b"-1",
    b"1e308",
    b"1e999",
    b"nan",
    b"inf",
    b"0x1F",
    b"1_000",
    b"9" * 400,
    b"1.2.3",
    b"-",
    "\uff11\uff12".encode(),
]


class Outcome(NamedTuple):
    """The result of one mutant.

    Attributes:
        number: Its number.
        file: The good file.
        damage: The kind of damage.
        ending: `same`, `other`, a code such as `65`, or the name of an exception.
        seconds: Time of the check.
        note: Description of the fault; empty if there is none.

    """

    number: int
    file: str
    damage: str
    ending: str
    seconds: float
    note: str = ""


class HangError(BaseException):
    """A check takes too long; not an `Exception`, so that the code under test does not catch it."""


def span(data: bytes, rng: random.Random) -> tuple[int, int]:
    """Return where a short piece of the data begins and ends."""
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + int(rng.expovariate(0.1)) + 1)


def flip(data: bytes, rng: random.Random) -> bytes:
    """Change one bit."""
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def delete(data: bytes, rng: random.Random) -> bytes:
    """Remove a piece."""
    start, stop = span(data, rng)
    return data[:start] + data[stop:]


def duplicate(data: bytes, rng: random.Random) -> bytes:
    """Repeat a piece."""
    start, stop = span(data, rng)
    return data[:stop] + data[start:]


def truncate(data: bytes, rng: random.Random) -> bytes:
    """Remove everything after a random place."""
    return data[: rng.randrange(len(data) + 1)]


def insert(data: bytes, rng: random.Random, pieces: Sequence[bytes]) -> bytes:
    """Insert one of the pieces at a random place."""
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(pieces) + data[place:]


def cells(data: bytes, rng: random.Random) -> bytes:
    """Exchange two random cells of the table."""
    parts = re.split(rb"([,;\t|\n])", data)
    one, other = (2 * rng.randrange((len(parts) + 1) // 2) for _ in range(2))
    parts[one], parts[other] = parts[other], parts[one]
    return b"".join(parts)


def number(data: bytes, rng: random.Random) -> bytes:
    """Replace a cell by a number in an unusual form."""
    parts = re.split(rb"([,;\t|\n])", data)
    parts[2 * rng.randrange((len(parts) + 1) // 2)] = rng.choice(NUMBERS)
    return b"".join(parts)


def lines(data: bytes, rng: random.Random) -> bytes:
    """Exchange two lines, drop one, or repeat one elsewhere."""
    found = data.splitlines(keepends=True) or [b""]
    one, other = rng.randrange(len(found)), rng.randrange(len(found))
    match rng.randrange(3):
        case 0:
            found[one], found[other] = found[other], found[one]
        case 1:
            del found[one]
        case _:
            found.insert(other, found[one])
    return b"".join(found)


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flip a bit": flip,
    "delete": delete,
    "duplicate": duplicate,
    "truncate": truncate,
    "swap cells": cells,
    "lines": lines,
    "control characters": partial(insert, pieces=CONTROL),
    "quotes": partial(insert, pieces=QUOTES),
    "delimiters": partial(insert, pieces=DELIMITERS),
    "numbers": number,
}


def mutant(n: int, seed: int) -> tuple[str, str, bytes]:
    """Return the good file, the damage and the content of mutant number `n`."""
    rng = random.Random(f"{seed} {n}")  # noqa: S311 - chance, not secrecy
    name, damage = rng.choice(FILES), rng.choice(list(DAMAGES))
    data = (CORPUS / name).read_bytes()
    for _ in range(1 + int(rng.expovariate(0.7))):
        data = DAMAGES[damage](data, rng) if data else data
    return name, damage, data


@cache
def good(name: str) -> pd.DataFrame:
    """Return the table that a good file holds, with its columns numbered."""
    table = check(CORPUS / name).repaired
    if table is None:
        sys.exit(f"{name} is refused without damage")
    return table.set_axis(range(table.shape[1]), axis=1)


def check(path: Path) -> Check:
    """Return the result of reading a file."""
    return check_files([str(path)], selection=Selection(targets=targets(path.name)), with_repaired=True)


def targets(name: str) -> tuple[str, ...]:
    """Return the target columns that must be named for a file, if any."""
    return ("Price",) if name == "b04_investing_com.csv" else ()


def judge(n: int, seed: int, folder: str) -> Outcome:
    """Check one mutant; check some of them by the command line, too."""
    name, damage, data = mutant(n, seed)
    path = Path(folder) / str(n) / name
    path.parent.mkdir()
    path.write_bytes(data)
    begin = time.perf_counter()
    ending, note = check_in_order(path)
    seconds = time.perf_counter() - begin
    if n % THROUGH_THE_COMMAND_LINE == 0 and not note:
        note = differs_outside(path, int(ending) if ending.isdecimal() else 0)
    path.unlink()
    path.parent.rmdir()
    return Outcome(n, name, damage, ending, seconds, note)


@contextmanager
def limited() -> Iterator[None]:
    """Raise `HangError` in the block after `LIMIT` seconds of the processor, or `WAITING` of the clock."""

    def stop(*_: object) -> None:
        raise HangError

    timers = {signal.SIGPROF: (signal.ITIMER_PROF, LIMIT), signal.SIGALRM: (signal.ITIMER_REAL, WAITING)}
    for number, (timer, seconds) in timers.items():
        signal.signal(number, stop)
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for timer, _ in timers.values():
            signal.setitimer(timer, 0)


def check_in_order(path: Path) -> tuple[str, str]:
    """Return how the check of a file ended, and a description of the fault."""
    try:
        with warnings.catch_warnings(action="error"), limited():
            found = check(path)
    except HangError:
        return "hang", f"more than {LIMIT} s of the processor"
    except Exception as error:  # noqa: BLE001 - every kind of exception is a result here
        return type(error).__name__, f"{type(error).__name__}: {error}"
    for error in found.refused.values():
        return str(error.exit_code), "" if error.exit_code in REFUSALS else str(error)
    first = good(path.name)
    alike = found.repaired.shape == first.shape and found.repaired.set_axis(first.columns, axis=1).equals(first)
    return "same" if alike else "other", ""


def differs_outside(path: Path, code: int) -> str:
    """Return how the result of the command line differs from `code`, or empty text."""
    named = [part for target in targets(path.name) for part in ("--target", target)]
    command = [sys.executable, "-m", "forecaster", "check", str(path), *named]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WAITING)  # noqa: S603 - written above
    if done.returncode == code and "Traceback" not in done.stderr:
        return ""
    return f"forecast check ends with {done.returncode} and not with {code}: {done.stderr.strip()[-200:]}"


def summary(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """Return one row for each kind of damage and one for all."""
    groups = {damage: [each for each in outcomes if each.damage == damage] for damage in DAMAGES}
    rows = []
    for name, group in {**groups, "all": outcomes}.items():
        endings = Counter(each.ending for each in group)
        rows.append(
            {
                "damage": name,
                "mutants": len(group),
                "same values": endings["same"],
                "other values": endings["other"],
                **{f"refused {code}": endings[str(code)] for code in REFUSALS},
                "faults": sum(bool(each.note) for each in group),
                "hangs": endings["hang"],
                "slowest_s": max((each.seconds for each in group), default=0.0),
            }
        )
    return rows


def main() -> None:
    """Judge the mutants, print the table and the first faults, and end with exit code 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="number of mutants")
    parser.add_argument("--seed", type=int, default=0, help="seed of all of them")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the mutants with faults are kept")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    for name in FILES:
        good(name)  # read once, before the workers begin
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(asked.jobs) as pool:
        work = partial(judge, seed=asked.seed, folder=folder)
        outcomes = sorted(pool.imap_unordered(work, range(asked.count), chunksize=20))
    faults = [each for each in outcomes if each.note]
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
        for each in faults:
            (asked.keep / f"{each.number}_{each.file}").write_bytes(mutant(each.number, asked.seed)[2])
    found = {"rows": summary(outcomes)}
    listed = [f"{each.number} {each.file}, {each.damage}: {each.note}" for each in faults[:SHOWN]]
    print(json.dumps(found | {"faults": listed}) if asked.json else "\n".join([table(found), *listed]))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
