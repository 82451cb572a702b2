"""Models of schema 1 become models of the present schema that mean the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.document import Document
from forecaster.artifact.schema import SCHEMA, audit_document
from forecaster.artifact.upgrades import from_1, from_2
from forecaster.errors import ModelRefusedError
from forecaster.nn.architecture import Architecture
from forecaster.spec import Selection, Specification


def test_a_model_of_schema_1_is_upgraded_and_passes(audited: Any, new_names: Any, first: Any) -> None:
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
    assert audit_document(again) is again


def test_the_upgrades_mean_what_the_defaults_mean(audited: Any, first: Any) -> None:
    """A user of schema 1 who gave no options meant the same as a user who gives none today."""
    meta = audited(1, first).meta
    assert Selection(**meta["selection"] | dict.fromkeys(("targets", "observed", "known"), ())) == Selection(
        series="ticker"
    )
    new = {"all_rows", *from_1.NEW["specification"], *from_2.NEW["specification"]} - {"refit", "batch"}
    assert Specification(**{key: meta["specification"][key] for key in new}) == Specification()
    assert Architecture(**meta["network"]) == Architecture(**first.meta["network"])


@pytest.mark.parametrize("key", ["cell", "hidden"])
def test_an_old_model_is_audited_like_any_other(audited: Any, first: Any, key: str) -> None:
    first.meta["network"][key] = {"cell": "lstm", "hidden": 3}[key]
    with pytest.raises(ModelRefusedError, match="its array weights is of another type or shape"):
        audited(1, first)


def test_a_model_is_upgraded_from_its_own_schema(audited: Any, first: Any) -> None:
    with pytest.raises(ModelRefusedError, match="is not a record of"):
        audited(2, first)
