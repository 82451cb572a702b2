"""Does the program end in a defined way, whatever a model or a configuration file contains?

`bytes` are the models of all schemas that the tests keep, damaged as `mutants.py` damages tables. `content` are the
same models with other values, keys and arrays and with a digest that fits, so that only the audit can refuse them; what
it accepts must forecast finite numbers, also after the upgrades of an older schema. `configuration` is a TOML file with
many options, damaged in both ways. All run through the command line in this process; each mutant depends only on the
seed and its number. `refused` ended with 76 or 78, `accepted` otherwise in order.

    nice python benchmarks/mutants_of_models.py --count 20000
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import csv
import io
import json
import math
import pickle
import random
import resource
import sys
import tempfile
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np
from cells import table
from mutants import DAMAGES, LIMIT, SHOWN, limited

from forecaster.artifact import npz
from forecaster.artifact.document import FORMAT, content_digest, decode
from forecaster.cli import main as forecast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Parts = tuple[int, dict[str, Any], dict[str, Any]]

GOLDEN = Path(__file__).parents[1] / "tests" / "artifact" / "golden"
KINDS = ("bytes", "content", "configuration")
BYTES = [name for name in DAMAGES if name not in {"swap cells", "numbers", "lines"}]
"""The damages of `mutants.py` that do not need a table."""
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 7, 12, 100, 10_000, 2**31, 2**53, 2**63 - 1, -(2**63), 86_400_000_000),
    *(0.0, -0.0, 0.5, 1.0, -1.0, 5e-324, 1e-300, 1e300, -1e300, 1.7e308),
    *("", "a", "1", "UTC", "XNYS", "level", "returns", "2024-02-30", "9999-12-31", "../x", "=1+1", "%s%n", "YYYY"),
    *([], {}, [[]], [0], ["a"], [None], {"a": 1}),
]
NUMBERS = {"f": [0, -1, 1e300, -1e300, 5e-324, -0.0, 1e15, 6e4], "i": [0, -1, 2**63 - 1, -(2**63), 2**40, 7]}
"""Extreme numbers by the kind of an array."""
COMMANDS = (
    *(["predict", "--format", "csv"], ["predict", "--format", "csv", "--horizon", "9", "--level", "99"]),
    *(["predict", "--format", "csv", "--samples", "5"], ["inspect"], ["inspect", "--json"]),
)
CONFIGURATION = b"""model = "m.joblib"
target = ["Close", 'Adj Close']
quiet = true
seed = 0x2a
[train]
horizon = 5
lookback = 40
cell = "gru"
early-stopping = false
dropout = 1e-1
min = -inf
time-limit = 60.5
[predict]
level = [80, 95.5]
decimal = ","
"""
PIECES = [
    b"[",
    b"]",
    b"{",
    b"}",
    b"=",
    b".",
    b'"""',
    b"'''",
    b"\\u001b",
    b"0x",
    b"nan",
    b"1979-05-27T07:32:00Z",
    b"#",
    b"\0",
]
PIECES += [
    b"[[train]]\n",
    b"a.b.c = 1\n",
    b"\xff",
    b"\xef\xbb\xbf",
    b"9" * 5000,
    b"[" * 2000,
    b"a." * 2000,
    b"\r",
    b"_",
]


class Outcome(NamedTuple):
    """How a mutant ended: its number, its kind, the exit code, model or exception, seconds, and a fault if any."""

    number: int
    kind: str
    ending: str
    seconds: float
    fault: str


@cache
def golden() -> dict[str, tuple[bytes, Parts]]:
    """Return the models that are kept, as bytes and as parts, by name."""
    documents = {path.stem: (path.read_bytes(), decode(path)) for path in sorted(GOLDEN.glob("*.joblib"))}
    return {name: (data, (each.schema, each.meta, each.arrays)) for name, (data, each) in documents.items()}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return bytes after a few changes of one kind."""
    change = DAMAGES[rng.choice(BYTES)]
    for _ in range(1 + int(rng.expovariate(0.7))):
        data = change(data, rng) if data else data
    return data


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all values in a tree, except the tree itself."""
    items = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
    for key, part in items:
        yield (*path, key)
        yield from places(part, (*path, key))


