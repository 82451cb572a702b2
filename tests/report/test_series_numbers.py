"""The numbers of a page are those of the forecast, with all digits that are shown, and no more bytes than they need."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.reading.cells.time_style import ISO_STYLE
from forecaster.report import series_numbers as module
from forecaster.report.encoding import float_kind
from forecaster.report.page import encode_report
from forecaster.report.series_numbers import Writing, series_numbers
from forecaster.workflow.number_formats import NumberFormat
from tests.report.pages import (
    HORIZON,
    ROWS,
    STAMPS,
    forecast_in,
    forecasts_of,
    numbers_in,
    numbers_of,
    panel_of,
    report_of_names,
)


def test_the_numbers_of_a_page_are_those_of_the_forecast() -> None:
    found, given = numbers_in(encode_report(report_of_names("abc"))), forecasts_of(3)
    assert found["names"] == ["a", "b", "c"]
    assert found["axis"]["texts"] == [str(stamp)[:10] for stamp in STAMPS]
    for i in range(3):
        point, low_80, high_80, low_95, high_95 = forecast_in(found, i)
        np.testing.assert_allclose(point, given.point[0, i], atol=1e-5)
        np.testing.assert_allclose([low_80, high_80, low_95, high_95], np.add.outer([-5, 5, -10, 10], point), atol=1e-4)
    assert found["begins"].tolist() == [ROWS] * 3


@pytest.mark.parametrize(
    ("values", "form", "kind"),
    [
        ([1228.1, 0.5, np.nan], NumberFormat(2), "f4"),
        ([135_450.0], NumberFormat(0), "f4"),
        ([1_000_000_000_001.0], NumberFormat(0), "f8"),
        ([16_777_217.0], NumberFormat(0), "f8"),
        ([1.23456789e-12], NumberFormat(5, exponent=True), "f4"),
        ([1e300], NumberFormat(5, exponent=True), "f8"),
        ([1e-300], NumberFormat(5, exponent=True), "f8"),
    ],
)
def test_floats_of_32_bits_are_taken_where_they_show_the_same_digits(
    values: list[float], form: NumberFormat, kind: str
) -> None:
    assert float_kind(np.array(values), form) == kind


def test_ten_thousand_series_are_smaller_than_15_megabytes() -> None:
    small, large = (len(encode_report(report_of_names([f"{i:05d}" for i in range(n)]))) for n in (100, 500))
    assert large + (large - small) / 400 * 9500 < 15e6


def test_rows_and_series_that_do_not_fit_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 5 * 4 * (ROWS - 3 + 5 * HORIZON))
    few = numbers_of("abcde")
    assert (few.rows_left_out, few.series_left_out) == (3, 0)
    monkeypatch.setattr(module, "MOST_BYTES", 2 * 4 * (ROWS + 5 * HORIZON))
    assert numbers_of("abcde").names == ("a", "b")
    assert numbers_of("abcde").series_left_out == 3


def test_series_of_other_times_name_their_places() -> None:
    panel, given = panel_of("ab"), forecasts_of(2)
    ds = panel.ds.copy()
    ds[ROWS : ROWS + 5] -= np.timedelta64(3, "D")
    writing = Writing(dict.fromkeys("ab", NumberFormat(2)), ISO_STYLE, 12)
    found = series_numbers(replace(panel, ds=ds), given, writing).document
    assert len(found["axis"]["texts"]) == ROWS + HORIZON + 5
    assert found["places"]


def test_missing_values_are_not_written_as_json() -> None:
    panel = panel_of("a")
    observed = np.arange(ROWS) != 7
    writing = Writing({"a": NumberFormat(2)}, ISO_STYLE, 12)
    numbers = series_numbers(replace(panel, observed=observed), forecasts_of(1), writing)
    found = numbers_in(encode_report(replace(report_of_names("a"), numbers=numbers)))
    assert np.isnan(found["values"][0]).sum() == 1
