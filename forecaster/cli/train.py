"""`forecast train`: series in, one model file out, or one for each file in."""

from pathlib import Path

from forecaster.cli import options, reading_options, training_options
from forecaster.cli.exits import DONE, SOME_FAILED
from forecaster.cli.validators import require_sources
from forecaster.errors import UsageError


def train(
    sources: options.Sources = None,
    files_from: reading_options.FilesFrom = None,
    output: options.ModelOutput = options.DEFAULT_MODEL,
    out: options.Out = None,
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
    require_skill: options.RequireSkill = None,
    jobs: options.Jobs = None,
    dry_run: options.DryRun = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Train a network on series and keep it in one model file."""
    arguments = locals()
    require_sources(sources, files_from)
    from forecaster.cli.messages import Messages
    from forecaster.workflow import expand
    from forecaster.workflow import train as workflow  # here, because help must not load pandas

    if out is not None:
        from forecaster.cli.batch import train_each

        return train_each(arguments)
    if output == Path("-"):
        raise UsageError("a model cannot be written to standard output", "name a file with --output")
    messages = Messages(quiet=quiet)
    with messages.progress() as watch:
        result = workflow.train(
            expand(sources or (), files_from),
            selection=reading_options.selection(arguments),
            repair=repair,
            specification=training_options.specification(arguments),
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
