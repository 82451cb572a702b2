"""Text from files: what a message shows of it, and what may be a name."""

from __future__ import annotations

import os
import subprocess

import pytest

from forecaster.text import (
    LONGEST_NAME,
    MOST_SHOWN,
    command_line,
    json_value,
    nameable,
    printable,
    quoted,
    shown,
    text_of_json,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [("Close", "Close"), ("Münchner Rück", "Münchner Rück"), ("a\x1b[2J\n", r"a\x1b[2J\n"), ("\udcff", r"\udcff")],
)
def test_control_characters_are_shown_as_escapes(text: str, written: str) -> None:
    assert shown(text) == written


def test_a_long_text_is_cut() -> None:
    assert shown("x" * MOST_SHOWN) == "x" * MOST_SHOWN
    assert shown("x" * (MOST_SHOWN + 1)) == "x" * (MOST_SHOWN - 3) + "..."


def test_every_reader_of_json_takes_a_value() -> None:
    values = {"a": [1.5, float("nan"), -float("inf"), True, None], "b": ("\udcff.csv", "é\x1b\u2028", 3)}
    assert json_value(values) == {"a": [1.5, None, None, True, None], "b": [r"\udcff.csv", "é\x1b\u2028", 3]}


@pytest.mark.parametrize("text", ["/srv/x\udcff\udc80.csv", "plain.csv", r"a\udb.csv", "é\x1b\u2028", r"C:\udc.csv"])
def test_names_of_files_survive_json(text: str) -> None:
    assert text_of_json(json_value(text)) == text


@pytest.mark.parametrize("text", ["\n", "\x1b", "\u202e", "\ud800", "\u2028"])
def test_hidden_characters_are_not_printable(text: str) -> None:
    assert not printable(f"a{text}b")
    assert not nameable(f"a{text}b")


def test_a_name_is_neither_empty_nor_too_long() -> None:
    assert nameable("x" * LONGEST_NAME)
    assert nameable("close price\u00a0(EUR)"), "a space that does not break is fine"
    assert not nameable("")
    assert not nameable("x" * (LONGEST_NAME + 1))


@pytest.mark.parametrize(
    ("word", "typed"),
    [("a.csv", "a.csv"), ("my file", "'my file'"), ("é'", """'é'"'"''"""), ("m\udcfe.joblib", r"$'m\xfe.joblib'")],
)
def test_a_word_is_quoted_for_a_shell(word: str, typed: str) -> None:
    assert quoted(word) == typed


def test_a_shell_reads_every_name_as_it_was() -> None:
    words = ["w 1/m\udcfe1.joblib", "it's\n\\n\x1b[2J", "\u00a0ü\u2028", "-", ""]
    command = f"printf '%s\\0' {command_line(words)}"
    done = subprocess.run(["/bin/bash", "-c", command], capture_output=True, check=True)
    assert [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]] == words