def change_value(meta: dict[str, Any], rng: random.Random) -> None:
    """Remove, repeat, scale or replace one value; a new one is mostly of the old type."""
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for path in places(meta):
        groups.setdefault(path[0], []).append(path)
    path = rng.choice(groups[rng.choice(sorted(groups))])
    record: Any = meta
    for key in path[:-1]:
        record = record[key]
    old = record[path[-1]]
    match rng.randrange(5):
        case 0 if type(record) is dict:
            del record[path[-1]]
        case 1 if type(record) is list:
            record.append(copy.deepcopy(old))
        case 2 if type(old) in {int, float}:
            record[path[-1]] = old + rng.choice([1, -1, 10]) if rng.random() < 0.5 else old * rng.choice([2, 10, -1])
        case _:
            alike = [each for each in VALUES if type(each) is type(old)] if rng.random() < 0.8 else VALUES
            record[path[-1]] = copy.deepcopy(rng.choice(alike or VALUES))


def change_array(arrays: dict[str, Any], rng: random.Random) -> None:
    """Change one number of an array, or its length, type or order."""
    name = rng.choice(sorted(arrays))
    array = arrays[name].copy()
    match rng.randrange(6):
        case 0 | 1:
            with np.errstate(over="ignore"):
                array.reshape(-1)[rng.randrange(array.size)] = rng.choice(NUMBERS[array.dtype.kind])
        case 2:
            array = array[:-1] if len(array) > 1 else np.concatenate([array, array])
        case 3:
            with np.errstate(all="ignore"):
                array = array.astype(rng.choice(["<f8", "<i8", "<f4", "<f2"]))
        case 4:
            array = np.zeros_like(array)
        case _:
            array = array[::-1].copy()
    arrays[name] = array


def changed_content(parts: Parts, rng: random.Random, form: str = FORMAT) -> bytes:
    """Return a file of this format with a few other parts, whose digest fits; one in twenty states another schema."""
    schema, meta, arrays = parts[0], copy.deepcopy(parts[1]), dict(parts[2])
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if rng.random() < 0.3:
            change_array(arrays, rng)
        else:
            change_value(meta, rng)
    schema = rng.randint(0, 10) if rng.random() < 0.05 else schema
    try:
        block, digest = npz.pack_npz(arrays), content_digest(schema, meta, arrays)
    except Exception:  # noqa: BLE001 - what cannot be written is written as it was, so that the reader refuses it
        block, digest = npz.pack_npz(parts[2]), "0" * 64
    content = {"format": form, "schema": schema, "meta": meta, "arrays": block, "sha256": digest}
    return pickle.dumps(content, protocol=4)


def mutant(n: int, seed: int) -> tuple[str, bytes, list[str]]:
    """Return kind, content and command line of mutant number `n`; `FILE` stands for its file."""
    rng = random.Random(f"{seed} {n}")  # noqa: S311 - chance, not secrecy
    kind = KINDS[n % len(KINDS)]
    if kind == "configuration":
        data = damaged(CONFIGURATION, rng)
        for _ in range(rng.randrange(3)):
            place = rng.randrange(len(data) + 1)
            data = data[:place] + rng.choice(PIECES) + data[place:]
        return kind, data, ["train", "missing.csv", "--config", "FILE"]
    whole, parts = golden()[rng.choice(sorted(golden()))]
    command = rng.choice(COMMANDS)
    named = ["--model", "FILE"] if command[0] == "predict" else ["FILE"]
    return kind, damaged(whole, rng) if kind == "bytes" else changed_content(parts, rng), [*command, *named]


