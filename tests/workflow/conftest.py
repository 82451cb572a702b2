"""Files, models and calls of the commands that several tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.spec import Selection, Specification
from forecaster.workflow.check import check
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.workflow.check import Check
    from forecaster.workflow.results import Training

QUICK = Specification(horizon=5, members=2, epochs=3, updates=10, hidden=8)


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Write 400 business days of a seeded random walk."""
    close = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 400)))
    path = tmp_path / "prices.csv"
    days = pd.bdate_range("2020-01-01", periods=400)
    pd.DataFrame({"Date": days, "Close": close.round(4)}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def bytes_of_models() -> dict[str, bytes]:
    """Return what keeps the models that several tests begin with."""
    return {}


@pytest.fixture
def model(prices: Path, tmp_path: Path, bytes_of_models: dict[str, bytes]) -> Path:
    """Train a quick model on the prices, once."""
    path = tmp_path / "model.joblib"
    if "prices" not in bytes_of_models:
        train([str(prices)], selection=Selection(), specification=QUICK, output=path)
        bytes_of_models["prices"] = path.read_bytes()
    path.write_bytes(bytes_of_models["prices"])
    return path


@pytest.fixture
def train_file() -> Callable[..., Training]:
    """Return a function that trains a quick model on one file."""

    def run(source: Path, output: Path, specification: Specification = QUICK, **options: object) -> Training:
        selection = options.pop("selection", Selection())
        return train([str(source)], selection=selection, specification=specification, output=output, **options)

    return run


@pytest.fixture
def check_files() -> Callable[..., Check]:
    """Return a function that checks files."""

    def run(*sources: Path, **options: object) -> Check:
        return check([str(source) for source in sources], selection=Selection(), **options)

    return run
