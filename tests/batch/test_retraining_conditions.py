"""Conditions of retraining: what they mean, what is refused and where, and that nothing else is ever evaluated."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.batch.retraining_conditions import MOST_CHARACTERS, check_levels, parse_condition
from forecaster.cli import main
from forecaster.errors import TypedTextError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0
KNOWN = {"skill": -12.34, "coverage80": 71.0, "coverage95": 96.0, "age": 40 * DAY, "rows": 41, "drift": False}


@pytest.mark.parametrize(
    ("text", "truth", "because"),
    [
        ("skill < 0", True, ("skill -12.34 < 0",)),
        ("skill < 0 or age > 30d", True, ("skill -12.34 < 0",)),
        ("SKILL<0 AND age>30d", True, ("skill -12.34 < 0", "age 40 days > 30 days")),
        ("age >= 6w or rows > 40", True, ("rows 41 > 40",)),
        ("age > 960h", False, ("age 40 days > 40 days",)),
        ("coverage < 72%", True, ("coverage80 71 < 72",)),
        ("coverage95 < 96.5 and coverage80 <= 71", True, ("coverage95 96 < 96.5", "coverage80 71 <= 71")),
        ("not skill > -5", True, ("not skill -12.34 > -5",)),
        ("not (skill > 0 or drift) and rows > .5", True, ("not skill -12.34 > 0", "not drift", "rows 41 > 0.5")),
        ("drift", False, ("drift",)),
        # and binds more closely than or
        ("rows > 1 or rows > 2 and rows > 99", True, ("rows 41 > 1",)),
        ("(rows > 1 or rows > 2) and rows > 99", False, ("rows 41 > 99",)),
        # what is not known is neither true nor false
        ("mae < 5", None, ("mae is not known yet",)),
        ("not mae < 5", None, ("not mae is not known yet",)),
        ("mae < 5 or rows > 40", True, ("rows 41 > 40",)),
        ("mae < 5 and rows > 99", False, ("rows 41 > 99",)),
        ("mae < 5 and rows > 40", None, ("mae is not known yet", "rows 41 > 40")),
    ],
)
def test_a_condition_is_judged(text: str, truth: bool | None, because: tuple[str, ...]) -> None:
    assert parse_condition(text).judge(KNOWN) == (truth, because)


@pytest.mark.parametrize(
    ("text", "character", "what"),
    [
        ("", 1, "a measure is expected"),
        (
            "skil < 0",
            1,
            "a measure is expected: skill, mae, wql, coverage, bias, rows, scored, age or drift, not 'skil'",
        ),
        ("skill < 0 or agee > 30d", 14, "a measure is expected"),
        ("skill = 0", 7, "one of < <= > >= is expected after skill, not '='"),
        ("skill 0", 7, "one of < <= > >= is expected"),
        ("skill <", 8, "a number is expected"),
        ("skill < 3d", 9, "a number is expected, not '3d'"),
        ("age > 30", 7, "a duration such as 30d or 12h is expected, of at most 100 years, not '30'"),
        ("age > 101000w", 7, "a duration"),
        ("(skill < 0", 1, "this parenthesis is not closed"),
        ("(skill < 0 skill", 12, "and, or, or ) is expected"),
        ("skill < 0)", 10, "and, or, or the end is expected, not ')'"),
        ("skill < 0 xor drift", 11, "and, or, or the end is expected"),
        ("skill < 0 or", 13, "a measure is expected"),
        ("coverage120 < 5", 1, "a level lies between 0 and 100"),
        ("__import__('os')", 1, "a measure is expected"),
        ("skill < 1e999", 9, "a number is expected"),
        ("(" * 60 + "drift" + ")" * 60, 51, "more than 50 parentheses"),
        ("drift or " * 200 + "drift", MOST_CHARACTERS + 1, "it has more than 1,000 characters"),
    ],
)
def test_a_wrong_condition_is_refused_at_its_place(text: str, character: int, what: str) -> None:
    with pytest.raises(TypedTextError) as caught:
        parse_condition(text)
    assert str(caught.value).startswith(f"--retrain-if: character {character}: {what}")
    assert caught.value.at_character == character - 1
    parse_condition(caught.value.remedy.split("'")[1])  # what it says to write is right


@given(st.text(alphabet="skilage <>=()0123456789.d%ornt", max_size=40))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    with suppress(TypedTextError):
        assert parse_condition(text).judge({}).truth in {None, False, True}


def test_coverage_needs_an_interval() -> None:
    check_levels(parse_condition("coverage < 60 and not coverage95 > 5"), (80, 95))
    with pytest.raises(UsageError, match=r"coverage is that of the 90 % interval.*add --level 90"):
        check_levels(parse_condition("skill < 0 or coverage90 < 60"), (80, 95))


def test_a_caret_is_below_the_wrong_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("date,value\n")
    arguments = ["batch", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out"), "--retrain-if", "\t漢 skil < 0"]
    assert main(arguments) == 2
    error, shown, caret = capsys.readouterr().err.splitlines()
    assert error.startswith("error: --retrain-if: character 2: a measure is expected")
    assert shown == "  \\t漢 skil < 0"
    assert caret == "    ^"
