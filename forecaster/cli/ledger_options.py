"""The options of ledgers, of `batch`, `predict` and `ledger`, declared once as in `forecaster.cli.options`."""

from pathlib import Path
from typing import Annotated

import typer

from forecaster.spec import Panel

LedgerOfBatch = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="Ledger that remembers each forecast and scores it when its values arrive.",
        show_default="ledger.sqlite in the folder of --out",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
NoLedger = Annotated[bool, typer.Option("--no-ledger", help="Remember no forecast.", rich_help_panel=Panel.MANY_FILES)]
LedgerToWrite = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="Ledger that remembers the forecast and scores it when its values arrive.",
        show_default="none",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Keep = Annotated[
    str | None,
    typer.Option(
        "--keep",
        metavar="TIME",
        help="Remove forecasts from the ledger that are older than this, such as 2y.",
        show_default="keep all",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
Series = Annotated[
    str | None,
    typer.Argument(metavar="SERIES", help="Series to show, or the file that it is of; without one, all of them."),
]
LedgerToRead = Annotated[
    Path, typer.Option("--ledger", metavar="FILE", help="Ledger to read, or the folder of a batch.")
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="MONTH",
        help="Count only values since a month, such as 2026-03.",
        show_default="all",
    ),
]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="File for all forecasts with their values, which ends in .csv or .parquet.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
