"""The gradients of a model as a table with a chart, and as a record for JSON."""

from __future__ import annotations

from math import isfinite, log10
from typing import TYPE_CHECKING, Any

from forecaster.cli.records import pair_lines
from forecaster.cli.tables import TableColumn, frame_lines, table_lines, wrapped_lines
from forecaster.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.workflow.results import Diagnosis

DECADES, BAR = 8, 32
"""Powers of ten below the largest value that the chart shows, and characters of its longest bar, four a power."""
BLOCK = "█"


def gradient_lines(found: Diagnosis, width: int | None) -> list[str]:
    """Return a diagnosis as people read it."""
    if len(found.by_lag) == 1:
        return [line for sentence in found.advice for line in wrapped_lines(sentence, width)]
    known = "" if found.facts["targets_known"] else ", whose targets are not known yet: L is taken to fall as they rise"
    networks, windows = (counted(found.facts[f"{noun}s"], noun) for noun in ("network", "window"))
    title = (
        f"Norm of dL/dh by lag in rows, relative to lag 0, the geometric mean of {networks} over {windows}{known}. "
        "A bar of half the length is a ten-thousandth."
    )
    lines = wrapped_lines(title, width)
    if found.facts["head_was_zero"]:
        lines += wrapped_lines("Training left the head at zero, so a head of ones is used instead.", width)
    lines += ["", *_chart(found), "", *frame_lines(found.layers, width)]
    if found.clipped is not None:
        lines += ["", *pair_lines({"clipped updates": f"{found.clipped:.1%}"}, width)]
    return [*lines, "", *(line for sentence in found.advice for line in wrapped_lines(sentence, width))]


def gradient_record(found: Diagnosis) -> dict[str, Any]:
    """Return the diagnosis as plain data."""
    return {
        "facts": dict(found.facts),
        "by_lag": found.by_lag.to_dict("records"),
        "layers": found.layers.to_dict("records"),
        "clipped": found.clipped,
        "advice": list(found.advice),
    }


def _chart(found: Diagnosis) -> list[str]:
    """Return one line a lag: the norms, and a bar of the logarithm of the largest of them."""
    names = [name for name in found.by_lag if name != "lag"]
    columns = [TableColumn("lag", [str(lag) for lag in found.by_lag["lag"]], right=True, key=True)]
    columns += [TableColumn(str(name), [f"{norm:.1e}" for norm in found.by_lag[name]], right=True) for name in names]
    columns.append(TableColumn("", _bars(found.by_lag[names].max(axis=1).tolist())))
    return table_lines(columns)


def _bars(values: Sequence[float]) -> list[str]:
    """Return a bar for each value; its length is the number of decades above the bottom of the chart."""
    top = max((value for value in values if isfinite(value)), default=0.0)
    heights = [1 + (log10(value) - log10(top)) / DECADES if top > 0 and value > 0 else 0.0 for value in values]
    return [BLOCK * max(0, round(BAR * min(height, 1.0))) for height in heights]
