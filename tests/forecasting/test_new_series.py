"""A fitted forecaster for series that its training did not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.forecasting.defaults import method_choice
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.methods import fine_tuning
from forecaster.forecasting.new_series import for_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel

TRAINED = Specification(horizon=5, members=1, epochs=2, updates=4, hidden=8, mode="level")
PRICES = Specification(horizon=5, mode="returns", members=1, epochs=1, updates=2, hidden=4)


def walk(rows: int, seed: int = 0) -> Floats:
    return np.exp(4 + np.cumsum(np.random.default_rng(seed).normal(0, 0.01, rows)))


@pytest.mark.sampled("levels")
@pytest.mark.parametrize("specification", [TRAINED, PRICES], ids=["levels", "prices"])
def test_the_series_of_training_are_forecast_as_before(
    panel_of: Callable[..., Panel], specification: Specification
) -> None:
    """All rows of training are there, so that the scaling is the same."""
    panel = panel_of(a=walk(150), b=walk(150, 1))
    fitted = BlendedForecaster(specification).fit(panel)
    again = for_series(fitted, panel)
    before, after = fitted.predict(panel, 8), again.predict(panel, 8)
    if specification is TRAINED:
        np.testing.assert_allclose(after.point, before.point, rtol=1e-12)
    assert np.isfinite(after.point).all()
    np.testing.assert_allclose(after.point, before.point, rtol=0.05)


@pytest.mark.sampled("prices")
@pytest.mark.parametrize("specification", [TRAINED, PRICES], ids=["levels", "prices"])
def test_what_was_trained_stays_and_the_scaling_is_that_of_the_new_rows(
    panel_of: Callable[..., Panel], specification: Specification
) -> None:
    fitted = BlendedForecaster(specification).fit(panel_of(a=walk(150), b=walk(150, 1)))
    panel = panel_of(x=walk(80, 2) ** 2, y=100 * walk(80, 2) ** 2, z=walk(40, 3))
    new = for_series(fitted, panel)
    assert new.components.weights is fitted.components.weights
    assert new.blend == fitted.blend
    assert new.calibration is fitted.calibration
    assert new.scaling.usual == fitted.scaling.usual
    assert len(new.slope) == len(new.end) == len(new.scaling.spread) == 3
    forecast = new.predict(panel, 8)
    assert forecast.point.shape == (3, 8)
    np.testing.assert_allclose(forecast.point[1], 100 * forecast.point[0], rtol=1e-5)
    for level in (80, 95):
        assert (forecast.low[level] < forecast.point).all()
        assert (forecast.high[level] > forecast.point).all()


def test_a_few_rows_of_a_new_series_are_enough(panel_of: Callable[..., Panel]) -> None:
    fitted = BlendedForecaster(TRAINED).fit(panel_of(a=walk(150), b=walk(150, 1)))
    for rows in (3, 4, 5, 10):
        panel = panel_of(x=walk(rows, 2))
        assert np.isfinite(for_series(fitted, panel).predict(panel, 5).point).all()


def test_65_a_new_series_of_a_model_of_prices_has_a_value_that_is_none(panel_of: Callable[..., Panel]) -> None:
    fitted = BlendedForecaster(PRICES).fit(panel_of(a=walk(150)))
    assert fitted.recipe.predicts_volatility
    bad = walk(60, 2)
    bad[7] = -3
    with pytest.raises(InputRefusedError) as error:
        for_series(fitted, panel_of(x=walk(60), y=bad))
    assert error.value.exit_code == 65
    assert str(error.value) == "series y: the value -3 is not a price; train a model on these rows"


def test_where_nothing_was_trained_all_follows_from_the_new_rows(panel_of: Callable[..., Panel]) -> None:
    specification = Specification(horizon=5, season=1, zero_shot=True)
    fitted = BlendedForecaster(specification).fit(panel_of(a=walk(60)))
    panel = panel_of(x=walk(40, 2), y=walk(40, 3))
    ours, fresh = (
        for_series(fitted, panel).predict(panel, 20),
        BlendedForecaster(specification).fit(panel).predict(panel, 20),
    )
    np.testing.assert_array_equal(ours.point, fresh.point)
    for level in (80, 95):
        np.testing.assert_array_equal(ours.low[level], fresh.low[level])
        np.testing.assert_array_equal(ours.high[level], fresh.high[level])


def test_new_series_of_fine_tuned_networks(panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BATCH", 8), ("UPDATES_IN_EPOCH", 2), ("PASSES", 1)):
        monkeypatch.setattr(fine_tuning, name, value)
    monkeypatch.setattr(method_choice, "FEWEST_TUNING_UPDATES", 2)
    monkeypatch.setattr(method_choice, "TUNING_UPDATES_PER_ROOT", 0)
    many = panel_of(**{f"s{i}": walk(30, i) for i in range(20)})
    fitted = BlendedForecaster(Specification(horizon=3, season=1, mode="level")).fit(many)
    assert fitted.recipe.tunes_only
    panel = panel_of(x=walk(40, 30), y=-walk(25, 31), z=7 * walk(40, 30))
    new = for_series(fitted, panel)
    assert new.components.levels is not None
    assert new.components.levels.tuned is fitted.components.levels.tuned
    forecast = new.predict(panel, 5)
    np.testing.assert_allclose(forecast.point[2], 7 * forecast.point[0], rtol=1e-4)
    assert (forecast.point[1] < 0).all()
    for level in (80, 95):
        assert (forecast.low[level] <= forecast.point).all()
        assert (forecast.high[level] >= forecast.point).all()