CODES = {"bytes": {0, 65, 76}, "content": {0, 65, 76}, "configuration": {2, 66, 78}}
"""How a mutant may end: 65 where a forecast needs values that nobody gave, 2 where options contradict each other."""


def judge(n: int, seed: int, path: Path) -> Outcome:
    """Run one mutant through the command line."""
    kind, data, command = mutant(n, seed)
    path.write_bytes(data)
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
    begin = time.perf_counter()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), limited():
        code = forecast([str(path) if each == "FILE" else each for each in command])
    seconds, said = time.perf_counter() - begin, err.getvalue()
    written = out.buffer.getvalue().decode()  # type: ignore[attr-defined] - a stream of bytes in memory
    fault = ""
    if code not in CODES[kind] or "unexpected error" in said:
        fault = f"ended with {code}: {said[-200:]}"
    elif not said.replace("\n", "").isprintable() or max(map(len, said.splitlines()), default=0) > 2000:
        fault = f"a sentence that is too long or not printable: {said[:200]!a}"
    elif code == 0 and command[0] == "predict" and not all_finite(written):
        fault = "a forecast that is not finite"
    return Outcome(n, kind, str(code), seconds, fault)


def all_finite(written: str, column: str = "forecast") -> bool:
    """Return whether all forecasts of a CSV text, or the numbers in other columns, are finite."""
    rows = csv.DictReader(io.StringIO(written))
    numbers = [value for row in rows for name, value in row.items() if name.startswith(column)]
    return bool(numbers) and all(math.isfinite(float(number or "nan")) for number in numbers)


def outcome_of(judge: Callable[[], Outcome], n: int, kind: str) -> Outcome:
    """Return the outcome of one mutant, also if an exception leaves the program."""
    try:
        return judge()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - every kind of exception is a result here
        return Outcome(n, kind, type(error).__name__, float(LIMIT), f"{type(error).__name__}: {error}")


def summary(outcomes: list[Outcome]) -> list[dict[str, object]]:
    """Return one row for each kind."""
    count: Callable[[list[Outcome], set[str]], int] = lambda group, codes: sum(each.ending in codes for each in group)  # noqa: E731 - used twice below
    groups = {kind: [each for each in outcomes if each.kind == kind] for kind in KINDS}
    return [
        {
            "kind": kind,
            "mutants": len(group),
            "refused": count(group, {"76", "78"}),
            "accepted": count(group, {"0", "2", "65", "66"}),
            "faults": sum(bool(each.fault) for each in group),
            "slowest_s": max((each.seconds for each in group), default=0.0),
        }
        for kind, group in groups.items()
    ]


def read_request(description: str | None, count: int) -> argparse.Namespace:
    """Return which mutants the command line wants, `count` of them unless it says how many."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=count, help="number of mutants")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--seed", type=int, default=0, help="seed of all of them")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args()


def print_and_exit(found: dict[str, Any], outcomes: Sequence[Outcome], *, as_json: bool) -> NoReturn:
    """Print a table and the first faults, and end with exit code 1 if there is a fault."""
    faults = [f"{each.number} {each.kind}: {each.fault}" for each in outcomes if each.fault]
    listed = faults[:SHOWN]
    print(json.dumps(found | {"faults": listed}) if as_json else "\n".join([table(found), *listed]))
    sys.exit(1 if faults else 0)


def main() -> None:
    """Judge the mutants, print the table and the first faults, and end with exit code 1 if there is a fault."""
    asked = read_request(__doc__, 3000)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        path = Path(folder) / "mutant"
        numbers = range(asked.first, asked.first + asked.count)
        outcomes = [outcome_of(partial(judge, n, asked.seed, path), n, KINDS[n % len(KINDS)]) for n in numbers]
    found = {"rows": summary(outcomes), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print_and_exit(found, outcomes, as_json=asked.json)


if __name__ == "__main__":
    main()
