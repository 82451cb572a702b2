"""The program `forecast`: its commands, its version and the help that belongs to all of them."""

from typing import Annotated

import typer

import forecaster
from forecaster.cli.check import check
from forecaster.cli.evaluate import evaluate
from forecaster.cli.exits import EXIT_CODES
from forecaster.cli.inspect import inspect
from forecaster.cli.predict import predict
from forecaster.cli.single_values import CommandOfSingleValues
from forecaster.cli.train import train
from forecaster.errors import UsageError

# \b keeps the line breaks of the paragraph that it heads.
EPILOG = "\n".join(
    [
        "\b",
        "Examples:",
        "  forecast check prices.csv",
        "  forecast train prices.csv",
        "  forecast predict --horizon 5 | head -2",
        "  forecast evaluate prices.csv --folds 10",
        "",
        "Every option can also stand in a variable (FORECAST_HORIZON=5) or in the file forecast.toml (horizon = 5,",
        "at its top or in a table such as [train]). The command line wins over the variable, and that over the file.",
        "",
        "\b",
        "Exit codes:",
        *(f"{code:5d}  {meaning}" for code, meaning in EXIT_CODES.items()),
    ],
)

app = typer.Typer(
    help="Forecast time series: recurrent networks, honest intervals, and a verdict against the naive forecast.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    # The plain help appears in half the time of the one with frames and colours.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (check, train, predict, evaluate, inspect):
    app.command(cls=CommandOfSingleValues)(command)


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
    """Show the help where no command is named."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(UsageError.exit_code)
