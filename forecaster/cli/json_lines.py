"""Lines of `--log-format json`: one JSON object a line on standard error, each with its time and its event.

Nothing heavy is imported here, so that a usage error is such a line too, and as quick as its sentence.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forecaster.cli.terminal import abandon
from forecaster.text import json_value

if TYPE_CHECKING:
    from collections.abc import Sequence

OPTION, VARIABLE = "--log-format", "FORECAST_LOG_FORMAT"
"""The option and the variable that choose these lines."""
JSON_LOG = "json"


def json_requested(arguments: Sequence[str]) -> bool:
    """Return whether a command line, or the environment, asks for JSON lines: an error of the parser is one, too."""
    words = [word for each in arguments for word in (each.split("=", 1) if each.startswith(f"{OPTION}=") else [each])]
    given = [after for word, after in pairwise(words) if word == OPTION] or [os.environ.get(VARIABLE, "")]
    return given[-1] == JSON_LOG


def write_json_line(event: str, **values: Any) -> None:
    """Write one event to standard error; a line that cannot be written must not make finished work fail."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = json.dumps(json_value({"time": now, "event": event, **values}), default=str, allow_nan=False)
    try:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - printing is what this module does
    except OSError:
        with suppress(OSError):
            abandon(sys.stderr)
