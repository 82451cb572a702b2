"""What schema 3 did not hold yet: how files are written, columns beside the target, and more of calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.upgrades.upgrade import with_new

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray[Any, Any]]

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
"""Those of each calendar."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 4 that means the same; what is not as schema 3 wrote it stays as it is."""
    new = {"style": {"layout": "", "zone": ""}, **with_new(meta, NEW)}
    if type(meta.get("calendars")) is list:
        new["calendars"] = [_of_today(each) if type(each) is dict else each for each in meta["calendars"]]
    return new, arrays


def _of_today(calendar: dict[str, Any]) -> dict[str, Any]:
    """Return a calendar with the new keys; one that has any of them already stays as it is."""
    return calendar if CALENDAR.keys() & calendar.keys() else {**CALENDAR, **calendar}
