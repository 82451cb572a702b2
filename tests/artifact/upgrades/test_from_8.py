"""Models of schema 8, which knew no effects, no dates without equal steps, and no open hours that changed."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.artifact.upgrades.from_8 import upgrade
from forecaster.calendars.calendar import Calendar
from forecaster.calendars.months import Anchor
from forecaster.errors import ModelRefusedError

MONTHLY = Calendar("monthly", anchor=Anchor(15))


def old(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar with a day of the month as schema 8 wrote it."""
    fields = calendar.to_dict()
    del fields["dates"], fields["alternatives"]
    if fields["anchor"]:
        del fields["anchor"]["weekday"]
    return fields


def test_a_model_of_schema_8_has_no_rules_for_dates(audited: Any, eighth: Any) -> None:
    found = audited(8, eighth)
    assert found.schema == SCHEMA
    assert found.meta["calendars"] == [Calendar("integer", 1).to_dict()]
    assert "dates" not in eighth.meta["calendars"][0]


def test_a_day_of_the_month_is_no_weekday() -> None:
    meta, arrays = upgrade({"calendars": [old(MONTHLY)]}, {})
    assert (meta["calendars"], arrays) == ([MONTHLY.to_dict()], {})


@pytest.mark.parametrize(
    "change", [{"dates": None}, {"alternatives": []}, {"anchor": {"day": 1, "roll": "", "weekday": 4}}]
)
def test_a_new_key_in_a_calendar_of_schema_8_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ModelRefusedError, match="of its schema, which has no"):
        upgrade({"calendars": [old(MONTHLY) | change]}, {})


@pytest.mark.parametrize("calendars", [None, [None], [{"anchor": 1}], [{}]])
def test_what_is_no_calendar_is_left_to_the_audit(audited: Any, eighth: Any, calendars: Any) -> None:
    eighth.meta["calendars"] = calendars
    with pytest.raises(ModelRefusedError, match="calendar"):
        audited(8, eighth)


WEEK = {"step": 86_400, "phase": 0, "open": [[0, 5]]}
DAILY = old(Calendar("daily")) | {"week": WEEK}


def test_the_hours_of_a_model_of_schema_8_never_changed(eighth: Any) -> None:
    eighth.meta["calendars"] = [copy.deepcopy(DAILY), old(Calendar("daily"))]
    upgraded, arrays = upgrade(eighth.meta, eighth.arrays)
    assert [Calendar.from_dict(each).per_week for each in upgraded["calendars"]] == [5, 7]
    assert upgraded["calendars"][0]["week"] == WEEK | {"earlier": []}
    assert eighth.meta["calendars"][0] == DAILY
    assert arrays is eighth.arrays


def test_a_model_of_schema_8_without_open_hours_stays_as_it_is(audited: Any, eighth: Any) -> None:
    found = audited(8, eighth)
    assert found.schema == SCHEMA


def test_a_model_of_schema_8_whose_hours_changed_is_refused(audited: Any, eighth: Any) -> None:
    eighth.meta["calendars"] = [DAILY | {"week": WEEK | {"earlier": []}}]
    with pytest.raises(ModelRefusedError, match="which has no earlier"):
        audited(8, eighth)
