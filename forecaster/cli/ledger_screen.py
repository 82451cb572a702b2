"""What `forecast ledger` does with what the user typed: months, how much is kept, and the file of an export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forecaster.batch.limits import parse_duration
from forecaster.cli.output import Destination, check_parquet
from forecaster.errors import UsageError
from forecaster.ledger.connection import check_exists, open_to_write, transaction
from forecaster.ledger.export import ENDINGS
from forecaster.ledger.prune import prune

if TYPE_CHECKING:
    from pathlib import Path

MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_as_typed(text: str | None) -> int | None:
    """Return a month such as `2026-03` as the ledger counts months; None for none.

    Raises:
        UsageError: It is no month.

    """
    if text is None:
        return None
    match = MONTH.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"--since: {text!r} is not a month", "write --since 2026-03")
    return 12 * int(match[1]) + int(match[2]) - 1


def check_export(path: Path, ledger: Path) -> None:
    """Check that the forecasts can be written to a file.

    Raises:
        UsageError: Its ending names no form, pyarrow is missing, or it is the ledger.
        OutputError: It cannot be created.

    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"the ending of {path} does not name a form", f"end it in {' or '.join(ENDINGS)}")
    chosen = Destination.choose(path, None, [ledger])
    if chosen.form == "parquet":
        check_parquet(chosen)


def remove_old_forecasts(path: Path, keep: str) -> None:
    """Remove the forecasts of a ledger that are older than a duration.

    Raises:
        ForecasterError: It is no duration, or the ledger cannot be written.

    """
    seconds = parse_duration(keep, "--keep")
    check_exists(path)
    with open_to_write(path) as connection, transaction(connection):
        prune(connection, seconds)
