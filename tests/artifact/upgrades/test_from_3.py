"""Models of schema 3 become models of the present schema that mean the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.artifact.upgrades import from_3
from forecaster.calendars.calendar import Calendar
from forecaster.errors import ModelRefusedError


def test_a_model_of_schema_3_is_upgraded_and_passes(audited: Any, new_names: Any, third: Any) -> None:
    meta, arrays = copy.deepcopy(third.meta), dict(third.arrays)
    found = audited(3, third)
    assert (found.schema, third.meta, third.arrays.keys()) == (SCHEMA, meta, arrays.keys())
    assert found.meta["time_style"] == {"layout": "", "zone": "", "standard": False}
    new = from_3.NEW["selection"] | {"every": None, "agg": None}
    assert found.meta["selection"] == meta["selection"] | new
    assert found.meta["recipe"] == new_names(meta["recipe"]) | {
        "observed": [],
        "known": [],
        "calendar": [],
        "pretrained": "",
        "fine_tuned": 0,
        "tuning_updates": 0,
        "bootstrap": False,
        "minimum": None,
        "holidays": "",
        "maximum": None,
    }
    assert found.meta["network"] == meta["network"] | {"context": 0}
    (calendar,) = found.meta["calendars"]
    new = {"half_days": [], "exchange": None, "clock": "wall", "dates": None, "alternatives": []}
    assert calendar == meta["calendars"][0] | new
    assert Calendar.from_dict(calendar) == Calendar("integer", 1)
    assert len(found.arrays) == len(arrays) + 2, "what is drawn, and the growth"
    assert all(found.arrays[name] is arrays[name] for name in arrays.keys() & found.arrays.keys())


@pytest.mark.parametrize("key", from_3.CALENDAR)
def test_a_new_key_in_an_old_calendar_is_refused(audited: Any, third: Any, key: str) -> None:
    third.meta["calendars"][0][key] = from_3.CALENDAR[key]
    with pytest.raises(ModelRefusedError, match=r"its calendars\[0\] is not a calendar"):
        audited(3, third)


@pytest.mark.parametrize("wrong", [{}, [7], [[]], [None], None])
def test_what_are_no_old_calendars_is_refused(audited: Any, third: Any, wrong: Any) -> None:
    third.meta["calendars"] = wrong
    with pytest.raises(ModelRefusedError, match="its calendars"):
        audited(3, third)
