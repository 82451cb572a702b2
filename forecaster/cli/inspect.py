"""`forecast inspect`: what a model file holds, or how far back its networks learn, for people or as JSON."""

from forecaster.cli import options, reading_options
from forecaster.cli.exits import DONE, SOME_FAILED
from forecaster.errors import UsageError


def inspect(  # noqa: PLR0917 - Typer makes an option of each argument
    model: options.ModelArgument = options.DEFAULT_MODEL,
    sources: options.MeasuredSources = None,
    gradients: options.Gradients = False,
    target: reading_options.Target = None,
    time: reading_options.Time = None,
    series: reading_options.Series = None,
    known: reading_options.Known = None,
    json: options.Json = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Show what a model file holds, or how its networks learn."""
    arguments = locals()
    from forecaster.cli.gradients import gradient_lines, gradient_record
    from forecaster.cli.messages import Messages
    from forecaster.cli.output import as_json, terminal_width, write_standard_output
    from forecaster.cli.records import record_lines
    from forecaster.workflow import gradients as measuring  # here, because help must not load pandas
    from forecaster.workflow import inspect as reading

    messages, failed = Messages(quiet=False), {}
    if gradients:
        found = measuring.gradients(model, sources or (), selection=reading_options.selection(arguments))
        text = as_json(gradient_record(found)) if json else "\n".join(gradient_lines(found, terminal_width()))
        messages.findings(found.findings)
        failed = dict(found.failed)
    elif sources or target or time or series or known:
        raise UsageError("a SOURCE and its columns are for --gradients alone", "add --gradients, or leave them out")
    else:
        content = reading.inspect(model)
        text = as_json(content) if json else "\n".join(record_lines(content, terminal_width()))
    write_standard_output(f"{text}\n".encode())
    messages.failures(failed)
    return SOME_FAILED if failed else DONE
