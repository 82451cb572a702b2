"""The program that makes the weights: it writes them, prints their digest, and says how far it is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.pretrained import __main__ as program
from forecaster.forecasting.pretrained import level_network, level_training
from forecaster.forecasting.prices import volatility
from forecaster.nn.architecture import shapes
from forecaster.nn.parameters import count

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let an epoch be 4 updates on few series, in an empty folder."""
    for name, value in (("CHUNK", 32), ("CHUNKS", 4), ("BATCH", 32)):
        monkeypatch.setattr(level_training, name, value)
    monkeypatch.setattr(program, "SERIES", 3)
    monkeypatch.setattr(program, "ROWS", 300)
    monkeypatch.chdir(tmp_path)


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.sampled("volatility")
@pytest.mark.parametrize("network", ["levels", "volatility"])
def test_the_digest_is_printed_and_a_seed_alone_decides_it(
    network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digests = []
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        path = tmp_path / f"{name}.npy"
        program.main([network, "--updates", "4", "--seed", str(seed), "--output", str(path)])
        digests.append(digest_of(path))
        assert capsys.readouterr().out == digests[-1] + "\n"
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.slow
@pytest.mark.nightly
def test_networks_of_levels_are_stacked_in_half_precision(tmp_path: Path) -> None:
    program.main(["levels", "--updates", "44", "--seed", "5"])
    stacked = np.load(tmp_path / "levels.npy")
    assert stacked.dtype == np.float16
    assert stacked.shape == (3, count(shapes(level_network.ARCHITECTURE)))
    assert np.isfinite(stacked).all()
    *_, (done, _, short) = level_training.train_level_network(4, 5)
    assert done == 4
    assert (short.astype(np.float16) == stacked[2]).all(), "the last one is the short one"
    assert (stacked[0] != stacked[1]).any()


def test_a_network_of_volatility_is_one_vector(tmp_path: Path) -> None:
    program.main(["volatility", "--updates", "4"])
    vector = np.load(tmp_path / "volatility.npy")
    assert vector.dtype == np.float32
    assert vector.shape == (count(shapes(volatility.ARCHITECTURE)),)


@pytest.mark.slow
def test_progress_goes_to_standard_error_and_checkpoints_to_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "SHOWN", 4)
    written = []
    write = program._write

    def record(path: Path, array: NDArray[np.floating]) -> str:
        written.append(len(array))
        return write(path, array)

    monkeypatch.setattr(program, "_write", record)
    program.main(["levels", "--updates", "8", "--seed", "1"])
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(", loss")[0] for line in lines] == [
        "network of seed 1: 4 updates",
        "network of seed 1: 8 updates",
        "network of seed 1, last phase: 4 updates",
        "network of seed 2: 4 updates",
        "network of seed 2: 8 updates",
        "network of seed 2, last phase: 4 updates",
        "short network: 4 updates",
    ]
    assert written == [1, 1, 1, 2, 2, 2, 3, 3]
    assert len(np.load(tmp_path / "levels.npy")) == 3


def test_2_a_network_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        program.main(["prices"])
    assert error.value.code == 2
    assert "invalid choice: 'prices'" in capsys.readouterr().err
