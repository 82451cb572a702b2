"""Forecasts do not depend on the order of the series, nor on the series beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.forecaster import BlendedForecaster, train_forecaster
from forecaster.forecasting.new_series import for_series
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.series_order import in_order_of_names, in_order_of_panel, panel_in_order
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.method import Forecast
    from forecaster.series.panel import Panel

KINDS = {
    "levels": Specification(horizon=4, members=2, epochs=2, updates=4, hidden=8, mode="level", season=4),
    "prices": Specification(horizon=4, members=1, epochs=1, updates=2, hidden=4, mode="returns"),
    "zero-shot": Specification(horizon=4, season=4, zero_shot=True),
    "irregular": Specification(horizon=4, members=1, epochs=2, updates=4, hidden=8, irregular=True),
}
NEWER = 12


def panel_of_walks(rows: int = 160) -> Panel:
    """Return series whose moves differ in size, in an order that is not that of their names."""
    rng = np.random.default_rng(5)
    walks = {
        name: np.exp(4 + np.cumsum(rng.normal(0, size, rows))) for name, size in (("c", 0.01), ("a", 0.03), ("b", 0.1))
    }
    return panel_from_series((name, np.arange(rows), y) for name, y in walks.items())


def ends_of(forecast: Forecast, series: int) -> np.ndarray:
    """Return the points and the ends of the intervals of a series."""
    parts = (forecast.point, *forecast.low.values(), *forecast.high.values())
    return np.stack([part[series] for part in parts])


@pytest.mark.sampled("prices")
@pytest.mark.sampled("prices", "zero-shot")
@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_series_changes_no_bit(kind: str) -> None:
    panel = panel_of_walks()
    reverse = panel.take([2, 1, 0])
    ours, theirs = (BlendedForecaster(KINDS[kind]).fit(each).predict(each, 6) for each in (panel, reverse))
    for i in range(3):
        np.testing.assert_array_equal(ends_of(ours, i), ends_of(theirs, 2 - i))


@pytest.mark.sampled("prices", "zero-shot")
@pytest.mark.parametrize("kind", KINDS)
def test_a_series_is_forecast_as_if_it_alone_had_newer_rows(kind: str) -> None:
    panel = panel_of_walks()
    fitted = BlendedForecaster(KINDS[kind]).fit(panel.head(NEWER))
    together = fitted.predict(panel, 6)
    for i in range(3):
        alone = fitted.take([i]).predict(panel.take([i]), 6)
        np.testing.assert_array_equal(ends_of(together, i), ends_of(alone, 0))


@pytest.mark.sampled("irregular", "prices")
@pytest.mark.parametrize("kind", ["levels", "prices", "irregular"])
def test_a_new_series_is_forecast_as_if_it_were_the_only_one(kind: str) -> None:
    panel = panel_of_walks()
    fitted = BlendedForecaster(KINDS[kind]).fit(replace(panel, ids=("x", "y", "z")))
    together = for_series(fitted, panel).predict(panel, 6)
    for i in range(3):
        alone = panel.take([i])
        np.testing.assert_array_equal(ends_of(together, i), ends_of(for_series(fitted, alone).predict(alone, 6), 0))


def test_paths_of_a_series_do_not_depend_on_the_others() -> None:
    panel = panel_of_walks()
    fitted = BlendedForecaster(KINDS["levels"]).fit(panel)
    together, alone = (fitted.take(of).sample_paths(panel.take(of), 6, 9, 3) for of in ([0, 1, 2], [1]))
    np.testing.assert_array_equal(together[:, [1]], alone)


def test_results_come_in_the_order_of_the_panel() -> None:
    panel = panel_of_walks()
    ordered = in_order_of_names(panel)
    assert ordered.ids == ("a", "b", "c")
    assert in_order_of_names(ordered) is ordered
    assert panel_in_order(ordered, panel.ids).ids == panel.ids
    fitted, holdout = train_forecaster(make_plan(ordered, KINDS["zero-shot"]))
    in_file, judged = in_order_of_panel(fitted, holdout, panel)
    np.testing.assert_array_equal(in_file.slope, fitted.slope[[2, 0, 1]])
    assert np.array_equal(np.unique(judged.series[holdout.series == 0]), [1])
    assert in_order_of_panel(fitted, holdout, ordered) == (fitted, holdout)
