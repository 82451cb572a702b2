"""Models of schema 8, in which the open hours of a week never changed."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.artifact.upgrades import from_8
from forecaster.calendars.calendar import Calendar
from forecaster.errors import ModelRefusedError

WEEK = {"step": 86_400, "phase": 0, "open": [[0, 5]]}
DAILY = Calendar("daily").to_dict() | {"week": WEEK}


def test_the_hours_of_a_model_of_schema_8_never_changed(parts: Any) -> None:
    parts.meta["calendars"] = [copy.deepcopy(DAILY), Calendar("daily").to_dict()]
    upgraded, arrays = from_8.upgrade(parts.meta, parts.arrays)
    assert [Calendar.from_dict(each).per_week for each in upgraded["calendars"]] == [5, 7]
    assert upgraded["calendars"][0]["week"] == WEEK | {"earlier": []}
    assert parts.meta["calendars"][0] == DAILY
    assert arrays is parts.arrays


def test_a_model_of_schema_8_without_open_hours_stays_as_it_is(audited: Any, parts: Any) -> None:
    found = audited(8, parts)
    assert (found.schema, found.meta) == (SCHEMA, parts.meta)


def test_a_model_of_schema_8_whose_hours_changed_is_refused(audited: Any, parts: Any) -> None:
    parts.meta["calendars"] = [DAILY | {"week": WEEK | {"earlier": []}}]
    with pytest.raises(ModelRefusedError, match="which has no earlier"):
        audited(8, parts)
