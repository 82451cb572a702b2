"""The table and the verdict of a backtest are those of its losses a fold at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.backtest_report import backtest_price_verdict, backtest_verdict, score_with_skill
from forecaster.evaluation.score_tables import score, score_by_series, score_by_step
from forecaster.evaluation.sentences import IntervalCoverage
from forecaster.evaluation.verdict import verdict_from_losses
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    Walks = Callable[..., Panel]

COVERED = IntervalCoverage({80: 79.1, 95: 94.2}, 1250, 50)


def test_verdict_takes_losses_a_fold_at_a_time(walks: Walks, shifted: Any) -> None:
    panel = walks(80, 60, 70)
    models = [shifted("forecast", 0.3), shifted("last_value"), shifted("drift", -2.0)]
    frame = backtest(panel, models, 6, 8, 3, season=1)
    result = backtest_verdict(frame, "forecast", ["last_value", "drift"], step=3)
    scaled = {
        name: ((frame["y"] - frame[name]).abs() / frame["scale"]).to_numpy() for name in ("forecast", "last_value")
    }
    model, base = (scaled[name].reshape(8, 18).mean(axis=1) for name in ("forecast", "last_value"))
    inside = {
        level: 100.0 * np.mean(frame["y"].between(frame[f"forecast-lo-{level}"], frame[f"forecast-hi-{level}"]))
        for level in LEVELS
    }
    by_hand = verdict_from_losses(model, {"last_value": base}, 1, IntervalCoverage(inside, 144, 12))
    assert result.sentences == by_hand.sentences
    assert (result.skill, result.p_value) == pytest.approx((by_hand.skill, by_hand.p_value))
    assert result.coverage == pytest.approx(inside)


@pytest.mark.parametrize(("horizon", "step", "lags"), [(6, 6, 0), (6, 9, 0), (6, 5, 1), (6, 1, 5), (1, 1, 0)])
def test_overlap_of_the_folds_sets_the_lags(walks: Walks, shifted: Any, horizon: int, step: int, lags: int) -> None:
    frame = backtest(walks(80), [shifted("forecast", 0.3), shifted("last_value")], horizon, 8, step, season=1)
    loss = {name: (frame["y"] - frame[name]).abs().groupby(frame["fold"]).mean() for name in ("forecast", "last_value")}
    base, model = loss["last_value"].to_numpy(), loss["forecast"].to_numpy()
    unscaled = frame.assign(scale=1.0)
    assert (
        backtest_verdict(unscaled, "forecast", ["last_value"], step).p_value
        == verdict_from_losses(model, {"last_value": base}, lags, COVERED).p_value
    )


def test_folds_without_a_scale_are_left_out(walks: Walks, shifted: Any) -> None:
    """Histories of 6, 8 and 10 rows, the first of which is no longer than the season."""
    frame = backtest(walks(12), [shifted("forecast", 0.5), shifted("last_value")], 2, 3, 2, season=6)
    assert frame.groupby("fold")["scale"].count().tolist() == [0, 2, 2]
    result, later = (
        backtest_verdict(part, "forecast", ["last_value"], step=2) for part in (frame, frame[frame["fold"] > 0])
    )
    assert result.origins == 2
    assert (result.skill, result.p_value) == (later.skill, later.p_value)


def test_series_without_a_scale_are_left_out_unless_none_has_one(walks: Walks, shifted: Any) -> None:
    constant = panel_from_series([("c", np.arange(40), np.full(40, 5.0))])
    frame = backtest(constant, [shifted("forecast", 0.5), shifted("last_value")], 2, 3, 2, season=1)
    alone = backtest_verdict(frame, "forecast", ["last_value"], step=2)
    assert alone.sentences[0] == (
        "The last value, the best baseline, made no error on 3 held-out cutoffs; the forecast did."
    )
    both = panel_from_series([("c", np.arange(40), np.full(40, 5.0)), ("s0", np.arange(40), walks(40).values)])
    mixed = backtest(both, [shifted("forecast", 0.5), shifted("last_value")], 2, 3, 2, season=1)
    moving = mixed[mixed["unique_id"] == "s0"]
    assert (
        backtest_verdict(mixed, "forecast", ["last_value"], 2).skill
        == backtest_verdict(moving, "forecast", ["last_value"], 2).skill
    )


def test_the_verdict_on_prices_says_whether_a_method_beats_no_change(walks: Walks, shifted: Any) -> None:
    models = [shifted("forecast"), shifted("last_value"), shifted("drift", -2.0)]
    frame = backtest(walks(80, 60), models, 2, 10, 2, season=1)
    result = backtest_price_verdict(frame, "forecast", ["last_value", "drift"], step=2)
    assert (result.baseline, result.skill, result.origins) == ("last_value", 0.0, 10)
    direction, line, moves = result.sentences
    assert direction.startswith(
        "No forecast of the direction, this one's included, beat 'no change' on 10 held-out cutoffs;"
    )
    assert line == "The point forecast is the last value."
    assert moves.endswith("of 40 held-out values; by WQL the intervals are as good as those of the last value.")


def test_the_verdict_on_prices_says_how_often_the_line_left_the_last_value(walks: Walks, shifted: Any) -> None:
    frame = backtest(walks(80), [shifted("forecast"), shifted("last_value")], 2, 10, 2, season=1)
    frame.loc[:4, "forecast"] += 0.5
    result = backtest_price_verdict(frame, "forecast", ["last_value"], step=2)
    assert result.sentences[1] == "The point forecast is the last value but in 25 % of the forecasts."
    assert "the best was this forecast" in result.sentences[0]
    moved = backtest_price_verdict(frame.assign(forecast=frame["forecast"] + 0.5), "forecast", ["last_value"], step=2)
    assert moved.sentences[1] == "The point forecast is never the last value."


def test_the_table_has_the_skill_against_each_method_and_its_p_value(walks: Walks, shifted: Any) -> None:
    others = ["last_value", "drift"]
    models = [shifted("forecast", 0.3), shifted("last_value"), shifted("drift", -2.0)]
    frame = backtest(walks(80, 60, 70), models, 6, 8, 3, season=1)
    table = score_with_skill(frame, "forecast", others, step=3)
    assert table.columns.tolist() == [*score(frame, ["forecast"]).columns, "skill", "p_value"]
    assert table.drop(columns=["skill", "p_value"]).equals(score(frame, ["forecast", *others]))
    assert table.loc[0, ["skill", "p_value"]].isna().all()
    for name, skill, p_value in table.loc[1:, ["model", "skill", "p_value"]].itertuples(index=False):
        alone = backtest_verdict(frame, "forecast", [name], step=3)
        assert (skill, p_value) == pytest.approx((alone.skill, alone.p_value), rel=1e-9)
    assert table["skill"].tolist()[2] > 0.0


def test_each_step_is_compared_by_the_overlap_of_its_own_lead_time(walks: Walks, shifted: Any) -> None:
    frame = backtest(walks(80, 70), [shifted("forecast", 0.3), shifted("drift", -2.0)], 4, 9, 2, season=1)
    table = score_with_skill(frame, "forecast", ["drift"], 2, "step")
    assert table.drop(columns=["skill", "p_value"]).equals(score_by_step(frame, ["forecast", "drift"]))
    for step, skill, p_value in table.loc[4:, ["step", "skill", "p_value"]].itertuples(index=False):
        alone = backtest_verdict(frame[frame["step"] == step], "forecast", ["drift"], step=2)
        assert (skill, p_value) == pytest.approx((alone.skill, alone.p_value), rel=1e-9)


def test_each_series_is_compared_alone(walks: Walks, shifted: Any) -> None:
    """One of the three is constant: it has no scale, and its loss is the absolute error."""
    panel = walks(40, 50)
    parts = [(name, panel.ds[panel.slice(i)], panel.values[panel.slice(i)]) for i, name in enumerate(panel.ids)]
    panel = panel_from_series([("zz", np.arange(40), np.full(40, 5.0)), *parts])
    frame = backtest(panel, [shifted("forecast", 0.3), shifted("drift", -2.0)], 3, 6, 3, season=1)
    table = score_with_skill(frame, "forecast", ["drift"], 3, "unique_id")
    assert table.drop(columns=["skill", "p_value"]).equals(score_by_series(frame, ["forecast", "drift"]))
    assert table["unique_id"].tolist() == ["zz", "s0", "s1"] * 2
    for name, skill, p_value in table.loc[3:, ["unique_id", "skill", "p_value"]].itertuples(index=False):
        alone = backtest_verdict(frame[frame["unique_id"] == name], "forecast", ["drift"], step=3)
        assert (skill, p_value) == pytest.approx((alone.skill, alone.p_value), rel=1e-9)
    assert table["skill"].tolist()[3] == pytest.approx(85.0)


def test_what_cannot_be_compared_is_not_a_number(walks: Walks, shifted: Any) -> None:
    steady = panel_from_series([("c", np.arange(40), np.full(40, 5.0))])
    frame = backtest(steady, [shifted("forecast", 0.5), shifted("last_value")], 2, 3, 2, season=1)
    assert score_with_skill(frame, "forecast", ["last_value"], step=2)["skill"].isna().all()
    once = backtest(walks(40), [shifted("forecast", 0.5), shifted("last_value")], 2, 1, 2, season=1)
    table = score_with_skill(once, "forecast", ["last_value"], step=2)
    assert table["p_value"].isna().all()
    assert table["skill"].dtype == table["p_value"].dtype == float
