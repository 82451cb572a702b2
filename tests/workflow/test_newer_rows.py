"""What `predict` reports about rows that lie far ahead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from forecaster.workflow.newer_rows import held_rows_finding


def test_a_finding_counts_the_rows_that_are_held() -> None:
    def said(*strategy: str) -> tuple[str, ...]:
        forecast: Any = SimpleNamespace(strategy=np.array([strategy], dtype=object))
        fitted: Any = SimpleNamespace(furthest_lead_time=20.0)
        return tuple(str(finding) for finding in held_rows_finding(fitted, forecast))

    assert said("direct", "direct") == ()
    assert said("direct", "held", "held") == (
        "2 of 3 rows lie further ahead than the networks learned, 20 typical steps: the forecast is held there",
    )
