"""The forecaster as a whole: exact forecasts, sense on awkward series, no skill on noise, no leakage, determinism."""

from __future__ import annotations

from dataclasses import replace
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import ForecasterError, InputRefusedError
from forecaster.forecasting import budget, plan
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.forecaster import BlendedForecaster, train_forecaster
from forecaster.forecasting.methods import training_session
from forecaster.forecasting.methods.network_windows import NetworkWindows
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.uncertainty.significance import diebold_mariano
from forecaster.progress import watched_by
from forecaster.series.panel import panel_from_series
from forecaster.spec import Progress, Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.method import Forecast
    from forecaster.nn.network import NetworkInputs
    from forecaster.series.panel import Panel

PERIOD = 20
TINY = Specification(horizon=5, members=2, epochs=3, updates=4, hidden=8)
"""Enough to run through everything, with networks that have learned next to nothing."""


def ramp(rows: int) -> np.ndarray:
    return np.arange(1.0, rows + 1)


def sine(rows: int) -> np.ndarray:
    return 10 + 3 * np.sin(2 * np.pi * np.arange(rows) / PERIOD)


def noisy(rows: int, seed: int = 0) -> np.ndarray:
    return sine(rows) + np.random.default_rng(seed).normal(0, 0.2, rows)


def walk(rows: int, seed: int = 0, drift: float = 0.0) -> np.ndarray:
    return np.exp(4 + np.cumsum(np.random.default_rng(seed).normal(drift, 0.01, rows)))


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    return float(200 * np.mean(np.abs(actual - forecast) / (np.abs(actual) + np.abs(forecast))))


def network_alone(fitted: FittedForecaster) -> FittedForecaster:
    """Return the forecaster without its baselines, so that the network has to be exact itself."""
    return replace(fitted, blend=Blend({"network": 1.0}))


def assert_sensible(forecast: Forecast) -> None:
    """Hold forecasts to be finite, and intervals to lie around them, the narrow ones inside the wide ones."""
    ends = [forecast.low[95], forecast.low[80], forecast.point, forecast.high[80], forecast.high[95]]
    assert np.isfinite(ends).all()
    for lower, upper in pairwise(ends):
        assert (lower <= upper).all()
    assert (forecast.low[95] < forecast.high[95]).all() or (forecast.low[95] == 0).any()


@pytest.mark.slow
@pytest.mark.parametrize(("make", "whole", "alone"), [(ramp, 1e-6, 1e-3), (sine, 1e-6, 0.025)])
def test_a_ramp_and_a_sine_are_continued_by_the_blend_and_by_the_network_alone(
    panel_of: Callable[..., Panel], make: Callable[[int], np.ndarray], whole: float, alone: float
) -> None:
    """Bound the sMAPE, in percent, of steps that are forecast directly and of those that are rolled forward."""
    panel, actual = panel_of(a=make(300)), make(300 + 2 * PERIOD)[300:]
    fitted = BlendedForecaster(Specification(horizon=PERIOD, members=1)).fit(panel)
    for forecaster, bound in ((fitted, whole), (network_alone(fitted), alone)):
        forecast = forecaster.predict(panel, 2 * PERIOD)
        assert forecast.strategy.tolist() == [["direct"] * PERIOD + ["recursive"] * PERIOD]
        assert smape(actual[:PERIOD], forecast.point[0, :PERIOD]) < bound
        assert smape(actual[PERIOD:], forecast.point[0, PERIOD:]) < bound


CELLS: dict[str, dict[str, Any]] = {
    "gru": {},
    "rnn": {"cell": "rnn"},
    "relu": {"cell": "rnn", "activation": "relu"},
    "lstm": {"cell": "lstm"},
}
NETWORKS: dict[str, dict[str, Any]] = {
    "many-to-one": {},
    "many-to-many": {"arch": "many-to-many"},
    "encoder-decoder": {"arch": "encoder-decoder"},
    "one-to-many": {"arch": "one-to-many"},
    "one-to-one": {"arch": "one-to-one"},
    "bidirectional": {"bidirectional": True},
    "residual": {"residual": True, "layers": 2},
}


