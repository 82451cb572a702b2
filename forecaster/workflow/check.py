"""Check a file as training would read it: its findings, and whether it can be used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import AllSeriesFailedError, Code, Finding, InputRefusedError, InputUnreadableError, Place
from forecaster.forecasting.plan import SHORTEST, long_enough, make_plan
from forecaster.reading.frames import write_frame
from forecaster.reading.reader import read_sources
from forecaster.reading.tables.content import printed
from forecaster.series.elapsed import silences
from forecaster.spec import Specification
from forecaster.workflow.results import Check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from forecaster.errors import ForecasterError
    from forecaster.spec import Selection


class CheckedFile(NamedTuple):
    """The result of checking one file.

    Attributes:
        findings: All findings, in the order of the steps of reading.
        error: Why the file is refused; None if it can be used.
        failed: Series that cannot be used, each with the reason.
        repaired: The table as it was read and repaired; None if the file is refused or no table was requested.

    """

    findings: tuple[Finding, ...]
    error: ForecasterError | None
    failed: Mapping[str, str]
    repaired: pd.DataFrame | None


def check_file(
    name: str, selection: Selection, specification: Specification, repair: str, *, with_table: bool
) -> CheckedFile:
    """Check one file, and return its repaired table too if `with_table`.

    Raises:
        UsageError: The options contradict each other.

    """
    file = printed(name)
    findings: list[Finding] = []
    try:
        source = read_sources([name], selection, repair=repair, irregular=specification.irregular)
        findings += (*source.findings, *silences(source.panel), *source.refusals)
        panel, short = long_enough(source.panel, source.files, SHORTEST, "give a longer history")
        findings += [Finding(Code.SHORT, text, Place(source.files[each], series=each)) for each, text in short.items()]
        make_plan(panel, specification)
    except (InputRefusedError, InputUnreadableError, AllSeriesFailedError) as error:
        placed = error.at(replace(error.place, file=error.place.file or file))
        return CheckedFile((*findings, *placed.findings), placed, {}, None)
    return CheckedFile(tuple(findings), None, {**source.failed, **short}, write_frame(source) if with_table else None)


def check(
    sources: Sequence[str],
    *,
    selection: Selection,
    repair: str = "safe",
    specification: Specification = Specification(),  # noqa: B008 - frozen, so sharing the default is safe
    mend: bool = False,
) -> Check:
    """Check files, each on its own, up to the point where training would begin.

    Args:
        sources: The files, or `-` for standard input.
        selection: The options that say how to read them.
        repair: How to repair their faults, see `forecaster.spec.REPAIRS`.
        specification: The options of the model to train; its horizon decides how many rows are needed.
        mend: Whether to return the table of the only file as it was read and repaired.

    Raises:
        UsageError: The options contradict each other.

    """
    checked = [check_file(name, selection, specification, repair, with_table=mend) for name in sources]
    return Check(
        tuple(finding for each in checked for finding in each.findings),
        {name: each.error for name, each in zip(sources, checked, strict=True) if each.error},
        {name: reason for each in checked for name, reason in each.failed.items()},
        checked[0].repaired if len(checked) == 1 else None,
    )
