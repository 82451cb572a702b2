"""What no calendar can hold is refused with the row at which that shows."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.regularity import IrregularError, check_longest_gap, check_one_frequency
from forecaster.errors import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = np.arange("2022-01-03", "2022-07-01", dtype="datetime64[D]").astype("datetime64[us]")
MONTHS = np.arange("1998-01", "2010-08", dtype="datetime64[M]").astype("datetime64[us]")


def refusal(ds: NDArray[Any]) -> IrregularError:
    with pytest.raises(IrregularError) as caught:
        Calendar.learn(ds, "shop")
    return caught.value


def test_a_mistyped_year_is_named_with_its_neighbour() -> None:
    error = refusal(np.append(DAYS, np.datetime64("2202-05-20", "us")))
    assert str(error) == (
        "series shop: 2022-06-30 is followed by 2202-05-20, a gap longer than the span of all other rows; "
        "correct the date, or leave out the rows on one side of the gap"
    )
    assert (error.code, error.row, error.exit_code) == ("DATE-RANGE", len(DAYS), 65)


def test_a_row_of_long_ago_is_the_first() -> None:
    assert refusal(np.append(np.datetime64("1970-01-01", "us"), DAYS)).row == 0


def test_counts_that_leap_are_refused() -> None:
    error = refusal(np.array([1, 2, 3, 4, 5, 6, 900]))
    assert (error.code, error.row) == ("DATE-RANGE", 6)
    assert error.what.startswith("6 is followed by 900, ")


@pytest.mark.parametrize(
    "ds",
    [
        DAYS[[0, 1, 14]],
        DAYS[[0, 40]],
        np.array([1, 2, 9]),
        np.concatenate([DAYS[:100], DAYS[:100] + np.timedelta64(180, "D")]),
    ],
)
def test_usual_gaps_are_accepted(ds: NDArray[Any]) -> None:
    check_longest_gap(ds, "shop")


def test_two_frequencies_are_refused_where_they_change() -> None:
    ds = np.concatenate([MONTHS, np.datetime64("2010-07-02", "us") + np.arange(150) * np.timedelta64(1, "D")])
    ds = np.unique(ds)
    error = refusal(ds)
    assert str(error) == (
        "series shop: the rows are 31 days apart up to 2010-07-01 and 1 day apart after it; "
        "keep the rows of one frequency, or convert all to one step"
    )
    assert (error.code, ds[error.row]) == ("FREQ", np.datetime64("2010-07-01"))


@pytest.mark.parametrize(
    ("ds", "what"),
    [
        (np.concatenate([np.arange(0, 60), np.arange(60, 200, 10)]), "the rows are 1 apart up to 60 and 10 apart"),
        (
            np.concatenate([DAYS, DAYS[-1] + np.arange(1, 9) * np.timedelta64(7, "D")]),
            "the rows are 1 day apart up to 2022-06-30 and 7 days apart after it",
        ),
        (
            np.concatenate([DAYS[:12], DAYS[11] + np.arange(1, 40) * np.timedelta64(30, "m")]),
            "the rows are 1 day apart up to 2022-01-14 and 30 minutes apart after it",
        ),
    ],
)
def test_other_changes_of_frequency(ds: NDArray[Any], what: str) -> None:
    assert refusal(ds).what.startswith(what)


def test_sessions_weekends_and_sparse_days_are_one_frequency() -> None:
    weekdays = DAYS[(DAYS.astype("datetime64[D]").astype(np.int64) + 3) % 7 < 5]
    bars = (weekdays[:, None] + np.arange(9, 16) * np.timedelta64(1, "h")).ravel()
    sparse = DAYS[np.random.default_rng(0).random(len(DAYS)) < 0.4]
    for ds in (weekdays, bars, sparse, np.concatenate([DAYS[:90], sparse[sparse > DAYS[90]]])):
        check_one_frequency(ds, "shop")


def test_the_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(  # noqa: S301 - our own bytes
        pickle.dumps(IrregularError("what", "remedy", Place("a.csv", 3), code="FREQ", row=7))
    )  # our own bytes
    assert (str(error), error.code, error.row) == ("a.csv:3: what; remedy", "FREQ", 7)
