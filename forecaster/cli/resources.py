"""Tell what a run has cost: the time since the program began, and its memory at most."""

from __future__ import annotations

import sys
from time import perf_counter

BEGAN = perf_counter()
"""When this module was imported, which is where the program begins: importing Python comes before it."""
MEGABYTE, KILOBYTE = 2**20, 2**10


def elapsed_seconds() -> float:
    """Return the seconds since the program began."""
    return perf_counter() - BEGAN


def elapsed_text(seconds: float) -> str:
    """Return a duration as people write it: `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_of_hour = divmod(minutes, 60)
    return f"{hours} h {minutes_of_hour} min" if hours else f"{minutes} min {rest} s"


def peak_megabytes() -> float | None:
    """Return the resident memory of this process at its peak, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    unit = MEGABYTE if sys.platform == "darwin" else KILOBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
