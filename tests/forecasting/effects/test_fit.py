"""Effects are learned where they are, and nothing is learned where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.schedule import MONTHLY, Schedule
from forecaster.forecasting.effects.fit import fit_effects
from forecaster.forecasting.effects.named_days import NamedDay
from tests.forecasting.effects.simulated import CHRISTMAS, DAYS, EFFECTS, HOURS, WEEK, noise_of_week, sales, time_stamps


def test_the_year_and_the_named_days_of_seven_years_are_found() -> None:
    ds, values = sales(2557, 1)
    effects = fit_effects(ds, values, DAYS)
    assert effects is not None
    assert effects.log
    assert set(effects.named) >= set(EFFECTS)
    assert len(effects.named) <= len(EFFECTS) + 1
    constant = dict(zip(effects.named, effects.coefficients[:, 0], strict=True))
    for day, effect in EFFECTS.items():
        if not day.fixed_date:
            assert constant[day] == pytest.approx(effect, abs=0.15)
    days = ds.astype("datetime64[D]").astype(np.int64)
    wave = 0.25 * np.sin(2 * np.pi * days / 365.2425)
    assert np.abs(effects.parts(ds)["year"] - wave).mean() < 0.02


@pytest.mark.parametrize("effect", [-100.0, -40.0, 80.0, 300.0])
def test_an_effect_is_learned_whole_however_large_it_is_beside_the_noise(effect: float) -> None:
    ds = time_stamps(1600)
    days = ds.astype("datetime64[D]").astype(np.int64)
    values = 100 + np.random.default_rng(5).normal(0, 1, len(ds))
    christmas = np.isin(days, CHRISTMAS.days(int(days[0]), int(days[-1])))
    values[christmas] += effect
    effects = fit_effects(ds, values, DAYS)
    assert effects is not None
    assert effects.remove(values, ds)[christmas] == pytest.approx(100, abs=4)


def test_the_effects_of_the_next_year_are_those_that_come() -> None:
    ds, values = sales(2557 + 365, 2)
    effects = fit_effects(ds[:2557], values[:2557], DAYS)
    assert effects is not None
    without = np.log(effects.remove(values, ds))[2557:]
    week = WEEK[weekday_of(ds.astype("datetime64[D]").astype(np.int64))][2557:]
    rest = without - week - 0.0003 * np.arange(2557, 2557 + 365)
    assert rest.std() < 0.13, "the noise has 0.1"


@pytest.mark.sampled("noise")
@pytest.mark.sampled("noise", "wild")
@pytest.mark.parametrize("kind", ["noise", "walk", "shift", "wild"])
def test_nothing_is_found_where_there_is_nothing(kind: str) -> None:
    found = 0
    for seed in range(12):
        ds, logarithms = noise_of_week(1200, seed)
        rng = np.random.default_rng([seed, 1])
        if kind == "walk":
            logarithms += np.cumsum(0.02 * rng.standard_normal(1200))
        if kind == "shift":
            logarithms += 0.5 * (np.arange(1200) > 700)
        if kind == "wild":
            logarithms += 0.1 * rng.standard_t(2.5, 1200)
        found += fit_effects(ds, 100 * np.exp(logarithms), DAYS) is not None
    assert found <= 2, "one in twenty is allowed by chance"


def test_two_years_show_the_year_and_no_named_day() -> None:
    ds, values = sales(760, 3)
    effects = fit_effects(ds, values, DAYS)
    assert effects is not None
    assert effects.year.any()
    assert CHRISTMAS not in effects.named


def test_listed_days_are_learned_from_little_more_than_a_year() -> None:
    ds, values = sales(480, 4)
    first, last = 0, 30_000
    listed = [NamedDay(name=day.describe(), dates=tuple(day.days(first, last).tolist())) for day in EFFECTS]
    assert fit_effects(ds, values, DAYS) is None
    effects = fit_effects(ds, values, DAYS, listed=listed)
    assert effects is not None
    assert {day.name for day in effects.named} >= {"25 December", "the day after the fourth Thursday of November"}
    (place,) = np.flatnonzero(ds == np.datetime64("2016-12-25"))
    assert -1.6 < effects.parts(ds)["holidays"][place] < -0.6


def test_listed_days_without_effect_are_not_learned() -> None:
    ds, logarithms = noise_of_week(480, 5)
    listed = [NamedDay(name=f"{k}", dates=tuple(range(16_000 + 23 * k, 22_000, 365))) for k in range(12)]
    assert fit_effects(ds, np.exp(logarithms), DAYS, listed=listed) is None


def test_a_moving_holiday_has_one_effect_in_all_years() -> None:
    ds, logarithms = noise_of_week(1500, 6)
    eid = NamedDay(name="Eid", dates=(16_988, 17_342, 17_697, 18_051))
    logarithms[np.array(eid.dates) - int(ds[0].astype("datetime64[D]").astype(int))] -= 0.7
    effects = fit_effects(ds, np.exp(logarithms), DAYS, listed=[eid])
    assert effects is not None
    assert eid in effects.named


def test_sums_are_learned_where_values_are_negative() -> None:
    ds, logarithms = noise_of_week(1500, 7)
    days = ds.astype("datetime64[D]").astype(np.int64)
    effects = fit_effects(ds, logarithms + 0.5 * np.cos(2 * np.pi * days / 365.2425), DAYS)
    assert effects is not None
    assert not effects.log


def test_filled_rows_do_not_count() -> None:
    ds, values = sales(2557, 8)
    effects = fit_effects(ds, values, DAYS)
    observed = np.random.default_rng(0).random(2557) > 0.03
    spoiled = np.where(observed, values, 1e6)
    other = fit_effects(ds, spoiled, DAYS, observed=observed)
    assert effects is not None
    assert other is not None
    assert np.abs(other.parts(ds)["year"] - effects.parts(ds)["year"]).max() < 0.05


def test_hours_learn_how_the_profile_of_the_day_changes_with_the_year_and_on_a_holiday() -> None:
    days = time_stamps(1200)
    ds = (days[:, None] + np.arange(24) * np.timedelta64(1, "h")).ravel()
    number = days.astype("datetime64[D]").astype(np.int64)
    hour, weekend = np.arange(24), weekday_of(number) >= 5
    shape = np.where(weekend[:, None], 0.3 * np.sin(hour / 24 * 2 * np.pi), 0.3 * np.cos(hour / 24 * 4 * np.pi))
    december = CHRISTMAS.days(int(number[0]), int(number[-1])) - number[0]
    sunday = 0.3 * np.sin(hour / 24 * 2 * np.pi)
    shape[december] = sunday - 0.8
    summer = np.sin(2 * np.pi * number / 365.2425)[:, None] * 0.2 * np.cos(hour / 24 * 2 * np.pi)
    noise = 0.03 * np.random.default_rng(1).standard_normal((1200, 24))
    effects = fit_effects(ds, np.exp(5 + shape + summer + noise).ravel(), HOURS)
    assert effects is not None
    assert effects.profile_year.any()
    year = effects.parts(ds)["year"].reshape(1200, 24)
    assert np.abs(year - summer).mean() < 0.03
    assert CHRISTMAS in effects.named
    share = effects.coefficients[effects.named.index(CHRISTMAS), 2]
    assert share == pytest.approx(1, abs=0.2)


def test_hours_of_noise_have_no_effects() -> None:
    days = time_stamps(760)
    ds = (days[:, None] + np.arange(24) * np.timedelta64(1, "h")).ravel()
    found = [fit_effects(ds, np.random.default_rng(seed).standard_normal(len(ds)), HOURS) for seed in range(8)]
    assert sum(each is not None for each in found) <= 1


def test_a_wild_day_changes_nothing_else() -> None:
    ds, values = sales(2557, 12)
    spoiled = values.copy()
    spoiled[[300, 1500]] *= 1e6
    plain, other = fit_effects(ds, values, DAYS), fit_effects(ds, spoiled, DAYS)
    assert plain is not None
    assert other is not None
    assert set(other.named) == set(plain.named)
    assert np.abs(other.parts(ds)["year"] - plain.parts(ds)["year"]).max() < 0.05


def test_business_days_learn_without_sundays() -> None:
    ds, values = sales(2557, 9)
    business = np.is_busday(ds.astype("datetime64[D]"))
    effects = fit_effects(ds[business], values[business], Calendar.learn(ds[business]))
    assert effects is not None
    assert effects.year.any()
    assert np.isfinite(effects.restore(effects.remove(values, ds), ds)).all()


@pytest.mark.parametrize("values", [np.zeros(1500), np.full(1500, 3.0)])
def test_a_constant_has_no_effects(values: np.ndarray) -> None:
    assert fit_effects(time_stamps(1500), values, DAYS) is None


@pytest.mark.sampled("1e+60", "1e-09", "1e+120", "1e-80")
@pytest.mark.parametrize("scale", [1e-80, 1e-60, 1e-9, 1e9, 1e60, 1e120])
def test_values_of_any_size_are_safe(scale: float) -> None:
    ds, values = sales(1500, 10)
    for signed in (values * scale, (values - values.mean()) * scale):
        effects = fit_effects(ds, signed, DAYS)
        if effects is not None:
            assert np.isfinite(effects.restore(effects.remove(signed, ds), ds)).all()


def test_short_and_other_schedules_are_skipped() -> None:
    ds, values = sales(2557, 11)
    assert fit_effects(ds[:700], values[:700], DAYS) is None
    assert fit_effects(ds, values, Schedule(MONTHLY, 1)) is None
    assert fit_effects(ds, values, DAYS, observed=np.zeros(2557, np.bool_)) is None
