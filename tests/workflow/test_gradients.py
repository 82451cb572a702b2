"""What `gradients` measures, on the rows that a model keeps and on rows of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.spec import Selection, Specification
from forecaster.workflow.gradients import gradients

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.workflow.results import Training


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    """Write 200 steps of a noisy wave."""
    t = np.arange(200)
    y = 50 + 10 * np.sin(t / 3) + np.random.default_rng(0).normal(size=200)
    path = tmp_path / "wave.csv"
    pd.DataFrame({"t": t, "y": y.round(3)}).to_csv(path, index=False)
    return path


def test_norms_by_lag_are_relative_to_lag_0(wave: Path, tmp_path: Path, train_file: Callable[..., Training]) -> None:
    specification = Specification(horizon=3, members=2, epochs=1, updates=2, hidden=4)
    train_file(wave, tmp_path / "m.joblib", specification)
    found = gradients(tmp_path / "m.joblib", selection=Selection())
    assert found.by_lag["lag"].iloc[0] == 0
    assert (found.by_lag.drop(columns="lag").iloc[0] == 1).all()
    assert found.facts["networks"] == 2
    assert found.clipped is not None
    assert 0 <= found.clipped <= 1
    assert (found.failed, found.findings) == ({}, ())


def test_rows_of_a_file_replace_those_that_the_model_keeps(
    wave: Path, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    specification = Specification(horizon=3, lookback=10, members=1, epochs=1, updates=2, hidden=4)
    train_file(wave, tmp_path / "m.joblib", specification)
    header, *rows = wave.read_text().splitlines(keepends=True)
    few = tmp_path / "few.csv"
    few.write_text(header + "".join(rows[-30:]))
    kept, read = (gradients(tmp_path / "m.joblib", files, selection=Selection()) for files in ((), [str(few)]))
    assert read.facts["windows"] < kept.facts["windows"]
