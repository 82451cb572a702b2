"""Models of older schemas become models of today that mean the same."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from forecaster.artifact.document import Document
from forecaster.artifact.schema import SCHEMA, audit
from forecaster.artifact.upgrades import from_1, from_2, from_3, from_4
from forecaster.calendars.calendar import Calendar
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.uncertainty.calibration import Calibration, HeldOutScores, normal_offsets
from forecaster.nn.architecture import Architecture
from forecaster.series.transforms import LEAST, Transform
from forecaster.spec import Selection, Specification


def audited(schema: int, parts: Any) -> Document:
    return audit(Document(schema, parts.meta, parts.arrays, "digest"))


def new_names(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return an old recipe under the names of schema 5."""
    return {from_4.RECIPE_KEYS.get(key, key): value for key, value in recipe.items()}


def test_a_model_of_schema_1_is_upgraded_and_passes(first: Any) -> None:
    meta, arrays = copy.deepcopy(first.meta), dict(first.arrays)
    found = audited(1, first)
    assert (found.schema, found.digest) == (SCHEMA, "digest")
    assert (first.meta, first.arrays.keys()) == (meta, arrays.keys()), "the document that was read stays as it is"
    assert found.meta["specification"]["arch"] == found.meta["network"]["arch"] == "many-to-one"
    assert (found.meta["recipe"]["batch"], found.meta["recipe"]["all_rows"]) == (64, True)
    assert [training["clipped"] for training in found.meta["training"]] == [None, None]
    for key in ("specification", "network", "verdict"):
        assert meta[key].items() <= found.meta[key].items()
    assert new_names(meta["recipe"]).items() <= found.meta["recipe"].items()
    again = Document(SCHEMA, found.meta, found.arrays, "")
    assert audit(again) is again


def test_a_model_of_schema_2_is_upgraded_and_passes(second: Any) -> None:
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


def test_a_model_of_schema_3_is_upgraded_and_passes(third: Any) -> None:
    meta, arrays = copy.deepcopy(third.meta), dict(third.arrays)
    found = audited(3, third)
    assert (found.schema, third.meta, third.arrays.keys()) == (SCHEMA, meta, arrays.keys())
    assert found.meta["time_style"] == {"layout": "", "zone": ""}
    assert found.meta["selection"] == meta["selection"] | from_3.NEW["selection"]
    assert found.meta["recipe"] == new_names(meta["recipe"]) | {"observed": [], "known": [], "calendar": []}
    assert found.meta["network"] == meta["network"] | {"context": 0}
    (calendar,) = found.meta["calendars"]
    assert calendar == meta["calendars"][0] | {"half_days": [], "exchange": None, "clock": "wall"}
    assert Calendar.from_dict(calendar) == Calendar("integer", 1)
    assert len(found.arrays) == len(arrays)
    assert all(found.arrays[name] is arrays[name] for name in arrays.keys() & found.arrays.keys())


def test_a_model_of_schema_4_is_renamed_and_passes(fourth: Any) -> None:
    meta, arrays = copy.deepcopy(fourth.meta), dict(fourth.arrays)
    found = audited(4, fourth)
    assert (found.schema, fourth.meta, fourth.arrays.keys()) == (SCHEMA, meta, arrays.keys())
    for old, new in from_4.KEYS.items():
        assert found.meta[new] == meta[old]
    assert found.meta["recipe"] == new_names(meta["recipe"])
    assert found.meta["decisions"] == [meta["decisions"][0], meta["decisions"][1] | {"name": "stride"}]
    for old, new in {"unit_kind": "transform_kind", "column_centre": "covariate_centre", "spread": "spread"}.items():
        assert found.arrays[new] is arrays[old]
    assert len(found.arrays) == len(arrays)


@pytest.mark.parametrize("key", [*from_4.KEYS.values(), *from_4.RECIPE_KEYS.values()])
def test_a_new_name_in_a_model_of_schema_4_is_refused(fourth: Any, key: str) -> None:
    (fourth.meta["recipe"] if key in from_4.RECIPE_KEYS.values() else fourth.meta)[key] = 1
    with pytest.raises(ModelRefusedError, match=f"has the name {key}, which its schema does not have"):
        audited(4, fourth)


@pytest.mark.parametrize("name", ["transform_kind", "covariate_kind", "volatility_decay"])
def test_an_array_with_a_new_name_in_a_model_of_schema_4_is_refused(fourth: Any, name: str) -> None:
    fourth.arrays[name] = np.zeros((3, 2), dtype=int)
    with pytest.raises(ModelRefusedError, match=f"its arrays has the name {name}, which its schema does not have"):
        audited(4, fourth)


@pytest.mark.parametrize(
    ("key", "wrong", "reason"),
    [
        ("recipe", None, "its recipe is not a record of"),
        ("recipe", [], "its recipe is not a record of"),
        ("decisions", None, "its decisions is not a list"),
        ("decisions", [None], r"its decisions\[0\] is not a record of"),
        ("decisions", [{"name": 7}], r"its decisions\[0\] is not a record of"),
        ("style", None, "its time_style is not a record of"),
    ],
)
def test_what_is_no_model_of_schema_4_is_refused(fourth: Any, key: str, wrong: Any, reason: str) -> None:
    fourth.meta[key] = wrong
    with pytest.raises(ModelRefusedError, match=reason):
        audited(4, fourth)


