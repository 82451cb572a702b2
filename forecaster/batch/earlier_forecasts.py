"""What becomes of the earlier forecasts of a source when it has a new one, or none.

Series without a new forecast keep their last one, marked stale. Earlier runs may have written files of other forms or
in the folder of parts: what a new forecast replaces is removed there, so that no forecast is current in two files.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from forecaster.batch.folder import possible_outputs
from forecaster.batch.forecast_files import (
    STATUS,
    Row,
    forecast_content,
    forecast_rows,
    form_of_file,
    read_forecasts,
    rows_of_series,
    series_of_row,
    with_status,
)
from forecaster.batch.records import AbsentSeries, ForecastStatus, parse_last_time
from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, Place
from forecaster.files.atomic import atomic_write
from forecaster.reading.tables.content import printed
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from forecaster.batch.decisions import SourceTask

MOST_NAMED = 3
"""Series that a finding names, chosen by hand: the others are counted, and the record of the source names them."""


def read_earlier_forecasts(folder: Path, name: str, output: Path) -> dict[Path, list[Row]]:
    """Return the rows of each forecast file that a source has, by its path: first those of the form of the output."""
    found = {path: rows for path in possible_outputs(folder, name) if (rows := read_forecasts(path))}
    order = sorted(found, key=lambda path: (path != output, path.suffix != output.suffix))
    return {path: found[path] for path in order}


def series_of_forecasts(earlier: dict[Path, list[Row]]) -> set[str]:
    """Return the names of all series of forecast files."""
    return {series_of_row(row) for rows in earlier.values() for row in rows}


def write_forecasts(output: Path, new: bytes, earlier: dict[Path, list[Row]], kept: Collection[str]) -> None:
    """Write the forecast file of a source: new content, then the earlier rows of the series that are kept, as stale.

    Args:
        output: The forecast file.
        new: The content of the file with the new forecast alone; empty if there is none.
        earlier: The rows of the earlier files of the source. One of the form of the output is removed where its rows
            are in the output, and one of another form has the rows that are kept alone.
        kept: The series without a new forecast whose last one stays.

    Raises:
        OutputError: A file cannot be created.
        StorageError: Writing failed half-way.

    """
    form, same, missing = form_of_file(output), list[Row](), set(kept)
    for path, rows in earlier.items():
        if path.suffix == output.suffix:
            same += rows_of_series(rows, missing)
            missing -= {series_of_row(row) for row in rows}
    if same:
        new = forecast_content(
            [*(forecast_rows(new, form) if new else []), *with_status(same, ForecastStatus.STALE)], form
        )
    if new:
        atomic_write(output, new)
    for path, rows in earlier.items():
        if path != output:
            _write_rest(path, rows, rows_of_series(rows, missing if path.suffix != output.suffix else ()))


def _write_rest(path: Path, rows: list[Row], rest: list[Row]) -> None:
    """Write what stays of a forecast file, as stale; remove the file if nothing does."""
    if not rest:
        with suppress(FileNotFoundError):
            path.unlink()
    elif len(rest) < len(rows) or any(row[STATUS] != ForecastStatus.STALE for row in rows):
        atomic_write(path, forecast_content(with_status(rest, ForecastStatus.STALE), form_of_file(path)))


def find_absent_series(
    task: SourceTask, known: Iterable[str], here: Collection[str], last: str, ends: str
) -> tuple[tuple[AbsentSeries, ...], tuple[Finding, ...]]:
    """Return the series that a source does not have any more and whose last forecast stays, and what is said of them.

    A forecast stays as long as the source has no row after its end: then all that it predicted is past.

    Args:
        task: The source.
        known: Series of its earlier forecast files.
        here: Series that it has now.
        last: The newest time of its rows, see `forecaster.batch.records.InputRecord`.
        ends: The end of its new forecast, written in the same way.

    """
    earlier = task.earlier
    before = (earlier.forecast.ends if earlier and earlier.forecast else "") or ends
    noted = {each.series: each for each in (earlier.absent if earlier else ())}
    gone = sorted({*known, *noted} - {*here})
    absent = [noted.get(series) or AbsentSeries(series, before) for series in gone]
    staying = tuple(each for each in absent if not _is_past(each.ends, last))
    past = [each.series for each in absent if _is_past(each.ends, last)]
    texts = []
    if staying:
        until = write_time(max(parse_last_time(each.ends) for each in staying))
        stay = f"the last forecast stays, marked stale, until there are rows after {until}"
        texts.append(_absence_in_words([each.series for each in staying], stay))
    if past:
        texts.append(_absence_in_words(past, "the last forecast, of times that are past, is removed"))
    place = Place(printed(task.source))
    return staying, tuple(Finding(Code.ABSENT, text, place) for text in texts)


def _is_past(ends: str, last: str) -> bool:
    """Return whether there are rows after the end of a forecast; also where times are of another kind now."""
    end, newest = parse_last_time(ends), parse_last_time(last)
    return isinstance(end, int) != isinstance(newest, int) or bool(newest > end)


def _absence_in_words(names: list[str], consequence: str) -> str:
    """Return that some series are absent and what follows; the names of the first come last, if a screen cuts them."""
    listed = ", ".join(shown(name) for name in names[:MOST_NAMED]) + ", ..." * (len(names) > MOST_NAMED)
    return f"{len(names):,} series {'is' if len(names) == 1 else 'are'} gone; {consequence}: {listed}"
