"""Time zones of a column: all rows have one or none has.

Times of one offset stay as they are written, in that zone; different offsets are brought to UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import Code, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools
    from forecaster.reading.cells.column import Cells
    from forecaster.reading.cells.date_candidates import DateCandidate

UTC = "UTC"
MOST_LISTED = 4


def zone_of(cells: Cells, reading: DateCandidate) -> tuple[NDArray[Any], str, tuple[Finding, ...]]:
    """Return the time stamps of the distinct cells, the zone in which they are, and what was done to them.

    Raises:
        InputRefusedError: Some cells have a zone and others none.

    """
    instants = reading.instants
    zoned = np.zeros(len(cells.texts), np.bool_)
    for shape, match in reading.matches.items():
        zoned[cells.shapes[shape]] = "z" in match.spans
    if not zoned.any():
        return instants.wall, "", ()
    if not zoned.all():
        _refuse_mixed(cells, zoned)
    offsets = np.unique(instants.offsets).tolist()
    if len(offsets) == 1:
        return instants.wall, _name(offsets[0]), ()
    listed = ", ".join(_name(offset) for offset in offsets[:MOST_LISTED])
    text = f"the offsets of the times differ ({listed}), so they were turned into UTC"
    finding = Finding(Code.TZ, text, cells.table.place(None, cells.column))
    return instants.wall - instants.offsets.astype("timedelta64[m]"), UTC, (finding,)


def _refuse_mixed(cells: Cells, zoned: Bools) -> None:
    first, other = int(np.argmax(zoned)), int(np.argmin(zoned))
    fault = f"has a time zone and {cells.quoted(other)} has none"
    raise cells.refusal_of(first, fault, "write all times with their offset, or all without", Code.TZ_MIXED)


def _name(offset: int) -> str:
    """Return the name of a zone that is `offset` minutes ahead of UTC."""
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}" if offset else UTC
