"""`forecast inspect`: what a model file holds, for people or as one JSON document."""
# ruff: noqa: ARG001 - the callbacks of --debug and --config have done their work before

from forecaster.cli import options
from forecaster.cli.exits import DONE


def inspect(
    model: options.ModelArgument = options.DEFAULT_MODEL,
    json: options.Json = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Show what a model file holds."""
    from forecaster import workflow  # here, because help must not load pandas
    from forecaster.cli.output import as_json, terminal_width, write_standard_output
    from forecaster.cli.records import record_lines

    content = workflow.inspect(model)
    text = as_json(content) if json else "\n".join(record_lines(content, terminal_width()))
    write_standard_output(f"{text}\n".encode())
    return DONE
