"""What a user asks for with --at is read strictly and lies after every series."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import AllSeriesFailedError, InputRefusedError, UsageError
from forecaster.series.panel import Panel, panel_from_series
from forecaster.workflow.requested_times import (
    check_times_can_be_requested,
    drop_late_series,
    late_series,
    requested_times,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def dated(*lasts: str) -> Panel:
    """Return series a, b, ... of three rows that end at these moments."""
    back = np.array([9, 2, 0]) * np.timedelta64(1, "D")
    ends = [np.datetime64(last, "us") for last in lasts]
    return panel_from_series(
        ((chr(ord("a") + i), end - back, np.arange(3.0)) for i, end in enumerate(ends)), irregular=True
    )


DATED = dated("2024-01-31")
COUNTED = panel_from_series([("a", np.array([1, 2, 9]), np.arange(3.0))], irregular=True)


def test_dates_and_times_come_in_order_and_once() -> None:
    found = requested_times(
        ["2024-03-05", "2024-02-01 12:30", "2024-02-01T12:30:00", " 2024-02-01 ", "2024-03", "2024-02-01 00:00:00.5"],
        DATED,
    )
    assert found.dtype == DATED.ds.dtype
    assert [str(moment) for moment in found.astype("datetime64[ms]")] == [
        "2024-02-01T00:00:00.000",
        "2024-02-01T00:00:00.500",
        "2024-02-01T12:30:00.000",
        "2024-03-01T00:00:00.000",
        "2024-03-05T00:00:00.000",
    ]


def test_counts_come_in_order_and_once() -> None:
    found = requested_times(["30", "+10", "12", "10"], COUNTED)
    assert (found.tolist(), found.dtype) == ([10, 12, 30], np.int64)


@pytest.mark.parametrize(
    "text", ["x", "", "31/01/2024", "2024-02-30", "2024-13", "20240301", "2024-03-01T00:00Z", "2024-03-01 25:00", "70"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        requested_times(["2024-03-01", text], DATED)
    assert str(caught.value) == (
        f"--at '{text}' is not a date like 2024-01-31; "
        "write dates as 2024-01-31 or 2024-01-31 09:30:00, without a time zone"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["x", "", "1.5", "2024-03-01", "1_000", "12345678901234567890"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        requested_times([text], COUNTED)
    assert str(caught.value) == f"--at '{text}' is not a whole number like 120; write times as in the training file"
    assert caught.value.exit_code == 2


def test_a_year_that_no_file_may_have_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^--at 2924-03-01 is not between the years 1500 and 2200; check the year$"):
        requested_times(["2924-03-01"], DATED)


def test_control_characters_are_not_printed() -> None:
    with pytest.raises(UsageError, match=r"--at '\\x1b\[2J' is not a date"):
        requested_times(["\x1b[2J"], DATED)


@pytest.mark.parametrize("text", ["2024-02-05", "2024-02-01"])
def test_series_that_go_on_beyond_a_moment_are_named(text: str) -> None:
    panel = dated("2024-01-31", "2024-02-05", "2024-02-03")
    late = late_series(requested_times(["2024-03-01", text], panel), panel)
    assert late["b"] == f"--at {text} is not after the last row, 2024-02-05"
    assert set(late) == ({"b", "c"} if text == "2024-02-01" else {"b"})
    assert not late_series(requested_times(["2024-03-01"], panel), panel)


def test_a_moment_up_to_the_last_row_of_the_only_series_is_refused() -> None:
    with pytest.raises(InputRefusedError) as caught:
        late_series(requested_times(["10", "9"], COUNTED), COUNTED)
    assert str(caught.value) == "series a: --at 9 is not after the last row, 9; give a later time"
    assert caught.value.exit_code == 65


class Fitted(list[int]):
    """A forecaster of numbered series, who learned 20 steps far."""

    furthest_lead_time = 20.0

    def take(self, chosen: Sequence[int]) -> Fitted:
        return Fitted(self[i] for i in chosen)


def test_moments_are_asked_once_and_of_unequal_steps() -> None:
    unequal: Any = SimpleNamespace(irregular=True)
    check_times_can_be_requested(unequal, None)
    with pytest.raises(UsageError, match="--at and --horizon both say what to forecast; leave one of them out"):
        check_times_can_be_requested(unequal, 3)
    equal: Any = SimpleNamespace(irregular=False)
    with pytest.raises(UsageError, match="--at is for models that were trained with --irregular"):
        check_times_can_be_requested(equal, None)


def test_late_series_are_left_out_together_with_their_forecaster(panel_of: Callable[..., Panel]) -> None:
    panel, fitted = panel_of(a=[1, 2], b=[3, 4], c=[5, 6]), Fitted([0, 1, 2])
    rest, series = drop_late_series(fitted, panel, {"b": "late"})
    assert (list(rest), series.ids) == ([0, 2], ("a", "c"))
    assert drop_late_series(fitted, panel, {})[1] is panel
    with pytest.raises(AllSeriesFailedError, match="every series already has rows after a requested time"):
        drop_late_series(fitted, panel, dict.fromkeys("abc", "late"))
