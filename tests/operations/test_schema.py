"""The audit: a good model passes, and every key, type, size and number that is spoilt is refused by name."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.data.calendar import Calendar
from forecaster.errors import ModelRefusedError, Place
from forecaster.nn.architecture import Architecture
from forecaster.operations import schema, schema_1
from forecaster.operations.container import Document
from forecaster.operations.schema import EARLIEST, LATEST, audit
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Iterator

WRONG = (None, True, 0, -1, 2**63, 0.5, -1e301, "", "x", "x" * 10_001, [], [None], {}, {"x": 1})


def refuse(parts: Any, match: str) -> None:
    with pytest.raises(ModelRefusedError, match=match) as caught:
        audit(Document(2, parts.meta, parts.arrays, "", Place(file="m.joblib")))
    assert caught.value.exit_code == 76
    assert str(caught.value).startswith("m.joblib: this model is refused: ")
    assert str(caught.value).endswith("; train it again with `forecast train`")


def accept(parts: Any) -> None:
    audit(Document(2, parts.meta, parts.arrays, ""))


def test_a_good_model_passes(parts: Any) -> None:
    accept(parts)


def test_a_model_with_dates_passes(parts: Any) -> None:
    parts.meta |= {"time": "datetime", "calendars": [Calendar("daily", 1).to_dict(), Calendar("weekly", 1).to_dict()]}
    parts.arrays["calendar_of"] = np.array([1, 0])
    accept(parts)
    parts.arrays["tail_ds"] = np.array([EARLIEST, 0, LATEST, 1, 2, 3, 4])
    accept(parts)
    parts.arrays["tail_ds"] = np.array([np.iinfo(np.int64).min, 0, 1, 1, 2, 3, 4])
    refuse(parts, "a time is out of bounds")


@pytest.mark.parametrize(("schema", "word"), [(0, "unknown"), (-5, "unknown"), (3, "newer")])
def test_another_schema_is_refused(parts: Any, schema: int, word: str) -> None:
    with pytest.raises(ModelRefusedError, match=f"its schema {schema} is {word}, this version reads up to 2"):
        audit(Document(schema, parts.meta, parts.arrays, ""))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value of a tree."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from places(part, (*path, key))


def parent(meta: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        meta = meta[key]
    return meta


def free(path: tuple[Any, ...]) -> bool:
    """Return whether keys and values are not fixed there."""
    return path[0] == "scores" and len(path) > 2


def test_every_absent_and_every_additional_key_is_refused(parts: Any) -> None:
    good, tried = copy.deepcopy(parts.meta), 0
    for path in places(good):
        if isinstance(path[-1], str) and not free(path):
            parts.meta = copy.deepcopy(good)
            del parent(parts.meta, path)[path[-1]]
            refuse(parts, r"is not a (record|calendar)")
            parts.meta = copy.deepcopy(good)
            parent(parts.meta, path)[f"{path[-1]} "] = 1
            refuse(parts, r"is not a (record|calendar)")
            tried += 2
    assert tried > 150


MAY_BE_OTHERWISE = {
    *("specification.lookback", "specification.hidden", "specification.epochs", "selection.time", "selection.series"),
    *("specification.segment", "training.0.loss", "training.1.loss", "training.0.clipped", "training.1.clipped"),
    *("verdict.skill", "verdict.p_value", "verdict.coverage.80", "verdict.coverage.95"),
    *("decisions.0.value", "scores.0.model", "scores.0.mae", "scores.0.smape", "scores.0.mase"),
    "calendars.0.holidays",  # a calendar knows its own types
}
"""Where the good model has one of several types that are right, None among them."""


def test_every_value_of_a_wrong_type_or_size_is_refused(parts: Any) -> None:
    good, refused, otherwise = copy.deepcopy(parts.meta), 0, set()
    for path in places(good):
        for wrong in WRONG:
            parts.meta = copy.deepcopy(good)
            place = parent(parts.meta, path)
            right, place[path[-1]] = place[path[-1]], wrong
            try:
                accept(parts)
            except ModelRefusedError:
                refused += 1
                continue
            if type(wrong) is not type(right):
                otherwise.add(".".join(map(str, path)))
    assert refused > 1200
    assert otherwise <= MAY_BE_OTHERWISE


@pytest.mark.parametrize(
    ("room", "changes", "reason"),
    [
        ("recipe", {"segment": 4}, "the lookback is not its segments"),
        ("recipe", {"segment": 1, "steps": 4}, "the network takes other segments"),
        ("network", {"inputs": 1}, "the network takes other segments"),
        ("network", {"steps": 1}, "the network takes another number of steps"),
        ("network", {"outputs": 3}, "the network has another horizon"),
        ("recipe", {"horizon": 3}, "the network has another horizon"),
        ("recipe", {"members": 3}, "the networks are not as many as their records"),
        ("network", {"hidden": 3}, "its array weights is of another type or shape"),
        ("network", {"cell": "lstm"}, "its array weights is of another type or shape"),
        ("network", {"hidden": 4096, "layers": 16}, "its array weights is of another type or shape"),
        ("network", {"skip": False}, "its array weights is of another type or shape"),
        ("network", {"arch": "many-to-many"}, "its array weights is of another type or shape"),
        ("network", {"arch": "one-to-many"}, "its network does not exist: one-to-many has one step"),
        ("network", {"arch": "many-to-many", "bidirectional": True}, "many-to-many does not read both ways"),
        ("network", {"irregular": True}, "unequal steps come in segments"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(parts: Any, room: str, changes: Any, reason: str) -> None:
    parts.meta[room] |= changes
    refuse(parts, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"series": ["ONE", "ONE"]}, "two series have one name"),
        ({"series": ["ONE"]}, "of another type or shape"),
        ({"series": []}, "its series is not a list of 1 to"),
        ({"calendars": [Calendar("integer", 1).to_dict()] * 3}, "there are more calendars than series"),
        ({"calendars": [Calendar("daily", 1).to_dict()]}, "the calendars are of another kind than the time"),
        ({"calendars": [{"kind": "integer"}]}, r"its calendars\[0\] is not a calendar"),
        ({"calendars": [7]}, r"its calendars\[0\] is not a calendar"),
        ({"calendars": [[]]}, r"its calendars\[0\] is not a calendar"),
        ({"time": "datetime"}, "the calendars are of another kind than the time"),
        ({"time": "date"}, "its time is not one of datetime, integer"),
        ({"training": []}, "its training is not a list of 1 to 100 parts"),
    ],
)
def test_series_and_calendars(parts: Any, changes: Any, reason: str) -> None:
    parts.meta |= changes
    refuse(parts, reason)


def test_no_size_is_used_before_it_is_checked(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "parameter_count", lambda **_: pytest.fail("sized"))
    for key in ("inputs", "hidden", "layers", "outputs", "embedding", "steps"):
        for wrong in (-1, 10**9, True, 2.0, "2"):
            parts.meta["network"] |= {key: wrong}
            refuse(parts, f"its network.{key} is not a whole number")
            parts.meta["network"] |= {key: 2}


SPOILT = [
    ("weights", lambda a: a.astype(np.float64), "its array weights is of another type or shape"),
    ("weights", lambda a: a[:, :-1], "its array weights is of another type or shape"),
    ("weights", lambda a: a[0], "its array weights is of another type or shape"),
    ("weights", lambda a: a.T, "its array weights is of another type or shape"),
    ("spread", lambda a: a * 0, "a spread is not positive"),
    ("spread", lambda a: -a, "a spread is not positive"),
    ("spread", lambda a: a.astype(np.int64), "its array spread is of another type or shape"),
    ("spread", lambda a: a[:1], "its array spread is of another type or shape"),
    ("slope", lambda a: a[:, None], "its array slope is of another type or shape"),
    ("residuals", lambda a: -a, "a residual is negative"),
    ("residuals", lambda a: a[:1], "its array residuals is of another type or shape"),
    ("residuals", lambda a: a[0], "its array residuals is of another type or shape"),
    ("residuals", lambda _: np.ones((2, 1_000_001)), "there are too many residuals"),
    ("calendar_of", lambda a: a - 1, "a series has no calendar"),
    ("calendar_of", lambda a: a + 1, "a series has no calendar"),
    ("calendar_of", lambda a: a.astype(np.float64), "its array calendar_of is of another type or shape"),
    ("tail_ds", lambda a: a[:-1], "the rows have no places"),
    ("tail_ds", lambda a: a[::-1], "the times of a series do not rise"),
    ("tail_ds", lambda a: a * 0, "the times of a series do not rise"),
    ("tail_ds", lambda a: a + np.iinfo(np.int64).max - 4, "a time is out of bounds"),
    ("tail_ds", lambda a: a + np.iinfo(np.int64).min, "a time is out of bounds"),
    ("tail_values", lambda a: a[1:], "the rows have no places"),
    ("tail_values", lambda a: a - 1, "a value has no logarithm"),
    ("tail_indptr", lambda a: a + 1, "the rows have no places"),
    ("tail_indptr", lambda a: a - 1, "the rows have no places"),
    ("tail_indptr", lambda a: a[::-1], "the rows have no places"),
    ("tail_indptr", lambda a: a * [1, 0, 1], "a series has no rows"),
    ("tail_indptr", lambda a: a * [1, 3, 1], "a series has no rows"),
    ("tail_indptr", lambda a: a * [1, -1, 1], "a series has no rows"),
    ("tail_indptr", lambda a: a[1:], "its array tail_indptr is of another type or shape"),
]


@pytest.mark.parametrize(("name", "spoil", "reason"), SPOILT)
def test_a_spoilt_array_is_refused(parts: Any, name: str, spoil: Any, reason: str) -> None:
    parts.arrays[name] = spoil(parts.arrays[name])
    refuse(parts, reason)


def test_every_absent_and_every_additional_array_is_refused(parts: Any) -> None:
    good = dict(parts.arrays)
    for name, array in good.items():
        parts.arrays = {other: values for other, values in good.items() if other != name}
        refuse(parts, "its arrays are not weights, spread, slope, residuals")
        parts.arrays = good | {f"{name}_": array}
        refuse(parts, "its arrays are not weights, spread, slope, residuals")


def test_values_of_zero_and_less_are_fine_without_logarithms(parts: Any) -> None:
    parts.meta["recipe"]["log"] = False
    parts.arrays["tail_values"] -= 100
    accept(parts)


@pytest.fixture
def old(parts: Any) -> Any:
    """Take from the good model what schema 1 did not hold yet."""
    for record, fields in schema_1.NEW.items():
        for key in fields:
            del parts.meta[record][key]
    for training in parts.meta["training"]:
        del training["clipped"]
    return parts


def audit_old(parts: Any) -> Document:
    return audit(Document(1, parts.meta, parts.arrays, "digest"))


def test_a_model_of_schema_1_is_upgraded_and_passes(old: Any) -> None:
    before = copy.deepcopy(old.meta)
    found = audit_old(old)
    assert (found.schema, found.digest) == (2, "digest")
    assert old.meta == before, "the document that was read stays as it is"
    assert found.meta["specification"]["arch"] == found.meta["network"]["arch"] == "many-to-one"
    assert (found.meta["recipe"]["batch"], found.meta["recipe"]["refit"]) == (64, True)
    assert [training["clipped"] for training in found.meta["training"]] == [None, None]
    for key, value in before.items():
        if isinstance(value, dict):
            assert value.items() <= found.meta[key].items()
    again = Document(2, found.meta, found.arrays, "")
    assert audit(again) is again


def test_the_upgrade_means_what_the_defaults_mean(old: Any) -> None:
    """A user of schema 1 who asked for nothing asked for what a user asks for today who asks for nothing."""
    upgraded = schema_1.upgrade(old.meta)
    asked = Specification(**{key: upgraded["specification"][key] for key in schema_1.NEW["specification"]})
    assert asked == Specification()
    network = Architecture(**upgraded["network"])
    assert network == Architecture(**old.meta["network"])


@pytest.mark.parametrize("record", ["specification", "recipe", "network"])
def test_a_new_key_in_an_old_model_is_refused(old: Any, record: str) -> None:
    key, value = next(iter(schema_1.NEW[record].items()))
    old.meta[record][key] = value
    with pytest.raises(ModelRefusedError, match=f"its {record} is not a record of"):
        audit_old(old)


def test_an_old_model_that_is_complete_passes_as_it_is(parts: Any) -> None:
    parts.meta["network"]["dropout"] = 0.5
    found = audit_old(parts)
    assert found.meta == parts.meta


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("specification", None),
        ("specification", []),
        ("network", "x"),
        ("recipe", {}),
        ("training", {}),
        ("training", [7]),
    ],
)
def test_what_is_no_model_of_schema_1_is_refused_and_not_upgraded(old: Any, key: str, wrong: Any) -> None:
    old.meta[key] = wrong
    with pytest.raises(ModelRefusedError, match=f"its {key}"):
        audit_old(old)
    del old.meta[key]
    with pytest.raises(ModelRefusedError, match="is not a record of"):
        audit_old(old)


@pytest.mark.parametrize("key", ["cell", "hidden"])
def test_a_model_of_schema_1_is_audited_like_any_other(old: Any, key: str) -> None:
    old.meta["network"][key] = {"cell": "lstm", "hidden": 3}[key]
    with pytest.raises(ModelRefusedError, match="its array weights is of another type or shape"):
        audit_old(old)


def test_a_model_of_schema_2_is_not_upgraded(old: Any) -> None:
    with pytest.raises(ModelRefusedError, match="is not a record of"):
        audit(Document(2, old.meta, old.arrays, ""))
