"""The options of what a person looks at: the chart on the terminal, the picture, and the report."""

from pathlib import Path
from typing import Annotated

import typer

from forecaster.spec import Panel

Chart = Annotated[
    bool | None,
    typer.Option(
        "--chart/--no-chart",
        help="Draw history, forecast and intervals on standard error.",
        show_default="on a terminal",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        help="Draw history, forecast and intervals into a picture: .svg, .png or .pdf.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write a report for a browser into one .html file: charts, scores, findings and settings.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
