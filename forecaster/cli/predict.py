"""`forecast predict`: forecast from a table or a model file, or from each of many."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecaster.cli import ledger_options, options, picture_options
from forecaster.cli.shared_options import with_shared_options
from forecaster.cli.validators import first_model
from forecaster.errors import DONE, SOME_FAILED, UsageError
from forecaster.progress import READING
from forecaster.spec import Panel, Selection, Specification
from forecaster.text import quoted

if TYPE_CHECKING:
    from forecaster.cli.one_forecast import OneForecastLedger
    from forecaster.workflow.request import CheckSize, Request
    from forecaster.workflow.results import Prediction

OtherMethods = Annotated[
    bool,
    typer.Option(
        "--members",
        help="Add what simple methods forecast: last value, drift, seasonal naive and Theta, a column each.",
        rich_help_panel=Panel.OUTPUT,
    ),
]
READING_OPTIONS = (
    *("targets", "time", "series", "known", "date_format", "decimal", "delimiter", "encoding", "header"),
    *("every", "agg", "drop_last"),
)
"""What may differ between newer files and those of training; the model keeps the rest of the selection."""


@with_shared_options(selection=READING_OPTIONS, specification=("minimum", "maximum"))
def predict(
    context: typer.Context,
    *,
    sources: options.NewerSources = None,
    files_from: options.FilesFrom = None,
    model: options.ModelToForecast = None,
    zero_shot: options.ZeroShot = False,
    horizon: options.AnyHorizon = None,
    at: options.At = None,
    level: options.Level = None,
    samples: options.Samples = None,
    seed: options.DrawSeed = 0,
    explain: options.Explain = False,
    members: OtherMethods = False,
    specification: Specification,
    selection: Selection,
    format: options.Format = None,  # noqa: A002 - named like its option
    dates: options.Dates = "file",
    output: options.Output = None,
    out: options.Out = None,
    newer: options.Newer = None,
    by_series: options.BySeries = False,
    jobs: options.Jobs = None,
    ledger: ledger_options.LedgerToWrite = None,
    chart: picture_options.Chart = None,
    plot: picture_options.Plot = None,
    report: picture_options.Report = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_format: options.LogFormat = "text",
) -> int:
    """Forecast from a file without training, or with a model."""
    arguments = locals()
    if out is None and (newer or by_series):
        raise UsageError("--newer and --by-series are for --out", "add --out FOLDER, or leave them out")
    if out is not None and ledger is not None:
        raise UsageError("--ledger is for one forecast, not for --out", "use forecast batch, which has a ledger")
    # Imported here, because help must not load them; pandas when progress is shown already, because it takes a while.
    from forecaster.cli.logs import open_log

    log = open_log(log_format, quiet=quiet, verbose=verbose)
    first = str(sources[0] if sources else files_from or model or options.DEFAULT_MODEL)
    if out is not None:
        with log.show_progress(READING, first):
            from forecaster.cli.into_folder import predict_into_folder, report_forecasts

            done = predict_into_folder(arguments)
        return report_forecasts(done, out, log)
    with log.show_progress(READING, first):
        from forecaster.cli.forecast_table import forecast_table
        from forecaster.cli.json_messages import open_messages
        from forecaster.cli.output import Destination
        from forecaster.cli.picture import check_picture, write_picture
        from forecaster.cli.report import check_report, write_report
        from forecaster.cli.result_sizes import check_sizes
        from forecaster.workflow import expand_sources
        from forecaster.workflow.chart_series import charts_of_prediction
        from forecaster.workflow.frame_files import frame_in_form
        from forecaster.workflow.request import Extent, Request

        files, place = expand_sources(sources or (), files_from), model or options.DEFAULT_MODEL
        inputs: list[str | Path] = [place, *files]
        destination = Destination.choose(output, format, inputs)
        picture, page_of_report = check_picture(plot, inputs), check_report(report, inputs)
        _refuse_model_as_source(files)
        limits = specification.minimum, specification.maximum
        request = Request(horizon, at or (), level or (), samples, seed, *limits, explain, members)
        # before anything is read: of one series, which is the least
        destination.check_size(Extent(cells=request.count_cells(steps=horizon or 1)))
        result, remembered = _forecast(
            arguments, files, request, partial(check_sizes, destination, picture, page_of_report)
        )
        frame = frame_in_form(result, destination.form, dates)
    messages = open_messages(log)
    messages.print_main_findings(result.findings, files)
    judged = log.verbose or not result.from_model
    messages.print_facts([("Method", result.method), ("Accuracy", result.accuracy)] if judged else [])
    if log.verbose:
        messages.print_verdict(result.verdict)
    if destination.is_terminal_table and (result.findings or judged):
        messages.print_blank_line()
    destination.write(frame, lambda page: forecast_table(frame, result, page))
    messages.print_parts(frame, result.parts)
    messages.print_charts(find_charts := partial(charts_of_prediction, result), chart=chart)
    messages.print_written(destination.path)
    write_picture(picture, find_charts, messages)
    write_report(page_of_report, result, context, files, messages)
    messages.print_failures(result.failed)
    messages.print_elapsed()
    return _exit_code(result, remembered)


def _exit_code(result: "Prediction", remembered: "OneForecastLedger | None") -> int:
    """Return the exit code after a forecast was written.

    Raises:
        ForecasterError: The ledger does not have it.

    """
    if remembered:
        remembered.raise_failure()
    return SOME_FAILED if result.failed else DONE


def _refuse_model_as_source(files: Sequence[str]) -> None:
    """Check that no file with rows is a model."""
    if trained := first_model(files):
        raise UsageError(f"{trained} is a model, not a file with rows", f"name it with --model {quoted(str(trained))}")


def _forecast(
    arguments: Mapping[str, Any], files: Sequence[str], request: "Request", check: "CheckSize"
) -> tuple["Prediction", "OneForecastLedger | None"]:
    """Forecast as the arguments of the command say, and remember the forecast in a ledger if there is one.

    What the ledger cannot take, it says when the forecast has been written.

    Raises:
        ForecasterError: As its subclasses say.

    """
    from forecaster.cli.one_forecast import OneForecastLedger
    from forecaster.series.limits import limits_between
    from forecaster.workflow.predict import predict, predict_table, predict_with_default

    model, selection, ledger = (arguments[name] for name in ("model", "selection", "ledger"))
    if arguments["zero_shot"]:
        _refuse_model(model, files)
    remembered = OneForecastLedger.begin(ledger, files) if ledger else None
    used = model or options.DEFAULT_MODEL
    if arguments["zero_shot"]:
        result = predict_table(files, selection=selection, request=request, check_size=check)
    elif files and model is None:
        result = predict_with_default(used, files, selection=selection, request=request, check_size=check)
    else:
        result = predict(used, files, selection=selection, request=request, check_size=check)
    if remembered:
        result = remembered.take(result, used, limits_between(request.minimum, request.maximum))
    return result, remembered


def _refuse_model(model: Path | None, files: Sequence[str]) -> None:
    """Check that a forecast without a model names none, and has files."""
    if model is not None:
        raise UsageError("--zero-shot cannot be used with --model", "leave one of them out")
    if not files:
        raise UsageError(
            "--zero-shot needs a file to forecast", "name one, such as forecast predict prices.csv --zero-shot"
        )
