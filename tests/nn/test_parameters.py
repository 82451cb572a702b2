"""One vector, many views."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.nn.parameters import Parameters, count

SHAPES = {"layer0.W": (2, 3), "layer0.b": (2, 1), "head.W": (1, 2), "layer01.W": (1, 1)}


def test_views_write_to_the_vector_in_the_order_of_the_shapes() -> None:
    parameters = Parameters(SHAPES)
    for value, view in enumerate(parameters.views.values(), start=1):
        view[:] = value
    assert np.array_equal(parameters.vector, [1] * 6 + [2] * 2 + [3] * 2 + [4])
    assert {name: view.shape for name, view in parameters.views.items()} == SHAPES
    assert parameters.vector.dtype == np.float32


def test_the_vector_writes_to_the_views() -> None:
    parameters = Parameters(SHAPES, np.float64)
    parameters.load(np.arange(11.0))
    assert np.array_equal(parameters["layer0.W"], [[0, 1, 2], [3, 4, 5]])
    assert np.array_equal(parameters["head.W"], [[8, 9]])


def test_a_part_has_the_views_of_one_layer() -> None:
    parameters = Parameters(SHAPES)
    part = parameters.part("layer0")
    assert list(part) == ["W", "b"]
    part["b"][:] = 1
    assert parameters.vector.sum() == 2
    with pytest.raises(KeyError, match="skip"):
        parameters.part("skip")


def test_load_copies() -> None:
    parameters, vector = Parameters(SHAPES), np.ones(11)
    parameters.load(vector)
    vector[:] = 0
    assert parameters.vector.all()


@pytest.mark.parametrize("vector", [np.ones(10), np.ones(12), np.ones((1, 11))])
def test_a_vector_of_another_shape_is_refused(vector: np.ndarray) -> None:
    parameters = Parameters(SHAPES)
    with pytest.raises(ValueError, match=f"^the network has 11 parameters, the vector has {vector.size}$"):
        parameters.load(vector)
    assert not parameters.vector.any()


def test_count() -> None:
    assert count(SHAPES) == 11
    assert count({}) == 0
