"""The shell offers files, models, columns and the words of an option."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecaster.cli import main
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


def asked(line: str) -> dict[str, str]:
    """Return the variables with which bash asks for the last word of a line."""
    return {"_FORECAST_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}


def test_a_process_offers_words() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **asked("forecast ev")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("evaluate\n", "")


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
def test_what_is_offered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, words: list[str]
) -> None:
    for name, value in asked(line).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["forecast"])
    with pytest.raises(SystemExit):
        main()
    out, err = capsys.readouterr()
    assert err == ""
    assert [word for word in out.split("\n") if word] == words


def test_files_without_a_header_of_text_have_no_columns() -> None:
    Path("packed.csv.gz").write_bytes(gzip.compress(Path("prices.csv").read_bytes()) + b"\0")
    Path("empty.csv").touch()
    assert column_names(Path("packed.csv.gz")) == []
    assert column_names(Path("empty.csv")) == []
    assert column_names(Path("parts")) == []
