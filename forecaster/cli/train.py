"""`forecast train`: train on series, and write one model file, or one for each file."""

from forecaster.cli import options
from forecaster.cli.shared_options import with_shared_options
from forecaster.cli.validators import require_sources
from forecaster.errors import DONE, SOME_FAILED, UsageError
from forecaster.spec import Selection, Specification


@with_shared_options()
def train(
    *,
    sources: options.Sources = None,
    files_from: options.FilesFrom = None,
    output: options.ModelOutput = options.DEFAULT_MODEL,
    out: options.Out = None,
    selection: Selection,
    repair: options.Repair = "safe",
    specification: Specification,
    require_skill: options.RequireSkill = None,
    jobs: options.Jobs = None,
    dry_run: options.DryRun = False,
    plot: options.Plot = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Train a network on series and keep it in one model file."""
    arguments = locals()
    require_sources(sources, files_from)
    # Imported here, because help must not load pandas.
    from forecaster.cli.messages import Messages
    from forecaster.cli.train_screen import print_plan, print_result
    from forecaster.workflow import expand_sources
    from forecaster.workflow.train import train as train_model

    if out is not None:
        from forecaster.cli.batch import train_into_folder

        return train_into_folder(arguments)
    if output == options.STANDARD_OUTPUT:
        raise UsageError("a model cannot be written to standard output", "name a file with --output")
    messages = Messages(quiet=quiet, verbose=verbose)
    files = expand_sources(sources or (), files_from)
    with messages.show_progress() as watch:
        result = train_model(
            files,
            selection=selection,
            repair=repair,
            specification=specification,
            output=output,
            jobs=jobs,
            dry_run=dry_run,
            require_skill=require_skill,
            watch=watch,
            announce=lambda plan: print_plan(plan, files, messages, verbose=verbose),
        )
    if dry_run and verbose:
        messages.print_sizes(result.facts)
        messages.print_blank_line()
    if dry_run:
        messages.print_facts([("Dry run", "nothing was trained, nothing was written")])
    print_result(result, messages, plot=plot, verbose=verbose)
    return SOME_FAILED if result.failed else DONE
