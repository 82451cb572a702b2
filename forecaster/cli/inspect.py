"""`forecast inspect`: a page about a model, all of its content, or how far back its networks learn."""

from forecaster.cli import options
from forecaster.cli.shared_options import with_shared_options
from forecaster.errors import DONE, SOME_FAILED, UsageError
from forecaster.spec import Selection


@with_shared_options(selection=("targets", "time", "series", "known"))
def inspect(
    *,
    model: options.ModelArgument = options.DEFAULT_MODEL,
    sources: options.MeasuredSources = None,
    gradients: options.Gradients = False,
    selection: Selection,
    json: options.Json = False,
    verbose: options.Verbose = False,
) -> int:
    """Show what a model was trained on and how good it is."""
    # Imported here, because help must not load pandas.
    from forecaster.cli.gradients import gradient_lines, gradient_record
    from forecaster.cli.logs import TextLog
    from forecaster.cli.messages import Messages
    from forecaster.cli.model_page import model_page_lines
    from forecaster.cli.output import write_standard_output
    from forecaster.cli.page import Page
    from forecaster.cli.records import record_lines
    from forecaster.workflow.frame_files import as_json
    from forecaster.workflow.gradients import gradients as measure_gradients
    from forecaster.workflow.inspect import describe_for_user
    from forecaster.workflow.inspect import inspect as describe_content

    messages, failed = Messages(TextLog(quiet=False, verbose=verbose)), {}
    width = Page.of_standard_output().width
    if gradients:
        found = measure_gradients(model, sources or (), selection=selection)
        text = as_json(gradient_record(found)) if json else "\n".join(gradient_lines(found, width))
        messages.print_findings(found.findings)
        failed = dict(found.failed)
    elif sources or selection != Selection():
        raise UsageError("a SOURCE and its columns are only for --gradients", "add --gradients, or leave them out")
    elif json:
        text = as_json(describe_content(model))
    else:
        lines = model_page_lines(model, describe_for_user(model), width)
        lines += ["", *record_lines(describe_content(model), width)] if verbose else []
        text = "\n".join(lines)
    write_standard_output(f"{text}\n".encode())
    messages.print_failures(failed)
    return SOME_FAILED if failed else DONE
