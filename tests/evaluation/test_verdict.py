"""The verdict from losses: which baseline it is against, what it is without errors, and the gate before the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import QualityGateError
from forecaster.evaluation.sentences import IntervalCoverage
from forecaster.evaluation.verdict import Verdict, check_skill, verdict_from_losses

if TYPE_CHECKING:
    from numpy.typing import NDArray

COVERED = IntervalCoverage({80: 79.1, 95: 94.2}, 1250, 50)


def losses(skill: float, n: int, seed: int = 0, noise: float = 0.1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return losses of a baseline near 1, and of a model that is better by about `skill` percent."""
    rng = np.random.default_rng(seed)
    base = 1.0 + 0.2 * rng.random(n)
    return base, base * (1.0 - skill / 100.0 + noise * rng.normal(size=n))


def verdict_of(model: NDArray[np.float64], base: NDArray[np.float64], overlap: int = 0) -> Verdict:
    with np.errstate(all="raise"):
        return verdict_from_losses(model, {"last_value": base, "drift": base + 1.0}, overlap, COVERED)


def test_the_forecast_is_compared_with_the_best_baseline() -> None:
    base, model = losses(12.0, 20)
    result = verdict_of(model, base)
    assert (result.baseline, result.origins, result.coverage) == ("last_value", 20, {80: 79.1, 95: 94.2})
    assert result.skill == pytest.approx(100.0 * (1.0 - model.mean() / base.mean()))
    assert result.p_value is not None
    assert result.p_value < 0.05
    assert result.sentences == (
        (
            f"The forecast is {result.skill:.1f} % better than the last value, the best baseline, on 20 held-out "
            "cutoffs (p < 0.001)."
        ),
        "The 80 % interval covered 79.1 % and the 95 % interval 94.2 % of 1,250 held-out values.",
    )


@pytest.mark.parametrize("rounding", [0.0, 1e-14])
def test_a_forecast_that_is_the_baseline_is_as_good(rounding: float) -> None:
    base, _ = losses(0.0, 20)
    result = verdict_of(base * (1.0 - rounding), base)
    assert (result.skill, result.p_value) == (0.0, 1.0)


def test_there_is_no_skill_if_only_the_baseline_made_no_error() -> None:
    assert verdict_of(np.ones(6), np.zeros(6)).skill is None
    both = verdict_of(np.zeros(6), np.zeros(6))
    assert (both.skill, both.p_value) == (0.0, 1.0)


def test_the_skill_is_against_the_best_baseline() -> None:
    result = verdict_from_losses(
        np.ones(4), {"last_value": np.full(4, 3.0), "seasonal_naive": np.full(4, 2.0)}, 0, COVERED
    )
    assert result.baseline == "seasonal_naive"
    assert result.skill == 50.0
    assert result.sentences[0] == (
        "The forecast is 50.0 % better than the seasonal naive forecast, the best baseline, on 4 held-out cutoffs "
        "(p < 0.001)."
    )


def test_a_verdict_survives_json() -> None:
    for result in (verdict_of(*losses(5.0, 9)), verdict_of(np.array([0.9]), np.array([1.0]))):
        fields = result.to_dict()
        assert list(fields) == ["sentences", "baseline", "skill", "p_value", "coverage", "origins"]
        assert Verdict.from_dict(json.loads(json.dumps(fields, allow_nan=False))) == result
    assert result.to_dict()["coverage"] == {"80": 79.1, "95": 94.2}


def verdict_with(skill: float | None) -> Verdict:
    return Verdict(("",), "theta", skill, None, {80: None, 95: None}, 5)


def test_the_gate_opens_at_the_required_skill() -> None:
    for required in (None, -5.0, 50.0):
        check_skill(verdict_with(50.0), required)
    check_skill(verdict_with(None), 0.0)
    with pytest.raises(QualityGateError) as error:
        check_skill(verdict_with(50.0), 50.1)
    assert str(error.value) == (
        "the forecast has a skill of 50.0 % against Theta, and 50.1 % is required; "
        "nothing was written; an older model stays in place"
    )
