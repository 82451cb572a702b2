"""`forecast check`: files in, everything that is odd or wrong about them out, and on request the mended table."""

from pathlib import Path

from forecaster.cli import options, reading_options, training_options
from forecaster.cli.exits import ALL_FAILED, DONE, SOME_FAILED
from forecaster.cli.validators import require_sources
from forecaster.errors import UsageError, counted
from forecaster.spec import Specification


def check(  # noqa: PLR0917 - Typer makes an option of each argument
    sources: options.Sources = None,
    files_from: reading_options.FilesFrom = None,
    repair: reading_options.Repair = "safe",
    horizon: training_options.Horizon = None,
    irregular: training_options.Irregular = False,
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
    format: options.Format = None,  # noqa: A002 - named like its option
    output: options.Repaired = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
    config: options.Config = None,
) -> int:
    """Tell what is odd or wrong about files, and mend it."""
    arguments = locals()
    require_sources(sources, files_from)
    from forecaster.cli.findings import finding_lines
    from forecaster.cli.messages import Messages
    from forecaster.cli.output import Destination, terminal_width, write_standard_output
    from forecaster.workflow import check as workflow  # here, because help must not load pandas
    from forecaster.workflow import expand

    files = expand(sources or (), files_from)
    if output is not None and len(files) != 1:
        raise UsageError("--output is for one SOURCE", "mend the files one by one")
    if output == Path("-"):
        raise UsageError("--output needs a file: standard output is for the findings", "name one that ends in .csv")
    stdout = Destination.choose(None, format)
    mended = Destination.choose(output, None, [*files, *(known or ())]) if output is not None else None
    result = workflow.check(
        files,
        selection=reading_options.selection(arguments),
        repair=repair,
        specification=Specification(horizon=horizon, irregular=irregular),
        mend=mended is not None,
    )
    if stdout.form == "table":
        lines = finding_lines(result.findings, terminal_width())
        write_standard_output("".join(f"{line}\n" for line in lines).encode())
    else:
        stdout.write(result.frame())
    messages = Messages(quiet=quiet)
    if mended is not None and result.mended is not None:
        mended.write(result.mended)
        messages.written(mended.path)
    messages.failures(result.failed)
    errors = list(result.refused.values())
    if len(files) == 1 and errors:
        raise errors[0]
    if len(files) > 1:
        accepted = f"{len(files) - len(errors)} of {counted(len(files), 'file')} accepted"
        messages.summary(accepted, [str(error) for error in errors])
        if len(errors) == len(files):
            return ALL_FAILED
    return SOME_FAILED if errors or result.failed else DONE
