"""`forecast evaluate`: backtest on series, and write the scores of the forecast and of the baselines."""

from contextlib import ExitStack
from functools import partial

import typer

from forecaster.cli import options, picture_options
from forecaster.cli.backend import Backend, Scheduler, open_backend, refuse_with_cluster
from forecaster.cli.shared_options import with_shared_options
from forecaster.cli.validators import folds_per_fit, require_sources
from forecaster.errors import DONE, SOME_FAILED, UsageError
from forecaster.progress import READING
from forecaster.spec import Selection, Specification


@with_shared_options()
def evaluate(
    context: typer.Context,
    *,
    sources: options.Sources = None,
    files_from: options.FilesFrom = None,
    folds: options.Folds = 5,
    step: options.Step = None,
    refit: options.Refit = "folds",
    baselines: options.Baselines = None,
    per_horizon: options.PerHorizon = False,
    per_series: options.PerSeries = False,
    format: options.Format = None,  # noqa: A002 - named like its option
    output: options.Output = None,
    forecasts: options.Forecasts = None,
    selection: Selection,
    repair: options.Repair = "safe",
    specification: Specification,
    resume: options.Resume = True,
    jobs: options.Jobs = None,
    backend: Backend = "local",
    scheduler: Scheduler = None,
    chart: picture_options.Chart = None,
    plot: picture_options.Plot = None,
    report: picture_options.Report = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_format: options.LogFormat = "text",
) -> int:
    """Compare the forecast with simple methods, on forecasts of the past."""
    require_sources(sources, files_from, "evaluate")
    if forecasts in options.STANDARD_OUTPUT:
        raise UsageError("--forecasts needs a file: standard output is for the scores", "name one that ends in .csv")
    # Imported here, because help must not load them; pandas when progress is shown already, because it takes a while.
    from forecaster.cli.logs import open_log

    log = open_log(log_format, quiet=quiet, verbose=verbose)
    refuse_with_cluster(backend, {"--time-limit": specification.time_limit})
    with ExitStack() as held:
        with log.show_progress(READING, str(sources[0] if sources else files_from)):
            from forecaster.cli.json_messages import open_messages
            from forecaster.cli.output import Destination
            from forecaster.cli.picture import check_picture, write_picture
            from forecaster.cli.report import check_report, write_report
            from forecaster.cli.result_sizes import check_sizes
            from forecaster.cli.score_table import evaluation_lines
            from forecaster.cli.train_screen import print_resumption
            from forecaster.workflow import expand_sources
            from forecaster.workflow.chart_series import charts_of_evaluation
            from forecaster.workflow.evaluate import evaluate as evaluate_methods
            from forecaster.workflow.fold_checkpoints import fold_checkpoints

            files, messages = expand_sources(sources or (), files_from), open_messages(log)
            tasks_at_once = held.enter_context(open_backend(backend, scheduler, jobs))
            destination = Destination.choose(output, format, files)
            details = Destination.choose(forecasts, None, files) if forecasts else None
            picture = check_picture(plot, files)
            page_of_report = check_report(report, files)
            result = evaluate_methods(
                files,
                selection=selection,
                repair=repair,
                specification=specification,
                folds=folds,
                step=step,
                refit=folds_per_fit(refit),
                baselines=tuple(baselines.split(",")) if baselines else (),
                jobs=tasks_at_once,
                checkpoints=held.enter_context(fold_checkpoints(files[0], resume=resume))
                if backend == "local"
                else None,
                check_size=partial(check_sizes, details, picture, page_of_report),
                announce_resumption=lambda found: print_resumption(found, messages),
            )
        messages.print_main_findings(result.findings, files)
        if destination.is_terminal_table and result.findings:
            messages.print_blank_line()
        destination.write(
            result.stacked_scores(by_series=per_series, by_step=per_horizon),
            partial(evaluation_lines, result, by_series=per_series, by_step=per_horizon, verbose=verbose),
        )
        messages.print_written(destination.path)
        if details:
            details.write(result.forecasts)
            messages.print_written(details.path)
    messages.print_blank_line()
    sentences = [*result.accuracy_sentences, *(() if per_series else result.hardest_sentence)]
    messages.print_facts([("Accuracy", sentences[0]), *(("", sentence) for sentence in sentences[1:])])
    if log.verbose:
        messages.print_verdict(result.verdict.sentences)
        if not per_series:
            messages.print_hardest(result.hardest, result.verdict.baseline)
        messages.print_decisions(result.decisions)
    messages.print_charts(lambda: charts_of_evaluation(result), chart=chart)
    write_picture(picture, lambda: charts_of_evaluation(result), messages)
    write_report(page_of_report, result, context, files, messages)
    messages.print_failures(result.failed)
    messages.print_elapsed()
    return SOME_FAILED if result.failed else DONE
