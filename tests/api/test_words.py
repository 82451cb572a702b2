"""Messages of the program in the words of Python: no options, and values as Python writes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forecaster.api.words import PHRASES, PROSE, in_python_words

ROOT = Path(__file__).parents[2]
MESSAGES = set(
    re.findall(r"^\| `` (.*?) `` \|", (ROOT / "docs" / "messages.md").read_text(encoding="utf-8"), re.MULTILINE)
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("use --every month --agg sum; or", "use every='month', agg='sum'; or"),
        ("use --series store --series 'the item'", "use series=['store', 'the item']"),
        ("use --header no if there is none", "use header=0 if there is none"),
        ("use --max inf if larger values can come", "use max=float('inf') if larger values can come"),
        ("say which with --decimal . or --decimal ,", "say which with decimal='.' or decimal=','"),
        ("use --calendar XNYS", "use calendar='XNYS'"),
        ("use --header LINE if one has", "use header=LINE if one has"),
        ("one row, which --drop-last leaves out", "one row, which drop_last=True leaves out"),
        ("--no-all-rows has no effect", "all_rows=False has no effect"),
        ("a shorter --horizon or fewer --folds", "a shorter horizon or fewer folds"),
        ("use --horizon 30.", "use horizon=30."),
        ("choose from auto-ets, theta, separated by commas", "choose from auto-ets, theta"),
    ],
)
def test_an_option_is_a_keyword(said: str, expected: str) -> None:
    assert in_python_words(said) == expected


def test_no_message_has_an_option_or_a_bare_value() -> None:
    assert len(MESSAGES) > 100
    for message in map(in_python_words, MESSAGES):
        assert not re.search(r"--[a-z]", message), message
        following = re.findall(r"\b[a-z_]+= ([^ ,;.]+)", message)
        assert set(following) <= set(PROSE.split("|")), message


def test_words_that_are_values_are_known_ones() -> None:
    """A new word of prose behind an option would become a value: it belongs into PROSE, a new value into this list."""
    options = "agg|arch|calendar|cell|encoding|every|mode|repair|time"
    found = re.findall(rf"\b(?:{options})='([a-z-]+)'", " ".join(map(in_python_words, MESSAGES)))
    periods, schedules = {"day", "hour", "week", "fortnight"}, {"third-friday", "last-friday", "day-15-and-last-day"}
    choices = {"sum", "mean", "last", "count", "encoder-decoder", "many-to-many", "rnn", "level", "returns"}
    assert set(found) <= {*periods, *schedules, *choices, "off", "safe", "full", "step", "date", "utf-16-le"}


def test_phrases_stand_in_the_program() -> None:
    modules = [path for path in (ROOT / "forecaster").rglob("*.py") if path.name != "words.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    assert [phrase for phrase in PHRASES if phrase not in code] == []
