"""`forecast train`: train on series, and write one model file, or one for each file."""

from functools import partial

import typer

from forecaster.cli import options, picture_options
from forecaster.cli.backend import Backend, Scheduler, open_backend, refuse_with_cluster
from forecaster.cli.shared_options import with_shared_options
from forecaster.cli.validators import first_model, require_sources
from forecaster.errors import DONE, SOME_FAILED, UsageError
from forecaster.files.atomic import resolve_links
from forecaster.files.unfinished import sweep_unfinished_files
from forecaster.progress import READING
from forecaster.spec import Selection, Specification


@with_shared_options()
def train(
    context: typer.Context,
    *,
    sources: options.Sources = None,
    files_from: options.FilesFrom = None,
    output: options.ModelOutput = options.DEFAULT_MODEL,
    out: options.Out = None,
    selection: Selection,
    repair: options.Repair = "safe",
    specification: Specification,
    require_skill: options.RequireSkill = None,
    update: options.Update = None,
    resume: options.Resume = True,
    jobs: options.Jobs = None,
    backend: Backend = "local",
    scheduler: Scheduler = None,
    dry_run: options.DryRun = False,
    chart: picture_options.Chart = None,
    plot: picture_options.Plot = None,
    report: picture_options.Report = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_format: options.LogFormat = "text",
) -> int:
    """Learn from files, say how good the forecasts are, and write a model."""
    arguments = locals()
    require_sources(sources, files_from, "train")
    if out is None and output in options.STANDARD_OUTPUT:
        raise UsageError("a model cannot be written to standard output", "name a file with --output")
    # Imported here, because help must not load them; pandas when progress is shown already, because it takes a while.
    from forecaster.cli.logs import open_log

    log, first = open_log(log_format, quiet=quiet, verbose=verbose), str(sources[0] if sources else files_from)
    refuse_with_cluster(backend, {"--update": update, "--time-limit": out is None and specification.time_limit})
    if update is not None:
        with log.show_progress(READING, first):
            from forecaster.cli.json_messages import open_messages
            from forecaster.cli.update import report_update, update_model

            messages = open_messages(log)
            updated = update_model(arguments, messages)
        return report_update(updated, messages)
    if out is not None:
        with log.show_progress(READING, first), open_backend(backend, scheduler, jobs) as arguments["jobs"]:
            from forecaster.cli.into_folder import report_training, train_into_folder

            done = train_into_folder(arguments)
        return report_training(done, out, log)
    with log.show_progress(READING, first), open_backend(backend, scheduler, jobs) as tasks_at_once:
        from forecaster.cli.json_messages import open_messages
        from forecaster.cli.picture import check_picture, write_picture
        from forecaster.cli.report import check_report, write_report
        from forecaster.cli.result_sizes import check_sizes
        from forecaster.cli.train_screen import print_plan, print_result, print_resumption
        from forecaster.workflow import expand_sources
        from forecaster.workflow.chart_series import charts_of_training
        from forecaster.workflow.train import train as train_model

        messages, files = open_messages(log), expand_sources(sources or (), files_from)
        if trained := first_model(files):
            remedy = "name the file with rows: forecast train prices.csv"
            raise UsageError(f"{trained} is a model, not a file with rows", remedy)
        picture, page_of_report = check_picture(plot, files), check_report(report, files)
        sweep_unfinished_files(resolve_links(output).parent)
        result = train_model(
            files,
            selection=selection,
            repair=repair,
            specification=specification,
            output=output,
            jobs=tasks_at_once,
            dry_run=dry_run,
            require_skill=require_skill,
            resume=resume,
            check_size=partial(check_sizes, None, None if dry_run else picture, None if dry_run else page_of_report),
            announce=lambda plan: print_plan(plan, files, messages, verbose=log.verbose),
            announce_resumption=lambda found: print_resumption(found, messages),
        )
    if dry_run and log.verbose:
        messages.print_sizes(result.facts)
        messages.print_blank_line()
    if dry_run:
        messages.print_facts([("Dry run", "nothing was trained, nothing was written")])
    print_result(result, messages, chart=chart, verbose=log.verbose)
    write_picture(None if dry_run else picture, lambda: charts_of_training(result), messages)
    write_report(page_of_report, result, context, files, messages)
    messages.print_elapsed()
    return SOME_FAILED if result.failed else DONE
