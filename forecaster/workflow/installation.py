"""Examine an installation: versions, linear algebra, folders, and a forecast whose numbers are known."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import disk_usage
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_info

from forecaster import __version__
from forecaster.errors import ForecasterError
from forecaster.files.lock import lock_folder
from forecaster.files.preflight import check_writable, size_text
from forecaster.files.temporary_folder import temporary_folder
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.spec import COLUMNS, Selection
from forecaster.workflow.predict import predict_table
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED = ("numpy", "pandas", "typer", "rich", "joblib", "threadpoolctl", "filelock", "narwhals")
OPTIONAL = (
    "pyarrow",
    "openpyxl",
    "exchange-calendars",
    "holidays",
    "statsforecast",
    "matplotlib",
    "polars",
    "distributed",
)
"""Packages that the program needs, and those that some of its options need."""
PROBED = "forecast-doctor.tmp"
"""A file that is created and removed, to see whether a folder can be written to."""
ROWS, HORIZON, DIGITS = 60, 6, 4
"""Rows and steps of the forecast that tests the installation, and digits that every processor gives alike."""
EXPECTED = "eb4aa1ae"
"""The beginning of the digest of these digits."""


@dataclass(frozen=True)
class Installation:
    """What was found out.

    Attributes:
        facts: Each fact in words, by its name.
        problems: Each problem in a sentence.

    """

    facts: Mapping[str, str]
    problems: tuple[str, ...]


def examine_installation(terminal: Mapping[str, str]) -> Installation:
    """Return what there is to say about an installation; `terminal` has the facts of the standard streams."""
    problems: list[str] = []
    facts = {
        "forecast": __version__,
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": platform.platform(),
        **{name: _version(name) for name in (*NEEDED, *OPTIONAL)},
        "linear algebra": _linear_algebra(),
        "processors": f"{_usable_processors()} of {os.cpu_count()} may be used",
        **terminal,
        "variables": ", ".join(sorted(name for name in os.environ if name.startswith("FORECAST_"))) or "none",
        "files of options": ", ".join(each for each in ("forecast.toml", "pyproject.toml") if Path(each).is_file())
        or "none",
    }
    for name, folder in {
        "working folder": Path.cwd(),
        "temporary folder": Path(tempfile.gettempdir()),
        "folder of locks": lock_folder(),
    }.items():
        facts[name], problem = _folder(folder)
        problems += [f"The {name} cannot be written to: {problem}."] if problem else []
    facts["self-test"], problem = forecast_known_series()
    problems += [problem] if problem else []
    return Installation(facts, tuple(problems))


def forecast_known_series() -> tuple[str, str]:
    """Return the digest of a forecast whose numbers are known, in words, and the problem with it; empty if none."""
    began = perf_counter()
    values = 100 + np.arange(ROWS) + 20 * np.sin(np.arange(ROWS) * np.pi / 6)
    months = np.datetime64("2020-01") + np.arange(ROWS)
    with temporary_folder() as folder:
        file = folder / "series.csv"
        lines = [f"{month},{value:.3f}" for month, value in zip(months, values, strict=True)]
        file.write_text("\n".join(["month,value", *lines, ""]), encoding="utf-8")
        try:
            found = predict_table([str(file)], selection=Selection(), request=Request(HORIZON), with_verdict=False)
        except ForecasterError as error:
            return "failed", f"The self-test failed: {error}."
    digits = " ".join(f"{value:.{DIGITS}g}" for value in found.frame[COLUMNS.model])
    digest = sha256(digits.encode()).hexdigest()[: len(EXPECTED)]
    words = f"{digest} in {perf_counter() - began:.1f} s"
    return words, "" if digest == EXPECTED else f"The self-test gives {digest} and not {EXPECTED}: {digits}."


def _version(name: str) -> str:
    """Return the version of a package, or that it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _linear_algebra() -> str:
    """Return the library of linear algebra that NumPy calls, with its kernels and threads."""
    libraries = [each for each in threadpool_info() if each["user_api"] == "blas"]
    named = (
        f"{each['internal_api']} {each.get('version') or ''}, {each.get('architecture') or 'unknown'} kernels, "
        f"{each['num_threads']} threads"
        for each in libraries
    )
    return "; ".join(named) or "unknown"


def _usable_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _folder(folder: Path) -> tuple[str, str]:
    """Return what a folder has to say, without the name of the user's home, and why it cannot be written to.

    What killed runs have left there is removed.
    """
    home = str(Path.home())
    name = str(folder).replace(home, "~", 1) if home != "/" and str(folder).startswith(home) else str(folder)
    sweep_unfinished_files(folder)
    try:
        check_writable(folder / PROBED)
        return f"{name}, {size_text(disk_usage(folder).free)} free", ""
    except (ForecasterError, OSError) as error:
        return f"{name}, not writable", getattr(error, "what", str(error))
