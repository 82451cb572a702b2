"""Bring what an older version wrote to the schema of today, one schema after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_new(meta: Mapping[str, Any], new: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return `meta` with the new keys of each record in front; what has one of them already stays as it is."""
    upgraded = dict(meta)
    for key, fields in new.items():
        if type(meta.get(key)) is dict and not fields.keys() & meta[key].keys():
            upgraded[key] = {**fields, **meta[key]}
    return upgraded
