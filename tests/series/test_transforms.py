"""Units go there and back, are chosen by the signs and zeros of a series, and are each series' own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.series.limits import Limits
from forecaster.series.panel import panel_from_series
from forecaster.series.transforms import (
    ASINH,
    COUNTS,
    LINEAR_DISTANCES,
    LOG,
    MANY_SERIES,
    OFFSET_SHARE,
    PLAIN,
    Transform,
    fit_transform,
    identity_transform,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel

RNG = np.random.default_rng(0)
SERIES = {
    "positive": RNG.lognormal(3, 1, 40),
    "with zeros": np.where(np.arange(40) % 4, RNG.lognormal(3, 1, 40), 0),
    "with negatives": 1e6 * RNG.standard_t(3, 40),
    "negative": -RNG.lognormal(-7, 1, 40),
    "constant": np.full(40, 0.1),
    "constant, negative": np.full(40, -0.1),
    "zero": np.zeros(40),
    "one negative": np.where(np.arange(40) == 7, -1.0, 0.0),
    "mostly zero": np.where(np.arange(40) % 3, 0, RNG.poisson(3, 40)),
}
KINDS = [LOG, LOG, ASINH, ASINH, LOG, ASINH, COUNTS, ASINH, COUNTS]


def numbers(count: int) -> np.ndarray:
    return np.arange(count)


def test_signs_and_zeros_decide_the_kind(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(**SERIES)
    assert fit_transform(panel, log=True).kind.tolist() == KINDS
    plain, same = fit_transform(panel, log=False), identity_transform(len(SERIES))
    for name, value in (("kind", PLAIN), ("offset", 0), ("size", 1)):
        assert getattr(plain, name).tolist() == getattr(same, name).tolist() == [value] * len(SERIES)


def test_offsets_and_sizes_are_those_of_the_page(panel_of: Callable[..., Panel]) -> None:
    transform = fit_transform(panel_of(**SERIES), log=True)
    zeros, mixed = SERIES["with zeros"], SERIES["with negatives"]
    assert transform.offset[0] == 0
    assert transform.size[0] == pytest.approx(OFFSET_SHARE * SERIES["positive"].min(), rel=1e-15)
    assert transform.offset[1] == pytest.approx(OFFSET_SHARE * zeros.mean(), rel=1e-15)
    assert transform.size[1] == pytest.approx(OFFSET_SHARE * transform.offset[1], rel=1e-15)
    assert transform.offset[2] == np.median(mixed)
    assert transform.size[2] == pytest.approx(LINEAR_DISTANCES * np.mean(np.abs(mixed - np.median(mixed))), rel=1e-14)
    assert transform.size[[5, 6]].tolist() == [1, 1], "a constant series has no distance of its own"
    assert (transform.offset[8], transform.size[8]) == (0, 1)


@pytest.mark.parametrize(("zeros", "kind"), [(0, LOG), (12, LOG), (13, COUNTS), (39, COUNTS), (40, COUNTS)])
def test_more_than_thirty_percent_of_zeros_are_counts(panel_of: Callable[..., Panel], zeros: int, kind: int) -> None:
    y = np.where(np.arange(40) < zeros, 0.0, 5.0)
    assert fit_transform(panel_of(a=y), log=True).kind.tolist() == [kind]
    y[-1] = -1
    assert fit_transform(panel_of(a=y), log=True).kind.tolist() == [ASINH], "what is negative counts nothing"


def test_a_series_without_rows_is_plain(panel_of: Callable[..., Panel]) -> None:
    transform = fit_transform(panel_of(a=[1.0, 2.0], b=[1.0, 2.0, 3.0, 4.0]).head(2), log=True)
    assert (transform.kind.tolist(), transform.size[0]) == ([PLAIN, LOG], 1)


def test_counts_are_plain_and_never_below_zero(panel_of: Callable[..., Panel]) -> None:
    y, series = SERIES["mostly zero"], np.zeros(40, np.int64)
    transform = fit_transform(panel_of(a=y), log=True)
    np.testing.assert_array_equal(transform.forward(y, series), y)
    np.testing.assert_array_equal(transform.inverse(y - 1.0, series), np.maximum(y - 1.0, 0))


@pytest.mark.parametrize(
    ("rows", "place", "low", "kind"),
    [
        (48, 20, 19.0, ASINH),
        (48, 20, 21.0, LOG),  # a fifth of 100 is near
        (48, 47, 19.0, ASINH),
        (47, 46, 19.0, LOG),  # eleven rows are too few to tell what is usual
        (48, 20, 0.0, LOG),  # zeros have their own offset
    ],
)
def test_a_positive_series_that_comes_near_zero_has_no_logarithms(
    panel_of: Callable[..., Panel], rows: int, place: int, low: float, kind: int
) -> None:
    y = np.full(rows, 100.0)
    y[place] = low
    assert fit_transform(panel_of(a=y), log=True).kind.tolist() == [kind]


def test_a_series_that_has_grown_from_little_does_not_come_near_zero(panel_of: Callable[..., Panel]) -> None:
    assert fit_transform(panel_of(a=np.geomspace(1, 1000, 48)), log=True).kind.tolist() == [LOG]


@pytest.mark.parametrize(("count", "kind"), [(MANY_SERIES - 1, ASINH), (MANY_SERIES, LOG)])
def test_of_many_series_those_that_come_near_zero_keep_logarithms(
    panel_of: Callable[..., Panel], count: int, kind: int
) -> None:
    y = np.where(np.arange(48) == 20, 1.0, 100.0)
    assert fit_transform(panel_of(**{f"s{n:02}": y for n in range(count)}), log=True).kind.tolist() == [kind] * count


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("name", SERIES)
def test_what_goes_there_comes_back(panel_of: Callable[..., Panel], name: str, *, log: bool) -> None:
    y = SERIES[name]
    transform, series = fit_transform(panel_of(a=y), log=log), np.zeros(40, np.int64)
    x = transform.forward(y, series)
    assert np.isfinite(x).all()
    np.testing.assert_allclose(transform.inverse(x, series), y, rtol=1e-12, atol=1e-15)
    assert log or np.array_equal(x, y)


@given(
    y=st.lists(st.floats(-1e12, 1e12).filter(lambda v: v == 0 or abs(v) > 1e-6), min_size=1, max_size=30),
    least=st.sampled_from([-1e12, 0.0, 1e-6]),
)
def test_any_series_comes_back_in_its_order(y: list[float], least: float) -> None:
    values = np.maximum(y, least)
    transform = fit_transform(panel_from_series([("a", np.arange(len(values)), values)]), log=True)
    x = transform.forward(values, np.zeros(len(values), np.int64))
    back = transform.inverse(x, np.zeros(len(values), np.int64))
    typical = float(np.abs(values).mean())
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-9 * typical)
    assert (np.diff(x[np.argsort(values)]) >= 0).all()


def test_zeros_stay_at_zero_and_nothing_goes_below(panel_of: Callable[..., Panel]) -> None:
    transform = fit_transform(panel_of(a=SERIES["with zeros"]), log=True)
    series = np.zeros(1, np.int64)
    assert transform.inverse(transform.forward(np.zeros(1), series), series) == pytest.approx(0, abs=1e-15)
    low = transform.forward(np.zeros(1), series) - 3
    assert transform.inverse(low, series).tolist() == [0]
    positive = fit_transform(panel_of(a=SERIES["positive"]), log=True)
    assert positive.inverse(np.array([-50.0]), series) > 0


@pytest.mark.parametrize("name", ["positive", "with zeros"])
@pytest.mark.parametrize("later", [0.0, -5.0])
def test_what_is_lower_than_all_that_was_seen_has_a_logarithm_too(
    panel_of: Callable[..., Panel], name: str, later: float
) -> None:
    y, series = SERIES[name], np.zeros(2, np.int64)
    transform = fit_transform(panel_of(a=y), log=True)
    lowest, bound = transform.forward(np.array([y.min(), later]), series)
    expected = 0.0 if name == "with zeros" and later == 0 else np.log(OFFSET_SHARE)
    assert bound - lowest == pytest.approx(expected, abs=1e-12)


def test_zeros_count_as_much_however_the_series_is_measured(panel_of: Callable[..., Panel]) -> None:
    y = SERIES["with zeros"]
    moves = []
    for factor in (1.0, 1e-6, 1e9):
        transform = fit_transform(panel_of(a=factor * y), log=True)
        moves.append(np.diff(transform.forward(factor * y, np.zeros(40, np.int64))))
    np.testing.assert_allclose(moves[1:], moves[:1] * 2, rtol=1e-9)


def test_negatives_are_nearly_plain_in_the_middle_and_logarithms_far_out(panel_of: Callable[..., Panel]) -> None:
    transform, series = fit_transform(panel_of(a=SERIES["with negatives"]), log=True), np.zeros(1, np.int64)
    a, b = transform.offset[0], transform.size[0]
    assert transform.forward(np.array([a + b / 10]), series)[0] == pytest.approx(0.1, rel=2e-3)
    far = [transform.forward(np.array([a + factor * b]), series)[0] for factor in (1e4, 1e6)]
    assert far[1] - far[0] == pytest.approx(np.log(100), rel=1e-6)
    assert transform.forward(np.array([a - 1e4 * b]), series)[0] == pytest.approx(-far[0], rel=1e-12)


@pytest.mark.parametrize("odd", SERIES)
def test_an_odd_series_does_not_touch_the_others(panel_of: Callable[..., Panel], odd: str) -> None:
    others = {f"s{n}": RNG.lognormal(2, 0.3, 30) for n in range(3)} | {"z": SERIES["with zeros"]}
    alone = fit_transform(panel_of(**others), log=True)
    covariates = fit_transform(panel_of(odd=SERIES[odd], **others), log=True)
    kept = covariates.take([1, 2, 3, 4])
    for name in ("kind", "offset", "size"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(alone, name))


def test_each_value_goes_by_the_units_of_its_series(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(**SERIES)
    transform = fit_transform(panel, log=True)
    flat = transform.forward(panel.values, panel.series)
    for n, y in enumerate(SERIES.values()):
        alone = fit_transform(panel_of(a=y), log=True)
        np.testing.assert_array_equal(flat[panel.slice(n)], alone.forward(y, np.zeros(40, np.int64)))
    rows = numbers(len(SERIES))[:, None]
    square = transform.forward(panel.values.reshape(-1, 40), rows)
    np.testing.assert_array_equal(square.ravel(), flat)
    np.testing.assert_array_equal(transform.inverse(square, rows).ravel(), transform.inverse(flat, panel.series))


def test_the_units_of_some_series_are_those_units_in_order(panel_of: Callable[..., Panel]) -> None:
    transform = fit_transform(panel_of(**SERIES), log=True)
    some = transform.take([4, 2])
    assert some.kind.tolist() == [LOG, ASINH]
    assert some.offset.tolist() == transform.offset[[4, 2]].tolist()
    assert some.size.tolist() == transform.size[[4, 2]].tolist()
    assert len(transform.take(range(3)).kind) == 3


def test_arguments_stay_as_they_are(panel_of: Callable[..., Panel]) -> None:
    y = SERIES["positive"].copy()
    transform, series = fit_transform(panel_of(a=y), log=True), np.zeros(40, np.int64)
    x = transform.forward(y, series)
    kept = x.copy()
    transform.inverse(x, series)
    np.testing.assert_array_equal(y, SERIES["positive"])
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("x", [1e9, 1e300, -1e9])
def test_nothing_that_is_forecast_overflows(x: float) -> None:
    kinds = np.array([PLAIN, LOG, LOG, ASINH, COUNTS])
    transform = Transform(kinds, np.array([0, 0, 9, 1e12, 0]), np.array([1, 1, 1, 1e15, 1]))
    with np.errstate(all="raise"):
        assert np.isfinite(transform.inverse(np.full(5, x), numbers(5))).all()


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("log", [True, False])
def test_no_value_is_made_outside_the_limits(panel_of: Callable[..., Panel], name: str, log: bool) -> None:
    y = SERIES[name]
    limits = Limits(y.min(), y.max())
    transform = replace(fit_transform(panel_of(a=y), log=log), limits=limits)
    x = transform.forward(y, np.zeros(40, np.int64))
    wide = np.linspace(x.min() - 50, x.max() + 50, 301)
    made = transform.take([0]).inverse(wide, np.zeros(301, np.int64))
    assert (made.min(), made.max()) == (limits.minimum, limits.maximum)
    np.testing.assert_allclose(transform.inverse(x, np.zeros(40, np.int64)), y, rtol=1e-12, atol=1e-15)
