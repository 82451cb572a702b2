"""`forecast predict`: a model file in, forecasts out."""

from forecaster.cli import options, reading_options
from forecaster.cli.exits import DONE, SOME_FAILED
from forecaster.errors import UsageError


def predict(
    sources: options.NewerSources = None,
    files_from: reading_options.FilesFrom = None,
    model: options.ModelInput = options.DEFAULT_MODEL,
    horizon: options.AnyHorizon = None,
    at: options.At = None,
    level: options.Level = None,
    samples: options.Samples = None,
    seed: options.DrawSeed = 0,
    target: reading_options.Target = None,
    time: reading_options.Time = None,
    series: reading_options.Series = None,
    known: reading_options.Known = None,
    date_format: reading_options.DateFormat = None,
    decimal: reading_options.Decimal = None,
    delimiter: reading_options.Delimiter = None,
    encoding: reading_options.Encoding = None,
    header: reading_options.Header = None,
    format: options.Format = None,  # noqa: A002 - named like its option
    dates: options.Dates = "file",
    output: options.Output = None,
    out: options.Out = None,
    newer: options.Newer = None,
    by_series: options.BySeries = False,
    jobs: options.Jobs = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Forecast from the rows that a model keeps, or from newer ones."""
    arguments = locals()
    from forecaster.cli.messages import Messages
    from forecaster.cli.output import Destination, in_form
    from forecaster.workflow import expand
    from forecaster.workflow import predict as workflow  # here, because help must not load pandas

    if out is not None:
        from forecaster.cli.batch import predict_each

        return predict_each(arguments)
    if newer or by_series:
        raise UsageError("--newer and --by-series are for --out", "add --out FOLDER, or leave them out")
    messages = Messages(quiet=quiet)
    files = expand(sources or (), files_from)
    destination = Destination.choose(output, format, [model, *files, *(known or ())])
    selection = reading_options.selection(arguments)
    result = workflow.predict(
        model,
        files,
        selection=selection,
        horizon=horizon,
        at=at or (),
        levels=level or (),
        samples=samples,
        seed=seed,
    )
    messages.findings(result.findings)
    destination.write(in_form(result, destination.form, dates))
    messages.written(destination.path)
    messages.failures(result.failed)
    return SOME_FAILED if result.failed else DONE
