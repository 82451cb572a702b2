"""Check before the work that the disks have space for all that a command will write besides a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.picture import check_picture_size
from forecaster.cli.report import check_report_size

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.cli.output import Destination
    from forecaster.workflow.request import Extent


def check_sizes(table: Destination | None, picture: Path | None, report: Path | None, extent: Extent) -> None:
    """Check that there is space for the table of all forecasts, the picture and the report; None where not wanted.

    Raises:
        OutputError: A disk has too little.

    """
    if table is not None:
        table.check_size(extent)
    check_picture_size(picture, extent)
    check_report_size(report, extent)
