"""The command line: options, help, screens and exit codes; each command makes one call of `forecaster.workflow`.

Nothing here loads pandas, NumPy, rich or joblib before a command runs, so that help and usage errors are quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.exits import run

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments`, those of the process by default, and return the exit code."""
    from forecaster.cli.app import app  # here, because `exits` stands below the commands

    return run(app, arguments)
