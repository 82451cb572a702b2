"""The program `forecast`: its commands with their examples, its version, and the help that belongs to all of them."""

from typing import Annotated

import typer

import forecaster
from forecaster.cli.batch import batch
from forecaster.cli.check import check
from forecaster.cli.commands import Examples, Program, command_with
from forecaster.cli.doctor import doctor
from forecaster.cli.evaluate import evaluate
from forecaster.cli.exits import EXIT_CODES
from forecaster.cli.help_screen import first_steps
from forecaster.cli.inspect import inspect
from forecaster.cli.ledger import ledger
from forecaster.cli.predict import predict
from forecaster.cli.show_config import config
from forecaster.cli.train import train
from forecaster.errors import UsageError

EXAMPLES: dict[str, Examples] = {
    "check": (
        ("forecast check sample_data/sp500.csv", "one file"),
        ("forecast check 'sample_data/*.csv'", "all files of a folder"),
        ("forecast check sample_data/sp500.csv -o clean.csv", "write it repaired"),
    ),
    "train": (
        ("forecast train sample_data/sp500.csv", "one series"),
        ("forecast train sample_data/us_employment.csv -H 12", "many series"),
        ("forecast train sample_data/sp500.csv --dry-run", "only the plan"),
    ),
    "predict": (
        ("forecast predict", "what comes after the training rows"),
        ("forecast predict --horizon 10 -o next.csv", "further ahead, to a file"),
        ("forecast predict sample_data/sp500.csv", "after the rows of a file"),
    ),
    "evaluate": (
        ("forecast evaluate sample_data/sp500.csv", "five forecasts of the past"),
        ("forecast evaluate sample_data/sp500.csv --folds 9", "more of them"),
        ("forecast evaluate sample_data/sp500.csv --per-horizon", "each step, too"),
    ),
    "batch": (
        ("forecast batch 'sample_data/*.csv' --out forecasts", "what is new in many files"),
        ("forecast batch sample_data --out forecasts --dry-run", "what would be done, and why"),
        ("forecast batch sample_data --out forecasts --one-file", "all forecasts in one file"),
    ),
    "ledger": (
        ("forecast ledger --ledger forecasts", "how good a batch has been, by step"),
        ("forecast ledger --ledger forecasts --per-series", "each series"),
        ("forecast ledger sp500 --ledger forecasts", "one series, or one file"),
    ),
    "inspect": (
        ("forecast inspect", "forecast.joblib, in this folder"),
        ("forecast inspect forecast.joblib --json", "for a program"),
        ("forecast inspect --gradients", "how its networks learn"),
    ),
    "config": (
        ("forecast config", "what is set, and where"),
        ("forecast config train", "every option of train"),
        ("forecast config --json", "for a program"),
    ),
    "doctor": (
        ("forecast doctor", "is the installation well?"),
        ("forecast doctor --json", "for a program"),
        ("forecast doctor -h", "its options"),
    ),
}
"""Three commands of each kind that run in the checkout, in this order, each with what it is for."""
FIRST_COMMANDS = (
    ("forecast train prices.csv", "learn from a file, see how good it is"),
    ("forecast predict", "forecast the next values"),
    ("forecast evaluate prices.csv", "compare with simple methods"),
    ("forecast check prices.csv", "see what is odd in a file"),
)
"""What a newcomer types."""
SETTINGS = (
    "Every option can also be set by an environment variable (FORECAST_HORIZON=5) or in the file forecast.toml "
    "(horizon = 5, at its top or in a table such as [train]), or in the table [tool.forecast] of pyproject.toml. The "
    "command line comes first, then the variable, then forecast.toml. forecast config shows what is set."
)

app = typer.Typer(
    cls=Program,
    help="Forecast time series in CSV files, with honest intervals and a comparison with the naive forecast.",
    context_settings={"help_option_names": ["-h", "--help"]},
    # The plain help appears in half the time of the one with frames and colours.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (check, train, predict, evaluate, batch, ledger, inspect, config, doctor):
    app.command(cls=command_with(EXAMPLES[command.__name__]))(command)
Program.examples = FIRST_COMMANDS
Program.notes = (SETTINGS, "\n".join(["Exit codes:", *(f"{code:5d}  {word}" for code, word in EXIT_CODES.items())]))


def _print_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"forecast {forecaster.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _without_command(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback has done the work
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Show what to type first where no command is named."""
    if context.invoked_subcommand is None:
        typer.echo(first_steps(FIRST_COMMANDS), err=True)
        raise typer.Exit(UsageError.exit_code)
