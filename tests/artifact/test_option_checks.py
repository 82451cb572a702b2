"""Options in a model file are checked by what the fields of their record say of themselves."""

from __future__ import annotations

from dataclasses import asdict, field, fields, make_dataclass
from typing import Any

import pytest

from forecaster.artifact.option_checks import option_checks, value_checks
from forecaster.errors import ModelRefusedError
from forecaster.spec import Specification


def test_every_option_has_a_check_that_its_default_passes() -> None:
    checks, defaults = option_checks(), asdict(Specification())
    assert list(checks) == [each.name for each in fields(Specification)]
    for name, check in checks.items():
        check(defaults[name], name)


@pytest.mark.parametrize(
    ("kind", "limits", "good", "bad"),
    [
        (int, {"low": 1, "high": 9}, [1, 9], [0, 10, None, True, 1.0]),
        (int | None, {"low": 1}, [None, 1, 2**64 - 1], [0, 2**64]),
        (int, {}, [0, 2**64 - 1], [-1, 2**64, None]),
        (float, {"low": 0.0, "high": 0.95}, [0.0, 0.95], [1.0, -0.1, 0, None]),
        (float | None, {"low": 1}, [None, 0.0, 1e300], [-1.0, float("nan")]),
        (float | None, {}, [None, -1e300, 1e300], [float("inf"), float("nan")]),
        (bool | None, {}, [None, True, False], [0, 1, "true"]),
        (str, {"choices": ("a", "b")}, ["a"], ["c", "", None]),
        (str | None, {}, [None, "x"], ["", 1, "x" * 1001]),
    ],
)
def test_the_check_of_a_kind_and_its_limits(
    kind: Any, limits: Any, good: list[Any], bad: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = make_dataclass("Options", [("option", kind, field(metadata=limits))])
    monkeypatch.setattr("forecaster.artifact.option_checks.Specification", options)
    check = option_checks()["option"]
    for value in good:
        check(value, "option")
    for value in bad:
        with pytest.raises(ModelRefusedError, match="its option is not "):
            check(value, "option")


def test_a_time_limit_below_that_of_the_command_line_passes() -> None:
    option_checks()["time_limit"](0.5, "time_limit")
    with pytest.raises(ModelRefusedError, match="its time_limit is not "):
        option_checks()["time_limit"](-0.5, "time_limit")


def test_the_check_of_a_value_refuses_none() -> None:
    value_checks()["horizon"](5, "horizon")
    with pytest.raises(ModelRefusedError, match="its horizon is not "):
        value_checks()["horizon"](None, "horizon")
