"""Windows forecast with the pretrained network: each from its own rows, on its calendar, and rolled beyond 48 steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting import components
from forecaster.forecasting.components import FittedComponents
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.holdout import PRETRAINED
from forecaster.forecasting.methods import zero_shot
from forecaster.forecasting.methods.level_windows import (
    LONGEST,
    USUAL_LONGEST,
    level_windows,
    longest_history,
    seasons_of,
)
from forecaster.forecasting.methods.window_sets import cut_windows
from forecaster.forecasting.methods.zero_shot import MEDIAN, forecast_windows
from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.forecasting.pretrained.level_network import networks_of, shipped_networks
from forecaster.forecasting.pretrained.weights import LEVELS, load_weights
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.series.grid_steps import on_every_step
from forecaster.series.panel import Panel, panel_from_series
from forecaster.series.scaling import fit_relative_scaling
from forecaster.series.windows import Origins, ends
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats, Ints
    from forecaster.nn.parameters import Parameters


def series(rows: int, seed: int = 0, season: int = 7) -> Floats:
    t = np.arange(rows)
    noise = np.random.default_rng(seed).normal(size=rows)
    return 40 + 0.02 * t + 6 * np.sin(2 * np.pi * t / season) + noise


def forecast(panel: Panel, horizon: int = 10, season: int = 7, chosen: Origins | None = None) -> tuple[Floats, Floats]:
    """Return medians and offsets behind the end of each series, or at chosen origins."""
    windows = level_windows(panel, fit_relative_scaling(panel).transform, chosen or ends(panel.indptr), season)
    return forecast_windows(windows, shipped_networks(LEVELS), horizon)


@pytest.mark.parametrize(("season", "expected"), [(1, ()), (4, (4,)), (12, (12,)), (24, (24, 168)), (52, (52,))])
def test_seasons_that_are_looked_for(season: int, expected: tuple[int, ...]) -> None:
    assert seasons_of(season) == expected
    assert USUAL_LONGEST <= longest_history(season) <= LONGEST


def test_half_months_have_no_week() -> None:
    assert seasons_of(24, of_dates=True) == (24,)


@pytest.mark.parametrize("horizon", [1, 18, 48, 49, 120])
def test_as_many_steps_as_are_wanted_with_a_median_among_the_quantiles(
    panel_of: Callable[..., Panel], horizon: int
) -> None:
    median, offsets = forecast(panel_of(a=series(90), b=series(30, 1)), horizon)
    assert median.shape == (2, horizon)
    assert offsets.shape == (2, horizon, len(TAUS))
    assert np.isfinite(median).all()
    assert not offsets[..., MEDIAN].any()
    assert (np.diff(offsets, axis=-1) >= 0).all()


def test_a_longer_horizon_begins_as_a_shorter_one(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=series(90), b=series(30, 1))
    short, long = forecast(panel, 60), forecast(panel, 150)
    for one, other in zip(short, long, strict=True):
        np.testing.assert_array_equal(one, other[:, :60])


def test_beyond_the_steps_answered_at_once_quantiles_widen_with_the_root_of_the_steps(
    panel_of: Callable[..., Panel],
) -> None:
    _, offsets = forecast(panel_of(a=series(90)), 144)
    for step in (HORIZON + 1, 96, 97, 144):
        np.testing.assert_allclose(offsets[0, step - 1], offsets[0, HORIZON - 1] * np.sqrt(step / HORIZON), rtol=1e-9)


def test_beyond_the_steps_answered_at_once_the_season_goes_on(panel_of: Callable[..., Panel]) -> None:
    median, _ = forecast(panel_of(a=series(140)), 96)
    x = median[0, HORIZON:]
    wave = np.sin(2 * np.pi * np.arange(140 + HORIZON, 140 + 96) / 7)
    assert np.corrcoef(x, wave)[0, 1] > 0.9


def test_a_window_sees_nothing_of_what_comes_after_it(panel_of: Callable[..., Panel]) -> None:
    y = series(100)
    changed = np.concatenate([y[:80], y[80:] * 1.3 + 5])
    panels = panel_of(a=y), panel_of(a=changed)
    transform = fit_relative_scaling(panels[0]).transform
    at: Ints = np.array([79])
    one, other = (
        forecast_windows(level_windows(panel, transform, Origins(0 * at, at), 7), shipped_networks(LEVELS), 10)
        for panel in panels
    )
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_a_window_in_the_middle_is_forecast_as_if_its_series_ended_there(panel_of: Callable[..., Panel]) -> None:
    y = series(100)
    middle, _ = forecast(panel_of(a=y), chosen=Origins(np.array([0]), np.array([69])))
    end, _ = forecast(panel_of(a=y[:70]))
    np.testing.assert_allclose(middle, end, rtol=1e-9)


def test_windows_of_one_length_do_not_depend_on_their_order(panel_of: Callable[..., Panel]) -> None:
    each = {name: series(60, seed) for seed, name in enumerate("abcde")}
    forward, backward = forecast(panel_of(**each)), forecast(panel_of(**dict(reversed(each.items()))))
    for one, other in zip(forward, backward, strict=True):
        np.testing.assert_array_equal(one, other[::-1])


def test_many_windows_are_forecast_in_parts_as_together(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_of(**{name: series(60, seed) for seed, name in enumerate("abcdefgh")})
    together = forecast(panel)
    monkeypatch.setattr(zero_shot, "AT_ONCE", 4)
    for one, other in zip(together, forecast(panel), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rows", [USUAL_LONGEST, USUAL_LONGEST + 1, USUAL_LONGEST + 50])
def test_rows_before_the_longest_history_say_nothing(panel_of: Callable[..., Panel], rows: int) -> None:
    y = series(USUAL_LONGEST + 50)
    changed = y.copy()
    changed[: len(y) - USUAL_LONGEST] += 20
    one, other = forecast(panel_of(a=y[-rows:])), forecast(panel_of(a=changed[-rows:]))
    np.testing.assert_array_equal(one[0], other[0])


def test_a_missing_row_leaves_a_hole(panel_of: Callable[..., Panel]) -> None:
    """Rows of a weekly season, of which three are missing, one at a time: the phase of the forecast stays."""
    y, times = series(105), np.arange(105)
    kept = np.delete(times, [50, 61, 90])
    whole, _ = forecast(panel_of(a=y), 14)
    holes, _ = forecast(on_every_step(panel_from_series([("a", kept, y[kept])]), 7), 14)
    counted, _ = forecast(panel_of(a=y[kept]), 14)
    error = np.abs(holes - whole).mean()
    assert error < 0.05
    assert np.abs(counted - whole).mean() > error


def test_only_series_without_negative_values_are_logarithms(panel_of: Callable[..., Panel]) -> None:
    median, _ = forecast(panel_of(above=series(60), below=-series(60)))
    assert (np.exp(median[0]) > 20).all()
    assert (median[1] < -20).all()


def test_logarithms_do_not_depend_on_the_unit(panel_of: Callable[..., Panel]) -> None:
    y = series(60)
    median, offsets = forecast(panel_of(a=y, b=7 * y))
    np.testing.assert_allclose(median[1], median[0] + np.log(7), rtol=1e-6)
    np.testing.assert_allclose(offsets[1], offsets[0], rtol=1e-4, atol=1e-6)


def test_the_networks_are_those_that_the_recipe_names(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_of(a=series(60))
    usual, _ = forecast(panel)
    asked: list[str] = []

    def silent(digest: str) -> tuple[Parameters, ...]:
        asked.append(digest)
        return networks_of(0 * load_weights(digest))

    monkeypatch.setattr(components, "shipped_networks", silent)
    recipe = derive_recipe(panel, Specification(season=7, horizon=10, zero_shot=True))
    windows = cut_windows(recipe, fit_relative_scaling(panel), panel, ends(panel.indptr))
    found = FittedComponents((), None, None).forecast(recipe, windows, panel, 0.5)
    assert asked == [recipe.pretrained]
    assert not found.offsets[PRETRAINED].any(), "networks that say nothing have no quantiles"
    assert np.abs(np.log(found.points[PRETRAINED]) - usual).max() > 1e-4


def upper(panel: Panel, horizon: int) -> Floats:
    """Return the highest quantile of each step after the only series, in its values."""
    median, offsets = forecast(panel, horizon, season=1)
    return fit_relative_scaling(panel).transform.inverse(median + offsets[..., -1], np.zeros((1, 1), np.int64))[0]


@pytest.mark.parametrize(
    ("y", "most"),
    [
        ([0] * 6 + [12] + [0] * 12 + [7] + [0] * 15, 20),
        ([0] * 25 + [100, 103, 98, 101, 99, 104, 97, 102, 100, 101, 98, 103, 99, 100, 102], 300),
        ([5] * 20 + [50] * 20, 520),  # a second jump as large as the first: from 50 to 500
        ([10] * 39 + [1e6], 1e9),
        ([0, 0, 1], 30),
    ],
    ids=["rare demand", "a start at zero", "a jump", "a wrong last value", "three rows"],
)
def test_quantiles_stay_within_the_reach_of_the_series(
    panel_of: Callable[..., Panel], y: list[float], most: float
) -> None:
    """Without a bound, exponentials of the spread after one jump are a million times the data."""
    panel = panel_of(a=np.array(y, dtype=float))
    assert (upper(panel, 18) <= most).all()


def test_the_bounds_do_not_bind_a_random_walk(monkeypatch: pytest.MonkeyPatch, panel_of: Callable[..., Panel]) -> None:
    walk = np.exp(4 + np.cumsum(np.random.default_rng(3).normal(0, 0.02, 80)))
    bounded = upper(panel_of(a=walk), 48)
    far = lambda x, steps, logarithmic: 2 * (np.full(steps.shape, 1e6),)  # noqa: ARG005, E731 - as the function
    monkeypatch.setattr(zero_shot, "distance_ahead", far)
    np.testing.assert_array_equal(upper(panel_of(a=walk), 48), bounded)
