"""What tests of killed runs share: a small file, and a run that ends as by a kill after some checkpoints."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.workflow import checkpoints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class KilledError(BaseException):
    """Ends a run as a kill does: nothing is cleaned up that catches errors."""


def write_demand(folder: Path) -> Path:
    """Write 120 values with a season of six rows."""
    rows = np.arange(120)
    y = 50 + 10 * np.sin(rows / 6 * 2 * np.pi) + np.random.default_rng(0).normal(0, 2, 120)
    path = folder / "demand.csv"
    pd.DataFrame({"ds": pd.date_range("2020-01-01", periods=120), "y": y.round(3)}).to_csv(path, index=False)
    return path


@contextmanager
def killed_after(store: type[Any], calls: int) -> Iterator[None]:
    """Expect that what is run in the context is killed after a number of checkpoints, which are written always."""
    keep, left = store.keep, [calls]

    def keep_and_die(self: object, *arguments: object, **named: object) -> None:
        keep(self, *arguments, **named)
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "SECONDS", 0.0)
        patch.setattr(store, "keep", keep_and_die)
        with pytest.raises(KilledError):
            yield
