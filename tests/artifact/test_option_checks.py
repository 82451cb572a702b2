"""Options in a model file are checked by what the fields of the specification say of themselves."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import pytest

from forecaster.artifact.option_checks import _option_check, option_checks
from forecaster.errors import ModelRefusedError
from forecaster.spec import Specification


def test_every_option_has_a_check_that_its_default_passes() -> None:
    checks, defaults = option_checks(), asdict(Specification())
    assert list(checks) == [field.name for field in fields(Specification)]
    for name, check in checks.items():
        check(defaults[name], name)


@pytest.mark.parametrize(
    ("kind", "limits", "good", "bad"),
    [
        (int, {"low": 1, "high": 9}, [1, 9], [0, 10, None, True, 1.0]),
        (int | None, {"low": 1}, [None, 1, 2**64 - 1], [0, 2**64]),
        (int, {}, [0, 2**64 - 1], [-1, 2**64, None]),
        (float, {"low": 0.0, "high": 0.95}, [0.0, 0.95], [1.0, -0.1, 0, None]),
        (float | None, {}, [None, 0.0, 1e300], [-1.0, float("nan")]),
        (bool | None, {}, [None, True, False], [0, 1, "true"]),
        (str, {"choices": ("a", "b")}, ["a"], ["c", "", None]),
        (str | None, {}, [None, "x"], ["", 1, "x" * 1001]),
    ],
)
def test_the_check_of_a_kind_and_its_limits(kind: Any, limits: Any, good: list[Any], bad: list[Any]) -> None:
    check = _option_check(kind, limits)
    for value in good:
        check(value, "option")
    for value in bad:
        with pytest.raises(ModelRefusedError, match="its option is not "):
            check(value, "option")
