"""Models of schema 2 become models of the present schema that mean the same."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.uncertainty.calibration import Calibration, HeldOutScores, normal_offsets
from forecaster.series.transforms import LEAST, Transform


def test_a_model_of_schema_2_is_upgraded_and_passes(audited: Any, second: Any) -> None:
    meta, arrays = copy.deepcopy(second.meta), dict(second.arrays)
    second.meta["recipe"]["refit"] = False
    found = audited(2, second)
    assert (found.schema, second.meta["blend"], second.arrays.keys()) == (SCHEMA, meta["blend"], arrays.keys())
    assert found.meta["blend"] == {"network": 0.75, "seasonal_naive": 0.25}
    assert (found.meta["specification"]["all_rows"], found.meta["recipe"]["all_rows"]) == (True, False)
    assert (found.meta["network"]["quantiles"], found.meta["recipe"]["stride"]) == (1, 1)
    assert found.meta["volatility_epochs"] is None
    kind, offset, size = (found.arrays[f"transform_{name}"].tolist() for name in ("kind", "offset", "size"))
    assert (kind, offset, size) == ([1, 1], [0, 0], [LEAST, LEAST])
    for name in arrays.keys() & found.arrays.keys():
        assert found.arrays[name] is arrays[name]


def test_values_without_logarithms_are_plain(audited: Any, second: Any) -> None:
    second.meta["recipe"]["log"] = False
    arrays = audited(2, second).arrays
    assert (arrays["transform_kind"].tolist(), arrays["transform_size"].tolist()) == ([0, 0], [1, 1])


def test_the_lower_bound_of_logarithms_does_not_change_values_of_schema_2(audited: Any, second: Any) -> None:
    arrays = audited(2, second).arrays
    transform = Transform(arrays["transform_kind"], arrays["transform_offset"], arrays["transform_size"])
    low = np.array([1e-250, 1e-9])
    np.testing.assert_array_equal(transform.forward(low, np.array([0, 1])), np.log(low))


@pytest.mark.parametrize(("weight", "blend"), [(0.0, {"drift": 1.0}), (1.0, {"network": 1.0})])
def test_a_weight_of_zero_has_no_place_in_a_blend(audited: Any, second: Any, weight: float, blend: Any) -> None:
    second.meta["blend"] = {"baseline": "drift", "weight": weight}
    assert audited(2, second).meta["blend"] == blend


@pytest.mark.parametrize("count", [1, 2, 18, 19, 20, 39, 45, 328, 1000])
@pytest.mark.parametrize("level", [80, 95])
def test_intervals_are_as_wide_as_schema_2_said(audited: Any, second: Any, count: int, level: int) -> None:
    """Half-widths were the residual of rank ceil((R + 1) level), or the largest, and grew by step^b behind the last."""
    second.arrays["residuals"] = np.sort(np.random.default_rng(count).exponential(size=(2, count)), axis=1)
    rank = min(count, -(-(count + 1) * level // 100))
    was = np.append(second.arrays["residuals"][:, rank - 1], second.arrays["residuals"][1, rank - 1] * (3 / 2) ** 0.5)
    arrays = audited(2, second).arrays
    scores = Calibration(
        HeldOutScores(arrays["held_out"], arrays["held_out_cutoff"]), np.empty((1, 0)), pools_steps=False
    )
    low, high = scores.interval(level, normal_offsets(np.array([0.5, 4.0]), np.arange(1.0, 4.0), horizon_exponent=0.5))
    np.testing.assert_allclose(high, np.outer([0.5, 4.0], was), rtol=1e-12)
    np.testing.assert_allclose(low, -high, rtol=1e-12)


@pytest.mark.parametrize("record", ["specification", "recipe"])
def test_both_names_of_a_key_are_refused(audited: Any, second: Any, record: str) -> None:
    second.meta[record]["all_rows"] = True
    with pytest.raises(ModelRefusedError, match=f"its {record} is not a record of"):
        audited(2, second)


@pytest.mark.parametrize("schema", [1, 2])
@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("specification", None),
        ("specification", []),
        ("network", "x"),
        ("recipe", {}),
        ("recipe", 7),
        ("training", {}),
        ("training", [7]),
        ("blend", None),
        ("blend", {"network": 1.0}),
        ("blend", {"baseline": "theta", "weight": 0.5}),
        ("blend", {"baseline": "drift", "weight": 1.5}),
        ("growth", "0.5"),
        ("growth", 1.5),
    ],
)
def test_what_is_no_old_model_is_refused(
    audited: Any, schema: int, key: str, wrong: Any, request: pytest.FixtureRequest
) -> None:
    old = request.getfixturevalue("second" if schema == 2 else "first")
    old.meta[key] = wrong
    with pytest.raises(ModelRefusedError, match=f"its {key}"):
        audited(schema, old)
    del old.meta[key]
    with pytest.raises(ModelRefusedError, match=f"is not a record of|its {key} is not"):
        audited(schema, old)


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("residuals", lambda a: -a, "a residual is negative, or residuals do not rise"),
        ("residuals", lambda a: a[:, ::-1], "a residual is negative, or residuals do not rise"),
        ("residuals", lambda a: a[0], "its array residuals is missing or of another shape"),
        ("residuals", lambda a: a[:1], "its array held_out is of another type or shape"),
        ("spread", lambda a: a[:, None], "its array spread is missing or of another shape"),
        ("spread", lambda a: a[:1], "its array spread is of another type or shape"),
    ],
)
def test_damaged_arrays_of_schema_2(audited: Any, second: Any, name: str, damage: Any, reason: str) -> None:
    good = second.arrays[name]
    second.arrays[name] = damage(good)
    with pytest.raises(ModelRefusedError, match=reason):
        audited(2, second)
    del second.arrays[name]
    with pytest.raises(ModelRefusedError, match=f"its array {name} is missing or of another shape"):
        audited(2, second)
