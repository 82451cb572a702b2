"""What `inspect` returns of a model file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from forecaster.errors import ModelRefusedError
from forecaster.workflow.inspect import inspect

if TYPE_CHECKING:
    from pathlib import Path


def test_arrays_are_shown_by_type_and_shape(model: Path) -> None:
    content = inspect(model)
    assert content["recipe"]["horizon"] == 5
    rows = content["arrays"]["tail_values"]
    assert rows == {"dtype": "float64", "shape": content["arrays"]["tail_ds"]["shape"]}


def test_another_file_is_refused(prices: Path) -> None:
    with pytest.raises(ModelRefusedError):
        inspect(prices)
