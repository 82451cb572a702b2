"""Write the sources of a small batch, and read what a run of `forecast batch` over them left."""

from __future__ import annotations

import csv
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = {"run.json", "ledger.sqlite"}
"""Files whose content depends on the time of the day."""


class Result(NamedTuple):
    """Exit code of a run, and what it wrote to standard output and standard error."""

    code: int
    out: str
    err: str


def write_level(file: Path, seed: int, rows: int = 60) -> None:
    """Write daily values with a week in them."""
    rng, days = np.random.default_rng(seed), np.datetime64("2024-01-01") + np.arange(rows)
    values = 50 + 5 * np.sin(2 * np.pi * np.arange(rows) / 7) + rng.normal(0, 1, rows)
    lines = [f"{day},{value:.2f}" for day, value in zip(days, values, strict=True)]
    file.write_text("\n".join(["date,value", *lines, ""]))


def add_row(file: Path, value: str = "51.3") -> None:
    """Append the value of the next day."""
    last = np.datetime64(file.read_text().splitlines()[-1].split(",")[0])
    file.write_text(file.read_text() + f"{last + 1},{value}\n")


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file of results."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in RECORDS]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.startswith(".")
    }


def record(folder: Path) -> dict[str, Any]:
    """Return the record of the last run."""
    content: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return content


def sources(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the record of each source by its name."""
    return {each["name"]: each for each in record(folder)["sources"]}


def failures(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the list of failures."""
    return list(csv.DictReader((folder / "failures.csv").read_text().splitlines()))


def statuses(file: Path) -> list[str]:
    """Return the status of each row of a forecast file."""
    return [row["status"] for row in csv.DictReader(file.read_text().splitlines())]
