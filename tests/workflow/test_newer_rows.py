"""What `predict` does with newer rows, and which requested times it refuses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import AllSeriesFailedError, UsageError
from forecaster.workflow.newer_rows import check_requested_times, drop_late_series, held_rows_finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.series.panel import Panel


class Fitted(list[int]):
    """A forecaster of numbered series, trained for lead times up to 20 steps."""

    furthest_lead_time = 20.0

    def take(self, chosen: Sequence[int]) -> Fitted:
        return Fitted(self[i] for i in chosen)


def test_requested_times_are_for_unequal_steps_and_exclude_a_horizon() -> None:
    unequal: Any = SimpleNamespace(irregular=True)
    check_requested_times(unequal, None)
    with pytest.raises(UsageError, match="--at and --horizon both say what to forecast; leave one of them out"):
        check_requested_times(unequal, 3)
    equal: Any = SimpleNamespace(irregular=False)
    with pytest.raises(UsageError, match="--at is for models that were trained with --irregular"):
        check_requested_times(equal, None)


def test_late_series_are_dropped_from_panel_and_forecaster(panel_of: Callable[..., Panel]) -> None:
    panel, fitted = panel_of(a=[1, 2], b=[3, 4], c=[5, 6]), Fitted([0, 1, 2])
    rest, series = drop_late_series(fitted, panel, {"b": "late"})
    assert (list(rest), series.ids) == ([0, 2], ("a", "c"))
    assert drop_late_series(fitted, panel, {})[1] is panel
    with pytest.raises(AllSeriesFailedError, match="each of the series goes on beyond a moment asked for"):
        drop_late_series(fitted, panel, dict.fromkeys("abc", "late"))


def test_a_finding_counts_the_rows_that_are_held() -> None:
    def said(*strategy: str) -> tuple[str, ...]:
        forecast: Any = SimpleNamespace(strategy=np.array([strategy], dtype=object))
        fitted: Any = Fitted()
        return tuple(str(finding) for finding in held_rows_finding(fitted, forecast))

    assert said("direct", "direct") == ()
    assert said("direct", "held", "held") == (
        "2 of 3 rows lie further ahead than the networks learned, 20 typical steps: the forecast is held there",
    )
