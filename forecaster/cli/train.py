"""`forecast train`: series in, one model file out."""

from pathlib import Path

from forecaster.cli import options, training
from forecaster.cli.exits import DONE, SOME_FAILED
from forecaster.errors import UsageError
from forecaster.spec import Selection


def train(  # noqa: PLR0917 - Typer makes an option of each argument
    sources: options.Sources,
    output: options.ModelOutput = options.DEFAULT_MODEL,
    target: options.Target = None,
    time: options.Time = None,
    series: options.Series = None,
    horizon: training.Horizon = None,
    lookback: training.Lookback = None,
    season: training.Season = None,
    segment: training.Segment = None,
    mode: training.Mode = None,
    irregular: training.Irregular = False,
    arch: training.Arch = "many-to-one",
    cell: training.Cell = "gru",
    activation: training.Activation = "tanh",
    bidirectional: training.Bidirectional = False,
    hidden: training.Hidden = None,
    layers: training.Layers = 1,
    dropout: training.Dropout = 0.0,
    residual: training.Residual = False,
    members: training.Members = None,
    epochs: training.Epochs = None,
    updates: training.Updates = None,
    batch: training.Batch = None,
    early_stopping: training.EarlyStopping = None,
    all_rows: training.AllRows = True,
    effort: training.Effort = "standard",
    time_limit: training.TimeLimit = None,
    seed: training.Seed = 0,
    require_skill: options.RequireSkill = None,
    jobs: options.Jobs = None,
    dry_run: options.DryRun = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Train a network on series and keep it in one model file."""
    arguments = locals()
    from forecaster import workflow  # here, because help must not load pandas
    from forecaster.cli.messages import Messages

    if output == Path("-"):
        raise UsageError("a model cannot be written to standard output", "name a file with --output")
    messages = Messages(quiet=quiet)
    with messages.progress() as watch:
        result = workflow.train(
            sources,
            selection=Selection(time, tuple(target or ()), series),
            specification=training.specification(arguments),
            output=output,
            jobs=jobs,
            dry_run=dry_run,
            require_skill=require_skill,
            watch=watch,
        )
    messages.findings(result.findings)
    messages.decisions(result.decisions)
    if dry_run:
        messages.plan(result.facts)
    if result.scores is not None:
        messages.scores(result.scores)
    if result.verdict is not None:
        messages.verdict(result.verdict.sentences)
    if result.path is not None and result.digest is not None:
        messages.model(result.path, result.digest)
    messages.failures(result.failed)
    return SOME_FAILED if result.failed else DONE
