"""`forecast batch`: keep the forecasts of many files up to date in a folder, as a job that runs every night."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forecaster.cli import ledger_options, options
from forecaster.cli.backend import Backend, Scheduler, open_backend, refuse_with_cluster
from forecaster.cli.completion import complete_table
from forecaster.cli.shared_options import with_shared_options
from forecaster.cli.validators import check_sources, require_sources
from forecaster.progress import READING
from forecaster.spec import Panel, Selection, Specification

RetrainAfter = Annotated[
    str | None,
    typer.Option(
        "--retrain-after",
        metavar="ROWS|PERCENT|TIME",
        help="Train the model of a file again when this much of it is new: rows (30), a share (10%) or a time (30d).",
        show_default="10%, or never with --retrain-if",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
RetrainIf = Annotated[
    str | None,
    typer.Option(
        "--retrain-if",
        metavar="CONDITION",
        help="Train the model of a file again where this is true, such as 'skill < 0 or age > 30d or drift'.",
        show_default="no condition",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
NoAdapt = Annotated[
    bool,
    typer.Option(
        "--no-adapt",
        help="Keep the intervals of the models, whatever the ledger has learned about them.",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
Group = Annotated[
    bool,
    typer.Option(
        "--group",
        help="Let files of the same step and calendar share a network; which ones do is decided once.",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
Regroup = Annotated[
    bool,
    typer.Option(
        "--regroup",
        help="With --group: decide again which files share a network.",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
OneFile = Annotated[
    bool,
    typer.Option(
        "--one-file", help="Write all forecasts to one file, forecasts.csv.", rich_help_panel=Panel.MANY_FILES
    ),
]
Fallback = Annotated[
    Literal["last", "naive"],
    typer.Option(
        "--fallback",
        help="What a file that fails has instead: its last forecast, marked stale, or a seasonal naive one.",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="any|all|COUNT|PERCENT",
        help="How many files must fail for exit code 3: any, all, a number, or a share such as 5%.",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
MaxFailures = Annotated[
    int | None,
    typer.Option(
        "--max-failures",
        metavar="COUNT",
        min=1,
        help="Start nothing new after this number of failures.",
        show_default="no limit",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
TimeBudget = Annotated[
    str | None,
    typer.Option(
        "--time-budget",
        metavar="TIME",
        help="Start nothing new after this time, such as 2h; the exit code is 75 if work is left.",
        show_default="no limit",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
SeriesTimeout = Annotated[
    str | None,
    typer.Option(
        "--series-timeout",
        metavar="TIME",
        help="Stop the work on a file after this time, such as 10m; it is tried once more, alone.",
        show_default="no limit",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
SeriesMemory = Annotated[
    str | None,
    typer.Option(
        "--series-memory",
        metavar="SIZE",
        help="Stop the work on a file that takes more memory than this, such as 500MB; it is tried once more, alone.",
        show_default="no limit",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
MaxAge = Annotated[
    str | None,
    typer.Option(
        "--max-age",
        metavar="TIME",
        help="Let a file fail whose newest row is older than this, such as 3d.",
        show_default="no limit",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
MetricsFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics-file",
        metavar="FILE",
        help="File for metrics of the run, as the textfile collector of Prometheus reads them.",
        rich_help_panel=Panel.MANY_FILES,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and why; write nothing.")]
Folder = Annotated[
    Path,
    typer.Option("--out", metavar="FOLDER", help="Folder for the forecasts; it also keeps the models and run.json."),
]
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        callback=check_sources,
        autocompletion=complete_table,
        help="CSV files, folders or patterns in quotes; a file has the rows of one series or more.",
    ),
]


@with_shared_options()
def batch(
    *,
    sources: Sources = None,
    files_from: options.FilesFrom = None,
    out: Folder,
    retrain_after: RetrainAfter = None,
    retrain_if: RetrainIf = None,
    group: Group = False,
    regroup: Regroup = False,
    selection: Selection,
    repair: options.Repair = "safe",
    specification: Specification,
    level: options.Level = None,
    samples: options.Samples = None,
    explain: options.Explain = False,
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
    ledger: ledger_options.LedgerOfBatch = None,
    no_ledger: ledger_options.NoLedger = False,
    keep: ledger_options.Keep = None,
    no_adapt: NoAdapt = False,
    jobs: options.Jobs = None,
    backend: Backend = "local",
    scheduler: Scheduler = None,
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
    refuse_with_cluster(backend, {"--series-timeout": series_timeout, "--series-memory": series_memory})
    with log.show_progress(READING, first), open_backend(backend, scheduler, jobs) as arguments["jobs"]:
        from forecaster.cli.batch_screen import report_batch, run_batch_as_typed

        run = run_batch_as_typed(arguments, log)
    return report_batch(run, log, dry_run=dry_run)
