"""The variance of closes is learned where they are many, is shared by series, and is 1 where nothing speaks against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.prices.close_variance import LARGEST_RATIO, fit_close_variance
from forecaster.series.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(("night", "weekend"), [(3.0, 3.0), (2.0, 5.0), (6.0, 0.5)])
def test_larger_moves_across_closes_are_learned(
    session_panel: Callable[..., Panel], night: float, weekend: float
) -> None:
    _, over_night, over_weekend = fit_close_variance(session_panel(night, weekend, days=600))[0]
    assert over_night == pytest.approx(night**2, rel=0.3)
    assert over_weekend == pytest.approx(weekend**2, rel=0.5)


def test_closes_with_moves_as_any_other_count_as_steps(session_panel: Callable[..., Panel]) -> None:
    np.testing.assert_allclose(fit_close_variance(session_panel(1, 1, days=600)), 1, atol=0.15)


def test_without_closes_all_are_one(session_panel: Callable[..., Panel]) -> None:
    panel = session_panel(1, 1, days=1, series=2)
    assert fit_close_variance(panel).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_a_few_closes_are_believed_as_far_as_they_differ(session_panel: Callable[..., Panel]) -> None:
    few = fit_close_variance(session_panel(5, 5, days=10))[0, 1]
    slight = fit_close_variance(session_panel(1.3, 1.3, days=10))[0, 1]
    assert few > 5
    assert abs(np.log(slight)) < np.log(few) / 2


def test_a_short_series_learns_from_the_others(session_panel: Callable[..., Panel]) -> None:
    panel = session_panel(4, 4, days=200, series=3)
    panel = panel.cut(np.array([0, 0, panel.lengths[2] - 40]), panel.lengths)
    helped, alone = fit_close_variance(panel)[2, 1], fit_close_variance(panel.take([2]))[0, 1]
    assert abs(np.log(helped / 16)) < abs(np.log(alone / 16))


def test_weekends_start_from_nights(session_panel: Callable[..., Panel]) -> None:
    panel = session_panel(4, 4, days=24)
    _, night, weekend = fit_close_variance(panel.tail(7 * 14))[0]
    assert weekend == pytest.approx(night, rel=1)
    assert weekend > 4


def test_one_crash_over_a_night_does_not_decide(session_panel: Callable[..., Panel]) -> None:
    panel = session_panel(2, 2, days=100)
    values = panel.values.copy()
    values[7 * 50 :] /= 2
    crashed = Panel(panel.ids, panel.ds, values, panel.indptr, panel.calendars)
    np.testing.assert_allclose(fit_close_variance(crashed), fit_close_variance(panel), rtol=0.3)


@pytest.mark.parametrize("still", ["closes", "sessions", "all"])
def test_prices_that_stand_still_have_bounded_variance(session_panel: Callable[..., Panel], still: str) -> None:
    panel = session_panel(3, 3, days=60)
    returns = np.diff(np.log(panel.values), prepend=np.log(50))
    first = np.arange(len(returns)) % 7 == 0
    returns[{"closes": first, "sessions": ~first, "all": np.ones(len(returns), dtype=bool)}[still]] = 0
    values = 50 * np.exp(np.cumsum(returns))
    found = fit_close_variance(Panel(panel.ids, panel.ds, values, panel.indptr, panel.calendars))
    assert ((found >= 1 / LARGEST_RATIO) & (found <= LARGEST_RATIO)).all()
