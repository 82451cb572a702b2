"""Splits are found and named; crashes, quiet series and splits that were adjusted for are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.data.jumps import SPLIT, unadjusted_splits
from forecaster.errors import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats


def prices(rows: int = 200) -> Floats:
    return 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, rows)))


@pytest.mark.parametrize(
    ("ratio", "name"),
    [(1 / 7, "7 for 1 split"), (0.5, "2 for 1 split"), (2 / 3, "3 for 2 split"), (10, "1 for 10 consolidation")],
)
def test_a_split_is_named_with_its_place(panel_of: Callable[..., Panel], ratio: float, name: str) -> None:
    y = np.where(np.arange(200) < 120, 1, ratio) * prices()
    (found,) = unadjusted_splits(panel_of(quiet=prices(), ABC=y))
    assert (found.code, found.place) == (SPLIT, Place(series="ABC"))
    assert str(found) == (
        f"series ABC: from {y[119]:g} to {y[120]:g} at 120 looks like a {name} that earlier prices were not adjusted "
        "for; divide them if it is one"
    )


@pytest.mark.parametrize("factor", [0.82, 1.2, 6.0, 1e9])
def test_other_moves_are_not_splits(panel_of: Callable[..., Panel], factor: float) -> None:
    assert not unadjusted_splits(panel_of(a=np.where(np.arange(200) < 120, 1, factor) * prices()))


def test_large_moves_of_a_wild_series_are_not_splits(panel_of: Callable[..., Panel]) -> None:
    y = np.exp(np.random.default_rng(0).normal(0, 0.5, 300))
    assert not unadjusted_splits(panel_of(a=y))


def test_a_step_from_one_series_to_the_next_is_no_move(panel_of: Callable[..., Panel]) -> None:
    assert not unadjusted_splits(panel_of(a=prices(), b=prices() / 2))
