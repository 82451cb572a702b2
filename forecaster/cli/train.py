"""`forecast train`: series in, one model file out."""

from pathlib import Path

from forecaster.cli import options
from forecaster.cli.exits import DONE, SOME_FAILED
from forecaster.errors import UsageError
from forecaster.spec import Selection


def train(  # noqa: PLR0917 - Typer makes an option of each argument
    sources: options.Sources,
    output: options.ModelOutput = options.DEFAULT_MODEL,
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
    batch: options.Batch = None,
    early_stopping: options.EarlyStopping = None,
    all_rows: options.AllRows = True,
    effort: options.Effort = "standard",
    time_limit: options.TimeLimit = None,
    seed: options.Seed = 0,
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
            specification=options.specification(arguments),
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