def test_values_without_logarithms_are_plain(second: Any) -> None:
    second.meta["recipe"]["log"] = False
    arrays = audited(2, second).arrays
    assert (arrays["transform_kind"].tolist(), arrays["transform_size"].tolist()) == ([0, 0], [1, 1])


def test_no_value_of_schema_2_is_so_low_that_the_bound_of_logarithms_holds_it(second: Any) -> None:
    arrays = audited(2, second).arrays
    transform = Transform(arrays["transform_kind"], arrays["transform_offset"], arrays["transform_size"])
    low = np.array([1e-250, 1e-9])
    np.testing.assert_array_equal(transform.forward(low, np.array([0, 1])), np.log(low))


@pytest.mark.parametrize(("weight", "blend"), [(0.0, {"drift": 1.0}), (1.0, {"network": 1.0})])
def test_a_weight_of_zero_has_no_place_in_a_blend(second: Any, weight: float, blend: Any) -> None:
    second.meta["blend"] = {"baseline": "drift", "weight": weight}
    assert audited(2, second).meta["blend"] == blend


def test_the_upgrades_mean_what_the_defaults_mean(first: Any) -> None:
    """A user of schema 1 who asked for nothing asked for what a user asks for today who asks for nothing."""
    meta = audited(1, first).meta
    assert Selection(**meta["selection"] | dict.fromkeys(("targets", "observed", "known"), ())) == Selection(
        series="ticker"
    )
    new = {"all_rows", *from_1.NEW["specification"], *from_2.NEW["specification"]} - {"refit", "batch"}
    assert Specification(**{key: meta["specification"][key] for key in new}) == Specification()
    assert Architecture(**meta["network"]) == Architecture(**first.meta["network"])


@pytest.mark.parametrize("count", [1, 2, 18, 19, 20, 39, 45, 328, 1000])
@pytest.mark.parametrize("level", [80, 95])
def test_intervals_are_as_wide_as_schema_2_said(second: Any, count: int, level: int) -> None:
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


UPGRADES = {"first": from_1, "second": from_2, "third": from_3}


@pytest.mark.parametrize(
    ("name", "record"),
    [(name, record) for name, upgrade in UPGRADES.items() for record, new in upgrade.NEW.items() if len(new) > 1],
)
def test_a_new_key_in_an_old_model_is_refused(name: str, record: str, request: pytest.FixtureRequest) -> None:
    old, schema = request.getfixturevalue(name), list(UPGRADES).index(name) + 1
    key, value = next(iter(UPGRADES[name].NEW[record].items()))
    old.meta[record][key] = value
    with pytest.raises(ModelRefusedError, match=f"its {record} is not a record of its schema, which has no {key}"):
        audited(schema, old)


@pytest.mark.parametrize("record", ["specification", "recipe"])
def test_both_names_of_a_key_are_refused(second: Any, record: str) -> None:
    second.meta[record]["all_rows"] = True
    with pytest.raises(ModelRefusedError, match=f"its {record} is not a record of"):
        audited(2, second)


@pytest.mark.parametrize("key", from_3.CALENDAR)
def test_a_new_key_in_an_old_calendar_is_refused(third: Any, key: str) -> None:
    third.meta["calendars"][0][key] = from_3.CALENDAR[key]
    with pytest.raises(ModelRefusedError, match=r"its calendars\[0\] is not a calendar"):
        audited(3, third)


@pytest.mark.parametrize("wrong", [{}, [7], [[]], [None], None])
def test_what_are_no_old_calendars_is_refused(third: Any, wrong: Any) -> None:
    third.meta["calendars"] = wrong
    with pytest.raises(ModelRefusedError, match="its calendars"):
        audited(3, third)


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
def test_what_is_no_old_model_is_refused(schema: int, key: str, wrong: Any, request: pytest.FixtureRequest) -> None:
    old = request.getfixturevalue("second" if schema == 2 else "first")
    old.meta[key] = wrong
    with pytest.raises(ModelRefusedError, match=f"its {key}"):
        audited(schema, old)
    del old.meta[key]
    with pytest.raises(ModelRefusedError, match=f"is not a record of|its {key} is not"):
        audited(schema, old)


@pytest.mark.parametrize("key", ["cell", "hidden"])
def test_an_old_model_is_audited_like_any_other(first: Any, key: str) -> None:
    first.meta["network"][key] = {"cell": "lstm", "hidden": 3}[key]
    with pytest.raises(ModelRefusedError, match="its array weights is of another type or shape"):
        audited(1, first)


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        ("residuals", lambda a: -a, "a residual is negative, or residuals do not rise"),
        ("residuals", lambda a: a[:, ::-1], "a residual is negative, or residuals do not rise"),
        ("residuals", lambda a: a[0], "its array residuals is missing or of another shape"),
        ("residuals", lambda a: a[:1], "its array held_out is of another type or shape"),
        ("spread", lambda a: a[:, None], "its array spread is missing or of another shape"),
        ("spread", lambda a: a[:1], "its array spread is of another type or shape"),
    ],
)
def test_spoilt_arrays_of_schema_2(second: Any, name: str, spoil: Any, reason: str) -> None:
    good = second.arrays[name]
    second.arrays[name] = spoil(good)
    with pytest.raises(ModelRefusedError, match=reason):
        audited(2, second)
    del second.arrays[name]
    with pytest.raises(ModelRefusedError, match=f"its array {name} is missing or of another shape"):
        audited(2, second)


def test_a_model_is_upgraded_from_its_own_schema(first: Any) -> None:
    with pytest.raises(ModelRefusedError, match="is not a record of"):
        audited(2, first)
