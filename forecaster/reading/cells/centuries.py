"""The centuries of years with two digits: from 69 on they are of the twentieth, unless the order of the rows differs.

There are n distinct cells; the time stamps of each are tried with every year from which the twentieth century may
begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import Code, Finding
from forecaster.reading.cells.date_formats import split_fields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.reading.cells.column import Column
    from forecaster.reading.cells.date_candidates import DateCandidate

REMEDY = "write years with four digits"
CENTURY = 1200
"""Months in a century."""
FUTURE = np.datetime64("2050")
"""Begin of years from which rows are hardly of the twenty-first century. Chosen by hand: no history begins there."""
BEHIND_LAST = np.datetime64("2069")
"""Behind the last of the usual years: where two centuries put the rows in order, as 1950 to 1974, that one is meant."""


def resolve_centuries(column: Column, candidate: DateCandidate) -> tuple[DateCandidate, tuple[Finding, ...]]:
    """Return dates with the centuries that the order of the rows proves, and a finding if these are not the usual ones.

    A weekday beside the date proves the usual ones.

    Raises:
        InputRefusedError: Other centuries make the rows span fewer years, and their order does not show which is right,
            or all rows are of the future.

    """
    fields = dict(split_fields(candidate.date_format))
    wall = candidate.timestamps.wall
    if fields.get("y") != "YY" or "w" in fields:
        return candidate, ()
    in_order = is_in_order(wall[column.codes])
    most = _span(wall) + int(in_order and wall.min() >= FUTURE)
    others = [] if in_order and wall.min() < FUTURE else [each for each in _other_centuries(wall) if _span(each) < most]
    if not others:
        return candidate, ()
    rising = [each for each in others if is_in_order(each[column.codes]) and not in_order]
    rising = [each for each in rising if each.max() < BEHIND_LAST] or rising
    if len(rising) != 1:
        other = min(others, key=_span)
        index = int(np.argmax(other != wall))
        years = " or ".join(sorted(str(each[index].astype("datetime64[Y]")) for each in (other, wall)))
        fault = f"may be of the year {years}, and the order of the rows does not show which"
        raise column.refusal_of(index, fault, REMEDY, Code.DATE_AMBIGUOUS)
    first, last = (each.astype("datetime64[Y]") for each in (rising[0].min(), rising[0].max()))
    text = f"only the order of the rows shows that the two-digit years are {first} to {last}"
    finding = Finding(Code.DATE_ORDER, text, column.place(), f"{REMEDY} to be sure")
    resolved = candidate.timestamps._replace(wall=rising[0])
    return replace(candidate, read=lambda: resolved), (finding,)


def _other_centuries(wall: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the time stamps, (n,), with the twentieth century from each other year on, if all these dates exist."""
    months = wall.astype("datetime64[M]")
    rest = wall - months.astype("datetime64[us]")
    within = months.astype(np.int64) + 70 * 12
    month = within % CENTURY
    starts: Ints = np.append(np.unique(month // 12), 100)
    others = [_at_months(np.where(month // 12 >= start, month, month + CENTURY) - 70 * 12, rest) for start in starts]
    return [each for each in others if each is not None and (each != wall).any()]


def _at_months(months: Ints, rest: NDArray[Any]) -> NDArray[Any] | None:
    """Return the time stamps, (n,), of times within months; None if a month has no such day."""
    moved = months.astype("datetime64[M]").astype("datetime64[us]") + rest
    return moved if (moved.astype("datetime64[M]").astype(np.int64) == months).all() else None


def _span(ds: NDArray[Any]) -> int:
    return int((ds.max() - ds.min()).astype(np.int64))


def is_in_order(ds: NDArray[Any]) -> bool:
    """Return whether time stamps never fall, or never rise."""
    steps = np.diff(ds).astype(np.int64)
    return bool((steps >= 0).all() or (steps <= 0).all())
