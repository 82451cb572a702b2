"""What a stream can show."""

from __future__ import annotations

import io
from typing import Any

import pytest

from forecaster.cli.terminal import animated, coloured, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zürich 東京 café", "Zürich 東京 café"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\nb\tc\x7f\x9b", "a\\nb\\tc\\x7f\\x9b"),
        ("right\u202eleft\u200b", "right\\u202eleft\\u200b"),
        ("\udcff", "\\udcff"),
        (3, "3"),
    ],
)
def test_plain(text: object, shown: str) -> None:
    assert plain(text) == shown
    shown.encode()


@pytest.mark.parametrize("variables", [{"CI": "true"}, {"TERM": "dumb"}])
def test_no_animation_where_nobody_watches(
    terminal: Any, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert animated(terminal)
    assert not animated(io.StringIO())
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert not animated(terminal)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_it_is_not_wanted(
    terminal: Any, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured(terminal)
    assert not coloured(io.StringIO())
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert not coloured(terminal)
