"""A mistyped file name is answered with the nearest one."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecaster.files.similar import similar_file


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("price.csv", "prices.csv"),
        ("Prices.CSV", "prices.csv"),
        ("prices", "prices.csv"),
        ("prcies.csv", "prices.csv"),
        ("hidden", ""),
        ("sales.csv", ""),
        ("none/prices.csv", ""),
        ("data/sale.csv", "data/sales.csv"),
    ],
)
def test_the_nearest_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, meant: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for name in ("prices.csv", ".hidden", "data/sales.csv"):
        Path(name).touch()
    assert similar_file(typed) == meant
