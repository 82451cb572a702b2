"""Names of result files: legible, never the same for two names, and never out of their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.batch.file_names import MOST_BYTES, decoded_stem, file_name

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
    assert decoded_stem(file) == name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("EUR_USD 2024-01.v2~b", "EUR_USD 2024-01.v2~b"),
        ("Münchner Rück", "Münchner Rück"),
        ("日経", "日経"),
        ("BTC/USD", "BTC%2FUSD"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("..", "%2E."),
        (".", "%2E"),
        ("", "%00"),
        ("-rf", "%2Drf"),
        ("=1+1", "%3D1%2B1"),
        ("100%", "100%25"),
        ("a\x1b[2J\n", "a%1B%5B2J%0A"),
        ("C:\\x*?", "C%3A%5Cx%2A%3F"),
        ("\u202etxt", "%E2%80%AEtxt"),
        ("\udcff", "%FF"),
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
    assert written.isprintable()
    assert 0 < len(os.fsencode(written)) <= MOST_BYTES


@given(NAMES, NAMES)
def test_two_names_are_never_one(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other or {one, other} == {"", "\0"})


@given(NAMES)
def test_the_result_of_a_result_has_its_name(name: str) -> None:
    written = file_name(name)
    assert file_name(decoded_stem(f"{written}.joblib")) == written


def test_long_names_that_begin_alike_differ() -> None:
    one, other = (file_name("é" * 150 + end) for end in "ab")
    assert one != other
    assert one[:91] == other[:91] == "é" * 91
    assert len(one.encode()) == MOST_BYTES - 1
