"""Add to the records of an older model file what its schema did not have yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    Arrays = dict[str, np.ndarray[Any, Any]]


def add_new_keys(meta: Mapping[str, Any], new: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return `meta` with the new keys of each record in front; what is not a record stays for the audit to refuse.

    Raises:
        ModelRefusedError: A record has one of its new keys already, so it is not of the schema that the file names.

    """
    upgraded = dict(meta)
    for name, fields in new.items():
        if type(meta.get(name)) is not dict:
            continue
        if too_new := fields.keys() & meta[name].keys():
            raise refusal(f"its {name} is not a record of its schema, which has no {min(too_new)}")
        upgraded[name] = {**fields, **meta[name]}
    return upgraded
