"""What schema 8 did not have: calendars whose dates repeat without equal steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.refusal import refusal

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

CALENDAR: dict[str, Any] = {"dates": None, "alternatives": []}
"""The new keys of each calendar, with the values that mean what schema 8 meant."""
ANCHOR: dict[str, Any] = {"weekday": None}
"""The new key of a day of the month."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 9 that means the same.

    Raises:
        ModelRefusedError: A calendar has what schema 8 did not know.

    """
    calendars = meta.get("calendars")
    if type(calendars) is not list:
        return meta, arrays
    return {**meta, "calendars": [_calendar_of_9(each) if type(each) is dict else each for each in calendars]}, arrays


def _calendar_of_9(calendar: dict[str, Any]) -> dict[str, Any]:
    """Return a calendar with the new keys."""
    anchor = calendar.get("anchor")
    new = {**CALENDAR, **calendar}
    too_new = CALENDAR.keys() & calendar.keys()
    if type(anchor) is dict:
        too_new |= ANCHOR.keys() & anchor.keys()
        new["anchor"] = {**ANCHOR, **anchor}
    if too_new:
        raise refusal(f"its calendars are not those of its schema, which has no {min(too_new)}")
    return new
