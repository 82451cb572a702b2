"""Covariates are scaled by rows that may be known, and windows take of them what anyone can cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.series.covariate_windows import covariate_windows
from forecaster.series.covariates import Covariates
from forecaster.series.panel import Panel, panel_from_series
from forecaster.series.rollout import Rollout
from forecaster.series.scaling import LEVEL, RETURNS, USUAL, fit_covariate_scalings, fit_scaling
from forecaster.series.windows import LARGEST_COVARIATE, Windows, ends, make_windows, origins

RNG = np.random.default_rng(0)
ROWS, AHEAD = (40, 30), (5, 4)
PANEL = replace(
    panel_from_series((name, np.arange(rows), RNG.normal(size=rows)) for name, rows in zip("ab", ROWS, strict=True)),
    covariates=Covariates(
        observed=("o",),
        known=("k",),
        observed_values=RNG.normal(size=(1, 70)) * 10,
        known_values=RNG.normal(size=(1, 79)).cumsum(axis=1) + 100,
        start=np.array([0, 45]),
        stop=np.array([45, 79]),
    ),
)


def windows_of(panel: Panel, lookback: int, horizon: int, *, hold_last: bool = False, mode: str = LEVEL) -> Windows:
    scaling = replace(fit_scaling(panel, mode, log=False), columns=fit_covariate_scalings(panel, log=False))
    windows = make_windows(panel.values, panel.indptr, scaling, lookback, origins(panel.indptr, 1))
    return replace(windows, covariates=covariate_windows(panel, scaling.columns, (), horizon, hold_last=hold_last))


def test_a_column_is_centred_and_scaled_by_the_rows_of_its_series() -> None:
    column, known = fit_covariate_scalings(PANEL, log=False)
    values = PANEL.covariates.observed_values[0, :40]
    assert column.centre[0] == np.median(values)
    assert column.size[0] == pytest.approx(4 * np.abs(np.diff(values)).mean())
    steps = np.concatenate([np.zeros(500), np.ones(500)])
    slow = replace(
        panel_from_series([("a", np.arange(1000), steps)]),
        covariates=Covariates(("s",), (), steps[None], np.empty((0, 0)), np.array([0]), np.array([1000])),
    )
    assert fit_covariate_scalings(slow, log=False)[0].size[0] == pytest.approx(0.5 / 4)  # changes alone would say 0.004
    assert known.take([1]).centre.tolist() == [known.centre[1]]
    assert fit_covariate_scalings(replace(PANEL, covariates=None), log=True) == ()


def test_positive_columns_become_logarithms_with_the_target() -> None:
    values = np.exp(RNG.normal(0, 0.2, 50))
    panel = replace(
        panel_from_series([("a", np.arange(50), values)]),
        covariates=Covariates(("s",), (), values[None], np.empty((0, 0)), np.array([0]), np.array([50])),
    )
    (column,) = fit_covariate_scalings(panel, log=True)
    x = np.log(values)
    expected = (x - np.median(x)) / (4 * np.abs(np.diff(x)).mean())
    np.testing.assert_allclose(column.forward(values, np.zeros(50, int)), expected)


@pytest.mark.parametrize("mode", [LEVEL, RETURNS])
def test_a_window_of_columns_is_what_anyone_can_cut(mode: str) -> None:
    windows = windows_of(PANEL, 6, 3, mode=mode)
    columns = windows.scaling.columns
    rows = [c.forward(v, PANEL.series) for c, v in zip(columns, PANEL.covariates.rows(PANEL.lengths), strict=True)]
    chosen = np.array([20, 50])
    for place, w in enumerate(chosen):
        last, i = windows.last[w], windows.series[w]
        unit = USUAL * windows.scaling.spread[i] / windows.scale[w]
        for c, v in enumerate(rows):
            expected = np.append(v[last - 5 : last + 1] - v[last], v[last]) * unit
            np.testing.assert_allclose(windows.past_covariates(chosen, 6)[c, :, place], expected)
        known = columns[1].forward(PANEL.covariates.known_values[0], np.full(79, i))
        at = PANEL.covariates.start[i] + last - PANEL.indptr[i]
        ahead = (known[at + 1 : at + 4] - known[at]) * unit
        np.testing.assert_allclose(windows.future_covariates(chosen)[0, :, place], ahead)


def test_before_a_series_begins_columns_are_zero() -> None:
    windows = windows_of(PANEL, 6, 3)
    first = np.flatnonzero(windows.last == PANEL.indptr[1])
    assert (windows.past_covariates(first, 6)[:, :-1] == 0).all()
    assert (windows.past_covariates(first, 6)[:, -1] != 0).all()


def test_columns_are_clipped() -> None:
    wild = replace(PANEL.covariates, observed_values=PANEL.covariates.observed_values + 1e9 * (np.arange(70) == 33))
    windows = windows_of(replace(PANEL, covariates=wild), 6, 3)
    columns = windows.past_covariates(np.arange(len(windows)), 6)
    assert np.abs(columns).max() == LARGEST_COVARIATE


def test_columns_that_hold_the_last_value_know_nothing_after_the_rows() -> None:
    other = replace(PANEL.covariates, known_values=PANEL.covariates.known_values.copy())
    other.known_values[0, [40, 41, 78]] = 1e6
    changed = replace(PANEL, covariates=other)
    for hold_last in (True, False):
        one, two = (windows_of(panel, 6, 4, hold_last=hold_last) for panel in (PANEL, changed))
        every = np.arange(len(one))
        assert hold_last == np.array_equal(one.future_covariates(every), two.future_covariates(every))
        np.testing.assert_array_equal(one.past_covariates(every, 6), two.past_covariates(every, 6))


def test_a_rollout_repeats_observed_columns_and_looks_up_known_ones() -> None:
    scaling = windows_of(PANEL, 6, 3).scaling
    windows = make_windows(PANEL.values, PANEL.indptr, scaling, 6, ends(PANEL.indptr))
    windows = replace(windows, covariates=covariate_windows(PANEL, scaling.columns, (), 3, hold_last=False))
    rollout = Rollout(windows, 3)
    rollout.append(np.array([[0.5, -1.0], [0.25, 1.0]]))
    values = np.stack([rollout.windows.x.reshape(2, -1)[:, 7 + k] for k in range(2)], axis=1)
    grown = PANEL.append_rows(np.array([[40, 41], [30, 31]]), values)
    by_hand = make_windows(grown.values, grown.indptr, scaling, 6, ends(grown.indptr))
    by_hand = replace(
        by_hand, covariates=covariate_windows(grown, scaling.columns, (), 1, hold_last=False), scale=windows.scale
    )
    x, expected = np.empty((2, 6, 2))
    rollout.windows.scaled_values(np.arange(2), x)
    by_hand.scaled_values(np.arange(2), expected)
    np.testing.assert_allclose(x, expected)
    both = (each.past_covariates(np.arange(2), 6) for each in (rollout.windows, by_hand))
    np.testing.assert_allclose(*both)
