"""sigmoid and tanh of pre-activations, in place, through exp or through tanh: in float32 whichever is faster here.

    through exp:    sigmoid(a) = 1 / (1 + exp(-a))          tanh(a) = 2 / (1 + exp(-2a)) - 1
    through tanh:   sigmoid(a) = (1 + tanh(a / 2)) / 2

The cells multiply the weights by the factor before a, once per batch, so no step has to. Both forms agree to rounding.
Backward does not depend on the form: sigmoid' = sigmoid (1 - sigmoid), tanh' = 1 - tanh^2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import DTypeLike

    from forecaster.nn.parameters import Array


def exp_is_faster(extensions: Collection[str]) -> bool:
    """Return whether NumPy computes exp faster than tanh in float32 on a processor with these extensions.

    With AVX2 (X86_V3 in newer versions of NumPy) a number takes 1.3 ns by exp and 2.6 ns by tanh. With AVX-512 (X86_V4)
    tanh takes half as long as exp. On other processors only tanh has vector code.
    """
    return not {"AVX2", "X86_V3"}.isdisjoint(extensions) and {"AVX512_SKX", "X86_V4"}.isdisjoint(extensions)


_EXTENSIONS = np.show_config(mode="dicts").get("SIMD Extensions", {})
EXP_IS_FASTER = exp_is_faster(_EXTENSIONS.get("baseline", []) + _EXTENSIONS.get("found", []))
"""Whether it is so here; "baseline" are the extensions that this build of NumPy requires, "found" those beyond."""

LARGE = 4096
"""Numbers in float32 from which on tanh goes through exp. That takes five calls of NumPy instead of one, which costs
more than exp saves where numbers are few: with AVX2 2.4 ns a number against 2.7 at 4096, and 4.3 against 3.1 at 1024.
"""


def through_exp(dtype: DTypeLike) -> bool:
    """Return whether arrays of this precision go through exp.

    float64, the precision of forecasts, always does, so that forecasts do not depend on the form: with AVX2 a number
    takes 5 ns by exp and 17 ns by tanh.
    """
    return EXP_IS_FASTER or np.dtype(dtype) == np.float64


class Activations:
    """sigmoid and tanh for arrays of one precision; call them within `exp_may_overflow`.

    Attributes:
        sigmoid_factor: What the argument of `sigmoid` must have been multiplied by.
        tanh_factor: The same for `tanh`.

    """

    def __init__(self, dtype: DTypeLike, numbers: int) -> None:
        """Choose the forms for blocks of this size, the numbers of one gate at one step."""
        self._sigmoid_through_exp = through_exp(dtype)
        large = numbers >= LARGE or np.dtype(dtype) == np.float64
        self._tanh_through_exp = self._sigmoid_through_exp and large
        self.sigmoid_factor = -1.0 if self._sigmoid_through_exp else 0.5
        self.tanh_factor = -2.0 if self._tanh_through_exp else 1.0
        self._one, self._half = np.array(1, dtype), np.array(0.5, dtype)
        self._two, self._minus_two = np.array(2, dtype), np.array(-2, dtype)

    def sigmoid(self, a: Array) -> None:
        """Replace each number, a pre-activation times `sigmoid_factor`, by the sigmoid of the pre-activation."""
        if self._sigmoid_through_exp:
            np.exp(a, out=a)
            a += self._one
            np.divide(self._one, a, out=a)
        else:
            np.tanh(a, out=a)
            a += self._one
            a *= self._half

    def tanh(self, a: Array) -> None:
        """Replace each number, a pre-activation times `tanh_factor`, by the tanh of the pre-activation."""
        if self._tanh_through_exp:
            np.exp(a, out=a)
            a += self._one
            np.divide(self._two, a, out=a)
            a -= self._one
        else:
            np.tanh(a, out=a)

    def tanh_of(self, a: Array, out: Array) -> None:
        """Write the tanh of a pre-activation that no factor was applied to; `out` may be `a`."""
        if self._tanh_through_exp:
            np.multiply(a, self._minus_two, out=out)
            self.tanh(out)
        else:
            np.tanh(a, out=out)


def exp_may_overflow() -> np.errstate:
    """Return a context for `Activations`: where exp is infinite or 0, the activation is exactly its limit."""
    return np.errstate(over="ignore", under="ignore")
