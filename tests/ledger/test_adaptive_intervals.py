"""Intervals learn from values: too narrow ones become wider until they are right, whatever the order of the sources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.method import Forecast
from forecaster.ledger.adapted_forecast import Learned, adapt_intervals, scaled_ends
from forecaster.ledger.adaptive_intervals import (
    Pool,
    add_to_widths,
    factors,
    pools_of_dict,
    pools_to_dict,
    read_pools,
)
from forecaster.ledger.connection import open_to_write, transaction
from forecaster.ledger.error_drift import ABOVE
from forecaster.ledger.live_read import NightStart, read_live_series
from forecaster.ledger.live_state import LEVEL
from forecaster.ledger.scores import read_sums
from forecaster.ledger.sums import MEASURES
from forecaster.ledger.writer import take_entries
from forecaster.series.limits import Limits
from forecaster.series.panel import panel_from_series
from forecaster.workflow.results import History, Prediction, forecast_frame
from tests.ledger.simulated_entries import DAY, FIRST, H, entry_of, reading, take, take_nights, value_of

if TYPE_CHECKING:
    from pathlib import Path


def test_intervals_that_are_too_narrow_become_right() -> None:
    rng, pool, factor = np.random.default_rng(7), Pool(3), np.ones((3, H))
    own = np.zeros((3, 1), LEVEL)
    own["level"] = 80
    for _ in range(500):
        outside = (np.abs(rng.normal(size=(3, H))) > 1.2816 * 0.5 * factor).reshape(-1, 1)
        series, step = np.divmod(np.arange(3 * H), H)
        pool.add((80.0,), step, outside, np.zeros_like(outside))
        add_to_widths(own, outside, np.zeros_like(outside), series, np.full(3, H))
        factor = np.stack([factors(pool, {80.0: width}, (80.0,), H)[80.0] for width in own["width"][:, 0]])
    assert factor.mean() == pytest.approx(2, abs=0.25)


def test_pools_do_not_depend_on_the_order_of_sources(tmp_path: Path) -> None:
    entries = [entry_of(series, night, known=night - 1 if night else None) for night in range(6) for series in range(3)]
    take(tmp_path / "a.sqlite", *entries)
    take(tmp_path / "b.sqlite", *entries[:7])  # as after a kill in the middle of a night
    take(tmp_path / "b.sqlite", *entries[6:])
    last_first = sorted(entries, key=lambda each: each.source, reverse=True)
    take(tmp_path / "c.sqlite", *last_first)
    pools = []
    for name in "abc":
        with reading(tmp_path / f"{name}.sqlite") as connection:
            pools.append(read_pools(connection))
    assert pools[0] == pools[1] == pools[2]
    assert pools[0]["day"].series == 3
    assert sum(pools[0]["day"].count["80"]) > 0


def test_series_of_another_step_have_a_pool_of_their_own(tmp_path: Path) -> None:
    entries = [
        entry_of(series, night, known=max(night - 1, 0), step="week" if series == 1 else "day")
        for night in range(4)
        for series in range(3)
    ]
    take(tmp_path / "a.sqlite", *entries)
    with reading(tmp_path / "a.sqlite") as connection:
        pools = read_pools(connection)
    assert {name: pool.series for name, pool in pools.items()} == {"day": 2, "week": 1}
    assert pools["day"].count["80"][0] > pools["week"].count["80"][0] > 0


def test_measures_are_those_of_the_scores(tmp_path: Path) -> None:
    take_nights(tmp_path / "a.sqlite", 9, 2)
    with reading(tmp_path / "a.sqlite") as connection:
        (live,) = read_live_series(connection, {"f1"})["f1"].values()
        sums = read_sums(connection, series=[2])
    assert live.model == "model"
    assert live.times == 8
    assert live.scored == sums.count.sum()
    for name in MEASURES:
        assert live.sums[name] == pytest.approx(sums.measures[name].sum())
    for level, hits in live.hits.items():
        assert hits == sums.hits[level].sum()


def test_another_model_begins_anew_and_the_pool_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    take_nights(path, 9, 1)
    for night in (9, 10):
        take(path, replace(entry_of(0, night, known=night - 1), model="other"))
    with reading(path) as connection:
        (live,) = read_live_series(connection, {"f0"})["f0"].values()
        pool = read_pools(connection)["day"]
    assert (live.model, live.times, live.scored) == ("other", 1, 1)
    assert pool.series == 1
    assert pool.count["80"][0] > 5


def test_a_night_that_begins_again_reads_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    take_nights(path, 9, 2)
    with reading(path) as connection:
        start = NightStart.read(connection)
        before = read_live_series(connection, {"f0", "f1"})
    assert NightStart.from_dict(start.to_dict()) == start
    take(path, entry_of(0, 9, known=8, run="killed"))
    take(path, entry_of(0, 9, known=8, run="again"))
    with reading(path) as connection:
        now = read_live_series(connection, {"f0", "f1"})
        assert read_live_series(connection, {"f0", "f1"}, start.run) == before
        assert NightStart.read(connection).pools != start.pools
    assert now["f0"] != before["f0"]
    assert now["f1"] == before["f1"]


def test_values_on_an_end_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    entries = []
    for night in range(30):
        entry = entry_of(0, night, known=max(night - 1, 0))
        (one,) = entry.series
        still = replace(one, base=0.0, point=[0.0] * H, values=[0.0] * len(one.values), ends=[[0.0, 1.0, 0.0, 2.0]] * H)
        entries.append(replace(entry, series=(still,)))
    take(path, *entries)
    with reading(path) as connection:
        (live,) = read_live_series(connection, {"f0"})["f0"].values()
        assert set(factors(read_pools(connection)["day"], live.widths, (80.0,), H)[80.0]) == {1.0}
    assert live.hits[80.0] == live.scored


def test_forecasts_that_are_not_adapted_teach_nothing(tmp_path: Path) -> None:
    entries = [entry_of(0, night, known=max(night - 1, 0)) for night in range(5)]
    with open_to_write(tmp_path / "a.sqlite") as connection, transaction(connection):
        take_entries(connection, entries, adapt=False)
    with reading(tmp_path / "a.sqlite") as connection:
        assert not read_pools(connection)
        (live,) = read_live_series(connection, {"f0"})["f0"].values()
    assert set(live.widths.values()) == {0.0}
    assert live.scored == 9


def prediction_of(values: list[float], low: float, high: float) -> Prediction:
    """Return a forecast of two steps of a series with two intervals."""
    ds = np.datetime64("2024-01-01", "us") + np.arange(len(values)) * np.timedelta64(1, "D")
    panel = panel_from_series([("s", ds, np.array(values))])
    ends = {80: np.array([[low, low]]), 95: np.array([[low, low - 0.5]])}
    highs = {80: np.array([[high, high]]), 95: np.array([[high, high + 0.5]])}
    forecast = Forecast(np.array([[5.0, 5.0]]), ends, highs, np.array([["direct"] * 2], object))
    return Prediction(forecast_frame(panel.ids, forecast, panel.future(2)), (), {}, history=History(panel, 1))


def test_intervals_stay_within_each_other_and_within_limits() -> None:
    pool = Pool(1, {"80": [40, 40], "95": [40, 40]}, {"80": [40, 40], "95": [0, 0]})
    adapted, means = adapt_intervals(prediction_of([1.0, 9.0] * 9, 4, 6), Learned({"day": pool}, {}), "m", Limits(0, 8))
    frame = adapted.frame
    assert list(frame["forecast"]) == [5.0, 5.0]
    assert means["80"] > 1.3
    assert means["95"] < 1
    assert (frame["forecast-lo-95"] <= frame["forecast-lo-80"]).all()
    assert (frame["forecast-hi-95"] >= frame["forecast-hi-80"]).all()
    assert (frame["forecast-lo-80"] < 4).all()
    wide = Pool(1, {"80": [400, 400]}, {"80": [400, 400]})
    frame = adapt_intervals(prediction_of([1.0, 9.0] * 9, 4, 6), Learned({"day": wide}, {}), "m", Limits(-9, 8))[
        0
    ].frame
    assert frame["forecast-lo-80"].min() >= 0  # no value was negative
    assert frame["forecast-hi-80"].max() <= 8


def test_without_history_not_a_digit_changes() -> None:
    prediction = prediction_of([1.0, 9.0] * 9, 4.1, 6.3)
    adapted, means = adapt_intervals(prediction, Learned({}, {}), "m", Limits())
    assert adapted.frame.equals(prediction.frame)
    assert means == {"80": 1.0, "95": 1.0}
    low, high = np.array([0.1]), np.array([0.7])
    assert scaled_ends(np.array([0.3]), low, high, np.array([1.0])) == (low, high)


def test_damaged_pools_are_refused() -> None:
    assert pools_of_dict(pools_to_dict({"day": Pool(2, {"80": [1]}, {"80": [0]})}))["day"].series == 2
    for damaged in ({"day": {"series": 1}}, {"day": 3}, {"day": {"series": 1, "count": 2, "outside": {}}}):
        with pytest.raises(ValueError, match="damaged"):
            pools_of_dict(damaged)


def test_drift_of_errors_is_found_with_its_time(tmp_path: Path) -> None:
    entries = []
    for night in range(90):
        entry = entry_of(0, night, known=night - 1 if night else None)
        (one,) = entry.series
        shift = 6.0 if night >= 60 else 0.0
        point = [value_of(0, night + step) - shift - ((night + step) * 29 % 13 - 6) / 4 for step in range(1, H + 1)]
        ends = [[each - 2, each + 2, each - 3, each + 3] for each in point]
        entries.append(replace(entry, series=(replace(one, point=point, ends=ends),)))
    take(tmp_path / "a.sqlite", *entries)
    with reading(tmp_path / "a.sqlite") as connection:
        (live,) = read_live_series(connection, {"f0"})["f0"].values()
    assert live.drift == ABOVE
    assert abs(live.began // DAY - FIRST - 60) <= 3
