"""The plan of a training, and series that are too short for one: left out with the reason, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import AllSeriesFailedError, InputRefusedError
from forecaster.forecasting.methods.training_session import TimeLimit
from forecaster.forecasting.plan import long_enough, make_plan
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel


FILES = dict.fromkeys("abc", "p.csv")


def test_short_series_are_left_out(panel_of: Callable[..., Panel]) -> None:
    panel, failed = long_enough(panel_of(a=np.arange(20), b=np.arange(5), c=np.arange(8)), FILES, 8, "give more")
    assert (panel.ids, failed) == (("a", "c"), {"b": "too few rows: have 5, need 8"})


def test_one_short_series_is_refused_with_its_file(panel_of: Callable[..., Panel]) -> None:
    with pytest.raises(InputRefusedError) as caught:
        long_enough(panel_of(a=np.arange(5)), FILES, 8, "give more")
    assert (str(caught.value), caught.value.code) == ("p.csv: too few rows: have 5, need 8; give more", "SHORT")


def test_short_series_alone_have_failed(panel_of: Callable[..., Panel]) -> None:
    with pytest.raises(AllSeriesFailedError) as caught:
        long_enough(panel_of(a=np.arange(5), b=np.arange(6)), FILES, 8, "give more")
    assert str(caught.value) == "none of the 2 series has the 8 rows that are needed; give more"


def test_a_plan_has_room_for_its_horizon(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.sin(np.arange(60)))
    plan = make_plan(panel, Specification(horizon=4, time_limit=9, zero_shot=False), 5.0)
    assert plan.panel is panel
    assert (plan.recipe.horizon, plan.time_limit) == (4, TimeLimit(9, 5.0))
    assert len(plan.split.calibration.origins.last)
    with pytest.raises(InputRefusedError, match="60 rows are too few to forecast 40 steps") as caught:
        make_plan(panel, Specification(horizon=40, zero_shot=False))
    assert caught.value.code == "SHORT"
