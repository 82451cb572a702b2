"""Write the outcome of a run as a file for Prometheus, which the textfile collector of its node exporter reads.

The file is text in the exposition format: for each gauge a line of help, one of its type, and its samples. Each sample
has the folder of the results as a label, so that several runs on one machine do not mix.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forecaster.files.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
"""The three characters that the exposition format wants escaped in the value of a label."""


@dataclass(frozen=True)
class RunMetrics:
    """What is known about a run when it ends.

    Attributes:
        folder: The folder of the results.
        last_run: When this run ended, in seconds since 1970.
        last_success: When the last run with exit code 0 ended, in seconds since 1970; None if there was none.
        duration: How long this run took, in seconds.
        exit_code: Exit code of this run.
        sources: Number of sources by status; a status without sources has a 0, because a sample that comes and goes
            cannot be compared with earlier ones.

    """

    folder: Path
    last_run: float
    last_success: float | None
    duration: float
    exit_code: int
    sources: Mapping[str, int] = field(default_factory=dict)


def write_metrics(path: Path, metrics: RunMetrics) -> None:
    """Write the metrics to `path`, whole or not at all; the collector reads files that end in `.prom`.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way.

    """
    atomic_write(path, metrics_text(metrics).encode())


def metrics_text(metrics: RunMetrics) -> str:
    """Return the metrics in the exposition format.

    The time of the last success is 0 if there was none: an alert on its age then fires at once, and an alert on a
    metric that does not exist never does.
    """
    return "".join(_gauges(metrics))


def _gauges(metrics: RunMetrics) -> Iterator[str]:
    """Yield the lines of each gauge."""
    label = {"folder": _text_of_path(metrics.folder)}

    def gauge(name: str, text: str, value: float) -> str:
        return _gauge_lines(name, text, [(label, value)])

    yield gauge("last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.", metrics.last_run)
    success = "When the last run with exit code 0 ended, in seconds since 1970; 0 if there was none."
    yield gauge("last_success_timestamp_seconds", success, metrics.last_success or 0)
    yield gauge("duration_seconds", "How long the last run took.", metrics.duration)
    yield gauge("exit_code", "Exit code of the last run; 0 is success.", metrics.exit_code)
    by_status = [({**label, "status": status}, count) for status, count in metrics.sources.items()]
    yield _gauge_lines("sources", "Number of sources of the last run by status.", by_status)


def _gauge_lines(name: str, text: str, samples: Sequence[tuple[Mapping[str, str], float]]) -> str:
    """Return the lines of help, type and samples of a gauge; nothing if it has no samples."""
    if not samples:
        return ""
    full = f"forecast_{name}"
    lines = [f"# HELP {full} {text}", f"# TYPE {full} gauge"]
    for labels, value in samples:
        inside = ",".join(f'{label}="{content.translate(ESCAPES)}"' for label, content in labels.items())
        lines.append(f"{full}{{{inside}}} {value}")
    return "".join(f"{line}\n" for line in lines)


def _text_of_path(path: Path) -> str:
    """Return the absolute path as text that UTF-8 can encode; bytes that are no text become escapes."""
    return os.fsencode(os.path.abspath(path)).decode("utf-8", "backslashreplace")  # noqa: PTH100 - links stay as named
