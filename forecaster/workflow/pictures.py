"""Pictures of forecasts for files and notebooks, drawn with Matplotlib: the series that charts of the terminal show."""

from __future__ import annotations

import io
import logging
import os
import sys
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import UsageError
from forecaster.files.temporary_folder import temporary_folder
from forecaster.text import shown
from forecaster.variables import variables_set
from forecaster.workflow.chart_series import MOST_SERIES, history_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from forecaster.workflow.chart_series import ChartSeries, ChartSet
    from forecaster.workflow.request import Extent

WIDTH, HEIGHT = 9.0, 3.6
"""Inches of one chart: as wide as a page; the height shows a slope of one percent a step."""
HISTORY, FORECAST = "#4d4d4d", "#0072b2"
"""Colours of what was and of what is forecast: grey and a blue that colour-blind people tell from it."""
BANDS = ("#e3eff7", "#d0e4f1", "#b8d5e9", "#94c0de")
"""Colours of the bands, the widest first; with fewer levels the last ones, and of more levels only the widest."""


ENDINGS = (".svg", ".png", ".pdf")
"""Endings of pictures."""
BYTES = {".svg": (20_000, 12_000, 40), ".png": (0, 60_000, 0), ".pdf": (12_000, 1_200, 17)}
"""Bytes of a picture by its ending, measured: of any picture, with its fonts, of each chart, and of each time in it."""


def check_matplotlib() -> None:
    """Check that pictures can be drawn.

    Raises:
        UsageError: Matplotlib is not installed.

    """
    if find_spec("matplotlib") is None:
        what = "pictures need Matplotlib, which is not installed"
        raise UsageError(what, "pip install 'forecaster-rnn[plot]'")


def estimate_picture_size(ending: str, extent: Extent) -> int:
    """Return the bytes that a picture of a forecast of this extent will take at most, about."""
    base, of_chart, of_point = BYTES[ending.lower()]
    points = history_rows(extent.steps, season=1) + extent.steps
    return base + min(extent.series, MOST_SERIES) * (of_chart + of_point * points)


def load_matplotlib() -> None:
    """Import what draws, without a word on standard error, and without a folder that stays where HOME is read-only.

    Matplotlib makes a folder in `/tmp` then, which stays if the process is killed, and says so.

    Raises:
        UsageError: Matplotlib is not installed.
        OSError: No folder can be written to, not even a temporary one.

    """
    check_matplotlib()
    with _without_log(), _writable_folders():
        import matplotlib.dates
        import matplotlib.figure  # noqa: F401 - with the list of fonts, the one thing that it keeps in a folder


@contextmanager
def _without_log() -> Iterator[None]:
    """Keep what Matplotlib logs from standard error, which shows the messages of this program."""
    logger = logging.getLogger("matplotlib")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _writable_folders() -> Iterator[None]:
    """Let Matplotlib find a folder of ours while it is imported, where it could not write to the usual ones.

    It asks for its folders once in a process, at its first import, and needs none of them to draw.
    """
    usual = {} if "matplotlib" in sys.modules else _usual_folders()
    missing = [name for name, folder in usual.items() if not _can_be_written(folder)]
    if not missing:
        yield
        return
    with temporary_folder() as folder, variables_set(dict.fromkeys(missing, str(folder))):
        yield


def _usual_folders() -> dict[str, Path | None]:
    """Return the folders that Matplotlib writes to, each by the variable that names it or its parent."""
    if named := os.environ.get("MPLCONFIGDIR"):
        return {"MPLCONFIGDIR": Path(named)}
    try:
        home = Path.home()
    except RuntimeError:  # nobody knows it
        return {"MPLCONFIGDIR": None}
    if sys.platform.startswith(("linux", "freebsd")):
        parents = {"XDG_CONFIG_HOME": home / ".config", "XDG_CACHE_HOME": home / ".cache"}
        return {name: Path(os.environ.get(name) or usual, "matplotlib") for name, usual in parents.items()}
    return {} if sys.platform == "win32" else {"MPLCONFIGDIR": home / ".matplotlib"}


