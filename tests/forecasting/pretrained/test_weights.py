"""The weights that ship: known by their digest, of the right shape, small, and refused where they are not there."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import ModelRefusedError
from forecaster.forecasting.pretrained import level_network, weights
from forecaster.forecasting.pretrained.weights import FILES, LEVELS, VOLATILITY, load_weights
from forecaster.forecasting.prices import volatility
from forecaster.nn.architecture import shapes
from forecaster.nn.parameters import count

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = resources.files("forecaster.forecasting.pretrained")


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget what was loaded, before and after."""
    load_weights.cache_clear()
    yield
    load_weights.cache_clear()


@pytest.mark.parametrize("digest", FILES)
def test_every_file_has_its_digest_and_is_finite(digest: str) -> None:
    assert hashlib.sha256((FOLDER / FILES[digest]).read_bytes()).hexdigest() == digest
    found = load_weights(digest)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert (found != 0).mean() > 0.9


def test_shapes_are_those_of_the_networks() -> None:
    assert load_weights(VOLATILITY).shape == (count(shapes(volatility.ARCHITECTURE)),)
    networks = load_weights(LEVELS)
    assert networks.ndim == 2
    assert networks.shape[1] == count(shapes(level_network.ARCHITECTURE))


def test_no_file_of_weights_is_without_a_digest_and_all_are_small() -> None:
    files = [each for each in FOLDER.iterdir() if each.name.endswith(".npy")]
    assert {each.name for each in files} == set(FILES.values())
    assert sum(len(each.read_bytes()) for each in files) < 3e6


def test_weights_are_loaded_once_and_cannot_be_changed() -> None:
    found = load_weights(LEVELS)
    assert load_weights(LEVELS) is found
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0


def test_76_weights_that_this_version_does_not_have() -> None:
    with pytest.raises(ModelRefusedError) as error:
        load_weights("ab" * 32)
    assert error.value.exit_code == 76
    assert str(error.value) == (
        "it needs the pretrained network abababababab, which this version of the program does not have; "
        "install the version that wrote it, or newer; or train again"
    )


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("name", ["not-there.npy", "weights.py"])
def test_76_a_file_of_weights_that_is_missing_or_another(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(weights.FILES, LEVELS, name)
    with pytest.raises(ModelRefusedError) as error:
        load_weights(LEVELS)
    assert error.value.exit_code == 76
    assert str(error.value) == f"the file {name} of the program is missing or damaged; install the program again"
