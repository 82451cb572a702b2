"""What known columns usually are in the steps ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.series.covariates import Covariates
from forecaster.series.panel import Panel, panel_from_series
from forecaster.series.usual_values import usual_season, with_usual_known_values


def test_the_usual_season_is_the_median_at_each_phase() -> None:
    seasons = np.array([[9.0, 9, 9], [0, 5, 1], [0, 6, 2], [1, 7, 3], [0, 8, 4], [0, 9, 5]])
    np.testing.assert_array_equal(usual_season(seasons.reshape(1, -1), [3]), [[0, 7, 3]])


@pytest.mark.parametrize(("count", "usual"), [(3, 1.0), (4, 2.0), (5, 2.0), (6, 3.0)])
def test_the_number_of_seasons_is_odd(count: int, usual: float) -> None:
    values = np.repeat(np.arange(float(count)), 2)[None]
    np.testing.assert_array_equal(usual_season(values, [2]), [[usual, usual]])


def test_the_longest_season_counts_of_which_there_are_three() -> None:
    values = np.arange(1.0, 9)[None]
    assert usual_season(values, [2]).shape == (1, 2)
    assert usual_season(values, [2, 3]).shape == (1, 2)
    np.testing.assert_array_equal(usual_season(values, [3]), [[4.5]])
    np.testing.assert_array_equal(usual_season(values, []), [[4.5]])


def weekdays_known(ds: np.ndarray, ahead: int) -> Panel:
    """Return a series of rows on these days, whose known column is the weekday, and -1 after the rows."""
    panel = panel_from_series([("a", ds, np.arange(float(len(ds))))])
    days = ds.astype("datetime64[D]").astype(np.int64)
    known = np.append((days + 3) % 7, np.full(ahead, -1.0))[None].astype(float)
    none = np.empty((0, len(ds)))
    return replace(panel, covariates=Covariates((), ("x",), none, known, np.array([0]), np.array([len(ds) + ahead])))


@pytest.mark.parametrize("missing", [[], [20, 21, 40]])
def test_steps_ahead_get_the_value_of_their_weekday(missing: list[int]) -> None:
    days = np.datetime64("2024-01-03", "us") + np.arange(53) * np.timedelta64(1, "D")
    panel = weekdays_known(np.delete(days, missing), 10)
    assert panel.covariates is not None
    usual = with_usual_known_values(panel, [7]).covariates
    assert usual is not None
    ahead = panel.future(10)[0].astype("datetime64[D]").astype(np.int64)
    np.testing.assert_array_equal(usual.known_values[0, -10:], (ahead + 3) % 7)
    np.testing.assert_array_equal(usual.known_values[0, :-10], panel.covariates.known_values[0, :-10])


def test_each_series_has_values_of_its_own() -> None:
    panel = panel_from_series([(name, np.arange(length), np.zeros(length)) for name, length in (("a", 9), ("b", 6))])
    known = np.concatenate([np.full(9, 1.0), [8, 8], np.full(6, 2.0), [8, 8, 8]])[None]
    covariates = Covariates((), ("x",), np.empty((0, 15)), known, np.array([0, 11]), np.array([11, 20]))
    usual = with_usual_known_values(replace(panel, covariates=covariates), [])
    assert usual.covariates is not None
    np.testing.assert_array_equal(usual.covariates.known_values[0], [1] * 11 + [2] * 9)
