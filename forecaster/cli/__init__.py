"""The command line: options, help, screens and exit codes; each command makes one call of `forecaster.workflow`.

Nothing here loads pandas, NumPy, rich or joblib before a command runs, so that help and usage errors are quick.
"""

from __future__ import annotations

from forecaster.cli.signals import SignalHandling, StoppedBySignal

TYPE_CHECKING = False  # `typing` takes longer to import than all else here
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments`, those of the process by default, and return the exit code."""
    with SignalHandling(end_of_program=arguments is None) as signals:
        try:
            from forecaster.cli.app import app  # here, because a signal may arrive before all is loaded
            from forecaster.cli.exits import run

            return run(app, arguments, signals)
        except StoppedBySignal as error:
            signals.ending = True
            from forecaster.cli.exits import report_signal

            return report_signal(error.signal, arguments)
