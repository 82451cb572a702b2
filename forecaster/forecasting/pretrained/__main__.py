"""Make the weights of a network that ships with the package, from simulated series, and print their digest.

python -m forecaster.forecasting.pretrained {levels,volatility} [--updates N] [--seed K] [--output FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.pretrained.level_training import train_level_network
from forecaster.forecasting.prices.volatility_training import ROWS, SERIES, train_volatility_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

UPDATES, SEED = {"levels": 44_000, "volatility": 3600}, {"levels": 1, "volatility": 7}
"""How the networks that ship were trained: of levels, two long ones of seeds 1 and 2 and a short one of seed 1."""
SHORT, LAST_PHASE = 1 / 11, 0.0728
"""Shares of the updates that the short network has, and that the last phase of the long ones takes. The short one
believes less in trends: with it, errors on last horizons of yearly training files were 2 to 3 % smaller."""
SHOWN = 800
"""Updates after which progress is shown and a checkpoint is written."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the weights, and print their digest."""
    parser = argparse.ArgumentParser(prog="python -m forecaster.forecasting.pretrained", description=__doc__)
    parser.add_argument("network", choices=sorted(UPDATES), help="what the network is for")
    parser.add_argument("--updates", type=int, help="updates of the weights of each network")
    parser.add_argument("--seed", type=int, help="of the simulation and of training")
    parser.add_argument("--output", type=Path, help="file to write; by default NETWORK.npy")
    chosen = parser.parse_args(arguments)
    updates = chosen.updates or UPDATES[chosen.network]
    seed = SEED[chosen.network] if chosen.seed is None else chosen.seed
    output = chosen.output or Path(f"{chosen.network}.npy")
    if chosen.network == "volatility":
        digest = _write(output, train_volatility_network(SERIES, ROWS, updates, seed))
    else:
        digest = _write_level_networks(output, updates, seed)
    sys.stdout.write(digest + "\n")


def _write_level_networks(output: Path, updates: int, seed: int) -> str:
    """Train networks of levels, and write those that are trained and, as checkpoints, the one that is in training."""
    trained: list[NDArray[np.float32]] = []

    def follow(training: Iterator[tuple[int, float, NDArray[np.float32]]], what: str) -> NDArray[np.float32]:
        for done, loss, vector in training:
            if done and done % SHOWN == 0:
                sys.stderr.write(f"{what}: {done:,} updates, loss {loss:.4f}\n")
                _write_networks(output, [*trained, vector])
        return vector.copy()

    for each in (seed, seed + 1):
        learned = follow(train_level_network(updates, each), f"network of seed {each}")
        settling = train_level_network(max(1, round(updates * LAST_PHASE)), each, learned)
        trained.append(follow(settling, f"network of seed {each}, last phase"))
    trained.append(follow(train_level_network(max(1, round(updates * SHORT)), seed), "short network"))
    return _write_networks(output, trained)


def _write_networks(output: Path, vectors: Sequence[NDArray[np.float32]]) -> str:
    """Write networks in half precision, whose rounding is far below what training leaves to chance."""
    return _write(output, np.stack(vectors).astype(np.float16))


def _write(output: Path, weights: NDArray[np.floating]) -> str:
    """Write weights and return their digest."""
    file = BytesIO()
    np.save(file, weights, allow_pickle=False)
    output.write_bytes(file.getvalue())
    return hashlib.sha256(file.getvalue()).hexdigest()


if __name__ == "__main__":
    main()
