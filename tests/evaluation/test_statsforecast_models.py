"""Methods of statsforecast as baselines; tests that need the package are skipped if it is not installed."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import UsageError
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.statsforecast_models import METHODS, StatsforecastModel, check_statsforecast
from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable

    Walks = Callable[..., Panel]

installed = pytest.mark.skipif(importlib.util.find_spec("statsforecast") is None, reason="statsforecast is missing")
quiet = pytest.mark.filterwarnings("ignore")
"""The package and what it imports warn of what is nothing to a user."""


def test_without_the_package_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError) as error:
        check_statsforecast(["auto-ets"], irregular=False)
    assert str(error.value) == (
        "--baselines needs statsforecast, which is not installed; pip install 'forecaster-rnn[baselines]'"
    )
    assert error.value.exit_code == 2
    check_statsforecast([], irregular=True)


def test_unknown_methods_and_unequal_steps_are_refused() -> None:
    with pytest.raises(UsageError) as error:
        check_statsforecast(["theta", "ets"], irregular=False)
    assert (
        str(error.value)
        == "--baselines does not know 'ets'; choose from auto-ets, auto-arima, theta, separated by commas"
    )
    with pytest.raises(UsageError, match="--baselines cannot be used with --irregular"):
        check_statsforecast(["theta"], irregular=True)


def test_columns_do_not_collide_with_those_of_this_program() -> None:
    names = [StatsforecastModel(method, 1).name for method in METHODS]
    assert names == ["statsforecast_auto_ets", "statsforecast_auto_arima", "statsforecast_theta"]


@installed
@quiet
@pytest.mark.parametrize("method", METHODS)
def test_each_method_forecasts_every_fold(walks: Walks, shifted: Any, method: str) -> None:
    model = StatsforecastModel(method, 1)
    frame = backtest(walks(40, 60), [shifted("forecast"), model], 3, 2, 3, season=1)
    ends = [frame[model.name + end] for end in ("-lo-95", "-lo-80", "", "-hi-80", "-hi-95")]
    assert np.isfinite(np.array(ends)).all()
    assert (np.diff(ends, axis=0) > 0.0).all()
    assert (frame[model.name] - frame["y"]).abs().max() < 15.0


@installed
@quiet
def test_a_season_is_seen() -> None:
    season = 10.0 * np.sin(np.arange(96) * 2.0 * np.pi / 12.0) + 0.01 * np.random.default_rng(0).normal(size=96)
    panel = panel_from_series([("a", np.arange(96), season)])
    point = StatsforecastModel("auto-ets", 12).fit(panel.head(12)).predict(panel.head(12), 12).point[0]
    assert np.abs(point - season[-12:]).max() < 0.5


@installed
@quiet
def test_a_later_state_is_forecast_with_the_parameters_of_the_fit(walks: Walks) -> None:
    panel = walks(60)
    fitted = StatsforecastModel("auto-ets", 1).fit(panel.head(10))
    now, later = fitted.predict(panel.head(10), 2).point, fitted.predict(panel, 2).point
    assert abs(now[0, 0] - panel.values[49]) < 3.0
    assert abs(later[0, 0] - panel.values[59]) < 3.0


@installed
@quiet
def test_the_last_value_replaces_a_method_that_cannot_be_fitted() -> None:
    panel = panel_from_series([("a", np.arange(3), np.array([4.0, 5.0, 7.0]))])
    assert StatsforecastModel("auto-ets", 1).fit(panel).predict(panel, 2).point.tolist() == [[7.0, 7.0]]
