"""Newer rows of a model: what users are told about the forecast that follows them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from forecaster.workflow.newer_rows import held_forecast_findings, rolled_forecast_findings


def test_what_is_held_is_said() -> None:
    def said(*strategy: str) -> tuple[str, ...]:
        forecast: Any = SimpleNamespace(strategy=np.array([strategy], dtype=object))
        fitted: Any = SimpleNamespace(furthest_lead_time=20.0)
        return tuple(str(finding) for finding in held_forecast_findings(fitted, forecast))

    assert said("direct", "direct") == ()
    assert said("direct", "held", "held") == (
        "2 of 3 rows lie further ahead than the networks learned, 20 typical steps: the forecast is held there",
    )


def test_steps_beyond_the_trained_horizon_are_reported() -> None:
    def findings(steps: int, **recipe: bool) -> tuple[str, ...]:
        usual = {"irregular": False, "zero_shot": False, "predicts_volatility": False}
        of_recipe: Any = SimpleNamespace(horizon=7, **(usual | recipe))
        return tuple(str(finding) for finding in rolled_forecast_findings(of_recipe, steps))

    assert findings(7) == ()
    (finding,) = findings(90)
    assert finding.startswith("83 of 90 steps lie beyond the trained horizon of 7: they are rolled forward; ")
    assert finding.endswith("train with --horizon 90 to learn them")
    for kind in ("irregular", "zero_shot", "predicts_volatility"):
        assert findings(90, **{kind: True}) == (), "another horizon would teach no more"
