"""What schema 3 did not have: how files write times, covariates, and calendars with half days and exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {
    "selection": {
        "observed": [],
        "known": [],
        "date_format": None,
        "decimal": None,
        "delimiter": None,
        "encoding": None,
        "header": None,
        "calendar": None,
    },
    "recipe": {"observed": [], "known": [], "calendar": []},
    "network": {"context": 0},
}
"""The new keys of each record, with the values that mean what schema 3 meant."""
CALENDAR: dict[str, Any] = {"half_days": [], "exchange": None, "clock": "wall"}
"""The new keys of each calendar."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 4 that means the same.

    Raises:
        ModelRefusedError: A record has a key that schema 3 did not have.

    """
    new = {"style": {"layout": "", "zone": ""}, **add_new_keys(meta, NEW)}
    if type(meta.get("calendars")) is list:
        new["calendars"] = [_calendar_of_4(each) if type(each) is dict else each for each in meta["calendars"]]
    return new, arrays


def _calendar_of_4(calendar: dict[str, Any]) -> dict[str, Any]:
    """Return a calendar with the new keys; one that has any of them stays as it is, for the audit to refuse."""
    return calendar if CALENDAR.keys() & calendar.keys() else {**CALENDAR, **calendar}
