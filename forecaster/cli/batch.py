"""`forecast batch`: keep the forecasts of many files up to date in a folder, as a job that runs every night."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forecaster.cli import options
from forecaster.cli.shared_options import with_shared_options
from forecaster.cli.validators import require_sources
from forecaster.progress import READING
from forecaster.spec import Panel, Selection, Specification

RetrainAfter = Annotated[
    str,
    typer.Option(
        "--retrain-after",
        metavar="ROWS|PERCENT|TIME",
        help="Rows (30), share (10%) or time (30d) that are new in a file when its model is trained again.",
        rich_help_panel=Panel.ACCURACY,
    ),
]
Group = Annotated[
    bool,
    typer.Option(
        "--group",
        help="Files of one step and calendar share a network; which ones do is decided once.",
        rich_help_panel=Panel.ACCURACY,
    ),
]
Regroup = Annotated[
    bool,
    typer.Option(
        "--regroup",
        help="Decide anew which files share a network, with --group.",
        rich_help_panel=Panel.ACCURACY,
    ),
]
OneFile = Annotated[
    bool,
    typer.Option("--one-file", help="Write all forecasts to one file, forecasts.csv.", rich_help_panel=Panel.OUTPUT),
]
Fallback = Annotated[
    Literal["last", "naive"],
    typer.Option(
        "--fallback",
        help="What a failed series has: its last forecast, marked stale, or the seasonal naive one.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="any|all|COUNT|PERCENT",
        help="Failures from which the exit code is 3: any, all, a number, or a share such as 5%.",
        rich_help_panel=Panel.ADVANCED,
    ),
]
MaxFailures = Annotated[
    int | None,
    typer.Option(
        "--max-failures",
        metavar="COUNT",
        min=1,
        help="Start nothing new after this many failures.",
        show_default="no limit",
        rich_help_panel=Panel.ADVANCED,
    ),
]
TimeBudget = Annotated[
    str | None,
    typer.Option(
        "--time-budget",
        metavar="TIME",
        help="Start nothing new after this time, such as 2h; the exit code is 75 if work is left.",
        show_default="no limit",
        rich_help_panel=Panel.ADVANCED,
    ),
]
SeriesTimeout = Annotated[
    str | None,
    typer.Option(
        "--series-timeout",
        metavar="TIME",
        help="Stop the work on a file after this time, such as 10m; it is tried once more, alone.",
        show_default="no limit",
        rich_help_panel=Panel.ADVANCED,
    ),
]
SeriesMemory = Annotated[
    str | None,
    typer.Option(
        "--series-memory",
        metavar="SIZE",
        help="Memory that the work on a file may take, such as 500MB.",
        show_default="no limit",
        rich_help_panel=Panel.ADVANCED,
    ),
]
MaxAge = Annotated[
    str | None,
    typer.Option(
        "--max-age",
        metavar="TIME",
        help="A file whose newest row is older than this, such as 3d, fails.",
        show_default="no limit",
        rich_help_panel=Panel.COLUMNS,
    ),
]
MetricsFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics-file",
        metavar="FILE",
        help="File for the metrics of the run, for the textfile collector of Prometheus.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and why; write nothing.")]
Folder = Annotated[
    Path, typer.Option("--out", metavar="FOLDER", help="Folder of forecasts, models and the record of the run.")
]


@with_shared_options()
def batch(
    *,
    sources: options.Sources = None,
    files_from: options.FilesFrom = None,
    out: Folder,
    retrain_after: RetrainAfter = "10%",
    group: Group = False,
    regroup: Regroup = False,
    level: options.Level = None,
    samples: options.Samples = None,
    explain: options.Explain = False,
    selection: Selection,
    repair: options.Repair = "safe",
    specification: Specification,
    format: options.FileFormat = "csv",  # noqa: A002 - named like its option
    dates: options.Dates = "file",
    one_file: OneFile = False,
    fallback: Fallback = "last",
    fail_on: FailOn = "any",
    max_failures: MaxFailures = None,
    time_budget: TimeBudget = None,
    series_timeout: SeriesTimeout = None,
    series_memory: SeriesMemory = None,
    max_age: MaxAge = None,
    metrics_file: MetricsFile = None,
    jobs: options.Jobs = None,
    dry_run: DryRun = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_format: options.LogFormat = "text",
) -> int:
    """Keep forecasts of many files up to date in a folder."""
    arguments = locals()
    require_sources(sources, files_from, "batch")
    # Imported here, because help must not load them; pandas when progress is shown already, because it takes a while.
    from forecaster.cli.logs import open_log

    log, first = open_log(log_format, quiet=quiet, verbose=verbose), str(sources[0] if sources else files_from)
    with log.show_progress(READING, first):
        from forecaster.cli.batch_screen import report_batch, run_batch_as_typed

        run = run_batch_as_typed(arguments)
    return report_batch(run, log, dry_run=dry_run)
