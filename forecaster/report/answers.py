"""The answer of a report: the sentences of the terminal, one by one."""

from __future__ import annotations

import re

END_OF_SENTENCE = re.compile(r"(?<=[.)]) (?=[A-Z0-9])")
"""Where the sentences of an answer meet: they have no full stops inside."""


def answer_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text about how good a forecast is."""
    return tuple(END_OF_SENTENCE.split(text)) if text else ()
