"""How a file writes its times, so that the forecast's rows are written in the same way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """A way to write times.

    Attributes:
        layout: As users write it: `DD/MM/YYYY HH:MM`; empty for ISO dates or whole numbers.
        zone: `UTC` or an offset such as `+02:00`, in which the times are; empty where the file does not say.

    """

    layout: str = ""
    zone: str = ""
