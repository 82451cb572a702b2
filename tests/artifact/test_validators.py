"""Each small check accepts what it names, refuses the neighbours, and says where and what it expected."""

from __future__ import annotations

from typing import Any

import pytest

from forecaster.artifact.validators import (
    flag,
    number,
    one_of,
    optional,
    partial_record,
    record,
    scalar,
    sequence,
    table,
    text,
    whole,
)
from forecaster.errors import ModelRefusedError

NAN = float("nan")
CASES = [
    (whole(1, 9), [1, 5, 9], [0, 10, -1, True, 1.0, "1", None, [1]], "a whole number from 1 to 9"),
    (number(0, 1), [0.0, 0.5, 1.0], [-0.1, 1.1, NAN, float("inf"), 1, False, "1", None], "a number from 0 to 1"),
    (text(3), ["a", "abc"], ["", "abcd", b"a", 1, None, ["a"]], "a text of 1 to 3 characters"),
    (one_of("a", "b"), ["a", "b"], ["c", "", "ab", None, ["a"], {}], "one of a, b"),
    (flag, [True, False], [0, 1, None, "true"], "true or false"),
    (scalar, [None, "a", 1, 1.5, False], [[], {}, b"a"], "a text, a number, a boolean or null"),
    (optional(flag), [None, True], [0, "", []], "true or false"),
    (sequence(flag, 1, 2), [[True], [True, False]], [[], [True] * 3, (True,), "a", {}, None], "a list of 1 to 2 parts"),
    (record(a=flag, b=flag), [{"b": True, "a": False}], [{}, {"a": True}, {"a": 1, "b": 1, "c": 1}, [], None], "a, b"),
    (
        partial_record(a=flag, b=flag),
        [{}, {"b": True}],
        [{"c": 1}, {"a": True, "c": True}, [], None],
        "a record of a, b",
    ),
    (table(flag, 1), [{}, {"x": True}], [{"x": True, "y": True}, [], None], "a record of at most 1 keys"),
]


@pytest.mark.parametrize(("check", "good", "bad", "expected"), CASES, ids=[case[3] for case in CASES])
def test_a_check(check: Any, good: list[Any], bad: list[Any], expected: str) -> None:
    for value in good:
        check(value, "field")
    for value in bad:
        with pytest.raises(ModelRefusedError, match=f"its field is not .*{expected}"):
            check(value, "field")


def test_the_place_of_what_is_wrong_is_named() -> None:
    check = record(rows=sequence(record(cells=table(whole(1, 2), 5)), 0, 5))
    check({"rows": [{"cells": {"a": 1}}]}, "")
    with pytest.raises(ModelRefusedError, match=r"its rows\[1\]\.cells\.b is not a whole number from 1 to 2"):
        check({"rows": [{"cells": {}}, {"cells": {"a": 1, "b": 3}}]}, "")
    with pytest.raises(ModelRefusedError, match="its content is not a record of rows"):
        check({}, "")
