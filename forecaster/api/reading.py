"""Read a file as the command line does, as a frame: for those who want to look at the series first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.api.given import given_data
from forecaster.api.keywords import check_repair, record_of_keywords
from forecaster.api.words import errors_in_python_words, warn_of, warn_of_failed
from forecaster.reading.frames import long_frame
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from pandas import DataFrame


def read_series(  # noqa: PLR0913, D417 - one argument an option; some are explained together
    data: str | PathLike[str] | Sequence[str | PathLike[str]] | Any,
    *,
    time: str | Sequence[str] | None = None,
    target: str | Sequence[str] | None = None,
    series: str | Sequence[str] | None = None,
    observed: str | Sequence[str] = (),
    known: str | Sequence[str] = (),
    date_format: str | None = None,
    decimal: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    header: int | None = None,
    calendar: str | None = None,
    every: str | None = None,
    agg: str | None = None,
    drop_last: bool = False,
    repair: str = "safe",
) -> DataFrame:
    """Return the series of a file as `forecast` reads them: dates, numbers and columns found, faults repaired.

    Args:
        data: The name of a file, a pattern or a folder, or a list of them; or a frame, as for `Forecaster.fit`.
        time, target, series, observed, known: The columns, see `Forecaster`.
        date_format, decimal, delimiter, encoding, header: How the file is written; found in the file.
        calendar: Exchange whose trading days the series follow, or rule for dates.
        every, agg: Make one row of all rows of a period, and how.
        drop_last: Leave out the last row of each series.
        repair: What is done about faults: `off`, `safe` or `full`.

    Returns:
        A pandas frame `unique_id, ds, y` and the covariates, series by series, oldest row first.

    Raises:
        ForecasterError: The file cannot be read; the sentence says where and what to do.

    Warns:
        ForecastWarning: Something was found in the file.

    """
    keywords = locals()
    with errors_in_python_words():
        check_repair(repair)
        given = given_data(data, record_of_keywords(Selection, keywords))
        source = read_sources(given.sources, given.selection, repair=repair)
        frame = long_frame(source.panel, source.style)
    warn_of(source.findings, stacklevel=2)
    warn_of_failed(source.failed, stacklevel=2)
    return frame
