"""Newer rows of a model: what users are told about the forecast that follows them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from forecaster.workflow.newer_rows import held_forecast_findings


def test_what_is_held_is_said() -> None:
    def said(*strategy: str) -> tuple[str, ...]:
        forecast: Any = SimpleNamespace(strategy=np.array([strategy], dtype=object))
        fitted: Any = SimpleNamespace(furthest_lead_time=20.0)
        return tuple(str(finding) for finding in held_forecast_findings(fitted, forecast))

    assert said("direct", "direct") == ()
    assert said("direct", "held", "held") == (
        "2 of 3 rows lie further ahead than the networks learned, 20 typical steps: the forecast is held there",
    )
