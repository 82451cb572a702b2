"""Whatever a series between 0 and 1 does, nothing that is forecast lies outside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.spec import COLUMNS, Specification

SHARES = st.lists(st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.0, 1.0])), min_size=20, max_size=40)


def check_forecasts(values: list[float], specification: Specification, steps: int) -> None:
    """Check points, intervals, sample paths and held-out forecasts of a series."""
    y = np.array(values)
    days = np.datetime64("2024-01-01", "us") + np.arange(len(y)) * np.timedelta64(1, "D")
    panel = panel_from_series([("a", days, y)])
    fitted, holdout = train_forecaster(make_plan(panel, specification))
    forecast = fitted.predict(panel, steps, levels=(1, 50, 80, 95, 99.99))
    paths = fitted.sample_paths(panel, steps, 20, 0)
    judged = holdout.forecasts[COLUMNS.model]
    for made in (forecast.point, *forecast.low.values(), *forecast.high.values(), paths, judged):
        assert made.min() >= 0
        assert made.max() <= 1
    for level in forecast.low:
        assert (forecast.low[level] <= forecast.point).all()
        assert (forecast.high[level] >= forecast.point).all()


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(values=SHARES, mode=st.sampled_from([None, "level"]))
def test_shares_stay_shares(values: list[float], mode: str | None) -> None:
    specification = Specification(horizon=4, mode=mode, minimum=0.0, maximum=1.0)
    check_forecasts(values, specification, 9)


@pytest.mark.sampled("rising", "rare")
@pytest.mark.parametrize("kind", ["rising", "falling", "at the top", "noise", "rare"])
def test_trained_networks_keep_shares(kind: str) -> None:
    rng, t = np.random.default_rng(0), np.arange(80)
    y = {
        "rising": t / 81,
        "falling": 0.9 - t / 90,
        "at the top": np.minimum(1, rng.normal(1, 0.05, 80)),
        "noise": rng.uniform(size=80),
        "rare": (rng.uniform(size=80) > 0.9).astype(float),
    }[kind]
    specification = Specification(
        horizon=4, mode="level", members=1, epochs=1, updates=5, hidden=4, minimum=0.0, maximum=1.0
    )
    check_forecasts(y.tolist(), specification, 30)
