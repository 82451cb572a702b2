"""The growth of errors beyond the trained horizon, measured by rolling forecasts forward on known rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.forecasting.blend import Blend
from forecaster.forecasting.forecaster import BlendedForecaster, train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.rolled_errors import (
    _actual_values,
    _cut_series,
    _rolling_windows,
    _without_pretrained,
    measure_growth,
)
from forecaster.forecasting.uncertainty.growth import KNOTS, power_growth
from forecaster.series.grid_steps import on_every_step
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

TINY = Specification(horizon=4, members=1, epochs=2, updates=20, hidden=8, season=1, mode="level")


def walks(count: int, rows: int) -> Panel:
    rng = np.random.default_rng(0)
    return panel_from_series((f"w{i}", np.arange(rows), rng.normal(size=rows).cumsum()) for i in range(count))


def noises(count: int, rows: int) -> Panel:
    rng = np.random.default_rng(1)
    return panel_from_series((f"n{i}", np.arange(rows), 50 + rng.normal(size=rows)) for i in range(count))


@pytest.fixture(scope="module")
def walking() -> BlendedForecaster:
    """Train on random walks."""
    return BlendedForecaster(TINY).fit(walks(30, 200))


@pytest.fixture(scope="module")
def noisy() -> BlendedForecaster:
    """Train on noise around a level."""
    return BlendedForecaster(TINY).fit(noises(30, 200))


def test_rolled_errors_of_random_walks_grow_and_those_of_noise_do_not(
    walking: BlendedForecaster, noisy: BlendedForecaster
) -> None:
    assert walking.growth is not None
    assert noisy.growth is not None
    assert (walking.growth > KNOTS**0.4).all()
    assert noisy.growth[-1] < 1.25


def test_windows_are_of_every_series_and_have_rows_beyond_the_horizon(walking: BlendedForecaster) -> None:
    for count in (1, 7, 200, 400):
        panel = walks(count, 60)
        series, later = _rolling_windows(panel, walking)
        assert len(set(series)) == min(count, 300)
        assert len(series) == max(150, min(count, 300))
        assert (later > walking.recipe.horizon).all()
        assert (later <= 30).all()
    assert len(set(later)) > 10, "they end at different rows"


def test_windows_end_at_the_phase_at_which_forecasts_begin(walking: BlendedForecaster) -> None:
    strided = replace(walking, recipe=replace(walking.recipe, stride=6))
    series, later = _rolling_windows(walks(2, 101), strided)
    assert len(series) == 150
    assert (later % 6 == 0).all()
    assert (later > walking.recipe.horizon).all()


def test_windows_of_long_series_are_in_their_latest_rows(walking: BlendedForecaster) -> None:
    assert _rolling_windows(walks(1, 30_000), walking)[1].max() <= 5000


def test_long_windows_are_fewer(walking: BlendedForecaster) -> None:
    long = replace(walking, recipe=replace(walking.recipe, lookback=3000))
    assert len(_rolling_windows(walks(1, 9000), long)[0]) == 50


def test_series_are_cut_where_their_windows_end() -> None:
    panel = walks(2, 50)
    cut = _cut_series(panel.tail(40), np.array([1, 0, 1]), np.array([20, 5, 38]), rows=10)
    assert [cut.ds[cut.slice(i)].tolist() for i in range(3)] == [
        list(range(20, 30)),
        list(range(35, 45)),
        [10, 11],
    ]


def test_of_series_that_are_too_short_errors_grow_as_within_the_horizon(walking: BlendedForecaster) -> None:
    short = walks(2, 9)
    assert not len(_rolling_windows(short, walking)[0])
    np.testing.assert_array_equal(measure_growth(walking, short), power_growth(walking.horizon_exponent))


def test_values_are_found_at_their_step() -> None:
    ds = np.delete(np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]"), [40, 41]).astype("datetime64[us]")
    values = np.arange(58.0)
    panel = on_every_step(panel_from_series([("a", ds, values)]), 1)
    actual = _actual_values(panel, np.array([0]), np.array([37]), 30)[0]
    after = np.arange("2024-02-08", "2024-03-09", dtype="datetime64[D]")
    expected = [dict(zip(ds.astype("datetime64[D]"), values, strict=True)).get(day, np.nan) for day in after]
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.sampled("requested0")
@pytest.mark.parametrize("requested", [{}, {"arch": "encoder-decoder"}, {"arch": "one-to-one", "mode": "level"}])
def test_beyond_the_horizon_widths_grow_and_within_it_nothing_changes(requested: dict[str, str]) -> None:
    panel = walks(2, 200)
    fitted = BlendedForecaster(replace(TINY, **requested)).fit(panel)
    near, far = fitted.predict(panel, 4), fitted.predict(panel, 60)
    for level in (80, 95):
        np.testing.assert_array_equal(far.low[level][:, :4], near.low[level])
        np.testing.assert_array_equal(far.high[level][:, :4], near.high[level])
        width = far.high[level] - far.low[level]
        assert (np.diff(width[:, 3:]) > 0).all()
        assert (width <= width[:, 3:4] * np.maximum(np.arange(1, 61) / 4, 1) * (1 + 1e-9))[:, 4:].all()


@pytest.mark.slow
def test_sample_paths_spread_as_the_intervals_do() -> None:
    panel = walks(1, 200)
    fitted = BlendedForecaster(TINY).fit(panel)
    paths = fitted.sample_paths(panel, 40, 4000, 0)[:, 0]
    forecast = fitted.predict(panel, 40)
    inside = ((paths >= forecast.low[80][0]) & (paths <= forecast.high[80][0])).mean(axis=0)
    np.testing.assert_allclose(inside, 0.8, atol=0.03)


@pytest.mark.parametrize(
    "requested", [Specification(zero_shot=True, horizon=4), Specification(horizon=4, mode="returns")]
)
def test_where_every_step_has_offsets_of_its_own_nothing_is_measured(requested: Specification) -> None:
    rng = np.random.default_rng(0)
    prices = panel_from_series([("p", np.arange(200), np.exp(rng.normal(0, 0.01, 200).cumsum()))])
    assert train_forecaster(make_plan(prices, requested))[0].growth is None


def test_bounds_far_ahead_stay_within_reach_of_the_rows() -> None:
    panel = noises(1, 200)
    explosive = replace(BlendedForecaster(TINY).fit(panel), growth=np.array([1e3, 1e6, 1e9, 1e12]))
    forecast = explosive.predict(panel, 40)
    near, far = (forecast.high[80] - forecast.low[80])[0, [3, 39]]
    assert near < far < 100 * np.ptp(panel.values)


def test_the_rest_of_the_blend_is_rolled_alone_if_it_has_weight(walking: BlendedForecaster) -> None:
    pretrained = replace(
        walking,
        recipe=replace(walking.recipe, pretrained="digest", fine_tuned=1),
        blend=Blend({"network": 0.3, "theta": 0.1, "pretrained_network": 0.4, "fine_tuned_network": 0.2}),
    )
    alone = _without_pretrained(pretrained)
    assert alone.recipe == walking.recipe
    assert alone.blend.weights == pytest.approx({"network": 0.75, "theta": 0.25})
    light = replace(pretrained, blend=Blend({"network": 0.1, "pretrained_network": 0.9}))
    assert _without_pretrained(light) is light
    assert len(_rolling_windows(walks(1, 200), light)[0]) == 25
    assert _without_pretrained(walking) is walking
