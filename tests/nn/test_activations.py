"""sigmoid and tanh: both forms equal the definitions, no pre-activation is too large, and the processor chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn import activations
from forecaster.nn.activations import LARGE, Activations, exp_is_faster, exp_may_overflow, through_exp

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array

EXTREME = [-np.inf, -1e30, -1e4, -100, -90, -50, -18, 18, 50, 90, 100, 1e4, 1e30, np.inf]


@pytest.fixture(autouse=True, params=[True, False], ids=["through exp", "through tanh"])
def _form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activations, "through_exp", lambda _: request.param)


def sigmoid(a: Array) -> Array:
    forms, result = Activations(a.dtype, LARGE), a.copy()
    with exp_may_overflow():
        result *= forms.sigmoid_factor
        forms.sigmoid(result)
    return result


def tanh(a: Array) -> Array:
    forms, result, plain = Activations(a.dtype, LARGE), a.copy(), a.copy()
    with exp_may_overflow():
        result *= forms.tanh_factor
        forms.tanh(result)
        forms.tanh_of(plain, plain)
    assert np.array_equal(plain, result)
    return result


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_activations_equal_their_definitions(dtype: type[np.floating]) -> None:
    a, precision = np.linspace(-12, 12, 4001).astype(dtype), np.finfo(dtype).eps
    exact = a.astype(np.float64)
    np.testing.assert_allclose(sigmoid(a), 1 / (1 + np.exp(-exact)), rtol=0, atol=2 * precision)
    np.testing.assert_allclose(tanh(a), np.tanh(exact), rtol=0, atol=2 * precision)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_extreme_pre_activation_has_the_limit(dtype: type[np.floating]) -> None:
    a = np.array(EXTREME, dtype)
    np.testing.assert_allclose(sigmoid(a), a > 0, rtol=0, atol=1e-7)
    np.testing.assert_allclose(tanh(a), np.sign(a), rtol=0, atol=1e-7)


def test_zero_is_half_open_and_has_no_tanh() -> None:
    assert sigmoid(np.zeros(9, np.float32)).tolist() == [0.5] * 9
    assert tanh(np.zeros(9, np.float32)).tolist() == [0.0] * 9


def test_tanh_of_few_numbers_needs_no_factor() -> None:
    few = Activations(np.dtype(np.float32), LARGE - 1)
    assert few.tanh_factor == 1
    a = np.linspace(-3, 3, 9).astype(np.float32)
    few.tanh(a)
    assert np.array_equal(a, np.tanh(np.linspace(-3, 3, 9).astype(np.float32)))


def test_the_precision_is_kept() -> None:
    a = np.ones((3, 4), np.float32)
    assert sigmoid(a).dtype == tanh(a).dtype == np.float32


@pytest.mark.parametrize(
    ("extensions", "faster"),
    [
        (["X86_V3"], True),
        (["SSE42", "AVX", "F16C", "FMA3", "AVX2"], True),
        (["X86_V3", "X86_V4", "AVX512_ICL"], False),
        (["SSE42", "AVX", "FMA3", "AVX2", "AVX512F", "AVX512CD", "AVX512_SKX"], False),
        (["NEON", "ASIMD", "ASIMDHP"], False),
        ([], False),
    ],
)
def test_exp_is_faster_with_avx2_alone(extensions: list[str], faster: bool) -> None:
    assert exp_is_faster(extensions) == faster


def test_forecasts_in_double_precision_always_go_through_exp() -> None:
    assert through_exp(np.float64)
    assert through_exp("float64")
    assert through_exp(np.float32) == through_exp("float32") == activations.EXP_IS_FASTER
