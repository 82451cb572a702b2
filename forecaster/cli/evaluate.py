"""`forecast evaluate`: series in, scores of the network and the baselines side by side out."""

from pathlib import Path

from forecaster.cli import options
from forecaster.cli.exits import DONE, SOME_FAILED
from forecaster.errors import UsageError
from forecaster.spec import Selection


def evaluate(  # noqa: PLR0917 - Typer makes an option of each argument
    sources: options.Sources,
    folds: options.Folds = 5,
    step: options.Step = None,
    per_horizon: options.PerHorizon = False,
    format: options.Format = None,  # noqa: A002 - named like its option
    output: options.Output = None,
    forecasts: options.Forecasts = None,
    target: options.Target = None,
    time: options.Time = None,
    series: options.Series = None,
    horizon: options.Horizon = None,
    lookback: options.Lookback = None,
    season: options.Season = None,
    segment: options.Segment = None,
    mode: options.Mode = None,
    irregular: options.Irregular = False,
    arch: options.Arch = "many-to-one",
    cell: options.Cell = "gru",
    activation: options.Activation = "tanh",
    bidirectional: options.Bidirectional = False,
    hidden: options.Hidden = None,
    layers: options.Layers = 1,
    dropout: options.Dropout = 0.0,
    residual: options.Residual = False,
    members: options.Members = None,
    epochs: options.Epochs = None,
    updates: options.Updates = None,
    batch: options.Batch = 64,
    early_stopping: options.EarlyStopping = True,
    refit: options.Refit = True,
    seed: options.Seed = 0,
    jobs: options.Jobs = 1,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Backtest the network and the baselines side by side."""
    arguments = locals()
    from forecaster import workflow  # here, because help must not load pandas
    from forecaster.cli.messages import Messages
    from forecaster.cli.output import Destination, with_steps

    messages = Messages(quiet=quiet)
    destination = Destination.choose(output, format, sources)
    if forecasts == Path("-"):
        raise UsageError("--forecasts needs a file: standard output is for the scores", "name one that ends in .csv")
    details = Destination.choose(forecasts, None, [*sources, output]) if forecasts else None
    with messages.progress() as watch:
        result = workflow.evaluate(
            sources,
            selection=Selection(time, tuple(target or ()), series),
            specification=options.specification(arguments),
            folds=folds,
            step=step,
            jobs=jobs,
            watch=watch,
        )
    messages.findings(result.findings)
    destination.write(with_steps(result.scores, result.scores_by_step) if per_horizon else result.scores)
    messages.written(destination.path)
    if details:
        details.write(result.forecasts)
        messages.written(details.path)
    messages.decisions(result.decisions)
    messages.verdict(result.verdict.sentences)
    messages.failures(result.failed)
    return SOME_FAILED if result.failed else DONE
