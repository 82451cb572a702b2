"""The failures of many files as a person reads them: each as a sentence, or the first of each kind if they are many.

A kind is a code. `failures.csv` has every failure, and so does `--verbose`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.batch.tasks import FileFailure


def failure_sentences(failures: Sequence[FileFailure], most: int) -> list[str]:
    """Return a sentence for each failure or, if they are more than `most`, one for each of the first `most` kinds.

    The sentence of a kind is that of its first failure, with the number of failures of the kind; the most frequent kind
    comes first.
    """
    if len(failures) <= most:
        return [str(each) for each in failures]
    kinds: dict[str, list[FileFailure]] = {}
    for each in failures:
        kinds.setdefault(each.code, []).append(each)
    ordered = sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    sentences = [first_of_kind(str(same[0]), len(same), "failure", code) for code, same in ordered[:most]]
    others = sum(len(same) for _, same in ordered[most:])
    return [*sentences, *([f"and {counted(others, 'failure')} of other kinds"] if others else [])]


def first_of_kind(sentence: str, count: int, noun: str, code: str) -> str:
    """Return the first sentence of a kind, with the number of all that are of it."""
    return sentence if count == 1 else f"{sentence} (the first of {counted(count, noun)} with {code})"
