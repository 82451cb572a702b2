"""What the tests of the core share: plain cells and networks, the check of gradients, NumPy set to raise on all."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def neighbour(name: str) -> ModuleType:
    """Import the file `name` beside this one."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _raise_on_every_numeric_accident() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    """The three cells in textbook form."""
    return neighbour("plain")


@pytest.fixture(scope="session")
def plain_networks() -> ModuleType:
    """Every architecture in textbook form."""
    return neighbour("plain_networks")


@pytest.fixture(scope="session")
def gradients() -> ModuleType:
    """The check of gradients by central differences."""
    return neighbour("gradients")
