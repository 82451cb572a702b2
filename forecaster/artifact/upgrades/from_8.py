"""What schema 8 did not have: the open hours of a week before they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {"week": {"earlier": []}}
"""The new keys of a week, with the values that mean what schema 8 meant."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 9 that means the same.

    Raises:
        ModelRefusedError: A week has what schema 8 did not know.

    """
    calendars = meta.get("calendars")
    if type(calendars) is list:
        upgraded = [add_new_keys(each, NEW) if type(each) is dict else each for each in calendars]
        meta = {**meta, "calendars": upgraded}
    return meta, arrays
