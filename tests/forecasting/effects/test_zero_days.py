"""Named days that are zero in every year are found, and zeros that have other reasons are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.holidays import weekday_of
from forecaster.forecasting.effects.fit import fit_effects
from forecaster.forecasting.effects.zero_days import days_of_zeros, find_zero_days, zero_weekdays
from tests.forecasting.effects.simulated import (
    CHRISTMAS,
    DAYS,
    EASTER_SUNDAY,
    HOURS,
    NEW_YEAR,
    THANKSGIVING,
    noise_of_week,
    time_stamps,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats
    from forecaster.forecasting.effects.named_days import NamedDay


def growing_shop(count: int, closed: tuple[NamedDay, ...]) -> tuple[NDArray[Any], Floats, Bools]:
    """Return time stamps, sales that grow fourfold and are 0 on closed days, and which days are closed."""
    ds, logarithms = noise_of_week(count, 1, 0.05)
    days = ds.astype("datetime64[D]").astype(np.int64)
    zero = np.isin(days, np.concatenate([day.days(int(days[0]), int(days[-1])) for day in closed]))
    return ds, np.where(zero, 0.0, 100 * np.exp(logarithms) * (1 + 3 * np.arange(count) / count)), zero


@pytest.mark.parametrize("sundays", [False, True])
def test_days_on_which_a_shop_is_closed_are_zero_however_it_grows(sundays: bool) -> None:
    ds, values, zero = growing_shop(1500, (CHRISTMAS, NEW_YEAR))
    values[sundays & (weekday_of(ds.astype("datetime64[D]").astype(np.int64)) == 6)] = 0
    effects = fit_effects(ds, values, DAYS)
    assert effects is not None
    assert set(effects.zero_days) == {CHRISTMAS, NEW_YEAR}
    assert effects.named == ()
    coming = time_stamps(365, "2020-05-01")
    assert (effects.restore(np.full(365, 400.0), coming) == 0).sum() == 2
    assert (effects.remove(values, ds)[zero] > 0).sum() >= (4 if sundays else 8)


def test_zeros_do_not_hinder_factors() -> None:
    """December doubles sales that grow, and the Sundays are always zero."""
    ds, values, _ = growing_shop(2557, (CHRISTMAS,))
    days = ds.astype("datetime64[D]")
    values = values * np.where(days.astype("datetime64[M]").astype(int) % 12 == 11, 2.0, 1.0)
    values[weekday_of(days.astype(np.int64)) == 6] = 0
    effects = fit_effects(ds, values, DAYS)
    assert effects is not None
    assert effects.log
    assert effects.zero_days == (CHRISTMAS,)
    assert (effects.restore(values, ds)[values == 0] == 0).all()


def test_nth_weekdays_and_easter_are_found() -> None:
    ds, values, zero = growing_shop(2000, (THANKSGIVING, EASTER_SUNDAY))
    every, seen, zeros = days_of_zeros(ds.astype("datetime64[D]").astype(np.int64), values, np.ones(2000, np.bool_))
    np.testing.assert_array_equal(zeros, zero)
    assert set(find_zero_days(every, seen, zeros, ())) == {THANKSGIVING, EASTER_SUNDAY}


@pytest.mark.parametrize("kind", ["counts", "intermittent", "winter", "one year open", "two years"])
def test_other_zeros_have_no_names(kind: str) -> None:
    found = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        days = np.arange(16_865, 16_865 + (700 if kind == "two years" else 2000))
        christmas = CHRISTMAS.days(int(days[0]), int(days[-1])) - days[0]
        zero = np.zeros(len(days), np.bool_)
        if kind == "counts":
            zero = rng.poisson(3, len(days)) == 0
        elif kind == "intermittent":
            zero = rng.random(len(days)) < 0.6
        elif kind == "winter":
            zero = np.cos(2 * np.pi * days / 365.2425) > 0.3
        else:
            zero[christmas] = True
            zero[christmas[-1]] = kind == "two years"
        found += bool(find_zero_days(days, np.ones(len(days), np.bool_), zero, ()))
    assert found <= 1


def test_a_weekday_is_zero_if_it_never_was_anything_else() -> None:
    days = np.arange(100)
    sunday = weekday_of(days) == 6
    seen = np.ones(100, np.bool_)
    assert np.flatnonzero(zero_weekdays(days, seen, sunday)).tolist() == [6]
    sunday[np.flatnonzero(sunday)[3]] = False
    assert not zero_weekdays(days, seen, sunday).any()


def test_all_hours_of_a_zero_day_are_zero() -> None:
    days, level, zero = growing_shop(1200, (CHRISTMAS, NEW_YEAR))
    ds = (days[:, None] + np.arange(24) * np.timedelta64(1, "h")).ravel()
    profile = 2 + np.sin(np.arange(24) / 24 * 2 * np.pi)
    values = (level[:, None] * profile).ravel()
    effects = fit_effects(ds, values, HOURS)
    assert effects is not None
    assert set(effects.zero_days) == {CHRISTMAS, NEW_YEAR}
    np.testing.assert_array_equal(effects.is_zero_day(ds), np.repeat(zero, 24))
    assert (effects.remove(values, ds) > 0).all()