@pytest.mark.sampled(
    "ramp-lstm",
    slow=(
        "ramp-encoder-decoder",
        "ramp-one-to-*",
        "ramp-bidirectional",
        "sine-rnn",
    ),
)
@pytest.mark.parametrize(
    "asked",
    [*list(NETWORKS.values())[2:], *list(CELLS.values())[1:], {"arch": "many-to-many", "epochs": 20}],
    ids=[*list(NETWORKS)[2:], *list(CELLS)[1:], "many-to-many"],
)
@pytest.mark.parametrize("make", [ramp, sine])
def test_every_network_alone_continues_a_ramp_and_a_sine(
    panel_of: Callable[..., Panel], make: Callable[[int], np.ndarray], asked: dict[str, Any]
) -> None:
    panel, actual = panel_of(a=make(300)), make(300 + PERIOD)[300:]
    few = {"horizon": PERIOD, "members": 1, "epochs": 8, "hidden": 16}
    fitted = network_alone(BlendedForecaster(Specification(**(few | asked))).fit(panel))
    forecast, direct = fitted.predict(panel, PERIOD), 1 if asked.get("arch") == "one-to-one" else PERIOD
    assert forecast.strategy.tolist() == [["direct"] * direct + ["recursive"] * (PERIOD - direct)]
    assert smape(actual, forecast.point[0]) < 1.5


