"""`forecast predict`: forecast from a model file, or from each of many."""

from forecaster.cli import options
from forecaster.cli.shared_options import with_shared_options
from forecaster.errors import DONE, SOME_FAILED, UsageError
from forecaster.spec import Selection

READING_OPTIONS = ("targets", "time", "series", "known", "date_format", "decimal", "delimiter", "encoding", "header")
"""What may differ between newer files and those of training; the model keeps the rest of the selection."""


@with_shared_options(selection=READING_OPTIONS)
def predict(
    *,
    sources: options.NewerSources = None,
    files_from: options.FilesFrom = None,
    model: options.ModelInput = options.DEFAULT_MODEL,
    horizon: options.AnyHorizon = None,
    at: options.At = None,
    level: options.Level = None,
    samples: options.Samples = None,
    seed: options.DrawSeed = 0,
    selection: Selection,
    format: options.Format = None,  # noqa: A002 - named like its option
    dates: options.Dates = "file",
    output: options.Output = None,
    out: options.Out = None,
    newer: options.Newer = None,
    by_series: options.BySeries = False,
    jobs: options.Jobs = None,
    quiet: options.Quiet = False,
) -> int:
    """Forecast from the rows that a model keeps, or from newer ones."""
    arguments = locals()
    # Imported here, because help must not load pandas.
    from forecaster.cli.messages import Messages
    from forecaster.cli.output import Destination, frame_in_form
    from forecaster.workflow import expand_sources
    from forecaster.workflow.predict import predict as predict_series

    if out is not None:
        from forecaster.cli.batch import predict_into_folder

        return predict_into_folder(arguments)
    if newer or by_series:
        raise UsageError("--newer and --by-series are for --out", "add --out FOLDER, or leave them out")
    messages = Messages(quiet=quiet)
    files = expand_sources(sources or (), files_from)
    destination = Destination.choose(output, format, [model, *files, *selection.known])
    result = predict_series(
        model,
        files,
        selection=selection,
        horizon=horizon,
        at=at or (),
        levels=level or (),
        samples=samples,
        seed=seed,
    )
    messages.print_findings(result.findings)
    destination.write(frame_in_form(result, destination.form, dates))
    messages.print_written(destination.path)
    messages.print_failures(result.failed)
    return SOME_FAILED if result.failed else DONE
