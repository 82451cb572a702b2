from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import QualityGateError
from forecaster.evaluation.heldout import check_skill, holdout_scores
from forecaster.forecasting.holdout import Holdout


def holdout() -> Holdout:
    """Return two windows of two steps: errors of 1 and 3 of the forecast, of 2 and 6 of the drift."""
    actual = np.array([[10.0, 10.0], [10.0, 10.0]])
    off = np.array([[1.0], [3.0]])
    forecasts = {"forecast": actual + off, "drift": actual - 2.0 * off}
    return Holdout(actual, forecasts, np.zeros(2, np.int64), np.array([3, 2]), np.full(2, 4.0))


def test_each_method_has_its_scores() -> None:
    table = holdout_scores(holdout())
    assert table["model"].tolist() == ["forecast", "drift"]
    assert table["mae"].tolist() == [2.0, 4.0]
    assert table["mase"].tolist() == [0.5, 1.0]
    assert table["smape"].tolist() == pytest.approx([(200 / 21 + 600 / 23) / 2, (400 / 18 + 1200 / 14) / 2])


def test_the_gate_opens_at_the_skill_that_is_asked_for() -> None:
    for asked in (None, -5.0, 50.0):
        check_skill(holdout(), "drift", asked)
    with pytest.raises(QualityGateError) as error:
        check_skill(holdout(), "drift", 50.1)
    assert str(error.value) == (
        "the forecast has a skill of 50.0 % against the drift, 50.1 % is asked for; "
        "nothing was written; an older model stays in place"
    )
