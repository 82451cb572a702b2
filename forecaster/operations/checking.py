"""One file up to where training would begin: what is odd about it, and whether it can be used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from forecaster.data.content import printed
from forecaster.data.elapsed import silences
from forecaster.data.frames import write_frame
from forecaster.data.reader import read
from forecaster.errors import AllSeriesFailedError, Finding, InputRefusedError, InputUnreadableError, Place
from forecaster.forecasting.room import SHORT, SHORTEST, long_enough, planned

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from forecaster.errors import ForecasterError
    from forecaster.spec import Selection, Specification


class Checked(NamedTuple):
    """What was found: all that is odd, the error if the file is refused, the series that fail, and the mended table."""

    findings: tuple[Finding, ...]
    error: ForecasterError | None
    failed: Mapping[str, str]
    mended: pd.DataFrame | None


def check_file(name: str, selection: Selection, specification: Specification, repair: str, *, mend: bool) -> Checked:
    """Return all that is odd or wrong about a file; its table is made if `mend` says so.

    Raises:
        UsageError: What is asked for contradicts itself.

    """
    file = printed(name)
    findings: list[Finding] = []
    try:
        source = read([name], selection, repair=repair, irregular=specification.irregular)
        findings += (*source.findings, *silences(source.panel), *source.refusals)
        panel, short = long_enough(source, SHORTEST, "give a longer history")
        findings += [Finding(SHORT, text, Place(source.files[each], series=each)) for each, text in short.items()]
        planned(panel, specification)
    except (InputRefusedError, InputUnreadableError, AllSeriesFailedError) as error:
        error.place = replace(error.place, file=error.place.file or file)
        return Checked((*findings, *error.findings), error, {}, None)
    return Checked(tuple(findings), None, {**source.failed, **short}, write_frame(source) if mend else None)
