"""`forecast inspect`: what a model file holds, or how far back its networks learn, for people or as JSON."""

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
) -> int:
    """Show what a model file holds, or how its networks learn."""
    # Imported here, because help must not load pandas.
    from forecaster.cli.gradients import gradient_lines, gradient_record
    from forecaster.cli.logs import TextLog
    from forecaster.cli.messages import Messages
    from forecaster.cli.output import as_json, terminal_width, write_standard_output
    from forecaster.cli.records import record_lines
    from forecaster.workflow.gradients import gradients as measure_gradients
    from forecaster.workflow.inspect import inspect as describe_model

    messages, failed = Messages(TextLog(quiet=False)), {}
    if gradients:
        found = measure_gradients(model, sources or (), selection=selection)
        text = as_json(gradient_record(found)) if json else "\n".join(gradient_lines(found, terminal_width()))
        messages.print_findings(found.findings)
        failed = dict(found.failed)
    elif sources or selection != Selection():
        raise UsageError("a SOURCE and its columns are for --gradients alone", "add --gradients, or leave them out")
    else:
        content = describe_model(model)
        text = as_json(content) if json else "\n".join(record_lines(content, terminal_width()))
    write_standard_output(f"{text}\n".encode())
    messages.print_failures(failed)
    return SOME_FAILED if failed else DONE
