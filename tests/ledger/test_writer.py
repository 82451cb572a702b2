"""Values score the forecasts that were made before them, once; scores are those of the metrics of an evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.evaluation.metrics import Groups, mean_score
from forecaster.ledger.details import read_actuals, read_details, read_last_scored
from forecaster.ledger.scores import mean_scores, read_sums, scores_of_sums
from forecaster.ledger.writer import Taken
from tests.ledger.simulated_entries import DAY, FIRST, LEVELS, entry_of, reading, take, take_nights, value_of

if TYPE_CHECKING:
    from pathlib import Path

NIGHTS = 12


def test_each_step_is_scored_once_when_its_value_arrives(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    assert take(path, entry_of(0, 0)) == Taken(forecasts=1)
    assert take(path, entry_of(0, 1, known=0)) == Taken(forecasts=1, scored=1)
    assert take(path, entry_of(0, 2, known=1)) == Taken(forecasts=1, scored=2)
    assert take(path, entry_of(0, 6, known=2)) == Taken(forecasts=1, scored=6), "after a pause all that is past"
    with reading(path) as connection:
        assert scores_of_sums(read_sums(connection)).scored.tolist() == [[3, 3, 3]]
        assert connection.execute("SELECT count(*) FROM pending").fetchone() == (1,)


def test_scores_are_those_of_an_evaluation_of_the_same_forecasts(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, NIGHTS)
    with reading(path) as connection:
        scores, pooled = scores_of_sums(read_sums(connection)), mean_scores(read_sums(connection))
    actual = np.array([[value_of(s, n + 1) for n in range(NIGHTS - 1)] for s in range(2)])
    first = [[entry_of(s, n).series[0] for n in range(NIGHTS - 1)] for s in range(2)]
    point = np.array([[each.point[0] for each in row] for row in first])
    naive = np.array([[each.naive[0] for each in row] for row in first])
    ends = np.array([[each.ends[0] for each in row] for row in first])
    groups = Groups(np.arange(2), 2)
    intervals = {80: (ends[..., 0], ends[..., 1]), 95: (ends[..., 2], ends[..., 3])}
    expected = {
        name: mean_score(name, groups, intervals, actual=actual, forecast=point)
        for name in ("mae", "wql", "coverage-80", "coverage-95")
    }
    assert pooled.mae[0, 0] == pytest.approx(expected["mae"], rel=1e-6)
    assert pooled.wql[0, 0] == pytest.approx(expected["wql"], rel=1e-3)
    assert pooled.coverage[80.0][0, 0] == pytest.approx(expected["coverage-80"])
    assert pooled.coverage[95.0][0, 0] == pytest.approx(expected["coverage-95"])
    ratio = np.abs(actual - point).sum(axis=1) / np.abs(actual - naive).sum(axis=1)
    assert scores.skill[:, 0] == pytest.approx(100 * (1 - ratio), rel=1e-4)
    assert scores.scored.tolist() == [[NIGHTS - 1, NIGHTS - 2, NIGHTS - 3]] * 2


def test_entries_that_come_again_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 5)
    with reading(path) as connection:
        before = list(connection.iterdump())
    for night in range(5):
        again = take(path, *(entry_of(each, night, known=night - 1 if night else None) for each in range(2)))
        assert again == Taken(late=2 if night < 4 else 0)
    with reading(path) as connection:
        assert list(connection.iterdump()) == before


def test_another_model_of_the_same_origin_is_another_forecast(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    entry = entry_of(0, 3)
    assert take(path, entry, replace(entry, model="other")).forecasts == 1, "of one run, the first of a source counts"
    assert take(path, replace(entry, model="other", run=entry_of(0, 4).run)).forecasts == 1
    assert take(path, entry_of(0, 4, known=3)).scored == 2


def test_a_revision_is_kept_and_changes_no_score(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 4, series=1)
    with reading(path) as connection:
        before = scores_of_sums(read_sums(connection))
    again = entry_of(0, 3).series[0]
    revised = entry_of(0, 3, known=3, run="later", values=[*again.values[:-1], 12.5])
    assert take(path, revised) == Taken(revised=1)
    assert take(path, revised) == Taken(), "the same value is no revision the second time"
    with reading(path) as connection:
        assert scores_of_sums(read_sums(connection)).mae.tolist() == before.mae.tolist()
        (details,) = read_details(connection, 1, 1)
    night = details.forecasts.origin.tolist().index((FIRST + 2) * DAY)
    assert (details.actual[night, 0], details.latest[night, 0]) == (value_of(0, 3), 12.5)


def test_a_time_without_a_value_is_never_scored(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take(path, entry_of(0, 0))
    holes = entry_of(0, 3, known=0)
    times, values = holes.series[0].times, holes.series[0].values
    kept = [place for place, time in enumerate(times) if time != (FIRST + 2) * DAY]
    given = {"times": [times[i] for i in kept], "values": [values[i] for i in kept]}
    assert take(path, entry_of(0, 3, known=0, **given)).scored == 2
    late = entry_of(0, 4, known=3)
    assert take(path, late) == Taken(forecasts=1, scored=1, revised=1), "the value that came late is kept"
    with reading(path) as connection:
        assert read_actuals(connection, 1, 1)["time"].tolist() == [(FIRST + day) * DAY for day in (0, 1, 3, 4)]


def test_the_last_scored_forecasts_of_each_series_are_found(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 8)
    with reading(path) as connection:
        (details,) = read_last_scored(connection, 1, 2, 3)
    assert details.forecasts.series.tolist() == [1, 1, 1, 2, 2, 2]
    assert (details.forecasts.origin.reshape(2, 3) // DAY - FIRST).tolist() == [[4, 5, 6]] * 2
    assert details.scored.tolist() == [[True] * 3, [True, True, False], [True, False, False]] * 2
    assert list(details.forecasts.layout.levels) == list(LEVELS)


def test_blocks_hold_all_forecasts_of_a_series_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 45)
    with reading(path) as connection:
        (details,) = read_details(connection, 2, 2)
        closed = connection.execute("SELECT sum(count) FROM closed").fetchone()
        finished = connection.execute("SELECT count(*) FROM finished").fetchone()
        assert scores_of_sums(read_sums(connection)).scored.tolist() == [[44, 43, 42]] * 2
    assert (*closed, *finished) == (2 * 32, 2 * 10)
    assert (details.forecasts.origin // DAY - FIRST).tolist() == list(range(45))
    assert details.actual[:-1, 0].tolist() == [value_of(1, night + 1) for night in range(44)]
    points = [entry_of(1, night).series[0].point[0] for night in range(45)]
    assert details.forecasts.point[:, 0] == pytest.approx(points)


def test_counted_steps_are_scored_as_dates_are(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    for night in range(3):
        given = entry_of(0, night, known=night - 1 if night else None).series[0]
        whole = {name: [t // DAY for t in getattr(given, name)] for name in ("times", "targets")}
        take(path, entry_of(0, night, dated=False, origin=given.origin // DAY, values=given.values, **whole))
    with reading(path) as connection:
        assert scores_of_sums(read_sums(connection, since_month=12 * 2030)).scored.tolist() == [[2, 1, 0]]
