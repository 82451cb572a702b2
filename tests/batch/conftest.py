"""Work for worker processes, which cannot import a test."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


class PickledByValue:
    """A function that is pickled with its code, as functions of scripts and tests must be."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(*arguments, **named)

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        return pickle.loads, (cloudpickle.dumps(self._function),)


@pytest.fixture
def by_value() -> Callable[[Callable[..., Any]], PickledByValue]:
    """Return what makes a function of a test fit for worker processes."""
    return PickledByValue
