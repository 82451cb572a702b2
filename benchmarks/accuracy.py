"""How accurate is the program without options, on public data with published figures?

Run the command line on one data set as a user would, with only the horizon and the columns. Score the files that it
writes by the published definitions, and print the table of the data set or write it into a page. docs/accuracy.md says
which files the folder contains and what the scores mean.

    python benchmarks/accuracy.py m4_weekly --data FOLDER --docs docs/accuracy.md
"""

from __future__ import annotations

import argparse
import gzip
import platform
import shlex
import shutil
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from accuracy_prices import EXCHANGE_RATE, PRICES
from accuracy_sets import COMPETITIONS, ELECTRICITY, ETTH1
from cells import processor
from end_to_end import cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accuracy_sets import Command, Figure
    from end_to_end import Cost


class DataSet(Protocol):
    """The commands to run in a folder with the files of a data set, and the scores of the files that they write."""

    def commands(self, work: Path) -> Sequence[Command]:
        """Return the commands to run, without the name of the program."""

    def figures(self, work: Path) -> Sequence[Figure]:
        """Score the files that the commands have written."""


PRICE_SETS = {"exchange_rate": EXCHANGE_RATE, "prices": PRICES}
SETS: dict[str, DataSet] = {**COMPETITIONS, "etth1": ETTH1, **PRICE_SETS, "electricity": ELECTRICITY}
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"
HEADING = ("data", "metric", "ours", "anchors", "time and memory", "command", "versions")
PACKAGES = ("forecaster-rnn", "numpy", "pandas")


def unpack(folder: Path, work: Path) -> None:
    """Put the CSV files of a data set into the work folder, uncompressed.

    Raises:
        FileNotFoundError: The folder has none.

    """
    files = sorted((*folder.glob("*.csv"), *folder.glob("*.csv.gz")))
    if not files:
        raise FileNotFoundError(f"{folder} has no CSV files; --data names the folder above the data sets")
    for file in files:
        packed = file.suffix == ".gz"
        content = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
        (work / (file.stem if packed else file.name)).write_bytes(content)


def measured(commands: Sequence[Command], work: Path) -> list[Cost]:
    """Run the commands in their order and return what each took.

    All commands run before anything is scored: the system counts the memory of this process as a minimum of theirs.
    """
    found = []
    for number, command in enumerate(commands, 1):
        print(f"{number}/{len(commands)} forecast {shlex.join(command)}", file=sys.stderr)
        found.append(cost((sys.executable, "-m", "forecaster", *command), work))
    return found


def costs_in_words(commands: Sequence[Command], costs: Sequence[Cost]) -> str:
    """Return the time by the verbs of the commands, and the highest peak of memory."""
    seconds: dict[str, float] = defaultdict(float)
    for command, each in zip(commands, costs, strict=True):
        seconds[command[0]] += each.seconds
    times = ", ".join(f"{verb} {spent:.1f} s" for verb, spent in seconds.items())
    return f"{times}; {max(each.megabytes for each in costs):.0f} MB"


def setting() -> str:
    """Return what the figures and times depend on besides the commands."""
    versions = [f"{name} {version(name)}" for name in PACKAGES]
    return ", ".join([*versions, f"Python {platform.python_version()}", processor()])


def rows(name: str, figures: Sequence[Figure], commands: Sequence[Command], costs: Sequence[Cost]) -> list[str]:
    """Return the rows of a data set; the first row also has the first command, and time and memory of all."""
    command = f"`forecast {shlex.join(commands[0])}`"
    ran = (costs_in_words(commands, costs), command, setting())
    cells = [
        (name, each.metric, each.ours, each.anchors, *(ran if number == 0 else ("", "", "")))
        for number, each in enumerate(figures)
    ]
    return [table_row(each) for each in cells]


def table_row(cells: Sequence[str]) -> str:
    """Return the cells as a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def with_rows(page: str, new: Sequence[str]) -> str:
    """Return the page with the rows of one data set in its table, in the order of the data sets.

    Raises:
        ValueError: The page has no place for the table.

    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page needs one line {BEGIN} and one line {END}")
    before, rest = page.split(BEGIN)
    table, after = rest.split(END)
    old = [line for line in table.splitlines() if line.startswith("| ")][1:]
    kept = [line for line in old if set_of(line) != set_of(new[0])]
    names = list(SETS)
    body = sorted([*kept, *new], key=lambda line: names.index(set_of(line)))
    return "\n".join([before + BEGIN, table_row(HEADING), "|---" * len(HEADING) + "|", *body, END + after])


def set_of(row: str) -> str:
    """Return the name of the data set in the first cell of a row."""
    return row.split("|")[1].strip()


def chosen(asked: argparse.Namespace) -> DataSet:
    """Return the data set with the settings of the command line."""
    if asked.set in PRICE_SETS:
        return replace(PRICE_SETS[asked.set], peer=asked.peer)
    return replace(ETTH1, step=asked.step) if asked.set == "etth1" else SETS[asked.set]


def arguments() -> argparse.Namespace:
    """Return the arguments of the command line, with the full path of the peer's interpreter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=SETS, metavar="SET", help=", ".join(SETS))
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder with a folder for each set")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="page whose table gets the rows")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="folder to leave everything in that is written")
    parser.add_argument("--step", type=int, default=1, help="rows between the origins of etth1 (published: 1)")
    parser.add_argument("--peer", metavar="PYTHON", help="interpreter of an environment that has arch, for prices")
    asked = parser.parse_args()
    if asked.peer:
        # Not resolved: the interpreter of a virtual environment is a link that must keep its place.
        asked.peer = str(Path(shutil.which(asked.peer) or parser.error(f"{asked.peer} is no program")).absolute())
    elif asked.set in PRICE_SETS:
        print("GJR-GARCH is left out: --peer names the interpreter of an environment that has arch", file=sys.stderr)
    return asked


def main() -> None:
    """Run the benchmark on one data set, print its rows, and write them into the page."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        if asked.keep:
            work = asked.keep.resolve()
            work.mkdir(parents=True, exist_ok=True)
        unpack(asked.data / asked.set, work)
        data_set = chosen(asked)
        commands = data_set.commands(work)
        costs = measured(commands, work)
        found = rows(asked.set, data_set.figures(work), commands, costs)
    print("\n".join([table_row(HEADING), *found]))
    if asked.docs:
        asked.docs.write_text(with_rows(asked.docs.read_text(encoding="utf-8"), found), encoding="utf-8")


if __name__ == "__main__":
    main()
