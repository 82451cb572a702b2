"""`forecast evaluate`: series in, scores of the network and the baselines side by side out."""

from pathlib import Path

from forecaster.cli import options, reading_options, training_options
from forecaster.cli.exits import DONE, SOME_FAILED
from forecaster.cli.validators import folds_of_a_fit, require_sources
from forecaster.errors import UsageError


def evaluate(  # noqa: PLR0917 - Typer makes an option of each argument
    sources: options.Sources = None,
    files_from: reading_options.FilesFrom = None,
    folds: options.Folds = 5,
    step: options.Step = None,
    refit: options.Refit = "folds",
    baselines: options.Baselines = None,
    per_horizon: options.PerHorizon = False,
    per_series: options.PerSeries = False,
    format: options.Format = None,  # noqa: A002 - named like its option
    output: options.Output = None,
    forecasts: options.Forecasts = None,
    target: reading_options.Target = None,
    time: reading_options.Time = None,
    series: reading_options.Series = None,
    observed: reading_options.Observed = None,
    known: reading_options.Known = None,
    date_format: reading_options.DateFormat = None,
    decimal: reading_options.Decimal = None,
    delimiter: reading_options.Delimiter = None,
    encoding: reading_options.Encoding = None,
    header: reading_options.Header = None,
    calendar: reading_options.Calendar = None,
    repair: reading_options.Repair = "safe",
    horizon: training_options.Horizon = None,
    lookback: training_options.Lookback = None,
    season: training_options.Season = None,
    segment: training_options.Segment = None,
    mode: training_options.Mode = None,
    irregular: training_options.Irregular = False,
    arch: training_options.Arch = "many-to-one",
    cell: training_options.Cell = "gru",
    activation: training_options.Activation = "tanh",
    bidirectional: training_options.Bidirectional = False,
    hidden: training_options.Hidden = None,
    layers: training_options.Layers = 1,
    dropout: training_options.Dropout = 0.0,
    residual: training_options.Residual = False,
    members: training_options.Members = None,
    epochs: training_options.Epochs = None,
    updates: training_options.Updates = None,
    batch: training_options.Batch = None,
    early_stopping: training_options.EarlyStopping = None,
    all_rows: training_options.AllRows = True,
    effort: training_options.Effort = "standard",
    time_limit: training_options.TimeLimit = None,
    seed: training_options.Seed = 0,
    jobs: options.Jobs = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Backtest the network and the baselines side by side."""
    arguments = locals()
    require_sources(sources, files_from)
    from forecaster.cli.messages import Messages
    from forecaster.cli.output import Destination, stacked
    from forecaster.workflow import evaluate as workflow  # here, because help must not load pandas
    from forecaster.workflow import expand

    messages = Messages(quiet=quiet)
    files = expand(sources or (), files_from)
    destination = Destination.choose(output, format, files)
    if forecasts == Path("-"):
        raise UsageError("--forecasts needs a file: standard output is for the scores", "name one that ends in .csv")
    details = Destination.choose(forecasts, None, [*files, output]) if forecasts else None
    with messages.progress() as watch:
        result = workflow.evaluate(
            files,
            selection=reading_options.selection(arguments),
            repair=repair,
            specification=training_options.specification(arguments),
            folds=folds,
            step=step,
            refit=folds_of_a_fit(refit),
            baselines=tuple(baselines.split(",")) if baselines else (),
            jobs=jobs,
            watch=watch,
        )
    messages.findings(result.findings)
    parts = [result.scores_by_series] * per_series + [result.scores_by_step] * per_horizon
    destination.write(stacked(result.scores, parts))
    messages.written(destination.path)
    if details:
        details.write(result.forecasts)
        messages.written(details.path)
    messages.decisions(result.decisions)
    messages.verdict(result.verdict.sentences)
    if not per_series:
        messages.hardest(result.hardest, result.verdict.baseline)
    messages.failures(result.failed)
    return SOME_FAILED if result.failed else DONE
