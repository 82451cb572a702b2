"""Names of result files: legible, never the same for two names, and never out of their folder."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.batch.file_names import (
    HASH_DIGITS,
    LONGEST_NAME,
    comparison_key,
    distinct_names,
    distinct_series_names,
    file_name,
    possible_names,
    result_name,
)
from forecaster.files.unfinished import temporary_path

if TYPE_CHECKING:
    import random

NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("prices.csv", "prices"),
        ("a/b.c/prices.CSV.gz", "prices"),
        ("prices.zip", "prices"),
        ("prices.parquet", "prices"),
        ("models/BRK.B.joblib", "BRK.B"),
        ("BRK.B", "BRK.B"),
        (".csv", ".csv"),
        ("50%.csv", "50%"),
        ("a%2Fb.joblib", "a/b"),
    ],
)
def test_the_stem_of_a_file(file: str, name: str) -> None:
    assert result_name(file) == name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("EUR_USD 2024-01.v2~b", "EUR_USD 2024-01.v2~b"),
        ("Münchner Rück", "Münchner Rück"),
        ("日経", "日経"),
        ("BTC/USD", "BTC%2FUSD"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("", "%00"),
        ("-rf", "%2Drf"),
        ("=1+1", "%3D1%2B1"),
        ("100%", "100%25"),
        ("a\x1b[2J\n", "a%1B%5B2J%0A"),
        ("C:\\x*?", "C%3A%5Cx%2A%3F"),
        ("\u202etxt", "%E2%80%AEtxt"),
        ("\udcff", "%FF"),
        ("a. ", "a.%20"),
        ("a ", "a%20"),
        ("CON", "%43ON"),
        ("nul.2024", "%6Eul.2024"),
        ("aux .x", "%61ux .x"),
        ("Com\xb9", "%43om\xb9"),
        ("LPT9", "%4CPT9"),
        ("FORECA~1", "FORECA%7E1"),
        ("a~b~12", "a~b%7E12"),
        ("FORECAST~1", "FORECAST~1"),
        ("~1", "~1"),
        ("COM10", "COM10"),
        ("CONSUMER", "CONSUMER"),
        ("a\u3164b", "a%E3%85%A4b"),
    ],
)
def test_what_may_mean_something_is_encoded(name: str, written: str) -> None:
    assert file_name(name) == written


@given(NAMES)
def test_a_name_stays_in_its_folder_and_fits(name: str) -> None:
    written = file_name(name)
    assert Path("out", written).parent == Path("out")
    assert written not in {".", ".."}
    assert not written.startswith((".", "-", "~/"))
    assert not written.endswith((".", " "))
    assert re.fullmatch(r"(con|prn|aux|nul|(com|lpt)[0-9\xb9\xb2\xb3])( *\..*)?", written, re.IGNORECASE) is None
    assert written.isprintable()
    assert 0 < len(os.fsencode(written)) <= LONGEST_NAME


@given(NAMES, NAMES)
def test_two_names_are_never_one(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other or {one, other} == {"", "\0"})


@given(NAMES)
def test_the_result_of_a_result_has_its_name(name: str) -> None:
    written = file_name(name)
    assert file_name(result_name(f"{written}.joblib")) == written


def test_long_names_that_begin_alike_differ() -> None:
    one, other = (file_name("é" * 150 + end) for end in "ab")
    assert one != other
    assert one[:91] == other[:91] == "é" * 91
    assert len(one.encode()) == LONGEST_NAME - 1


FOLDERS = ("", "NYSE/", "LSE/", "nyse/", "prices/LSE/", "/data/LSE/", "./")
STEMS = (
    "IBM",
    "ibm",
    "Ibm",
    "IBM.v1",
    "\u212bngstr\xf6m",
    "\xc5ngstr\xf6m",
    "CON",
    "con",
    "run",
    "RUN",
    "failures",
    "é" * 120,
)
ALIKE = st.builds(
    "".join, st.tuples(st.sampled_from(FOLDERS), st.sampled_from(STEMS), st.sampled_from((".csv", ".CSV", ".txt", "")))
)
"""Sources whose names are easily taken for one another."""


def hashed(name: str, written: str | None = None) -> str:
    """Return a name with its hash."""
    return f"{written or name}~{sha256(name.encode()).hexdigest()[:HASH_DIGITS]}"


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["p/AAPL.csv", "p/IBM.csv"], ["AAPL", "IBM"]),
        (["NYSE/IBM.csv", "LSE/IBM.csv"], ["NYSE%2FIBM", "LSE%2FIBM"]),
        (["p/NYSE/IBM.csv", "q/NYSE/IBM.csv", "q/LSE/IBM.csv"], ["p%2FNYSE%2FIBM", "q%2FNYSE%2FIBM", "LSE%2FIBM"]),
        (["IBM.csv", "LSE/IBM.csv"], ["IBM", "LSE%2FIBM"]),
        (["/IBM.csv", "LSE/IBM.csv"], ["%2F%2FIBM", "LSE%2FIBM"]),
        (["p/a.csv", "p/a.txt", "p/b.csv"], ["a.csv", "a.txt", "b"]),
        (["p/a.csv", "p/a.csv.gz", "q/a.csv"], ["a.csv", "a.csv.gz", "a"]),
        (["p/AAPL.csv", "p/aapl.csv"], [hashed("AAPL"), hashed("aapl")]),
        (["p/\u212b.csv", "p/\xc5.csv"], [hashed("\u212b"), hashed("\xc5")]),
        (["p/Stra\xdfe.csv", "p/STRASSE.csv"], [hashed("Stra\xdfe"), hashed("STRASSE")]),
        (["p/e\u0301.csv", "p/\xe9.csv"], ["e%CC%81", "\xe9"]),
        (["NYSE/a.csv", "nyse/a.csv"], [hashed("NYSE/a", "NYSE%2Fa"), hashed("nyse/a", "nyse%2Fa")]),
        (["CON.csv", "con.csv"], ["%43ON", "%63on"]),
        (["failures.csv", "run.csv", "journal.txt"], ["%66ailures", "%72un", "%6Aournal"]),
        (["Forecasts.csv", "MODELS.csv", "parts"], ["%46orecasts", "%4DODELS", "%70arts"]),
        (["run.json", "runs.csv"], ["%72un.json", "runs"]),
    ],
)
def test_names_of_results_are_plain_where_they_can_be(files: list[str], names: list[str]) -> None:
    assert distinct_names(files) == dict(zip(files, names, strict=True))


@settings(max_examples=40)
@given(st.lists(ALIKE, unique=True, max_size=8), st.lists(ALIKE, unique=True, max_size=3), st.randoms())
def test_no_file_system_takes_two_names_for_one(files: list[str], earlier: list[str], order: random.Random) -> None:
    known = distinct_names(earlier)
    names = distinct_names(files, known)
    assert list(names) == files
    assert {file: names[file] for file in known if file in names}.items() <= known.items()
    assert len({comparison_key(name) for name in {**known, **names}.values()}) == len({*files, *earlier})
    for name in names.values():
        for ending in (".joblib", ".parquet"):
            assert len(temporary_path(Path(name + ending)).name.encode()) <= 255
    models = [f"models/{name}.joblib" for name in names.values()]
    assert list(distinct_names(models).values()) == list(names.values()), "a forecast has the name of its model"
    order.shuffle(files)
    assert distinct_names(files, known) == names
    if not any(each.startswith("./") for each in files):  # these may be one file under two names
        assert all(name in possible_names(file) for file, name in distinct_names(files).items())


def test_names_of_earlier_runs_stay() -> None:
    known = distinct_names(["LSE/IBM.csv", "p/AAPL.csv"])
    assert distinct_names(["LSE/IBM.csv", "NYSE/IBM.csv", "p/AAPL.csv", "p/aapl.csv"], known) == {
        "LSE/IBM.csv": "IBM",
        "NYSE/IBM.csv": "NYSE%2FIBM",
        "p/AAPL.csv": "AAPL",
        "p/aapl.csv": hashed("aapl"),
    }
    assert distinct_names(["p/aapl.csv"], known) == {"p/aapl.csv": hashed("aapl")}, "its earlier result may be there"


def test_a_name_that_is_made_to_look_like_a_hash() -> None:
    files = ["AAPL.csv", "aapl.csv", f"{hashed('aapl')}.csv"]
    names = distinct_names(files)
    assert len({comparison_key(name) for name in names.values()}) == 3
    assert names["AAPL.csv"] == hashed("AAPL")
    assert distinct_names(files[::-1]) == names


def test_one_file_under_two_names() -> None:
    assert len({comparison_key(name) for name in distinct_names(["p/a.csv", "./p/a.csv", "p//a.csv"]).values()}) == 3


def test_series_that_differ_in_case() -> None:
    assert distinct_series_names(["AAPL", "aapl", "run", "BTC/USD"]) == {
        "AAPL": hashed("AAPL"),
        "aapl": hashed("aapl"),
        "run": "run",
        "BTC/USD": "BTC%2FUSD",
    }


@given(st.lists(NAMES, unique=True, max_size=6))
def test_series_never_share_a_file(series: list[str]) -> None:
    names = distinct_series_names(series)
    assert list(names) == series
    assert len({comparison_key(name) for name in names.values()}) == len(series)


def test_many_files_are_named_in_linear_time() -> None:
    files = [f"{folder}/{number}.csv" for number in range(1500) for folder in ("a/x", "b/x")]
    names = distinct_names(files)
    assert names["b/x/7.csv"] == "b%2Fx%2F7"
    assert len(set(names.values())) == len(files)
