"""Which files a batch reads: none of its own results; and which record belongs to each, also after a move.

A record belongs to the absolute path of its source. If the folder of the results was moved or copied together with the
sources, a source is found by its place relative to that folder.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.batch.file_names import distinct_names
from forecaster.batch.folder import MODELS, PARTS
from forecaster.batch.journal import read_history
from forecaster.batch.one_file import ONE_FILE
from forecaster.errors import UsageError
from forecaster.files.atomic import refuse_overwriting
from forecaster.reading.tables.content import printed
from forecaster.spec import FAILURES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from forecaster.batch.journal import History

OTHER_FOLDER = "name another folder with --out"
METRICS_ENDING = ".prom"
"""What the textfile collector of Prometheus reads; no result has this ending, so none is written over."""


def without_results(files: Sequence[str], named: Collection[str], folder: Path) -> list[str]:
    """Return the files that are no results of earlier runs in the folder, which a pattern such as `**/*.csv` matches.

    Args:
        files: All files that the sources stand for.
        named: The sources as the user wrote them.
        folder: The folder of the results.

    Raises:
        UsageError: A result could replace a source: one lies in the folder and is no result, is named by the user, or
            is what a link in the folder leads to.

    """
    places = _places_of_results(folder)
    real = {file: os.path.realpath(file) for file in files}
    inside = [file for file in files if os.path.dirname(real[file]) in places]  # noqa: PTH120 - a Path would refuse names that no file can have
    outside = [file for file in files if os.path.dirname(real[file]) not in places]  # noqa: PTH120 - the same
    results = _names_of_results(outside, folder) if inside else set()
    for file in inside:
        if not outside or file in named or os.path.splitext(os.path.basename(file))[0] not in results:  # noqa: PTH119, PTH122 - the same
            raise UsageError(f"{printed(file)} lies in the folder of the results", OTHER_FOLDER)
    _refuse_links_to_sources({real[file] for file in outside}, places)
    return outside


def refuse_metrics_file(output: Path, sources: Iterable[str]) -> None:
    """Refuse to write the file of metrics over a source, or under a name that the collector does not read.

    Raises:
        UsageError: It would be.

    """
    refuse_overwriting(output, sources)
    if output.suffix != METRICS_ENDING:
        what = f"Prometheus does not read {printed(str(output))}, only files that end in {METRICS_ENDING}"
        raise UsageError(what, f"end it in {METRICS_ENDING}")


def _places_of_results(folder: Path) -> set[str]:
    """Return the real paths of the folders in which results are."""
    return {os.path.realpath(each) for each in (folder, folder / MODELS, folder / PARTS)}


def _names_of_results(sources: Iterable[str], folder: Path) -> set[str]:
    """Return the names, without endings, of the results of earlier runs and of those that sources will have."""
    known = {record.path: record.name for record in read_history(folder).records.values()}
    paths = [os.path.abspath(file) for file in sources]  # noqa: PTH100 - a Path would refuse names that no file can have
    return {*known.values(), *distinct_names(paths, known).values(), Path(FAILURES).stem, ONE_FILE}


def _refuse_links_to_sources(sources: Collection[str], places: Iterable[str]) -> None:
    """Refuse links in the folders of the results that lead to sources, which would be written over.

    Raises:
        UsageError: There is one.

    """
    for place in places:
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                if entry.is_symlink() and (file := os.path.realpath(entry.path)) in sources:
                    raise UsageError(f"{printed(entry.path)} is a link to the source {printed(file)}", OTHER_FOLDER)


def follow_moved_folder(history: History, folder: Path, paths: Collection[str]) -> History:
    """Return what earlier runs left, by the paths of sources where they are now.

    Args:
        history: What is in the folder.
        folder: The folder of the results.
        paths: The absolute paths of the sources of this run.

    """
    before, now = history.folder, os.path.abspath(folder)  # noqa: PTH100 - not that of a link
    if before in {"", now}:
        return history
    moved = {}
    for path in paths:
        with suppress(ValueError):  # on another drive of Windows
            old = os.path.normpath(os.path.join(before, os.path.relpath(path, now)))  # noqa: PTH118 - a Path would refuse names that no file can have
            if path not in history.records and old not in paths:
                moved[old] = path
    records = {moved.get(path, path): record for path, record in history.records.items()}
    return replace(
        history,
        records={path: replace(record, path=path) for path, record in records.items()},
        groups={
            name: replace(group, members=tuple(sorted(moved.get(path, path) for path in group.members)))
            for name, group in history.groups.items()
        },
        signatures={moved.get(path, path): signature for path, signature in history.signatures.items()},
        started={moved.get(path, path) for path in history.started},
    )
