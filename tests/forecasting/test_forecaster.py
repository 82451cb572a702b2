"""The forecaster as a whole: exactness, honesty, leakage, determinism."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.data.panel import panel_from_series
from forecaster.data.windows import Windows
from forecaster.errors import ForecasterError, InputRefusedError
from forecaster.forecasting.fitted import FittedForecaster, Forecaster
from forecaster.forecasting.significance import diebold_mariano
from forecaster.spec import Progress, Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.data.panel import Panel

RAMP = np.arange(1.0, 301.0)
PERIOD = 20
QUICK = Specification(horizon=5, members=2, epochs=4)


def sine(rows: int) -> np.ndarray:
    return 10 + 3 * np.sin(2 * np.pi * np.arange(rows) / PERIOD)


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    return float(200 * np.mean(np.abs(actual - forecast) / (np.abs(actual) + np.abs(forecast))))


def network_alone(fitted: FittedForecaster) -> FittedForecaster:
    """Return the forecaster without its baseline, so that the network has to be exact itself."""
    return replace(fitted, blend=replace(fitted.blend, weight=1.0))


CELLS = {"rnn": {"cell": "rnn"}, "relu": {"cell": "rnn", "activation": "relu"}, "gru": {}, "lstm": {"cell": "lstm"}}
NETWORKS = {
    "many-to-one": {},
    "many-to-many": {"arch": "many-to-many", "hidden": 16},
    "encoder-decoder": {"arch": "encoder-decoder", "hidden": 16},
    "one-to-many": {"arch": "one-to-many", "seed": 1},
    "one-to-one": {"arch": "one-to-one"},
    "bidirectional": {"bidirectional": True, "hidden": 16},
    "residual": {"residual": True, "layers": 2, "hidden": 16},
}
"""Every architecture; with seed 0 the training of one-to-many and rnn ends early, at an error close to 1 %."""


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", ["ramp", "sine"])
def test_a_ramp_and_a_sine_are_continued_direct_and_rolled(
    panel_of: Callable[..., Panel], name: str, network: str, cell: str
) -> None:
    make = {"ramp": lambda n: np.arange(1.0, n + 1), "sine": sine}[name]
    panel = panel_of(a=make(300))
    asked = {"members": 1, **NETWORKS[network], **CELLS[cell]}
    fitted = Forecaster(Specification(horizon=PERIOD, **asked)).fit(panel)
    actual, direct = make(300 + 2 * PERIOD)[300:], 1 if network == "one-to-one" else PERIOD
    for forecaster in (fitted, network_alone(fitted)):
        forecast = forecaster.predict(panel, 2 * PERIOD)
        assert forecast.strategy.tolist() == [["direct"] * direct + ["recursive"] * (2 * PERIOD - direct)]
        assert smape(actual[:PERIOD], forecast.point[0, :PERIOD]) < 1.0
        assert smape(actual[PERIOD:], forecast.point[0, PERIOD:]) < 1.0


UNEQUAL = np.cumsum(np.random.default_rng(0).integers(1, 6, 340))
"""Times in steps of 1 to 5, with a mean of 3."""


def irregular(y: np.ndarray, rows: int) -> Panel:
    return panel_from_series([("a", UNEQUAL[:rows], y[:rows])], irregular=True)


@pytest.mark.parametrize("cell", CELLS)
def test_a_ramp_of_unequal_steps_is_continued_for_any_moment(cell: str) -> None:
    y, asked = UNEQUAL * 1.0, UNEQUAL[300:310]
    panel = irregular(y, 300)
    fitted = Forecaster(Specification(horizon=10, members=1, irregular=True, **CELLS[cell])).fit(panel)
    for forecaster in (fitted, network_alone(fitted)):
        forecast = forecaster.predict(panel, 10, asked[None])
        assert forecast.strategy.tolist() == [["direct"] * 10]
        assert smape(y[300:310], forecast.point[0]) < 1.0


def test_what_lies_further_ahead_than_the_network_learned_is_held_there() -> None:
    panel = irregular(np.sin(UNEQUAL / 9), 200)
    fitted = network_alone(Forecaster(replace(QUICK, irregular=True)).fit(panel))
    assert fitted.reach is not None
    ahead = np.array([1, 2, 4, 30, 300, 3000]) * 3
    forecast = fitted.predict(panel, 6, UNEQUAL[199] + ahead[None])
    far = ahead / 3 > fitted.reach
    assert far.tolist() == [False] * 3 + [True] * 3
    assert forecast.strategy[0].tolist() == ["held" if each else "direct" for each in far]
    assert np.ptp(forecast.point[0, far]) == 0
    assert np.ptp(forecast.point[0, ~far]) > 0
    width = forecast.high[80][0] - forecast.low[80][0]
    assert (np.diff(width) >= 0).all()


@pytest.mark.parametrize("cell", CELLS)
def test_a_sine_of_unequal_steps_is_forecast_with_less_than_half_the_error_of_its_last_value(cell: str) -> None:
    y = 10 + 3 * np.sin(2 * np.pi * UNEQUAL / 60)
    asked = Specification(horizon=10, members=1, hidden=16, irregular=True, **CELLS[cell])
    fitted = Forecaster(asked).fit(irregular(y, 300))
    for forecaster in (fitted, network_alone(fitted)):
        ours, theirs = [], []
        for rows in range(300, 331):
            ahead = slice(rows, rows + 10)
            forecast = forecaster.predict(irregular(y, rows).tail(200), 10, UNEQUAL[None, ahead])
            ours.append(np.abs(forecast.point[0] - y[ahead]).mean())
            theirs.append(np.abs(y[rows - 1] - y[ahead]).mean())
        assert np.mean(ours) < 0.5 * np.mean(theirs)


def test_moments_may_come_in_any_number_and_are_forecast_one_by_one() -> None:
    panel = irregular(np.sin(UNEQUAL / 9), 120)
    fitted = network_alone(Forecaster(replace(QUICK, irregular=True)).fit(panel))
    asked = UNEQUAL[120:133]
    together = fitted.predict(panel, 13, asked[None]).point[0]
    assert np.ptp(together) > 0.1
    for k in (0, 4, 5, 12):
        np.testing.assert_allclose(fitted.predict(panel, 1, asked[None, [k]]).point[0], together[k], rtol=1e-12)


def test_a_random_walk_is_not_forecast_better_than_its_last_value(panel_of: Callable[..., Panel]) -> None:
    claims = 0
    for seed in range(12):
        walk = 100 + np.cumsum(np.random.default_rng(seed).normal(size=400))
        fitted, holdout = Forecaster(Specification(horizon=5, members=1)).fit_and_judge(panel_of(a=walk))
        difference = holdout.losses("last_value") - holdout.losses("network")
        comparison = diebold_mariano(difference, 4)
        assert comparison is not None
        claims += comparison.p_value < 0.05
        if fitted.recipe.mode == "returns" and comparison.p_value >= 0.06:
            assert fitted.blend.weight == 0.0
            np.testing.assert_array_equal(fitted.predict(panel_of(a=walk), 5).point, np.full((1, 5), walk[-1]))
    assert claims <= 2


KINDS = {
    "many-to-one": {},
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
    np.testing.assert_array_equal(a.scaling.spread, b.scaling.spread)
    np.testing.assert_array_equal([m.weights for m in a.members], [m.weights for m in b.members])
    np.testing.assert_array_equal(a.scores.sorted, b.scores.sorted)
    np.testing.assert_array_equal(a.slope, b.slope)
    assert a.blend == b.blend


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_after_the_cutoff_can_change_scaler_weights_or_forecast(kind: str) -> None:
    rng = np.random.default_rng(0)
    y = rng.lognormal(size=260)
    changed, longer = y.copy(), np.append(y, 70 * rng.lognormal(size=20))
    changed[200:] = 50 * rng.lognormal(size=60)
    fits = []
    for panel in histories(kind, y, changed, longer):
        history = panel.head(len(panel.values) - 200)
        fitted = Forecaster(replace(QUICK, members=1, epochs=2, **KINDS[kind])).fit(history)
        fits.append((fitted, network_alone(fitted).predict(history, 12), fitted.predict(history, 12)))
    (one, alone, blended), *others = fits
    assert np.ptp(alone.point) > 0
    for other, other_alone, other_blended in others:
        assert_alike(one, other)
        np.testing.assert_array_equal(alone.point, other_alone.point)
        np.testing.assert_array_equal(blended.point, other_blended.point)
        np.testing.assert_array_equal(blended.high[95], other_blended.high[95])


def test_calibration_rows_do_not_reach_the_network_that_is_judged_on_them(panel_of: Callable[..., Panel]) -> None:
    y = sine(300) + np.random.default_rng(0).normal(0, 0.2, 300)
    changed = y.copy()
    changed[-1] += 1.0
    outputs = []
    for values in (y, changed):
        _, holdout = Forecaster(QUICK).fit_and_judge(panel_of(a=values))
        outputs.append(holdout.forecasts["network"])
    np.testing.assert_array_equal(*outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_jobs_do_not_change_a_bit(kind: str) -> None:
    (panel,) = histories(kind, sine(200) + np.random.default_rng(0).normal(0, 0.2, 200))
    asked = replace(QUICK, epochs=2, **KINDS[kind])
    alone, shared = Forecaster(asked).fit(panel), Forecaster(asked, jobs=2).fit(panel)
    assert_alike(alone, shared)


def test_seeds_matter_and_repeat(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=sine(200) + np.random.default_rng(0).normal(0, 0.2, 200))
    one, again, other = (Forecaster(replace(QUICK, seed=seed)).fit(panel) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.members[0].weights, again.members[0].weights)
    assert not np.array_equal(one.members[0].weights, other.members[0].weights)
    assert not np.array_equal(one.members[0].weights, one.members[1].weights)


def test_a_forecast_does_not_depend_on_its_neighbours(panel_of: Callable[..., Panel]) -> None:
    rng = np.random.default_rng(0)
    panel = panel_of(**{f"s{i}": sine(120) * (i + 1) + rng.normal(0, 0.1, 120) for i in range(7)})
    fitted = Forecaster(QUICK).fit(panel)
    together = fitted.predict(panel, 12)
    for i in (0, 3, 6):
        alone = fitted.take([i]).predict(panel.take([i]), 12)
        np.testing.assert_array_equal(alone.point[0], together.point[i])
        np.testing.assert_array_equal(alone.low[95][0], together.low[95][i])


def test_prediction_needs_no_more_than_the_tail(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=sine(200) + np.random.default_rng(0).normal(0, 0.2, 200))
    fitted = Forecaster(QUICK).fit(panel)
    whole, tail = fitted.predict(panel, 30), fitted.predict(panel.tail(fitted.tail_rows), 30)
    np.testing.assert_array_equal(whole.point, tail.point)


def test_intervals_nest_around_the_point_and_positive_series_stay_positive(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.exp(np.linspace(5, 0.1, 150) + np.random.default_rng(0).normal(0, 0.3, 150)))
    forecast = Forecaster(QUICK).fit(panel).predict(panel, 40)
    assert (forecast.low[95] <= forecast.low[80]).all()
    assert (forecast.low[80] <= forecast.point).all()
    assert (forecast.point <= forecast.high[80]).all()
    assert (forecast.high[80] <= forecast.high[95]).all()
    assert (forecast.low[95] > 0).all()


@pytest.mark.parametrize(
    "values",
    [
        np.full(80, 5.0),
        np.zeros(80),
        np.tile([0.0, 0, 0, 4], 20),
        -np.arange(80.0),
        np.r_[np.ones(79), 1e9],
        np.arange(80) * 1e-9,
    ],
    ids=["constant", "zeros", "intermittent", "negative", "spike", "tiny"],
)
def test_degenerate_series_give_finite_forecasts(panel_of: Callable[..., Panel], values: np.ndarray) -> None:
    panel = panel_of(a=values)
    forecast = Forecaster(QUICK).fit(panel).predict(panel, 12)
    for array in (forecast.point, *forecast.low.values(), *forecast.high.values()):
        assert np.isfinite(array).all()


def test_series_of_unequal_lengths_share_a_network(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(long=sine(200), short=sine(11) * 100)
    forecast = Forecaster(QUICK).fit(panel).predict(panel, 5)
    assert (forecast.point[1] > 100).all()


def test_too_short_is_refused(panel_of: Callable[..., Panel]) -> None:
    with pytest.raises(InputRefusedError, match="12 rows are too few to forecast 5 steps; give at least"):
        Forecaster(QUICK).fit(panel_of(a=np.arange(12.0)))


def test_progress_is_told_and_a_divergence_is_a_sentence(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Progress] = []
    panel = panel_of(a=sine(100))
    Forecaster(QUICK, watch=heard.append).fit(panel)
    assert {progress.stage for progress in heard} == {"training"}
    assert all(0 <= progress.done <= progress.total for progress in heard)
    monkeypatch.setattr("forecaster.nn.fit.clip", lambda _gradient, _limit: np.nan)
    with pytest.raises(ForecasterError, match="training did not stay finite"):
        Forecaster(QUICK).fit(panel)


def test_a_divergence_names_the_series_it_came_from(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Windows.inputs

    def spoilt(self: Windows, chosen: np.ndarray, x: np.ndarray) -> None:
        whole(self, chosen, x)
        x[..., self.series[chosen] == 1] = np.inf

    monkeypatch.setattr(Windows, "inputs", spoilt)
    with pytest.raises(InputRefusedError) as caught:
        Forecaster(replace(QUICK, early_stopping=False)).fit(panel_of(good=sine(100), bad=sine(100), fine=sine(100)))
    assert str(caught.value).startswith("series bad: training did not stay finite in epoch 1: ")
    assert str(caught.value).endswith("; look for extreme values in this series")
    assert caught.value.exit_code == 65


def test_a_validation_row_beyond_all_numbers_names_its_series(panel_of: Callable[..., Panel]) -> None:
    y = {name: 1e-25 * (sine(200) - 10) for name in ("good", "bad", "fine")}
    y["bad"][165] = 1e14
    with pytest.raises(InputRefusedError, match=r"^series bad: training did not stay finite in epoch 0: "):
        Forecaster(QUICK).fit(panel_of(**y))


@pytest.mark.parametrize(("norm", "share"), [(2.0, 1.0), (0.5, 0.0)])
def test_the_share_of_clipped_updates_counts_no_epoch_without_updates(
    panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch, norm: float, share: float
) -> None:
    monkeypatch.setattr("forecaster.nn.fit.clip", lambda _gradient, _limit: norm)
    asked = replace(QUICK, early_stopping=False, refit=False, members=1, epochs=2)
    (member,) = Forecaster(asked).fit(panel_of(a=sine(100))).members
    assert member.clipped == share
