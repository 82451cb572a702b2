from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cloudpickle
import numpy as np
import pytest

from forecaster.data.panel import Panel, panel_from_series
from forecaster.errors import InputRefusedError
from forecaster.evaluation.report import Verdict, backtest, judge, verdict
from forecaster.forecasting.model import Forecast
from forecaster.spec import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

COVERED = {80: 79.1, 95: 94.2}


@dataclass(frozen=True)
class Shifted:
    """The last value plus `shift`, with half-widths of 1 and 2; it keeps the histories that it was fitted on."""

    name: str
    shift: float = 0.0
    seen: list[Panel] = field(default_factory=list)

    def fit(self, panel: Panel) -> Shifted:
        self.seen.append(panel)
        return self

    def predict(self, panel: Panel, horizon: int, _ds: object = None) -> Forecast:
        return around(np.repeat(panel.values[panel.last] + self.shift, horizon).reshape(-1, horizon))


@dataclass
class Peeking:
    """Looks behind the end of every array that it is given, and forecasts what it finds there."""

    name: str = "forecast"
    found: float = 0.0

    def fit(self, panel: Panel) -> Peeking:
        arrays = [panel.values, panel.ds, panel.indptr]
        arrays += [part for calendar in panel.calendars for part in vars(calendar).values()]
        behind = [array.base for array in arrays if isinstance(array, np.ndarray) and array.base is not None]
        self.found = float(sum(base.astype(np.float64).sum() for base in behind))
        return self

    def predict(self, panel: Panel, horizon: int, _ds: object = None) -> Forecast:
        ahead = (panel.future(horizon) - panel.ds[panel.last][:, None]).astype(np.float64)
        return around(panel.values[panel.last][:, None] + ahead + self.fit(panel).found)


@dataclass(frozen=True)
class Multiplying:
    """Adds to the last value what a large matrix product gives, whose last digits depend on the number of threads."""

    name: str

    def fit(self, panel: Panel) -> Multiplying:
        assert len(panel) > 0
        return self

    def predict(self, panel: Panel, horizon: int, _ds: object = None) -> Forecast:
        table = np.sin(np.outer(panel.values, panel.values))
        return around(np.repeat(panel.values[panel.last] + (table @ table).sum(), horizon).reshape(-1, horizon))


def around(point: NDArray[np.float64]) -> Forecast:
    halves = {80: 1.0, 95: 2.0}
    return Forecast(
        point,
        {level: point - half for level, half in halves.items()},
        {level: point + half for level, half in halves.items()},
        ("direct",) * point.shape[1],
    )


