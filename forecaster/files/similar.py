"""The file that a mistyped name was probably meant to be."""

from __future__ import annotations

import os
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

MOST_NAMES = 10_000
"""Names of a folder that are compared: a second's work at most."""


def similar_file(path: str | Path) -> str:
    """Return the path of the file in the same folder whose name is nearest to one that does not exist, or nothing.

    A name without its ending, or in other capitals, is nearest.
    """
    missing = Path(path)
    try:
        with os.scandir(missing.parent) as entries:
            names = [entry.name for entry in islice(entries, MOST_NAMES) if not entry.name.startswith(".")]
    except (OSError, ValueError):
        return ""
    typed = missing.name.lower()
    same = [name for name in names if name.lower() == typed or name.lower().startswith(f"{typed}.")]
    near = same or get_close_matches(missing.name, names, n=1, cutoff=0.75)
    return str(missing.parent / min(near, key=len)) if near else ""
