"""Errors and findings: their sentences, and copies at another place."""

from __future__ import annotations

import copyreg

import pytest

from forecaster.errors import Code, Finding, InputRefusedError, Place, TypedTextError, UsageError, counted


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("a.csv"), "a.csv"),
        (Place("a.csv", 3, "Close", "BTC"), "a.csv:3: series BTC: column Close"),
        (Place(series="BTC"), "series BTC"),
    ],
)
def test_a_place_names_only_what_is_known(place: Place, text: str) -> None:
    assert str(place) == text
    assert str(Finding(Code.GAP, "a gap", place)) == (f"{text}: a gap" if text else "a gap")


def test_an_error_is_one_sentence_with_a_remedy() -> None:
    error = InputRefusedError("is not a number", "write a number", Place("a.csv", 3), code=Code.NUMBER)
    assert str(error) == "a.csv:3: is not a number; write a number"
    assert (error.code, error.what, error.remedy) == (Code.NUMBER, "is not a number", "write a number")
    assert UsageError("no").code == Code.USAGE


def test_at_and_also_return_copies() -> None:
    error = InputRefusedError("is not a number", code=Code.NUMBER)
    other = Finding(Code.NUMBER, "is not a number", Place("a.csv", 9))
    copy = error.at(Place("a.csv", 3)).also([other])
    assert type(copy) is InputRefusedError
    assert [finding.place.line for finding in copy.findings] == [3, 9]
    assert error.findings == (Finding(Code.NUMBER, "is not a number"),)


def test_copies_share_nothing_where_a_library_registers_how_errors_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    error = InputRefusedError("is not a number")
    monkeypatch.setitem(copyreg.dispatch_table, InputRefusedError, lambda same: (lambda: same, ()))
    assert error.at(Place("a.csv", 3)).place.line == 3
    assert error.place.line is None
    typed = TypedTextError("a measure is expected", "write one", "skil < 0", 0)
    moved = typed.reworded(str.upper)
    assert (moved.what, moved.text, typed.what) == ("A MEASURE IS EXPECTED", "skil < 0", "a measure is expected")


def test_a_number_agrees_with_its_noun() -> None:
    assert [counted(count, "row") for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
