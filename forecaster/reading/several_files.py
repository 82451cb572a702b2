"""What must agree between the series of several files: their names, the kind of their times, and their columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, Place
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.reading.series_rows import Series
    from forecaster.spec import Selection


def refuse_same_series_names(series: Sequence[Series]) -> None:
    """Refuse two series of one name.

    Raises:
        InputRefusedError: There are two.

    """
    first: dict[str, Series] = {}
    for each in series:
        other = first.setdefault(each.name, each)
        if other is not each:
            what = f"the name belongs to a series of {other.origin.file} and to one of {each.origin.file}"
            raise InputRefusedError(what, "rename one of them", Place(series=shown(each.name)), code=Code.DUP)


def refuse_mixed_time(series: Sequence[Series]) -> None:
    """Refuse series of which some have dates and others whole numbers.

    Raises:
        InputRefusedError: They have both.

    """
    other = next((each for each in series if each.ds.dtype.kind != series[0].ds.dtype.kind), None)
    if other is not None:
        dated, number = (series[0], other) if other.ds.dtype.kind == "i" else (other, series[0])
        what = f"{shown(dated.name)} has dates and {shown(number.name)} has whole numbers"
        raise InputRefusedError(what, "train them separately", Place(number.origin.file), code=Code.DATE)


def common_selection(used: Sequence[Selection], requested: Selection) -> Selection:
    """Return the columns that all files have in common, and otherwise what the user named."""
    names = ("time", "targets", "series", "observed", "known")
    common = {name: getattr(used[0], name) for name in names if len({getattr(each, name) for each in used}) == 1}
    return replace(requested, **common)
