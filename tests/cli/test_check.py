"""`forecast check` prints findings as data, refuses with the code of the error, and writes the repaired table."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest

from forecaster.cli.findings import finding_lines, group_findings
from forecaster.errors import Code, Finding, Place
from forecaster.spec import Selection, Specification

Forecast = Any
SENTENCE = "bad.csv:3: column Close: 'abc' is not a number; correct it"


def test_findings_are_data(forecast: Forecast, fake: Any) -> None:
    result = forecast("check", "a.csv", "-H", "7", "--irregular")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "file,line,column,series,code,text,remedy\nprices.csv,,,,SORTED,the rows were newest first,\n"
    )
    assert fake.calls[-1][1] == (["a.csv"],)
    assert fake.asked == {
        "selection": Selection(),
        "repair": "safe",
        "specification": Specification(horizon=7, irregular=True),
        "with_repaired": False,
    }


def test_a_refused_file_is_a_finding_and_an_error(forecast: Forecast) -> None:
    result = forecast("check", "bad.csv", "--format", "json")
    assert (result.code, result.err) == (65, f"error: {SENTENCE}\n")
    assert json.loads(result.out)[1] == {
        "file": "bad.csv",
        "line": 3,
        "column": "Close",
        "series": "",
        "code": "NUMBER",
        "text": "'abc' is not a number",
        "remedy": "correct it",
    }


def test_of_several_files_some_may_be_refused(forecast: Forecast) -> None:
    result = forecast("check", "a.csv", "bad.csv", "--format", "jsonl")
    assert (result.code, result.err) == (3, f"failed: {SENTENCE}\n1 of 2 files accepted\n")
    assert [json.loads(line)["line"] for line in result.out.splitlines()] == [None, 3]
    result = forecast("check", "a.csv", "b.csv")
    assert (result.code, result.err) == (0, "2 of 2 files accepted\n")
    assert forecast("check", "a.csv", "b.csv", "--quiet").err == ""


def test_a_failed_series_is_named(forecast: Forecast, fake: Any) -> None:
    fake.failed = {"b": "too few rows"}
    result = forecast("check", "a.csv", "--quiet")
    assert (result.code, result.err) == (3, "failed: b: too few rows\n")


def test_the_table_is_for_people(forecast: Forecast) -> None:
    result = forecast("check", "bad.csv", "--format", "table")
    assert result.out.splitlines() == [
        "where                    code    finding",
        "prices.csv               SORTED  the rows were newest first",
        "bad.csv:3: column Close  NUMBER  'abc' is not a number; correct it",
    ]


def test_a_file_without_faults_is_said_to_have_none(forecast: Forecast, fake: Any) -> None:
    none = "Nothing unusual or wrong was found."
    assert none not in forecast("check", "a.csv", "--format", "table").out
    fake.findings = (Finding("CHOSEN", "time column ds, target y", Place("a.csv")),)
    assert forecast("check", "a.csv", "--format", "table").out.splitlines()[-1] == none
    assert none not in forecast("check", "a.csv", "--format", "csv").out


def test_a_table_lists_twenty_and_counts_the_others() -> None:
    many = [Finding("NUMBER", f"fault {letter}", Place("a\x1b.csv", i)) for i, letter in enumerate(ascii_letters[:23])]
    lines = finding_lines(many, None)
    assert len(lines) == 22
    assert lines[1].startswith("a\\x1b.csv:0")
    assert lines[-1] == "and 3 more; --verbose for all"
    assert len(finding_lines(many[:20], None)) == 21


def test_texts_stand_below_their_places_where_these_leave_no_room() -> None:
    finding = Finding(
        "GAP", "2 expected rows are missing between 2021-04-19 and 2021-05-03", Place("a.csv", 69, "sales")
    )
    assert finding_lines([finding], 60) == [
        "GAP  a.csv:69: column sales",
        "  2 expected rows are missing between 2021-04-19 and",
        "  2021-05-03",
    ]
    assert finding_lines([finding], 120)[0].split() == ["where", "code", "finding"]


def test_many_findings_of_one_kind_are_one_with_their_number() -> None:
    texts = [f"'{'xy'[i % 2]}' is no number, on 2024-01-{i}" for i in range(1000)]
    same = [Finding("NUMBER", text, Place("a.csv", i)) for i, text in enumerate(texts)]
    other = Finding("NUMBER", "the column is empty", Place("a.csv"))
    elsewhere = [Finding("NUMBER", f"'{i}' is no number, on 2024-01-01", Place("b.csv", i)) for i in range(20)]
    first, *others = group_findings([*same[:9], other, *same[9:], *elsewhere])
    assert first == Finding("NUMBER", f"{same[0].text} (the first of 1000 such findings)", Place("a.csv", 0))
    assert others == [other, *elsewhere]


def test_csv_has_one_line_for_many_findings_and_json_all(forecast: Forecast, fake: Any) -> None:
    fake.findings = tuple(Finding("NUMBER", f"'{i}' is no number", Place("a.csv", i)) for i in range(300))
    assert len(forecast("check", "a.csv", "--format", "csv").out.splitlines()) == 2
    assert len(json.loads(forecast("check", "a.csv", "--format", "json").out)) == 300


def test_the_repaired_table_is_written_if_the_file_is_accepted(forecast: Forecast, fake: Any) -> None:
    result = forecast("check", "a.csv", "-o", "fixed.csv")
    assert (result.code, result.err) == (0, "Written to fixed.csv\n")
    assert fake.asked["with_repaired"]
    assert Path("fixed.csv").read_text() == "Date,Close\n01.02.2024,1.5\n"
    assert forecast("check", "bad.csv", "-o", "other.csv").code == 65
    assert not Path("other.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["a.csv", "b.csv", "-o", "fixed.csv"], 2, "--output is for one SOURCE; repair the files one by one"),
        (["a.csv", "-o", "a.csv"], 2, "a.csv is used twice and would be overwritten; name another file"),
        (["a.csv", "-o", "no/such/folder/fixed.csv"], 73, "create the folder first"),
        (["a.csv", "-o", "fixed"], 2, "the ending of fixed does not name a format"),
    ],
)
def test_places_for_the_repaired_table_are_settled_first(
    forecast: Forecast, fake: Any, arguments: list[str], code: int, sentence: str
) -> None:
    result = forecast("check", *arguments)
    assert result.code == code
    assert sentence in result.err
    assert not fake.calls


def test_standard_output_holds_one_thing(forecast: Forecast, fake: Any) -> None:
    result = forecast("check", "a.csv", "-o", "-")
    assert result.code == 2
    assert "--output needs a file: standard output is for the findings" in result.err
    assert not fake.calls


def test_a_terminal_is_not_read_as_a_file(forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    monkeypatch.setattr(sys, "stdin", terminal)
    assert "pipe a file in, or name one" in forecast("check", "-").err


def test_a_screen_shows_the_findings_that_fit() -> None:
    lines = ", ".join(map(str, range(1, 21)))
    found = [Finding(Code.DUP, f"rows were dropped, on lines {lines} and others", Place(f"{i}.csv")) for i in range(15)]
    shown = finding_lines(found, 60, 10)
    assert len(shown) <= 10
    assert "1, 2, 3 and others" in " ".join(shown)
    assert re.fullmatch(r"and \d+ more; --verbose for all", shown[-1])
    assert len(finding_lines(found, None)) == 16
