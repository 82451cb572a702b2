"""What schema 8 did not have: effects of the calendar, dates without equal steps, aggregation, categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.refusal import refusal
from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

RECORDS: dict[str, dict[str, Any]] = {
    "recipe": {"holidays": ""},
    "selection": {"every": None, "agg": None},
    "time_style": {"standard": False},
}
"""The new keys of records, with the values that mean what schema 8 meant."""
EFFECTS = "effects"
"""The new key and the new array, which is not there where no series has effects."""
NEW: dict[str, Any] = {"categories": {}, "static": []}
"""The new keys beside the records."""
CALENDAR: dict[str, Any] = {"dates": None, "alternatives": []}
"""The new keys of each calendar."""
PARTS: dict[str, dict[str, Any]] = {"anchor": {"weekday": None}, "week": {"earlier": []}}
"""The new keys of a day of the month and of a week."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 9 that means the same.

    Raises:
        ModelRefusedError: It has effects or categories, or a calendar has what schema 8 did not know.

    """
    too_new = sorted({EFFECTS, *NEW} & meta.keys()) or sorted({EFFECTS} & arrays.keys())
    if too_new:
        raise refusal(f"its parts are not those of its schema, which has no {too_new[0]}")
    upgraded, series, calendars = add_new_keys(meta, RECORDS), meta.get("series"), meta.get("calendars")
    upgraded |= NEW
    none: list[None] = [None] * (len(series) if type(series) is list else 0)
    upgraded[EFFECTS] = {"named": [], "series": none}
    if type(calendars) is list:
        upgraded["calendars"] = [_calendar_of_9(each) if type(each) is dict else each for each in calendars]
    return upgraded, arrays


def _calendar_of_9(calendar: dict[str, Any]) -> dict[str, Any]:
    """Return a calendar with the new keys."""
    if too_new := CALENDAR.keys() & calendar.keys():
        raise refusal(f"its calendars are not those of its schema, which has no {min(too_new)}")
    return {**CALENDAR, **add_new_keys(calendar, PARTS)}
