"""A record that has a key of a later schema already is refused."""

from __future__ import annotations

from typing import Any

import pytest

from forecaster.artifact.upgrades import from_1, from_2, from_3
from forecaster.errors import ModelRefusedError

UPGRADES = {"first": from_1, "second": from_2, "third": from_3}


@pytest.mark.parametrize(
    ("name", "record"),
    [(name, record) for name, upgrade in UPGRADES.items() for record, new in upgrade.NEW.items() if len(new) > 1],
)
def test_a_new_key_in_an_old_model_is_refused(
    audited: Any, name: str, record: str, request: pytest.FixtureRequest
) -> None:
    old, schema = request.getfixturevalue(name), list(UPGRADES).index(name) + 1
    key, value = next(iter(UPGRADES[name].NEW[record].items()))
    old.meta[record][key] = value
    with pytest.raises(ModelRefusedError, match=f"its {record} is not a record of its schema, which has no {key}"):
        audited(schema, old)
