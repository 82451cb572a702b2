"""Files that match a pattern such as `prices/**/*.csv`, each once, also where links lead back to a folder above.

`glob` follows such links around until the names of paths are too long, and walks the folders again for every `**`.
"""

from __future__ import annotations

import glob
import os
from itertools import pairwise
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, Place
from forecaster.size_limits import MOST_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY_DEPTH = "**"
"""The part of a pattern that stands for folders at any depth."""


def matching_files(pattern: str) -> list[str]:
    """Return the files that match a pattern, in the order of their names.

    Raises:
        InputRefusedError: It covers more folders than a person means.

    """
    parts = pattern.replace(os.altsep or os.sep, os.sep).split(os.sep)  # noqa: PTH206 - names as they were typed
    parts = [part for before, part in pairwise(["", *parts]) if (before, part) != (ANY_DEPTH, ANY_DEPTH)]
    found = dict.fromkeys(_matches("", parts))
    return sorted(path for path in found if not os.path.isdir(path))  # noqa: PTH112 - a Path would refuse some names


def _matches(folder: str, parts: list[str]) -> Iterator[str]:
    """Yield the paths that match the parts of a pattern in a folder, which is empty or ends with a separator."""
    if ANY_DEPTH not in parts:
        yield from glob.iglob(glob.escape(folder) + os.sep.join(parts))  # noqa: PTH118, PTH207 - the same
        return
    place = parts.index(ANY_DEPTH)
    above = folder and glob.escape(folder)
    above += "".join(part + os.sep for part in parts[:place])
    for start in glob.iglob(above) if above else [""]:  # noqa: PTH207 - the same
        for each in _folders_below(start):
            yield from _matches(each, parts[place + 1 :] or ["*"])


def _folders_below(folder: str) -> Iterator[str]:
    """Yield a folder and all below it, each once, with a separator at the end; hidden ones are left out."""
    visited: set[tuple[int, int]] = set()
    for path, below, _ in os.walk(folder or os.curdir, followlinks=True):
        status = os.stat(path)  # noqa: PTH116 - the same
        if (status.st_dev, status.st_ino) in visited:
            below.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        if len(visited) > MOST_FOLDERS:
            what = f"the pattern covers more than {MOST_FOLDERS:,} folders"
            raise InputRefusedError(what, "name a folder further down", Place(folder), code=Code.LIMIT)
        below[:] = sorted(name for name in below if not name.startswith("."))
        inside = os.path.join(path, "")  # noqa: PTH118 - the same
        yield inside if folder else inside.removeprefix(os.path.join(os.curdir, ""))  # noqa: PTH118 - the same
