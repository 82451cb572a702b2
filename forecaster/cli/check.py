"""`forecast check`: report what is unusual or wrong in files, and write the repaired table on request."""

from dataclasses import replace

from forecaster.cli import options
from forecaster.cli.shared_options import with_shared_options
from forecaster.cli.validators import require_sources
from forecaster.errors import ALL_FAILED, DONE, SOME_FAILED, UsageError, counted
from forecaster.progress import READING
from forecaster.spec import Selection, Specification


@with_shared_options(specification=("horizon", "irregular", "minimum", "maximum"))
def check(
    *,
    sources: options.Sources = None,
    files_from: options.FilesFrom = None,
    repair: options.Repair = "safe",
    specification: Specification,
    selection: Selection,
    format: options.Format = None,  # noqa: A002 - named like its option
    output: options.Repaired = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_format: options.LogFormat = "text",
) -> int:
    """Report what is unusual or wrong in files, and repair it."""
    require_sources(sources, files_from, "check")
    if output in options.STANDARD_OUTPUT:
        raise UsageError("--output needs a file: standard output is for the findings", "name one that ends in .csv")
    # Imported here, because help must not load them; pandas when progress is shown already, because it takes a while.
    from forecaster.cli.logs import open_log

    log = open_log(log_format, quiet=quiet, verbose=verbose)
    with log.show_progress(READING, str(sources[0] if sources else files_from)):
        from forecaster.cli.findings import finding_lines, group_findings
        from forecaster.cli.json_messages import open_messages
        from forecaster.cli.output import Destination, write_standard_output
        from forecaster.cli.page import Page
        from forecaster.cli.tables import MOST_LISTED
        from forecaster.workflow import expand_sources
        from forecaster.workflow.check import check as check_files
        from forecaster.workflow.summary import is_choice_of_columns

        files = expand_sources(sources or (), files_from)
        if output is not None and len(files) != 1:
            raise UsageError("--output is for one SOURCE", "repair the files one by one")
        stdout = Destination.choose(None, format)
        repaired = Destination.choose(output, None, files) if output is not None else None
        result = check_files(
            files,
            selection=selection,
            repair=repair,
            specification=specification,
            with_repaired=repaired is not None,
        )
    messages = open_messages(log)
    grouped = result if verbose else replace(result, findings=tuple(group_findings(result.findings)))
    if stdout.form == "table":
        page = Page.of_standard_output()
        most = len(result.findings) if verbose else MOST_LISTED
        lines = finding_lines(grouped.findings, page.width, None if verbose else page.height, most)
        if not result.refused and all(is_choice_of_columns(each) for each in result.findings):
            lines.append("Nothing unusual or wrong was found.")
        write_standard_output("".join(f"{line}\n" for line in lines).encode())
    else:
        stdout.write((grouped if stdout.form == "csv" else result).frame())
    if repaired is not None and result.repaired is not None:
        repaired.write(result.repaired)
        messages.print_written(repaired.path)
    messages.print_failures(result.failed)
    errors = list(result.refused.values())
    if len(files) == 1 and errors:
        raise errors[0]
    if len(files) == 1:
        messages.print_elapsed()
    if len(files) > 1:
        accepted = f"{len(files) - len(errors)} of {counted(len(files), 'file')} accepted"
        messages.print_summary(accepted, [str(error) for error in errors])
        messages.print_elapsed()
        if len(errors) == len(files):
            return ALL_FAILED
    return SOME_FAILED if errors or result.failed else DONE
