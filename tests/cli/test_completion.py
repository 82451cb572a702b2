"""The shell offers files, models, columns and the words of an option."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecaster.cli.completion import column_names

PROGRAM = "from forecaster.cli import main; main()"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("prices.csv").write_text("Date,Close,Close adjusted,Volume\n2024-01-02,1,2,3\n2024-01-03,1,2,3\n")
    Path("prices.txt").write_text("# from the bank\n\nDatum;Kurs\n02.01.2024;1,5\n03.01.2024;1,6\n")
    Path("next.joblib").touch()
    Path("notes.md").touch()
    Path("parts").mkdir()


def offered(line: str) -> list[str]:
    """Return what bash offers for the last word of a line."""
    words = {"_FORECAST_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **words},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return [word for word in done.stdout.split("\n") if word]


@pytest.mark.sampled("forecast ev-*", "* --target Cl-*", "forecast train none*")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("forecast ev", ["evaluate"]),
        ("forecast train p", ["parts/", "prices.csv", "prices.txt"]),
        ("forecast predict --model ", ["next.joblib", "parts/"]),
        ("forecast inspect ", ["next.joblib", "parts/"]),
        ("forecast train prices.csv --target Cl", ["Close", "Close adjusted"]),
        ("forecast train prices.txt -H 5 --time ", ["Datum", "Kurs"]),
        ("forecast train prices.csv --observed Volume,Cl", ["Volume,Close", "Volume,Close adjusted"]),
        ("forecast train --cell ", ["rnn", "gru", "lstm"]),
        ("forecast train none.csv --target ", []),
    ],
)
def test_what_is_offered(line: str, words: list[str]) -> None:
    assert offered(line) == words


def test_files_without_a_header_of_text_have_no_columns() -> None:
    Path("packed.csv.gz").write_bytes(gzip.compress(Path("prices.csv").read_bytes()) + b"\0")
    Path("empty.csv").touch()
    assert column_names(Path("packed.csv.gz")) == []
    assert column_names(Path("empty.csv")) == []
    assert column_names(Path("parts")) == []
