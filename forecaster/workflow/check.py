"""Check a file as training would read it: its findings, and whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import AllSeriesFailedError, Code, Finding, InputRefusedError, InputUnreadableError, Place
from forecaster.forecasting.plan import long_enough, make_plan, shortest_series
from forecaster.numeric_errors import refuse_numeric_errors
from forecaster.reading.frames import write_frame
from forecaster.reading.reader import read_sources
from forecaster.reading.tables.content import printed
from forecaster.series.elapsed import silences
from forecaster.spec import Specification
from forecaster.workflow.frames import frame_of_rows
from forecaster.workflow.limits import requested_limits, share_findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.errors import ForecasterError
    from forecaster.spec import Selection
    from forecaster.workflow.frames import Frame


@dataclass(frozen=True)
class Check:
    """The result of `check`.

    Attributes:
        findings: All that is odd or wrong, file by file.
        refused: Files that cannot be used, each with its error.
        failed: Series that cannot be used of the other files, each with the reason.
        repaired: The table of the only file as it was read and repaired, times in its own style; None where it is
            refused or not wanted.

    """

    findings: tuple[Finding, ...]
    refused: Mapping[str, ForecasterError]
    failed: Mapping[str, str]
    repaired: Frame | None

    def frame(self) -> Frame:
        """Return one row a finding: `file, line, column, series, code, text, remedy`."""
        rows = [
            (each.place.file, each.place.line, each.place.column, each.place.series, each.code, each.text, each.remedy)
            for each in self.findings
        ]
        frame = frame_of_rows(rows, ["file", "line", "column", "series", "code", "text", "remedy"])
        return frame.assign(line=frame["line"].astype("Int64"))


class Checked(NamedTuple):
    """What was found: all that is odd, the error if the file is refused, the failed series, and the repaired table."""

    findings: tuple[Finding, ...]
    error: ForecasterError | None
    failed: Mapping[str, str]
    repaired: Frame | None


def check_file(
    name: str, selection: Selection, specification: Specification, repair: str, *, with_repaired: bool
) -> Checked:
    """Return all that is odd or wrong about a file; its repaired table only if `with_repaired`.

    Raises:
        UsageError: The request contradicts itself.

    """
    file = printed(name)
    findings: list[Finding] = []
    try:
        limits = requested_limits(specification)
        source = read_sources([name], selection, repair=repair, irregular=specification.irregular, limits=limits)
        findings += (*source.findings, *silences(source.panel), *source.refusals)
        panel, short = long_enough(source.panel, source.files, shortest_series(specification), "give a longer history")
        findings += [Finding(Code.SHORT, text, Place(source.files[each], series=each)) for each, text in short.items()]
        shares = share_findings(make_plan(panel, specification, learn_effects=False).recipe, specification)
        findings += [replace(each, place=Place(file)) for each in shares]
    except (InputRefusedError, InputUnreadableError, AllSeriesFailedError) as error:
        placed = error.at(replace(error.place, file=error.place.file or file))
        return Checked((*findings, *placed.findings), placed, {}, None)
    return Checked(tuple(findings), None, {**source.failed, **short}, write_frame(source) if with_repaired else None)


@refuse_numeric_errors
def check(
    sources: Sequence[str],
    *,
    selection: Selection,
    repair: str = "safe",
    specification: Specification = Specification(),  # noqa: B008 - frozen, so sharing the default is safe
    with_repaired: bool = False,
) -> Check:
    """Find all that is odd or wrong about files, each on its own, up to where training would begin.

    Args:
        sources: The files, or `-` for standard input.
        selection: What the user said of them.
        repair: What is done about their faults, see `forecaster.spec.REPAIRS`.
        specification: What the user wants of the model; its horizon tells whether there are enough rows.
        with_repaired: Whether to return the table of the only file as it was read and repaired.

    Raises:
        UsageError: The request contradicts itself.

    """
    checked = [check_file(name, selection, specification, repair, with_repaired=with_repaired) for name in sources]
    return Check(
        tuple(finding for each in checked for finding in each.findings),
        {name: each.error for name, each in zip(sources, checked, strict=True) if each.error},
        {name: reason for each in checked for name, reason in each.failed.items()},
        checked[0].repaired if len(checked) == 1 else None,
    )
