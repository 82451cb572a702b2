"""Limit the threads of the linear algebra library that NumPy calls."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which matrices are multiplied by one thread: on small ones, more mostly wait."""
    context: AbstractContextManager[object] = _controller().limit(limits=1)
    return context


@cache
def _controller() -> ThreadpoolController:
    """Return what limits the threads: to look for the libraries takes milliseconds, and NumPy's is always loaded."""
    return ThreadpoolController()
