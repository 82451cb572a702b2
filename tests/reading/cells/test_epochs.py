"""Numbers since 1970 are told apart by their digits and read exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.reading.cells.epochs import END, EPOCHS, format_epochs, mixed_units, read_epochs


@pytest.mark.parametrize("date_format", EPOCHS)
@given(times=st.lists(st.integers(10**15, END - 1), min_size=1))
def test_what_is_written_is_read_to_the_microsecond(date_format: str, times: list[int]) -> None:
    ds = np.array(times, np.int64).astype("datetime64[us]")
    epochs = read_epochs(format_epochs(ds, date_format).tolist())
    assert epochs is not None
    assert epochs.date_format == date_format
    assert epochs.valid.all()
    assert (epochs.stamps == ds).all()


@pytest.mark.parametrize(
    "cells",
    [
        ["12345678"],
        ["946684801", "946684860"],
        ["99999999999"],
        ["4133980800", "4134067200"],
        ["1641168000000000001"],
        ["637765920000000000", "637766784000000000"],
        ["0123456789"],
        ["-1641168000"],
        ["1.6e9"],
        [""],
        [],
    ],
)
def test_other_numbers_are_no_times(cells: list[str]) -> None:
    assert read_epochs(cells) is None


def test_nine_digits_are_times_if_they_are_whole_minutes_or_ten_follow() -> None:
    for cells in (["946684800", "946684860"], ["999999999", "1000000000", "1000000001"]):
        epochs = read_epochs(cells)
        assert epochs is not None
        assert epochs.valid.all()


def test_what_does_not_fit_is_marked() -> None:
    epochs = read_epochs(
        ["1641168000", "x", "16411680", "1641168000.1234567", "1641168001", "1641168002", "1641168003"]
    )
    assert epochs is not None
    assert epochs.valid.tolist() == [True, False, False, False, True, True, True]


def test_a_change_from_milliseconds_to_microseconds_is_found() -> None:
    assert mixed_units(["1735689599000", "1735689600000000"]) == ["milliseconds", "microseconds"]
    assert mixed_units(["1735689600000", "1735689601000"]) == [], "one unit"
    assert mixed_units(["1735689600000", "173568960000000", "1735689600001"]) == [], "not in order"
    assert mixed_units(["1735689599000", "1735689600000000", "x"]) == []
