"""Covariates stay beside their rows, and what is known of the future is looked up there and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecaster.series.covariates import Covariates
from forecaster.series.panel import panel_from_series

LENGTHS = np.array([4, 3])
"""Two series; of the first two steps behind its rows are known, of the second one."""
BESIDE = Covariates(
    observed=("o",),
    known=("k", "l"),
    observed_values=np.arange(7.0)[None],
    known_values=np.stack([np.arange(10.0, 20), np.arange(50.0, 60)]),
    start=np.array([0, 6]),
    stop=np.array([6, 10]),
)
PANEL = replace(
    panel_from_series((name, np.arange(rows), np.ones(rows)) for name, rows in zip("ab", LENGTHS, strict=True)),
    covariates=BESIDE,
)


def test_rows_are_the_observed_columns_and_then_the_known_ones() -> None:
    rows = BESIDE.rows(LENGTHS)
    assert rows.tolist() == [
        [0, 1, 2, 3, 4, 5, 6],
        [10, 11, 12, 13, 16, 17, 18],
        [50, 51, 52, 53, 56, 57, 58],
    ]


def test_known_columns_keep_their_last_known_value() -> None:
    assert BESIDE.known_rows(LENGTHS, 3, hold_last=False)[0].tolist() == [
        *[10, 11, 12, 13, 14, 15, 15],
        *[16, 17, 18, 19, 19, 19],
    ]
    assert BESIDE.known_steps(LENGTHS).tolist() == [2, 1]


def test_known_columns_can_hold_the_value_of_the_last_row() -> None:
    assert BESIDE.known_rows(LENGTHS, 2, hold_last=True)[1].tolist() == [50, 51, 52, 53, 53, 53, 56, 57, 58, 58, 58]


def test_without_known_columns_nothing_is_looked_up() -> None:
    alone = replace(BESIDE, known=(), known_values=np.empty((0, 0)))
    assert alone.known_rows(LENGTHS, 5, hold_last=False).shape == (0, 17)
    assert alone.rows(LENGTHS).shape == (1, 7)


def test_a_cut_panel_knows_its_later_rows_ahead() -> None:
    cut = PANEL.cut(np.array([1, 0]), np.array([3, 2]))
    assert cut.covariates is not None
    assert cut.covariates.rows(cut.lengths)[:2].tolist() == [[1, 2, 4, 5], [11, 12, 16, 17]]
    assert cut.covariates.known_steps(cut.lengths).tolist() == [3, 2]


def test_series_are_taken_with_their_known_values() -> None:
    taken = PANEL.take([1])
    assert taken.covariates is not None
    assert taken.covariates.known_rows(taken.lengths, 2, hold_last=False)[0].tolist() == [16, 17, 18, 19, 19]
    assert taken.covariates.observed_values.tolist() == [[4, 5, 6]]


def test_appended_rows_repeat_observed_columns_and_look_up_known_ones() -> None:
    grown = PANEL.append_rows(np.array([[4], [3]]), np.array([[7.0], [8.0]]))
    assert grown.values.tolist() == [1, 1, 1, 1, 7, 1, 1, 1, 8]
    assert grown.ds.tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3]
    assert grown.indptr.tolist() == [0, 5, 9]
    assert grown.covariates is not None
    assert grown.covariates.rows(grown.lengths)[:2].tolist() == [
        [0, 1, 2, 3, 3, 4, 5, 6, 6],
        [10, 11, 12, 13, 14, 16, 17, 18, 19],
    ]
    assert PANEL.append_rows(np.empty((2, 0)), np.empty((2, 0))) is PANEL
