"""A block of arrays is unpacked to the arrays that were packed; `test_attacks` damages blocks in every way."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from forecaster.artifact.npz import pack, unpack
from forecaster.errors import ModelRefusedError

ARRAYS: dict[str, Any] = {
    "b": np.arange(6, dtype=np.int64).reshape(2, 3),
    "a": np.array([0.5, -1e300]),
    "c": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
}


def test_arrays_are_unpacked_as_they_were_packed_and_read_only() -> None:
    found = unpack(pack(ARRAYS))
    assert list(found) == ["a", "b", "c"]
    for name, array in found.items():
        assert array.dtype == ARRAYS[name].dtype
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert not array.flags.writeable


def test_equal_arrays_give_equal_bytes_in_any_order() -> None:
    assert pack(ARRAYS) == pack(dict(reversed(ARRAYS.items())))


def test_numpy_opens_a_block() -> None:
    with np.load(io.BytesIO(pack(ARRAYS))) as found:
        assert set(found) == set(ARRAYS)


@pytest.mark.parametrize(
    "array", [np.empty(0), np.array(1.0), np.array([np.nan]), np.array([True]), np.array(["text"]), np.zeros((1,) * 4)]
)
def test_other_arrays_are_not_packed(array: Any) -> None:
    with pytest.raises(ModelRefusedError, match="its array x is empty, of an odd type, or not finite"):
        pack({"x": array})
