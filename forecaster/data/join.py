"""Set newer rows behind the rows that a model keeps.

The newer rows win where both have a step; rows of the model before them fill up the lookback, if no step is missing
in between. Of unequal steps none can be missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.panel import Panel, as_panel
from forecaster.data.units import LOG
from forecaster.errors import Finding, InputRefusedError, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.data.scaling import Floats
    from forecaster.data.units import Units

    Series = tuple[NDArray[np.generic], Floats]


def matched(kept: Panel, fresh: Panel) -> tuple[list[int], list[int], dict[str, str]]:
    """Return the numbers of the series that both panels have, and the fresh ones that the model does not know.

    One series alone needs no name: it is the other's one.

    Raises:
        InputRefusedError: They share no series.

    """
    if len(kept) == len(fresh) == 1:
        return [0], [0], {}
    number = {name: i for i, name in enumerate(kept.ids)}
    theirs = [j for j, name in enumerate(fresh.ids) if name in number]
    failed = {name: "the model was not trained on this series" for name in fresh.ids if name not in number}
    if not theirs:
        raise InputRefusedError(f"the model knows none of the {len(fresh)} series", "train on this file first")
    return [number[fresh.ids[j]] for j in theirs], theirs, failed


def join(kept: Panel, newer: Panel, rows: int) -> tuple[Panel, list[Finding]]:
    """Return each series of `kept` with its newer rows behind, at least `rows` of them where they are there.

    Args:
        kept: The last rows of the series that the model keeps.
        newer: Newer or restated rows of the same series, in the same order.
        rows: Rows that prediction looks at.

    Raises:
        InputRefusedError: Rows are missing between the two, or they are not of the same kind of time.

    """
    if kept.ds.dtype != newer.ds.dtype:
        raise InputRefusedError("the time column is not of the kind that the model was trained on")
    series, findings = [], []
    for i, name in enumerate(kept.ids):
        old = kept.ds[kept.slice(i)], kept.values[kept.slice(i)]
        new = newer.ds[newer.slice(i)], newer.values[newer.slice(i)]
        findings += _findings(name, old, new)
        series.append(_behind(kept, i, old, new, rows))
    return as_panel(kept.ids, series, kept.calendars), findings


def _behind(kept: Panel, i: int, old: Series, new: Series, rows: int) -> Series:
    """Return the rows of one series: the newer ones, behind those kept rows that are older."""
    begin = int(np.searchsorted(old[0], new[0][0]))
    if begin == 0:
        return new
    calendar = kept.calendars[i]
    follows = calendar.future(old[0][begin - 1], 1)[0]
    if calendar.irregular or follows >= new[0][0]:
        return np.concatenate([old[0][:begin], new[0]]), np.concatenate([old[1][:begin], new[1]])
    if len(new[0]) < rows:
        raise InputRefusedError(
            f"rows are missing between {_day(old[0][begin - 1])} and {_day(new[0][0])}",
            f"give the rows from {_day(follows)} on",
            Place(series=kept.ids[i]),
        )
    return new


def _findings(name: str, old: Series, new: Series) -> list[Finding]:
    """Say what a user should know about rows that do not simply follow."""
    findings, place = [], Place(series=name)
    if new[0][-1] < old[0][-1]:
        text = (
            f"the rows end at {_day(new[0][-1])}, before the model's at {_day(old[0][-1])}: the forecast starts there"
        )
        findings.append(Finding("OLDER", text, place))
    _, ours, theirs = np.intersect1d(old[0], new[0], return_indices=True)
    restated = int((~np.isclose(old[1][ours], new[1][theirs], rtol=1e-9, atol=0)).sum())
    if restated:
        text = f"{restated} of the last {len(old[0])} values that the model keeps have changed: the file's are used"
        findings.append(Finding("RESTATED", text, place))
    return findings


def _day(stamp: np.generic) -> str:
    """Return a time stamp as text, without a time of midnight."""
    return str(stamp).removesuffix("T00:00:00.000000").removesuffix(".000000").replace("T", " ")


def check_logarithms(panel: Panel, units: Units) -> None:
    """Refuse values that have no logarithm, for a model that takes it, and those below zero where zeros have one.

    Raises:
        InputRefusedError: With the first such value.

    """
    kind, offset = (np.repeat(array, panel.lengths) for array in (units.kind, units.offset))
    bad = np.flatnonzero((kind == LOG) & np.where(offset > 0, panel.values < 0, panel.values <= 0))
    if len(bad):
        series = panel.ids[int(np.searchsorted(panel.indptr, bad[0], side="right")) - 1]
        what = f"the value {panel.values[bad[0]]:g} at {_day(panel.ds[bad[0]])} has no logarithm, which the model takes"
        raise InputRefusedError(what, "train a model on these rows", Place(series=series))