@pytest.mark.sampled(
    "encoder-decoder-gru-level",
    "many-to-one-*-returns",
    "one-to-one-gru-level",
    slow=(
        "*-lstm-level",
        "*-gru-returns",
    ),
)
@pytest.mark.parametrize("mode", ["level", "returns"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_cell_and_architecture_works_in_both_modes(
    panel_of: Callable[..., Panel], network: str, cell: str, mode: str
) -> None:
    panel = panel_of(a=walk(120), b=walk(90, seed=1))
    asked = {"mode": mode, "members": 1} | CELLS[cell] | NETWORKS[network]
    fitted, holdout = train_forecaster(make_plan(panel, replace(TINY, **asked)))
    assert fitted.recipe.predicts_volatility == (mode == "returns" and fitted.recipe.architecture.arch == "many-to-one")
    assert_sensible(fitted.predict(panel, 12))
    assert np.isfinite(holdout.forecasts["network"]).all()
    assert sum(fitted.blend.weights.values()) == pytest.approx(1)


UNEQUAL = np.cumsum(np.random.default_rng(0).integers(1, 6, 340))
"""Times in steps of 1 to 5, with a mean of 3."""


def irregular(y: np.ndarray, rows: int) -> Panel:
    return panel_from_series([("a", UNEQUAL[:rows], y[:rows])], irregular=True)


@pytest.mark.sampled("rnn")
@pytest.mark.parametrize("cell", CELLS)
def test_a_ramp_of_unequal_steps_is_continued_at_any_time(cell: str) -> None:
    y, asked = UNEQUAL * 1.0, UNEQUAL[300:310]
    panel = irregular(y, 300)
    fitted = BlendedForecaster(
        Specification(horizon=10, members=1, epochs=6, hidden=16, irregular=True, **CELLS[cell])
    ).fit(panel)
    for forecaster in (fitted, network_alone(fitted)):
        forecast = forecaster.predict(panel, 10, asked[None])
        assert forecast.strategy.tolist() == [["direct"] * 10]
        assert smape(y[300:310], forecast.point[0]) < 1.0


def test_what_lies_further_ahead_than_the_network_learned_is_held_there() -> None:
    panel = irregular(np.sin(UNEQUAL / 9), 200)
    fitted = network_alone(BlendedForecaster(replace(TINY, irregular=True)).fit(panel))
    assert fitted.furthest_lead_time is not None
    ahead = np.array([1, 2, 4, 30, 300, 3000]) * 3
    forecast = fitted.predict(panel, 6, UNEQUAL[199] + ahead[None])
    far = ahead / 3 > fitted.furthest_lead_time
    assert far.tolist() == [False] * 3 + [True] * 3
    assert forecast.strategy[0].tolist() == ["held" if each else "direct" for each in far]
    assert np.ptp(forecast.point[0, far]) == 0
    assert np.ptp(forecast.point[0, ~far]) > 0
    width = forecast.high[80][0] - forecast.low[80][0]
    assert (np.diff(width) >= 0).all()


@pytest.mark.sampled(slow=("gru", "rnn"))
@pytest.mark.parametrize("cell", CELLS)
def test_a_sine_of_unequal_steps_is_forecast_with_less_than_half_the_error_of_its_last_value(cell: str) -> None:
    y = 10 + 3 * np.sin(2 * np.pi * UNEQUAL / 60)
    asked = Specification(horizon=10, members=1, epochs=8, hidden=16, irregular=True, **CELLS[cell])
    fitted = BlendedForecaster(asked).fit(irregular(y, 300))
    for forecaster in (fitted, network_alone(fitted)):
        ours, theirs = [], []
        for rows in range(300, 331, 3):
            ahead = slice(rows, rows + 10)
            forecast = forecaster.predict(irregular(y, rows).tail(200), 10, UNEQUAL[None, ahead])
            ours.append(np.abs(forecast.point[0] - y[ahead]).mean())
            theirs.append(np.abs(y[rows - 1] - y[ahead]).mean())
        assert np.mean(ours) < 0.5 * np.mean(theirs)


def test_any_number_of_times_may_be_requested_and_each_is_forecast_alone() -> None:
    panel = irregular(np.sin(UNEQUAL / 9), 120)
    fitted = network_alone(BlendedForecaster(replace(TINY, irregular=True)).fit(panel))
    asked = UNEQUAL[120:133]
    together = fitted.predict(panel, 13, asked[None]).point[0]
    assert np.ptp(together) > 0.01
    for k in (0, 4, 5, 12):
        np.testing.assert_allclose(fitted.predict(panel, 1, asked[None, [k]]).point[0], together[k], rtol=1e-12)


@pytest.mark.slow
def test_a_random_walk_is_not_forecast_better_than_its_last_value(panel_of: Callable[..., Panel]) -> None:
    claims = 0
    for seed in range(8):
        panel = panel_of(a=walk(400, seed))
        fitted, holdout = train_forecaster(make_plan(panel, Specification(horizon=5, zero_shot=False)))
        comparison = diebold_mariano(holdout.losses("last_value") - holdout.losses("forecast"), 4)
        assert fitted.recipe.mode == "returns"
        assert comparison is not None
        claims += comparison.p_value < 0.05
        if fitted.blend == Blend({"network": 1.0}) and not fitted.components.volatility.slope.any():
            np.testing.assert_allclose(fitted.predict(panel, 5).point, panel.values[-1], rtol=1e-12)
    assert claims <= 1


def test_a_drift_is_delivered_only_where_held_out_rows_confirm_it(panel_of: Callable[..., Panel]) -> None:
    rising = walk(600, seed=3, drift=0.004)
    turned = rising.copy()
    turned[500:] = rising[500] * np.exp(-0.02 * np.arange(100))
    panel = panel_of(rising=rising, turned=turned)
    fitted, holdout = train_forecaster(make_plan(panel, Specification(horizon=5, mode="returns")))
    assert fitted.components.volatility.slope[0] > 0.002
    assert fitted.components.volatility.slope[1] == 0
    point = network_alone(fitted).predict(panel, 5).point
    assert (np.diff(point[0]) > 0).all()
    np.testing.assert_allclose(point[1], turned[-1], rtol=1e-12)
    # what is judged is what is delivered
    ours, theirs = (holdout.forecasts[method][holdout.series == 1] for method in ("network", "last_value"))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


KINDS: dict[str, dict[str, Any]] = {
    "many-to-one": {},
    "stopped early": {"early_stopping": True},
    "prices": {"mode": "returns", "effort": "best", "members": None, "hidden": None},
    "many-to-many": {"arch": "many-to-many"},
    "encoder-decoder": {"arch": "encoder-decoder", "cell": "lstm", "layers": 2, "dropout": 0.3},
    "bidirectional": {"bidirectional": True},
    "irregular": {"irregular": True},
}
"""What could look ahead, or draw chance, in a way of its own."""


def histories(kind: str, *series: np.ndarray) -> list[Panel]:
    """Return each series as a panel, of equal steps or of unequal ones."""
    unequal = kind == "irregular"
    times = [UNEQUAL[: len(y)] if unequal else np.arange(len(y)) for y in series]
    return [panel_from_series([("a", t, y)], irregular=unequal) for t, y in zip(times, series, strict=True)]


def assert_alike(a: FittedForecaster, b: FittedForecaster) -> None:
    for x, y in zip(a.components.weights, b.components.weights, strict=True):
        np.testing.assert_array_equal(x, y)
    for of in (
        "components.volatility.weights",
        "components.volatility.slope",
        "components.ridge.weights",
        "scaling.spread",
    ):
        np.testing.assert_array_equal(part(a, of), part(b, of))
    for of in (
        "scores.held_out.scores",
        "scores.held_out.cutoff",
        "scores.earlier",
        "slope",
        "horizon_exponent",
        "end",
    ):
        np.testing.assert_array_equal(part(a, of), part(b, of))
    assert a.blend == b.blend


def part(fitted: FittedForecaster, path: str) -> Any:
    found: Any = fitted
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


@pytest.mark.sampled("prices", slow=("many-to-one", "encoder-decoder", "irregular", "stopped early"))
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_after_the_cutoff_can_change_scaler_weights_or_forecast(kind: str) -> None:
    rng = np.random.default_rng(0)
    y = walk(260) * rng.lognormal(0, 0.1, 260)
    changed, longer = y.copy(), np.append(y, 70 * rng.lognormal(size=20))
    changed[200:] = 50 * rng.lognormal(size=60)
    fits = []
    for panel in histories(kind, y, changed, longer):
        history = panel.head(len(panel.values) - 200)
        fitted = BlendedForecaster(replace(TINY, **KINDS[kind])).fit(history)
        fits.append((fitted, network_alone(fitted).predict(history, 12), fitted.predict(history, 12)))
    (one, alone, blended), *others = fits
    assert np.ptp(alone.high[80]) > 0
    for other, other_alone, other_blended in others:
        assert_alike(one, other)
        np.testing.assert_array_equal(alone.point, other_alone.point)
        np.testing.assert_array_equal(blended.point, other_blended.point)
        np.testing.assert_array_equal(blended.high[95], other_blended.high[95])


@pytest.mark.sampled("many-to-one")
@pytest.mark.parametrize("kind", ["many-to-one", "prices"])
def test_calibration_rows_do_not_change_the_networks_that_they_judge(kind: str) -> None:
    y = walk(300)
    changed = y.copy()
    changed[-1] *= 1.02
    outputs = []
    for panel in histories(kind, y, changed):
        _, holdout = train_forecaster(make_plan(panel, replace(TINY, **KINDS[kind])))
        outputs.append([holdout.forecasts["network"], holdout.forecasts["ridge"]])
    np.testing.assert_array_equal(*outputs)


@pytest.mark.sampled("prices", slow=("encoder-decoder", "irregular", "stopped early"))
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_twice_and_with_more_processes(kind: str) -> None:
    (panel,) = histories(kind, walk(200))
    one, again, shared = (BlendedForecaster(replace(TINY, **KINDS[kind]), jobs=jobs).fit(panel) for jobs in (1, 1, 2))
    assert_alike(one, again)
    assert_alike(one, shared)
    for other in (again, shared):
        np.testing.assert_array_equal(one.predict(panel, 12).high[95], other.predict(panel, 12).high[95])


@pytest.mark.slow
def test_seeds_matter(panel_of: Callable[..., Panel]) -> None:
    one, other = (BlendedForecaster(replace(TINY, seed=seed)).fit(panel_of(a=noisy(200))) for seed in (1, 2))
    assert not np.array_equal(one.members[0].weights, other.members[0].weights)
    assert not np.array_equal(one.members[0].weights, one.members[1].weights)


@pytest.mark.sampled("level")
@pytest.mark.parametrize("mode", ["level", "returns"])
def test_a_forecast_does_not_depend_on_the_other_series(panel_of: Callable[..., Panel], mode: str) -> None:
    panel = panel_of(**{f"s{i}": noisy(120, i) * (i + 1) for i in range(7)})
    fitted = BlendedForecaster(replace(TINY, mode=mode)).fit(panel)
    even = dict.fromkeys(("network", "theta", "ridge"), 1 / 3)
    fitted = replace(fitted, blend=Blend(even)) if fitted.components.ridge else fitted
    together = fitted.predict(panel, 12)
    for i in (0, 3, 6):
        alone = fitted.take([i]).predict(panel.take([i]), 12)
        np.testing.assert_array_equal(alone.point[0], together.point[i])
        np.testing.assert_array_equal(alone.low[95][0], together.low[95][i])


def test_falling_prices_stay_positive(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.exp(np.linspace(5, 0.1, 150) + np.random.default_rng(0).normal(0, 0.3, 150)))
    forecast = BlendedForecaster(TINY).fit(panel).predict(panel, 40)
    assert_sensible(forecast)
    assert (forecast.low[95] > 0).all()


AWKWARD = {
    "constant": (np.full(80, 5.0), 5.0, 5.0),
    "zeros": (np.zeros(80), 0.0, 0.0),
    "trend": (100 + 2.0 * np.arange(80), 255.0, 290.0),
    "negative trend": (-np.arange(80.0), -95.0, -78.0),
    "level shift": (np.r_[np.full(40, 100.0), np.full(40, 200.0)] + noisy(80), 195.0, 225.0),
    "intermittent": (np.tile([0.0, 0, 0, 4], 20), 0.0, 5.0),
    "rare demand": (np.r_[np.zeros(30), 7, np.zeros(29), 3, np.zeros(19)], 0.0, 7.0),
    "negative": (-100 - noisy(80), -116.0, -104.0),
    "around zero": (noisy(80) - 10, -4.0, 4.0),
    "spike at the end": (np.r_[np.ones(79), 1e9], 0.1, 1e300),
    "tiny": (np.arange(80) * 1e-9, 70e-9, 100e-9),
    "twenty values": (noisy(20), 5.0, 15.0),
}
"""Values, and between which a forecast of 12 steps has to lie."""


@pytest.mark.sampled("constant", "intermittent", "spike at the end", "twenty values")
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_series_have_sensible_forecasts(panel_of: Callable[..., Panel], name: str) -> None:
    values, least, most = AWKWARD[name]
    panel = panel_of(a=values)
    asked = replace(TINY, horizon=3) if len(values) < 30 else TINY
    forecast = BlendedForecaster(asked).fit(panel).predict(panel, 12)
    assert_sensible(forecast)
    slack = 1e-9 * abs(least)
    assert (least - slack <= forecast.point).all()
    assert (forecast.point <= most + slack).all()
    if (values >= 0).all():
        assert (forecast.low[95] >= 0).all()


def test_series_of_mixed_lengths_share_a_network(panel_of: Callable[..., Panel]) -> None:
    lengths = {"eight": 8, "twenty": 20, "hundred": 100, "long": 260}
    panel = panel_of(**{name: sine(rows) * 10**i for i, (name, rows) in enumerate(lengths.items())})
    forecast = BlendedForecaster(TINY).fit(panel).predict(panel, 12)
    assert_sensible(forecast)
    level = 10.0 ** np.arange(4)[:, None]
    assert (forecast.point > 4 * level).all()
    assert (forecast.point < 20 * level).all()


def test_too_short_is_refused(panel_of: Callable[..., Panel]) -> None:
    with pytest.raises(InputRefusedError, match="11 rows are too few to forecast 5 steps; give at least"):
        BlendedForecaster(TINY).fit(panel_of(a=np.arange(11.0)))


def test_progress_is_reported_and_a_divergence_is_an_error(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Progress] = []
    panel = panel_of(a=sine(100))
    with watched_by(heard.append):
        BlendedForecaster(TINY).fit(panel)
    stages = list(dict.fromkeys(progress.stage for progress in heard))
    assert stages == ["choosing", "preparing", "training", "calibrating", "forecasting"]
    assert all(0 <= progress.done <= progress.total for progress in heard)
    training = [progress for progress in heard if progress.stage == "training"]
    assert training[-1].done == training[-1].total
    assert "best" in training[-1].note
    monkeypatch.setattr("forecaster.nn.trainer.clip", lambda _gradient, _limit: np.nan)
    with pytest.raises(ForecasterError, match="training did not stay finite"):
        BlendedForecaster(TINY).fit(panel)


def test_a_divergence_names_the_series_it_came_from(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = NetworkWindows.inputs

    def spoilt(self: NetworkWindows, chosen: np.ndarray, inputs: NetworkInputs) -> None:
        whole(self, chosen, inputs)
        inputs.window[..., self.windows.series[chosen] == 1] = np.inf

    monkeypatch.setattr(NetworkWindows, "inputs", spoilt)
    monkeypatch.setattr("forecaster.forecasting.forecaster.fit_ridge", lambda *_: None)
    with pytest.raises(InputRefusedError) as caught:
        BlendedForecaster(TINY).fit(panel_of(apt=sine(100), bad=sine(100), fine=sine(100)))
    assert str(caught.value).startswith("series bad: training did not stay finite in epoch 1: ")
    assert str(caught.value).endswith("; look for extreme values in this series")
    assert caught.value.exit_code == 65


@pytest.mark.parametrize(("norm", "share"), [(2.0, 1.0), (0.5, 0.0)])
def test_the_share_of_clipped_updates_counts_no_epoch_without_updates(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch, norm: float, share: float
) -> None:
    monkeypatch.setattr("forecaster.nn.trainer.clip", lambda _gradient, _limit: norm)
    asked = replace(TINY, all_rows=False, members=1)
    (member,) = BlendedForecaster(asked).fit(panel_of(a=sine(100))).members
    assert member.clipped == share


def test_a_time_limit_is_kept_and_mentioned(panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(0.0, 0.05)  # five updates are timed between two looks at it
    for module in (budget, plan, training_session):
        monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(training_session.TrainingSession, "is_over", lambda _: False)
    recipe = (
        BlendedForecaster(Specification(horizon=5, time_limit=0.5, zero_shot=False)).fit(panel_of(a=noisy(300))).recipe
    )
    said = {decision.name: decision for decision in recipe.decisions}
    assert said["members"].value == recipe.members == 2
    assert said["updates"].value == recipe.updates < 20
    assert said["updates"].reason == "more would take longer than 0.5 seconds"