def walks(*lengths: int, seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    return panel_from_series(
        (f"s{i}", np.arange(n), 100.0 + rng.normal(size=n).cumsum()) for i, n in enumerate(lengths)
    )


def first_rows(panel: Panel, dropped: int) -> Panel:
    rest = panel.head(dropped)
    return panel_from_series(
        (name, rest.ds[rest.slice(i)], rest.values[rest.slice(i)]) for i, name in enumerate(rest.ids)
    )


def test_the_frame_holds_every_fold_series_and_step_in_order() -> None:
    panel = walks(30, 20)
    frame = backtest(panel, [Shifted("forecast", 0.5), Shifted("last_value")], 3, 2, 4, season=1)
    ends = ["-lo-80", "-hi-80", "-lo-95", "-hi-95"]
    assert frame.columns.tolist() == [
        *("unique_id", "ds", "cutoff", "fold", "step", "y", "scale"),
        *(model + end for model in ("forecast", "last_value") for end in ("", *ends)),
    ]
    assert frame["fold"].tolist() == [0] * 6 + [1] * 6
    assert frame["unique_id"].tolist() == (["s0"] * 3 + ["s1"] * 3) * 2
    assert frame["step"].tolist() == [1, 2, 3] * 4
    assert frame["cutoff"].tolist() == [22] * 3 + [12] * 3 + [26] * 3 + [16] * 3
    assert frame["ds"].tolist() == [23, 24, 25, 13, 14, 15, 27, 28, 29, 17, 18, 19]
    second = panel.values[panel.slice(1)]
    assert frame["y"].tolist()[3:6] == second[13:16].tolist()
    assert frame["scale"].tolist()[3:6] == pytest.approx([np.abs(np.diff(second[:13])).mean()] * 3)
    assert frame["last_value"].tolist()[3:6] == [second[12]] * 3
    assert frame["forecast-lo-95"].tolist()[3:6] == [second[12] + 0.5 - 2.0] * 3
    assert frame["forecast-hi-80"].tolist()[3:6] == [second[12] + 0.5 + 1.0] * 3


def test_each_fold_is_fitted_anew_on_its_own_history() -> None:
    model = Shifted("forecast")
    backtest(walks(30), [model], 3, 4, 2, season=1)
    assert [len(panel.values) for panel in model.seen] == [21, 23, 25, 27]


def test_every_fold_is_reported_as_it_is_done() -> None:
    model, reports = Shifted("forecast"), []

    def watch(progress: Progress) -> None:
        reports.append((progress, len(model.seen)))

    backtest(walks(30), [model], 3, 3, 2, season=1, watch=watch)
    assert [fitted for _, fitted in reports] == [1, 2, 3]
    assert [progress for progress, _ in reports] == [
        Progress("backtest", 1, 3, "cutoff 22"),
        Progress("backtest", 2, 3, "cutoff 24"),
        Progress("backtest", 3, 3, "cutoff 26"),
    ]


def test_two_jobs_give_the_same_bytes_as_one() -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the workers cannot import a test
    panel, models = walks(160, 240), [Multiplying("forecast"), Shifted("drift", 0.1)]
    one, two = (backtest(panel, models, 5, 4, 5, season=1, jobs=jobs) for jobs in (1, 2))
    assert one.equals(two)


@pytest.mark.parametrize("panel", [walks(60), walks(60, 40)], ids=["one", "two"])
def test_changed_values_after_the_cutoff_change_no_forecast(panel: Panel) -> None:
    values = panel.values.copy()
    for i in range(len(panel)):
        values[panel.indptr[i + 1] - 5 : panel.indptr[i + 1]] = -1e6
    changed = panel_from_series((n, panel.ds[panel.slice(i)], values[panel.slice(i)]) for i, n in enumerate(panel.ids))
    before, after = (backtest(p, [Peeking()], 5, 1, 1, season=1) for p in (panel, changed))
    assert (before["y"] != after["y"]).all()
    assert before.drop(columns="y").equals(after.drop(columns="y"))


@pytest.mark.parametrize("panel", [walks(60), walks(60, 40)], ids=["one", "two"])
def test_appended_rows_leave_earlier_folds_as_they_were(panel: Panel) -> None:
    earlier = backtest(first_rows(panel, 8), [Peeking()], 5, 3, 4, season=2)
    later = backtest(panel, [Peeking()], 5, 5, 4, season=2)
    assert later[later["fold"] < 3].equals(earlier)


def test_a_series_too_short_for_the_folds_is_refused() -> None:
    with pytest.raises(InputRefusedError, match=r"needed for 3 folds of horizon 5, found fewer in s1 \(9\)"):
        backtest(walks(60, 9), [Shifted("forecast")], 5, 3, 4, season=1)


def losses(skill: float, n: int, seed: int = 0, noise: float = 0.1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return losses of a baseline near 1, and of a model that is better by about `skill` percent."""
    rng = np.random.default_rng(seed)
    base = 1.0 + 0.2 * rng.random(n)
    return base, base * (1.0 - skill / 100.0 + noise * rng.normal(size=n))


def judged(model: NDArray[np.float64], base: NDArray[np.float64], lags: int = 0) -> Verdict:
    with np.errstate(all="raise"):
        return judge(model, {"last_value": base, "drift": base + 1.0}, lags, COVERED, 250)


def test_a_better_model_is_called_better() -> None:
    base, model = losses(12.0, 20)
    result = judged(model, base)
    assert result.baseline == "last_value"
    assert result.origins == 20
    assert result.skill == pytest.approx(100.0 * (1.0 - model.mean() / base.mean()))
    assert result.p_value is not None
    assert result.p_value < 0.05
    opening, intervals = result.sentences
    assert opening == (
        f"The forecast is better than the last value, the best baseline, on 20 held-out cutoffs: "
        f"skill {result.skill:.1f} %, p < 0.001 (one-sided Diebold-Mariano)."
    )
    assert intervals == "The 80 % interval covered 79.1 %, the 95 % interval 94.2 % of 250 actuals."


def test_luck_is_not_called_better() -> None:
    base, model = losses(1.0, 20, noise=0.3, seed=1)
    result = judged(model, base)
    assert result.skill is not None
    assert result.skill > 0.0
    assert result.sentences[0] == (
        f"The forecast is not significantly better than the last value, the best baseline, on 20 held-out cutoffs: "
        f"skill {result.skill:.1f} %, p = {result.p_value:.3f} (one-sided Diebold-Mariano)."
    )


def test_a_little_worse_is_no_better() -> None:
    result = judged(np.array([1.0, 1.2, 0.9, 1.1, 0.82]), np.array([1.1, 1.0, 1.0, 0.9, 1.0]))
    assert result.sentences[0] == (
        "The forecast is no better than the last value, the best baseline, on 5 held-out cutoffs: "
        f"skill -0.4 %, p = {result.p_value:.3f} (one-sided Diebold-Mariano)."
    )


def test_a_worse_model_is_called_worse() -> None:
    base, model = losses(-14.0, 20)
    result = judged(model, base)
    assert result.p_value is not None
    assert result.p_value > 0.95
    assert result.sentences[0] == (
        f"The forecast is worse than the last value, the best baseline, on 20 held-out cutoffs: "
        f"skill {result.skill:.1f} %, p > 0.999 (one-sided Diebold-Mariano)."
    )


@pytest.mark.parametrize("rounding", [0.0, 1e-14])
def test_a_model_that_is_the_baseline_is_no_better_and_no_worse(rounding: float) -> None:
    base, _ = losses(0.0, 20)
    result = judged(base * (1.0 - rounding), base)
    assert (result.skill, result.p_value) == (0.0, 1.0)
    assert result.sentences[0].startswith(
        "The forecast is no better than the last value, the best baseline, on 20 held-out cutoffs: skill 0.0"
    )


def test_one_cutoff_is_not_testable() -> None:
    result = judged(np.array([0.9]), np.array([1.0]))
    assert result.p_value is None
    assert result.skill == pytest.approx(10.0)
    assert result.sentences[0] == (
        "The forecast is perhaps better than the last value, the best baseline, on 1 held-out cutoff: "
        "skill 10.0 %, p not testable with one cutoff."
    )


def test_too_few_overlapping_cutoffs_are_not_testable() -> None:
    base, model = losses(50.0, 5)
    result = judged(model, base, lags=4)
    assert result.p_value is None
    assert result.sentences[0] == (
        "The forecast is perhaps better than the last value, the best baseline, on 5 held-out cutoffs: "
        f"skill {result.skill:.1f} %, p not testable with so few cutoffs whose horizons overlap."
    )


def test_a_baseline_without_error_leaves_no_skill() -> None:
    assert judged(np.ones(6), np.zeros(6)).sentences[0] == (
        "The forecast is worse than the last value, the best baseline, on 6 held-out cutoffs: "
        "skill n/a, p > 0.999 (one-sided Diebold-Mariano)."
    )
    both = judged(np.zeros(6), np.zeros(6))
    assert (both.skill, both.p_value) == (None, 1.0)
    assert both.sentences[0].startswith("The forecast is no better than the last value")


def test_hopeless_skill_is_not_spelt_out() -> None:
    assert "skill below -999 %" in judged(np.full(6, 1.0), np.full(6, 1e-13)).sentences[0]


def test_a_small_loss_is_not_a_negative_zero() -> None:
    result = judged(np.array([1.0004, 1.0, 1.0]), np.ones(3))
    assert "skill 0.0 %" in result.sentences[0]


def test_the_best_baseline_is_the_one_to_beat() -> None:
    result = judge(np.ones(4), {"last_value": np.full(4, 3.0), "seasonal_naive": np.full(4, 2.0)}, 0, COVERED, 9)
    assert result.baseline == "seasonal_naive"
    assert result.skill == 50.0
    assert result.sentences[0].startswith("The forecast is better than the seasonal naive, the best baseline")


def test_without_intervals_there_is_one_sentence() -> None:
    base, model = losses(5.0, 9)
    assert len(judge(model, {"drift": base}, 0, {80: None, 95: None}, 9).sentences) == 1
    partly = judge(model, {"drift": base}, 0, {80: None, 95: 90.0}, 9)
    assert partly.sentences[1] == "The 95 % interval covered 90.0 % of 9 actuals."


def test_a_verdict_survives_json() -> None:
    for result in (judged(*losses(5.0, 9)), judged(np.array([0.9]), np.array([1.0]))):
        fields = result.to_dict()
        assert list(fields) == ["sentences", "baseline", "skill", "p_value", "coverage", "origins"]
        assert Verdict.from_dict(json.loads(json.dumps(fields, allow_nan=False))) == result
    assert result.to_dict()["coverage"] == {"80": 79.1, "95": 94.2}


def test_verdict_takes_losses_a_fold_at_a_time() -> None:
    panel = walks(80, 60, 70)
    models = [Shifted("forecast", 0.3), Shifted("last_value"), Shifted("drift", -2.0)]
    frame = backtest(panel, models, 6, 8, 3, season=1)
    result = verdict(frame, "forecast", ["last_value", "drift"], step=3)
    scaled = {
        name: ((frame["y"] - frame[name]).abs() / frame["scale"]).to_numpy() for name in ("forecast", "last_value")
    }
    model, base = (scaled[name].reshape(8, 18).mean(axis=1) for name in ("forecast", "last_value"))
    inside = {
        level: 100.0 * np.mean(frame["y"].between(frame[f"forecast-lo-{level}"], frame[f"forecast-hi-{level}"]))
        for level in COVERED
    }
    by_hand = judge(model, {"last_value": base}, 1, inside, len(frame))
    assert result.sentences == by_hand.sentences
    assert (result.skill, result.p_value) == pytest.approx((by_hand.skill, by_hand.p_value))
    assert result.coverage == pytest.approx(inside)


@pytest.mark.parametrize(("horizon", "step", "lags"), [(6, 6, 0), (6, 9, 0), (6, 5, 1), (6, 1, 5), (1, 1, 0)])
def test_overlap_of_the_folds_sets_the_lags(horizon: int, step: int, lags: int) -> None:
    frame = backtest(walks(80), [Shifted("forecast", 0.3), Shifted("last_value")], horizon, 8, step, season=1)
    loss = {name: (frame["y"] - frame[name]).abs().groupby(frame["fold"]).mean() for name in ("forecast", "last_value")}
    base, model = loss["last_value"].to_numpy(), loss["forecast"].to_numpy()
    unscaled = frame.assign(scale=1.0)
    assert (
        verdict(unscaled, "forecast", ["last_value"], step).p_value
        == judge(model, {"last_value": base}, lags, COVERED, 1).p_value
    )


def test_folds_without_a_scale_are_left_out() -> None:
    """Histories of 6, 8 and 10 rows, the first of which is no longer than the season."""
    frame = backtest(walks(12), [Shifted("forecast", 0.5), Shifted("last_value")], 2, 3, 2, season=6)
    assert frame.groupby("fold")["scale"].count().tolist() == [0, 2, 2]
    result, later = (verdict(part, "forecast", ["last_value"], step=2) for part in (frame, frame[frame["fold"] > 0]))
    assert result.origins == 2
    assert (result.skill, result.p_value) == (later.skill, later.p_value)


def test_series_without_a_scale_are_left_out_unless_none_has_one() -> None:
    constant = panel_from_series([("c", np.arange(40), np.full(40, 5.0))])
    frame = backtest(constant, [Shifted("forecast", 0.5), Shifted("last_value")], 2, 3, 2, season=1)
    alone = verdict(frame, "forecast", ["last_value"], step=2)
    assert alone.sentences[0].startswith("The forecast is worse than the last value")
    both = panel_from_series([("c", np.arange(40), np.full(40, 5.0)), ("s0", np.arange(40), walks(40).values)])
    mixed = backtest(both, [Shifted("forecast", 0.5), Shifted("last_value")], 2, 3, 2, season=1)
    moving = mixed[mixed["unique_id"] == "s0"]
    assert verdict(mixed, "forecast", ["last_value"], 2).skill == verdict(moving, "forecast", ["last_value"], 2).skill