def _can_be_written(folder: Path | None) -> bool:
    """Return whether a folder exists or can be created, as Matplotlib does, and can be written to."""
    if folder is None:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def encode_picture(charts: ChartSet | None, ending: str) -> bytes:
    """Return charts as the content of a file with one of the `ENDINGS`; the same charts give the same bytes.

    Raises:
        UsageError: Matplotlib is not installed, or there is nothing to draw.

    """
    load_matplotlib()
    from matplotlib import rc_context

    form, buffer = ending.lower().removeprefix("."), io.BytesIO()
    undated: dict[str, None] = {} if form == "png" else {"Date": None} if form == "svg" else {"CreationDate": None}
    with _without_log(), rc_context({"svg.hashsalt": "forecast"}):  # without it, ids in the file are random
        draw_charts(charts).savefig(buffer, format=form, metadata=undated)
    return buffer.getvalue()


def draw_charts(charts: ChartSet | None) -> Figure:
    """Return a figure with a chart for each series.

    Args:
        charts: What is drawn.

    Raises:
        UsageError: Matplotlib is not installed, or there is nothing to draw.

    """
    if charts is None:
        raise UsageError("there is nothing to draw", "forecast with a model")
    figure = _figure_class()(figsize=(WIDTH, HEIGHT * len(charts.series)), layout="constrained")
    axes = figure.subplots(len(charts.series), 1, squeeze=False)[:, 0]
    for one, series in zip(axes, charts.series, strict=True):
        _draw_series(one, series)
    axes[0].legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=5, frameon=False, fontsize="small", borderaxespad=0.2
    )
    if charts.others:
        axes[-1].set_xlabel(f"and {charts.others:,} other series", loc="left")
    return figure


@cache
def _figure_class() -> type[Figure]:
    """Return the class of a figure that shows itself in a notebook; figures without pyplot do not.

    Raises:
        UsageError: Matplotlib is not installed.

    """
    load_matplotlib()
    from matplotlib.figure import Figure

    class Picture(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png")
            return buffer.getvalue()

        def __reduce__(self) -> tuple[Any, ...]:  # pickle finds no class that is made by a function
            return _new_figure, (), self.__getstate__()

    return Picture


def _new_figure() -> Figure:
    """Return a figure without content, which pickle fills."""
    of_class = _figure_class()
    return of_class.__new__(of_class)


def _draw_series(axes: Any, series: ChartSeries) -> None:
    """Draw the history, the forecast with its bands, which begin at the last value, and what came."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    before = len(series.history)
    past, ahead = series.ds[:before], series.ds[max(0, before - 1) :]
    last = series.history[-1:]
    axes.plot(past, series.history, color=HISTORY, linewidth=1.2, label="history")
    for level, colour in zip(sorted(series.low, reverse=True), BANDS[-len(series.low) :], strict=False):
        low, high = (np.concatenate([last, ends[level]]) for ends in (series.low, series.high))
        axes.fill_between(ahead, low, high, color=colour, lw=0, label=f"{level:g} % interval")
    axes.plot(ahead, np.concatenate([last, series.point]), color=FORECAST, linewidth=1.8, label="forecast")
    if series.actual is not None and np.isfinite(series.actual).any():
        came = np.concatenate([last, series.actual])
        axes.plot(ahead[: len(came)], came, color=HISTORY, linewidth=1.2, linestyle=":", label="actual")
    axes.set_title(shown(series.name) + (f" ({series.rank})" if series.rank else ""), loc="left")
    if series.ds.dtype.kind == "M":
        locator: Any = AutoDateLocator()  # type: ignore[no-untyped-call]  # Matplotlib has no types here
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # nor here
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.margins(x=0.01)
