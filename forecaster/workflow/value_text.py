"""Single values as text for people."""

from __future__ import annotations

from forecaster.text import escaped
from forecaster.workflow.number_formats import LARGEST_PLAIN

SHOWN_DIGITS = 6
"""Significant digits of a single number; chosen by hand: more are noise."""


def value_text(value: object) -> str:
    """Return a single value as people read it."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.0f}" if 10**SHOWN_DIGITS <= abs(value) < LARGEST_PLAIN else f"{value:.{SHOWN_DIGITS}g}"
    return escaped(str(value)).removesuffix("T00:00:00.000000")
