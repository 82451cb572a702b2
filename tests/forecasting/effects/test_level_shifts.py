"""A level that jumps is found; years, walks and growth are no jumps."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.holidays import weekday_of
from forecaster.forecasting.effects.fit import fit_effects
from forecaster.forecasting.effects.level_shifts import level_shifts
from tests.forecasting.effects.simulated import CHRISTMAS, DAYS, WEEK, noise_of_week, time_stamps

NUMBERS = np.arange(1600)
SEEN = np.ones(1600, np.bool_)
NOISE = np.random.default_rng(2).standard_normal(1600)
YEAR = np.sin(2 * np.pi * NUMBERS / 365.2425)
DECEMBER = NUMBERS % 365 >= 334


@pytest.mark.parametrize("business", [False, True])
def test_a_shift_is_found_within_a_week(business: bool) -> None:
    seen = SEEN & (NUMBERS % 7 < 5) if business else SEEN
    shifts = level_shifts(10 * YEAR + NOISE + 40 * (NUMBERS >= 900), seen)
    assert shifts[890] == 0
    assert shifts[910] == shifts[-1] == pytest.approx(40, abs=4)


def test_a_level_that_returns_has_two_shifts() -> None:
    shifts = level_shifts(10 * YEAR + NOISE - 60 * ((NUMBERS >= 700) & (NUMBERS < 850)), SEEN)
    assert shifts[[600, 750, 900]] == pytest.approx([0, -60, 0], abs=6)


@pytest.mark.parametrize(
    "target",
    [
        NOISE,
        100 + 0.2 * NUMBERS + NOISE,
        50 * YEAR + NOISE,
        np.cumsum(NOISE),
        100 * DECEMBER + NOISE,
        (1 + NUMBERS / 400) * (50 + 50 * DECEMBER) + NOISE,
        np.zeros(1600),
    ],
    ids=["noise", "trend", "year", "walk", "December", "growing December", "zeros"],
)
def test_what_is_no_shift_is_left(target: np.ndarray) -> None:
    assert not level_shifts(target, SEEN).any()


def test_two_years_and_unobserved_days_have_no_shifts() -> None:
    assert not level_shifts(40.0 * (NUMBERS[:800] > 400), SEEN[:800]).any()
    assert not level_shifts(NOISE, ~SEEN).any()


def test_a_shift_does_not_hide_a_small_named_day() -> None:
    ds, _ = noise_of_week(1678, 3)
    days = ds.astype("datetime64[D]").astype(np.int64)
    values = 100 + 10 * WEEK[weekday_of(days)] + 1.5 * np.random.default_rng(3).standard_normal(1678)
    values += 60 * (np.arange(1678) > 900)
    values[CHRISTMAS.days(int(days[0]), int(days[-1])) - days[0]] -= 20
    effects = fit_effects(time_stamps(1678), values, DAYS)
    assert effects is not None
    assert effects.named == (CHRISTMAS,)
