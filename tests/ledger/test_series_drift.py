"""A change of a series is found where there is one, and not in noise, trends, walks and seasons of the year."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.ledger.series_drift import LEVEL, SEASON, VARIATION, find_change

TRAINED, LATER = 1500, 200
DAYS = np.arange(TRAINED + LATER)


def week(rng: np.random.Generator, deviation: float = 4.0) -> np.ndarray:
    """Return values with a level, a season of the week, and noise."""
    return 100 + 20 * np.sin(2 * np.pi * DAYS / 7) + rng.normal(0, deviation, len(DAYS))


@pytest.mark.parametrize("kind", [LEVEL, VARIATION, SEASON])
def test_a_change_is_found_in_its_block(kind: str) -> None:
    rng = np.random.default_rng(3)
    values, after = week(rng), DAYS >= TRAINED + 60
    if kind == LEVEL:
        values[after] += 20
    elif kind == VARIATION:
        values[after] += rng.normal(0, 14, after.sum())
    else:
        values[after] -= 40 * np.sin(2 * np.pi * DAYS[after] / 7)
    found = find_change(values, TRAINED, 7)
    assert found is not None
    assert found.kind == kind
    assert TRAINED + 28 <= found.row <= TRAINED + 4 * 28
    assert find_change(values[: TRAINED + 60], TRAINED, 7) is None


def test_what_was_there_before_is_no_change() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=len(DAYS))
    series = {
        "noise": week(rng),
        "heavy tails": 100 + rng.standard_t(3, len(DAYS)),
        "trend": 50 + DAYS / 10 + noise,
        "growth": np.exp(DAYS / 500 + noise / 10),
        "walk": 100 * np.exp(np.cumsum(noise) / 100),
        "year": week(rng) + 20 * np.sin(2 * np.pi * DAYS / 365.25),
        "rare counts": rng.poisson(0.3, len(DAYS)).astype(float),
        "constant": np.full(len(DAYS), 7.0),
        "zeros": np.zeros(len(DAYS)),
        "negative": week(rng) - 200,
    }
    assert {name: find_change(each, TRAINED, 7) for name, each in series.items()} == dict.fromkeys(series)


@pytest.mark.parametrize("trained", [0, 5, 12 * 28 - 1, TRAINED + LATER])
def test_with_little_history_or_nothing_new_nothing_is_found(trained: int) -> None:
    values = week(np.random.default_rng(0))
    values[trained:] *= 3
    assert find_change(values, trained, 7) is None
