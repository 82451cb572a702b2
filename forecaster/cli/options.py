"""Every argument and option that is no field of `forecaster.spec`, declared once: type, name, bounds and help.

A parameter of a command bears the long name of its option: the configuration file and the variables rely on it.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forecaster.cli.completion import complete_model, complete_table
from forecaster.cli.validators import check_files_from, check_refit, check_sources, choose_log_format, sorted_levels
from forecaster.size_limits import MOST_STEPS
from forecaster.spec import Panel

DEFAULT_MODEL = Path("forecast.joblib")
STANDARD_OUTPUT = frozenset(map(Path, ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")))
"""The output file that stands for standard output."""
FormatName = Literal["table", "csv", "json", "jsonl", "parquet"]
DatesName = Literal["file", "iso"]
FileFormatName = Literal["csv", "json", "jsonl", "parquet"]
LogFormatName = Literal["text", "json"]


# What is read and written.
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        callback=check_sources,
        autocompletion=complete_table,
        help="CSV files, folders or patterns; - is standard input.",
    ),
]
NewerSources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        callback=check_sources,
        autocompletion=complete_table,
        help="Files to forecast; without one, the forecast continues the rows of training. "
        "With --out, tables and model files, folders or patterns.",
    ),
]
MeasuredSources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        callback=check_sources,
        autocompletion=complete_table,
        help="Files to measure --gradients on; without one, the rows that the model keeps.",
    ),
]
ModelArgument = Annotated[Path, typer.Argument(help="Model file.", autocompletion=complete_model)]
ModelInput = Annotated[Path, typer.Option("--model", "-m", metavar="FILE", help="Model file to read.")]
ModelToForecast = Annotated[
    Path | None,
    typer.Option(
        "--model",
        "-m",
        metavar="FILE",
        help="Model file to forecast with.",
        autocompletion=complete_model,
        show_default=f"{DEFAULT_MODEL}, if it belongs to the files",
    ),
]
ZeroShot = Annotated[
    bool,
    typer.Option(
        "--zero-shot",
        help="Use no model: forecast the files with the pretrained networks.",
        rich_help_panel=Panel.ACCURACY,
    ),
]
ModelOutput = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Model file to write.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="File to write; - is standard output."),
]
Repaired = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="File for the repaired table; written if the file is accepted."
    ),
]
Forecasts = Annotated[
    Path | None,
    typer.Option(
        "--forecasts",
        metavar="FILE",
        help="File for the forecasts and actuals of all folds.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="Folder for one result per file, named like the file.",
        show_default="one result of all files",
    ),
]
Newer = Annotated[
    list[str] | None,
    typer.Option(
        "--newer",
        metavar="SOURCE",
        help="With --out, folder or pattern of files with the newest rows, each for the model of its name; "
        "may be repeated.",
        show_default="the rows that the models keep",
        rich_help_panel=Panel.OUTPUT,
    ),
]
BySeries = Annotated[
    bool,
    typer.Option(
        "--by-series",
        help="With --out, a file for each series, in a folder for each model.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Format = Annotated[
    FormatName | None,
    typer.Option(
        "--format",
        help="Form of the output.",
        show_default="by the ending of --output; table on a terminal, csv in a pipe and with --out",
        rich_help_panel=Panel.OUTPUT,
    ),
]
FileFormat = Annotated[
    FileFormatName,
    typer.Option("--format", help="Form of the forecast files.", rich_help_panel=Panel.OUTPUT),
]
Dates = Annotated[
    DatesName,
    typer.Option(
        "--dates",
        help="How times are written in a table or CSV: as in the file, or as ISO 8601; other forms are ISO.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Gradients = Annotated[
    bool,
    typer.Option(
        "--gradients", help="Show how far back the networks learn; it is the norm of dL/dh at every lag and layer."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

FilesFrom = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE",
        callback=check_files_from,
        help="File that names one SOURCE a line; - is standard input.",
        rich_help_panel=Panel.COLUMNS,
    ),
]
Repair = Annotated[
    Literal["off", "safe", "full"],
    typer.Option(
        "--repair",
        help="Repair nothing, only what cannot change a meaning, or fill short gaps too.",
        rich_help_panel=Panel.COLUMNS,
    ),
]

# What is forecast.
AnyHorizon = Annotated[
    int | None,
    typer.Option(
        "--horizon",
        "-H",
        metavar="STEPS",
        min=1,
        max=MOST_STEPS,
        help="Steps to forecast; beyond the trained horizon the forecast is rolled forward.",
        show_default="the trained one",
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="DATE",
        help="Moment to forecast; for models trained with --irregular; may be repeated.",
        show_default="the next typical steps",
        rich_help_panel=Panel.ACCURACY,
    ),
]
Level = Annotated[
    list[float] | None,
    typer.Option(
        "--level",
        metavar="PERCENT",
        callback=sorted_levels,
        help="Share of future values that an interval holds; may be repeated.",
        show_default="80 and 95",
    ),
]
Samples = Annotated[
    int | None,
    typer.Option(
        "--samples",
        metavar="COUNT",
        min=1,
        max=10_000,
        help="Number of paths of the future to draw instead of intervals.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Explain = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Split the forecast into level, seasons, year, month, holidays and known columns, a column each.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
DrawSeed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="NUMBER",
        min=0,
        max=2**64 - 1,
        help="Seed of the paths of --samples.",
        rich_help_panel=Panel.ADVANCED,
    ),
]

# How results are judged.
RequireSkill = Annotated[
    float | None,
    typer.Option(
        "--require-skill",
        metavar="PERCENT",
        max=100,
        help="Write no model, and exit with 5, if the forecast's skill against the best baseline is lower.",
        rich_help_panel=Panel.ACCURACY,
    ),
]
Folds = Annotated[int, typer.Option("--folds", metavar="COUNT", min=1, help="Times in the past to forecast from.")]
Step = Annotated[
    int | None,
    typer.Option(
        "--step",
        metavar="STEPS",
        min=1,
        help="Steps between two of these times.",
        show_default="the horizon",
        rich_help_panel=Panel.ACCURACY,
    ),
]
Refit = Annotated[
    str,
    typer.Option(
        "--refit",
        metavar="folds|never|COUNT",
        callback=check_refit,
        help="Train again at every fold, never after the oldest, or after this many folds.",
        rich_help_panel=Panel.ACCURACY,
    ),
]
Baselines = Annotated[
    str | None,
    typer.Option(
        "--baselines",
        metavar="NAMES",
        help="Methods of statsforecast to compare with, such as auto-ets,auto-arima,theta.",
        rich_help_panel=Panel.ACCURACY,
    ),
]
PerHorizon = Annotated[
    bool, typer.Option("--per-horizon", help="Score each step of the horizon as well.", rich_help_panel=Panel.OUTPUT)
]
PerSeries = Annotated[
    bool, typer.Option("--per-series", help="Score each series as well.", rich_help_panel=Panel.OUTPUT)
]

# How the program runs.
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="COUNT",
        min=1,
        help="Processes; the result is the same.",
        show_default="as many as pay",
        rich_help_panel=Panel.ACCURACY,
    ),
]
Update = Annotated[
    Path | None,
    typer.Option(
        "--update",
        metavar="MODEL",
        help="Continue this model on newer rows, and keep it as it is if that makes it worse.",
        autocompletion=complete_model,
        rich_help_panel=Panel.ACCURACY,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume/--no-resume",
        help="Go on from the checkpoints of the same run, if it was killed.",
        rich_help_panel=Panel.ADVANCED,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read, check and plan; train and write nothing.")]
LogFormat = Annotated[
    LogFormatName,
    typer.Option(
        "--log-format",
        callback=choose_log_format,
        help="How standard error is written: text for people, or json, an object a line, also of the progress.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print failures only, and the result.")]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show the details too.", rich_help_panel=Panel.OUTPUT),
]
