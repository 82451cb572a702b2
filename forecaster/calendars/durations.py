"""Time in words: time stamps, durations and steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecaster.calendars.units import DAY, HOUR, MINUTE

UNITS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1))


def write_time(stamp: Any) -> str:
    """Return a time stamp as a user would write it, without a midnight."""
    if not isinstance(stamp, np.datetime64):
        return str(stamp)
    return str(np.datetime_as_string(stamp, unit="auto")).replace("T", " ")


def write_span(first: Any, last: Any) -> tuple[str, str]:
    """Return two time stamps as text; both have a time of day if one of them needs it."""
    texts = write_time(first), write_time(last)
    if any(":" in text for text in texts) and not all(":" in text for text in texts):
        first_text, last_text = (text if ":" in text else f"{text} 00:00" for text in texts)
        return first_text, last_text
    return texts


def duration_in_words(seconds: int) -> str:
    """Return a duration in the largest unit that it fills: `1.5 hours`."""
    unit, size = next((unit, size) for unit, size in UNITS if seconds >= size)
    count = round(seconds / size, 1)
    return f"1 {unit}" if count == 1 else f"{count:.10g} {unit}s"


def step_in_words(step: int, unit: str) -> str:
    """Return a step in words: `every week`, `every 2 weeks`."""
    return f"every {unit}" if step == 1 else f"every {step} {unit}s"


def seconds_in_words(seconds: int) -> str:
    """Return a step of less than a day in the largest unit that divides it: `every 90 minutes`."""
    unit, size = next((unit, size) for unit, size in UNITS[1:] if seconds % size == 0)
    return step_in_words(seconds // size, unit)
